"""Means and intervals over replications that several figures share."""

from __future__ import annotations

import numpy as np
import scipy
import xarray as xr

from sim.analysis import baseline_of
from sim.catalogue import ZONES
from sim.figures.style import arm_colours


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
    quantile = scipy.special.stdtrit(np.maximum(count.values - 1, 1), 0.5 + level / 2)  # Student's t
    half = spread / np.sqrt(np.maximum(count, 1)) * quantile
    return mean, xr.where(count > 1, half, 0.0)


def paired_difference(values: xr.DataArray, baseline: str) -> xr.DataArray:
    """Return the difference from the baseline arm at the same replication, without the baseline itself."""
    others = [arm for arm in values["arm"].values if str(arm) != baseline]
    return values.sel(arm=others) - values.sel(arm=baseline, drop=True)


def clear_of_zero(mean: xr.DataArray, half: xr.DataArray) -> xr.DataArray:
    """Return whether an interval leaves out zero; false where one run alone gives no interval."""
    return (half > 0) & (abs(mean) > half)


def zone_masks(ds: xr.Dataset) -> dict[str, np.ndarray]:
    """Return a boolean mask of shape (R,) for every zone class that occurs."""
    zone = ds["zone"].values.astype(str)
    return {name: zone == name for name in ZONES if (zone == name).any()}


def centre_index(ds: xr.Dataset) -> int:
    """Return the index of the central city: the first region of the zone class centre."""
    return int(np.flatnonzero(ds["zone"].values.astype(str) == "centre")[0])


def region_names(ds: xr.Dataset) -> list[str]:
    """Return the English names of the regions, or their ids where the results hold no names."""
    for name in ("name_en", "name"):
        if name in ds.coords:
            return [str(v) for v in ds[name].values]
    return [str(v) for v in ds["region"].values]


def colours_of(ds: xr.Dataset) -> dict[str, str]:
    """Return a colour per arm, the same in every figure of these results."""
    return arm_colours([str(a) for a in ds["arm"].values], baseline_of(ds))
