"""Costs of policies: present values, net public cost, effects per yuan of outlay; docs/model.md, section 10."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from sim.parameters import Appraisal

# Series of a run from which its net cost follows.
COST_SERIES = ("public_outlay", "public_return", "public_equity", "public_claims")


def _growth(years: int, rate: float) -> np.ndarray:
    """Return what a yuan of the first year has grown to in each year, (T,)."""
    return (1.0 + rate) ** np.arange(years)


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
    return float(np.sum(values / _growth(values.size, rate)))


def discounted(values: xr.DataArray, rate: float) -> xr.DataArray:
    """Return the present value in the first year: ``sum_t x_t / (1 + rate)^t``; NaN where a year is missing."""
    return (values / xr.DataArray(_growth(values.sizes["year"], rate), dims="year")).sum("year", skipna=False)


def present(values: xr.DataArray, rate: float) -> xr.DataArray:
    """Return the present value of an indicator: of an annual flow over all years, of a state in the last year.

    Parameters
    ----------
    values : DataArray (..., year), with its unit
        Annual where the unit ends with ``/yr``.
    rate : float, 1/yr
    """
    if values.attrs["units"].endswith("/yr"):
        return discounted(values, rate)
    return values.isel(year=-1, drop=True) / _growth(values.sizes["year"], rate)[-1]


def per_outlay(effect: np.ndarray, outlay: np.ndarray) -> Any:
    """Return the mean effect per yuan of mean gross outlay, both present values.

    Parameters
    ----------
    effect, outlay : (..., n) float
        Paired differences; only pairs with both are used. Outlay in million yuan.

    Returns
    -------
    (...)
        Per million yuan; NaN unless the mean outlay is positive.
    """
    effect, outlay = np.broadcast_arrays(np.asarray(effect, dtype=float), np.asarray(outlay, dtype=float))
    both = np.isfinite(effect) & np.isfinite(outlay)
    gained, paid = (np.where(both, values, 0.0).sum(axis=-1) for values in (effect, outlay))
    return np.divide(gained, paid, out=np.full(np.shape(gained), np.nan), where=paid > 0)


def net_cost(series: Mapping[str, Any], rates: Appraisal) -> np.ndarray:
    """Return the net public cost of each year: outlay less returns, less the growth of assets beyond interest on them.

    Its present value is that of outlay less returns, less that of the assets at the end: each year is charged interest
    on the assets at its start, so that only those of the last year remain in the sum.

    Parameters
    ----------
    series : mapping of str to (..., T) float
        `COST_SERIES`: outlay and returns (million yuan/yr); stakes, discounted at the rate of equity, and cash less
        debt, at the end of each year (million yuan).
    rates : Appraisal

    Returns
    -------
    (..., T) float, million yuan/yr
    """
    outlay, returned, equity, claims = (np.asarray(series[name], dtype=float) for name in COST_SERIES)
    years = outlay.shape[-1]
    assets = claims + equity * _growth(years, rates.discount) / _growth(years, rates.equity_rate)
    before = np.concatenate([np.zeros_like(assets[..., :1]), assets[..., :-1]], axis=-1)
    return outlay - returned - assets + (1.0 + rates.discount) * before


def net_costs(ds: xr.Dataset, rates: Appraisal) -> xr.DataArray:
    """Return the net public cost of each year: (arm, replication, year); see `net_cost`."""
    series = [ds[name].load().reset_coords(drop=True) for name in COST_SERIES]
    return xr.apply_ufunc(
        lambda *arrays: net_cost(dict(zip(COST_SERIES, arrays, strict=True)), rates), *series,
        input_core_dims=[["year"]] * len(series), output_core_dims=[["year"]],
    ).transpose("arm", "replication", "year")  # fmt: skip


def cost_of(series: Mapping[str, np.ndarray], rates: Appraisal) -> tuple[float, float]:
    """Return the present values of gross outlay and of net cost of one run, million yuan.

    Parameters
    ----------
    series : mapping of str to (T,) float
        Series of a run; the net cost is NaN if one of `COST_SERIES` is missing.
    rates : Appraisal
    """
    gross = present_value(series["public_outlay"], rates.discount)
    known = all(name in series for name in COST_SERIES)
    return gross, present_value(net_cost(series, rates), rates.discount) if known else float("nan")


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


def parts_of_cost(ds: xr.Dataset, rates: Appraisal) -> dict[str, dict[str, float]]:
    """Return what the net cost of each arm consists of: present values, mean over finished replications.

    Returns
    -------
    dict of str to dict of str to float, million yuan
        By arm: ``gross``, ``returned``, ``assets`` (stakes and claims at the end) and ``net``, their balance; those
        that the runs recorded.
    """
    if "public_outlay" not in ds:
        return {str(arm): {} for arm in ds["arm"].values}
    parts = {"gross": discounted(ds["public_outlay"].load(), rates.discount)}
    if "public_return" in ds:
        parts["returned"] = discounted(ds["public_return"].load(), rates.discount)
    if all(name in ds for name in COST_SERIES):
        parts["net"] = discounted(net_costs(ds, rates), rates.discount)
        parts["assets"] = parts["gross"] - parts["returned"] - parts["net"]
    means = {name: values.mean("replication", skipna=True) for name, values in parts.items()}
    return {str(arm): {name: float(m.sel(arm=arm)) for name, m in means.items()} for arm in ds["arm"].values}
