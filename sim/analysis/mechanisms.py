"""Reports of mechanisms, and the additionality of funds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.paired import pair_differences
from sim.analysis.provenance import baseline_of, mechanisms_of, other_arms, reference_of
from sim.analysis.regions import select_regions
from sim.analysis.statistics import interval
from sim.errors import UserError


def reported(ds: xr.Dataset) -> pd.DataFrame:
    """Return the reports of each arm's mechanisms in their last reported year.

    Returns
    -------
    DataFrame
        ``arm, mechanism, item, unit, year, value`` (mean over seeds), ``low, high`` (minimum and maximum over
        seeds), ``n`` seeds; arms in the order of the results.
    """
    rows = []
    for arm in (str(a) for a in ds["arm"].values):
        for name in (str(v) for v in ds.data_vars if "." in str(v)):
            seeds = ds[name].sel(arm=arm).transpose("replication", "year").values
            reported_years = np.flatnonzero(np.isfinite(seeds).any(axis=0))
            if not reported_years.size:
                continue
            values = seeds[np.isfinite(seeds[:, reported_years[-1]]), reported_years[-1]]
            mechanism, item = name.split(".", 1)
            year = int(ds["year"].values[reported_years[-1]])
            rows.append({
                "arm": arm, "mechanism": mechanism, "item": item, "unit": ds[name].attrs.get("units", "1"),
                "year": year, "value": values.mean(), "low": values.min(), "high": values.max(), "n": len(values),
            })  # fmt: skip
    return pd.DataFrame(rows, columns=["arm", "mechanism", "item", "unit", "year", "value", "low", "high", "n"])


def regions_of_selectors(ds: xr.Dataset, selectors: Iterable[str]) -> np.ndarray | None:
    """Return the regions of the selectors of a config, (R,) bool; None if a selector is unknown here.

    Parameters
    ----------
    ds : Dataset
    selectors : iterable of str
        Region ids, provinces, areas, zone classes, circles, belts, points, ``all``, or set expressions.
    """
    try:
        return np.any([select_regions(ds, selector) for selector in selectors], axis=0)
    except UserError:
        return None


def fund_cells(ds: xr.Dataset, fund: dict[str, Any]) -> np.ndarray | None:
    """Return the cells a fund may invest in, (R, S) bool; None if a selector is unknown."""
    regions = regions_of_selectors(ds, fund.get("targets") or ["supporting"])
    if regions is None:
        return None
    sectors = [str(s) for s in ds["sector"].values]
    cells = np.outer(regions, np.isin(sectors, fund.get("sectors") or sectors))
    for selector, fields in (fund.get("overrides") or {}).items():
        regions_ = regions_of_selectors(ds, [selector])
        if regions_ is None:
            return None
        if "sectors" in fields:
            cells[regions_ & regions] = np.isin(sectors, fields["sectors"])
    return cells


def additionality(ds: xr.Dataset) -> pd.DataFrame:
    """Return capital added in a fund's cells per yuan that the fund and its partners invested.

    The paired difference of the capital in these cells in the last year, relative to public and private money
    invested by then. 1: fully additional and not yet depreciated; 0: fully displaced or depreciated.

    Returns
    -------
    DataFrame
        ``arm, fund, invested, added`` (million yuan), ``ratio`` with its 95 % interval ``ci_low, ci_high``,
        ``alone`` (the fund is the only mechanism of its arm, so that the difference is due to it), ``n`` pairs.

    Notes
    -----
    Capital is measured at the start of a year, so money counts up to the end of the year before. Depreciation in the
    meantime lowers the ratio even without displacement.
    """
    columns = ["arm", "fund", "invested", "added", "ratio", "ci_low", "ci_high", "alone", "n"]
    if baseline_of(ds) is None or "capital" not in ds or ds.sizes["year"] < 2:
        return pd.DataFrame(columns=columns)
    rows = []
    for arm in other_arms(ds):
        mechanisms = mechanisms_of(ds, arm)
        for fund in (m for m in mechanisms if m.get("kind") == "investment_fund"):
            row = _one_fund(ds, arm, fund, reference_of(ds, arm))
            if row:
                rows.append({**row, "alone": len(mechanisms) == 1})
    return pd.DataFrame(rows, columns=columns)


def _one_fund(ds: xr.Dataset, arm: str, fund: dict[str, Any], baseline: str) -> dict[str, Any] | None:
    name = fund.get("name") or fund["kind"]
    cells = fund_cells(ds, fund)
    if cells is None or f"{name}.public invested" not in ds or f"{name}.leverage realised" not in ds:
        return None
    public, leverage = (
        ds[f"{name}.{item}"].sel(arm=arm).isel(year=-2).reset_coords(drop=True).to_pandas()
        for item in ("public invested", "leverage realised")
    )
    chosen = xr.DataArray(cells, dims=["region", "sector"])
    last = ds["capital"].isel(year=-1).load().reset_coords(drop=True)
    capital = (last * chosen).sum(["region", "sector"], skipna=False)
    table = pd.DataFrame({"added": pair_differences(capital, baseline)[arm], "invested": public * (1 + leverage)})
    table = table[table["invested"] > 0].dropna()
    if table.empty:
        return None
    ratio, low, high, _ = interval((table["added"] / table["invested"]).to_numpy())
    means = {"invested": table["invested"].mean(), "added": table["added"].mean()}
    return {"arm": arm, "fund": name, **means, "ratio": ratio, "ci_low": low, "ci_high": high, "n": len(table)}
