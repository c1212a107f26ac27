"""A fitted gravity model: observed against fitted flows, and how flows fall with distance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sim.figures import style

CAPTION = (
    "Left: observed against fitted flows, one point per pair of locations; zero flows lie on the lower edge. Right: "
    "flows by distance relative to the median distance, all else equal: estimated decay with its 95 % band, and "
    "observed flows relative to the model without the distance term, by decile of distance."
)
BINS = 10
NAMES = {"km": "Distance (km)", "h": "Travel time (h)"}


class Decay(NamedTuple):
    """Estimated distance decay: coefficient and standard error of ``log(plus + distance)`` or of distance itself."""

    kind: str  # power or exponential
    slope: float
    error: float
    plus: float
    unit: str  # km or h

    def regressor(self, distance: np.ndarray) -> np.ndarray:
        """Return the regressor of distance."""
        return np.log(self.plus + distance) if self.kind == "power" else distance


def draw(flow: np.ndarray, fitted: np.ndarray, distance: np.ndarray, between: np.ndarray, decay: Decay) -> Figure:
    """Return the figure.

    Parameters
    ----------
    flow, fitted, distance : (N,) float
    between : (N,) bool
        Pairs of two different locations.
    decay : Decay
    """
    with style.styled():
        figure, axes = style.panels(1, 2, width=8.4, height=3.6)
        _fit(axes[0], flow, fitted, between)
        _decay(axes[1], flow[between], fitted[between], distance[between], decay)
        axes[1].set_xlabel(NAMES[decay.unit])
    return figure


def _fit(axes: Axes, flow: np.ndarray, fitted: np.ndarray, between: np.ndarray) -> None:
    positive = flow > 0
    low = 0.5 * min(flow[positive].min(), fitted.min())
    # Near-zero fitted flows would compress all others.
    low = max(low, 1e-3 * np.quantile(flow[positive], 0.01))
    high = 2 * max(flow.max(), fitted.max())
    shown = np.clip(fitted, low, high)
    size = 8 if len(flow) < 5000 else 2
    axes.scatter(shown[positive & between], flow[positive & between], s=size, color=style.PALETTE[0], alpha=0.5, lw=0)
    own = positive & ~between
    if own.any():
        axes.scatter(shown[own], flow[own], s=size, color=style.PALETTE[1], alpha=0.7, lw=0, label="within a place")
        axes.legend(loc="upper left")
    if not positive.all():
        axes.plot(shown[~positive], np.full((~positive).sum(), low), "|", color=style.BASELINE, ms=6, alpha=0.5)
    axes.plot([low, high], [low, high], color=style.INK, lw=0.9)
    style.logarithmic(axes, "x", "y")
    axes.set(xlim=(low, high), ylim=(low, high))
    axes.set_xlabel("Fitted flow")
    axes.set_ylabel("Observed flow")
    axes.set_title("Observed and fitted")


def _decay(axes: Axes, flow: np.ndarray, fitted: np.ndarray, distance: np.ndarray, decay: Decay) -> None:
    b, regressor = decay.slope, decay.regressor
    middle = float(np.median(distance))
    grid = np.geomspace(max(distance.min(), 1e-3 * middle), distance.max(), 200)
    x = regressor(grid) - regressor(np.array(middle))
    wide = scipy.stats.norm.ppf(0.975) * decay.error * np.abs(x)
    axes.plot(grid, np.exp(b * x), color=style.PALETTE[0], label="estimate, 95 % band")
    axes.fill_between(grid, np.exp(b * x - wide), np.exp(b * x + wide), color=style.PALETTE[0], alpha=0.2, lw=0)
    edges = np.quantile(distance, np.linspace(0, 1, BINS + 1))
    member = np.clip(np.searchsorted(edges, distance, side="right") - 1, 0, BINS - 1)
    without = fitted / np.exp(b * (regressor(distance) - regressor(np.array(middle))))
    for k in range(BINS):
        inside = member == k
        if inside.any() and flow[inside].sum() > 0:
            share = flow[inside].sum() / without[inside].sum()
            axes.plot(np.median(distance[inside]), share, "o", ms=4, color=style.INK,
                      label="observed, deciles of pairs" if k == 0 else None)  # fmt: skip
    style.logarithmic(axes, "y")
    if decay.kind == "power":  # power decay is linear in logs
        style.logarithmic(axes, "x")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("Flow, at the median distance = 1")
    axes.set_title("Decay with distance")
    axes.legend(loc="lower left")
