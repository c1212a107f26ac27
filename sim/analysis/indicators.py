"""The catalogue of indicators: each a series over arm, replication and year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from sim.analysis import inequality, spatial, specialisation
from sim.analysis.places import (
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
from sim.catalogue import VARIABLES
from sim.errors import UserError, nearest


@dataclass(frozen=True)
class Indicator:
    """One number a year that sums up a run.

    Attributes
    ----------
    name, title, unit : str
    function : callable
        Dataset -> DataArray (arm, replication, year); with `paired`, (Dataset, baseline arm) -> the same.
    needs : tuple of str
        Recorded variables it is made from.
    better : {+1, -1, 0}
        Whether more is better for the supporting zone and its people; 0 where opinions differ.
    paired : bool
        Defined only against a baseline.
    """

    name: str
    title: str
    unit: str
    function: Callable[..., xr.DataArray]
    needs: tuple[str, ...]
    better: int = 0
    paired: bool = False


def _centre_share(ds: xr.Dataset) -> xr.DataArray:
    return zone_sum(ds, "value_added", "centre") / by_region(ds, "value_added").sum("region", skipna=False)


def _total(ds: xr.Dataset, name: str) -> xr.DataArray:
    return by_region(ds, name).sum("region", skipna=False)


def _ratio(ds: xr.Dataset, top: str, bottom: str) -> xr.DataArray:
    return _total(ds, top) / _total(ds, bottom)


def _talent(ds: xr.Dataset) -> xr.DataArray:
    rows = ds["people"].sel(group="talent", drop=True)
    return rows.isel(region=np.flatnonzero(in_zone(ds, "supporting"))).sum("region", skipna=False)


def _mean_of(ds: xr.Dataset, name: str, zone: str | None) -> xr.DataArray:
    return weighted_mean(ds, by_region(ds, name), in_zone(ds, zone) if zone else None)


def _plain_mean(ds: xr.Dataset, name: str) -> xr.DataArray:
    # unweighted: a change is a change of places or hours, not of who lives where
    return by_region(ds, name).isel(region=np.flatnonzero(in_zone(ds, "supporting"))).mean("region", skipna=False)


def _radius(ds: xr.Dataset) -> xr.DataArray:
    pulled = (by_region(ds, "hinterland") > 0.5) & xr.DataArray(~in_zone(ds, "centre"), dims="region")
    return weighted_mean(ds, by_region(ds, "centre_hours"), pulled)


def _krugman(ds: xr.Dataset) -> xr.DataArray:
    table = ds["value_added"].compute()
    index = xr.apply_ufunc(
        specialisation.krugman, table, input_core_dims=[["region", "sector"]], output_core_dims=[["region"]]
    )
    weights = by_region(ds, "value_added")
    return (index * weights).sum("region", skipna=False) / weights.sum("region", skipna=False)


def _morans_i(ds: xr.Dataset) -> xr.DataArray:
    weights = spatial.inverse_distance(ds["lat"].to_numpy(), ds["lon"].to_numpy())
    return xr.apply_ufunc(
        lambda x: spatial.morans_i(x, weights), per_head(ds), input_core_dims=[["region"]]
    ).transpose("arm", "replication", "year")


def _migration_rate(ds: xr.Dataset) -> xr.DataArray:
    return (moves(ds, "talent_flow") + moves(ds, "worker_flow")) / _total(ds, "people")


def welfare_level(ds: xr.Dataset, zone: str | None = None) -> xr.DataArray:
    """Return the people-weighted mean of expected utility: (arm, replication, year)."""
    people, welfare = ds["people"].load(), ds["welfare"].load()
    if zone:
        places = np.flatnonzero(in_zone(ds, zone))
        people, welfare = people.isel(region=places), welfare.isel(region=places)
    dims = ["region", "group"]
    return (people * welfare).sum(dims, skipna=False) / people.sum(dims, skipna=False)


def welfare_equivalent(ds: xr.Dataset, baseline: str = "baseline", zone: str | None = None) -> xr.DataArray:
    """Return welfare as consumption equivalent: the share of consumption that is worth as much as the policy.

    ``exp(mean(W - W_base)) - 1``, region by region and group by group, weighted by the baseline's
    people, so that a move of people from a poor to a rich place alone is no gain.

    Parameters
    ----------
    ds : Dataset
        ``welfare`` in log consumption.
    baseline : str
        Arm to compare with, at the same replication.
    zone : str, optional
        Only people who live in this zone class.

    Returns
    -------
    DataArray (arm, replication, year), 1
    """
    people, welfare = ds["people"].load(), ds["welfare"].load()
    if zone:
        places = np.flatnonzero(in_zone(ds, zone))
        people, welfare = people.isel(region=places), welfare.isel(region=places)
    weights = people.sel(arm=baseline, drop=True)
    gain = welfare - welfare.sel(arm=baseline, drop=True)
    dims = ["region", "group"]
    mean = (weights * gain).sum(dims, skipna=False) / weights.sum(dims, skipna=False)
    return xr.apply_ufunc(np.expm1, mean.transpose("arm", "replication", "year"))


def _build() -> dict[str, Indicator]:
    rows: list[Indicator] = []

    def add(name: str, title: str, unit: str, function: Callable, needs: str, better: int = 0, **more: bool) -> None:
        rows.append(Indicator(name, title, unit, function, tuple(needs.split()), better, **more))

    heads = "value_added people"
    add("theil", "Theil index of value added per head", "1", partial(theil_part, labels="zone", part=0), heads, -1)
    for labels, word in (("zone", "zone classes"), ("province", "provinces")):
        between, within = (partial(theil_part, labels=labels, part=k) for k in (1, 2))
        suffix = "" if labels == "zone" else "_provinces"
        add(f"theil_between_{labels}s", f"Theil index between {word}", "1", between, heads, -1)
        add(f"theil_within{suffix}", f"Theil index within {word}", "1", within, heads, -1)
    add("gini", "Gini coefficient of value added per head", "1", partial(over_regions, inequality.gini), heads, -1)
    add("cv", "Coefficient of variation of value added per head", "1", partial(over_regions, inequality.cv), heads, -1)
    add("morans_i", "Moran's I of value added per head, weights of inverse distance", "1", _morans_i,
        f"{heads} lat lon")  # fmt: skip
    add("krugman", "Krugman's index of specialisation, mean over value added", "1", _krugman, "value_added")
    add("centre_share", "Centre's share of value added", "1", _centre_share, "value_added")
    # firms are real ones: the number of agents that stand for them is a choice of sampling
    for name, title, unit in (("value_added", "Value added", "million yuan/yr"), ("capital", "Capital", "million yuan"),
                              ("real_firms", "Firms", "firms"), ("people", "People", "persons")):  # fmt: skip
        function = partial(zone_sum, name=name, zone="supporting")
        short = name.removeprefix("real_")
        add(f"supporting_{short}", f"{title} of the supporting zone", unit, function, name, 1)
    add("supporting_talent", "Talent of the supporting zone", "persons", _talent, "people", 1)
    add("supporting_real_income", "Real income per head of the supporting zone", "yuan/person/yr",
        partial(_mean_of, name="real_income", zone="supporting"), "real_income people", 1)  # fmt: skip
    add("value_added", "Value added", "million yuan/yr", partial(_total, name="value_added"), "value_added", 1)
    add("real_income", "Real income per head", "yuan/person/yr", partial(_mean_of, name="real_income", zone=None),
        "real_income people", 1)  # fmt: skip
    for word, flow in (("talent", "talent_flow"), ("worker", "worker_flow"), ("capital", "capital_flow"),
                       ("firm", "firm_flow"), ("firm_capital", "firm_capital_flow")):  # fmt: skip
        named = {"firm": "Relocating firm agents", "firm_capital": "Capital of relocating firms"}
        what = named.get(word, word.capitalize() + " flow")
        for zone in ("pilot", "leading", "supporting"):
            unit = "firm agents/yr" if word == "firm" else VARIABLES[flow].unit
            better = 1 if zone == "supporting" else 0
            measures = [partial(measure, flow=flow, zone=zone) for measure in (net, gross, effectiveness)]
            needs = f"{flow}_zones"
            add(f"{word}_net_{zone}", f"{what}, centre to {zone}, net", unit, measures[0], needs, better)
            add(f"{word}_gross_{zone}", f"{what}, centre and {zone}, gross", unit, measures[1], needs)
            add(f"{word}_effectiveness_{zone}", f"{what}, centre and {zone}, |net|/gross", "1",
                measures[2], needs)  # fmt: skip
    for hours in (1, 3, 5):
        name = f"accessible_{hours}h"
        add(f"accessibility_{hours}h", f"People within {hours} h of a supporting region, mean", "persons",
            partial(_plain_mean, name=name), name, 1)  # fmt: skip
    add("hinterland_radius", "Hours to the centre in its hinterland, mean", "h", _radius,
        "hinterland centre_hours people")  # fmt: skip
    add("firm_entry_rate", "Firm agents founded per firm agent", "1/yr",
        partial(_ratio, top="firm_entry", bottom="firms"), "firm_entry firms")  # fmt: skip
    add("firm_exit_rate", "Firm agents closed per firm agent", "1/yr",
        partial(_ratio, top="firm_exit", bottom="firms"), "firm_exit firms")  # fmt: skip
    add("migration_rate", "Moves per head", "1/yr", _migration_rate, "talent_flow_zones worker_flow_zones people")
    add("firm_size_tail", "Hill exponent of the largest firm agents' sizes", "1", lambda ds: ds["firm_size_tail"],
        "firm_size_tail")  # fmt: skip
    add("emissions", "Carbon dioxide emissions", "kt CO2/yr", partial(_total, name="emissions"), "emissions", -1)
    add("public_outlay", "Public money paid for mechanisms", "million yuan/yr", lambda ds: ds["public_outlay"],
        "public_outlay", -1)  # fmt: skip
    add("welfare", "Welfare, mean expected utility", "1", welfare_level, "welfare people", 1)
    add("welfare_equivalent", "Welfare gain as consumption equivalent", "1", welfare_equivalent, "welfare people", 1,
        paired=True)  # fmt: skip
    add("supporting_welfare_equivalent", "Welfare gain of the supporting zone as consumption equivalent", "1",
        partial(welfare_equivalent, zone="supporting"), "welfare people", 1, paired=True)  # fmt: skip
    return {row.name: row for row in rows}


INDICATORS: dict[str, Indicator] = _build()


def require_arm(ds: xr.Dataset, arm: str) -> None:
    """Refuse an arm that the results do not hold.

    Raises
    ------
    UserError
    """
    arms = [str(a) for a in ds["arm"].to_numpy()]
    if arm not in arms:
        where = ds.attrs.get("path", "results")
        raise UserError(f"{where}: no arm {arm!r}; expected one of {', '.join(arms)}{nearest(arm, arms)}.")


def available(ds: xr.Dataset) -> list[str]:
    """Return names of indicators whose variables were recorded."""
    return [name for name, row in INDICATORS.items() if not _missing(ds, row)]


def _missing(ds: xr.Dataset, row: Indicator) -> list[str]:
    """Return the recorded variables that an indicator lacks; a flow between regions gives that between zones."""
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
    if row.paired:
        require_arm(ds, baseline)
        result = row.function(ds, baseline=baseline)
    else:
        result = row.function(ds)
    result = result.load().astype(float).reset_coords(drop=True).rename(name)
    return result.assign_attrs(units=row.unit, long_name=row.title)
