"""Calibration: the loss along each parameter, and correlations between parameters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures import style

COLUMNS = 4


def plot_calibration(
    trials: pd.DataFrame, profile: pd.DataFrame, correlation: pd.DataFrame, best: Mapping[str, float],
    limits: Mapping[str, tuple[float, float]], path: Path,
) -> Path:  # fmt: skip
    """Draw and save the figure of a calibration.

    Parameters
    ----------
    trials : DataFrame
        One column per parameter, and ``loss``.
    profile : DataFrame
        Columns ``parameter, value, loss``: the loss with the other parameters at the optimum.
    correlation : DataFrame
        Correlations of parameters, of ranks among the best trials or of least-squares estimates.
    best : mapping of str to float
    limits : mapping of str to (float, float)
    path : Path
        Image file; its folder is created.
    """
    names = list(limits)
    rows = -(-len(names) // COLUMNS)
    with style.styled():
        figure = Figure(figsize=(7.2, 1.6 * rows + 4.2), layout="constrained")
        above, below = np.asarray(figure.subfigures(2, 1, height_ratios=[1.6 * rows, 4.2]), dtype=object)
        axes = above.subplots(rows, COLUMNS, squeeze=False, sharey=True).ravel()
        for name, panel in zip(names, axes, strict=False):
            _along(panel, trials, profile[profile["parameter"] == name], name, best[name], limits[name])
        for panel in axes[len(names) :]:
            panel.set_axis_off()
        for k in range(0, len(names), COLUMNS):
            axes[k].set_ylabel("loss")
        _together(below.subplots(), correlation)
    return style.save(figure, path)[0]


def _along(axes: Axes, trials: pd.DataFrame, line: pd.DataFrame, name: str, best: float, ends: tuple) -> None:
    finite = trials[np.isfinite(trials["loss"])]
    axes.plot(finite[name], finite["loss"], ".", ms=2.5, color=style.FAINT, zorder=1)
    axes.plot(line["value"], line["loss"], "o-", ms=3, color=style.PALETTE[0], zorder=2)
    axes.axvline(best, color=style.PALETTE[1], lw=1.0, zorder=3)
    low = float(finite["loss"].min())
    top = max(float(np.nanmax([*line["loss"], finite["loss"].median()])), low + 1e-6)
    axes.set(xlim=ends, ylim=(low - 0.05 * (top - low), top + 0.1 * (top - low)))
    axes.set_title(style.display_name(name.split(".")[-1]), fontsize=8)


def _together(axes: Axes, correlation: pd.DataFrame) -> None:
    names = [style.display_name(c.split(".")[-1]) for c in correlation.columns]
    values = correlation.to_numpy()
    image = axes.imshow(values, vmin=-1, vmax=1, cmap="RdBu_r")
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.grid(False)
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            if i != j and np.isfinite(value):
                ink = "white" if abs(value) > 0.6 else style.INK
                axes.text(j, i, f"{value:.1f}", ha="center", va="center", fontsize=6, color=ink)
    axes.set_title("Correlation of parameters", fontsize=9)
    axes.figure.colorbar(image, ax=axes, shrink=0.8)
