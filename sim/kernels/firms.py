"""Passes over firms: sums by cell, exit, selection of firms that reconsider their location, growth and shocks.

Symbols: F rows, R cities, P = R + sites locations (cities, then sites), S sectors; a cell is ``location * S + sector``;
``z`` log productivity; ``power`` the growth exponent e of a cell, firms grow by ``k exp(e z)``; quality is
``k exp(4 e z)``.

A kernel processes the rows ``start`` to ``stop``; the caller splits rows into chunks and combines the results. A block
of rows fits into the L1 cache: operations that vectorise run over the whole block first, the others row by row, while
the next block is prefetched. Sums use a second table for every other row: neighbouring rows often belong to the same
cell, and their additions would depend on each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sim.kernels.intrinsics import prefetch
from sim.kernels.maths import log
from sim.kernels.maths32 import exp32, f32, normal32
from sim.kernels.random import lower, upper, word

BLOCK = 256
STEP = 32  # rows between two prefetches of the next block: two cache lines at four bytes a row
AHEAD = 16  # prefetch distance of rows to be written
COUNT, WEIGHT, CAPITAL, GROWTH, QUALITY = range(5)
DEAD = -1
LEAVES, RECONSIDERS, LARGE = 1, 2, 4


class Rows(NamedTuple):
    """Columns of firms, one entry a firm; longer than the number of firms."""

    key: np.ndarray  # uint64, birth identity
    cell: np.ndarray  # int32, DEAD for an unused row
    home: np.ndarray  # uint16, city of the headquarters
    capital: np.ndarray  # float64, million base-year yuan
    log_z: np.ndarray  # float32, log productivity
    age: np.ndarray  # int16, years
    ownership: np.ndarray  # int8
    weight: np.ndarray  # float64, real firms that it represents, a multiple of WEIGHT_UNIT


# Weights are multiples of this unit: their sums are exact in any order, up to eight million real firms per cell.
WEIGHT_UNIT = 2.0**-30


@njit(error_model="numpy", inline="always")
def add_firm(table, c, sign, weight, capital, v):
    """Add a firm to the sums of its cell, or subtract it (``sign`` -1); ``v = exp(e z)``."""
    growth = capital * v
    v = np.float64(v)
    table[c, COUNT] += sign
    table[c, WEIGHT] += sign * weight
    table[c, CAPITAL] += sign * capital
    table[c, GROWTH] += sign * growth
    table[c, QUALITY] += sign * growth * v * v * v


@njit(cache=True, nogil=True, error_model="numpy")
def sums(rows, start, stop, power):
    """Sum firms by cell.

    Parameters
    ----------
    rows : Rows
        None in the range is dead.
    start, stop : int
    power : (P S,) float32

    Returns
    -------
    (P S, 5) float
        Columns COUNT, WEIGHT, CAPITAL, GROWTH (``k exp(e z)``), QUALITY (``k exp(4 e z)``).
    """
    table = np.zeros((2, power.size, 5))
    v = np.empty(BLOCK, np.float32)
    e = np.empty(BLOCK, np.float32)
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        cell, log_z = rows.cell[low:high], rows.log_z[low:high]
        capital, weight = rows.capital[low:high], rows.weight[low:high]
        for k in range(cell.size):
            e[k] = power[np.uint32(cell[k])]
        for k in range(cell.size):
            v[k] = exp32(e[k] * log_z[k])
        for k in range(cell.size):
            add_firm(table[k & 1], cell[k], 1.0, weight[k], capital[k], v[k])
    return table[0] + table[1]


@njit(error_model="numpy", inline="always")
def prefetch_block(rows, row):
    """Prefetch STEP rows of the columns that every pass reads."""
    prefetch(rows.age, row)
    for k in range(row, row + STEP, 16):
        prefetch(rows.cell, k)
        prefetch(rows.log_z, k)
    for k in range(row, row + STEP, 8):
        prefetch(rows.key, k)
        prefetch(rows.capital, k)


class Survival(NamedTuple):
    """Parameters of exit, reconsideration of location, and depreciation."""

    limit: (
        np.ndarray
    )  # (ages,) uint32, a firm closes if its upper 32 random bits are below; the last: that age and above
    limit_insolvent: np.ndarray  # (ages,) uint32, the same threshold for insolvent firms
    floor: np.ndarray  # (P S,) float32, log productivity below which a firm is insolvent
    lowest: np.float32  # maximum of ``floor``: no firm above it is insolvent
    reconsider: np.uint32  # a firm reconsiders its location if its lower 32 random bits are below
    retained: float  # share of capital left after a year of depreciation
    large: float  # million base-year yuan, capital above which a firm counts as large


@njit(cache=True, nogil=True, error_model="numpy")
def screen(rows, start, stop, survival, power, draw):
    """Screen firms for exit, list those that reconsider their location, measure the large ones; depreciate capital.

    Parameters
    ----------
    rows : Rows
        None is dead in the range on entry; rows of firms that close are dead on return.
    start, stop : int
    survival : Survival
    power : (P S,) float32
    draw : uint64

    Returns
    -------
    closed : (n_closed,) int32
        Rows of firms that have closed, ascending.
    lost : (P S, 5) float
        Their sums, as in `sums`, before depreciation.
    reconsidering_rows : (n_reconsidering,) int32
        Rows of others, ascending.
    n_large : int
        Large firms before exit and depreciation.
    excess : float
        Sum over them of ``ln(k / large)``.
    """
    limit, limit_insolvent = survival.limit, survival.limit_insolvent
    last = limit.size - 1
    lost = np.zeros((power.size, 5))
    closed, reconsidering_rows = np.empty(stop - start, np.int32), np.empty(stop - start, np.int32)
    n_closed, n_reconsidering, n_large, excess = 0, 0, 0, 0.0
    first, second = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    threshold = np.empty(BLOCK, np.uint32)
    flag = np.empty(BLOCK, np.uint8)
    some = np.empty(BLOCK, np.int32)
    c, e, v = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    lost_capital, lost_weight, size = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        key, age, cell = rows.key[low:high], rows.age[low:high], rows.cell[low:high]
        log_z, capital, weight = rows.log_z[low:high], rows.capital[low:high], rows.weight[low:high]
        for k in range(key.size):
            w = word(draw, key[k])
            first[k], second[k] = upper(w), lower(w)
        for k in range(key.size):
            threshold[k] = limit[np.uint32(min(age[k], last))]
        for k in range(key.size):
            flag[k] = LEAVES * ((first[k] < threshold[k]) | (log_z[k] < survival.lowest)) + RECONSIDERS * (
                second[k] < survival.reconsider
            )
        for k in range(key.size):
            flag[k] += LARGE * (capital[k] > survival.large)
        marked = 0
        full = key.size // STEP * STEP
        for begin in range(0, full, STEP):
            prefetch_block(rows, low + BLOCK + begin)
            for k in range(begin, begin + STEP, 8):
                prefetch(rows.weight, low + BLOCK + k)
            for k in range(begin, begin + STEP):
                some[marked] = k
                marked += flag[k] > 0
        for k in range(full, key.size):
            some[marked] = k
            marked += flag[k] > 0
        leavers, larger = 0, 0
        for m in range(marked):
            k = some[m]
            size[larger] = capital[k] / survival.large
            larger += flag[k] >> 2
            insolvent = log_z[k] < survival.floor[cell[k]] and first[k] < limit_insolvent[min(age[k], last)]
            leaves = insolvent or first[k] < threshold[k]
            some[leavers] = k
            leavers += leaves
            reconsidering_rows[n_reconsidering] = low + k
            n_reconsidering += (flag[k] >> 1) & (1 - leaves)
        # In one loop, so that memory latencies overlap.
        for m in range(leavers):
            k = some[m]
            c[m], lost_capital[m], lost_weight[m], v[m] = cell[k], capital[k], weight[k], log_z[k]
            closed[n_closed + m] = low + k
            cell[k] = DEAD
        n_closed += leavers
        for m in range(leavers):
            e[m] = power[np.uint32(c[m])]
        for m in range(leavers):
            v[m] = exp32(e[m] * v[m])
        for m in range(leavers):
            add_firm(lost, c[m], 1.0, lost_weight[m], lost_capital[m], v[m])
        for m in range(larger):
            size[m] = log(size[m])
        for m in range(larger):
            excess += size[m]
        n_large += larger
        for k in range(key.size):
            capital[k] *= survival.retained
    return closed[:n_closed].copy(), lost, reconsidering_rows[:n_reconsidering].copy(), n_large, excess


@njit(cache=True, nogil=True, error_model="numpy")
def reconsidering(rows, start, stop, reconsider, draw):
    """List firms that reconsider their location, as `screen` does in its pass.

    Parameters
    ----------
    rows : Rows
        Dead rows are skipped.
    start, stop : int
    reconsider : uint32
        As in `Survival`.
    draw : uint64

    Returns
    -------
    (n_reconsidering,) int32
        Rows, ascending.
    """
    out = np.empty(stop - start, np.int32)
    n = 0
    for row in range(start, stop):
        out[n] = row
        n += (rows.cell[row] != DEAD) & (lower(word(draw, rows.key[row])) < reconsider)
    return out[:n].copy()


@njit(error_model="numpy", inline="always")
def _write_one(rows, row, new, k):
    rows.key[row], rows.cell[row], rows.capital[row] = new.key[k], new.cell[k], new.capital[k]
    rows.log_z[row], rows.age[row] = new.log_z[k], new.age[k]


@njit(cache=True, nogil=True, error_model="numpy")
def write_new(rows, at, new):
    """Write the columns of new firms that passes over all firms read, as `renew` does in its pass.

    Parameters
    ----------
    rows : Rows
    at : (N,) int32
        Row of each new firm, ascending.
    new : Rows
        Columns of the new firms only.
    """
    for k in range(at.size):
        _write_one(rows, at[k], new, k)


class Renewal(NamedTuple):
    """Parameters of growth and of the AR(1) process of log productivity."""

    rate: np.ndarray  # (P S,) new capital per ``k exp(e z)``
    power: np.ndarray  # (P S,) float32
    mean: np.float32  # mean of log productivity, divided by the power of the cell
    persistence: np.float32
    sd: np.float32


@njit(error_model="numpy", inline="always")
def _add_three(table, c, capital, v):
    """Add the capital of a firm, its weight in growth and its quality to those of its cell."""
    growth = capital * v
    table[c, 0] += capital
    table[c, 1] += growth
    table[c, 2] += growth * v * v * v


@njit(cache=True, nogil=True, error_model="numpy")
def renew(rows, start, stop, renewal, draw, at, new):
    """Advance firms by a year: investment, productivity shock, age.

    Parameters
    ----------
    rows : Rows
        None in the range is dead.
    start, stop : int
    renewal : Renewal
    draw : uint64
    at, new : (N,) int32, Rows
        New firms that are not yet written, see `write_new`.

    Returns
    -------
    (P S, 3) float
        The new CAPITAL, GROWTH and QUALITY, as in `sums`; the other sums do not change.
    """
    rate, power, persistence, sd = renewal.rate, renewal.power, renewal.persistence, renewal.sd
    pull = renewal.mean * (f32(1) - persistence)
    table = np.zeros((2, power.size, 3))
    e, x = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    r = np.empty(BLOCK)
    bits = np.empty(BLOCK, np.uint32)
    same_power = True
    for p in power:
        same_power &= p == power[0]
    e[:] = power[0]
    # The first new firm in this range, by bisection.
    first_new, last_new = 0, at.size
    while first_new < last_new:
        middle = (first_new + last_new) // 2
        if at[middle] < start:
            first_new = middle + 1
        else:
            last_new = middle
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        while first_new < at.size and at[first_new] < high:
            _write_one(rows, at[first_new], new, first_new)
            first_new += 1
        key, cell, log_z, age = rows.key[low:high], rows.cell[low:high], rows.log_z[low:high], rows.age[low:high]
        capital = rows.capital[low:high]
        if not same_power:
            for k in range(cell.size):
                e[k] = power[np.uint32(cell[k])]
        for k in range(cell.size):
            r[k] = rate[np.uint32(cell[k])]
        # Short loops over few arrays: longer ones do not vectorise.
        for k in range(cell.size):
            x[k] = exp32(e[k] * log_z[k])
        for k in range(cell.size):
            capital[k] += capital[k] * r[k] * np.float64(x[k])
        for k in range(cell.size):
            bits[k] = upper(word(draw, key[k]))
        for k in range(cell.size):
            x[k] = normal32(bits[k])
        for k in range(cell.size):
            log_z[k] = pull * e[k] + persistence * log_z[k] + sd * x[k]
        for k in range(cell.size):
            x[k] = exp32(e[k] * log_z[k])
        for k in range(cell.size):
            age[k] = min(age[k], np.int16(30000)) + np.int16(1)
        full = cell.size // STEP * STEP
        for begin in range(0, full, STEP):
            prefetch_block(rows, low + BLOCK + begin)
            for k in range(begin, begin + STEP):
                _add_three(table[k & 1], np.uint32(cell[k]), capital[k], np.float64(x[k]))
        for k in range(full, cell.size):
            _add_three(table[k & 1], np.uint32(cell[k]), capital[k], np.float64(x[k]))
    return table[0] + table[1]


class Relocations(NamedTuple):
    """Firms that move or open a branch, one entry per firm."""

    row: np.ndarray  # (M,) int32
    cell: np.ndarray  # (M,) int32, of the destination
    size: np.ndarray  # (M,) float, real capital moved to the destination
    branch: np.ndarray  # (M,) bool, whether the firm stays and opens a branch
    key: np.ndarray  # (M,) uint64, of the branch


@njit(cache=True, nogil=True, error_model="numpy")
def move(rows, relocations, at, share, power, table):
    """Move firms, or split off branches: same owner, headquarters and productivity at another location.

    Parameters
    ----------
    rows : Rows
    relocations : Relocations
    at : (B,) int32
        Rows of the branches.
    share : float
        Share of the real firms represented by an agent that its branch represents.
    power : (P S,) float32
    table : (P S, 5) float
        Sums, as in `sums`, brought up to date.
    """
    n_branches = 0
    for m in range(relocations.row.size):
        if m + AHEAD < relocations.row.size:
            prefetch_row(rows, relocations.row[m + AHEAD])
        row, old, new = relocations.row[m], rows.cell[relocations.row[m]], relocations.cell[m]
        v = exp32(power[old] * rows.log_z[row])
        if relocations.branch[m]:
            weight = np.rint(share * rows.weight[row] * (1.0 / WEIGHT_UNIT)) * WEIGHT_UNIT
            branch = at[n_branches]
            rows.key[branch], rows.cell[branch], rows.home[branch] = relocations.key[m], new, rows.home[row]
            rows.capital[branch], rows.log_z[branch], rows.age[branch] = relocations.size[m], rows.log_z[row], 0
            rows.ownership[branch], rows.weight[branch] = rows.ownership[row], weight
            n_branches += 1
            rows.capital[row] -= relocations.size[m]
            rows.weight[row] -= weight
            table[old, COUNT] += 1.0
        else:
            weight = rows.weight[row]
            rows.cell[row] = new
        add_firm(table, old, -1.0, weight, relocations.size[m], v)
        add_firm(table, new, 1.0, weight, relocations.size[m], exp32(power[new] * rows.log_z[row]))


@njit(error_model="numpy", inline="always")
def prefetch_row(rows, row):
    """Prefetch a row that is about to be written."""
    prefetch(rows.key, row)
    prefetch(rows.cell, row)
    prefetch(rows.home, row)
    prefetch(rows.capital, row)
    prefetch(rows.log_z, row)
    prefetch(rows.age, row)
    prefetch(rows.ownership, row)
    prefetch(rows.weight, row)


@njit(cache=True, nogil=True, error_model="numpy")
def fill(rows, n, holes):
    """Move the last firms into dead rows, so that the rows in use are contiguous.

    Parameters
    ----------
    rows : Rows
    n : int
    holes : (H,) int32
        The dead rows, ascending.

    Returns
    -------
    int
        Number of rows afterwards.
    """
    left = n - holes.size
    last = n - 1
    for hole in holes:
        if hole >= left:
            break
        while rows.cell[last] == DEAD:
            last -= 1
        rows.key[hole], rows.cell[hole], rows.home[hole] = rows.key[last], rows.cell[last], rows.home[last]
        rows.capital[hole], rows.log_z[hole] = rows.capital[last], rows.log_z[last]
        rows.age[hole], rows.ownership[hole] = rows.age[last], rows.ownership[last]
        rows.weight[hole] = rows.weight[last]
        last -= 1
    return left
