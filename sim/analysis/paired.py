"""Paired differences from a baseline, and cost-effectiveness."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.costs import discounted, per_outlay, present
from sim.analysis.groups import group_mask, groups
from sim.analysis.indicators import INDICATORS, evaluate, require_arm
from sim.analysis.provenance import appraisal_of, config_of, of_variant
from sim.analysis.statistics import adjusted, bca, interval, joint_interval, p_value, pairing, runs_saved
from sim.analysis.units import indicator_unit
from sim.analysis.unpriced import unpriced
from sim.analysis.zones import by_region, cached
from sim.currency import currency_of
from sim.errors import UserError
from sim.groups import Group, reported_indicators
from sim.indicators import BREAK_EVEN, HEADLINE

# What a policy costs is part of its definition, not an effect: it is not tested, nor divided by outlay; nor is what it
# might cost, which is the change in real income once more.
COSTS = ("public_outlay", "public_net_cost", BREAK_EVEN)
_FLOW_NAMES = ("_net_", "_gross_")  # annual flows are summed; everything else is reported for the last year
COLUMNS = (
    "baseline_mean", "difference", "ci_low", "ci_high", "sign_share", "n", "dropped", "per_million_yuan",
    "bca_low", "bca_high", "joint_low", "joint_high", "p",
    "pairing", "pairing_low", "pairing_high", "runs_saved",
)  # fmt: skip


def years_of(indicator: str) -> str:
    """Return the aggregation of an indicator over years, the same for every group of regions."""
    facts = INDICATORS.get(indicator)
    known = indicator if facts is None else facts.of(Group.SUPPORTING)
    if known == BREAK_EVEN:
        return "present"
    return HEADLINE.get(known, "sum" if any(word in indicator for word in _FLOW_NAMES) else "last")


def headline_indicators(ds: xr.Dataset) -> list[str]:
    """Return the indicators of the headline of these results: of the groups on which it is evaluated, then `HEADLINE`.

    Those whose variables were not recorded are omitted; the break-even cost follows if there is an arm without a known
    price, and further ones of ``report.indicators`` come last.
    """
    *first, _ = groups(ds)
    own = [INDICATORS[name].of(group) for group in first for name in HEADLINE if INDICATORS[name].group]
    even = (BREAK_EVEN,) if unpriced(ds) else ()
    names = dict.fromkeys((*own, *HEADLINE, *even, *reported_indicators(config_of(ds))))
    return [name for name in names if all(v in ds for v in INDICATORS[name].needs)]


def shown_indicators(ds: xr.Dataset, usual: Iterable[str]) -> list[str]:
    """Return the indicators of the headline that are shown: those of ``report.indicators``, or the usual ones."""
    there = headline_indicators(ds)
    return [name for name in reported_indicators(config_of(ds)) or usual if name in there]


def over_years(values: xr.DataArray, years: str | int, rate: float) -> xr.DataArray:
    """Return (arm, replication): the last year, the mean, the sum, the present value, or a calendar year.

    Parameters
    ----------
    values : DataArray (arm, replication, year)
    years : {"last", "mean", "sum", "present"} or int
    rate : float, 1/yr
        At which present values are taken; see `sim.analysis.costs.present`.

    Raises
    ------
    UserError
        If the year is not in the results.
    """
    if years == "last":
        return values.isel(year=-1, drop=True)
    if years == "mean":
        return values.mean("year", skipna=False)
    if years == "sum":
        return values.sum("year", skipna=False)
    if years == "present":
        return present(values, rate)
    known = values["year"].to_numpy()
    if years not in known:
        span = f"{known[0]} to {known[-1]}"
        raise UserError(f"years: {years!r} is not in the results; expected last, mean, sum, present or {span}.")
    return values.sel(year=years, drop=True)


def pair_differences(values: xr.DataArray, baseline: str = "baseline") -> pd.DataFrame:
    """Return differences from the baseline at the same replication: rows replications, columns arms.

    Replications share all random draws, so that common noise cancels. A pair with a missing run is NaN.
    """
    table = values.transpose("replication", "arm").to_pandas()
    return table.drop(columns=baseline).sub(table[baseline], axis=0)


def paired(ds: xr.Dataset, indicator: str, baseline: str = "baseline", years: str | int = "last") -> pd.DataFrame:
    """Return paired differences of an indicator from the baseline.

    Parameters
    ----------
    ds : Dataset
        From `sim.results.open_results`.
    indicator : str
        A name of `INDICATORS`.
    baseline : str
    years : {"last", "mean", "sum", "present"} or int
        Aggregation over years.

    Returns
    -------
    DataFrame, one row per arm other than the baseline, under the same variant
        The statistics of `compared`, ``baseline_mean``, ``dropped`` pairs with a missing run or value,
        ``joint_low, joint_high`` (simultaneous 95 % intervals for all arms) and ``per_million_yuan``, NaN of arms
        without a known price; see `sim.analysis.unpriced`.

    Raises
    ------
    UserError
        If the indicator or the baseline does not exist.
    """
    require_arm(ds, baseline)
    ds = of_variant(ds, baseline)
    series, rate = evaluate(ds, indicator, baseline), appraisal_of(ds).discount
    values = over_years(series, years, rate).transpose("arm", "replication")
    others = [arm for arm in values["arm"].values if arm != baseline]
    arms, base = values.sel(arm=others).to_numpy(), values.sel(arm=baseline).to_numpy()
    # indicators defined relative to the baseline have no levels to pair
    known = np.nan if INDICATORS[indicator].paired else 1.0
    found = compared(arms - base, known * arms, known * base)
    found["per_million_yuan"] = np.nan
    if "public_outlay" in ds and indicator not in COSTS:
        gained, paid = (_present(values, baseline, rate) for values in (series, evaluate(ds, "public_outlay")))
        known_price = ~np.isin(others, list(unpriced(ds)))
        found["per_million_yuan"] = np.where(known_price, per_outlay(gained, paid), np.nan)
    there = np.isfinite(arms - base)
    found["baseline_mean"] = interval(np.where(there, base, np.nan))[0]
    found["dropped"] = (~there).sum(axis=1)
    found["joint_low"], found["joint_high"] = joint_interval(arms - base)
    result = pd.DataFrame(found, index=pd.Index(others, name="arm"), columns=list(COLUMNS))
    unit = indicator_unit(indicator, str(years), currency_of(ds.attrs))
    result.attrs = {"indicator": indicator, "unit": unit, "years": years}
    return result


def _present(values: xr.DataArray, baseline: str, rate: float) -> np.ndarray:
    """Return the present values of paired differences, (arms, n)."""
    return pair_differences(present(values, rate), baseline).to_numpy().T


def headline_table(ds: xr.Dataset, baseline: str = "baseline") -> pd.DataFrame:
    """Return arms x headline indicators.

    Returns
    -------
    DataFrame
        Rows arms; columns (indicator, statistic) with the statistics of `paired` and, corrected for multiple
        comparisons over all arms and indicators, ``p_adjusted`` and ``adjusted_low, adjusted_high``; indicators
        whose variables were not recorded are omitted. Those of the group on which the experiment is evaluated
        come first; see `headline_indicators` and `sim.analysis.groups.main_group`.
    """
    return cached(ds, f"headline:{baseline}", lambda: _headline_table(of_variant(ds, baseline), baseline)).copy()


def _headline_table(ds: xr.Dataset, baseline: str) -> pd.DataFrame:
    tables = {name: paired(ds, name, baseline, years_of(name)) for name in headline_indicators(ds)}
    whole = correct(pd.concat(tables, names=["indicator", "arm"]).reset_index()).set_index(["indicator", "arm"])
    parts = {name: whole.loc[name].loc[table.index] for name, table in tables.items()}
    return pd.concat(parts, axis=1, names=["indicator", "statistic"])


def cost_effectiveness(ds: xr.Dataset, baseline: str = "baseline", group: str = Group.SUPPORTING) -> pd.DataFrame:
    """Return cost-effectiveness: additional value added of a group of regions per yuan of gross public outlay.

    Outlay and gain are present values at the experiment's discount rate, paired by replication.

    Parameters
    ----------
    ds : Dataset
    baseline : str
    group : str
        A group or zone class; see `sim.analysis.groups.group_mask`.

    Returns
    -------
    DataFrame, one row per arm other than the baseline
        ``outlay``, ``gain`` (million yuan); ``gain_per_yuan``, the mean ratio of pairs, with its 95 % t-interval
        ``ci_low, ci_high``; ``cost_per_unit`` (outlay per yuan gained: NaN unless the mean gain and outlay are
        positive) with ``cost_low, cost_high`` (infinite where the interval reaches zero); ``n``, ``dropped``. An arm
        without a known price (`sim.analysis.unpriced`) has neither ``gain_per_yuan`` nor ``cost_per_unit``.
    """
    require_arm(ds, baseline)
    ds = of_variant(ds, baseline)
    missing = [v for v in ("public_outlay", "value_added") if v not in ds]
    if missing:
        raise UserError(f"cost per unit: needs {', '.join(missing)}, which these runs did not record.")
    rate = appraisal_of(ds).discount

    def pairs(values: xr.DataArray) -> pd.DataFrame:
        return pair_differences(discounted(values.load().reset_coords(drop=True), rate), baseline)

    where = np.flatnonzero(group_mask(ds, group))
    gained = by_region(ds, "value_added").isel(region=where).sum("region", skipna=False)
    outlay, gain = pairs(ds["public_outlay"]), pairs(gained)
    rows = {}
    for arm in outlay.columns:
        table = pd.DataFrame({"cost": outlay[arm], "gain": gain[arm]}).dropna()
        cost, mean = table["cost"].mean(), table["gain"].mean()
        spent = str(arm) not in unpriced(ds) and len(table) > 0 and bool((table["cost"] > 0).all())
        ratios = per_outlay(*(table[name].to_numpy()[:, None] for name in ("gain", "cost")))
        ratio, low, high, _ = interval(ratios if spent else np.empty(0))
        priced = spent and mean > 0
        rows[arm] = {
            "outlay": cost,
            "gain": mean,
            "gain_per_yuan": ratio,
            "ci_low": low,
            "ci_high": high,
            "cost_per_unit": cost / mean if priced else np.nan,
            "cost_low": 1 / high if priced and high > 0 else np.nan,
            "cost_high": (1 / low if low > 0 else np.inf) if priced and len(table) > 1 else np.nan,
            "n": len(table),
            "dropped": len(outlay) - len(table),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("arm")


ADJUSTED = ("p_adjusted", "adjusted_low", "adjusted_high")


# correction for multiple comparisons, for captions
CORRECTION = "Benjamini-Hochberg"


def compared(differences: np.ndarray, arm: np.ndarray, baseline: np.ndarray) -> dict[str, Any]:
    """Return the statistics of paired differences.

    Parameters
    ----------
    differences : (..., n) float
        Arm less baseline at the same replication; NaN for a pair with a missing run.
    arm, baseline : (..., n) float
        The values themselves; NaN for indicators defined relative to the baseline.

    Returns
    -------
    dict of str to (...)
        ``difference`` (mean over pairs) with ``ci_low, ci_high`` (95 % t-interval) and ``bca_low, bca_high`` (95 %
        bootstrap interval), ``p`` (t test of no difference), ``sign_share`` (share of pairs with the mean's
        sign), ``n`` pairs, ``pairing`` (reduction in the seeds needed through common random numbers) with
        ``pairing_low, pairing_high``, and ``runs_saved`` (additional runs of arm and baseline that independent seeds
        would need).
    """
    there = np.isfinite(differences)
    mean, low, high, same = interval(differences)
    factor, least, most = pairing(arm, baseline)
    bootstrap = bca(differences)
    return {
        "difference": mean,
        "ci_low": low,
        "ci_high": high,
        "bca_low": bootstrap[0],
        "bca_high": bootstrap[1],
        "p": p_value(differences),
        "sign_share": same,
        "n": there.sum(axis=-1),
        "pairing": factor,
        "pairing_low": least,
        "pairing_high": most,
        "runs_saved": runs_saved(factor, there.sum(axis=-1)),
    }


def correct(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with ``p_adjusted, adjusted_low, adjusted_high``, corrected for multiple comparisons.

    Parameters
    ----------
    rows : DataFrame
        ``indicator, difference, ci_high, n, p`` of each. Costs (`COSTS`) define the policy and are not effects: they
        are excluded from the comparisons and keep their intervals.
    """
    p = rows["p"].where(~rows["indicator"].isin(COSTS)).to_numpy(dtype=float)
    mean, high, count = (rows[name].to_numpy(dtype=float) for name in ("difference", "ci_high", "n"))
    return rows.assign(**dict(zip(ADJUSTED, adjusted(mean, high, count, p), strict=True)))
