"""Time paths of a few outcomes, one line an arm, with 95 % bands over replications."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.figures import style
from sim.figures.stats import mean_and_interval, zone_masks

CAPTION = "Time paths by arm: mean over replications, band = 95 % interval of the mean."


def _total(name: str) -> Callable[[xr.Dataset, np.ndarray], xr.DataArray]:
    def compute(ds: xr.Dataset, mask: np.ndarray) -> xr.DataArray:
        data = ds[name].isel(region=np.flatnonzero(mask)).sum("region")
        return data.sum("sector") if "sector" in data.dims else data

    return compute


def _talent(ds: xr.Dataset, mask: np.ndarray) -> xr.DataArray:
    return ds["people"].sel(group="talent").isel(region=np.flatnonzero(mask)).sum("region")


def _income(ds: xr.Dataset, mask: np.ndarray) -> xr.DataArray:
    where = np.flatnonzero(mask)
    people = ds["people"].sum("group").isel(region=where)
    return (ds["real_income"].isel(region=where) * people).sum("region") / people.sum("region")


OUTCOMES: tuple[tuple[str, str, Callable[[xr.Dataset, np.ndarray], xr.DataArray]], ...] = (
    ("value_added", "Value added", _total("value_added")),
    ("capital", "Capital", _total("capital")),
    ("people", "Talent", _talent),
    ("real_income", "Real income per head", _income),
)


def draw(ds: xr.Dataset) -> Figure:
    """Return the change against the baseline (%), by outcome, in the supporting regions and the centre.

    With one arm only, the outcomes themselves, first year = 100.
    """
    masks = zone_masks(ds)
    shown = [zone for zone in ("supporting", "centre") if zone in masks] or list(masks)[:2]
    outcomes = [item for item in OUTCOMES if item[0] in ds]
    with style.styled():
        figure, axes = style.panels(len(shown), len(outcomes), width=2.6 * len(outcomes), height=2.5)
        for row, zone in enumerate(shown):
            for column, (_, title, compute) in enumerate(outcomes):
                panel = axes[row * len(outcomes) + column]
                _panel(panel, compute(ds, masks[zone]))
                panel.set_title(title if row == 0 else "")
                if column == 0:
                    label = "% against baseline" if _compared(ds) else "first year = 100"
                    panel.set_ylabel(f"{style.ZONE_TITLES.get(zone, zone)}\n{label}")
                if row == len(shown) - 1:
                    panel.set_xlabel("Year")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=max(1, len(labels)))
    return figure


def _compared(ds: xr.Dataset) -> bool:
    arms = [str(a) for a in ds["arm"].values]
    return "baseline" in arms and len(arms) > 1


def _panel(axes: Axes, data: xr.DataArray) -> None:
    arms = [str(a) for a in data["arm"].values]
    colours = style.arm_colours(arms)
    compared = "baseline" in arms and len(arms) > 1
    # paired by replication before the interval: common random numbers make the band narrow
    shown = 100 * (data / data.sel(arm="baseline") - 1) if compared else 100 * data / data.isel(year=0)
    for arm in arms:
        mean, half = mean_and_interval(shown.sel(arm=arm))
        years, low, high = data["year"].values, (mean - half).values, (mean + half).values
        axes.plot(years, mean.values, color=colours[arm], label=style.words(arm), lw=1.0 if arm == "baseline" else 1.6)
        axes.fill_between(years, low, high, color=colours[arm], alpha=0.2, lw=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
