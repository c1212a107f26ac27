"""Travel times of a year from the ways in use; after a change only what it shortens is computed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
import scipy

from sim.world.hours import (
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


class Way(Protocol):
    """The part of an ordered edge that is needed here."""

    @property
    def a(self) -> int: ...
    @property
    def b(self) -> int: ...
    @property
    def mode(self) -> str: ...
    @property
    def km(self) -> float: ...
    @property
    def speed(self) -> float: ...
    @property
    def line(self) -> str: ...


def edges_in_use(
    world: World, year: int, more: Iterable[Way] = (), speeds: Mapping[tuple[int, int, str], float] | None = None
) -> pd.DataFrame:
    """Return the ways in use in a year: columns ``a, b, mode, km, speed, opened, line``.

    Parameters
    ----------
    world : World
    year : int
        The world's ways opened by then are in use.
    more : iterable of Edge
        Ways that mechanisms have opened.
    speeds : mapping of (a, b, mode) to float, optional
        Factors on the speed of the world's ways.
    """
    edges = open_edges(world.network.edges, year).reset_index(drop=True)
    if speeds:
        low, high = edges[["a", "b"]].min(axis=1), edges[["a", "b"]].max(axis=1)
        ways = zip(low, high, edges["mode"], strict=True)
        edges = edges.assign(speed=edges["speed"] * np.array([speeds.get(way, 1.0) for way in ways]))
    rows = [(e.a, e.b, e.mode, e.km, e.speed, year, e.line) for e in more]
    if not rows:
        return edges
    new = pd.DataFrame(rows, columns=edges.columns).assign(opened=edges["opened"].max())
    return pd.concat([edges, new], ignore_index=True)


def line_edges(world: World, line: str = "") -> list[Any]:
    """Return the ways of a line that is not open in the world's year; without a name the names of all such lines."""
    edges = world.network.edges
    planned = edges[(edges["opened"] > world.year) & (edges["line"] != "")]
    if line:
        return [e for e in planned.itertuples() if line in e.line.split(" + ")]
    return sorted({name for text in planned["line"] for name in text.split(" + ")})


def travel_hours(world: World, edges: pd.DataFrame, before: tuple[pd.DataFrame, Hours] | None = None) -> Hours:
    """Travel times on the ways in use.

    Parameters
    ----------
    world : World
    edges : DataFrame
        From `edges_in_use`.
    before : (DataFrame, Hours), optional
        Ways and hours of the year before. Where ways were only added, a shortest way either is the old one or
        passes an end of a new one, so that searches from those ends give the exact result.
    """
    net = world.network
    if net.hours is not None:
        people, goods = (
            with_shortcuts(stated, edges, modes, net.terminal_hours)
            for stated, modes in ((net.hours.people, PEOPLE_MODES), (net.hours.goods, GOODS_MODES))
        )
        information = net.hours.information * np.sqrt(people / net.hours.people)
    else:
        handling = {mode: net.terminal_hours[f"goods_{mode}"] for mode in GOODS_MODES}
        people = _direct(net, edges, PEOPLE_MODES, net.terminal_hours, None, before, "people")
        goods = _direct(net, edges, GOODS_MODES, handling, GOODS_SPEED, before, "goods")
        information = information_hours(people, world.distances)
    return Hours(people, goods, information, gateway_hours(goods, net.internal_hours, net.port_hours))


def _direct(
    net: Network, edges: pd.DataFrame, modes: Sequence[str], boarding: Mapping[str, float],
    factor: Mapping[str, float] | None, before: tuple[pd.DataFrame, Hours] | None, layer: str,
) -> np.ndarray:  # fmt: skip
    """Hours from door to door on some modes, (R, R) h; from the old ones where ways were only added."""
    n, used = len(net.internal_hours), edges[edges["mode"].isin(modes)]
    if before is None:
        return with_internal(shortest(used, n, modes, boarding, factor), net.internal_hours)
    added, lost = _changes(before[0][before[0]["mode"].isin(modes)], used)
    known = getattr(before[1], layer)
    if len(lost):
        return with_internal(shortest(used, n, modes, boarding, factor), net.internal_hours)
    if not len(added):
        return known
    graph = layered(used, n, modes, boarding, factor)
    position = {mode: k for k, mode in enumerate(modes, start=1)}
    ends = sorted({position[e.mode] * n + end for e in added.itertuples() for end in (int(e.a), int(e.b))})
    reach = scipy.sparse.csgraph.dijkstra(graph, directed=False, indices=ends)[:, :n]
    direct = known - 0.5 * (net.internal_hours[:, None] + net.internal_hours[None, :])
    np.fill_diagonal(direct, 0.0)
    for row in reach:
        np.minimum(direct, row[:, None] + row[None, :], out=direct)
    return with_internal(direct, net.internal_hours)


def _changes(old: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ways that are only in the new table, and only in the old one."""
    columns = ["a", "b", "mode", "km", "speed"]
    both = old[columns].merge(new[columns], how="outer", indicator=True)
    return both[both["_merge"] == "right_only"], both[both["_merge"] == "left_only"]
