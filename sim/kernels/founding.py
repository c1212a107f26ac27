"""New firms: who they are, how large, how productive.

Symbols: G groups of founders that share their founding money; ``H`` dead rows that are filled first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sim.kernels.random import uniform, word
from sim.kernels.single import exp32, f32, log32, normal32, symmetric32, uniform32


class Groups(NamedTuple):
    """Founders by group."""

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
    shares: np.ndarray  # (ownerships,) cumulated
    years: float  # mean age; 0 for entrants
    draws: np.ndarray  # (4,) uint64: size, productivity, ownership, age


@njit(cache=True, error_model="numpy")
def row_of(m, n, holes):
    """Return the row of the m-th new firm: dead rows first, then behind the last."""
    return np.int64(holes[m]) if m < holes.size else n + m - holes.size


@njit(cache=True, error_model="numpy")
def found(rows, n, holes, groups, luck):
    """Write new firms into the table; the rows behind ``n`` must be there.

    No firm of several holds more than half of its group, and none more than ``largest`` times the untruncated mean: an
    agent stands for many real firms, so the luck of one must not move a nation.

    Parameters
    ----------
    rows : Rows
    n : int
    holes : (H,) int32
    groups : Groups
    luck : Luck
    """
    room = max(1, groups.size.max())
    size, log_z, old = np.empty(room), np.empty(room, np.float32), np.empty(room, np.float32)
    m = 0
    for g in range(groups.size.size):
        count = groups.size[g]
        if count == 0:
            continue
        _draw(groups.key[g], luck, luck.mean[g], size[:count], log_z[:count], old[:count])
        _share(size[:count], log_z[:count], luck.largest, groups.tilt[g], groups.money[g])
        for k in range(count):
            row, key = row_of(m + k, n, holes), groups.key[g] + np.uint64(k)
            rows.key[row], rows.cell[row], rows.home[row] = key, groups.cell[g], groups.home[g]
            rows.capital[row], rows.log_z[row], rows.age[row] = size[k], log_z[k], np.int16(old[k])
            rows.weight[row] = groups.weight[g] + groups.dense[g] * size[k]
            u, kind = uniform(word(luck.draws[2], key)), 0
            while kind < luck.shares.size - 1 and u >= luck.shares[kind]:
                kind += 1
            rows.ownership[row] = kind
        m += count


@njit(cache=True, error_model="numpy")
def _draw(first, luck, mean, size, log_z, old):
    """Fill what firms ``first, first + 1, ..`` draw: Pareto sizes, log productivity, age in years."""
    power, spread, years = f32(-1.0 / luck.tail), f32(luck.spread), f32(luck.years)
    for k in range(size.size):
        old[k] = log32(uniform32(word(luck.draws[0], first + np.uint64(k))))
    for k in range(size.size):
        size[k] = exp32(power * old[k])
    for k in range(size.size):
        log_z[k] = symmetric32(word(luck.draws[1], first + np.uint64(k)))
    for k in range(size.size):
        log_z[k] = mean + spread * normal32(log_z[k])
    for k in range(size.size):
        old[k] = uniform32(word(luck.draws[3], first + np.uint64(k)))
    for k in range(size.size):
        old[k] = min(-log32(old[k]) * years, f32(200))


@njit(cache=True, error_model="numpy")
def _share(size, log_z, largest, tilt, money):
    """Turn sizes of a group, in place, into its money."""
    most = largest * size.sum() / size.size
    for k in range(size.size):
        size[k] = min(size[k], most)
    total = size.sum()
    for k in range(size.size):
        if total > size[k]:
            size[k] = min(size[k], total - size[k])
    if tilt != 0:
        for k in range(size.size):
            size[k] *= np.float64(exp32(tilt * log_z[k]))
    per_unit = money / size.sum()
    for k in range(size.size):
        size[k] *= per_unit
