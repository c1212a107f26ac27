"""Paired differences from the baseline with 95 % intervals, one panel an indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis import HEADLINE, INDICATORS, headline_table
from sim.figures import style

CAPTION = (
    "Differences from the baseline, paired by replication: mean and 95 % interval. Levels are those of the last "
    "year, flows are sums over all years; a filled point marks an interval that leaves out zero."
)
# shown in per cent of the baseline: amounts and incomes that are always positive
RELATIVE_UNITS = ("million yuan/yr", "million yuan", "firms", "persons", "yuan/person/yr")
LEFT_OUT = ("public_outlay", "theil", "gini", "welfare_equivalent", "hinterland_radius")


def draw(ds: xr.Dataset) -> Figure:
    """Return a forest plot: a panel for each headline indicator, a row for each arm."""
    with style.styled():
        if "baseline" not in ds["arm"].values or ds.sizes["arm"] < 2:
            figure, axes = style.panels(1, 1)
            style.note_empty(axes[0], "Differences need a baseline and at least one other arm.")
            return figure
        table = headline_table(ds)
        shown = [name for name in table.columns.get_level_values("indicator").unique() if name not in LEFT_OUT]
        columns = 3
        rows = -(-len(shown) // columns)
        height = 0.95 + 0.2 * len(table)
        figure, axes = style.panels(rows, columns, width=10.0, height=height)
        for k, (panel, name) in enumerate(zip(axes, shown, strict=False)):
            _panel(panel, name, table[name], names=k % columns == 0)
        for panel in axes[len(shown) :]:
            panel.set_axis_off()
    return figure


def _panel(axes: Axes, name: str, rows: pd.DataFrame, names: bool) -> None:
    unit = INDICATORS[name].unit
    summed = HEADLINE[name] == "sum"
    scale, label = _scale(rows, unit, summed)
    colours = style.arm_colours([str(arm) for arm in rows.index])
    for k, (arm, row) in enumerate(rows.iterrows()):
        mean, low, high = (float(row[c]) * scale for c in ("difference", "ci_low", "ci_high"))
        clear = low > 0 or high < 0
        colour = colours[str(arm)]
        if np.isfinite(low):
            axes.plot([low, high], [k, k], color=colour, lw=1.8, solid_capstyle="butt")
        axes.plot(mean, k, "o", ms=5.5, mec=colour, mew=1.4, color=colour if clear else "white")
    axes.axvline(0, color=style.BASELINE, lw=0.9)
    axes.set_yticks(range(len(rows)), [style.words(str(arm)) for arm in rows.index] if names else [])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    title = INDICATORS[name].title.replace(" of the supporting zone", ", supporting zone")
    axes.set_title(title.replace(" as consumption equivalent", ""), fontsize=8.5)
    axes.set_xlabel(label, fontsize=8)


def _scale(rows: pd.DataFrame, unit: str, summed: bool) -> tuple[float, str]:
    base = float(rows["baseline_mean"].iloc[0])
    if unit in RELATIVE_UNITS and not summed and base > 0:
        return 100.0 / base, "% of the baseline"
    if unit == "1":
        return 1000.0, "difference × 1000"
    unit = unit.removesuffix("/yr") if summed else unit
    if unit == "million yuan":
        return 1e-3, "billion yuan" + (", all years" if summed else "")
    return 1.0, unit + (", all years" if summed else "")
