"""The laws as a textbook writes them: every firm looks at every place, every sum is a loop over firms."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from benchmarks.ours import Offer
from sim.kernels import random as rnd


class Choosers(NamedTuple):
    """Firms that choose a place: their numbers, multipliers of moving costs, log odds for thin places."""

    key: np.ndarray
    sector: np.ndarray
    city: np.ndarray
    home: np.ndarray
    friction: np.ndarray
    stage: np.ndarray


def choosers(columns: dict[str, np.ndarray], terms: Offer, rows: np.ndarray | slice = slice(None)) -> Choosers:
    """Return firms, or some of them, ready to choose.

    Parameters
    ----------
    columns : dict of str to ndarray
        As `ours.columns` returns them.
    terms : Offer
    rows : (n,) int, optional
    """
    names = ("sector", "city", "home", "capital", "weight", "age")
    sector, city, home, capital, weight, age = (columns[name][rows] for name in names)
    key = np.arange(len(columns["city"]), dtype=np.uint64)[rows]
    return Choosers(key, sector.astype(np.int64), city.astype(np.int64), home.astype(np.int64),
                    terms.friction(capital, weight, sector), terms.stage(age, sector))  # fmt: skip


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
    return _choose(firms, terms, np.uint64(stream), skip)


@njit(error_model="numpy")
def _utility(firms, f, j, terms):
    """Utility of a city for firm f: of its own plot if it is there, of plots elsewhere if not."""
    i, s = firms.city[f], firms.sector[f]
    u = terms.stay[i, s] if j == i else terms.attraction[j, s] - terms.cost[i, j] * firms.friction[f]
    return u - terms.away[firms.home[f], j] + firms.stage[f] * terms.thin[j]


@njit(cache=True, error_model="numpy")
def _choose(firms, terms, stream, skip):
    """Gumbel-max over all locations (McFadden 1974), firm by firm; the hazard decides whether it counts."""
    n = terms.thin.size
    out = firms.city.copy()
    for f in range(out.size):
        draw = rnd.mix(stream, firms.key[f])
        reconsiders = rnd.uniform(rnd.mix(draw, np.uint64(n))) < terms.hazard
        if skip and not reconsiders:
            continue
        best, chosen = -np.inf, out[f]
        for j in range(n):
            u = _utility(firms, f, j, terms)
            u -= math.log(-math.log(rnd.uniform(rnd.mix(draw, np.uint64(j)))))
            if u > best:
                best, chosen = u, j
        if reconsiders:
            out[f] = chosen
    return out


@njit(cache=True, error_model="numpy")
def sums(sector, city, capital, log_z, weight, exponent, n_regions, n_sectors):
    """Sum firms, capital, real firms and ``k z^exponent`` by city and sector, (4, R, S)."""
    out = np.zeros((4, n_regions, n_sectors))
    for f in range(sector.size):
        i, s = city[f], sector[f]
        out[0, i, s] += 1.0
        out[1, i, s] += capital[f]
        out[2, i, s] += weight[f]
        out[3, i, s] += capital[f] * math.exp(exponent * log_z[f])
    return out


@njit(cache=True, error_model="numpy")
def _distance(firms, first, second):
    """Sum over firms of the total variation distance between their laws under two offers."""
    n = first.thin.size
    total, p, q = 0.0, np.empty(n), np.empty(n)
    for f in range(firms.city.size):
        for j in range(n):
            p[j] = math.exp(_utility(firms, f, j, first))
            q[j] = math.exp(_utility(firms, f, j, second))
        whole_p, whole_q, apart = p.sum(), q.sum(), 0.0
        for j in range(n):
            apart += abs(p[j] / whole_p - q[j] / whole_q)
        total += 0.5 * first.hazard * apart
    return total


def least_changes(firms: Choosers, first: Offer, second: Offer) -> float:
    """Return the least number of choices that can differ between two years' laws, for any coupling of the draws.

    Parameters
    ----------
    firms : Choosers
    first, second : Offer
        Equal except for the utilities of locations.
    """
    # A level common to all locations changes no choice, and keeps the exponentials in range.
    level = first.attraction.max(axis=0)
    first, second = (x._replace(attraction=x.attraction - level, stay=x.stay - level) for x in (first, second))
    return _distance(firms, first, second)
