"""Output against equality, and indices of what a policy is for: planner's welfare, equivalent income, prosperity."""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr

from sim.analysis import inequality
from sim.analysis.groups import mean_of, total
from sim.analysis.zones import by_region, over_regions, theil_part


def planner(ds: xr.Dataset, weight: float) -> xr.DataArray:
    """Return a planner's welfare ``(1 - w) ln(mean real income) - w T``, `T` the Theil index between zone classes.

    Parameters
    ----------
    ds : Dataset
    weight : float in [0, 1]
        ``w``, of equality between zone classes; a sweep over it traces the frontier.
    """
    income = xr.apply_ufunc(np.log, mean_of(ds, "real_income"))
    return (1.0 - weight) * income - weight * theil_part(ds, labels="zone", part=1)


def equivalent_income(ds: xr.Dataset, aversion: float) -> xr.DataArray:
    """Return Atkinson's equally distributed equivalent of real income per head of regions, yuan/person/yr."""
    return xr.apply_ufunc(
        lambda income, people: inequality.equally_distributed(income, aversion, people),
        by_region(ds, "real_income"), by_region(ds, "people"), input_core_dims=[["region"], ["region"]],
    ).transpose("arm", "replication", "year")  # fmt: skip


def theil_share(ds: xr.Dataset, level: int) -> xr.DataArray:
    """Return the share of a level in Theil's T of value added per head: areas (0), circles in them (1), regions (2)."""
    levels = [ds[name].to_numpy().astype(str) for name in ("area", "circle")]

    def share(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        parts = inequality.nested_theil(values, levels, weights)
        return parts[..., level] / parts.sum(axis=-1)

    return over_regions(share, ds)


def to_centre(ds: xr.Dataset, group: str) -> xr.DataArray:
    """Return value added per head of a group of regions over that of the centre."""
    made, people = (partial(total, ds, name) for name in ("value_added", "people"))
    return made(group) / people(group) / (made("centre") / people("centre"))


def catch_up(ds: xr.Dataset, group: str) -> xr.DataArray:
    """Return the log change per year of `to_centre` since the first year; 0 in the first year."""
    ratio = xr.apply_ufunc(np.log, to_centre(ds, group))
    years = np.maximum(np.arange(ratio.sizes["year"]), 1)
    return (ratio - ratio.isel(year=0, drop=True)) / xr.DataArray(years, dims="year")


def registered(ds: xr.Dataset, group: str | None = None) -> xr.DataArray:
    """Return the share of people with local residence rights, ``1 - F/N``."""
    return 1.0 - total(ds, "unregistered", group) / total(ds, "people", group)


def prosperity_parts(ds: xr.Dataset, group: str) -> dict[str, xr.DataArray]:
    """Return the parts of the index of common prosperity, each over its value in the first year of its run.

    Real income per head of the nation; that of the group over that of the centre; services of the group over those of
    the nation; environmental quality of the group; one less the Gini coefficient of value added per head.
    """
    income, services = partial(mean_of, ds, "real_income"), partial(mean_of, ds, "services")
    parts = {
        "income": income(), "income of the group": income(group) / income("centre"),
        "services": services(group) / services(), "environment": mean_of(ds, "environment", group),
        "equality": 1.0 - over_regions(inequality.gini, ds),
    }  # fmt: skip
    return {name: part / part.isel(year=0, drop=True) for name, part in parts.items()}


def prosperity(ds: xr.Dataset, group: str, end: str = "") -> xr.DataArray:
    """Return the index of common prosperity: the geometric mean of its parts, 1 in the first year.

    Parameters
    ----------
    ds : Dataset
    group : str
        A group or zone class.
    end : {"", "low", "high"}
        The end of the range over the indices without one of the parts: by how much the choice of parts matters.
    """
    logs = [xr.apply_ufunc(np.log, part.reset_coords(drop=True)) for part in prosperity_parts(ds, group).values()]
    whole, n = xr.concat(logs, "part").sum("part", skipna=False), len(logs)
    if not end:
        return xr.apply_ufunc(np.exp, whole / n)
    without = xr.concat([(whole - part) / (n - 1) for part in logs], "part")
    return xr.apply_ufunc(np.exp, without.min("part") if end == "low" else without.max("part"))


def primacy(ds: xr.Dataset) -> xr.DataArray:
    """Return value added of the largest pole over that of the second; NaN with fewer than two poles."""
    made = by_region(ds, "value_added").where(by_region(ds, "pole") > 0.5, 0.0)
    sizes = np.sort(made.transpose("arm", "replication", "year", "region").to_numpy(), axis=-1)[..., -2:]
    ratio = sizes[..., 1] / np.where(sizes[..., 0] > 0, sizes[..., 0], np.nan)
    return made.isel(region=0, drop=True).copy(data=ratio)
