"""The centre's balance of talent, capital and industry with each zone class."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures import style
from sim.figures.stats import centre_index, mean_and_interval, zone_masks

CAPTION = (
    "Net yearly flow from the centre to each zone class by arm (positive: the centre gives), mean of "
    "all years after the first; lines show 95 % intervals over replications."
)
FLOWS = (
    ("talent_flow", "Talent", "persons/yr", 1.0),
    ("worker_flow", "Workers", "persons/yr", 1.0),
    ("capital_flow", "Investment", "billion yuan/yr", 1e-3),
    ("firm_capital_flow", "Industry (capital of moving firms)", "billion yuan/yr", 1e-3),
)


def net_outflow(ds: xr.Dataset, name: str, mask: np.ndarray) -> xr.DataArray:
    """Return the centre's net flow to the regions of the mask: dims arm, replication.

    Parameters
    ----------
    ds : Dataset
    name : str
        A flow with dims origin, destination and perhaps sector.
    mask : (R,) bool

    Returns
    -------
    DataArray
        In the unit of the flow; positive where the centre gives more than it gets.
    """
    centre, where = centre_index(ds), np.flatnonzero(mask)
    data = ds[name].isel(year=slice(1, None)) if ds.sizes["year"] > 1 else ds[name]
    data = data.sum("sector") if "sector" in data.dims else data
    given = data.isel(origin=centre, drop=True).isel(destination=where).sum("destination", skipna=False)
    taken = data.isel(destination=centre, drop=True).isel(origin=where).sum("origin", skipna=False)
    return (given - taken).mean("year")


def draw(ds: xr.Dataset) -> Figure:
    """Return one panel a flow, bars by zone class and arm."""
    flows = [flow for flow in FLOWS if flow[0] in ds]
    with style.styled():
        if not flows:
            figure, axes = style.panels(1, 1)
            style.note_empty(axes[0], "The runs did not record flows (record.flows: false).")
            return figure
        columns = min(2, len(flows))
        figure, axes = style.panels(-(-len(flows) // columns), columns, width=7.8, height=2.6)
        for panel, flow in zip(axes, flows, strict=False):
            _panel(panel, ds, *flow)
        for panel in axes[len(flows) :]:
            panel.set_axis_off()
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure


def _panel(axes: Axes, ds: xr.Dataset, name: str, title: str, unit: str, scale: float) -> None:
    masks = {zone: mask for zone, mask in zone_masks(ds).items() if zone != "centre"}
    arms = [str(a) for a in ds["arm"].values]
    colours = style.arm_colours(arms)
    width = 0.8 / len(arms)
    position = np.arange(len(masks))
    results = [mean_and_interval(net_outflow(ds, name, mask) * scale) for mask in masks.values()]
    for k, arm in enumerate(arms):
        means = [float(mean.sel(arm=arm)) for mean, _ in results]
        halves = [float(half.sel(arm=arm)) for _, half in results]
        at = position + (k - (len(arms) - 1) / 2) * width
        axes.bar(at, means, width * 0.92, color=colours[arm], label=style.words(arm))
        axes.errorbar(at, means, yerr=halves, fmt="none", ecolor=style.INK, elinewidth=0.8, capsize=1.5)
    axes.axhline(0, color=style.INK, lw=0.7)
    axes.set_xticks(position, [style.ZONE_TITLES[zone] for zone in masks])
    axes.grid(False, axis="x")
    axes.set(title=title, ylabel=unit)
