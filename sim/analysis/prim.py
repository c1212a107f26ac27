"""Scenario discovery by the patient rule induction method (PRIM): boxes of futures with many hits.

Implemented here because no library fits: ``ema_workbench`` 2.5.3 imports its entire framework (with a GPL optimiser,
scikit-learn, seaborn) for this one method, warns on import and uses functions that pandas 3.1 will remove, and
version 3 needs Python 3.12; ``prim`` and ``rhodium`` are GPL. All of them leave the choice of the box to the user.

Peeling (Friedman & Fisher 1999) repeatedly removes the twentieth of the futures at one end of one uncertainty
(or one category) that raises the density most per future removed (Kwakkel & Jaxa-Rozen 2016, so
that categories and numbers compete fairly), until a box would contain fewer than a twentieth of all futures or
only hits. From this trajectory the box with the highest correlation (phi) between membership and hits is chosen, which
balances coverage and density and treats rare and frequent hits equally. Restrictions that are insignificant or do not
improve the correlation are pruned, ends are pasted while the correlation rises. A box is accepted if fewer than one in
twenty permutations of the hits give as good a trajectory, since the best of many boxes fits pure noise, too. Peeling is
greedy: if hits form two regions that share a side, the first box may loosely contain both.

References
----------
Friedman & Fisher (1999), Bump hunting in high-dimensional data. Bryant & Lempert (2010), Thinking inside the box.
Kwakkel & Jaxa-Rozen (2016), Improving scenario discovery for handling heterogeneous uncertainties. Yule (1912), On
the methods of measuring association between two attributes.
Besag & Clifford (1991), Sequential Monte Carlo p-values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

PEEL = 0.05  # share of a box removed per step; the patience of Friedman & Fisher
SMALLEST = 0.05  # minimum share of all futures in a box
PERMUTATIONS = 99


@dataclass(frozen=True)
class Box:
    """A box and its peeling trajectory.

    Attributes
    ----------
    limits : mapping of uncertainty to (low, high), both inclusive, or to a set of categories
        Restricted uncertainties only; open ends are infinite.
    coverage : float, 1
        Share of all hits that lie in this box and in no earlier one.
    density : float, 1
        Share of hits among its futures outside earlier boxes.
    mass : float, 1
        These futures as a share of all.
    quasi_p : mapping of uncertainty to float
        Probability of as many hits in the box without the restriction (Bryant & Lempert 2010).
    p_value : float
        Share of permutations (including the data) with as good a trajectory.
    trajectory : DataFrame
        ``step, stage`` (peel, or chosen for the box itself), ``coverage, density, mass, restricted``; as above.
    """

    limits: Limits
    coverage: float
    density: float
    mass: float
    quasi_p: Mapping[str, float]
    p_value: float
    trajectory: pd.DataFrame


def find_boxes(futures: pd.DataFrame, hits: np.ndarray, seed: int = 0, most: int = 3) -> list[Box]:
    """Return boxes of futures with many hits, each found among the futures outside earlier boxes.

    Parameters
    ----------
    futures : DataFrame, (F, uncertainties)
        Numbers, or text and booleans as categories; no missing values.
    hits : (F,) bool
    seed : int
        Seed of the permutations.
    most : int
        Maximum number of boxes.

    Returns
    -------
    list of Box
        Empty if no box is significant.
    """
    table = encoded(futures)
    hits = np.asarray(hits, dtype=bool)
    left = np.ones(len(table), dtype=bool)
    boxes: list[Box] = []
    while len(boxes) < most and 0 < hits[left].sum() < left.sum():
        rows, here = table[left], hits[left]
        path = list(_peel(rows, here, SMALLEST * len(table)))
        limits = refined(rows, here, max(path, key=lambda step: (step.score, -len(step.limits))).limits)
        value = _chance(rows, here, max(step.score for step in path), SMALLEST * len(table), (seed, len(boxes)))
        if not limits or value > CHANCE:
            break
        boxes.append(_described(rows, here, limits, path, value, (int(hits.sum()), len(table))))
        left &= ~inside(table, limits)
    return boxes


@dataclass(frozen=True)
class _Step:
    limits: Limits
    count: int
    hits: int
    score: float


def _peel(table: pd.DataFrame, hits: np.ndarray, smallest: float) -> Iterator[_Step]:
    """Yield the peeling trajectory, from all futures to the smallest box."""
    numbers = [name for name in table if table[name].dtype == float]
    matrix = table[numbers].to_numpy().T
    categories = {str(name): table[name].to_numpy() for name in table if name not in numbers}
    limits: dict[str, Limit] = {}
    totals = int(hits.sum()), len(hits)
    while True:
        count, found = len(hits), int(hits.sum())
        yield _Step(dict(limits), count, found, score(found, count, totals))
        if found in (0, count):
            return
        cuts = [*_ends(numbers, matrix, hits), *_categories(categories, hits)]
        allowed = [cut for cut in cuts if count - cut[1].sum() >= max(smallest, 1)]
        if not allowed:
            return
        _, out, name, side = max(allowed, key=lambda cut: cut[0])
        matrix, hits = matrix[:, ~out], hits[~out]
        categories = {category: values[~out] for category, values in categories.items()}
        if side is None:
            limits[name] = frozenset(np.unique(categories[name]))
        else:
            limits[name] = _moved(limits.get(name, OPEN), side, matrix[numbers.index(name)])


def _moved(limit: Limit, side: str, kept: np.ndarray) -> Limit:
    low, high = limit
    return (float(kept.min()), float(high)) if side == "low" else (float(low), float(kept.max()))


Cut = tuple[float, np.ndarray, str, str | None]  # gain, removed futures, uncertainty, end


def _gain(out: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Return the increase in density per removed future; the last axis of `out` is futures."""
    count, found = hits.size, hits.sum()
    leaving = out.sum(axis=-1)
    stay = np.maximum(count - leaving, 1)
    return ((found - out @ hits.astype(float)) / stay - found / count) / leaving


