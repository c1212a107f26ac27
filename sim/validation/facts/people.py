"""Facts of migration: distance, borders and numbers of those who move."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.economy.base_year.facts import LIFETIME, base_moves, migration_facts, moved_after
from sim.estimation import Flows
from sim.estimation.birthplace import between_provinces, distance_elasticity, observed_stock
from sim.validation.facts.fact import Bar, Measure, within
from sim.validation.facts.runs import START, Runs
from sim.world import World, first_hours, load_world
from sim.world.china.tables import table

SIX = 6
ACROSS_PREFECTURES = 0.6  # of migrants within a province; between .5 and .7, an assumption
MUNICIPALITIES = ("beijing", "tianjin", "shanghai", "chongqing")


def _world() -> World:
    return load_world("china", START)


def moves(runs: Runs) -> np.ndarray:
    """Return expected moves of the base year by skill, (2, R, R) persons/yr."""
    world, migration = _world(), runs.scenario().parameters.migration
    return runs.once(("moves", START), lambda: base_moves(world, first_hours(world)[1], migration))


def stock(runs: Runs) -> np.ndarray:
    """Return people by where they lived `LIFETIME` years ago and live now, (R, R), by base-year moves."""
    return runs.once(("stock", START), lambda: moved_after(moves(runs), _world().people.astype(float), LIFETIME))


def _modelled(runs: Runs) -> Flows:
    return between_provinces(stock(runs), _world().regions["province"].to_numpy(str), observed_stock())


def _observed_elasticity(runs: Runs) -> Bar:
    found = distance_elasticity(observed_stock())
    return within(found.value, 2.0 * found.standard_error)


def top_origins(flows: Flows, destination: str = "guangdong") -> float:
    """Return the share of the six largest origins in the inflow of a province."""
    inflow = np.sort(flows.flow[flows.destination == destination])[::-1]
    return float(inflow[:SIX].sum() / inflow.sum())


def share_of(flows: Flows, destination: str = "guangdong") -> float:
    """Return the share of a province in all who live in another province than they came from."""
    return float(flows.flow[flows.destination == destination].sum() / flows.flow.sum())


def from_own_province(runs: Runs) -> float:
    """Return the share of Guangdong in those who came to Guangzhou."""
    world = _world()
    inflow = np.where(world.home == world.home[world.centre], 0.0, stock(runs)[:, world.centre])
    return float(inflow[~world.across_provinces[:, world.centre]].sum() / inflow.sum())


def _registered(rows: np.ndarray | slice = slice(None)) -> tuple[float, float]:
    data = table("prefectures")[["migrants_other_province_2010", "migrants_same_province_2010", "province"]][rows]
    other, same = data[~data["province"].isin(MUNICIPALITIES)].iloc[:, :2].sum()
    return float(other), ACROSS_PREFECTURES * float(same)


def _observed_interprovincial(runs: Runs) -> Bar:
    other, same = _registered()
    return Bar(other / (other + same), np.nan, np.nan)


def _observed_own(runs: Runs) -> Bar:
    other, same = _registered((table("prefectures")["name_en"] == "Guangzhou").to_numpy())
    return Bar(same / (other + same), np.nan, np.nan)


MODELS: dict[str, Measure] = {
    "migrant_distance": lambda runs: distance_elasticity(_modelled(runs)).value,
    "guangdong_origins": lambda runs: top_origins(_modelled(runs)),
    "guangdong_share": lambda runs: share_of(_modelled(runs)),
    "five_year_moves": lambda runs: migration_facts(_world(), moves(runs))["five_year_moves"],
    "interprovincial_migrants": lambda runs: migration_facts(_world(), moves(runs))["interprovincial_migrants"],
    "guangdong_migrants": from_own_province,
}
BARS: dict[str, Callable[[Runs], Bar]] = {
    "migrant_distance": _observed_elasticity,
    "guangdong_origins": lambda runs: within(top_origins(observed_stock()), 0.1),
    "guangdong_share": lambda runs: within(share_of(observed_stock()), 0.05),
    "interprovincial_migrants": _observed_interprovincial,
    "guangdong_migrants": _observed_own,
}
