"""New firms: identity, size, productivity.

Symbols: G groups of entrants, each with its founding capital.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sim.kernels.firms import AHEAD, CAPITAL, COUNT, GROWTH, QUALITY, WEIGHT, WEIGHT_UNIT, pull_of
from sim.kernels.intrinsics import fma, prefetch
from sim.kernels.maths import exp, log
from sim.kernels.maths32 import exp32, f32, log32, normal32
from sim.kernels.random import finalise, upper, word


class Groups(NamedTuple):
    """Entrants by group; a cell has at most one group."""

    cell: np.ndarray  # (G,) int32
    home: np.ndarray  # (G,) uint16
    key: np.ndarray  # (G,) uint64, of the first; the others follow consecutively
    size: np.ndarray  # (G,) int64, number of agents
    money: np.ndarray  # (G,) float, million base-year yuan
    real: np.ndarray  # (G,) float, real firms that they represent


class EntrantDistribution(NamedTuple):
    """Distribution of the characteristics of new firms."""

    tail: float  # Pareto exponent of sizes
    ownership_limits: np.ndarray  # (ownerships - 1,) uint32, thresholds of 32 bits between types of ownership
    years: float  # mean age; 0 for entrants
    draw: np.uint64
    incumbents: bool  # whether productivity follows the law weighted by capital, or that of new firms
    entry: float  # of `sim.economy.firms.productivity.Process`: the law of new firms
    centre: np.ndarray  # (4,) float32, likewise: the law weighted by capital
    width: np.ndarray  # (4,) float32
    size_volatility: float  # exponent of size in the standard deviation of shocks, for firms above the mean
    mean_size: np.ndarray  # (S,) float, million base-year yuan, mean capital of a real firm in the base year


# Agents of a group are points of a lattice, shifted at random, so that each characteristic is spread evenly over it:
# steps of productivity and ownership (the inverse of the root of x^3 = x + 1 and its square, Roberts 2018) and of age
# (the golden ratio).
LATTICE = tuple(np.uint64(int(2.0**64 * step)) for step in (0.7548776662466927, 0.5698402909980532, 0.6180339887498949))


@njit(cache=True, nogil=True, error_model="numpy")
def strata(n, real, tail, capital, width):
    """Divide firms of a truncated Pareto law into agents: the largest are single firms, the others equal in capital.

    The law is that of sizes up to the one that a single firm of ``real`` is expected to exceed. Going down from the
    largest, a firm is one agent while it has more capital than an equal part of what is left.

    Parameters
    ----------
    n : int
        Agents, at least 1.
    real : float
        Real firms; where there are fewer than agents, each agent is an equal share of them.
    tail : float
        Pareto exponent, above 1.
    capital, width : (n,) float
        Written: shares of capital and of real firms, largest firms first; each sums to 1.
    """
    most = max(real, np.float64(n))
    b, beta = 1.0 / most, 1.0 - 1.0 / tail
    low = exp(beta * log(b))
    done, above, share = 0, 0.0, 0.0
    while done < n:
        left = n - done
        end = above + 1.0 / most
        upto = (exp(beta * log(end * (1.0 - b) + b)) - low) / (1.0 - low) if end < 1.0 - 1e-12 else 1.0
        if left == 1 or (most > n and (upto - share) * left <= 1.0 - share):
            break
        capital[done], width[done] = upto - share, 1.0 / most
        done, above, share = done + 1, end, upto
    part = (1.0 - share) / max(1, n - done)
    for k in range(done, n):
        level = share + part * (k + 1 - done)
        end = (exp(log(level * (1.0 - low) + low) / beta) - b) / (1.0 - b) if k < n - 1 else 1.0
        capital[k], width[k] = part, end - above
        above = end


@njit(cache=True, nogil=True, error_model="numpy")
def draw_new(rows, at, new, groups, start, stop, distribution, law):
    """Draw new firms; of `rows` only columns that passes over all firms do not read are written, see `write_new`.

    Parameters
    ----------
    rows : Rows
    at : (N,) int32
        Row of each new firm, ascending.
    new : Rows
        Columns of the new firms only, written.
    groups : Groups
    start, stop : int
        Range of groups.
    distribution : EntrantDistribution
    law : Law

    Returns
    -------
    (stop - start, 5) float
        Sums of each group, columns as in `sim.kernels.firms.sums`.
    """
    m, room = 0, 1
    for g in range(start):
        m += groups.size[g]
    for g in range(start, stop):
        room = max(room, groups.size[g])
    part, v, pull = np.empty(room), np.empty(room, np.float32), np.empty(room, np.float32)
    high, low = np.empty(room, np.uint32), np.empty(room, np.uint32)
    table = np.zeros((stop - start, 5))
    for g in range(start, stop):
        count = groups.size[g]
        if count == 0:
            continue
        own, end = table[g - start], m + count
        size, log_z, weight, variance = new.capital[m:end], new.log_z[m:end], new.weight[m:end], new.variance[m:end]
        strata(count, groups.real[g], distribution.tail, size, weight)
        for k in range(count):
            weight[k] = np.rint(weight[k] * groups.real[g] * (1.0 / WEIGHT_UNIT)) * WEIGHT_UNIT
        _relative_variance(distribution, groups.cell[g], groups.money[g], size, weight, variance)
        _draw(groups.key[g], distribution, law, variance, log_z, new.ownership[m:end], new.age[m:end], high, low)
        if distribution.incumbents:
            _centre(law, log_z, size)
        per_unit = groups.money[g] / _total(size)
        for k in range(count):
            size[k] *= per_unit
        # Outside the loops, which would not vectorise with these look-ups.
        first, cell, home = groups.key[g], groups.cell[g], groups.home[g]
        for k in range(count):
            v[k] = exp32(law.power * log_z[k])
        for k in range(count):
            pull[k] = pull_of(law, variance[k], log_z[k])
        own[COUNT], own[WEIGHT], own[CAPITAL] = count, _total(weight), _total(size)
        for k in range(count):
            part[k] = size[k] * np.float64(pull[k])
        own[GROWTH] = _total(part[:count])
        for k in range(count):
            second = np.float64(v[k]) * np.float64(v[k])
            part[k] = size[k] * second * second
        own[QUALITY] = _total(part[:count])
        for k in range(m, end):
            new.key[k], new.cell[k], new.home[k] = first + np.uint64(k - m), cell, home
        for k in range(m, end):
            if k + AHEAD < at.size:
                prefetch(rows.home, at[k + AHEAD])
                prefetch(rows.ownership, at[k + AHEAD])
                prefetch(rows.weight, at[k + AHEAD])
                prefetch(rows.variance, at[k + AHEAD])
            row = np.uint32(at[k])
            rows.home[row], rows.ownership[row] = home, new.ownership[k]
            rows.weight[row], rows.variance[row] = new.weight[k], new.variance[k]
        m = end
    return table


@njit(error_model="numpy", inline="always")
def _total(x):
    """Sum in four fixed partial sums: with a single one each addition would depend on the last."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    full = x.size // 4 * 4
    for k in range(0, full, 4):
        a += x[k]
        b += x[k + 1]
        c += x[k + 2]
        d += x[k + 3]
    for k in range(full, x.size):
        a += x[k]
    return (a + b) + (c + d)


