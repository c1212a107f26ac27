"""Travel times of a year on the links in use, updated incrementally after changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
import scipy

from sim.world.network.hours import (
    GOODS_MODES,
    GOODS_SPEED,
    PEOPLE_MODES,
    gateway_hours,
    information_hours,
    layered,
    open_edges,
    shortest,
    with_internal,
    with_shortcuts,
)
from sim.world.types import Hours, Network, World


class Link(Protocol):
    """The attributes of an added edge used here."""

    @property
    def a(self) -> int:
        """Region at one end."""

    @property
    def b(self) -> int:
        """Region at the other end."""

    @property
    def mode(self) -> str:
        """Mode of transport."""

    @property
    def km(self) -> float:
        """Length [km]."""

    @property
    def speed(self) -> float:
        """Speed [km/h]."""

    @property
    def line(self) -> str:
        """Name of the line, if it belongs to one."""

    @property
    def bulk_share(self) -> float:
        """Of a waterway: part of the trade in bulky goods that it can carry."""


@dataclass(frozen=True)
class Terminals:
    """Terminals of goods as policy has changed them; by default they are those of the world.

    Attributes
    ----------
    handling : tuple of float, log
        Change of the hours of handling by region; empty if there is none.
    ports : tuple of (int, float)
        Regions in which ports were opened, and hours from each to the world market.
    """

    handling: tuple[float, ...] = ()
    ports: tuple[tuple[int, float], ...] = ()

    @property
    def scale(self) -> np.ndarray | float:
        """Multiplier of the hours of handling by region."""
        return np.exp(self.handling) if self.handling else 1.0

    def port_hours(self, net: Network) -> np.ndarray:
        """Return generalised hours from each region to the world market, (R,) h; infinite without a port."""
        hours = net.port_hours.copy()
        for region, most in self.ports:
            hours[region] = min(hours[region], most)
        return hours * self.scale


class Known(NamedTuple):
    """Hours of one kind of travel that are known, from which others are updated.

    Attributes
    ----------
    edges : DataFrame
        Links in use.
    hours : (R, R) float, h
    handling : tuple of float, log
        Change of the hours of handling by region; empty if there is none.
    """

    edges: pd.DataFrame
    hours: np.ndarray
    handling: tuple[float, ...] = ()


def edges_in_use(
    world: World, year: int, more: Iterable[Link] = (), speeds: Mapping[tuple[int, int, str], float] | None = None
) -> pd.DataFrame:
    """Return the links in use in a year: columns ``a, b, mode, km, speed, opened, line``.

    Parameters
    ----------
    world : World
    year : int
        Links of the world opened by then are in use.
    more : iterable of Edge
        Links opened by mechanisms.
    speeds : mapping of (a, b, mode) to float, optional
        Factors on the speed of the links of the world.
    """
    edges = open_edges(world.network.edges, year).reset_index(drop=True)
    if speeds:
        low, high = edges[["a", "b"]].min(axis=1), edges[["a", "b"]].max(axis=1)
        pairs = zip(low, high, edges["mode"], strict=True)
        edges = edges.assign(speed=edges["speed"] * np.array([speeds.get(pair, 1.0) for pair in pairs]))
    rows = [(e.a, e.b, e.mode, e.km, e.speed, year, e.line) for e in more]
    if not rows:
        return edges
    new = pd.DataFrame(rows, columns=edges.columns).assign(opened=edges["opened"].max())
    return pd.concat([edges, new], ignore_index=True)


def line_edges(world: World, line: str = "") -> list[Any]:
    """Return the links of a planned line not yet open in the base year; without a name the names of all such lines."""
    edges = world.network.edges
    planned = edges[(edges["opened"] > world.year) & (edges["line"] != "")]
    if line:
        return [e for e in planned.itertuples() if line in e.line.split(" + ")]
    return sorted({name for text in planned["line"] for name in text.split(" + ")})


def travel_hours(
    world: World, edges: pd.DataFrame, before: tuple[pd.DataFrame, Hours] | None = None,
    terminals: Terminals = Terminals(),
) -> Hours:  # fmt: skip
    """Return travel times on the links in use.

    Parameters
    ----------
    world : World
    edges : DataFrame
        From `edges_in_use`.
    before : (DataFrame, Hours), optional
        Links and hours of the year before. If links were only added or sped up and handling only became faster, a
        shortest path is either the old one or passes an end of such a link or a city of faster handling, so that
        searches from these give the exact result.
    terminals : Terminals, optional
        Of goods.
    """
    net = world.network
    handling = {mode: net.terminal_hours[f"goods_{mode}"] for mode in GOODS_MODES}
    if net.hours is not None:
        people = with_shortcuts(net.hours.people, edges, PEOPLE_MODES, net.terminal_hours)
        information = net.hours.information * np.sqrt(people / net.hours.people)
    else:
        known = None if before is None else Known(before[0], before[1].people)
        people = _direct(net, edges, PEOPLE_MODES, net.terminal_hours, None, known)
        information = information_hours(people, world.distances)
    known = None if before is None else Known(before[0], before[1].goods, before[1].handling)
    goods = goods_hours(world, edges, handling, GOODS_SPEED, terminals, known)
    gateway = gateway_hours(goods, net.internal_hours, terminals.port_hours(net))
    return Hours(people, goods, information, gateway, terminals.handling)


def goods_hours(
    world: World, edges: pd.DataFrame, handling: Mapping[str, float], speed: Mapping[str, float],
    terminals: Terminals, before: Known | None = None,
) -> np.ndarray:  # fmt: skip
    """Return hours of goods between regions, (R, R) h.

    Parameters
    ----------
    world : World
    edges : DataFrame
        From `edges_in_use`.
    handling : mapping of str to float, h
        To load and unload each mode, before the changes of policy. Hours that a world gives as a matrix contain it.
    speed : mapping of str to float
        Generalised over commercial speed of each mode.
    terminals : Terminals
    before : Known, optional
        Hours with the same speeds, and the same handling before the changes of policy, to be updated.
    """
    net = world.network
    if net.hours is not None:
        return with_shortcuts(net.hours.goods, edges, GOODS_MODES, handling, speed, terminals.scale)
    eased = None if before is None else _eased(before.handling, terminals.handling, world.n_regions)
    known = None if eased is None else before
    return _direct(net, edges, GOODS_MODES, handling, speed, known, terminals.scale, eased)


def first_hours(world: World) -> tuple[pd.DataFrame, Hours]:
    """Return links and travel times of the base year of a world; cached with the world, read-only."""
    kept = vars(world)
    if "first_hours" not in kept:
        edges = edges_in_use(world, world.year)
        hours = travel_hours(world, edges)
        for matrix in (hours.people, hours.goods, hours.information, hours.gateway):
            matrix.flags.writeable = False
        kept["first_hours"] = edges, hours
    return kept["first_hours"]


def _direct(
    net: Network, edges: pd.DataFrame, modes: Sequence[str], boarding: Mapping[str, float],
    factor: Mapping[str, float] | None, before: Known | None, scale: np.ndarray | float = 1.0,
    eased: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Return door-to-door hours on some modes, (R, R) h; updated if links were only added or sped up.

    ``eased`` are cities that have become faster to board in, (k,) int.
    """
    n = len(net.internal_hours)
    if before is not None:
        ends = _faster(_links(before.edges, n, modes), _links(edges, n, modes), n)
        if ends is not None and eased is not None:
            ends = np.union1d(ends, eased)
        if ends is not None and not len(ends):
            return before.hours
        if ends is not None:
            direct = before.hours - 0.5 * (net.internal_hours[:, None] + net.internal_hours[None, :])
            np.fill_diagonal(direct, 0.0)
            graph = layered(edges, n, modes, boarding, factor, scale)
            for row in scipy.sparse.csgraph.dijkstra(graph, directed=False, indices=ends)[:, :n]:
                np.minimum(direct, row[:, None] + row[None, :], out=direct)
            return with_internal(direct, net.internal_hours)
    return with_internal(shortest(edges, n, modes, boarding, factor, scale), net.internal_hours)


