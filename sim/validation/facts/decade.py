"""Facts of the decade from 2010 to 2020, which no parameter of a run from 2010 has seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from sim.analysis.inequality import beta
from sim.model import RegionalEconomy
from sim.record import RunRecord
from sim.validation.facts.fact import Bar, Measure, within
from sim.validation.facts.measures import coefficients, rank_size, slope, theil_levels
from sim.validation.facts.runs import END, START, Runs, Snapshot
from sim.world import World
from sim.world.china.shares import by_province

Statistic = Callable[[Snapshot], float]
SECONDARY = slice(1, 4)  # energy, manufacturing, high-tech
DELTA = ("guangzhou", "shenzhen", "zhuhai", "foshan", "huizhou", "dongguan", "zhongshan", "jiangmen", "zhaoqing")
# Least relative tolerances: of counts, of accounts (the census of 2018 revised their total by 2.1 %), of inequality.
COUNTED, REVISED, UNEQUAL = 0.01, 0.02, 0.1
PREMIUM_YEARS = 11


def _mainland(now: Snapshot) -> tuple[np.ndarray, np.ndarray, World]:
    """Return people, value added by sector and the world; regions outside the mainland have neither."""
    inside = now.world.national_taxes
    return now.people * inside, now.value_added * inside[:, None], now.world


def exponent(now: Snapshot) -> float:
    """Return the rank-size exponent of people of the larger half of mainland prefectures."""
    return rank_size(now.people[now.world.national_taxes])


def inequality(level: int) -> Statistic:
    """Return a statistic: the part of Theil's T of value added per head at a level.

    Levels are between areas, between provinces of an area, within provinces.
    """

    def measure(now: Snapshot) -> float:
        inside, regions = now.world.national_taxes, now.world.regions
        people, added = now.people[inside], now.value_added[inside].sum(axis=1)
        labels = [regions[name].to_numpy(str)[inside] for name in ("area", "province")]
        return theil_levels(added / people, people, labels)[level]

    return measure


def of_people(area: str) -> Statistic:
    """Return a statistic: the share of an area in the people of the mainland."""

    def measure(now: Snapshot) -> float:
        people, _, world = _mainland(now)
        return float(people[world.regions["area"].to_numpy(str) == area].sum() / people.sum())

    return measure


def of_value_added(chosen: Sequence[str], sectors: slice = slice(None), column: str = "id") -> Statistic:
    """Return a statistic: the share of regions, by a column of the world, in mainland value added of sectors."""

    def measure(now: Snapshot) -> float:
        _, added, world = _mainland(now)
        made = added[:, sectors].sum(axis=1)
        return float(made[np.isin(world.regions[column].to_numpy(str), chosen)].sum() / made.sum())

    return measure


def secondary(now: Snapshot) -> float:
    """Return the share of the secondary sector in mainland value added."""
    _, added, _ = _mainland(now)
    return float(added[:, SECONDARY].sum() / added.sum())


def scaling(now: Snapshot) -> float:
    """Return the slope of log value added per head on log people per km2, mainland regions."""
    inside, added = now.world.national_taxes, now.value_added.sum(axis=1)
    return slope(np.log(now.people / now.world.area_km2)[inside], np.log(added / now.people)[inside])


def convergence(before: Snapshot, now: Snapshot) -> float:
    """Return the slope of yearly growth on initial value added per head, provinces, relative to the nation."""
    inside = before.world.national_taxes
    first, last = (
        by_province(s.value_added.sum(axis=1), before.world, inside) / by_province(s.people, before.world, inside)
        for s in (before, now)
    )
    return beta(first, last, END - START)


def observed(statistic: Statistic, least: float, runs: Runs) -> Bar:
    """Return a statistic of 2020; its range is half of the change since 2010, but at least the part ``least`` of it."""
    then, now = (statistic(runs.observed(year)) for year in (START, END))
    return within(now, max(abs(now - then) / 2.0, least * abs(now)))


def modelled(statistic: Statistic, runs: Runs) -> float:
    """Return a statistic of 2020 of runs from 2010."""
    return runs.mean(runs.history, lambda run: statistic(runs.modelled(run)))


def _observed_convergence(runs: Runs) -> Bar:
    found = convergence(runs.observed(START), runs.observed(END))
    return within(found, abs(found) / 2.0)


def _convergence(runs: Runs) -> float:
    return runs.mean(runs.history, lambda run: convergence(runs.modelled(run, START), runs.modelled(run)))


def premium_change(runs: Runs) -> float:
    """Return the change of ln(v/w) within cities in eleven years, people-weighted, from the trend 2010 to 2018."""
    last = 2018 - START

    def measure(run: RunRecord) -> float:
        wage, people = run.series["wage"], run.series["people"][0].sum(axis=1)
        premium = np.log(wage[..., 1] / wage[..., 0])
        return PREMIUM_YEARS / last * float(np.average(premium[last] - premium[0], weights=people))

    return runs.mean(runs.history, measure)


def rent_elasticity(runs: Runs) -> float:
    """Return the coefficient of income per head in the change of mainland log rents 2010 to 2020, given people."""
    inside = runs.observed(START).world.national_taxes

    def measure(run: RunRecord) -> float:
        people, added = (run.series[name].sum(axis=2) for name in ("people", "value_added"))
        change = [np.log(x[-1] / x[0])[inside] for x in (run.series["rent"], added / people, people)]
        return float(coefficients(*change)[0])

    return runs.mean(runs.history, measure)


def density_effect(runs: Runs) -> float:
    """Return the elasticity of productivity to a city's own people and jobs, people-weighted, base year 2020."""
    scenario = runs.scenario(start=END, years=1)
    constants, production = RegionalEconomy(scenario, runs.seeds[0]).state.constants, scenario.parameters.production
    people = runs.observed(END).people
    own = np.diag(constants.near) * people / constants.people_near
    return production.density_elasticity * float(np.average(own, weights=people)) + production.scale_elasticity


