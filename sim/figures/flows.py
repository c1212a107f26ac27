"""Net flows of talent, capital and industry between the centre and each zone class: baseline and effects of arms."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis import baseline_of, comparable, readable
from sim.analysis.statistics import clear_of_zero, mean_and_interval, paired_difference
from sim.analysis.zones import centre_index, zone_masks
from sim.currency import money_of
from sim.figures import style
from sim.figures.marks import legend, marks_of
from sim.figures.names import room, shortened

CAPTION = (
    "Annual net flow from the centre to each zone class (positive: outflow from the centre), mean over all years after "
    "the first. Left: the baseline. Right: each arm's difference from it, paired by replication. Lines are 95 % "
    "intervals over replications; a filled point marks an interval that excludes zero."
)
FLOWS = (
    ("talent_flow", "Talent", "persons/yr"),
    ("worker_flow", "Workers", "persons/yr"),
    ("capital_flow", "Investment", "million yuan/yr"),
    ("firm_capital_flow", "Industry: capital of relocating firms", "million yuan/yr"),
)

WIDE = 4.3  # inches of a panel


def net_outflow(ds: xr.Dataset, name: str) -> xr.DataArray:
    """Return the centre's net flow to each region: dims arm, replication, year, region.

    Parameters
    ----------
    ds : Dataset
    name : str
        A flow with dims origin, destination and perhaps sector.

    Returns
    -------
    DataArray
        In the unit of the flow; positive for a net outflow from the centre; in memory.
    """
    centre = centre_index(ds)
    data = ds[name].isel(year=slice(1, None)) if ds.sizes["year"] > 1 else ds[name]
    sides = []
    for own, other in (("origin", "destination"), ("destination", "origin")):
        # reads one row of the matrix, not all of it; double precision for small differences of large sums
        side = data.isel({own: centre}, drop=True).load().astype(float)
        side = side.sum("sector", skipna=False) if "sector" in side.dims else side
        sides.append(side.rename({other: "region"}).drop_vars("region", errors="ignore"))
    return sides[0] - sides[1]


def draw(ds: xr.Dataset) -> Figure:
    """Return one row per flow: net flows by zone class in the baseline, and the differences of the arms."""
    flows = [flow for flow in FLOWS if flow[0] in ds]
    columns, money = 2 if comparable(ds) else 1, money_of(ds.attrs)
    with style.styled():
        if not flows:
            return style.empty("The runs did not record flows (record.flows: false).")
        figure, axes = style.panels(
            len(flows), columns, width=WIDE * columns, height=_height(ds), ratios=(1, 1.25)[:columns]
        )
        for row, (name, title, unit) in enumerate(flows):
            left = axes[row * columns]
            zones = {zone: mask for zone, mask in zone_masks(ds).items() if zone != "centre"}
            net = net_outflow(ds, name)
            values = [net.isel(region=mask).sum("region", skipna=False).mean("year") for mask in zones.values()]
            _levels(left, ds, values, money(unit))
            left.set_title(title, fontsize=9)
            left.set_yticks(range(len(zones)), [style.ZONE_TITLES[zone] for zone in zones])
            if columns == 2:
                _changes(axes[row * columns + 1], ds, values, money(unit))
        if columns == 2:
            handles, labels = axes[1].get_legend_handles_labels()
            legend(figure, handles, labels)
    return figure


def _height(ds: xr.Dataset) -> float:
    """Return the height of a row (inches), in which the points of many arms have room."""
    return 1.75 + 0.09 * max(0, ds.sizes["arm"] - 7)


def _levels(axes: Axes, ds: xr.Dataset, values: list[xr.DataArray], unit: str) -> None:
    arm = baseline_of(ds) or str(ds["arm"].values[0])
    means, halves = zip(*(mean_and_interval(v.sel(arm=arm)) for v in values), strict=True)
    scale, unit = readable(unit, float(np.nanmax(np.abs(means), initial=0.0)))
    at = np.arange(len(values))
    axes.barh(at, scale * np.array(means), 0.6, color="#B8B8B8")
    axes.errorbar(
        scale * np.array(means), at, xerr=scale * np.array(halves), fmt="none", ecolor=style.INK, elinewidth=1.0,
        capsize=2,
    )  # fmt: skip
    axes.axvline(0, color=style.INK, lw=0.7)
    _finish(axes, len(values), f"{shortened(style.display_name(arm), room(WIDE - 1.8), 8.0)} [{unit}]")


def _changes(axes: Axes, ds: xr.Dataset, values: list[xr.DataArray], unit: str) -> None:
    known = marks_of(ds)
    results = [mean_and_interval(paired_difference(v, str(baseline_of(ds)))) for v in values]
    scale, unit = readable(unit, max(float(abs(mean).max()) for mean, _ in results))
    arms = [str(a) for a in results[0][0]["arm"].values]
    step = 0.7 / max(1, len(arms))
    for row, (mean, half) in enumerate(results):
        clear = clear_of_zero(mean, half)
        for k, arm in enumerate(arms):
            at = row + (k - (len(arms) - 1) / 2) * step
            x, h = scale * float(mean[k]), scale * float(half[k])
            colour, _, marker = known[arm]
            axes.plot([x - h, x + h], [at, at], color=colour, lw=1.5, solid_capstyle="butt")
            axes.plot(x, at, marker, ms=4.2, mec=colour, mew=1.2, mfc=colour if bool(clear[k]) else "white")
            if row == 0:  # the legend explains colours, the caption explains filled points
                axes.plot([], [], marker, ls="", ms=4.2, color=colour, label=style.display_name(arm))
    axes.axvline(0, color=style.BASELINE, lw=0.9)
    axes.set_yticks(range(len(values)), [])
    _finish(axes, len(values), f"Difference from the baseline [{unit}]")


def _finish(axes: Axes, rows: int, label: str) -> None:
    axes.set_ylim(rows - 0.45, -0.55)
    axes.grid(False, axis="y")
    axes.set_xlabel(label, fontsize=8)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.xaxis.set_major_formatter(style.Thousands())
