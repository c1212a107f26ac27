"""Boxes of futures with many hits, by the rules of `docs/experiments.md`: peel, prune, paste, test by permutation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from tests.pages.formulas import Array

SHARE = 0.05  # of futures that a step removes, of all futures in the smallest box, of a chance that is accepted
Limits = dict[str, Any]


class Found(NamedTuple):
    """A box: limits (low, high) or sets of categories, its shares, and how likely it is by chance."""

    limits: Limits
    coverage: float
    density: float
    mass: float
    quasi_p: dict[str, float]
    p_value: float


def boxes(columns: Mapping[str, Array], hits: Array) -> list[Found]:
    """Return up to three boxes, each among the futures outside of the earlier ones."""
    columns = {name: _coded(values) for name, values in columns.items()}
    left, found, size = np.ones(len(hits), dtype=bool), list[Found](), len(hits)
    while len(found) < 3 and 0 < hits[left].sum() < left.sum():
        here = {name: values[left] for name, values in columns.items()}
        path = peel(here, hits[left], SHARE * size)
        best = max(path, key=lambda limits: (_phi(here, hits[left], limits), -len(limits)))
        limits = _prune(here, hits[left], _paste(here, hits[left], _prune(here, hits[left], best)))
        limits = {k: v for k, v in limits.items() if not _is_open(here[k], v)}
        p = chance(here, hits[left], max(_phi(here, hits[left], step) for step in path), SHARE * size)
        if not limits or p > SHARE:
            break
        members = inside(here, limits)
        among = hits[left][members]
        quasi = {name: _by_chance(here, hits[left], limits, _without(limits, name)) for name in limits}
        found.append(Found(limits, among.sum() / hits.sum(), among.mean(), members.sum() / size, quasi, p))
        left &= ~inside(columns, limits)
    return found


def _coded(values: Array) -> Array:
    number = np.issubdtype(values.dtype, np.number) and values.dtype != bool
    return values.astype(float) if number else values.astype(str).astype(object)


def _is_open(column: Array, limit: Any) -> bool:
    return set(column) <= limit if isinstance(limit, set) else bool(np.isinf(limit).all())


def _without(limits: Limits, name: str) -> Limits:
    return {key: value for key, value in limits.items() if key != name}


def inside(columns: Mapping[str, Array], limits: Limits) -> Array:
    """Return which futures are in a box."""
    members = np.ones(len(next(iter(columns.values()))), dtype=bool)
    for name, limit in limits.items():
        values = columns[name]
        members &= np.isin(values, list(limit)) if isinstance(limit, set) else (
            (values >= limit[0]) & (values <= limit[1]))  # fmt: skip
    return members


def _phi(columns: Mapping[str, Array], hits: Array, limits: Limits) -> float:
    """Return the correlation of membership and hits."""
    members = inside(columns, limits)
    if members.all() or not members.any():
        return 0.0
    return float(np.corrcoef(members, hits)[0, 1])


def peel(columns: Mapping[str, Array], hits: Array, smallest: float) -> list[Limits]:
    """Return the boxes from all futures to the smallest, each by the cut that raises the density most per future."""
    limits: Limits = {}
    path = [dict(limits)]
    while True:
        members = inside(columns, limits)
        count, dense = members.sum(), hits[members].mean()
        if dense in (0.0, 1.0):
            return path
        few = max(1, int(SHARE * count))
        cuts = []
        for name in sorted(columns, key=lambda n: columns[n].dtype == object):
            values = columns[name][members]
            if columns[name].dtype == object:
                kinds = sorted(set(values))
                cuts += [(name, values == kind, 2) for kind in kinds if len(kinds) > 1]
            else:
                ordered = np.sort(values)
                cuts += [(name, values <= ordered[few - 1], 0), (name, values >= ordered[-few], 1)]
        numbers = [cut for cut in cuts if cut[2] < 2]  # of equal cuts, low ends come first, then high ends
        cuts = [cut for side in (0, 1) for cut in numbers if cut[2] == side] + [cut for cut in cuts if cut[2] == 2]
        allowed = [cut for cut in cuts if not cut[1].all() and count - cut[1].sum() >= max(smallest, 1)]
        if not allowed:
            return path
        inner = hits[members]
        gains = [(inner[~out].mean() - dense) / out.sum() for _, out, _ in allowed]
        name, out, side = allowed[int(np.argmax(np.round(gains, 14)))]
        kept = columns[name][members][~out]
        low, high = limits.get(name, (-np.inf, np.inf)) if side < 2 else (0, 0)
        limits[name] = {0: (kept.min(), high), 1: (low, kept.max()), 2: set(kept)}[side]
        path.append(dict(limits))


def chance(columns: Mapping[str, Array], hits: Array, best: float, smallest: float) -> float:
    """Return the share of permutations with as good a path, from draws of its own."""
    draw, good = np.random.default_rng(22), 1
    for _ in range(99):
        mixed = draw.permutation(hits)
        good += max(_phi(columns, mixed, step) for step in peel(columns, mixed, smallest)) >= best
    return good / 100


def _by_chance(columns: Mapping[str, Array], hits: Array, limits: Limits, looser: Limits) -> float:
    """Return the probability of as many hits at the density of a looser box."""
    members = inside(columns, limits)
    return float(stats.binom.sf(hits[members].sum() - 1, members.sum(), hits[inside(columns, looser)].mean()))


def _looser(limits: Limits) -> list[Limits]:
    found = []
    for name, limit in limits.items():
        if not isinstance(limit, set) and np.isfinite(limit).all():
            found += [{**limits, name: (-np.inf, limit[1])}, {**limits, name: (limit[0], np.inf)}]
        else:
            found.append(_without(limits, name))
    return found


def _prune(columns: Mapping[str, Array], hits: Array, limits: Limits) -> Limits:
    """Leave out ends that chance may explain, or without which the correlation is as high."""
    while limits:
        ways = _looser(limits)
        chances = [_by_chance(columns, hits, limits, way) for way in ways]
        k = int(np.argmax(chances))
        if chances[k] <= SHARE and _phi(columns, hits, ways[k]) < _phi(columns, hits, limits):
            return limits
        limits = ways[k]
    return limits


def _paste(columns: Mapping[str, Array], hits: Array, limits: Limits) -> Limits:
    """Extend ends by a hundredth of the box as long as the correlation rises."""
    while True:
        few, ways = max(1, int(0.01 * inside(columns, limits).sum())), list[Limits]()
        for name, limit in limits.items():
            values = columns[name][inside(columns, _without(limits, name))]
            if isinstance(limit, set):
                ways += [{**limits, name: limit | {kind}} for kind in sorted(set(values) - limit)]
                continue
            low, high = limit
            below, above = np.sort(values[values < low])[::-1], np.sort(values[values > high])
            if np.isfinite(low):
                ways.append({**limits, name: (below[few - 1] if len(below) > few else -np.inf, high)})
            if np.isfinite(high):
                ways.append({**limits, name: (low, above[few - 1] if len(above) > few else np.inf)})
        scores = [_phi(columns, hits, way) for way in ways]
        if not ways or max(scores) <= _phi(columns, hits, limits) + 1e-12:
            return limits
        limits = ways[int(np.argmax(scores))]