def _ends(names: list[str], matrix: np.ndarray, hits: np.ndarray) -> list[Cut]:
    count = hits.size
    if not names:
        return []
    few = max(1, int(PEEL * count))
    ordered = np.partition(matrix, (few - 1, count - few), axis=1)
    out = np.concatenate([matrix <= ordered[:, [few - 1]], matrix >= ordered[:, [count - few]]])
    gains = _gain(out, hits)
    return [
        (float(gains[k]), out[k], names[k % len(names)], "low" if k < len(names) else "high")
        for k in range(len(out))
        if not out[k].all()  # an uncertainty with a single value left cannot be peeled
    ]


def _categories(categories: dict[str, np.ndarray], hits: np.ndarray) -> list[Cut]:
    cuts: list[Cut] = []
    for name, values in categories.items():
        kinds = np.unique(values)
        for kind in kinds if len(kinds) > 1 else ():
            out = values == kind
            cuts.append((float(_gain(out, hits)), out, name, None))
    return cuts


def _chance(table: pd.DataFrame, hits: np.ndarray, best: float, smallest: float, seed: tuple[int, int]) -> float:
    """Return the share of permutations with as good a trajectory; stops early once it is clearly large."""
    draw = np.random.default_rng(seed)
    as_good = 1  # the data themselves
    for k in range(PERMUTATIONS):
        as_good += max(step.score for step in _peel(table, draw.permutation(hits), smallest)) >= best
        if as_good > CHANCE * (PERMUTATIONS + 1):
            return as_good / (k + 2)
    return as_good / (PERMUTATIONS + 1)


