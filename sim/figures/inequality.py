"""Inequality between and within zone classes: level in the baseline and effects of the arms."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis import baseline_of, comparable, evaluate
from sim.analysis.statistics import paired_difference
from sim.figures import style
from sim.figures.marks import Mark, along_years, draw_paths, legend, marks_of
from sim.figures.names import room, wrapped

CAPTION = (
    "Theil index of value added per capita across regions. Left: the part between and the part within zone "
    "classes in the baseline, mean over replications. Middle and right: change of each part against the baseline, "
    "with 95 % bands over replications."
)
PARTS = (("theil_between_zones", "Between zone classes"), ("theil_within", "Within zone classes"))
PART_COLOURS = ("#D55E00", "#56B4E9")


def draw(ds: xr.Dataset) -> Figure:
    """Return the decomposition over time and, given a baseline, the effect of each arm on both components."""
    arms = [str(a) for a in ds["arm"].values]
    compared = comparable(ds)
    first = baseline_of(ds) or arms[0]
    parts = [evaluate(ds, name) for name, _ in PARTS]
    with style.styled():
        columns = 3 if compared else 1
        figure, axes = style.panels(1, columns, width=3.2 * columns if compared else 5.0, height=3.2)
        _levels(axes[0], [part.sel(arm=first) for part in parts], style.display_name(first))
        if compared:
            for panel, part, (_, title) in zip(axes[1:], parts, PARTS, strict=True):
                _changes(panel, paired_difference(part, first), title, marks_of(ds))
            low, high = zip(*(panel.get_ylim() for panel in axes[1:]), strict=True)
            for panel in axes[1:]:  # a common scale makes the two components comparable
                panel.set_ylim(min(low), max(high))
            handles, labels = axes[1].get_legend_handles_labels()
            legend(figure, handles, labels)
    return figure


def _levels(axes: Axes, parts: list[xr.DataArray], arm: str) -> None:
    means = [part.mean("replication").values for part in parts]
    years = parts[0]["year"].values
    floor = np.zeros_like(means[0])
    for mean, colour, (_, title) in zip(means, PART_COLOURS, PARTS, strict=True):
        if len(years) > 1:
            axes.fill_between(years, floor, floor + mean, color=colour, alpha=0.85, lw=0, label=title)
        else:  # an area needs two years
            axes.bar(years, mean, 0.4, floor, color=colour, alpha=0.85, lw=0, label=title)
        floor = floor + mean
    axes.plot(years, floor, color=style.INK, lw=1.0)
    axes.set(xlabel="Year", ylabel="Theil index [1]", ylim=(0, None))
    axes.set_title(wrapped(f"Level, {arm[:1].lower()}{arm[1:]}", room(2.8), 10.5, 2))
    # room above the areas for the legend
    axes.set_ylim(0, 1.35 * float(np.nanmax(floor)))
    axes.legend(loc="upper left")
    along_years(axes, years)


def _changes(axes: Axes, change: xr.DataArray, title: str, known: dict[str, Mark]) -> None:
    draw_paths(axes, 1000 * change, known)
    axes.axhline(0, color=style.BASELINE, lw=0.9)
    axes.set(title=title, xlabel="Year", ylabel="Change of the Theil index [1/1000]")
    axes.yaxis.set_major_formatter(style.Thousands())
