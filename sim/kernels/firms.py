"""Loops over firms: sums by cell, shocks, exit hazards, the choice of a place.

Rows are cut into blocks of fixed size; sums have a private table per lane of whole blocks and are
added in lane order, so the number of threads never changes a bit.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from sim.kernels import random as rnd

BLOCK = 4096
LANES = 64


@njit(cache=True, error_model="numpy")
def _lanes(n):
    """Return the number of lanes and the rows of each (whole blocks), from the number of rows only."""
    blocks = (n + BLOCK - 1) // BLOCK
    per_lane = max(1, (blocks + LANES - 1) // LANES)
    return (blocks + per_lane - 1) // per_lane, per_lane * BLOCK


@njit(cache=True, parallel=True, error_model="numpy")
def _lane_sums(cell, value, n_cells):
    """Sum ``value`` by cell, one table per lane."""
    n = cell.size
    lanes, rows = _lanes(n)
    tables = np.zeros((lanes, n_cells))
    for lane in prange(lanes):
        for row in range(lane * rows, min(n, (lane + 1) * rows)):
            if cell[row] >= 0:
                tables[lane, cell[row]] += value[row]
    return tables


def cell_sums(cell: np.ndarray, value: np.ndarray, n_cells: int) -> np.ndarray:
    """Sum values by cell, bit-identical for any number of threads.

    Parameters
    ----------
    cell : (F,) int64
        Cell of each row; negative rows are left out.
    value : (F,) float
    n_cells : int

    Returns
    -------
    (n_cells,) float
    """
    out = np.zeros(n_cells)
    for table in _lane_sums(cell, value, n_cells):
        out += table
    return out


@njit(cache=True, parallel=True, error_model="numpy")
def quality(capital, log_z, sector, site, exponent, site_log_z):
    """Weight of each firm in its cell: ``k·z^e``, with the site's factor on z.

    Parameters
    ----------
    capital, log_z : (F,) float
    sector : (F,) int16
    site : (F,) int32
        -1 for ordinary firms.
    exponent : (S,) float
    site_log_z : (n_sites, S) float

    Returns
    -------
    (F,) float
    """
    n = capital.size
    out = np.empty(n)
    for block in prange((n + BLOCK - 1) // BLOCK):
        for f in range(block * BLOCK, min(n, (block + 1) * BLOCK)):
            s = sector[f]
            z = log_z[f]
            if site[f] >= 0:
                z += site_log_z[site[f], s]
            out[f] = capital[f] * math.exp(exponent[s] * z)
    return out


@njit(cache=True, parallel=True, error_model="numpy")
def shock(log_z, key, sector, mean, persistence, sd, draw):
    """Move log productivity one year on, in place: AR(1) around the sector's mean.

    Parameters
    ----------
    log_z : (F,) float
    key : (F,) uint64
    sector : (F,) int16
    mean : (S,) float
    persistence, sd : float
    draw : uint64
        Stream of the year.
    """
    n = log_z.size
    for block in prange((n + BLOCK - 1) // BLOCK):
        for f in range(block * BLOCK, min(n, (block + 1) * BLOCK)):
            m = mean[sector[f]]
            log_z[f] = m + persistence * (log_z[f] - m) + sd * rnd.normal(rnd.mix(draw, key[f]))


@njit(cache=True, parallel=True, error_model="numpy")
def leaving(key, age, own_return, rate, threshold, chance, draw):
    """Which firms close: an age hazard, and insolvency.

    Parameters
    ----------
    key : (F,) uint64
    age : (F,) int16, years
    own_return : (F,) float, 1/yr
        Gross yearly return of the firm's capital.
    rate : float, 1/yr
        Scale of the age-dependent rate.
    threshold : float, 1/yr
        Return below which a firm is insolvent.
    chance : float
        Chance that an insolvent firm closes within the year.
    draw : uint64

    Returns
    -------
    (F,) bool
    """
    n = key.size
    out = np.empty(n, np.bool_)
    for block in prange((n + BLOCK - 1) // BLOCK):
        for f in range(block * BLOCK, min(n, (block + 1) * BLOCK)):
            survives = math.exp(-rate * (0.5 + math.exp(-age[f] / 5.0)))
            if own_return[f] < threshold:
                survives *= 1.0 - chance
            out[f] = rnd.uniform(rnd.mix(draw, key[f])) > survives
    return out


@njit(cache=True, error_model="numpy")
def _gumbel(key):
    """Standard Gumbel draw."""
    return -math.log(-math.log(rnd.uniform(key)))


@njit(cache=True, error_model="numpy")
def best_place(key, sector, city, home, site, friction, attraction, host, site_id, cost, scale, stay, draws):
    """Option of highest utility for one firm: a city ``0..R-1`` or a site ``R..R+n_sites-1``.

    Parameters
    ----------
    key : uint64
    sector, city, home, site : int
    friction : float
        Relative size to the power b, the multiplier of moving costs.
    attraction : (R + n_sites, S) float
        Utility before costs; -inf for what is closed to movers.
    host : (n_sites,) int
    site_id : (n_sites,) uint64
        Identity of each site in its draws.
    cost : (R, R) float
        ``ln(1 + hours)`` of people.
    scale : (3,) float
        ``m0, m1, hq`` in log odds.
    stay : float
        Log odds in favour of staying.
    draws : (2,) uint64
        Streams of cities and sites.

    Returns
    -------
    int
    """
    n_regions = cost.shape[0]
    here = city if site < 0 else n_regions + site
    city_key = rnd.mix(draws[0], key)
    site_key = rnd.mix(draws[1], key)
    best, chosen = -np.inf, here
    for option in range(attraction.shape[0]):
        place = option if option < n_regions else host[option - n_regions]
        u = attraction[option, sector]
        if option == here:
            # A site that is closed to newcomers does not evict the firms it has.
            if u == -np.inf:
                u = attraction[place, sector]
            u += stay
        else:
            # A site asks no entry friction of the host; the way is as long.
            entry = scale[0] if option < n_regions else 0.0
            u -= (entry + scale[1] * cost[city, place]) * friction
        if u == -np.inf:
            continue
        u -= scale[2] * cost[home, place]
        if option < n_regions:
            u += _gumbel(rnd.mix(city_key, option))
        else:
            u += _gumbel(rnd.mix(site_key, site_id[option - n_regions]))
        if u > best:
            best, chosen = u, option
    return chosen


@njit(cache=True, parallel=True, error_model="numpy")
def choose(key, sector, city, home, site, friction, attraction, host, site_id, cost, scale, stay, hazard, draws):
    """Choice of every firm; most do not reconsider and stay.

    Parameters
    ----------
    key : (F,) uint64
    sector, city, home, site : (F,) int
    friction : (F,) float
    attraction, host, site_id, cost, scale, stay
        As in `best_place`.
    hazard : float
        Probability of reconsidering this year.
    draws : (3,) uint64
        Streams of cities, of sites, of reconsidering.

    Returns
    -------
    (F,) int32
        Option as in `best_place`, -1 for firms that stay.
    """
    n = key.size
    out = np.full(n, -1, np.int32)
    for block in prange((n + BLOCK - 1) // BLOCK):
        for f in range(block * BLOCK, min(n, (block + 1) * BLOCK)):
            if rnd.uniform(rnd.mix(draws[2], key[f])) >= hazard:
                continue
            here = city[f] if site[f] < 0 else cost.shape[0] + site[f]
            option = best_place(
                key[f], sector[f], city[f], home[f], site[f], friction[f],
                attraction, host, site_id, cost, scale, stay, draws,
            )
            if option != here:
                out[f] = option
    return out


@njit(cache=True, error_model="numpy")
def admit(option, size, room, n_regions):
    """Which movers find room in the site they chose; first come, first served.

    Parameters
    ----------
    option : (M,) int32
        As in `best_place`.
    size : (M,) float
        Real capital that moves.
    room : (n_sites,) float
        Real capital that still fits; not changed.
    n_regions : int

    Returns
    -------
    (M,) bool
    """
    left = room.copy()
    out = np.ones(option.size, np.bool_)
    for m in range(option.size):
        site = option[m] - n_regions
        if site < 0:
            continue
        if size[m] <= left[site]:
            left[site] -= size[m]
        else:
            out[m] = False
    return out


@njit(cache=True, error_model="numpy")
def flows(sector, origin, destination, capital, count, moved):
    """Add movers to the flow tables; moves within a city are no flow between cities.

    Parameters
    ----------
    sector, origin, destination : (M,) int
    capital : (M,) float
        What moves.
    count, moved : (S, R, R) float
        Changed in place.
    """
    for m in range(sector.size):
        if origin[m] != destination[m]:
            count[sector[m], origin[m], destination[m]] += 1.0
            moved[sector[m], origin[m], destination[m]] += capital[m]
