"""Boxes of futures: who lies inside, which limits may be chance, how a box is made simpler and wider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import scipy

PASTE = 0.01  # of a box, put back at once
CHANCE = 0.05  # quasi-p above which a restriction, and p-value above which a box, may be chance

Limit = tuple[float, float] | frozenset[str]
Limits = Mapping[str, Limit]
OPEN = (-np.inf, np.inf)


def tidy(futures: pd.DataFrame) -> pd.DataFrame:
    """Return uncertainties as floats or as text."""
    numeric = {
        name: pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        for name, column in futures.items()
    }
    return pd.DataFrame(
        {str(n): c.astype(float) if numeric[n] else c.astype(str).astype(object) for n, c in futures.items()}
    )


def inside(table: pd.DataFrame, limits: Limits) -> np.ndarray:
    """Return which rows of a tidy table lie in a box: (F,) bool."""
    held = np.ones(len(table), dtype=bool)
    for name, limit in limits.items():
        values = table[name].to_numpy()
        if isinstance(limit, frozenset):
            held &= np.isin(values, list(limit))
        else:
            held &= (values >= limit[0]) & (values <= limit[1])
    return held


def score(hits: float, count: float, whole: tuple[int, int]) -> float:
    """Return the correlation of lying in a box with being a hit (phi of Yule 1912): 0 for all futures.

    Parameters
    ----------
    hits, count : float
        Futures in the box that are hits, and all of them.
    whole : (int, int)
        The same of all futures.

    Examples
    --------
    >>> score(3, 3, (3, 12)), score(3, 12, (3, 12))
    (1.0, 0.0)
    """
    total, size = whole
    if count in (0, size):
        return 0.0
    return float((hits * size - count * total) / np.sqrt(count * (size - count) * total * (size - total)))


def refined(table: pd.DataFrame, hits: np.ndarray, limits: Limits) -> Limits:
    """Return the box without restrictions that may be chance, its ends pasted back as far as that helps."""
    return _prune(table, hits, _paste(table, hits, _prune(table, hits, limits)))


def quasi_p(table: pd.DataFrame, hits: np.ndarray, limits: Limits) -> dict[str, float]:
    """Return each restriction's quasi-p: the chance of as many hits in the box at the density without it."""
    return {
        name: _by_chance(table, hits, limits, {n: limit for n, limit in limits.items() if n != name}) for name in limits
    }


def _by_chance(table: pd.DataFrame, hits: np.ndarray, limits: Limits, looser: Limits) -> float:
    held = inside(table, limits)
    density = hits[inside(table, looser)].mean()
    return float(scipy.stats.binom.sf(hits[held].sum() - 1, held.sum(), density))


def _loosened(limits: Limits) -> Iterator[Limits]:
    """Yield the box without one of its ends, or without the choice of categories of one uncertainty."""
    for name, limit in limits.items():
        if not isinstance(limit, frozenset) and np.isfinite(limit).all():
            yield {**limits, name: (-np.inf, limit[1])}
            yield {**limits, name: (limit[0], np.inf)}
        else:
            yield {n: one for n, one in limits.items() if n != name}


def _value(table: pd.DataFrame, hits: np.ndarray, limits: Limits) -> float:
    held = inside(table, limits)
    return score(float(hits[held].sum()), float(held.sum()), (int(hits.sum()), len(hits)))


def _prune(table: pd.DataFrame, hits: np.ndarray, limits: Limits) -> Limits:
    while limits:
        ranked = [(_by_chance(table, hits, limits, fewer), k, fewer) for k, fewer in enumerate(_loosened(limits))]
        chance, _, fewer = max(ranked, key=lambda x: (x[0], -x[1]))
        if chance <= CHANCE and _value(table, hits, fewer) < _value(table, hits, limits):
            return limits
        limits = fewer
    return limits


def _paste(table: pd.DataFrame, hits: np.ndarray, limits: Limits) -> Limits:
    best = _value(table, hits, limits)
    while True:
        wider = [(_value(table, hits, w), k, w) for k, w in enumerate(_widened(table, limits))]
        value, _, found = max(wider, key=lambda x: (x[0], -x[1]), default=(-np.inf, 0, limits))
        if value <= best:
            return {name: limit for name, limit in limits.items() if not _open(table[name], limit)}
        best, limits = value, found


def _open(column: pd.Series, limit: Limit) -> bool:
    if isinstance(limit, frozenset):
        return set(column) <= limit
    return bool(np.isinf(limit).all())


def _widened(table: pd.DataFrame, limits: Limits) -> Iterator[Limits]:
    """Yield the box with one end moved out by a hundredth of its futures, or with one category more."""
    few = max(1, int(PASTE * inside(table, limits).sum()))
    for name, limit in limits.items():
        others = inside(table, {n: one for n, one in limits.items() if n != name})
        values = table[name].to_numpy()[others]
        if isinstance(limit, frozenset):
            yield from ({**limits, name: limit | {kind}} for kind in sorted(set(values) - limit))
            continue
        low, high = limit
        below, above = np.sort(values[values < low])[::-1], np.sort(values[values > high])
        if np.isfinite(low):
            yield {**limits, name: (float(below[few - 1]) if len(below) > few else -np.inf, float(high))}
        if np.isfinite(high):
            yield {**limits, name: (float(low), float(above[few - 1]) if len(above) > few else np.inf)}
