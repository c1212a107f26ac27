"""Paired differences from a baseline, and what they cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from sim.analysis.indicators import INDICATORS, evaluate, require_arm
from sim.analysis.places import zone_sum
from sim.analysis.units import summed_unit
from sim.errors import UserError

CONFIDENCE = 0.95
DISCOUNT = 0.03  # 1/yr; social discount rate in the middle of appraisal practice

# indicator -> how its years become one number
HEADLINE: dict[str, str] = {
    "supporting_value_added": "last",
    "supporting_capital": "last",
    "supporting_firms": "last",
    "supporting_talent": "last",
    "supporting_real_income": "last",
    "value_added": "last",
    "theil": "last",
    "theil_between_zones": "last",
    "gini": "last",
    "centre_share": "last",
    "talent_net_supporting": "sum",
    "capital_net_supporting": "sum",
    "firm_capital_net_supporting": "sum",
    "hinterland_radius": "last",
    "welfare_equivalent": "last",
    "supporting_welfare_equivalent": "last",
    "public_outlay": "sum",
}
COLUMNS = ("baseline_mean", "difference", "ci_low", "ci_high", "sign_share", "n", "dropped", "per_million_yuan")


def interval(differences: np.ndarray) -> tuple[float, float, float, float]:
    """Return mean, lower and upper end of the 95 % t-interval, and the share with the mean's sign.

    Parameters
    ----------
    differences : (n,) float
        One per pair, none missing. The interval is NaN for fewer than two pairs.
    """
    n = len(differences)
    if not n:
        return (np.nan,) * 4
    mean = float(np.mean(differences))
    same = float(np.mean(np.sign(differences) == np.sign(mean)))
    if n < 2:
        return mean, np.nan, np.nan, same
    half = stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1) * float(np.std(differences, ddof=1)) / np.sqrt(n)
    return mean, mean - half, mean + half, same


def over_years(values: xr.DataArray, years: str | int) -> xr.DataArray:
    """Return (arm, replication): the last year, the mean, the sum, or one calendar year.

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
    known = values["year"].to_numpy()
    if years not in known:
        span = f"{known[0]} to {known[-1]}"
        raise UserError(f"years: {years!r} is not in the results; expected last, mean, sum or {span}.")
    return values.sel(year=years, drop=True)


def pair_differences(values: xr.DataArray, baseline: str = "baseline") -> pd.DataFrame:
    """Return differences from the baseline at the same replication: rows replications, columns arms.

    Replications share all random draws, so their noise cancels. A pair with a missing run is NaN.
    """
    table = values.transpose("replication", "arm").to_pandas()
    return table.drop(columns=baseline).sub(table[baseline], axis=0)


def paired(
    ds: xr.Dataset, indicator: str, baseline: str = "baseline", years: str | int = "last"
) -> pd.DataFrame:
    """Return paired differences of an indicator from the baseline.

    Parameters
    ----------
    ds : Dataset
        From `sim.results.open_results`.
    indicator : str
        A name of `INDICATORS`.
    baseline : str
    years : {"last", "mean", "sum"} or int
        How years become one number.

    Returns
    -------
    DataFrame, one row per arm other than the baseline
        ``baseline_mean``; ``difference`` (mean over pairs) with ``ci_low`` and ``ci_high`` (95 %
        t-interval); ``sign_share`` (share of pairs with the mean's sign); ``n`` pairs, ``dropped``
        pairs with a missing run or value; ``per_million_yuan`` (difference per million yuan of public outlay
        beyond the baseline's, summed over years; NaN without outlay).

    Raises
    ------
    UserError
        If the indicator or the baseline does not exist.
    """
    require_arm(ds, baseline)
    values = over_years(evaluate(ds, indicator, baseline), years)
    differences = pair_differences(values, baseline)
    levels = values.sel(arm=baseline).to_pandas()
    outlay = _outlay(ds, baseline)
    rows = {}
    for arm in differences.columns:
        good = differences[arm].dropna()
        mean, low, high, same = interval(good.to_numpy())
        cost = outlay[arm].reindex(good.index).mean() if outlay is not None else np.nan
        per_million = mean / cost if cost > 0 and indicator != "public_outlay" else np.nan
        level = levels.reindex(good.index).mean()
        rows[arm] = (level, mean, low, high, same, len(good), len(differences) - len(good), per_million)
    result = pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS)).rename_axis("arm")
    unit = summed_unit(INDICATORS[indicator].unit, str(years))
    result.attrs = {"indicator": indicator, "unit": unit, "years": years}
    return result


def _outlay(ds: xr.Dataset, baseline: str) -> pd.DataFrame | None:
    if "public_outlay" not in ds:
        return None
    return pair_differences(over_years(ds["public_outlay"].load(), "sum").reset_coords(drop=True), baseline)


def headline_table(ds: xr.Dataset, baseline: str = "baseline") -> pd.DataFrame:
    """Return arms x headline indicators.

    Returns
    -------
    DataFrame
        Rows arms; columns (indicator, statistic) with the statistics of `paired`; indicators whose
        variables were not recorded are left out.
    """
    tables = {
        name: paired(ds, name, baseline, years)
        for name, years in HEADLINE.items()
        if all(v in ds for v in INDICATORS[name].needs)
    }
    return pd.concat(tables, axis=1, names=["indicator", "statistic"])


def discounted(values: xr.DataArray, rate: float = DISCOUNT) -> xr.DataArray:
    """Return the sum over years at the first year's value: ``sum_t x_t / (1 + rate)^t``."""
    age = values["year"] - values["year"][0]
    return (values / (1 + rate) ** age).sum("year", skipna=False)


def cost_effectiveness(ds: xr.Dataset, baseline: str = "baseline", rate: float = DISCOUNT) -> pd.DataFrame:
    """Return what public money buys: value added of the supporting zone beyond the baseline's.

    Outlay and gain are summed over years, discounted, and paired by replication.

    Returns
    -------
    DataFrame, one row per arm other than the baseline
        ``outlay``, ``net_outlay`` (less what came back), ``gain`` (million yuan); ``gain_per_yuan`` with
        its 95 % t-interval ``ci_low, ci_high``; ``cost_per_unit`` (outlay per yuan gained: NaN unless the
        mean gain and outlay are positive) with ``cost_low, cost_high`` (infinite where the interval
        reaches zero); ``n``, ``dropped``.
    """
    require_arm(ds, baseline)
    missing = [v for v in ("public_outlay", "value_added") if v not in ds]
    if missing:
        raise UserError(f"cost per unit: needs {', '.join(missing)}, which these runs did not record.")

    def pairs(values: xr.DataArray) -> pd.DataFrame:
        return pair_differences(discounted(values.load().reset_coords(drop=True), rate), baseline)

    outlay, gain = pairs(ds["public_outlay"]), pairs(zone_sum(ds, "value_added", "supporting"))
    back = pairs(ds["public_return"]) if "public_return" in ds else outlay * 0.0
    rows = {}
    for arm in outlay.columns:
        table = pd.DataFrame({"cost": outlay[arm], "gain": gain[arm], "back": back[arm]}).dropna()
        cost, mean = table["cost"].mean(), table["gain"].mean()
        spent = len(table) > 0 and bool((table["cost"] > 0).all())
        ratio, low, high, _ = interval((table["gain"] / table["cost"]).to_numpy() if spent else np.empty(0))
        priced = spent and mean > 0
        rows[arm] = {
            "outlay": cost,
            "net_outlay": cost - table["back"].mean(),
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
