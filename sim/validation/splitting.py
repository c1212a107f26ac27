"""Splitting a region on the map: two halves of one place are what the whole was, and change nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sim.catalogue import VARIABLES
from sim.config import Scenario
from sim.economy.firms.table import SMALLEST_CELL
from sim.model import RegionalEconomy, simulate
from sim.record import RunRecord
from sim.validation.invariance import QUIET
from sim.validation.rows import Row
from sim.world import Network, World, first_hours

# Figures of regions that the halves divide; all others are those of the whole.
EXTENSIVE = (
    "people", "value_added", "capital", "land", "area_km2", "unregistered", "migration_target", "real_firms",
)  # fmt: skip
INTENSIVE = ("residence_cost", "natural_rate", "graduation_rate", "growth_trend", "national_taxes")
EDGES = ("a", "b", "mode", "km", "speed", "opened", "line")


def with_given_hours(world: World) -> World:
    """Return a world whose travel times are the matrices of its base year; it has no links."""
    net, hours = world.network, first_hours(world)[1]
    no_edges = partial(pd.DataFrame, [], columns=list(EDGES))
    return replace(world, network=Network(no_edges, net.terminal_hours, net.internal_hours, net.port_hours, hours))


def split_world(world: World, region: str) -> World:
    """Return a world in which a region is cut into two halves of one home label and equal travel times.

    The first half keeps the index of the region, the second is the last region of the new world. Both have all travel
    times of the region, and its internal time to each other.

    Parameters
    ----------
    world : World
    region : str
        Id of the region.
    """
    world = with_given_hours(world)
    cut, n = world.index(region), world.n_regions
    order, halves = np.append(np.arange(n), cut), np.array([cut, n])
    share = np.ones(n + 1)
    share[halves] = 0.5
    pairs = np.ix_(order, order)
    rows: dict[str, Any] = {name: getattr(world, name)[order] for name in INTENSIVE}
    for name in EXTENSIVE:
        whole = getattr(world, name)[order]
        rows[name] = whole * share.reshape(-1, *[1] * (whole.ndim - 1))
    labels = world.regions["home"] if "home" in world.regions else world.regions["id"]
    regions = world.regions.assign(home=labels).iloc[order].reset_index(drop=True)
    regions.loc[n, "id"] = f"{region}_half"
    quality = world.quality.iloc[order].set_axis(pd.Index(regions["id"]))
    net, hours = world.network, first_hours(world)[1]
    matrices = {name: getattr(hours, name)[pairs] for name in ("people", "goods", "information")}
    network = replace(
        net, internal_hours=net.internal_hours[order], port_hours=net.port_hours[order],
        hours=replace(hours, gateway=hours.gateway[order], **matrices),
    )  # fmt: skip
    return replace(
        world, regions=regions, quality=quality, network=network, upstream=world.upstream[pairs] * share,
        freeness=None if world.freeness is None else world.freeness[:, order][:, :, order], **rows,
    )  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Results of the same world with a region as a whole and cut in two.

    Attributes
    ----------
    elsewhere, halves : dict of str to float
        By variable, the largest difference of any other region, and of the sum or the mean of the halves. It is
        relative to the value, or to `FLOOR` of the largest value of the variable where that is more.
    """

    elsewhere: dict[str, float]
    halves: dict[str, float]


# What depends on sampled agents, and the iterations of the solver.
SAMPLED = (
    "firms", "firm_entry", "firm_exit", "firm_branches", "firm_flow", "firm_flow_zones", "firm_size_tail",
    "market_iterations", "audit_money", "audit_people", "audit_capital", "audit_market", "capital_by_class",
    "real_firms_by_class", "value_added_by_class",
)  # fmt: skip
FLOOR = 0.01
MEANS = ("1", "1/yr", "yuan/person/yr", "h", "year", "km")  # units of what both halves have like the whole
REGIONAL = ("region", "origin", "destination")


def compare(whole: RunRecord, cut: RunRecord, region: int) -> Comparison:
    """Compare all recorded variables of a run with those of a run in which a region is cut in two.

    Parameters
    ----------
    whole, cut : RunRecord
    region : int
        Index of the region; its second half is the last one.
    """
    elsewhere, halves = {}, {}
    for name, values in whole.series.items():
        if name in SAMPLED:
            continue
        change = _relative(joined(name, cut.series[name], region), values)
        axes = [axis for axis, dim in enumerate(VARIABLES[name].dims, start=1) if dim in REGIONAL]
        touches = np.zeros(change.shape, bool)
        for axis in axes:
            np.moveaxis(touches, axis, 0)[region] = True
        elsewhere[name] = float(change[~touches].max())
        if axes:
            halves[name] = float(change[touches].max())
    return Comparison(elsewhere, halves)


