"""Cost-effectiveness of the arms."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis import Group, baseline_of, comparable, cost_effectiveness, main_group, reference_of, unpriced
from sim.currency import Money, money_of
from sim.figures import style
from sim.figures.marks import Mark, legend, marks_of
from sim.figures.names import name_rows

CAPTION = (
    "Cost-effectiveness: additional value added of the regions named at the axis per additional yuan of gross public "
    "outlay (both present values over the run). Left: mean and 95 % interval of the paired ratio; a filled "
    "point marks an interval that excludes zero. Right: mean gain against mean outlay; on the dashed line one yuan "
    "of outlay yields one yuan of value added."
)
UNKNOWN = "No effect per yuan: the price of what the arms buy is not known."


def draw(ds: xr.Dataset) -> Figure:
    """Return the gain per public yuan by arm, and gain against outlay."""
    with style.styled():
        table = _table(ds)
        if table.empty:
            unknown = comparable(ds) and bool(_left_out(ds))
            return style.empty(UNKNOWN if unknown else "No arm other than the baseline has public outlay.")
        figure, axes = style.panels(1, 2, width=8.6, height=max(2.8, 1.6 + 0.35 * len(table)))
        known = marks_of(ds)
        _ratio(axes[0], table, known, main_group(ds), money_of(ds.attrs))
        if left_out := _left_out(ds):
            text = textwrap.fill(f"Without a known price, left out: {', '.join(left_out)}", 60)
            axes[0].set_xlabel(f"{axes[0].get_xlabel()}\n{text}")
        _scatter(axes[1], table, known, money_of(ds.attrs))
        legend(figure, *axes[1].get_legend_handles_labels())
    return figure


def _table(ds: xr.Dataset) -> pd.DataFrame:
    if not comparable(ds) or "public_outlay" not in ds:
        return pd.DataFrame()
    table = cost_effectiveness(ds, str(baseline_of(ds)), main_group(ds))
    return table[table["gain_per_yuan"].notna()]


def _left_out(ds: xr.Dataset) -> list[str]:
    """Return the names of the arms without a known price of the main variant."""
    baseline = baseline_of(ds)
    return [style.display_name(arm) for arm in unpriced(ds) if reference_of(ds, arm) == baseline]


def _ratio(axes: Axes, table: pd.DataFrame, known: dict[str, Mark], group: Group, money: Money) -> None:
    for k, (arm, row) in enumerate(table.iterrows()):
        colour, _, marker = known[str(arm)]
        if np.isfinite(row["ci_low"]):
            axes.plot([row["ci_low"], row["ci_high"]], [k, k], color=colour, lw=2, solid_capstyle="butt")
        clear = row["ci_low"] > 0 or row["ci_high"] < 0
        axes.plot(row["gain_per_yuan"], k, marker, ms=6, mec=colour, mew=1.4, mfc=colour if clear else "white")
    axes.axvline(0, color=style.BASELINE, lw=0.9)
    name_rows(axes, (style.display_name(str(arm)) for arm in table.index))
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.grid(False, axis="y")
    where = group.words.removeprefix("the ")
    label = f"{money('yuan')} of value added, {where}, {money('per public yuan')}"
    axes.set(title=money("Gain per public yuan"), xlabel=label)


def _scatter(axes: Axes, table: pd.DataFrame, known: dict[str, Mark], money: Money) -> None:
    scale = 1e-3
    for arm, row in table.iterrows():
        point = row["outlay"] * scale, row["gain"] * scale
        colour, _, marker = known[str(arm)]
        axes.plot(*point, marker, ls="", ms=7, color=colour, label=style.display_name(str(arm)))
    right = 1.25 * float(table["outlay"].max()) * scale
    axes.plot([0, right], [0, right], ls="--", color=style.BASELINE, lw=0.9)
    axes.axhline(0, color=style.BASELINE, lw=0.9)
    axes.set(title="Gain and outlay", xlim=(0, right), xlabel=money("public outlay [billion yuan]"))
    axes.set_ylabel(money("gain in value added [billion yuan]"))
    axes.margins(y=0.12)
