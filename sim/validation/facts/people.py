"""Facts of migration: distance, borders and numbers of those who move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np

from sim.config import load
from sim.config.schema.estimation import Estimation
from sim.estimation import Flows, fit, read_flows
from sim.validation.facts.fact import Bar, Measure, within
from sim.validation.facts.measures import crossing, moved_after
from sim.validation.facts.runs import START, Runs
from sim.world import World, load_world
from sim.world.china.tables import table

# Years of base-year moves that make a stock: its shares and elasticities are nearly those of one year of moves.
LIFETIME = 25
CENSUS_YEARS = 5  # between the residences that a census asks for
SIX = 6
ACROSS_PREFECTURES = 0.6  # of migrants within a province; between .5 and .7, an assumption


def stock(runs: Runs, year: int = START) -> tuple[World, np.ndarray]:
    """Return the world and people by where they lived `LIFETIME` years ago and live now, (R, R), by base-year moves."""
    return load_world("china", year), runs.once(("stock", year), lambda: _moved(runs, year, LIFETIME))


def _moved(runs: Runs, year: int, years: int) -> np.ndarray:
    series = runs.first_year(year).series
    return moved_after([series["worker_flow"][0], series["talent_flow"][0]], series["people"][0], years)


def _estimation() -> Estimation:
    """Return the bundled estimation, with effects of origin and destination instead of their populations."""
    return cast(Estimation, load("birthplace_2010")).model_copy(update={"form": "doubly", "terms": ()})


def observed_stock() -> Flows:
    """Return people of 2010 by province of birth and of residence."""
    return read_flows(_estimation())


def between_provinces(matrix: np.ndarray, province: np.ndarray, flows: Flows) -> Flows:
    """Return pairs of provinces with the sums of a matrix of regions (R, R) instead of the observed flows."""
    names = np.unique(np.concatenate([flows.origin, flows.destination]).astype(str))
    belongs = (province[:, None] == names[None, :]).astype(float)
    sums = belongs.T @ matrix @ belongs
    rows, columns = (np.searchsorted(names, side.astype(str)) for side in (flows.origin, flows.destination))
    return replace(flows, flow=sums[rows, columns])


def _modelled(runs: Runs) -> Flows:
    world, matrix = stock(runs)
    return between_provinces(matrix, world.regions["province"].to_numpy(str), observed_stock())


def distance_elasticity(flows: Flows) -> tuple[float, float]:
    """Return the elasticity of flows between provinces to distance, with its standard error."""
    found = fit(flows, _estimation())["distance"]
    return found.value, found.standard_error


def _observed_elasticity(runs: Runs) -> Bar:
    value, error = distance_elasticity(observed_stock())
    return within(value, 2.0 * error)


def top_origins(flows: Flows, destination: str = "guangdong") -> float:
    """Return the share of the six largest origins in the inflow of a province."""
    inflow = np.sort(flows.flow[flows.destination == destination])[::-1]
    return float(inflow[:SIX].sum() / inflow.sum())


def share_of(flows: Flows, destination: str = "guangdong") -> float:
    """Return the share of a province in all who live in another province than they came from."""
    return float(flows.flow[flows.destination == destination].sum() / flows.flow.sum())


def five_year_moves(runs: Runs) -> float:
    """Return the share of people who live in another province after five years."""
    world, people = load_world("china", START), runs.first_year(START).series["people"][0]
    return crossing(_moved(runs, START, CENSUS_YEARS), world.regions["province"].to_numpy(str)) / float(people.sum())


def _elsewhere(matrix: np.ndarray, home: np.ndarray) -> np.ndarray:
    return matrix * (home[:, None] != home[None, :])


def interprovincial_share(runs: Runs) -> float:
    """Return the share of those who came from another province in those who came from another prefecture."""
    world, matrix = stock(runs)
    away = _elsewhere(matrix, world.home)
    return crossing(away, world.regions["province"].to_numpy(str)) / float(away.sum())


def from_own_province(runs: Runs) -> float:
    """Return the share of Guangdong in those who came to Guangzhou."""
    world, matrix = stock(runs)
    inflow = _elsewhere(matrix, world.home)[:, world.centre]
    own = world.regions["province"].to_numpy(str) == world.regions["province"][world.centre]
    return float(inflow[own].sum() / inflow.sum())


def _registered(rows: np.ndarray | slice = slice(None)) -> tuple[float, float]:
    data = table("prefectures")[["migrants_other_province_2010", "migrants_same_province_2010", "province"]][rows]
    municipality = data["province"].isin(["beijing", "tianjin", "shanghai", "chongqing"])
    other, same = data.iloc[:, 0].sum(), data.iloc[:, 1][~municipality].sum()
    return float(other), ACROSS_PREFECTURES * float(same)


def _observed_interprovincial(runs: Runs) -> Bar:
    other, same = _registered()
    return Bar(other / (other + same), np.nan, np.nan)


def _observed_own(runs: Runs) -> Bar:
    other, same = _registered((table("prefectures")["name_en"] == "Guangzhou").to_numpy())
    return Bar(same / (other + same), np.nan, np.nan)


MODELS: dict[str, Measure] = {
    "migrant_distance": lambda runs: distance_elasticity(_modelled(runs))[0],
    "guangdong_origins": lambda runs: top_origins(_modelled(runs)),
    "guangdong_share": lambda runs: share_of(_modelled(runs)),
    "five_year_moves": five_year_moves,
    "interprovincial_migrants": interprovincial_share,
    "guangdong_migrants": from_own_province,
}
BARS: dict[str, Callable[[Runs], Bar]] = {
    "migrant_distance": _observed_elasticity,
    "guangdong_origins": lambda runs: within(top_origins(observed_stock()), 0.1),
    "guangdong_share": lambda runs: within(share_of(observed_stock()), 0.05),
    "interprovincial_migrants": _observed_interprovincial,
    "guangdong_migrants": _observed_own,
}