def emission_growth(runs: Runs) -> float:
    """Return the log change of mainland emissions 2010 to 2020."""
    inside = runs.observed(START).world.national_taxes
    return runs.mean(runs.history, lambda run: _log_change(run.series["emissions"][:, inside].sum(axis=1)))


def intensity_change(runs: Runs) -> float:
    """Return the relative change of mainland emissions per value added 2015 to 2020."""
    inside, first = runs.observed(START).world.national_taxes, 2015 - START

    def measure(run: RunRecord) -> float:
        emissions, added = run.series["emissions"][first:], run.series["value_added"][first:].sum(axis=2)
        return float(np.expm1(_log_change(emissions[:, inside].sum(axis=1) / added[:, inside].sum(axis=1))))

    return runs.mean(runs.history, measure)


def growth(runs: Runs) -> float:
    """Return yearly growth of national value added 2010 to 2020."""
    decade = runs.mean(runs.history, lambda run: _log_change(run.series["value_added"].sum(axis=(1, 2))))
    return decade / (END - START)


def _log_change(values: np.ndarray) -> float:
    return float(np.log(values[-1] / values[0]))


STATISTICS: dict[str, tuple[Statistic, float]] = {
    "rank_size": (exponent, COUNTED),
    "people_east": (of_people("east"), COUNTED),
    "people_northeast": (of_people("northeast"), COUNTED),
    "theil_areas": (inequality(0), UNEQUAL),
    "theil_provinces": (inequality(1), UNEQUAL),
    "theil_prefectures": (inequality(2), UNEQUAL),
    "density_premium": (scaling, REVISED),
    "value_added_east": (of_value_added(["east"], column="area"), REVISED),
    "secondary_share": (secondary, REVISED),
    "secondary_guangzhou": (of_value_added(["guangzhou"], SECONDARY), REVISED),
    "secondary_delta": (of_value_added(DELTA, SECONDARY), REVISED),
}
MODELS: dict[str, Measure] = {
    **{key: partial(modelled, statistic) for key, (statistic, _) in STATISTICS.items()},
    "convergence": _convergence,
    "premium": premium_change,
    "rent": rent_elasticity,
    "density": density_effect,
    "emission_growth": emission_growth,
    "carbon_intensity": intensity_change,
    "growth": growth,
}
BARS: dict[str, Callable[[Runs], Bar]] = {
    **{key: partial(observed, statistic, least) for key, (statistic, least) in STATISTICS.items()},
    "convergence": _observed_convergence,
}
