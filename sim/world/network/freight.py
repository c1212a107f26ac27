"""Freight: handling at terminals, ports that policy opens, and bulky goods, for which water has its own speed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.world.network.connect import Known, Link, Terminals, edges_in_use, goods_hours
from sim.world.network.hours import gateway_hours
from sim.world.types import World

ROUNDING = 1e-12  # relative change of hours below which it is that of an update


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


@dataclass(frozen=True)
class BulkSaving:
    """What waterways that policy has added save bulky goods.

    Attributes
    ----------
    saving : (N, N) float, log
        Change of hours, weighted with shares; at most 0. The gateway is the last node.
    known : dict of float to Known
        Hours of bulky goods with the waterways that carry this share or more, by share; without any for an infinite
        share.
    """

    saving: np.ndarray
    known: dict[float, Known]


def bulk_saving(
    world: World, year: int, added: Sequence[Link], speeds: Mapping[tuple[int, int, str], float],
    terminals: Terminals, bulk: Bulk, before: BulkSaving | None = None,
) -> BulkSaving | None:  # fmt: skip
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
    before : BulkSaving, optional
        Of an earlier year, whose hours are updated.

    Returns
    -------
    BulkSaving or None
        None without such waterways.
    """
    shares = sorted({e.bulk_share for e in added if e.mode == "waterway" and e.bulk_share > 0}, reverse=True)
    if not shares:
        return None
    saving = np.zeros((world.n_regions + 1, world.n_regions + 1))
    known: dict[float, Known] = {}
    was, last = {} if before is None else before.known, None
    links, without = [e for e in added if e.mode != "waterway"], np.ones(saving.shape)
    for share in (math.inf, *shares):
        links += [e for e in added if e.mode == "waterway" and e.bulk_share == share]
        edges = edges_in_use(world, year, links, speeds)
        goods = goods_hours(world, edges, bulk.handling, bulk.speed, terminals, was.get(share, last))
        last = known[share] = Known(edges, goods, terminals.handling)
        using = _between_nodes(world, goods, terminals)
        if math.isfinite(share):
            faster = np.isfinite(using) & (using < without * (1.0 - ROUNDING))
            saving[faster] += share * np.log(using[faster] / without[faster])
        without = using
    return BulkSaving(saving, known)


def _between_nodes(world: World, goods: np.ndarray, terminals: Terminals) -> np.ndarray:
    """Return hours between nodes, (N, N) h, from those between regions; the gateway is the last, 1 h within it."""
    net = world.network
    hours = np.ones((world.n_regions + 1, world.n_regions + 1))
    hours[:-1, :-1] = goods
    hours[:-1, -1] = hours[-1, :-1] = gateway_hours(goods, net.internal_hours, terminals.port_hours(net))
    return hours
