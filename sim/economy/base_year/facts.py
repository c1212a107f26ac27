"""Facts of trade and migration in the base year that published figures are compared with (docs/model.md 9.20, 9.22)."""

from __future__ import annotations

import numpy as np

from sim.economy.base import Base
from sim.economy.base_year.amenities import base_attraction
from sim.kernels.products import spread_one
from sim.parameters import Migration
from sim.world import World, travel_hours
from sim.world.types import TRADE, Hours

SMALL = 3e6  # persons
# Years of base-year moves that make a stock: its shares and elasticities are nearly those of one year of moves.
LIFETIME = 25
CENSUS_YEARS = 5  # between the residences that a census asks for


def trade_facts(world: World, base: Base) -> dict[str, float]:
    """Return facts of trade in the base year.

    Returns
    -------
    dict of str to float
        ``interprovincial_trade``: share of sales to another province in domestic sales of intermediates, investment and
        household goods and business services; consumer services, and farm products eaten by households of the same
        prefecture, are left out, as they are in value-added-tax invoices. ``own_consumer_services``: share of consumer
        services that prefectures of less than `SMALL` people buy at home, by purchases.
        ``goods_exports``: sales of goods abroad over value added.
    """
    m = base.market
    crossed, total, own, bought, abroad = 0.0, 0.0, 0.0, 0.0, 0.0
    local, goods = TRADE.index("local_services"), TRADE.index("goods")
    same = world.home[:, None] == world.home[None, :]
    small = (same @ world.people.sum(axis=1)) < SMALL
    households = (1.0 - m.housing) * base.regional.consumption[:, None] * m.consumption
    for s, c in enumerate(world.trade_class):
        phi = m.freeness[c]
        supply = m.capacity[:, s]
        index = spread_one(phi, supply.copy())
        flow = supply[:, None] * phi.T * (base.spent[:, s] / index)[None, :]
        if c == goods:
            abroad += float(flow[:-1, -1].sum())
        flow = flow[:-1, :-1]
        if c == local:
            own += float((flow * same).sum(axis=0)[small].sum())
            bought += float(base.spent[:-1, s][small].sum())
            continue
        if world.sectors[s] == "agriculture":
            flow = flow * (1.0 - same * (households[:, s] / base.spent[:-1, s]))
        total += float(flow.sum())
        crossed += float((flow * world.across_provinces).sum())
    return {
        "interprovincial_trade": crossed / total if total else np.nan,
        "own_consumer_services": own / bought if bought else np.nan,
        "goods_exports": abroad / float(world.value_added.sum()),
    }


def linked_investment(world: World, distance_elasticity: float) -> float:
    """Return the effect of high-speed lines on investment between the regions that they link, in the base year.

    The mean log change over pairs of regions on one line relative to pairs of which one has no station, between all
    links and all but high-speed lines. What changes for a pair besides its hours belongs to its origin or destination,
    which the published estimate leaves out by fixed effects; investment in the region itself is left out.

    Parameters
    ----------
    world : World
    distance_elasticity : float
        Of investment to information hours.

    Returns
    -------
    float
        Relative change; NaN where there are no such lines, or all regions have a station.
    """
    edges = world.network.edges
    edges = edges[edges["opened"] <= world.year]
    fast = (edges["mode"] == "hsr").to_numpy()
    linked = np.zeros((world.n_regions, world.n_regions), dtype=bool)
    served = np.zeros(world.n_regions, dtype=bool)
    for _, line in edges[fast & (edges["line"] != "").to_numpy()].groupby("line"):
        stops = np.union1d(line["a"], line["b"])
        linked[np.ix_(stops, stops)] = served[stops] = True
    away = world.home[:, None] != world.home[None, :]
    linked, never = linked & away, away & ~(served[:, None] & served[None, :])
    if not linked.any() or not never.any():
        return float("nan")
    without, using = (np.log1p(travel_hours(world, e).information) for e in (edges[~fast], edges))
    saved = without - using
    return float(np.expm1(distance_elasticity * (saved[linked].mean() - saved[never].mean())))


def base_moves(world: World, hours: Hours, migration: Migration) -> np.ndarray:
    """Return expected moves of the base year by skill, (2, R, R) persons/yr from row to column.

    Raises
    ------
    RunFailed
        If the attraction of regions is not found.
    """
    log_hours, none = np.log1p(hours.people), np.zeros(world.n_regions)
    return np.array([base_attraction(world, migration, log_hours, group, none).moves for group in (0, 1)])


def moved_after(flows: np.ndarray, people: np.ndarray, years: int) -> np.ndarray:
    """Return people by where they live at first and after some years, (R, R), if yearly chances stay as they are.

    Moves onward and back are included, as in a census that asks for a former residence or the place of birth.

    Parameters
    ----------
    flows : (G, R, R) float, persons/yr
        By skill group.
    people : (R, G) float, persons
    years : int
    """
    found = np.zeros(flows.shape[1:])
    for flow, heads in zip(flows, people.T, strict=True):
        chance = flow / heads[:, None]
        np.fill_diagonal(chance, 0.0)
        np.fill_diagonal(chance, 1.0 - chance.sum(axis=1))
        found += heads[:, None] * np.linalg.matrix_power(chance, years)
    return found


def migration_facts(world: World, flows: np.ndarray) -> dict[str, float]:
    """Return facts of migration in the base year.

    Parameters
    ----------
    world : World
    flows : (2, R, R) float, persons/yr
        Moves by skill, from row to column.

    Returns
    -------
    dict of str to float
        ``interprovincial_migrants``: share of those who came from another province in those who came from another
        place, after `LIFETIME` years of such moves. Provinces that are a single place, such as municipalities, are
        left out as destinations: moves inside them are not moves between prefectures.
        ``five_year_moves``: share of people who live in another province than five years before.
    """
    province, home, people = world.regions["province"].to_numpy(str), world.home, world.people.astype(float)
    several = np.array([len(set(home[province == name])) > 1 for name in province])
    stock = moved_after(flows, people, LIFETIME) * (home[:, None] != home[None, :])
    arrived = float(stock[:, several].sum())
    crossed = float((stock * world.across_provinces)[:, several].sum())
    moved = (moved_after(flows, people, CENSUS_YEARS) * world.across_provinces).sum()
    return {
        "interprovincial_migrants": crossed / arrived if arrived else np.nan,
        "five_year_moves": float(moved / people.sum()),
    }