def _described(
    table: pd.DataFrame, hits: np.ndarray, limits: Limits, path: list[_Step], value: float, totals: tuple[int, int]
) -> Box:
    total, size = totals
    members = inside(table, limits)
    steps = [*((s.limits, s.count, s.hits) for s in path), (limits, int(members.sum()), int(hits[members].sum()))]
    trajectory = pd.DataFrame(
        {
            "step": range(len(steps)),
            "stage": ["peel"] * len(path) + ["chosen"],
            "coverage": [found / total for _, _, found in steps],
            "density": [found / count for _, count, found in steps],
            "mass": [count / size for _, count, _ in steps],
            "restricted": [len(box) for box, _, _ in steps],
        }
    )
    coverage, density, mass = (float(trajectory[name].iloc[-1]) for name in ("coverage", "density", "mass"))
    return Box(limits, coverage, density, mass, quasi_p(table, hits, limits), value, trajectory)


PASTE = 0.01  # share of a box added back per step


CHANCE = 0.05  # significance level of restrictions (quasi-p) and boxes (p-value)


Limit = tuple[float, float] | frozenset[str]


Limits = Mapping[str, Limit]


OPEN = (-np.inf, np.inf)


def encoded(futures: pd.DataFrame) -> pd.DataFrame:
    """Return uncertainties encoded as floats or as text."""
    numeric = {
        name: pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        for name, column in futures.items()
    }
    return pd.DataFrame(
        {str(n): c.astype(float) if numeric[n] else c.astype(str).astype(object) for n, c in futures.items()}
    )


def inside(table: pd.DataFrame, limits: Limits) -> np.ndarray:
    """Return which rows of an encoded table lie in a box: (F,) bool."""
    members = np.ones(len(table), dtype=bool)
    for name, limit in limits.items():
        values = table[name].to_numpy()
        if isinstance(limit, frozenset):
            members &= np.isin(values, list(limit))
        else:
            members &= (values >= limit[0]) & (values <= limit[1])
    return members


def score(hits: float, count: float, totals: tuple[int, int]) -> float:
    """Return the phi coefficient (Yule 1912) of box membership and hits; 0 for the box of all futures.

    Parameters
    ----------
    hits, count : float
        Numbers of hits and of futures in the box.
    totals : (int, int)
        The same for all futures.

    Examples
    --------
    >>> score(3, 3, (3, 12)), score(3, 12, (3, 12))
    (1.0, 0.0)
    """
    total, size = totals
    if count in (0, size):
        return 0.0
    return float((hits * size - count * total) / np.sqrt(count * (size - count) * total * (size - total)))


def refined(table: pd.DataFrame, hits: np.ndarray, limits: Limits) -> Limits:
    """Return the box after pruning of insignificant restrictions and pasting."""
    return _prune(table, hits, _paste(table, hits, _prune(table, hits, limits)))


def quasi_p(table: pd.DataFrame, hits: np.ndarray, limits: Limits) -> dict[str, float]:
    """Return the quasi-p of each restriction: the probability of as many hits at the density without it."""
    return {
        name: _by_chance(table, hits, limits, {n: limit for n, limit in limits.items() if n != name}) for name in limits
    }


def _by_chance(table: pd.DataFrame, hits: np.ndarray, limits: Limits, looser: Limits) -> float:
    members = inside(table, limits)
    density = hits[inside(table, looser)].mean()
    return float(scipy.stats.binom.sf(hits[members].sum() - 1, members.sum(), density))


def _loosened(limits: Limits) -> Iterator[Limits]:
    """Yield the box without one of its ends, or without the restriction on one categorical uncertainty."""
    for name, limit in limits.items():
        if not isinstance(limit, frozenset) and np.isfinite(limit).all():
            yield {**limits, name: (-np.inf, limit[1])}
            yield {**limits, name: (limit[0], np.inf)}
        else:
            yield {n: one for n, one in limits.items() if n != name}


def _value(table: pd.DataFrame, hits: np.ndarray, limits: Limits) -> float:
    members = inside(table, limits)
    return score(float(hits[members].sum()), float(members.sum()), (int(hits.sum()), len(hits)))


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
    """Yield the box with one end extended by a hundredth of its futures, or with one more category."""
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
