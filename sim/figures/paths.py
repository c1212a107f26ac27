"""Time paths of key outcomes, one line per arm, with 95 % bands over replications."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis import baseline_of, comparable, readable
from sim.analysis.statistics import paired_difference
from sim.analysis.zones import zone_masks
from sim.currency import money_of
from sim.figures import style
from sim.figures.marks import draw_paths, legend, marks_of

CAPTION = (
    "Differences from the baseline over time, paired by replication (with one arm only: the outcome itself, first "
    "year = 100): mean over replications, band = 95 % interval of the mean. Each panel has its own scale."
)
Outcome = Callable[[xr.Dataset, np.ndarray], xr.DataArray]


def _total(name: str) -> Outcome:
    def compute(ds: xr.Dataset, mask: np.ndarray) -> xr.DataArray:
        data = ds[name].isel(region=np.flatnonzero(mask)).sum("region", skipna=False)
        return data.sum("sector", skipna=False) if "sector" in data.dims else data

    return compute


def _talent(ds: xr.Dataset, mask: np.ndarray) -> xr.DataArray:
    return ds["people"].sel(group="talent", drop=True).isel(region=np.flatnonzero(mask)).sum("region", skipna=False)


def _income(ds: xr.Dataset, mask: np.ndarray) -> xr.DataArray:
    where = np.flatnonzero(mask)
    people = ds["people"].sum("group", skipna=False).isel(region=where)
    return (ds["real_income"].isel(region=where) * people).sum("region", skipna=False) / people.sum("region")


# recorded variable, title, unit, aggregation over a zone
OUTCOMES: tuple[tuple[str, str, str, Outcome], ...] = (
    ("value_added", "Value added", "million yuan/yr", _total("value_added")),
    ("capital", "Capital", "million yuan", _total("capital")),
    ("people", "Talent", "persons", _talent),
    ("real_income", "Real income per head", "yuan/person/yr", _income),
)


def draw(ds: xr.Dataset) -> Figure:
    """Return the differences of outcomes from the baseline, in the supporting regions and in the centre.

    With a single arm, the outcomes themselves, first year = 100.
    """
    masks = zone_masks(ds)
    shown = [zone for zone in ("supporting", "centre") if zone in masks] or list(masks)[:2]
    outcomes = [item for item in OUTCOMES if item[0] in ds]
    with style.styled():
        figure, axes = style.panels(len(shown), len(outcomes), width=2.6 * len(outcomes), height=2.5)
        for row, zone in enumerate(shown):
            for column, (_, title, unit, compute) in enumerate(outcomes):
                panel = axes[row * len(outcomes) + column]
                _panel(panel, ds, compute(ds, masks[zone]), money_of(ds.attrs)(unit))
                panel.set_title(title if row == 0 else "")
            first = axes[row * len(outcomes)]
            first.annotate(
                style.ZONE_TITLES.get(zone, zone), (-0.42, 0.5), xycoords="axes fraction", rotation=90, va="center",
                ha="right", fontweight="bold",
            )  # fmt: skip
        for panel in axes[-len(outcomes) :]:
            panel.set_xlabel("Year")
        handles, labels = axes[0].get_legend_handles_labels()
        legend(figure, handles, labels)
    return figure


def _panel(axes: Axes, ds: xr.Dataset, data: xr.DataArray, unit: str) -> None:
    label = "first year = 100"
    if comparable(ds):
        # pairing by replication: common random numbers narrow the band
        shown = paired_difference(data, str(baseline_of(ds)))
        scale, label = readable(unit, float(np.nanmax(abs(shown.mean("replication")), initial=0.0)))
        shown = shown * scale
        axes.axhline(0, color=style.BASELINE, lw=1.0, label="Baseline")
    else:
        shown = 100 * data / data.isel(year=0)
    draw_paths(axes, shown, marks_of(ds))
    axes.set_ylabel(label)
    axes.yaxis.set_major_formatter(style.Thousands())
