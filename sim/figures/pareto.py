"""Trials of a search: the Pareto front and the progress of the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from sim.analysis import readable
from sim.analysis.pareto import front, hypervolume_history
from sim.figures import style

CAPTION = (
    "Trials by objective. Filled and connected: the Pareto front of feasible trials; crosses: constraint violated. "
    "The arrow of each axis points in the preferred direction."
)
HISTORY_CAPTION = (
    "Hypervolume dominated by the feasible trials so far, as a share of the box between the reference point and the "
    "best value of each objective. By default the reference lies a tenth of their range beyond the worst values."
)
BEST_CAPTION = "Best feasible trial so far (line) and all trials (dots; crosses: constraint violated)."
FRONT, OTHER, BROKEN = style.PALETTE[1], style.PALETTE[0], style.BASELINE
BELOW = 0.1  # distance from the worst feasible value to the reference, as a share of the range
WIDE = 32  # characters per line of an axis label

Objective = Mapping[str, Any]


def draw(trials: pd.DataFrame, objectives: Sequence[Objective]) -> Figure:
    """Return trials by objective: one panel for each pair of objectives, with the front.

    Parameters
    ----------
    trials : DataFrame
        One row per trial in the order of the search, one column per objective (NaN if failed); column
        ``feasible`` (bool) if there are constraints.
    objectives : sequence of mapping
        ``name`` (the column), ``title``, ``unit``, ``direction`` (+1 maximise, -1 minimise). With one objective
        the figure is its history.
    """
    if len(objectives) == 1:
        return draw_history(trials, objectives)
    values, feasible = _values(trials, objectives)
    with style.styled():
        if not len(values):
            return style.empty("No trial has a value for every objective.")
        pairs = list(combinations(range(len(objectives)), 2))
        columns = min(3, len(pairs))
        wide = {1: 4.6, 2: 7.2, 3: 9.6}[columns]
        figure, axes = style.panels(-(-len(pairs) // columns), columns, width=wide, height=3.4 if columns == 1 else 3.0)
        mask = np.zeros(len(values), dtype=bool)
        mask[feasible] = front(values[feasible], _directions(objectives))
        for panel, pair in zip(axes, pairs, strict=False):
            _pair(panel, values, (mask, feasible), [objectives[k] for k in pair], pair, joined=len(objectives) == 2)
        for panel in axes[len(pairs) :]:
            panel.set_axis_off()
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _values(trials: pd.DataFrame, objectives: Sequence[Objective]) -> tuple[np.ndarray, np.ndarray]:
    """Return trials with all their values (n, k), and which are feasible (n,)."""
    values = trials[[o["name"] for o in objectives]].to_numpy(dtype=float)
    feasible = trials["feasible"].to_numpy(dtype=bool) if "feasible" in trials else np.ones(len(trials), dtype=bool)
    known = np.isfinite(values).all(axis=1)
    return values[known], feasible[known]


def _directions(objectives: Sequence[Objective]) -> list[int]:
    return [int(o["direction"]) for o in objectives]


def _pair(
    axes: Axes, values: np.ndarray, masks: tuple[np.ndarray, np.ndarray], objectives: list[Objective],
    pair: tuple[int, int], joined: bool,
) -> None:  # fmt: skip
    shown = values[:, pair]
    largest = np.abs(shown).max(axis=0)
    scales = [readable(str(o["unit"]), size) for o, size in zip(objectives, largest, strict=True)]
    x, y = (column * scale for column, (scale, _) in zip(shown.T, scales, strict=True))
    best, feasible = masks
    _broken(axes, x[~feasible], y[~feasible])
    axes.plot(x[feasible & ~best], y[feasible & ~best], "o", ms=4, mfc="none", mew=0.8, color=OTHER, label="feasible")
    if joined:
        _staircase(axes, x[best], y[best], int(objectives[0]["direction"]), int(objectives[1]["direction"]))
    axes.plot(x[best], y[best], "o", ms=5.5, color=FRONT, label="front", zorder=3)
    for axis, objective, (_, unit) in zip((axes.xaxis, axes.yaxis), objectives, scales, strict=True):
        axis.set_label_text(_label(objective, unit, across=axis is axes.xaxis), fontsize=8)
        axis.set_major_locator(MaxNLocator(nbins=5))
        axis.set_major_formatter(style.Thousands())


def _broken(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    if len(x):
        axes.plot(x, y, "x", ms=4, color=BROKEN, alpha=0.6, label="constraint violated")


def _label(objective: Objective, unit: str, across: bool) -> str:
    """Return title, unit and an arrow in the preferred direction."""
    arrow = ("→" if across else "↑") if objective["direction"] > 0 else ("←" if across else "↓")
    title = str(objective["title"]).replace(" of the supporting zone", ", supporting zone")
    lines = -(-len(title) // WIDE)
    return f"{fill(title, len(title) // lines + 4)}\n[{unit}] {arrow} better"


def _staircase(axes: Axes, x: np.ndarray, y: np.ndarray, right: int, up: int) -> None:
    """Draw the boundary of the region dominated by the front."""
    order = np.lexsort((up * y, -right * x))
    # first towards worse x at constant y, then towards better y
    axes.step(x[order], y[order], where="post", color=FRONT, lw=1.2, zorder=2)


def draw_history(
    trials: pd.DataFrame, objectives: Sequence[Objective], reference: Sequence[float] | None = None
) -> Figure:
    """Return the progress of the search by trial: the best value of one objective, or the hypervolume of several.

    Parameters
    ----------
    trials, objectives
        As in `draw`.
    reference : (k,) float, optional
        Reference point of the hypervolume; see `reference_point` for the default.
    """
    with style.styled():
        if not _values(trials, objectives)[1].any():
            return style.empty("No feasible trial has a value for every objective.")
        figure, (axes,) = style.panels(1, 1, width=6.0, height=2.9)
        if len(objectives) == 1:
            _best(axes, trials, objectives[0])
        else:
            _hypervolume(axes, trials, objectives, reference)
        axes.set_xlabel("trial")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    return figure


def _hypervolume(
    axes: Axes, trials: pd.DataFrame, objectives: Sequence[Objective], reference: Sequence[float] | None
) -> None:
    values, feasible = _values(trials, objectives)
    directions = np.array(_directions(objectives))
    point = reference_point(values[feasible], directions) if reference is None else np.asarray(reference, dtype=float)
    best = (values[feasible] * directions).max(axis=0) * directions
    rows = trials[[o["name"] for o in objectives]].to_numpy(dtype=float, copy=True)
    if "feasible" in trials:
        rows[~trials["feasible"].to_numpy(dtype=bool)] = np.nan
    history = hypervolume_history(rows, directions.tolist(), point.tolist())
    box = float(np.prod(np.maximum((best - point) * directions, 0.0)))
    # a line of a single trial has no length
    mark = "o" if len(rows) == 1 else None
    axes.step(np.arange(1, len(rows) + 1), history / box if box else history, where="post", color=OTHER, marker=mark)
    axes.set_ylim(0, 1.03)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_ylabel("hypervolume, share of the box")


def reference_point(values: np.ndarray, directions: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return a reference point dominated by all trials: a tenth of the range below the worst of each objective.

    Parameters
    ----------
    values : (n, k) float
        Feasible trials, none missing.
    directions : (k,) of +1 (more is better) or -1 (less)

    Returns
    -------
    (k,) float
    """
    ahead = values * np.asarray(directions)
    spread = np.ptp(ahead, axis=0)
    return (ahead.min(axis=0) - BELOW * np.where(spread > 0, spread, 1.0)) * np.asarray(directions)


def _best(axes: Axes, trials: pd.DataFrame, objective: Objective) -> None:
    values = trials[objective["name"]].to_numpy(dtype=float)
    feasible = trials["feasible"].to_numpy(dtype=bool) if "feasible" in trials else np.ones(len(values), dtype=bool)
    scale, unit = readable(str(objective["unit"]), float(np.nanmax(np.abs(values))))
    values, direction = values * scale, int(objective["direction"])
    number = np.arange(1, len(values) + 1)
    _broken(axes, number[~feasible], values[~feasible])
    axes.plot(number[feasible], values[feasible], "o", ms=4, mfc="none", mew=0.8, color=OTHER, label="feasible")
    allowed = np.where(feasible & np.isfinite(values), direction * values, -np.inf)
    so_far = np.maximum.accumulate(allowed)
    known = np.isfinite(so_far)
    axes.step(number[known], direction * so_far[known], where="post", color=FRONT, label="best so far")
    axes.yaxis.set_major_formatter(style.Thousands())
    axes.set_ylabel(_label(objective, unit, across=False), fontsize=8)
    axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
