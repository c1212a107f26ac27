"""Means and intervals over replications that several figures share."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from scipy import stats

from sim.catalogue import ZONES


def mean_and_interval(values: xr.DataArray, level: float = 0.95) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the mean over replications and the half-width of its interval (Student's t).

    Parameters
    ----------
    values : DataArray with dim replication
        Missing runs are NaN and are left out.
    level : float, 1

    Returns
    -------
    mean, half : DataArray
        Without the dim replication; half is zero where fewer than two runs are there.
    """
    count = values.notnull().sum("replication")
    mean = values.mean("replication", skipna=True)
    spread = values.std("replication", ddof=1, skipna=True) if values.sizes["replication"] > 1 else mean * 0
    quantile = stats.t.ppf(0.5 + level / 2, np.maximum(count.values - 1, 1))
    half = spread / np.sqrt(np.maximum(count, 1)) * quantile
    return mean, xr.where(count > 1, half, 0.0)


def zone_masks(ds: xr.Dataset) -> dict[str, np.ndarray]:
    """Return a boolean mask of shape (R,) for every zone class that occurs."""
    zone = ds["zone"].values.astype(str)
    return {name: zone == name for name in ZONES if (zone == name).any()}


def centre_index(ds: xr.Dataset) -> int:
    """Return the index of the central city: the first region of the zone class centre."""
    return int(np.flatnonzero(ds["zone"].values.astype(str) == "centre")[0])


def baseline_name(ds: xr.Dataset) -> str | None:
    """Return the name of the baseline arm, or None where there is none."""
    arms = [str(arm) for arm in ds["arm"].values]
    return "baseline" if "baseline" in arms else None


def other_arms(ds: xr.Dataset) -> list[str]:
    """Return the arms without the baseline, in the order of the results."""
    return [str(arm) for arm in ds["arm"].values if str(arm) != "baseline"]


def region_names(ds: xr.Dataset) -> list[str]:
    """Return the English names of the regions, or their ids where the results hold no names."""
    for name in ("name_en", "name"):
        if name in ds.coords:
            return [str(v) for v in ds[name].values]
    return [str(v) for v in ds["region"].values]


def discount_rate(ds: xr.Dataset, otherwise: float = 0.03) -> float:
    """Return the discount rate of the experiment's common budget (1/yr), or another where it has none."""
    try:
        config = json.loads(ds.attrs.get("config") or "{}")
    except json.JSONDecodeError:
        return otherwise
    return float((config.get("common_budget") or {}).get("discount", otherwise))
