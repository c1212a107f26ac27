"""Sums, means and flows by zone class. Missing runs remain NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from sim.analysis import inequality
from sim.catalogue import ZONES

T = TypeVar("T")


@xr.register_dataset_accessor("derived_tables")
class _DerivedTables(dict[str, Any]):
    """Tables derived from a dataset, which live as long as the dataset object itself."""

    def __init__(self, ds: xr.Dataset):
        super().__init__()


def cached(ds: xr.Dataset, key: str, compute: Callable[[], T]) -> T:
    """Return ``compute()``, evaluated once for this dataset object: results are read lazily and flows are large."""
    tables: dict[str, T] = ds.derived_tables
    if key not in tables:
        tables[key] = compute()
    return tables[key]


def by_region(ds: xr.Dataset, name: str) -> xr.DataArray:
    """Return a variable by region, summed over sectors or groups: (arm, replication, year, region)."""

    def make() -> xr.DataArray:
        values = ds[name].compute()
        return values.sum([d for d in values.dims if d in ("sector", "group")], skipna=False)

    return cached(ds, f"region:{name}", make)


def in_zone(ds: xr.Dataset, zone: str) -> np.ndarray:
    """Return which regions are in a zone class, (R,) bool."""
    return ds["zone"].to_numpy() == zone


def zone_masks(ds: xr.Dataset) -> dict[str, np.ndarray]:
    """Return a boolean mask of shape (R,) for every zone class that occurs."""
    zone = ds["zone"].values.astype(str)
    return {name: zone == name for name in ZONES if (zone == name).any()}


def centre_index(ds: xr.Dataset) -> int:
    """Return the index of the central city: the first region of the zone class centre."""
    return int(np.flatnonzero(ds["zone"].values.astype(str) == "centre")[0])


def zone_sum(ds: xr.Dataset, name: str, zone: str) -> xr.DataArray:
    """Return the sum of a variable over a zone class: (arm, replication, year)."""
    return by_region(ds, name).isel(region=np.flatnonzero(in_zone(ds, zone))).sum("region", skipna=False)


def weighted_mean(
    ds: xr.Dataset, values: xr.DataArray, chosen: np.ndarray | xr.DataArray | None = None
) -> xr.DataArray:
    """Return the population-weighted mean over the chosen regions, NaN if there are none."""
    weights = by_region(ds, "people")
    if chosen is not None:
        mask = chosen if isinstance(chosen, xr.DataArray) else xr.DataArray(chosen, dims="region")
        weights = weights * mask
    total = weights.sum("region", skipna=False)
    return (weights * values).sum("region", skipna=False) / total.where(total > 0)


def per_head(ds: xr.Dataset) -> xr.DataArray:
    """Return value added per capita, million yuan/person/yr: (arm, replication, year, region)."""
    people = by_region(ds, "people")
    # an empty region has weight zero; any non-zero divisor will do
    return by_region(ds, "value_added") / xr.where(people == 0, 1.0, people)


def over_regions(function: Callable[..., np.ndarray], ds: xr.Dataset) -> xr.DataArray:
    """Return an index of `sim.analysis.inequality` of value added per capita, weighted by population."""
    return xr.apply_ufunc(
        function, per_head(ds), by_region(ds, "people"), input_core_dims=[["region"], ["region"]]
    ).transpose("arm", "replication", "year")


def theil_part(ds: xr.Dataset, labels: str, part: int) -> xr.DataArray:
    """Return Theil's T in total (part 0), between (1) or within (2) the groups of a region coordinate."""
    groups = ds[labels].to_numpy()
    return over_regions(lambda x, w: inequality.theil_decomposition(x, groups, w)[part], ds)


def exchange(ds: xr.Dataset, flow: str) -> xr.DataArray:
    """Return the flows between the centre and the zone classes.

    Parameters
    ----------
    ds : Dataset
    flow : str
        A bilateral variable (``flow[i, j]`` from i to j); summed over sectors.

    Returns
    -------
    DataArray (arm, replication, year, zone, direction)
        ``direction`` is ``out`` (centre to zone) or ``in`` (zone to centre).
    """

    def make() -> xr.DataArray:
        table = between_zones(ds, flow)
        if "sector" in table.dims:
            table = table.sum("sector", skipna=False)
        zones = ["pilot", "leading", "supporting"]
        there = table.sel(origin_zone="centre", destination_zone=zones, drop=True).rename(destination_zone="zone_class")
        back = table.sel(destination_zone="centre", origin_zone=zones, drop=True).rename(origin_zone="zone_class")
        both = xr.concat([there, back], xr.Variable("direction", ["out", "in"]))
        return both.transpose("arm", "replication", "year", "zone_class", "direction")

    return cached(ds, f"exchange:{flow}", make)


def net(ds: xr.Dataset, flow: str, zone: str) -> xr.DataArray:
    """Return the net flow from the centre to a zone class."""
    sides = exchange(ds, flow).sel(zone_class=zone, drop=True)
    return sides.sel(direction="out", drop=True) - sides.sel(direction="in", drop=True)


def gross(ds: xr.Dataset, flow: str, zone: str) -> xr.DataArray:
    """Return the gross flow between the centre and a zone class, in both directions."""
    return exchange(ds, flow).sel(zone_class=zone, drop=True).sum("direction", skipna=False)


def effectiveness(ds: xr.Dataset, flow: str, zone: str) -> xr.DataArray:
    """Return ``|net| / gross``, 0 (balanced) to 1 (one direction); NaN without a flow."""
    total = gross(ds, flow, zone)
    return abs(net(ds, flow, zone)) / total.where(total > 0)


def moves(ds: xr.Dataset, flow: str) -> xr.DataArray:
    """Return all moves between regions: (arm, replication, year).

    Flows of people exclude stayers, so moves within a zone class are moves between regions.
    """
    return between_zones(ds, flow).sum(["origin_zone", "destination_zone"], skipna=False)


def between_zones(ds: xr.Dataset, flow: str) -> xr.DataArray:
    """Return a bilateral flow between zone classes: (arm, replication, year, [sector,] origin_zone, destination_zone).

    Older results store only the flow between regions; it is aggregated here run by run to limit memory use.
    """

    def make() -> xr.DataArray:
        if f"{flow}_zones" in ds:
            return ds[f"{flow}_zones"].load()
        belongs = {
            side: xr.DataArray((ds["zone"].to_numpy()[:, None] == np.array(ZONES)) * 1.0, dims=[side, f"{side}_zone"],
                               coords={f"{side}_zone": list(ZONES)}) for side in ("origin", "destination")
        }  # fmt: skip
        rows = []
        for a in range(ds.sizes["arm"]):
            runs = [ds[flow].isel(arm=[a], replication=[k]).astype(float) for k in range(ds.sizes["replication"])]
            rows.append(xr.concat([xr.dot(run, *belongs.values(), dim=["origin", "destination"]) for run in runs],
                                  "replication"))  # fmt: skip
        return xr.concat(rows, "arm")

    return cached(ds, f"zones:{flow}", make)
