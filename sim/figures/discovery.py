"""Scenario discovery: futures in which a policy misses its thresholds, PRIM boxes, and the peeling trajectory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from sim.analysis import key_title
from sim.figures import style
from sim.figures.marks import legend
from sim.figures.names import distinct, room, shortened

CAPTION = (
    "Left: futures by the two most important uncertainties, with the boxes of failures (thresholds missed); pale: "
    "futures outside the first box because of another uncertainty. Later boxes only cover futures outside earlier "
    "ones. Right: peeling trajectory from all futures to few. Coverage: share of all failures that lie in the box; "
    "density: share of failures among its futures. A ring marks the chosen box, the one most correlated with failure, "
    "after pruning and pasting."
)
MISSED, MEETS = style.PALETTE[1], style.PALETTE[0]
MARGIN = 0.03  # around the futures, as a share of the axis
BAND = 0.36  # half the width of a category


def draw_discovery(
    tables: Mapping[str, pd.DataFrame], futures: pd.DataFrame, policy: str, units: Mapping[str, str] | None = None
) -> Figure:
    """Return the scenario discovery figure of one policy.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        From `sim.analysis.robustness.robustness_tables`.
    futures : DataFrame, (F, uncertainties)
        As given to `robustness_tables`.
    policy : str
    units : mapping of uncertainty to unit, optional
        Units for the axis labels.
    """
    met, boxes, path = (_of(tables[name], policy) for name in ("met", "boxes", "trajectory"))
    with style.styled():
        if boxes.empty:
            return style.empty(_no_boxes_text(met, policy))
        figure, (left, right) = style.panels(1, 2, height=3.4, ratios=[1.25, 1])
        across, up = important(boxes, [str(name) for name in futures])
        _futures(left, futures, met, boxes, (across, up))
        for axis, name in ((left.xaxis, across), (left.yaxis, up)):
            unit = (units or {}).get(name, "1")
            axis.set_label_text(style.display_name(key_title(name)) + ("" if unit == "1" else f" [{unit}]"))
        count = int((~met["met"].astype(bool)).sum())
        head = f"{count} of {len(met)} futures missed"
        left.set_title(f"{shortened(style.display_name(policy), room(2.6), 9.5)}: {head}", fontsize=8.5)
        _trajectory(right, path)
        handles, labels = left.get_legend_handles_labels()
        legend(figure, handles, labels)
    return figure


def _of(table: pd.DataFrame, policy: str) -> pd.DataFrame:
    return table[table["policy"] == policy]


def _no_boxes_text(met: pd.DataFrame, policy: str) -> str:
    missed = int((~met["met"].astype(bool)).sum())
    name = style.display_name(policy)
    if missed == 0:
        return f"{name}: thresholds hold in all {len(met)} futures."
    if missed == len(met):
        return f"{name}: thresholds are missed in all {len(met)} futures."
    return f"{name}: {missed} of {len(met)} futures missed,\nno box is distinguishable from chance."


def important(boxes: pd.DataFrame, names: list[str]) -> tuple[str, str]:
    """Return the two uncertainties with the most significant restrictions, those of the first box first."""
    ordered = boxes.sort_values(["box", "quasi_p"], kind="stable")["uncertainty"]
    first, second = list(dict.fromkeys([*ordered, *names, ""]))[:2]
    return first, second


def _positions(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Return positions on an axis, and the categories (none for numbers)."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy(dtype=float), []
    text = column.astype(str)
    kinds = sorted(text.unique())
    # multiples of the golden ratio: evenly spread without a pattern
    jitter = 2 * (np.arange(1, len(text) + 1) * 0.6180339887 % 1) - 1
    return text.map(kinds.index).to_numpy(dtype=float) + 0.9 * BAND * jitter, kinds


def _futures(axes: Axes, futures: pd.DataFrame, met: pd.DataFrame, boxes: pd.DataFrame, keys: tuple[str, str]) -> None:
    rows = futures.loc[met["future"]]
    missed = ~met["met"].to_numpy(dtype=bool)
    first = boxes[boxes["box"] == boxes["box"].min()]
    in_plane = _within_limits(rows, first[~first["uncertainty"].isin(keys)])
    (x, across), (y, up) = (_positions(rows[key]) for key in keys)
    marks = ((~missed, MEETS, "o", "thresholds met"), (missed, MISSED, "X", "missed"))
    for which, colour, mark, label in marks:
        full: dict[str, Any] = {"facecolor": "none", "lw": 0.8} if mark == "o" else {"facecolor": colour, "lw": 0}
        axes.scatter(x[which & in_plane], y[which & in_plane], s=14 if mark == "o" else 22, marker=mark,
                     edgecolor=colour, label=label, zorder=2, **full)  # fmt: skip
        axes.scatter(
            x[which & ~in_plane], y[which & ~in_plane], s=10, marker=mark, edgecolor=colour, alpha=0.22, **full
        )
    for axis, kinds, values in ((axes.xaxis, across, x), (axes.yaxis, up, y)):
        _ticks(axis, kinds)
        _set_limits(axes, axis is axes.xaxis, values, bool(kinds))
    for number, box in boxes.groupby("box"):
        _box(axes, box, keys, (across, up), int(number))
    axes.grid(False)


def _within_limits(rows: pd.DataFrame, limits: pd.DataFrame) -> np.ndarray:
    """Return which futures lie within these limits: (F,) bool."""
    inside = np.ones(len(rows), dtype=bool)
    for row in limits.itertuples():
        values = rows[row.uncertainty]
        if row.values:
            inside &= values.astype(str).isin(row.values.split(", ")).to_numpy()
        else:
            inside &= ~((values < row.low) | (values > row.high)).to_numpy()  # an open end is NaN and restricts nothing
    return inside


def _ticks(axis: object, kinds: list[str]) -> None:
    if kinds:
        texts = distinct([style.display_name(kind) for kind in kinds], room(2.6) / len(kinds), 8.0)
        axis.set_ticks(range(len(kinds)), texts)  # type: ignore[attr-defined]
    else:
        axis.set_major_locator(MaxNLocator(nbins=5))  # type: ignore[attr-defined]
        axis.set_major_formatter(style.Thousands())  # type: ignore[attr-defined]


def _set_limits(axes: Axes, across: bool, values: np.ndarray, is_text: bool) -> None:
    low, high = (-0.5, round(values.max()) + 0.5) if is_text else (values.min(), values.max())
    edge = 0.0 if is_text else MARGIN * ((high - low) or 1.0)
    (axes.set_xlim if across else axes.set_ylim)(low - edge, high + edge)


def _box(axes: Axes, box: pd.DataFrame, keys: tuple[str, str], kinds: tuple[list[str], list[str]], number: int) -> None:
    limits = box.set_index("uncertainty")
    sides = [
        _sides(limits.loc[key] if key in limits.index else None, categories, ends)
        for key, categories, ends in zip(keys, kinds, (axes.get_xlim(), axes.get_ylim()), strict=True)
    ]
    label: str | None = f"box {number}"
    for left, right in sides[0]:
        for bottom, top in sides[1]:
            frame = Rectangle((left, bottom), right - left, top - bottom, fill=False, ec=style.INK, lw=1.6,
                              ls=("-", "--", ":")[(number - 1) % 3], zorder=3, label=label)  # fmt: skip
            axes.add_patch(frame)
            label = None  # one entry in the legend


def _sides(limit: pd.Series | None, kinds: list[str], ends: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the intervals of an axis within a box; several for a set of categories."""
    low, high = ends
    inset = 0.008 * (high - low)
    if limit is None:
        return [(low + inset, high - inset)]
    if kinds:
        inside = limit["values"].split(", ")
        return [(k - BAND - 0.06, k + BAND + 0.06) for k, kind in enumerate(kinds) if kind in inside]
    first, last = float(limit["low"]), float(limit["high"])
    return [(first if np.isfinite(first) else low + inset, last if np.isfinite(last) else high - inset)]


def _trajectory(axes: Axes, path: pd.DataFrame) -> None:
    for number, steps in path.groupby("box"):
        colour = (style.INK, style.BASELINE, "#A8A8A8")[(int(number) - 1) % 3]
        peel, chosen = steps[steps["stage"] == "peel"], steps[steps["stage"] == "chosen"].iloc[0]
        axes.plot(peel["coverage"], peel["density"], ".-", ms=4, lw=0.8, color=colour, label=f"box {number}")
        axes.plot(chosen["coverage"], chosen["density"], "o", ms=10, mfc="none", mew=1.8, mec=MISSED, zorder=4)
        axes.annotate(f"box {number}", (chosen["coverage"], chosen["density"]), xytext=(-9, -9), ha="right", va="top",
                      textcoords="offset points", fontsize=8)  # fmt: skip
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set(xlim=(-0.03, 1.05), ylim=(-0.03, 1.05), xlabel="coverage", ylabel="density")
    axes.set_title("Peeling: coverage and density", fontsize=8.5)
