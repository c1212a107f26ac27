"""The choice of a place: who reconsiders, whether it pays to move, where to.

Symbols: R cities, O = R + sites options, S sectors; a cell is ``option * S + sector``.

The law is that of a logit over all options. A firm draws one word; most words are too large to reconsider, whatever
the firm. For the others exponential clocks of all options race, the same law as the largest of utilities with Gumbel
noise; each option has its own draw, so that a policy changes few choices but those that it concerns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from sim.kernels.firms import BLOCK, DEAD, joined, lanes_of
from sim.kernels.random import mix, word
from sim.kernels.single import exp32, f32, log32, uniform32

CHUNK = 64


class Places(NamedTuple):
    """What firms choose from."""

    attraction: np.ndarray  # (S, O) float32, utility before costs; -inf for what is closed to movers
    stay: np.ndarray  # (O S,) float32, utility of staying before the way to the headquarters
    reach: np.ndarray  # (R, O) float32, ln(1 + hours) from a city to an option
    entry: np.ndarray  # (O,) float32, cost of coming in, log odds
    identity: np.ndarray  # (O,) uint64, of an option in the draws
    city: np.ndarray  # (O,) int64
    mean_capital: np.ndarray  # (S,) float, capital of a firm whose costs are those stated
    way_cost: float  # log odds per log hour
    home_cost: float  # log odds per log hour to the headquarters
    size_exponent: float
    hazard: np.uint64  # firms with a word below it reconsider


@njit(error_model="numpy", inline="always")
def best_place(p, here, s, home, capital, draw, rate, flag):
    """Option that a firm chooses: the one whose exponential clock rings first.

    Parameters
    ----------
    p : Places
    here, s, home : int
        Option where the firm is, its sector, the city of its headquarters.
    capital : float
    draw : uint64
        Of the firm.
    rate, flag : (O,) float32, (O,) uint8
        Room to work in.

    Returns
    -------
    int
    """
    O = p.entry.size
    friction = exp32(f32(p.size_exponent) * log32(f32(capital / p.mean_capital[s])))
    way, back = f32(p.way_cost), f32(p.home_cost)
    reach, homeward, attraction = p.reach[p.city[here]], p.reach[home], p.attraction[s]
    entry, identity = p.entry, p.identity
    # The rate of a clock is exp(utility); utilities count from that of staying, whose rate is one.
    base = p.stay[here * p.mean_capital.size + s] - back * homeward[here]
    for o in range(O):
        rate[o] = attraction[o] - base - friction * (entry[o] + way * reach[o]) - back * homeward[o]
    rate[here] = f32(-np.inf)
    for o in range(O):
        rate[o] = exp32(min(rate[o], f32(88)))
    first, chosen = -log32(f32(1) - uniform32(word(draw, identity[here]))), here
    # A clock rings at -ln(1 - u)/rate, which is not before u/rate: few can ring before that of staying.
    for o in range(O):
        flag[o] = uniform32(word(draw, identity[o])) < first * rate[o]
    for low in range(0, O, CHUNK):
        part, marked = flag[low : low + CHUNK], 0
        for k in range(part.size):
            marked += part[k]
        if marked > 0:
            for k in range(part.size):
                if part[k]:
                    o = low + k
                    time = -log32(f32(1) - uniform32(word(draw, identity[o]))) / rate[o]
                    if time < first:
                        first, chosen = time, o
    return chosen


@njit(cache=True, error_model="numpy")
def _move_lane(rows, start, stop, p, draws, out, chosen):
    """Write row and option of the movers of a lane; return how many."""
    S = np.uint32(p.mean_capital.size)
    rate, marked = np.empty(p.entry.size, np.float32), np.empty(p.entry.size, np.uint8)
    capital, key = np.empty(BLOCK), np.empty(BLOCK, np.uint64)
    place = np.empty((BLOCK, 2), np.int32)
    flag = np.empty(BLOCK, np.uint8)
    some = np.empty(BLOCK, np.int32)
    moved = 0
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        keys, cell = rows.key[low:high], rows.cell[low:high]
        for k in range(keys.size):
            flag[k] = (word(draws[0], keys[k]) < p.hazard) & (cell[k] != DEAD)
        candidates = 0
        for k in range(keys.size):
            some[candidates] = low + k
            candidates += flag[k]
        # Looked up at once, so that the waits for memory overlap.
        for k in range(candidates):
            row = some[k]
            key[k], capital[k] = rows.key[row], rows.capital[row]
            place[k, 0], place[k, 1] = rows.cell[row], rows.home[row]
        for k in range(candidates):
            here, sector = np.uint32(place[k, 0]) // S, np.uint32(place[k, 0]) % S
            option = best_place(p, here, sector, place[k, 1], capital[k], mix(draws[1], key[k]), rate, marked)
            if option != here:
                out[start + moved], chosen[start + moved] = some[k], option
                moved += 1
    return moved


@njit(cache=True, parallel=True, error_model="numpy")
def movers(rows, n, p, draws):
    """Which firms leave their place, and for where.

    Parameters
    ----------
    rows : Rows
        Dead rows are passed over.
    n : int
    p : Places
    draws : (2,) uint64
        Streams of reconsidering and of places.

    Returns
    -------
    row : (M,) int32
        Ascending.
    option : (M,) int32
    """
    lanes, each = lanes_of(n)
    out, chosen = np.empty(n, np.int32), np.empty(n, np.int32)
    count = np.zeros(max(1, lanes), np.int64)
    for lane in prange(lanes):
        count[lane] = _move_lane(rows, lane * each, min(n, (lane + 1) * each), p, draws, out, chosen)
    return joined(out, count, each), joined(chosen, count, each)


@njit(cache=True, error_model="numpy")
def admit(option, size, room, n_regions):
    """Which movers find room in the site they chose; first come, first served.

    Parameters
    ----------
    option : (M,) int32
        Cities ``0..R-1``, then sites.
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
