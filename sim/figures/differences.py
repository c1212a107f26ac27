"""Paired differences from the baseline with 95 % intervals, one panel per indicator."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis import (
    INDICATORS,
    baseline_of,
    comparable,
    headline_table,
    in_brief,
    indicator_unit,
    number,
    readable,
    shown_indicators,
    years_of,
    years_text,
)
from sim.analysis.paired import CORRECTION
from sim.currency import currency_of
from sim.figures import style
from sim.figures.marks import Mark, marks_of
from sim.figures.names import name_rows

CAPTION = (
    "Differences from the baseline, paired by replication: mean and 95 % interval. Levels are those of the last "
    "year, flows are sums over all years, net benefits present values; a filled point marks a difference that is "
    f"significant after the {CORRECTION} correction for all arms and indicators."
)
LEFT_OUT = (
    "public_outlay",
    "public_net_cost",
    "own_revenue",
    "theil",
    "gini",
    "welfare_equivalent",
    "hinterland_radius",
)
WIDE = 42  # characters per line of a panel title


def draw(ds: xr.Dataset) -> Figure:
    """Return a forest plot: a panel for each headline indicator, a row for each arm."""
    with style.styled():
        if not comparable(ds):
            return style.empty("Differences need a baseline and at least one other arm.")
        table = headline_table(ds, str(baseline_of(ds)))
        names = table.columns.get_level_values("indicator").unique()
        shown = shown_indicators(ds, (name for name in in_brief(ds, names) if name not in LEFT_OUT))
        columns = 3
        rows = -(-len(shown) // columns)
        height = 0.95 + 0.2 * len(table)
        figure, axes = style.panels(rows, columns, width=10.0, height=height)
        for k, (panel, name) in enumerate(zip(axes, shown, strict=False)):
            _panel(panel, name, table[name], marks_of(ds), currency_of(ds.attrs), names=k % columns == 0)
        for panel in axes[len(shown) :]:
            panel.set_axis_off()
    return figure


def _panel(axes: Axes, name: str, rows: pd.DataFrame, known: dict[str, Mark], currency: str, names: bool) -> None:
    scale, label = _scale(name, rows, currency)
    for k, (arm, row) in enumerate(rows.iterrows()):
        mean, low, high = (float(row[c]) * scale for c in ("difference", "ci_low", "ci_high"))
        clear = row["adjusted_low"] > 0 or row["adjusted_high"] < 0
        colour, _, marker = known[str(arm)]
        if np.isfinite(low):
            axes.plot([low, high], [k, k], color=colour, lw=1.8, solid_capstyle="butt")
        axes.plot(mean, k, marker, ms=5.5, mec=colour, mew=1.4, color=colour if clear else "white")
    axes.axvline(0, color=style.BASELINE, lw=0.9)
    name_rows(axes, (style.display_name(str(arm)) for arm in rows.index) if names else [])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.xaxis.set_major_formatter(style.Thousands())
    title = INDICATORS[name].title
    if (group := INDICATORS[name].group) is not None:
        title = title.replace(f" of {group.words}", f", {group.words.removeprefix('the ')}")
    axes.set_title(fill(title.replace(" as consumption equivalent", ""), WIDE), fontsize=8.5)
    axes.set_xlabel(label, fontsize=8)


def _scale(name: str, rows: pd.DataFrame, currency: str) -> tuple[float, str]:
    """Return the scale factor and the axis label, with the unit and the level of the baseline."""
    unit = indicator_unit(name, years_of(name), currency)
    scale, unit = readable(unit, float(rows["difference"].abs().max()))
    label = "1/1000 of consumption" if name.endswith("welfare_equivalent") else unit
    years = years_text(years_of(name))
    if INDICATORS[name].paired:  # defined relative to the baseline, for which it is zero
        return scale, label + years
    level = number(scale * float(rows["baseline_mean"].iloc[0]), 4)
    return scale, f"{label}{years} (baseline {level})"