def joined(name: str, values: np.ndarray, region: int) -> np.ndarray:
    """Return a recorded variable (T, ...) of a cut world on the map of the whole: sums of the halves, or their mean."""
    variable = VARIABLES[name]
    both = 0.5 if variable.unit in MEANS or name.startswith("accessible") else 1.0
    for axis, dim in enumerate(variable.dims, start=1):
        if dim in REGIONAL:
            parts = np.moveaxis(values, axis, 0)
            whole = parts[:-1].copy()
            whole[region] = both * (parts[region] + parts[-1])
            values = np.moveaxis(whole, 0, axis)
    return values


def _relative(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    size = np.abs(expected)
    least = FLOOR * float(size.max())
    return np.abs(found - expected) / (np.maximum(size, least) if least > 0 else 1.0)


# Figures of the base year, each with the number of halves that add up to the whole.
BASE = {"prices": 1, "sales": 2, "spent": 2, "capital": 2, "debt": 2, "investment_residual": 1}
CONSTANTS = {"amenity": 1, "log_technology": 1, "learning_residual": 1, "research_per_head": 1, "pollution": 1}


def compare_base(world: World, region: str) -> Comparison:
    """Compare the inversion of the base year: accounts, prices and all residuals but those of firms.

    Parameters
    ----------
    world : World
    region : str
        Id of the region that is cut.
    """
    n, index = world.n_regions, world.index(region)
    whole, cut = (
        RegionalEconomy(_scenario(each, {"parameters": QUIET}), world=each).state
        for each in (with_given_hours(world), split_world(world, region))
    )
    elsewhere, halves = {}, {}
    for part, names in (("base", BASE), ("constants", CONSTANTS)):
        for name, parts in names.items():
            expected, found = (getattr(getattr(state, part), name) for state in (whole, cut))
            change = _relative(np.delete(found, n, axis=0), expected)
            halves[name] = float(_relative(parts * found[[index, n]], expected[[index, index]]).max())
            elsewhere[name] = float(np.delete(change, index, axis=0).max())
    return Comparison(elsewhere, halves)


def compare_markets(
    world: World, region: str, years: int = 5, parameters: dict[str, dict[str, Any]] | None = None
) -> Comparison:
    """Compare the market alone: firms neither enter, leave nor move, moves of people are expected ones.

    Parameters
    ----------
    world : World
    region : str
        Id of the region that is cut.
    years : int
    parameters : dict, optional
        Further parameters of the scenario.
    """
    given = {"record": "all", "years": years, "parameters": {**QUIET, **(parameters or {})}}
    whole, cut = (_run(each, 1, **given) for each in (with_given_hours(world), split_world(world, region)))
    return compare(whole, cut, world.index(region))


def _scenario(world: World, given: dict[str, Any]) -> Scenario:
    return Scenario.model_validate(
        {"name": "split", "world": world.name, "start": world.year, "draws": "expected", **given}
    )


def _run(world: World, seed: int, **given: Any) -> RunRecord:
    return simulate(_scenario(world, given), seed, world=world)


EXACT, SMALL = 1e-9, 0.01  # tolerances without and with firms
FIRMS, YEARS, FEWEST, MOST = 1_000_000, 10, 3, 12
PRECISE = 0.003  # half-width of the mean change of a region
LEVELS = ("value_added", "capital", "people")


@dataclass(frozen=True)
class Changes:
    """Changes elsewhere once a region is cut in two, with firms that enter, leave and move.

    Attributes
    ----------
    mean, half_width : dict of str to (R - 1,) float
        Mean over seeds of the relative change of each other region, and half of its 95 % interval: of value added,
        capital and people of the last year, and of the inflow of capital over all years.
    seeds : int
    """

    mean: dict[str, np.ndarray]
    half_width: dict[str, np.ndarray]
    seeds: int


def compare_firms(
    world: World, regions: Sequence[str], firms: int = FIRMS, years: int = YEARS,
    seeds: tuple[int, int] = (FEWEST, MOST),
) -> dict[str, Changes]:  # fmt: skip
    """Compare complete runs by pairs of one seed, until all means are precise or seeds are exhausted.

    Regions elsewhere have as many agents in both worlds, and face the same draws.

    Parameters
    ----------
    world : World
    regions : sequence of str
        Ids of the regions that are cut, one at a time.
    firms : int
        Agents of the whole world.
    years : int
    seeds : (int, int)
        Fewest and most pairs of runs.

    Returns
    -------
    dict of str to Changes
        By region that is cut.
    """
    given = {"years": years, "record": {"flows": True}}
    found: dict[str, list[dict[str, np.ndarray]]] = {region: [] for region in regions}
    changes: dict[str, Changes] = {}
    for seed in range(1, seeds[1] + 1):
        whole = _run(with_given_hours(world), seed, firms=firms, **given).series
        for region in regions:
            index = world.index(region)
            agents = agents_of_halves(whole["capital"][0], index, firms)
            cut = _run(split_world(world, region), seed, firms=agents, **given).series
            before = _outcomes(whole, index)
            after = _outcomes({name: joined(name, values, index) for name, values in cut.items()}, index)
            found[region].append({name: after[name] / before[name] - 1.0 for name in before})
        changes = {region: _changes(pairs) for region, pairs in found.items()}
        widths = [width.max() for change in changes.values() for width in change.half_width.values()]
        if seed >= seeds[0] and max(widths) <= PRECISE:
            break
    return changes


def agents_of_halves(capital: np.ndarray, region: int, firms: int) -> int:
    """Return the agents of a cut world with which all other cells have those of the whole (docs/model.md 9.12).

    Parameters
    ----------
    capital : (R, S) float, million yuan
        Real capital of the base year.
    region : int
    firms : int
        Agents of the whole world.
    """
    root, cells = np.sqrt(capital), np.count_nonzero(capital)
    more = (np.sqrt(2.0) - 1.0) * root[region].sum() / root.sum()
    drawn = (firms - SMALLEST_CELL * cells) * (1.0 + more)
    return round(drawn) + SMALLEST_CELL * (cells + np.count_nonzero(capital[region]))


def _outcomes(series: dict[str, np.ndarray], region: int) -> dict[str, np.ndarray]:
    """Return figures of the last year, and the inflow of capital over all years, of all regions but one, (R - 1,)."""
    flow = (series["capital_flow"] + series["firm_capital_flow"].sum(axis=1)).sum(axis=0)
    found = {name: series[name][-1].sum(axis=1) for name in LEVELS}
    found["inflow of capital"] = flow.sum(axis=0) - np.diag(flow)
    return {name: np.delete(values, region) for name, values in found.items()}


def _changes(found: list[dict[str, np.ndarray]]) -> Changes:
    """Return means over seeds and half-widths of their intervals, infinite for a single seed."""
    n = len(found)
    values = {name: np.array([one[name] for one in found]) for name in found[0]}
    mean = {name: value.mean(axis=0) for name, value in values.items()}
    if n == 1:
        return Changes(mean, {name: np.full_like(value, np.inf) for name, value in mean.items()}, n)
    factor = stats.t.ppf(0.975, n - 1) / np.sqrt(n)
    return Changes(mean, {name: factor * value.std(axis=0, ddof=1) for name, value in values.items()}, n)


def chosen_regions(world: World) -> dict[str, str]:
    """Return the regions to cut: the centre, and those at the median and at the 5th percentile of people."""
    people = np.where(world.national_taxes, world.people.sum(axis=1), np.inf)
    order = np.argsort(people, kind="stable")[: np.count_nonzero(world.national_taxes)]
    at = {"centre": world.centre, "median": order[len(order) // 2], "small": order[len(order) // 20]}
    return {kind: str(world.regions["id"].iloc[index]) for kind, index in at.items()}


def rows(world: World, firms: int = FIRMS, seeds: tuple[int, int] = (FEWEST, MOST)) -> Iterator[Row]:
    """Yield the rows of ``hinterland validate map``: the market alone, then with firms.

    Parameters
    ----------
    world : World
    firms : int
        Agents; 0 leaves out the rows with firms.
    seeds : (int, int)
        Fewest and most pairs of runs with firms.
    """
    regions = list(chosen_regions(world).values())
    for region in regions:
        for title, found in (("base year", compare_base(world, region)), ("market", compare_markets(world, region))):
            for where, differences in (("elsewhere", found.elsewhere), ("halves", found.halves)):
                yield _row(f"{title}, {region} in two: {where}, largest difference", max(differences.values()), EXACT)
    with_firms = compare_firms(world, regions, firms, seeds=seeds) if firms else {}
    for region, changes in with_firms.items():
        for name, mean in changes.mean.items():
            size, title = np.abs(mean), f"{name} elsewhere, {region} in two"
            yield _row(f"{title}: largest change", size.max(), SMALL)
            yield _row(f"{title}: 95th percentile", np.quantile(size, 0.95), SMALL)
            yield _row(f"{title}: largest half-width", changes.half_width[name].max(), PRECISE)


def _row(name: str, obtained: float, tolerance: float) -> Row:
    return Row("map", name, 0.0, float(obtained), tolerance, bool(obtained <= tolerance))
