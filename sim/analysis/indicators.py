"""Indicators of results: each a series over arm, replication and year."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

from sim.analysis import inequality, markets, welfare
from sim.analysis.costs import net_costs
from sim.analysis.groups import group_mask, mean_of, total, within
from sim.analysis.provenance import appraisal_of
from sim.analysis.zones import (
    by_region,
    effectiveness,
    gross,
    in_zone,
    moves,
    net,
    over_regions,
    per_head,
    theil_part,
    weighted_mean,
    zone_sum,
)
from sim.currency import currency_of, in_currency
from sim.errors import UserError, nearest
from sim.groups import LACKING, Group
from sim.indicators import AVERSIONS, BREAK_EVEN, FLOWS, HOURS, INDICATORS, LEVELS, WEIGHTS, Indicator

MILLION = 1e-6  # million yuan per yuan


def _centre_share(ds: xr.Dataset) -> xr.DataArray:
    return zone_sum(ds, "value_added", "centre") / by_region(ds, "value_added").sum("region", skipna=False)


def _ratio(ds: xr.Dataset, top: str, bottom: str, group: Group | None = None) -> xr.DataArray:
    return total(ds, top, group) / total(ds, bottom, group)


def _talent(ds: xr.Dataset, group: Group) -> xr.DataArray:
    return within(ds, ds["people"].sel(group="talent", drop=True), group).sum("region", skipna=False)


def _plain_mean(ds: xr.Dataset, name: str) -> xr.DataArray:
    # unweighted, so that changes reflect regions or hours and not the distribution of population
    return by_region(ds, name).isel(region=np.flatnonzero(in_zone(ds, "supporting"))).mean("region", skipna=False)


def _radius(ds: xr.Dataset) -> xr.DataArray:
    pulled = (by_region(ds, "hinterland") > 0.5) & xr.DataArray(~in_zone(ds, "centre"), dims="region")
    return weighted_mean(ds, by_region(ds, "centre_hours"), pulled)


def _krugman(ds: xr.Dataset) -> xr.DataArray:
    table = ds["value_added"].compute()
    index = xr.apply_ufunc(
        inequality.krugman, table, input_core_dims=[["region", "sector"]], output_core_dims=[["region"]]
    )
    weights = by_region(ds, "value_added")
    return (index * weights).sum("region", skipna=False) / weights.sum("region", skipna=False)


def _morans_i(ds: xr.Dataset) -> xr.DataArray:
    weights = inequality.inverse_distance(ds["lat"].to_numpy(), ds["lon"].to_numpy())
    return xr.apply_ufunc(
        lambda x: inequality.morans_i(x, weights), per_head(ds), input_core_dims=[["region"]]
    ).transpose("arm", "replication", "year")


def _migration_rate(ds: xr.Dataset) -> xr.DataArray:
    return (moves(ds, "talent_flow") + moves(ds, "worker_flow")) / total(ds, "people")


def _net_cost(ds: xr.Dataset) -> xr.DataArray:
    return net_costs(ds, appraisal_of(ds))


def _net_benefit(ds: xr.Dataset, group: Group | None = None) -> xr.DataArray:
    """Return real income, of a group of regions or of all, less net public cost at the cost of public funds."""
    income = by_region(ds, "real_income") * by_region(ds, "people") * MILLION
    gained = within(ds, income, group).sum("region", skipna=False)
    return gained.reset_coords(drop=True) - appraisal_of(ds).funds_cost * _net_cost(ds)


def _break_even(ds: xr.Dataset, baseline: str) -> xr.DataArray:
    """Return the net public cost at which the net benefit of all regions, against the baseline, would be zero."""
    income = (by_region(ds, "real_income") * by_region(ds, "people") * MILLION).sum("region", skipna=False)
    return (income - income.sel(arm=baseline, drop=True)).reset_coords(drop=True) / appraisal_of(ds).funds_cost


def welfare_level(ds: xr.Dataset) -> xr.DataArray:
    """Return the population-weighted mean of expected utility: (arm, replication, year)."""
    people, welfare = ds["people"].load(), ds["welfare"].load()
    dims = ["region", "group"]
    return (people * welfare).sum(dims, skipna=False) / people.sum(dims, skipna=False)


def welfare_equivalent(ds: xr.Dataset, baseline: str = "baseline", zone: str | None = None) -> xr.DataArray:
    """Return the consumption equivalent of the welfare change: the share of consumption worth as much as the policy.

    ``exp(mean(W - W_base)) - 1`` by region and group, weighted by the population of the baseline, so that
    migration from a poor to a rich region alone is not a gain.

    Parameters
    ----------
    ds : Dataset
        ``welfare`` in log consumption.
    baseline : str
        Arm to compare with, at the same replication.
    zone : str, optional
        Only residents of this zone class or group of regions; see `sim.analysis.groups.group_mask`.

    Returns
    -------
    DataArray (arm, replication, year), 1
    """
    people, welfare = (within(ds, ds[name].load(), zone) for name in ("people", "welfare"))
    weights = people.sel(arm=baseline, drop=True)
    gain = welfare - welfare.sel(arm=baseline, drop=True)
    dims = ["region", "group"]
    mean = (weights * gain).sum(dims, skipna=False) / weights.sum(dims, skipna=False)
    return xr.apply_ufunc(np.expm1, mean.transpose("arm", "replication", "year"))


# Functions of a group of regions, or of all.
RELATIONS: dict[str, Callable[..., xr.DataArray]] = {
    "price_dispersion": markets.price_dispersion,
    "return_dispersion": markets.return_dispersion,
    "export_share": markets.export_share,
    "gateway_share": markets.gateway_share,
    "registered": welfare.registered,
}
OF_GROUPS: dict[str, Callable[..., xr.DataArray]] = {
    "to_centre": welfare.to_centre,
    "catch_up": welfare.catch_up,
    "carrying_ratio": partial(mean_of, name="carrying_ratio"),
    **{f"prosperity{end and '_'}{end}": partial(welfare.prosperity, end=end) for end in ("", "low", "high")},
}


def _functions() -> dict[str, Callable[..., xr.DataArray]]:
    """Return the function of each indicator: (Dataset) -> (arm, replication, year); paired ones take ``baseline=``."""
    found: dict[str, Callable[..., xr.DataArray]] = {
        "theil": partial(theil_part, labels="zone", part=0),
        "theil_between_zones": partial(theil_part, labels="zone", part=1),
        "theil_within": partial(theil_part, labels="zone", part=2),
        "theil_between_provinces": partial(theil_part, labels="province", part=1),
        "theil_within_provinces": partial(theil_part, labels="province", part=2),
        "gini": partial(over_regions, inequality.gini),
        "cv": partial(over_regions, inequality.cv),
        "morans_i": _morans_i,
        "krugman": _krugman,
        "centre_share": _centre_share,
        "value_added": partial(total, name="value_added"),
        "real_income": partial(mean_of, name="real_income", group=None),
        "hinterland_radius": _radius,
        "firm_entry_rate": partial(_ratio, top="firm_entry", bottom="firms"),
        "firm_exit_rate": partial(_ratio, top="firm_exit", bottom="firms"),
        "migration_rate": _migration_rate,
        "firm_size_tail": lambda ds: ds["firm_size_tail"],
        "emissions": partial(total, name="emissions"),
        "public_outlay": lambda ds: ds["public_outlay"],
        "public_net_cost": _net_cost,
        "own_revenue": lambda ds: ds["own_revenue"],
        "poles": lambda ds: (by_region(ds, "pole") > 0.5).sum("region"),
        "primacy": welfare.primacy,
        "net_benefit": _net_benefit,
        BREAK_EVEN: _break_even,
        "welfare": welfare_level,
        **{f"theil_share_{name}": partial(welfare.theil_share, level=k) for k, name in enumerate(LEVELS)},
        **{f"equivalent_income_{n}": partial(welfare.equivalent_income, aversion=e) for n, e in AVERSIONS.items()},
        **{f"planner_{name}": partial(welfare.planner, weight=w) for name, w in WEIGHTS.items()},
        **RELATIONS,
        "welfare_equivalent": welfare_equivalent,
    }
    for group in Group:
        for name in ("value_added", "capital", "real_firms", "people"):
            found[f"{group}_{name.removeprefix('real_')}"] = partial(total, name=name, group=group)
        found[f"{group}_talent"] = partial(_talent, group=group)
        found[f"{group}_real_income"] = partial(mean_of, name="real_income", group=group)
        found[f"{group}_dormitory_ratio"] = partial(_ratio, top="labour_income", bottom="labour_paid", group=group)
        found[f"{group}_net_benefit"] = partial(_net_benefit, group=group)
        found[f"{group}_welfare_equivalent"] = partial(welfare_equivalent, zone=group)
        for name, function in (RELATIONS | OF_GROUPS).items():
            found[f"{group}_{name}"] = partial(function, group=group)
    for word, flow in FLOWS.items():
        for zone in ("pilot", "leading", "supporting"):
            for kind, measure in (("net", net), ("gross", gross), ("effectiveness", effectiveness)):
                found[f"{word}_{kind}_{zone}"] = partial(measure, flow=flow, zone=zone)
        found[f"{word}_circulation_zones"] = partial(markets.zone_circulation, flow=flow)
        found[f"{word}_circulation"] = partial(markets.pair_circulation, flow=flow)
    for hours in HOURS:
        found[f"accessibility_{hours}h"] = partial(_plain_mean, name=f"accessible_{hours}h")
    return found


FUNCTIONS = _functions()


def require_arm(ds: xr.Dataset, arm: str) -> None:
    """Check that the results contain an arm.

    Raises
    ------
    UserError
    """
    arms = [str(a) for a in ds["arm"].to_numpy()]
    if arm not in arms:
        where = ds.attrs.get("path", "results")
        raise UserError(f"{where}: no arm {arm!r}; expected one of {', '.join(arms)}{nearest(arm, arms)}.")


def available(ds: xr.Dataset) -> list[str]:
    """Return the names of indicators whose variables were recorded and whose group has regions."""
    return [name for name, row in INDICATORS.items() if not _missing(ds, row) and not _lacking(ds, row)]


def _lacking(ds: xr.Dataset, row: Indicator) -> str:
    """Return what is wrong with an indicator whose group has no regions here, otherwise nothing."""
    return LACKING[row.group] if row.group in LACKING and not group_mask(ds, row.group).any() else ""


def _missing(ds: xr.Dataset, row: Indicator) -> list[str]:
    """Return the variables an indicator needs but the results lack; zone flows can be derived from regional flows."""
    return [v for v in row.needs if v not in ds and v.removesuffix("_zones") not in ds]


def evaluate(ds: xr.Dataset, name: str, baseline: str = "baseline") -> xr.DataArray:
    """Return one indicator as (arm, replication, year), with title and unit.

    Raises
    ------
    UserError
        If there is no such indicator, its variables were not recorded, or the baseline is missing.
    """
    if name not in INDICATORS:
        hint = nearest(name, INDICATORS)
        raise UserError(f"no indicator {name!r}; expected one of `hinterland list indicators`{hint}.")
    row = INDICATORS[name]
    missing = _missing(ds, row)
    if missing:
        raise UserError(f"indicator {name!r}: needs {', '.join(missing)}, which these runs did not record.")
    if lacking := _lacking(ds, row):
        raise UserError(f"indicator {name!r}: {lacking}.")
    if row.paired:
        require_arm(ds, baseline)
        result = FUNCTIONS[name](ds, baseline=baseline)
    else:
        result = FUNCTIONS[name](ds)
    result = result.load().astype(float).reset_coords(drop=True).rename(name)
    return result.assign_attrs(units=in_currency(row.unit, currency_of(ds.attrs)), long_name=row.title)