def _links(edges: pd.DataFrame, n: int, modes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return linked pairs of cities by mode, as sorted numbers, and the hours of the fastest link of each."""
    a, b = edges["a"].to_numpy(np.int64), edges["b"].to_numpy(np.int64)
    mode = edges["mode"].to_numpy(object)
    layer = np.select([mode == name for name in modes], range(1, len(modes) + 1), 0)
    pair = (layer * n + np.minimum(a, b)) * n + np.maximum(a, b)
    hours = edges["km"].to_numpy(float) / edges["speed"].to_numpy(float)
    order = np.lexsort((hours, pair))
    order = order[layer[order] > 0]
    unique, first = np.unique(pair[order], return_index=True)
    return unique, hours[order][first]


def _eased(before: tuple[float, ...], now: tuple[float, ...], n: int) -> np.ndarray | None:
    """Return the cities whose handling has become faster, (k,) int; None if that of a city has become slower."""
    was, is_now = (np.array(handling) if handling else np.zeros(n) for handling in (before, now))
    return None if (is_now > was).any() else np.flatnonzero(is_now < was)


def _faster(old: tuple[np.ndarray, np.ndarray], new: tuple[np.ndarray, np.ndarray], n: int) -> np.ndarray | None:
    """Return one end node of each new or faster link in the layered graph; None if a link was lost or slowed down."""
    (was, slow), (now, fast) = old, new
    at = np.searchsorted(now, was)
    if len(was) and (at.max() >= len(now) or (now[at] != was).any() or (fast[at] > slow).any()):
        return None
    before = np.full(len(now), np.inf)
    before[at] = slow
    return np.unique(now[fast < before] // n)
