"""Costs of policies: present values, what was really paid."""

from __future__ import annotations

import numpy as np
import xarray as xr


def present_value(series: np.ndarray, discount: float) -> float:
    """Return the present value in the first year of a yearly series.

    Parameters
    ----------
    series : (T,) float, million yuan/yr
    discount : float, 1/yr

    Examples
    --------
    >>> round(present_value(np.array([0.0, 110.0]), 0.1), 6)
    100.0
    """
    values = np.nan_to_num(np.asarray(series, dtype=float))
    return float(np.sum(values / (1.0 + discount) ** np.arange(values.size)))


def realised_costs(ds: xr.Dataset, discount: float) -> dict[str, float]:
    """Return the present value of public outlay by arm, mean over finished replications (million yuan)."""
    costs = {}
    outlay = ds["public_outlay"].transpose("arm", "replication", "year").values
    there = ds["finished"].transpose("arm", "replication").values
    for a, arm in enumerate(ds["arm"].values):
        runs = outlay[a][there[a]]
        if len(runs):
            costs[str(arm)] = float(np.mean([present_value(run, discount) for run in runs]))
    return costs
