"""Facts of firms and capital: relocation, investment between linked cities."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from sim.estimation.birthplace import between_provinces, distance_elasticity, observed_stock
from sim.validation.agents import relocations
from sim.validation.facts.fact import Measure
from sim.validation.facts.measures import excess_growth
from sim.validation.facts.runs import END, FAST, START, Runs
from sim.world import World, load_world
from sim.world.china.tables import table

LAST = 5  # years over which investment is summed
SOME_YEARS = 5


def linked(world: World, first: int, last: int) -> np.ndarray:
    """Return pairs of regions with stations of one high-speed line opened in the years from first to last, (R, R)."""
    lines = table("lines")
    place = {int(code): i for i, code in enumerate(world.regions["adcode"])}
    pairs = np.zeros((world.n_regions, world.n_regions), dtype=bool)
    for row in lines[(lines["mode"] == FAST) & lines["opened"].between(first, last)].itertuples():
        stations = [place[code] for code in map(int, str(row.stations).split("|")) if code in place]
        for i, j in combinations(stations, 2):
            pairs[i, j] = pairs[j, i] = i != j
    return pairs


def newly_linked(runs: Runs) -> float:
    """Return by how much investment rose between newly linked cities, relative to cities that no line links."""
    world = load_world("china", START)
    old, new = linked(world, 0, START), linked(world, START + 1, END - LAST)
    never = ~linked(world, 0, END) & (world.home[:, None] != world.home[None, :])

    def invested(run_flow: np.ndarray) -> np.ndarray:
        return run_flow[-LAST:].sum(axis=0)

    pairs = zip(runs.history, runs.frozen, strict=True)
    growth = [
        excess_growth(invested(a.series["capital_flow"]), invested(b.series["capital_flow"]), new & ~old, never)
        for a, b in pairs
    ]  # fmt: skip
    return float(np.mean(growth))


def relocation_rate(runs: Runs) -> float:
    """Return the share of firms that move to another prefecture in a year, by the number of firms they stand for."""
    moved = runs.once(("moved",), lambda: relocations(runs.scenario(years=SOME_YEARS), runs.seeds[0]))
    return float((moved["weight"] * moved["moves"]).sum() / moved["weight"].sum())


def capital_moved(runs: Runs) -> float:
    """Return the share of capital that moves to another prefecture with its firm, or a branch, in the base year."""
    series, home = runs.first_year(START).series, load_world("china", START).home
    flow = series["firm_capital_flow"][0].sum(axis=0)
    return float(flow[home[:, None] != home[None, :]].sum() / series["capital"][0].sum())


def investment_distance(runs: Runs) -> float:
    """Return the elasticity of investment between provinces to the distance of their capitals."""
    flow, regions = runs.first_year(END).series["capital_flow"][0], load_world("china", END).regions
    return distance_elasticity(between_provinces(flow, regions["province"].to_numpy(str), observed_stock())).value


MODELS: dict[str, Measure] = {
    "relocation": relocation_rate,
    "capital_moved": capital_moved,
    "linked_investment": newly_linked,
    "investment_distance": investment_distance,
}
