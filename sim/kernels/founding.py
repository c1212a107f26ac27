"""New firms: who they are, how large, how productive.

Symbols: G groups of founders that share their founding money; ``H`` dead rows that are filled first.
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
    """Founders by group; no two groups are of one cell."""

    cell: np.ndarray  # (G,) int32
    home: np.ndarray  # (G,) uint16
    key: np.ndarray  # (G,) uint64, of the first; the others count on
    size: np.ndarray  # (G,) int64, how many
    money: np.ndarray  # (G,) float, million base-year yuan
    weight: np.ndarray  # (G,) float, real firms of each
    dense: np.ndarray  # (G,) float, real firms per unit of its capital, besides
    tilt: np.ndarray  # (G,) float32, exponent of z in sizes: 0, or as firms have that have grown for long


class Luck(NamedTuple):
    """The law of new firms."""

    tail: float  # Pareto exponent of sizes
    largest: float  # over the mean of the group
    mean: np.ndarray  # (G,) float32, of log productivity
    spread: float
    kinds: np.ndarray  # (ownerships - 1,) uint32: words below the first are of the first ownership, and so on
    years: float  # mean age; 0 for entrants
    draws: np.ndarray  # (2,) uint64: size and ownership; productivity and age


@njit(cache=True, nogil=True, error_model="numpy")
def found(rows, at, new, groups, start, stop, luck, power):
    """Draw new firms; the table gets only columns that passes over all firms do not read, see `settle` for the rest.

    No firm of several holds more than half of its group, and none more than ``largest`` times the untruncated mean: an
    agent stands for many real firms, so the luck of one must not move a nation.

    Parameters
    ----------
    rows : Rows
    at : (N,) int32
        Row of each new firm, ascending.
    new : Rows
        Columns of the new firms only, written.
    groups : Groups
    start, stop : int
        Groups to go through.
    luck : Luck
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
        _draw(groups.key[g], luck, luck.mean[g], size, log_z, new.ownership[m:end], new.age[m:end], high, low)
        _share(size, log_z, luck.largest, groups.tilt[g], groups.money[g])
        # Outside of the loops, which would not vectorise with what they must look up.
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
    """Sum in four parts, always the same ones: a single one would wait for each addition."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = x.size // 4 * 4
    for k in range(0, whole, 4):
        a += x[k]
        b += x[k + 1]
        c += x[k + 2]
        d += x[k + 3]
    for k in range(whole, x.size):
        a += x[k]
    return (a + b) + (c + d)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(first, luck, mean, size, log_z, kind, age, high, low):
    """Fill what firms ``first, first + 1, ..`` draw: Pareto sizes, ownership, log productivity, age in years.

    ``high`` and ``low`` are room to work in.
    """
    power, spread, years = f32(-1.0 / luck.tail), f32(luck.spread), f32(luck.years)
    for k in range(size.size):
        bits = word(luck.draws[0], first + np.uint64(k))
        high[k], low[k] = upper(bits), lower(bits)
    for k in range(size.size):
        log_z[k] = power * log32(uniform32(high[k]))
    for k in range(size.size):
        size[k] = exp32(log_z[k])
    kind[:] = 0
    for limit in luck.kinds:
        for k in range(size.size):
            kind[k] += low[k] >= limit
    for k in range(size.size):
        bits = word(luck.draws[1], first + np.uint64(k))
        high[k], low[k] = upper(bits), lower(bits)
    for k in range(size.size):
        log_z[k] = mean + spread * normal32(high[k])
    age[:] = 0
    if years > 0:
        for k in range(size.size):
            age[k] = np.int16(min(-log32(uniform32(low[k])) * years, f32(200)))


@njit(cache=True, nogil=True, error_model="numpy")
def _share(size, log_z, largest, tilt, money):
    """Turn sizes of a group, in place, into its money."""
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
