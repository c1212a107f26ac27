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
LIFETIME = 25  # years over which migrants by province of birth have moved, about half the age of adults


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
    """Return expected moves of workers and talent in the base year, (R, R) persons/yr from row to column.

    Raises
    ------
    RunFailed
        If the attraction of places is not found.
    """
    log_hours, none = np.log1p(hours.people), np.zeros(world.n_regions)
    return np.sum([base_attraction(world, migration, log_hours, group, none).moves for group in (0, 1)], axis=0)


def migration_facts(world: World, moves: np.ndarray) -> dict[str, float]:
    """Return facts of migration in the base year.

    Parameters
    ----------
    world : World
    moves : (R, R) float, persons/yr
        Between places, from row to column.

    Returns
    -------
    dict of str to float
        ``interprovincial_moves``: share of moves to places from another province. Provinces that are a single place,
        such as municipalities, are left out as destinations: moves inside them are not moves between prefectures.
        ``gross_moves``: moves between places per person and year.
    """
    province, home = world.regions["province"].to_numpy(str), world.home
    places = {p: len(set(home[province == p])) for p in set(province)}
    several = np.array([places[p] > 1 for p in province])
    arriving = moves[:, several]
    total = float(arriving.sum())
    crossed = float((arriving * world.across_provinces[:, several]).sum())
    return {
        "interprovincial_moves": crossed / total if total else np.nan,
        "gross_moves": float(moves.sum() / world.people.sum()),
    }


def lifetime_migrants(world: World, moves: np.ndarray, years: int = LIFETIME) -> tuple[np.ndarray, np.ndarray]:
    """Return where people live who have moved as in the base year for some years, by province of birth.

    Moves onward and back are included, as in a census that asks for the place of birth.

    Returns
    -------
    (P,) str, (P, P) float
        Provinces; persons by province of birth (row) and of residence (column).
    """
    people = world.people.sum(axis=1)
    chance = moves / people[:, None]
    np.fill_diagonal(chance, 1.0 - chance.sum(axis=1))
    stock = people[:, None] * np.linalg.matrix_power(chance, years)
    names, code = np.unique(world.regions["province"].to_numpy(str), return_inverse=True)
    member = (code[:, None] == np.arange(len(names))).astype(float)
    return names, member.T @ stock @ member
