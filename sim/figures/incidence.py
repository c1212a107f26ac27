"""Who gains, who loses: the effect of each arm on the value added of groups of regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis import baseline_of, comparable, readable
from sim.analysis.incidence import incidence
from sim.currency import money_of
from sim.figures import style
from sim.figures.marks import Mark, legend, marks_of
from sim.figures.names import name_rows

CAPTION = (
    "Who gains, who loses: value added of the last year, difference from the baseline, paired by replication, with "
    "95 % intervals; left as an amount of money, right in per cent of the baseline. The first group is the regions of "
    "the report, or the targets of the instruments of all arms, if there are any; the other groups are without them. A "
    "filled point is clear of zero after the correction for all points."
)

FEW = 6  # arms from which on the figure is higher


def draw(ds: xr.Dataset) -> Figure:
    """Return a row for each group of regions with a point for each arm: amounts on the left, per cent on the right."""
    return _draw(ds, ("amount", "percent"), width=10.0, height=2.3)


def draw_narrow(ds: xr.Dataset) -> Figure:
    """Return the amounts alone, for phones."""
    return _draw(ds, ("amount",), width=4.6, height=3.4)


def _draw(ds: xr.Dataset, shown: Sequence[str], width: float, height: float) -> Figure:
    with style.styled():
        if not comparable(ds):
            return style.empty("Differences need a baseline and at least one other arm.")
        table, known = incidence(ds, str(baseline_of(ds))), marks_of(ds)
        tall = height + 0.03 * len(table["group"].unique()) * max(0, table["arm"].nunique() - FEW)
        figure, axes = style.panels(1, len(shown), width=width, height=tall)
        scale, unit = readable(money_of(ds.attrs)("million yuan/yr"), float(table["difference"].abs().max()))
        for panel, what in zip(axes, shown, strict=True):
            if what == "amount":
                _panel(panel, table, known, ("difference", "ci_low", "ci_high"), scale, unit)
            else:
                _panel(panel, table, known, ("percent", "percent_low", "percent_high"), 1.0, "% of the baseline")
        for panel in axes[1:]:
            panel.set_yticklabels([])
        handles, labels = axes[0].get_legend_handles_labels()
        legend(figure, handles, labels, "outside upper center", None if width > 6 else 2)
    return figure


def _panel(
    axes: Axes, table: pd.DataFrame, known: dict[str, Mark], columns: tuple[str, str, str], scale: float, label: str
) -> None:
    groups, arms = list(table["group"].unique()), list(table["arm"].unique())
    step = 0.7 / len(arms)
    for k, group in enumerate(groups):
        for m, (_, row) in enumerate(table[table["group"] == group].iterrows()):
            at = k + (m - (len(arms) - 1) / 2) * step
            mean, low, high = (scale * float(row[name]) for name in columns)
            colour, _, marker = known[str(row["arm"])]
            if np.isfinite(low):
                axes.plot([low, high], [at, at], color=colour, lw=1.8, solid_capstyle="butt")
            clear = row["adjusted_low"] > 0 or row["adjusted_high"] < 0
            legend = style.display_name(str(row["arm"])) if k == 0 else None
            axes.plot(
                mean,
                at,
                marker,
                ls="",
                ms=4.8,
                mec=colour,
                mew=1.3,
                color=colour,
                mfc=colour if clear else "white",
                label=legend,
            )
    axes.axvline(0, color=style.BASELINE, lw=0.9)
    counts = [int(table.loc[table["group"] == group, "regions"].iloc[0]) for group in groups]
    name_rows(axes, (f"{style.display_name(g)} ({n})" for g, n in zip(groups, counts, strict=True)))
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.grid(False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    axes.xaxis.set_major_formatter(style.Thousands())
    axes.set_xlabel(label, fontsize=8)
