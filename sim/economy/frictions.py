"""Costs of distance: freeness of trade, frictions of investors."""

from __future__ import annotations

import numpy as np

from sim.kernels.market import Market
from sim.kernels.products import transposed
from sim.parameters import Parameters
from sim.parameters import Production as ProductionParameters
from sim.world.types import TRADE, Hours, World

REFERENCE_HOURS = 0.5
# Part of the cost of distance that policy can remove at most (assumption).
DISTANCE_PART = 0.25


def freeness(world: World, hours: Hours, parameters: Parameters) -> np.ndarray:
    """Return the freeness of trade (C, N, N), by class of trade; the gateway is the last node."""
    n = world.n_regions + 1
    if world.freeness is None:
        return _from_hours(world, hours, parameters)
    free = np.zeros((len(TRADE), n, n))
    # Given for goods and for services of both kinds.
    free[:, :-1, :-1] = world.freeness[[0, 1, 1]]
    free[:, -1, -1] = 1.0
    if not world.closed:
        free[:, :-1, -1] = free[:, -1, :-1] = _from_hours(world, hours, parameters)[:, :-1, -1]
    return free


def _from_hours(world: World, hours: Hours, parameters: Parameters) -> np.ndarray:
    p = parameters.production
    n = world.n_regions + 1
    time = np.full((n, n), REFERENCE_HOURS)
    time[:-1, :-1] = hours.goods
    if not world.closed:
        time[:-1, -1] = time[-1, :-1] = hours.gateway
        time[-1, -1] = _median(hours.gateway, world.people.sum(axis=1))
    border = _borders(world, p)
    home = np.append(world.home, -1)
    away = home[:, None] != home[None, :]
    zeta = _distance_elasticities(p)
    # Business services travel half as reluctantly as services to consumers.
    local = (0.0, 0.5 * p.local_preference, p.local_preference)
    costs = np.exp(-(p.sigma - 1.0) * border)
    free = np.array(
        [(time / REFERENCE_HOURS) ** -z * costs * (1.0 - n * away) for z, n in zip(zeta, local, strict=True)]
    )
    if world.closed:
        free[:, :-1, -1] = free[:, -1, :-1] = 0.0
    return free


def removable(world: World, hours: Hours, parameters: Parameters) -> np.ndarray:
    """Return the log cost of trade that policy can remove at most, (C, N, N) by class of trade.

    It is the cost of the border and a quarter of what the distance costs.
    """
    p, border = parameters.production, _borders(world, parameters.production)
    far = np.zeros_like(border)
    far[:-1, :-1] = np.maximum(0.0, np.log(hours.goods / REFERENCE_HOURS))
    return np.array([border + DISTANCE_PART * z / (p.sigma - 1.0) * far for z in _distance_elasticities(p)])


def _borders(world: World, p: ProductionParameters) -> np.ndarray:
    """Return the log cost of borders between regions, and to the gateway, (N, N)."""
    border = np.zeros((world.n_regions + 1, world.n_regions + 1))
    border[:-1, :-1] = p.provincial_border * world.across_provinces
    border[:-1, -1] = border[-1, :-1] = p.foreign_border
    return border


def _distance_elasticities(p: ProductionParameters) -> tuple[float, float, float]:
    """Return the distance elasticity of each class of trade."""
    return p.distance_elasticity, p.services_distance_elasticity, p.services_distance_elasticity


def with_wedges(market: Market, wedge: np.ndarray) -> Market:
    """Return a market whose freeness of trade has a wedge by sector; sectors of equal freeness share a matrix.

    Parameters
    ----------
    market : Market
    wedge : (S, N, N) float
        Log cost of trade in addition to that of the links of the year.
    """
    matrices: list[np.ndarray] = []
    classes = np.empty_like(market.trade_class)
    known: list[tuple[int, np.ndarray]] = []
    for s, c in enumerate(market.trade_class):
        for k, (of_class, same) in enumerate(known):
            if of_class == c and np.array_equal(same, wedge[s]):
                classes[s] = k
                break
        else:
            classes[s] = len(known)
            known.append((int(c), wedge[s]))
            matrices.append(market.freeness[c] * np.exp((1.0 - market.sigma) * wedge[s]))
    free = np.array(matrices)
    return market._replace(freeness=free, freeness_transposed=transposed(free), trade_class=classes)


def bulky(cost: np.ndarray, world: World, bulk: np.ndarray | None) -> np.ndarray:
    """Return the log cost of trade by sector (S, N, N) with that of bulky goods on added waterways.

    Parameters
    ----------
    cost : (S, N, N) float
        Wedge on trade, in addition to the links of the year.
    world : World
    bulk : (N, N) float or None
        See `sim.economy.links.Links`; without any the result is ``cost``.
    """
    return cost if bulk is None else cost + world.bulky[:, None, None] * bulk


def _median(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the median of values with weights, both (R,)."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, 0.5 * below[-1])])


def investor_friction(
    information: np.ndarray, home: np.ndarray, bias: np.ndarray, parameters: Parameters
) -> np.ndarray:
    """Return the (R, R) log odds against investing in j from i: information distance and home bias.

    Parameters
    ----------
    information : (R, R) float, h
    home : (R,) int
        Home labels.
    bias : (R,) log odds
        Of savers in i against regions of other home labels.
    parameters : Parameters
    """
    away = home[:, None] != home[None, :]
    return parameters.capital.distance_elasticity * np.log1p(information) + bias[:, None] * away


def inside(home: np.ndarray) -> np.ndarray:
    """Return which pairs (R, R) are parts of one place: moves between them are none."""
    return (home[:, None] == home[None, :]) & ~np.eye(len(home), dtype=bool)
