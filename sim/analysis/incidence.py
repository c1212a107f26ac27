"""Who gains and who loses: paired differences by group of regions and by region, and the ranking per yuan of outlay."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.costs import discounted, per_outlay
from sim.analysis.groups import group_mask
from sim.analysis.paired import correct, pair_differences
from sim.analysis.provenance import appraisal_of, of_variant
from sim.analysis.statistics import interval, p_value
from sim.analysis.unpriced import unpriced
from sim.analysis.zones import by_region, cached, zone_masks
from sim.groups import Group

MEASURE = "value_added"
NATION = "nation"


class Lead(NamedTuple):
    """By how much the arm with the largest effect per yuan leads the second."""

    first: str
    second: str
    difference: float  # yuan per yuan of gross outlay, present values
    low: float
    high: float
    sign_share: float  # share of pairs in which it leads
    n: int

    @property
    def decided(self) -> bool:
        """Whether the 95 % interval of the lead excludes zero."""
        return self.low > 0


def groups_of(ds: xr.Dataset) -> dict[str, np.ndarray]:
    """Return disjoint groups of regions, and the nation, as masks (R,).

    The regions of the report come first, by default the targets of the instruments of all arms; they are left out of
    the other groups, which are the zone classes.
    """
    for group in (Group.REGIONS, Group.TARGETS):
        first = group_mask(ds, group)
        if first.any():
            break
    found = {str(group): first} if first.any() else {}
    for zone, mask in reversed(zone_masks(ds).items()):
        found[f"other {zone}" if (mask & first).any() else zone] = mask & ~first
    return {name: mask for name, mask in found.items() if mask.any()} | {NATION: np.ones(len(first), bool)}


def incidence(ds: xr.Dataset, baseline: str = "baseline") -> pd.DataFrame:
    """Return the effects of each arm on the value added of each group of regions.

    Parameters
    ----------
    ds : Dataset
        From `sim.results.open_results`.
    baseline : str

    Returns
    -------
    DataFrame
        ``arm, group, regions, indicator, baseline_mean, difference, ci_low, ci_high`` (million yuan of the last year),
        ``percent, percent_low, percent_high`` (of the baseline), ``per_yuan`` (present value of the effect over that of
        gross outlay), ``sign_share, n, p`` and, corrected for all rows, ``p_adjusted, adjusted_low, adjusted_high``.
    """
    return cached(ds, f"incidence:{baseline}", lambda: _incidence(of_variant(ds, baseline), baseline)).copy()


def _incidence(ds: xr.Dataset, baseline: str) -> pd.DataFrame:
    outlay = _outlay(ds, baseline)
    rows = []
    for group, mask in groups_of(ds).items():
        series = _within(ds, mask)
        last, whole = pair_differences(series.isel(year=-1, drop=True), baseline), _present(ds, series, baseline)
        level = series.sel(arm=baseline, drop=True).isel(year=-1, drop=True).to_numpy()
        for arm in last.columns:
            known = len(outlay) and str(arm) not in unpriced(ds)
            paid = outlay[arm].to_numpy() if known else np.full(len(last), np.nan)
            row = {"arm": arm, "group": group, "regions": int(mask.sum()), "indicator": group}
            row |= statistics_of(last[arm].to_numpy(), level)
            rows.append(row | {"per_yuan": float(per_outlay(whole[arm].to_numpy(), paid))})
    return correct(pd.DataFrame(rows))


def regions_affected(ds: xr.Dataset, baseline: str = "baseline") -> pd.DataFrame:
    """Return the effects of each arm on the value added of each region in the last year.

    Returns
    -------
    DataFrame
        Columns as of `incidence`, with ``region`` and ``name``; losses are significant where ``adjusted_high`` is
        negative: corrected for all arms and regions.
    """
    return cached(ds, f"regions_affected:{baseline}", lambda: _affected(of_variant(ds, baseline), baseline)).copy()


def _affected(ds: xr.Dataset, baseline: str) -> pd.DataFrame:
    last = _added(ds).isel(year=-1, drop=True)
    names = dict(zip(ds["region"].values.astype(str), ds["name"].values.astype(str), strict=True))
    rows = []
    for region, name in names.items():
        one = last.sel(region=region, drop=True)
        pairs, level = pair_differences(one, baseline), one.sel(arm=baseline).to_numpy()
        for arm in pairs.columns:
            row = {"arm": arm, "region": region, "name": name, "indicator": region}
            rows.append(row | statistics_of(pairs[arm].to_numpy(), level))
    return correct(pd.DataFrame(rows))


def per_yuan(ds: xr.Dataset, baseline: str = "baseline", group: str | None = None) -> pd.DataFrame:
    """Return the effect on the value added of a group per yuan of gross outlay, of each arm in each pair of runs.

    Parameters
    ----------
    ds : Dataset
    baseline : str
    group : str, optional
        Of `groups_of`, by default the first: the targets.

    Returns
    -------
    DataFrame
        Rows replications, columns arms; present values over all years, yuan per yuan. Empty without outlays. Arms
        without a known price are left out; see `sim.analysis.unpriced`.
    """
    ds = of_variant(ds, baseline)
    groups = groups_of(ds)
    mask = groups[group or next(iter(groups))]
    outlay = _outlay(ds, baseline)
    series = _within(ds, mask)
    ranked = [arm for arm in outlay.columns if str(arm) not in unpriced(ds)]
    spent = [arm for arm in ranked if (outlay[arm].dropna() > 0).all() and outlay[arm].notna().any()]
    return _present(ds, series, baseline)[spent] / outlay[spent] if spent else pd.DataFrame()


def gains(ds: xr.Dataset, baseline: str, group: str) -> pd.DataFrame:
    """Return paired differences in the value added of a group of `groups_of` in the last year, million yuan.

    Returns
    -------
    DataFrame
        Rows replications, columns arms.
    """
    ds = of_variant(ds, baseline)
    return pair_differences(_within(ds, groups_of(ds)[group]).isel(year=-1, drop=True), baseline)


def lead_of(ratios: pd.DataFrame) -> Lead | None:
    """Return the lead of the best arm over the second, from `per_yuan`; None with fewer than two arms."""
    means = ratios.mean().sort_values(ascending=False)
    if len(means) < 2:
        return None
    first, second = map(str, means.index[:2])
    pairs = (ratios[first] - ratios[second]).dropna().to_numpy()
    mean, low, high, _ = interval(pairs)
    return Lead(first, second, float(mean), float(low), float(high), float((pairs > 0).mean()), len(pairs))


def _added(ds: xr.Dataset) -> xr.DataArray:
    return by_region(ds, MEASURE).reset_coords(drop=True)


def _within(ds: xr.Dataset, mask: np.ndarray) -> xr.DataArray:
    """Return the value added of the regions of a mask together: (arm, replication, year)."""
    return _added(ds).isel(region=np.flatnonzero(mask)).sum("region", skipna=False)


def _outlay(ds: xr.Dataset, baseline: str) -> pd.DataFrame:
    """Return the present value of the gross outlay beyond the baseline's, million yuan."""
    if "public_outlay" not in ds:
        return pd.DataFrame()
    return _present(ds, ds["public_outlay"].load().reset_coords(drop=True), baseline)


def _present(ds: xr.Dataset, series: xr.DataArray, baseline: str) -> pd.DataFrame:
    return pair_differences(discounted(series, appraisal_of(ds).discount), baseline)


def statistics_of(pairs: np.ndarray, level: np.ndarray) -> dict[str, Any]:
    """Return the statistics of paired differences, and of them in per cent of the baseline."""
    mean, low, high, same = interval(pairs)
    base = float(np.mean(level[np.isfinite(pairs)])) if np.isfinite(pairs).any() else np.nan
    return {
        "baseline_mean": base, "difference": float(mean), "ci_low": float(low), "ci_high": float(high),
        "percent": 100 * float(mean) / base, "percent_low": 100 * float(low) / base,
        "percent_high": 100 * float(high) / base, "sign_share": float(same), "n": int(np.isfinite(pairs).sum()),
        "p": float(p_value(pairs)),
    }  # fmt: skip
