"""Preparation of robustness analyses: from results to the tables of `sim.analysis.robustness`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import xarray as xr

from sim.analysis.indicators import INDICATORS
from sim.analysis.provenance import config_of
from sim.analysis.robustness import robustness_tables
from sim.analysis.sweep import Measured
from sim.analysis.switching import switching_tables
from sim.analysis.unpriced import unpriced

DIFFERENCE = " (difference)"  # suffix of an indicator: difference from the baseline in the same future


def tables_of(ds: xr.Dataset, measured: Sequence[Measured]) -> dict[str, pd.DataFrame]:
    """Return the tables of `sim.analysis.robustness.robustness_tables` and `sim.analysis.switching.switching_tables`.

    Parameters
    ----------
    ds : Dataset
        Of a robustness analysis, from `sim.results.open_results`.
    measured : sequence of Measured
        From `sim.analysis.measure`.
    """
    thresholds = config_of(ds).get("thresholds") or {}
    goals = [
        {"indicator": _outcome(name, facts), **{end: facts[end] for end in ("least", "most") if facts[end] is not None}}
        for name, facts in thresholds.items()
    ]
    tables = robustness_tables(outcomes(ds, measured), futures(ds), goals, int(config_of(ds)["seed"]))
    better = {item.name: INDICATORS[item.name].better for item in measured}
    return tables | switching_tables(measured, futures(ds), better, unpriced(ds))


def futures(ds: xr.Dataset) -> pd.DataFrame:
    """Return the uncertainties by future: (F, uncertainties), index ``future``."""
    table = pd.DataFrame({key: ds[key].values for key in ds.attrs["keys"]}, index=ds["point"].values)
    return table.rename_axis("future")


def outcomes(ds: xr.Dataset, measured: Sequence[Measured]) -> pd.DataFrame:
    """Return the outcomes of every policy in every future, means over seeds.

    Returns
    -------
    DataFrame
        ``future, policy, indicator, value, better``; NaN if a run is missing. A threshold on a difference adds an
        outcome ``INDICATOR (difference)``, which has no separate regret. The difference of the baseline from itself
        is zero.
    """
    thresholds = config_of(ds).get("thresholds") or {}
    parts = []
    for item in measured:
        facts = INDICATORS[item.name]
        level = _with_baseline(ds, item) if facts.paired else item.levels
        parts.append(_long(level).assign(indicator=item.name, better=facts.better))
        if item.name in thresholds and (name := _outcome(item.name, thresholds[item.name])) != item.name:
            parts.append(_long(_with_baseline(ds, item)).assign(indicator=name, better=0))
    return pd.concat(parts, ignore_index=True)[["future", "policy", "indicator", "value", "better"]]


def _outcome(name: str, threshold: Mapping[str, Any]) -> str:
    """Return the outcome a threshold refers to; indicators that are differences themselves keep their name."""
    return name + DIFFERENCE if threshold["of"] == "difference" and not INDICATORS[name].paired else name


def _with_baseline(ds: xr.Dataset, item: Measured) -> xr.DataArray:
    assert item.differences is not None  # robustness analyses have arms
    ours = ds["arm"].isin(item.differences["arm"]).reset_coords(drop=True)
    return item.differences.reindex(arm=ds["arm"].values).where(ours, 0.0)


def _long(values: xr.DataArray) -> pd.DataFrame:
    """Return means over seeds by future and policy; NaN if a seed is missing."""
    table = values.mean("replication", skipna=False).transpose("arm", "point").to_dataframe("value").reset_index()
    return table.rename(columns={"point": "future", "arm": "policy"})
