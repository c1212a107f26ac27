"""What each instrument does to one region: paired differences by indicator, what it costs, and who pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.costs import discounted
from sim.analysis.incidence import statistics_of
from sim.analysis.paired import correct, pair_differences
from sim.analysis.provenance import agents_of, appraisal_of
from sim.analysis.statistics import interval
from sim.analysis.unpriced import unpriced
from sim.analysis.zones import by_region
from sim.currency import currency_of, in_currency

MEAN_OVER = 3  # last years: a single year of a single region is noisy
BUDGET, OUTLAY, OWN_SHARE, PER_YUAN = "budget", "public_outlay", "own_share", "per_yuan"
# Effects of a region: title, unit, and whether more is better.
INDICATORS: dict[str, tuple[str, str, int]] = {
    "real_income": ("Real income per resident", "yuan/person/yr", 1),
    "value_added": ("Value added", "million yuan/yr", 1),
    "firms": ("Firms", "firms", 1),
    "talent": ("Talent", "persons", 1),
    BUDGET: ("Budget of the region", "million yuan", 1),
    "emissions": ("Emissions", "kt CO2/yr", -1),
}
# What an instrument costs, which is not an effect and is not tested.
COSTS: dict[str, tuple[str, str]] = {
    OUTLAY: ("Public outlay", "million yuan"),
    OWN_SHARE: ("Share of the outlay that the region pays", "1"),
    PER_YUAN: ("Value added of the region per yuan of public outlay", "yuan per yuan"),
}
# Uses of payments that divide the taxes of a site: not outlay.
TAXES = ("split", "reinvest", "reinvested")
FIRST = ("kind", "section", "how", "where", "reason", "indicator", "unit")


class How(StrEnum):
    """How an instrument concerns the region."""

    AIMED = "aimed"
    AMONG = "among"
    ELSEWHERE = "elsewhere"
    REFUSED = "refused"


class Aim(NamedTuple):
    """An instrument, and how it concerns the region.

    Attributes
    ----------
    kind, section : str
        Kind of mechanism, and the folder of its theme.
    how : How
        At the region alone, at the region among others, elsewhere, or not to be aimed at it.
    reason : str
        Why it cannot be aimed; otherwise empty.
    where : str
        Selectors of its regions, unless it is aimed at the region alone.
    """

    kind: str
    section: str
    how: How
    reason: str = ""
    where: str = ""


def scorecard_table(
    ds: xr.Dataset, region: str, aims: Sequence[Aim], own: Mapping[str, float], baseline: str = "baseline"
) -> pd.DataFrame:
    """Return the effects of each instrument on a region, and its cost: a row for each instrument and indicator.

    Effects are of means over the last three years; that on the budget, revenue less outlays of the region's treasury,
    is a present value over all years, as costs are.

    Parameters
    ----------
    ds : Dataset
        Results of a comparison whose arms are the kinds.
    region : str
        Its id.
    aims : sequence of Aim
    own : mapping of str to float
        Of `own_shares`.
    baseline : str

    Returns
    -------
    DataFrame
        ``kind, section, how, where, reason, indicator, unit``; the statistics of
        `sim.analysis.incidence.statistics_of`; corrected for all effects of the table, ``p_adjusted, adjusted_low,
        adjusted_high``; ``agents, first_year, last_year``. An instrument that cannot be aimed has one row without
        numbers.
    """
    arms = [one for one in aims if one.kind in ds["arm"].values.astype(str)]
    rows = [*_effects(ds, region, arms, baseline), *_costs(ds, region, arms, own, baseline)]
    found = correct(pd.DataFrame(rows))
    refused = pd.DataFrame([{**one._asdict(), "how": str(one.how)} for one in aims if one.how is How.REFUSED])
    order = {one.kind: k for k, one in enumerate(aims)}
    whole = pd.concat([found, refused]).sort_values("kind", key=lambda kinds: kinds.map(order), kind="stable")
    years = [int(ds["year"].values[k]) for k in (0, -1)]
    whole["unit"] = [in_currency(str(unit), currency_of(ds.attrs)) if unit == unit else "" for unit in whole["unit"]]
    whole = whole.assign(agents=agents_of(ds), first_year=years[0], last_year=years[1]).reset_index(drop=True)
    return whole[[*FIRST, *(name for name in whole.columns if name not in FIRST)]]


def _row(one: Aim, indicator: str, unit: str) -> dict[str, Any]:
    return {**one._asdict(), "how": str(one.how), "indicator": indicator, "unit": unit}


def _effects(ds: xr.Dataset, region: str, arms: Sequence[Aim], baseline: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of effects."""
    for name, values in levels(ds, region).items():
        pairs, level = pair_differences(values, baseline), values.sel(arm=baseline, drop=True).to_numpy()
        for one in arms:
            found = statistics_of(pairs[one.kind].to_numpy(), level)
            if name == BUDGET:  # a balance is near zero
                found |= dict.fromkeys(("percent", "percent_low", "percent_high"), np.nan)
            yield _row(one, name, INDICATORS[name][1]) | found


