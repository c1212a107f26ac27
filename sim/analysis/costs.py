"""Costs of policies: discounting and realised public outlay."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

DISCOUNT = 0.03  # 1/yr; social discount rate in the middle of appraisal practice


def _discount(values: Any, age: Any, rate: float) -> Any:
    """Return values at their present value after `age` years: ``x / (1 + rate)^age``."""
    return values / (1.0 + rate) ** age


def discounted(values: xr.DataArray, rate: float = DISCOUNT) -> xr.DataArray:
    """Return the present value in the first year: ``sum_t x_t / (1 + rate)^t``; NaN where a year is missing."""
    return _discount(values, values["year"] - values["year"][0], rate).sum("year", skipna=False)


def present_value(series: np.ndarray, rate: float) -> float:
    """Return the present value in the first year of an annual series; missing years count as zero.

    Parameters
    ----------
    series : (T,) float, million yuan/yr
    rate : float, 1/yr

    Examples
    --------
    >>> round(present_value(np.array([0.0, 110.0]), 0.1), 6)
    100.0
    """
    values = np.nan_to_num(np.asarray(series, dtype=float))
    return float(np.sum(_discount(values, np.arange(values.size), rate)))


def realised_costs(ds: xr.Dataset, rate: float) -> dict[str, float]:
    """Return the present value of public outlay by arm, mean over finished replications (million yuan)."""
    costs = {}
    outlay = ds["public_outlay"].transpose("arm", "replication", "year").values
    finished = ds["finished"].transpose("arm", "replication").values
    for a, arm in enumerate(ds["arm"].values):
        runs = outlay[a][finished[a]]
        if len(runs):
            costs[str(arm)] = float(np.mean([present_value(run, rate) for run in runs]))
    return costs
