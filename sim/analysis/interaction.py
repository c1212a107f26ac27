"""Interaction of instruments: effects of a combination beyond the mixture of its parts; docs/model.md, section 10."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.costs import discounted
from sim.analysis.indicators import INDICATORS, evaluate
from sim.analysis.paired import headline_indicators, over_years, pair_differences, years_of
from sim.analysis.provenance import appraisal_of, config_of, mechanisms_of, members_of, of_variant, other_arms
from sim.analysis.statistics import interval
from sim.analysis.units import indicator_unit
from sim.analysis.zones import cached
from sim.currency import currency_of

OUTLAY = "public outlay"  # item that every run reports for each of its mechanisms
COLUMNS = ("arm", "indicator", "title", "unit", "years", "actual", "mixture", "interaction", "ci_low", "ci_high",
           "sign_share", "relative", "parts", "n")  # fmt: skip


def combinations(ds: xr.Dataset) -> dict[str, dict[str, str]]:
    """Return the arms whose instruments are each the only one of another arm.

    Returns
    -------
    dict of str to dict of str to str
        By arm: the name of each of its mechanisms, and the arm that has it alone, on the same settings of the scenario.
        Mechanisms are the same if they differ in strength at most.
    """
    arms = {arm: mechanisms_of(ds, arm) for arm in other_arms(ds)}
    alone: dict[str, str] = {}
    for arm, mechanisms in arms.items():
        if len(mechanisms) == 1:
            alone.setdefault(_identity(ds, arm, mechanisms[0]), arm)
    found = {}
    for arm, mechanisms in arms.items():
        parts = {_name(m): alone.get(_identity(ds, arm, m)) for m in mechanisms}
        if len(parts) > 1 and all(parts.values()):
            found[arm] = {name: str(single) for name, single in parts.items()}
    return found


def _name(mechanism: dict[str, Any]) -> str:
    return str(mechanism.get("name") or mechanism.get("kind"))


def _identity(ds: xr.Dataset, arm: str, mechanism: dict[str, Any]) -> str:
    """Return what makes a mechanism the same in two arms: all its fields but strength, and what the arm sets."""
    fields = {key: value for key, value in mechanism.items() if key != "strength"}
    facts = (config_of(ds).get("arms") or {}).get(members_of(ds)[arm].arm) or {}
    return json.dumps([fields, facts.get("set") or {}], sort_keys=True)


def weights(ds: xr.Dataset, arm: str, parts: dict[str, str]) -> pd.DataFrame:
    """Return the money of each part of a combination relative to its arm, replication by replication.

    Parameters
    ----------
    ds : Dataset
    arm : str
        The combination.
    parts : dict of str to str
        See `combinations`.

    Returns
    -------
    DataFrame, rows replications, columns the arms of the parts
        Present value of the outlay for the mechanism in the combination, over that in its arm; NaN where that is zero.
    """
    rate = appraisal_of(ds).discount
    found = {}
    for name, single in parts.items():
        paid = discounted(ds[f"{name}.{OUTLAY}"].load().reset_coords(drop=True), rate)
        own = paid.sel(arm=single, drop=True).to_pandas()
        found[single] = paid.sel(arm=arm, drop=True).to_pandas() / own.where(own > 0)
    return pd.DataFrame(found)


def interaction(ds: xr.Dataset, baseline: str = "baseline") -> pd.DataFrame:
    """Return the effects of combinations less the linear mixture of their parts.

    The mixture is the sum of the effects of the arms of its parts, each times the share of that arm's money that the
    combination spends on it; differences are paired by replication.

    Returns
    -------
    DataFrame, one row per combination and headline indicator
        ``arm, indicator, title, unit, years``; means ``actual``, ``mixture`` and ``interaction``, its 95 % t-interval
        ``ci_low, ci_high`` and ``sign_share``; ``relative``, the interaction over the size of the mixture; ``parts``,
        the arms with their mean weights; ``n`` pairs. Empty without a combination whose outlay was recorded.
    """
    return cached(ds, f"interaction:{baseline}", lambda: _interaction(of_variant(ds, baseline), baseline)).copy()


def loss_under_shock(
    ds: xr.Dataset, policy: str, shock: str, both: str, indicator: str = "real_income", baseline: str = "baseline"
) -> dict[str, float]:
    """Return by how much a policy changes what a shock does: its difference of differences.

    Parameters
    ----------
    ds : Dataset
    policy, shock, both : str
        Arms: the policy alone, the shock alone, the shock with the policy.
    indicator : str
        Of the last year or all years; see `sim.analysis.paired.years_of`.
    baseline : str
        Neither.

    Returns
    -------
    dict of str to float
        ``without``, the effect of the shock without the policy, ``with`` it, and ``difference``, the latter less the
        former (positive: the policy softens a loss), with its 95 % t-interval ``ci_low, ci_high``, ``sign_share`` and
        ``n`` pairs.
    """
    series = evaluate(ds, indicator, baseline)
    table = pair_differences(over_years(series, years_of(indicator), appraisal_of(ds).discount), baseline)
    pairs = pd.DataFrame({"without": table[shock], "with": table[both] - table[policy]}).dropna()
    mean, low, high, same = interval((pairs["with"] - pairs["without"]).to_numpy())
    found = {"difference": mean, "ci_low": low, "ci_high": high, "sign_share": same, "n": len(pairs)}
    return {name: float(value) for name, value in (dict(pairs.mean()) | found).items()}


def _interaction(ds: xr.Dataset, baseline: str) -> pd.DataFrame:
    rows = []
    for arm, parts in combinations(ds).items():
        if all(f"{name}.{OUTLAY}" in ds for name in parts):
            shares = weights(ds, arm, parts)
            names = (name for name in headline_indicators(ds) if name != "public_outlay")  # the weight itself
            rows += [_row(ds, baseline, arm, shares, name) for name in names]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(ds: xr.Dataset, baseline: str, arm: str, shares: pd.DataFrame, indicator: str) -> dict[str, Any]:
    facts, years = INDICATORS[indicator], years_of(indicator)
    unit = indicator_unit(indicator, years, currency_of(ds.attrs))
    values = over_years(evaluate(ds, indicator, baseline), years, appraisal_of(ds).discount)
    table = pair_differences(values, baseline)
    pairs = pd.DataFrame({"actual": table[arm], "mixture": (table[shares.columns] * shares).sum(axis=1, skipna=False)})
    pairs = pairs.dropna()
    mean, low, high, same = interval((pairs["actual"] - pairs["mixture"]).to_numpy())
    mixture = float(pairs["mixture"].mean())
    return {
        "arm": arm, "indicator": indicator, "title": facts.title, "unit": unit,
        "years": years, "actual": float(pairs["actual"].mean()), "mixture": mixture, "interaction": float(mean),
        "ci_low": float(low), "ci_high": float(high), "sign_share": float(same),
        "relative": float(mean) / abs(mixture) if mixture else np.nan,
        "parts": "; ".join(f"{single} {share:.3g}" for single, share in shares.mean().items()), "n": len(pairs),
    }  # fmt: skip