def levels(ds: xr.Dataset, region: str) -> dict[str, xr.DataArray]:
    """Return the level of each of `INDICATORS` in a region: (arm, replication)."""
    series = {name: by_region(ds, name).sel(region=region) for name in ("real_income", "value_added", "emissions")}
    series["firms"] = by_region(ds, "real_firms").sel(region=region)
    series["talent"] = ds["people"].sel(region=region, group="talent").load()
    found = {
        key: values.isel(year=slice(-MEAN_OVER, None)).mean("year", skipna=False) for key, values in series.items()
    }
    balance = by_region(ds, "public_revenue").sel(region=region) - by_region(ds, "public_spending").sel(region=region)
    found[BUDGET] = discounted(balance, appraisal_of(ds).discount)
    return {key: found[key].reset_coords(drop=True) for key in INDICATORS}


def _costs(
    ds: xr.Dataset, region: str, arms: Sequence[Aim], own: Mapping[str, float], baseline: str
) -> Iterator[dict[str, Any]]:
    """Yield the rows of public outlay, the region's share of it, and its value added per yuan of it."""
    rate, unknown = appraisal_of(ds).discount, np.full(ds.sizes["replication"], np.nan)
    outlay, added = ds["public_outlay"].load().reset_coords(drop=True), by_region(ds, "value_added").sel(region=region)
    paid, gained = (
        pair_differences(discounted(one, rate), baseline) for one in (outlay, added.reset_coords(drop=True))
    )
    for one in arms:
        spent = paid[one.kind].to_numpy()
        yield _row(one, OUTLAY, COSTS[OUTLAY][1]) | _mean(spent)
        share = own.get(one.kind, np.nan)
        yield _row(one, OWN_SHARE, COSTS[OWN_SHARE][1]) | {"difference": share, "n": int(np.isfinite(share))}
        priced = one.kind not in unpriced(ds) and bool((spent[np.isfinite(spent)] > 0).all())
        yield _row(one, PER_YUAN, COSTS[PER_YUAN][1]) | _mean(
            gained[one.kind].to_numpy() / spent if priced else unknown
        )


def _mean(pairs: np.ndarray) -> dict[str, Any]:
    mean, low, high, same = interval(pairs)
    count = int(np.isfinite(pairs).sum())
    return {"difference": mean, "ci_low": low, "ci_high": high, "sign_share": same, "n": count}


def own_shares(ledgers: Mapping[str, pd.DataFrame], region: str) -> dict[str, float]:
    """Return the share of the public outlay of each instrument that the treasury of a region pays.

    Parameters
    ----------
    ledgers : mapping of str to DataFrame
        Payments of a run by kind of the mechanism, which is its name; see `sim.results.payments`.
    region : str

    Returns
    -------
    dict of str to float
        NaN where nothing was paid.
    """
    return {kind: _own_share(kind, table, f"treasury:{region}") for kind, table in ledgers.items()}


def _own_share(kind: str, ledger: pd.DataFrame, treasury: str) -> float:
    if ledger.empty:
        return np.nan
    ours = [text for text in ledger["purpose"].unique() if _is_outlay(kind, str(text))]
    rows = ledger[ledger["purpose"].isin(ours)]
    payer = rows["payer"].astype(str)
    paid = rows.loc[payer.str.startswith(("treasury:", "province:")) | (payer == "nation"), "amount"]
    total = float(paid.sum())
    return float(rows.loc[payer == treasury, "amount"].sum()) / total if total > 0 else np.nan


def _is_outlay(kind: str, purpose: str) -> bool:
    """Whether a payment is outlay for a mechanism: USE:NAME, or USE:NAME.SITE of works with several sites."""
    use, _, name = purpose.rpartition(":")
    return bool(use) and use not in TAXES and name.partition(".")[0] == kind
