"""Freight: handling at terminals, ports that policy opens, and bulky goods, for which water has its own speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.world.network.connect import Link, Terminals, edges_in_use, goods_hours
from sim.world.network.hours import gateway_hours
from sim.world.types import World


@dataclass(frozen=True)
class Bulk:
    """How bulky goods travel.

    Attributes
    ----------
    speed : mapping of str to float
        Generalised over commercial speed, by mode of goods.
    handling : mapping of str to float, h
        Hours to load and unload each mode.
    """

    speed: Mapping[str, float]
    handling: Mapping[str, float]


def bulk_saving(
    world: World, year: int, added: Sequence[Link], speeds: Mapping[tuple[int, int, str], float],
    terminals: Terminals, bulk: Bulk,
) -> np.ndarray | None:  # fmt: skip
    """Return the log change of the hours of bulky goods by waterways that policy has added, weighted with their shares.

    A share of the trade can use a waterway. Of several waterways those that can carry a larger share come first, so
    that a share of the trade has all those with that share or more.

    Parameters
    ----------
    world : World
    year : int
    added : sequence of Edge
        Links opened by mechanisms.
    speeds : mapping of (a, b, mode) to float
        Factors on the speed of the links of the world.
    terminals : Terminals
    bulk : Bulk

    Returns
    -------
    (N, N) float, log, or None
        At most 0; the gateway is the last node. None without such waterways.
    """
    shares = sorted({e.bulk_share for e in added if e.mode == "waterway" and e.bulk_share > 0}, reverse=True)
    if not shares:
        return None
    saving = np.zeros((world.n_regions + 1, world.n_regions + 1))
    links = [e for e in added if e.mode != "waterway"]
    without = _bulk_hours(world, year, links, speeds, terminals, bulk)
    for share in shares:
        links += [e for e in added if e.mode == "waterway" and e.bulk_share == share]
        using = _bulk_hours(world, year, links, speeds, terminals, bulk)
        known = np.isfinite(without) & np.isfinite(using)
        saving[known] += share * np.log(using[known] / without[known])
        without = using
    return saving


def _bulk_hours(
    world: World, year: int, added: Sequence[Link], speeds: Mapping[tuple[int, int, str], float],
    terminals: Terminals, bulk: Bulk,
) -> np.ndarray:  # fmt: skip
    """Return the hours of bulky goods between nodes, (N, N) h; the gateway is the last, 1 h within it."""
    net = world.network
    hours = np.ones((world.n_regions + 1, world.n_regions + 1))
    goods = goods_hours(world, edges_in_use(world, year, added, speeds), bulk.handling, bulk.speed, terminals)
    hours[:-1, :-1] = goods
    hours[:-1, -1] = hours[-1, :-1] = gateway_hours(goods, net.internal_hours, terminals.port_hours(net))
    return hours
