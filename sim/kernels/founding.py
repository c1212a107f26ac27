"""New firms: identity, size, productivity.

Symbols: G groups of entrants, each with its founding capital; ``H`` dead rows that are filled first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sim.kernels.firms import AHEAD, CAPITAL, COUNT, GROWTH, QUALITY, WEIGHT, WEIGHT_UNIT
from sim.kernels.intrinsics import prefetch
from sim.kernels.maths32 import exp32, f32, log32, normal32, uniform32
from sim.kernels.random import lower, upper, word


class Groups(NamedTuple):
    """Entrants by group; a cell has at most one group."""

    cell: np.ndarray  # (G,) int32
    home: np.ndarray  # (G,) uint16
    key: np.ndarray  # (G,) uint64, of the first; the others follow consecutively
    size: np.ndarray  # (G,) int64, number of firms
    money: np.ndarray  # (G,) float, million base-year yuan
    weight: np.ndarray  # (G,) float, real firms that each represents
    dense: np.ndarray  # (G,) float, further real firms per unit of its capital
    tilt: np.ndarray  # (G,) float32, exponent of z in sizes: 0 for entrants, that of incumbents in the base year


class EntrantDistribution(NamedTuple):
    """Distribution of the characteristics of new firms."""

    tail: float  # Pareto exponent of sizes
    largest: float  # largest size, relative to the mean of the group
    mean: np.ndarray  # (G,) float32, of log productivity
    sd: float  # of log productivity
    ownership_limits: np.ndarray  # (ownerships - 1,) uint32, thresholds of 32 random bits between types of ownership
    years: float  # mean age; 0 for entrants
    draws: np.ndarray  # (2,) uint64: size and ownership; productivity and age


@njit(cache=True, nogil=True, error_model="numpy")
def draw_new(rows, at, new, groups, start, stop, distribution, power):
    """Draw new firms; of `rows` only columns that passes over all firms do not read are written, see `write_new`.

    In a group of several, no firm has more than half of the capital, and none more than ``largest`` times the
    untruncated mean: an agent represents many real firms, so a single draw must not affect national aggregates.

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
    power : (P S,) float32

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
    part, v = np.empty(room), np.empty(room, np.float32)
    high, low = np.empty(room, np.uint32), np.empty(room, np.uint32)
    table = np.zeros((stop - start, 5))
    for g in range(start, stop):
        count = groups.size[g]
        if count == 0:
            continue
        own, end = table[g - start], m + count
        size, log_z, weight = new.capital[m:end], new.log_z[m:end], new.weight[m:end]
        _draw(
            groups.key[g], distribution, distribution.mean[g], size, log_z, new.ownership[m:end], new.age[m:end],
            high, low,
        )  # fmt: skip
        _share(size, log_z, distribution.largest, groups.tilt[g], groups.money[g])
        # Outside the loops, which would not vectorise with these look-ups.
        first, cell, home = groups.key[g], groups.cell[g], groups.home[g]
        e, each, dense = power[cell], groups.weight[g], groups.dense[g]
        for k in range(count):
            v[k] = exp32(e * log_z[k])
        for k in range(count):
            weight[k] = np.rint((each + dense * size[k]) * (1.0 / WEIGHT_UNIT)) * WEIGHT_UNIT
        own[COUNT], own[WEIGHT], own[CAPITAL] = count, _total(weight), _total(size)
        for k in range(count):
            part[k] = size[k] * v[k]
        own[GROWTH] = _total(part[:count])
        for k in range(count):
            third = np.float64(v[k])
            part[k] *= third * third * third
        own[QUALITY] = _total(part[:count])
        for k in range(m, end):
            new.key[k], new.cell[k], new.home[k] = first + np.uint64(k - m), cell, home
        for k in range(m, end):
            if k + AHEAD < at.size:
                prefetch(rows.home, at[k + AHEAD])
                prefetch(rows.ownership, at[k + AHEAD])
                prefetch(rows.weight, at[k + AHEAD])
            row = np.uint32(at[k])
            rows.home[row], rows.ownership[row], rows.weight[row] = home, new.ownership[k], new.weight[k]
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
def _draw(first, distribution, mean, size, log_z, ownership, age, high, low):
    """Draw Pareto sizes, ownership, log productivity and age (years) of firms ``first, first + 1, ..``, in place.

    ``high`` and ``low`` are scratch space.
    """
    power, sd, years = f32(-1.0 / distribution.tail), f32(distribution.sd), f32(distribution.years)
    for k in range(size.size):
        bits = word(distribution.draws[0], first + np.uint64(k))
        high[k], low[k] = upper(bits), lower(bits)
    for k in range(size.size):
        log_z[k] = power * log32(uniform32(high[k]))
    for k in range(size.size):
        size[k] = exp32(log_z[k])
    ownership[:] = 0
    for limit in distribution.ownership_limits:
        for k in range(size.size):
            ownership[k] += low[k] >= limit
    for k in range(size.size):
        bits = word(distribution.draws[1], first + np.uint64(k))
        high[k], low[k] = upper(bits), lower(bits)
    for k in range(size.size):
        log_z[k] = mean + sd * normal32(high[k])
    age[:] = 0
    if years > 0:
        for k in range(size.size):
            age[k] = np.int16(min(-log32(uniform32(low[k])) * years, f32(200)))


@njit(cache=True, nogil=True, error_model="numpy")
def _share(size, log_z, largest, tilt, money):
    """Truncate and scale the sizes of a group to its founding capital, in place."""
    most = largest * _total(size) / size.size
    for k in range(size.size):
        size[k] = min(size[k], most)
    total = _total(size)
    for k in range(size.size):
        size[k] = min(size[k], total - size[k]) if total > size[k] else size[k]
    if tilt != 0:
        for k in range(size.size):
            size[k] *= np.float64(exp32(tilt * log_z[k]))
    per_unit = money / _total(size)
    for k in range(size.size):
        size[k] *= per_unit
