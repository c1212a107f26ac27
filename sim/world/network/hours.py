"""Shortest travel times on a layered graph: one node per city and one per mode, entered at its terminal time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import scipy

PEOPLE_MODES = ("road", "expressway", "rail", "hsr", "air", "metro")
GOODS_MODES = ("road", "expressway", "rail", "waterway")
# Freight counts cost as time, so cheap modes have a generalised speed above their commercial speed.
GOODS_SPEED = {"road": 0.7, "expressway": 0.75, "rail": 0.9, "waterway": 3.0}
DIGITAL_HOURS, DIGITAL_PER_KM = 0.5, 0.0001


def open_edges(edges: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the edges open in a year."""
    return edges[edges["opened"] <= year]


def shortest(
    edges: pd.DataFrame,
    n: int,
    modes: Sequence[str],
    boarding: Mapping[str, float],
    factor: Mapping[str, float] | None = None,
    scale: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Return shortest travel times between cities on the given modes.

    Parameters
    ----------
    edges : DataFrame
        Open edges.
    n : int
        Number of regions R.
    modes : sequence of str
    boarding : mapping of str to float
        Hours to board and leave each mode; half is paid on entry, half on leaving.
    factor : mapping of str to float, optional
        Speed multiplier by mode.
    scale : (R,) float, optional
        Multiplier of the hours of boarding by city.

    Returns
    -------
    (R, R) float, h
        Symmetric, zero on the diagonal, infinite for unconnected pairs.
    """
    graph = layered(edges, n, modes, boarding, factor, scale)
    found = scipy.sparse.csgraph.dijkstra(graph, directed=False, indices=np.arange(n))[:, :n]
    return np.minimum(found, found.T)


def layered(
    edges: pd.DataFrame,
    n: int,
    modes: Sequence[str],
    boarding: Mapping[str, float],
    factor: Mapping[str, float] | None = None,
    scale: np.ndarray | float = 1.0,
) -> scipy.sparse.csr_matrix:
    """Return the graph of nodes ``0..n-1`` and, for mode k from 1, nodes ``k n .. k n + n - 1``; cf. `shortest`."""
    city = np.arange(n)
    tails, heads, times = [], [], []
    for layer, mode in enumerate(modes, start=1):
        part = edges[edges["mode"] == mode]
        speed = part["speed"].to_numpy(float) * (factor[mode] if factor else 1.0)
        tails += [layer * n + part["a"].to_numpy(int), city]
        heads += [layer * n + part["b"].to_numpy(int), layer * n + city]
        # A tiny positive time keeps edges with free boarding: a stored zero would mean no edge.
        times += [part["km"].to_numpy(float) / speed, np.full(n, np.maximum(boarding[mode] / 2 * scale, 1e-9))]
    tail, head, time = (np.concatenate(x) for x in (tails, heads, times))
    return _fastest(tail, head, time, (len(modes) + 1) * n)


def _fastest(tail: np.ndarray, head: np.ndarray, time: np.ndarray, size: int) -> scipy.sparse.csr_matrix:
    """Return the graph with the fastest of parallel edges (a sparse matrix would sum them)."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort((time, high, low))
    low, high, time = low[order], high[order], time[order]
    first = np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])]
    return scipy.sparse.csr_matrix((time[first], (low[first], high[first])), shape=(size, size))


def with_internal(hours: np.ndarray, internal: np.ndarray) -> np.ndarray:
    """Add half of the internal times of both ends; the diagonal is the internal time of the region."""
    result = hours + 0.5 * (internal[:, None] + internal[None, :])
    np.fill_diagonal(result, internal)
    return result


def with_shortcuts(
    hours: np.ndarray, edges: pd.DataFrame, modes: Sequence[str], terminal: Mapping[str, float],
    factor: Mapping[str, float] | None = None, scale: np.ndarray | float = 1.0,
) -> np.ndarray:  # fmt: skip
    """Return the hours given as a matrix, shortened by open edges, (R, R) h; cf. `shortest`.

    Paths may combine matrix entries and new edges; boarding an edge costs its terminal time.
    """
    used = edges[edges["mode"].isin(modes)]
    if not len(used):
        return hours
    direct = hours.copy()
    np.fill_diagonal(direct, 0.0)
    half = np.full(len(hours), 0.5 * scale)
    for row in used.itertuples():
        speed = row.speed * (factor[row.mode] if factor else 1.0)
        time = row.km / speed + terminal[row.mode] * (half[row.a] + half[row.b])
        direct[row.a, row.b] = direct[row.b, row.a] = min(direct[row.a, row.b], time)
    found = scipy.sparse.csgraph.shortest_path(direct, method="D", directed=True)
    np.fill_diagonal(found, np.diag(hours))
    return found


def gateway_hours(goods: np.ndarray, internal: np.ndarray, extra: np.ndarray) -> np.ndarray:
    """Return hours of goods to the world market through the best gateway, (R,) h.

    Parameters
    ----------
    goods : (R, R) float, h
    internal : (R,) float, h
    extra : (R,) float, h
        Hours from each gateway to the world market; infinite elsewhere.
    """
    return _via_gateway(goods, internal, extra).min(axis=1)


def gateway_via(goods: np.ndarray, internal: np.ndarray, extra: np.ndarray) -> np.ndarray:
    """Return the index of the best gateway of each region, (R,) int; -1 without one. See `gateway_hours`."""
    best = _via_gateway(goods, internal, extra).argmin(axis=1)
    return np.where(np.isfinite(extra[best]), best, -1)


def _via_gateway(goods: np.ndarray, internal: np.ndarray, extra: np.ndarray) -> np.ndarray:
    hours = goods.copy()
    np.fill_diagonal(hours, 0.5 * internal)
    return hours + extra[None, :]


def information_hours(people: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return hours of information, (R, R) h: the geometric mean of hours of people and digital hours."""
    return np.sqrt(people * (DIGITAL_HOURS + DIGITAL_PER_KM * distance))