@njit(cache=True, nogil=True, error_model="numpy")
def _relative_variance(distribution, cell, money, size, weight, variance):
    """Write the variance of shocks of agents with shares ``size`` of their capital relative to that of a mean firm."""
    mean = distribution.mean_size[cell % distribution.mean_size.size]
    for k in range(size.size):
        firms = max(weight[k], 1.0)
        larger = f32(max(1.0, size[k] * money / (firms * mean)))
        variance[k] = exp32(f32(-2.0 * distribution.size_volatility) * log32(larger)) / f32(firms)


@njit(error_model="numpy", inline="always")
def cubic(coefficients, h):
    """Return a polynomial with four coefficients, of 1 first."""
    return fma(h, fma(h, fma(h, coefficients[3], coefficients[2]), coefficients[1]), coefficients[0])


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(first, distribution, law, variance, log_z, ownership, age, high, low):
    """Draw ownership, log productivity and age (years) of the agents of a group, in place.

    ``first`` is the key of the first agent; ``high`` and ``low`` are scratch space.
    """
    n = log_z.size
    centre, width, entry = distribution.centre, distribution.width, f32(distribution.entry)
    single = law.sd * law.sd / (f32(1) - law.persistence * law.persistence)
    start = word(distribution.draw, first)
    for k in range(n):
        high[k] = upper(start + np.uint64(k) * LATTICE[0])
    for k in range(n):
        h = variance[k]
        if distribution.incumbents:
            # Agents of the base year are shares of capital: their productivity follows the law weighted by it.
            log_z[k], spread = cubic(centre, h), cubic(width, h)
        else:
            # The mean of z^(sigma-1) is the same for agents of one firm and of many.
            spread = single * h
            log_z[k] = entry - f32(2) * law.power * spread
        log_z[k] += np.sqrt(spread) * normal32(high[k])
    start = finalise(start)
    for k in range(n):
        low[k] = upper(start + np.uint64(k) * LATTICE[1])
    ownership[:] = 0
    for limit in distribution.ownership_limits:
        for k in range(n):
            ownership[k] += low[k] >= limit
    age[:] = 0
    if distribution.incumbents:
        start = finalise(start)
        for k in range(n):
            high[k] = upper(start + np.uint64(k) * LATTICE[2])
        # In equal parts of the distribution, so that the mean over few agents is right, too.
        order = np.argsort(high[:n])
        for rank in range(n):
            left = (np.float64(rank) + 0.5) / n
            age[order[rank]] = np.int16(min(-log(left) * distribution.years, 200.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _centre(law, log_z, size):
    """Shift log productivity such that the mean quality of a group is 1: draws explain nothing of the base year."""
    power = f32(4) * law.power
    quality = 0.0
    for k in range(size.size):
        quality += size[k] * np.float64(exp32(power * log_z[k]))
    shift = f32(log(quality / _total(size)) / power)
    for k in range(size.size):
        log_z[k] -= shift
