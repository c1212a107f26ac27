"""Location choice of firms: whether to move, where to, and admission to sites with limited capacity.

Symbols: R cities, O = R + sites options, S sectors; a cell is ``option * S + sector``.

Choice probabilities are those of a logit over all options. They are drawn by competing exponential clocks, one for each
option, which is equivalent to the maximum of utilities with Gumbel errors; each option has its own draw, so that a
policy changes hardly any choices but those of the firms it affects.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from sim.kernels.firms import WEIGHT_UNIT, divided
from sim.kernels.intrinsics import as_bits, fma, trailing_zeros
from sim.kernels.maths import exp
from sim.kernels.maths32 import exp32, f32, log32, uniform32
from sim.kernels.random import lower, mix, upper

BATCH = 256
# The bits of a float, read as an integer, are linear in its logarithm: units per natural log, and the bits of 1.
UNIT, ZERO = f32(2.0**23 / math.log(2.0)), f32(127 * 2.0**23)
# More than the rounding of a logarithm in single precision.
SLACK = f32(1e-3)


class Locations(NamedTuple):
    """Options of location choice: cities, then sites."""

    attraction: np.ndarray  # (S, O) float32, utility before costs; -inf if closed to movers
    stay: np.ndarray  # (O S,) float32, utility of staying before the cost of distance to the headquarters
    cost: np.ndarray  # (O, O) float32, log odds, of moving between options for a firm of the reference size
    reach: np.ndarray  # (R, O) float32, ln(1 + hours) from a city to an option
    thin: np.ndarray  # (O,) float32, log of the mean density over that of the option's city
    identity: np.ndarray  # (O,) uint32, identity of an option in the draws
    city: np.ndarray  # (O,) int64
    mean_capital: np.ndarray  # (S,) float, capital of the reference firm for costs of moving
    by_firm: bool  # whether the size of a firm is its capital per real firm, or that of the agent
    home_cost: float  # log odds per log hour to the headquarters
    size_exponent: float
    life_cycle: np.ndarray  # (S,) float32, log odds for sparse regions of a fully mature firm over a new one
    maturity: float  # mean maturity of capital in the base year
    maturing: float  # years over which firms mature


@njit(error_model="numpy", inline="always")
def mature(age, years):
    """Return the maturity of a firm, from 0 at founding to 1."""
    return f32(1) - exp32(-f32(age) / f32(years))


@njit(error_model="numpy", inline="always")
def option_word(first, second, identity):
    """Return 32 random bits of an option for a firm, from the halves of its bits (two rounds of Wellons' lowbias32)."""
    x = np.uint32(first ^ identity)
    x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ second)
    x = np.uint32((x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


class Clocks(NamedTuple):
    """Exponential clocks that may ring before that of staying, one entry per clock."""

    firm: np.ndarray  # int32, index in the batch
    option: np.ndarray  # int32
    bits: np.ndarray  # uint32, random
    utility: np.ndarray  # float32, relative to staying
    time: np.ndarray  # float32, at which it rings


@njit(cache=True, nogil=True, error_model="numpy")
def _ring(clocks, n, first, chosen):
    """Compute the times of the clocks and update the first to ring of each firm."""
    bits, utility, time = clocks.bits[:n], clocks.utility[:n], clocks.time[:n]
    for m in range(n):
        time[m] = -log32(f32(1) - uniform32(bits[m]))
    for m in range(n):
        time[m] /= exp32(min(utility[m], f32(88)))
    for m in range(n):
        k = clocks.firm[m]
        if time[m] < first[k]:
            first[k], chosen[k] = time[m], clocks.option[m]


@njit(cache=True, nogil=True, error_model="numpy")
def movers(rows, some, p, draw):
    """Return which of the firms that reconsider move, and where to.

    Parameters
    ----------
    rows : Rows
    some : (T,) int32
        Rows of firms that reconsider.
    p : Locations
    draw : uint64

    Returns
    -------
    row : (M,) int32
        In the order of ``some``.
    option : (M,) int32
    key : (M,) uint64
    capital : (M,) float
    cell : (M,) int32
        Before they move.
    """
    O, S = p.identity.size, np.uint32(p.mean_capital.size)
    identity = p.identity
    back, exponent = f32(p.home_cost), f32(p.size_exponent)
    key, cell, home = np.empty(BATCH, np.uint64), np.empty(BATCH, np.uint32), np.empty(BATCH, np.uint16)
    left, right, bits = np.empty(BATCH, np.uint32), np.empty(BATCH, np.uint32), np.empty(BATCH, np.uint32)
    capital = np.empty(BATCH)
    life = np.empty(BATCH, np.float32)
    friction, base = np.empty(BATCH, np.float32), np.empty(BATCH, np.float32)
    first, level = np.empty(BATCH, np.float32), np.empty(BATCH, np.float32)
    chosen = np.empty(BATCH, np.int32)
    flag = np.zeros((O + 7) // 8 * 8, np.uint8)
    eights = flag.view(np.uint64)
    scaled, thin = np.empty_like(p.attraction), p.thin * UNIT
    for s in range(S):
        for o in range(O):
            scaled[s, o] = p.attraction[s, o] * UNIT
    capacity = 4 * BATCH
    size = capacity + O
    clocks = Clocks(np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.uint32),
                    np.empty(size, np.float32), np.empty(size, np.float32))  # fmt: skip
    out, option, where = np.empty_like(some), np.empty_like(some), np.empty_like(some)
    moved_key, moved_capital = np.empty(some.size, np.uint64), np.empty(some.size)
    moved = 0
    for low in range(0, some.size, BATCH):
        part = some[low : low + BATCH]
        n = part.size
        # In one loop, so that memory latencies overlap.
        for k in range(n):
            row = part[k]
            key[k], cell[k], home[k] = rows.key[row], rows.cell[row], rows.home[row]
            capital[k] = rows.capital[row]
            friction[k] = capital[k] / ((rows.weight[row] if p.by_firm else 1.0) * p.mean_capital[cell[k] % S])
            life[k] = rows.age[row]
        for k in range(n):
            bits64 = mix(draw, key[k])
            left[k], right[k] = upper(bits64), lower(bits64)
        for k in range(n):
            here = cell[k] // S
            chosen[k] = here
            bits[k] = option_word(left[k], right[k], identity[here])
            # Utilities are relative to staying, whose clock has rate one; the rate of others is exp(utility).
            life[k] = p.life_cycle[cell[k] % S] * (mature(life[k], p.maturing) - f32(p.maturity))
            base[k] = p.stay[cell[k]] - back * p.reach[home[k], p.city[here]] + life[k] * p.thin[here]
        for k in range(n):
            friction[k] = exp32(exponent * log32(friction[k]))
        for k in range(n):
            first[k] = -log32(f32(1) - uniform32(bits[k]))
        # A clock rings at -ln(1 - u)/rate, not before u/rate: it can be the first only if ln u < ln(first) + utility.
        # The bits of u, read as an integer, give its logarithm (scaled by UNIT, from ZERO) or at most 0.06 less, since
        # the mantissa is linear.
        for k in range(n):
            level[k] = log32(first[k]) + SLACK
        pending = np.int64(0)  # a plain 0 would have another type, and `_ring` would be compiled for both
        for k in range(n):
            here = chosen[k]
            a, b, scale, stage = left[k], right[k], friction[k], life[k]
            cost, homeward, attraction = p.cost[here], p.reach[home[k]], p.attraction[cell[k] % S]
            own, near = base[k], scaled[cell[k] % S]
            ahead = fma(level[k] - own, UNIT, ZERO)
            for o in range(O):
                u = uniform32(option_word(a, b, identity[o]))
                bound = fma(stage, thin[o], fma(-scale * UNIT, cost[o], fma(-back * UNIT, homeward[o], near[o])))
                flag[o] = f32(as_bits(u)) < bound + ahead
            flag[here] = 0
            for m in range(eights.size):
                marks = eights[m]
                while marks != 0:
                    o = 8 * m + (trailing_zeros(marks) >> 3)
                    marks &= marks - np.uint64(1)
                    clocks.firm[pending], clocks.option[pending] = k, o
                    clocks.bits[pending] = option_word(a, b, identity[o])
                    clocks.utility[pending] = (
                        attraction[o] - own - scale * cost[o] - back * homeward[o] + stage * p.thin[o]
                    )
                    pending += 1
            if pending >= capacity:
                _ring(clocks, pending, first, chosen)
                pending = np.int64(0)
        _ring(clocks, pending, first, chosen)
        for k in range(n):
            if chosen[k] != cell[k] // S:
                out[moved], option[moved] = part[k], chosen[k]
                moved_key[moved], moved_capital[moved], where[moved] = key[k], capital[k], cell[k]
                moved += 1
    return out[:moved], option[:moved], moved_key[:moved], moved_capital[:moved], where[:moved]


@njit(cache=True, nogil=True, error_model="numpy")
def expected(rows, start, stop, p, power, share, admitted, apply):
    """Return expected moves of capital between cells and options; let firms keep the rest with ``apply``.

    Parameters
    ----------
    rows : Rows
        None in the range is dead.
    start, stop : int
    p : Locations
    power : float32
        Exponent of productivity in quality.
    share : float
        Share of the capital of a firm that moves if it prefers another location, times the chance to reconsider.
    admitted : (O,) float
        Share of those who choose an option that it admits.
    apply : bool
        Whether the capital of firms is reduced by what moves.

    Returns
    -------
    (O S, O + 3) float, million base-year yuan
        Capital that moves from a cell to each option; then the quality, capital times age (years) and real firms that
        arrive in the cell.
    """
    O, S = p.identity.size, p.mean_capital.size
    flow = np.zeros((O * S, O + 3))
    odds = np.empty(O)
    for row in range(start, stop):
        cell = rows.cell[row]
        here, s = cell // S, cell % S
        size = rows.capital[row] / ((rows.weight[row] if p.by_firm else 1.0) * p.mean_capital[s])
        scale = np.float64(exp32(f32(p.size_exponent) * log32(f32(size))))
        stage = np.float64(p.life_cycle[s] * (mature(rows.age[row], p.maturing) - f32(p.maturity)))
        own = p.stay[cell] - p.home_cost * p.reach[rows.home[row], p.city[here]] + stage * p.thin[here]
        cost, homeward, attraction = p.cost[here], p.reach[rows.home[row]], p.attraction[s]
        for o in range(O):
            odds[o] = exp(attraction[o] - own - scale * cost[o] - p.home_cost * homeward[o] + stage * p.thin[o])
        odds[here] = 0.0
        part = rows.capital[row] * share / (1.0 + odds.sum())
        quality, firms = np.float64(exp32(power * rows.log_z[row])), rows.weight[row] / rows.capital[row]
        away = 0.0
        for o in range(O):
            moved = part * odds[o] * admitted[o]
            flow[cell, o] += moved
            flow[o * S + s, O] += moved * quality
            flow[o * S + s, O + 1] += moved * rows.age[row]
            flow[o * S + s, O + 2] += moved * firms
            away += moved
        if apply:
            _rescale(rows, row, 1.0 - away / rows.capital[row], rows.weight[row] - away * firms)
    return flow


@njit(error_model="numpy", inline="always")
def _rescale(rows, row, factor, weight):
    """Multiply the capital of an agent by a factor and let it represent another number of real firms."""
    weight = np.rint(weight * (1.0 / WEIGHT_UNIT)) * WEIGHT_UNIT
    rows.capital[row] *= factor
    rows.variance[row] = divided(rows.variance[row], rows.weight[row], weight)
    rows.weight[row] = weight


@njit(cache=True, nogil=True, error_model="numpy")
def enlarge(rows, start, stop, factor, firms, better, older):
    """Multiply capital and real firms by factors (P S,) of cells; add to log productivity and age (years, rounded)."""
    for row in range(start, stop):
        cell = rows.cell[row]
        _rescale(rows, row, factor[cell], firms[cell] * rows.weight[row])
        rows.log_z[row] += better[cell]
        rows.age[row] = max(0, int(np.rint(rows.age[row] + older[cell])))


class Origins(NamedTuple):
    """Firms of one sector by city in the base year: quantiles of size and of age."""

    capital: np.ndarray  # (R,) float, million base-year yuan
    friction: np.ndarray  # (R, Q) float, factor on costs of moving
    weight: np.ndarray  # (R, Q) float, shares of capital; rows sum to 1
    stage: np.ndarray  # (A,) float, log odds for sparse regions by age, of equal capital


@njit(cache=True, nogil=True, error_model="numpy")
def base_flows(origins, attraction, stay, cost, away, thin):
    """Return expected moves of one sector in the base year, if all firms reconsider and all of their capital moves.

    Parameters
    ----------
    origins : Origins
    attraction : (R,) float
        Of each city to movers.
    stay : (R,) float
        Utility of staying.
    cost : (R, R) float
        Log odds for a firm of the reference size.
    away : (R, R) float
        Log odds of distance to the headquarters, which are in the city of origin.
    thin : (R,) float

    Returns
    -------
    leaving : (R,) float
        Share of capital that leaves.
    arriving : (R,) float, million base-year yuan
    """
    R, Q = origins.friction.shape
    A = origins.stage.size
    leaving, arriving = np.zeros(R), np.zeros(R)
    draw, moved = np.empty(R), np.empty(R)
    lean = np.empty((A, R))
    for a in range(A):
        for j in range(R):
            lean[a, j] = exp(origins.stage[a] * thin[j])
    for i in range(R):
        for j in range(R):
            moved[j] = 0.0
        for q in range(Q):
            friction, weight = origins.friction[i, q], origins.weight[i, q]
            if weight == 0.0:
                continue
            for j in range(R):
                draw[j] = exp(attraction[j] - stay[i] + away[i, i] - away[i, j] - friction * cost[i, j])
            draw[i] = 0.0
            for a in range(A):
                total = 0.0
                for j in range(R):
                    total += draw[j] * lean[a, j]
                part = weight / A / (lean[a, i] + total)
                leaving[i] += part * total
                for j in range(R):
                    moved[j] += part * draw[j] * lean[a, j]
        for j in range(R):
            arriving[j] += origins.capital[i] * moved[j]
    return leaving, arriving


@njit(cache=True, nogil=True, error_model="numpy")
def admit(option, size, single, room, n_regions):
    """Return how much of each mover fits into the site it chose; first come, first served.

    Of an agent of several firms those move that fit; a single firm moves as one or stays.

    Parameters
    ----------
    option : (M,) int32
        Cities ``0..R-1``, then sites.
    size : (M,) float
        Real capital that would move.
    single : (M,) bool
        Whether the agent is a single firm.
    room : (n_sites,) float
        Real capital that still fits; left unchanged.
    n_regions : int

    Returns
    -------
    (M,) float
        Real capital that moves.
    """
    left = room.copy()
    out = size.copy()
    for m in range(option.size):
        site = option[m] - n_regions
        if site < 0:
            continue
        fits = size[m] if size[m] <= left[site] else 0.0 if single[m] else left[site]
        left[site] -= fits
        out[m] = fits
    return out
