"""Groups of regions on which effects are evaluated: those of the report, the targets, the supporting zone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr

from sim.analysis.provenance import config_of
from sim.analysis.regions import region_names, select_regions, target_mask
from sim.analysis.zones import by_region, in_zone, weighted_mean
from sim.groups import Group, reported_regions
from sim.indicators import INDICATORS

LISTED = 6  # regions that are named one by one


def group_mask(ds: xr.Dataset, group: str) -> np.ndarray:
    """Return the regions of a group or zone class, (R,) bool; none where the config has no such group."""
    if group == Group.TARGETS:
        return target_mask(ds)
    if group != Group.REGIONS:
        return in_zone(ds, group)
    texts = reported_regions(config_of(ds))
    parts = [select_regions(ds, text, "report.regions") for text in texts]
    return np.any(parts, axis=0) if parts else np.zeros(ds.sizes["region"], dtype=bool)


def within(ds: xr.Dataset, values: xr.DataArray, group: str | None) -> xr.DataArray:
    """Return a variable in the regions of a group or zone class only; in all without one."""
    return values if group is None else values.isel(region=np.flatnonzero(group_mask(ds, group)))


def total(ds: xr.Dataset, name: str, group: str | None = None) -> xr.DataArray:
    """Return the sum of a variable over a group of regions or all: (arm, replication, year)."""
    return within(ds, by_region(ds, name), group).sum("region", skipna=False)


def mean_of(ds: xr.Dataset, name: str, group: str | None = None) -> xr.DataArray:
    """Return the population-weighted mean of a variable over a group of regions or all."""
    return weighted_mean(ds, by_region(ds, name), None if group is None else group_mask(ds, group))


def groups(ds: xr.Dataset) -> list[Group]:
    """Return the groups of the headline: first the main one, the supporting zone last.

    Of groups with the same regions one is left: the supporting zone, otherwise the regions of the report.
    """
    found: dict[Group, np.ndarray] = {}
    zone = group_mask(ds, Group.SUPPORTING)
    for group in (Group.REGIONS, Group.TARGETS):
        mask = group_mask(ds, group)
        if mask.any() and not any(np.array_equal(mask, other) for other in (zone, *found.values())):
            found[group] = mask
    return [*found, Group.SUPPORTING]


def main_group(ds: xr.Dataset) -> Group:
    """Return the group on which the experiment is evaluated: ``report.regions``, by default the targets.

    The supporting zone if there are neither, or if they are the same regions. The headline has all its indicators.
    """
    return groups(ds)[0]


def in_brief(ds: xr.Dataset, names: Iterable[str]) -> list[str]:
    """Return the indicators of a short table or figure: all of the main group, of other groups value added only."""
    own = main_group(ds)
    return [name for name in names if INDICATORS[name].group in (None, own) or name.endswith("_value_added")]


def group_text(ds: xr.Dataset, group: Group) -> str:
    """Return which regions a group consists of: their names, or their number.

    Examples
    --------
    ``Nanning and Liuzhou``, ``77 regions``
    """
    names = [name for name, there in zip(region_names(ds), group_mask(ds, group), strict=True) if there]
    if len(names) > LISTED:
        return f"{len(names)} regions"
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
