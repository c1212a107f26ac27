"""The laws as a textbook writes them: every firm looks at every place, every sum is a loop over firms."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from benchmarks.ours import Offer
from sim.kernels import random as rnd


class Choosers(NamedTuple):
    """Firms that choose a place: their numbers, and the multiplier of their moving costs."""

    key: np.ndarray
    sector: np.ndarray
    city: np.ndarray
    home: np.ndarray
    friction: np.ndarray


def choosers(columns: dict[str, np.ndarray], terms: Offer, rows: np.ndarray | slice = slice(None)) -> Choosers:
    """Return firms, or some of them, ready to choose.

    Parameters
    ----------
    columns : dict of str to ndarray
        As `ours.columns` returns them.
    terms : Offer
    rows : (n,) int, optional
    """
    sector, city, home, capital = (columns[name][rows] for name in ("sector", "city", "home", "capital"))
    key = np.arange(len(columns["city"]), dtype=np.uint64)[rows]
    return Choosers(key, sector.astype(np.int64), city.astype(np.int64), home.astype(np.int64),
                    terms.friction(capital, sector))  # fmt: skip


def choose(firms: Choosers, terms: Offer, stream: int, skip: bool = False) -> np.ndarray:
    """Return the city each firm is in after choosing, (n,) int.

    Parameters
    ----------
    firms : Choosers
    terms : Offer
    stream : int
        Of random numbers.
    skip : bool
        Whether firms that do not reconsider are excluded before the choice.
    """
    scale = np.array([terms.entry, terms.distance, terms.headquarters, terms.stay, terms.hazard])
    return _choose(*firms, terms.attraction, terms.way, scale, np.uint64(stream), skip)


@njit(cache=True, error_model="numpy")
def _choose(key, sector, city, home, friction, attraction, way, scale, stream, skip):
    """Gumbel-max over all locations (McFadden 1974), firm by firm; the hazard decides whether it counts."""
    entry, distance, headquarters, stay, hazard = scale
    out = city.copy()
    for f in range(key.size):
        draw = rnd.mix(stream, key[f])
        reconsiders = rnd.uniform(rnd.mix(draw, np.uint64(way.shape[0]))) < hazard
        if skip and not reconsiders:
            continue
        best, chosen = -np.inf, city[f]
        for j in range(way.shape[0]):
            u = attraction[j, sector[f]] - headquarters * way[home[f], j]
            if j == city[f]:
                u += stay
            else:
                u -= (entry + distance * way[city[f], j]) * friction[f]
            u -= math.log(-math.log(rnd.uniform(rnd.mix(draw, np.uint64(j)))))
            if u > best:
                best, chosen = u, j
        if reconsiders:
            out[f] = chosen
    return out


@njit(cache=True, error_model="numpy")
def sums(sector, city, capital, log_z, weight, exponent, n_regions):
    """Sum firms, capital, real firms and ``k z^exponent`` by city and sector, (4, R, S)."""
    out = np.zeros((4, n_regions, exponent.size))
    for f in range(sector.size):
        i, s = city[f], sector[f]
        out[0, i, s] += 1.0
        out[1, i, s] += capital[f]
        out[2, i, s] += weight[f]
        out[3, i, s] += capital[f] * math.exp(exponent[s] * log_z[f])
    return out


@njit(cache=True, error_model="numpy")
def distance(sector, city, home, friction, first, second, way, scale):
    """Sum over firms of the total variation distance between their laws under two attractions (R, S)."""
    entry, per_hour, headquarters, stay, hazard = scale
    n = way.shape[0]
    total, p, q = 0.0, np.empty(n), np.empty(n)
    for f in range(sector.size):
        for j in range(n):
            cost = headquarters * way[home[f], j] - stay
            if j != city[f]:
                cost += stay + (entry + per_hour * way[city[f], j]) * friction[f]
            p[j] = math.exp(first[j, sector[f]] - cost)
            q[j] = math.exp(second[j, sector[f]] - cost)
        whole_p, whole_q, apart = p.sum(), q.sum(), 0.0
        for j in range(n):
            apart += abs(p[j] / whole_p - q[j] / whole_q)
        total += 0.5 * hazard * apart
    return total


def least_changes(firms: Choosers, first: Offer, second: Offer) -> float:
    """Return the least number of choices that can differ between two years' laws, for any coupling of the draws.

    Parameters
    ----------
    firms : Choosers
    first, second : Offer
        Equal except for the attraction of locations.
    """
    scale = np.array([first.entry, first.distance, first.headquarters, first.stay, first.hazard])
    # A level common to all locations changes no choice, and keeps the exponentials in range.
    level = first.attraction.max(axis=0)
    return distance(*firms[1:], first.attraction - level, second.attraction - level, first.way, scale)
