"""Passes over firms: sums by cell, exit, selection of firms that reconsider their location, growth and shocks.

Symbols: F rows, R cities, P = R + sites locations (cities, then sites), S sectors; a cell is ``location * S + sector``;
``z`` log productivity, ``h`` its relative variance (column ``variance``); ``power`` the growth exponent e; firms grow
by ``k exp(e z + g)`` with ``g`` a function of ``h`` (`Law`); quality is ``k exp(4 e z)``.

A kernel processes the rows ``start`` to ``stop``; the caller splits rows into chunks and combines the results. A block
of rows fits into the L1 cache: operations that vectorise run over the whole block first, the others row by row, while
the next block is prefetched. Sums use a second table for every other row: neighbouring rows often belong to the same
cell, and their additions would depend on each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sim.kernels.intrinsics import fma, prefetch
from sim.kernels.maths import log
from sim.kernels.maths32 import exp32, f32, normal32
from sim.kernels.random import lower, mix, upper, word

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
    variance: np.ndarray  # float32, variance of its log productivity relative to that of a single firm, at most 1


# Weights are multiples of this unit: their sums are exact in any order, up to eight million real firms per cell.
WEIGHT_UNIT = 2.0**-30


class Law(NamedTuple):
    """Law of log productivity by its relative variance ``h``, see `sim.economy.firms.productivity`."""

    power: np.float32
    persistence: np.float32
    sd: np.float32  # of a single firm's yearly shock; an agent's is times the root of h
    mean0: np.float32  # mean to which log productivity returns: coefficients of 1, h, h^2, h^3
    mean1: np.float32
    mean2: np.float32
    mean3: np.float32
    growth0: np.float32  # log factor on growth: coefficients of 1, h, h^2, h^3
    growth1: np.float32
    growth2: np.float32
    growth3: np.float32


@njit(error_model="numpy", inline="always")
def divided(variance, weight, part):
    """Return the relative variance of a part of an agent, from that of the agent and the weights of both."""
    return f32(np.float64(variance) * max(weight, 1.0) / max(part, 1.0))


@njit(error_model="numpy", inline="always")
def mean_of(law, h):
    """Return the mean to which log productivity returns."""
    return fma(h, fma(h, fma(h, law.mean3, law.mean2), law.mean1), law.mean0)


@njit(error_model="numpy", inline="always")
def pull_of(law, h, log_z):
    """Return the weight of a unit of capital in growth."""
    return exp32(fma(law.power, log_z, fma(h, fma(h, fma(h, law.growth3, law.growth2), law.growth1), law.growth0)))


@njit(error_model="numpy", inline="always")
def add_firm(table, c, sign, weight, capital, pull, v):
    """Add a firm to the sums of its cell, or subtract it (``sign`` -1); ``pull`` of `pull_of`, ``v = exp(e z)``."""
    v = np.float64(v)
    v *= v
    table[c, COUNT] += sign
    table[c, WEIGHT] += sign * weight
    table[c, CAPITAL] += sign * capital
    table[c, GROWTH] += sign * capital * np.float64(pull)
    table[c, QUALITY] += sign * capital * v * v


@njit(cache=True, nogil=True, error_model="numpy")
def sums(rows, start, stop, law, cells):
    """Sum firms by cell.

    Parameters
    ----------
    rows : Rows
        None in the range is dead.
    start, stop : int
    law : Law
    cells : int
        P S.

    Returns
    -------
    (P S, 5) float
        Columns COUNT, WEIGHT, CAPITAL, GROWTH (``k exp(e z + g)``), QUALITY (``k exp(4 e z)``).
    """
    table = np.zeros((2, cells, 5))
    v, pull = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        cell, log_z = rows.cell[low:high], rows.log_z[low:high]
        capital, weight, variance = rows.capital[low:high], rows.weight[low:high], rows.variance[low:high]
        for k in range(cell.size):
            v[k] = exp32(law.power * log_z[k])
        for k in range(cell.size):
            pull[k] = pull_of(law, variance[k], log_z[k])
        for k in range(cell.size):
            add_firm(table[k & 1], cell[k], 1.0, weight[k], capital[k], pull[k], v[k])
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
    large: float  # million base-year yuan, capital per real firm above which it counts as large


@njit(cache=True, nogil=True, error_model="numpy")
def screen(rows, start, stop, survival, law, draw):
    """Screen firms for exit, list those that reconsider their location, measure the large ones; depreciate capital.

    Parameters
    ----------
    rows : Rows
        None is dead in the range on entry; rows of firms that close are dead on return.
    start, stop : int
    survival : Survival
    law : Law
    draw : uint64

    Returns
    -------
    closed : (n_closed,) int32
        Rows of firms that have closed, ascending.
    lost : (P S, 5) float
        Their sums, as in `sums`, before depreciation.
    reconsidering_rows : (n_reconsidering,) int32
        Rows of others, ascending.
    large : (2,) float
        Real firms that are large, before exit and depreciation, and the sum over them of ``ln(size / large)``.
    """
    limit, limit_insolvent = survival.limit, survival.limit_insolvent
    last = limit.size - 1
    lost = np.zeros((survival.floor.size, 5))
    closed, reconsidering_rows = np.empty(stop - start, np.int32), np.empty(stop - start, np.int32)
    n_closed, n_reconsidering = 0, 0
    n_large, excess = 0.0, 0.0
    first, second = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    threshold = np.empty(BLOCK, np.uint32)
    flag = np.empty(BLOCK, np.uint8)
    some = np.empty(BLOCK, np.int32)
    c, v, pull = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    lost_capital, lost_weight = np.empty(BLOCK), np.empty(BLOCK)
    size, firms = np.empty(BLOCK), np.empty(BLOCK)
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        key, age, cell = rows.key[low:high], rows.age[low:high], rows.cell[low:high]
        log_z, capital = rows.log_z[low:high], rows.capital[low:high]
        weight, variance = rows.weight[low:high], rows.variance[low:high]
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
            flag[k] += LARGE * (capital[k] > survival.large * weight[k])
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
            size[larger], firms[larger] = capital[k] / (survival.large * weight[k]), weight[k]
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
            pull[m] = variance[k]
            closed[n_closed + m] = low + k
            cell[k] = DEAD
        n_closed += leavers
        for m in range(leavers):
            pull[m] = pull_of(law, pull[m], v[m])
        for m in range(leavers):
            v[m] = exp32(law.power * v[m])
        for m in range(leavers):
            add_firm(lost, c[m], 1.0, lost_weight[m], lost_capital[m], pull[m], v[m])
        for m in range(larger):
            size[m] = log(size[m])
        for m in range(larger):
            excess += firms[m] * size[m]
            n_large += firms[m]
        for k in range(key.size):
            capital[k] *= survival.retained
    return closed[:n_closed].copy(), lost, reconsidering_rows[:n_reconsidering].copy(), (n_large, excess)


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


@njit(error_model="numpy", inline="always")
def _add_three(table, c, capital, pull, v):
    """Add the capital of a firm, its weight in growth and its quality to those of its cell."""
    v *= v
    table[c, 0] += capital
    table[c, 1] += capital * pull
    table[c, 2] += capital * v * v


@njit(cache=True, nogil=True, error_model="numpy")
def renew(rows, start, stop, rate, law, draw, at, new):
    """Advance firms by a year: investment, productivity shock, age.

    Parameters
    ----------
    rows : Rows
        None in the range is dead.
    start, stop : int
    rate : (P S,) float
        New capital per ``k exp(e z + g)``.
    law : Law
    draw : uint64
    at, new : (N,) int32, Rows
        New firms that are not yet written, see `write_new`.

    Returns
    -------
    (P S, 3) float
        The new CAPITAL, GROWTH and QUALITY, as in `sums`; the other sums do not change.
    """
    fade = f32(1) - law.persistence
    table = np.zeros((2, rate.size, 3))
    x, pull = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    r = np.empty(BLOCK)
    bits = np.empty(BLOCK, np.uint32)
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
        capital, h = rows.capital[low:high], rows.variance[low:high]
        for k in range(cell.size):
            r[k] = rate[np.uint32(cell[k])]
        # Short loops over few arrays: longer ones do not vectorise.
        for k in range(cell.size):
            x[k] = pull_of(law, h[k], log_z[k])
        for k in range(cell.size):
            capital[k] += capital[k] * r[k] * np.float64(x[k])
        for k in range(cell.size):
            bits[k] = upper(word(draw, key[k]))
        for k in range(cell.size):
            x[k] = normal32(bits[k])
        for k in range(cell.size):
            x[k] *= law.sd * np.sqrt(h[k])
        for k in range(cell.size):
            log_z[k] = fade * mean_of(law, h[k]) + law.persistence * log_z[k] + x[k]
        for k in range(cell.size):
            pull[k] = pull_of(law, h[k], log_z[k])
        for k in range(cell.size):
            x[k] = exp32(law.power * log_z[k])
        for k in range(cell.size):
            age[k] = min(age[k], np.int16(30000)) + np.int16(1)
        full = cell.size // STEP * STEP
        for begin in range(0, full, STEP):
            prefetch_block(rows, low + BLOCK + begin)
            for k in range(begin, begin + STEP, 16):
                prefetch(rows.variance, low + BLOCK + k)
            for k in range(begin, begin + STEP):
                _add_three(table[k & 1], np.uint32(cell[k]), capital[k], np.float64(pull[k]), np.float64(x[k]))
        for k in range(full, cell.size):
            _add_three(table[k & 1], np.uint32(cell[k]), capital[k], np.float64(pull[k]), np.float64(x[k]))
    return table[0] + table[1]


class Relocations(NamedTuple):
    """Firms that move, open a branch, or of which a part moves; one entry per agent."""

    row: np.ndarray  # (M,) int32
    cell: np.ndarray  # (M,) int32, of the destination
    size: np.ndarray  # (M,) float, real capital moved to the destination
    share: np.ndarray  # (M,) float, of the agent that moves: 1, or the part of its capital and firms in a new agent
    key: np.ndarray  # (M,) uint64, of the new agent


@njit(cache=True, nogil=True, error_model="numpy")
def move(rows, relocations, at, law, table):
    """Move firms, or split off branches: same owner, headquarters, age and productivity at another location.

    Parameters
    ----------
    rows : Rows
    relocations : Relocations
    at : (B,) int32
        Rows of the new agents.
    law : Law
    table : (P S, 5) float
        Sums, as in `sums`, brought up to date.
    """
    n_branches = 0
    for m in range(relocations.row.size):
        if m + AHEAD < relocations.row.size:
            prefetch_row(rows, relocations.row[m + AHEAD])
        row, old, new = relocations.row[m], rows.cell[relocations.row[m]], relocations.cell[m]
        log_z = rows.log_z[row]
        v, pull = exp32(law.power * log_z), pull_of(law, rows.variance[row], log_z)
        add_firm(table, old, -1.0, rows.weight[row], rows.capital[row], pull, v)
        if relocations.share[m] < 1.0:
            weight = np.rint(relocations.share[m] * rows.weight[row] * (1.0 / WEIGHT_UNIT)) * WEIGHT_UNIT
            branch = at[n_branches]
            rows.key[branch], rows.cell[branch], rows.home[branch] = relocations.key[m], new, rows.home[row]
            rows.capital[branch], rows.log_z[branch] = relocations.size[m], log_z
            rows.age[branch], rows.ownership[branch], rows.weight[branch] = rows.age[row], rows.ownership[row], weight
            rows.variance[branch] = divided(rows.variance[row], rows.weight[row], weight)
            rows.variance[row] = divided(rows.variance[row], rows.weight[row], rows.weight[row] - weight)
            n_branches += 1
            rows.capital[row] -= relocations.size[m]
            rows.weight[row] -= weight
            pull = pull_of(law, rows.variance[branch], log_z)
            add_firm(table, new, 1.0, weight, relocations.size[m], pull, v)
        else:
            rows.cell[row] = new
            old = new
        pull = pull_of(law, rows.variance[row], log_z)
        add_firm(table, old, 1.0, rows.weight[row], rows.capital[row], pull, v)


@njit(cache=True, nogil=True, error_model="numpy")
def divide(rows, row, parts, at, draw, law, table):
    """Divide agents into equal parts, with independent shocks from then on.

    Parameters
    ----------
    rows : Rows
    row, parts : (M,) int32, (M,) int64
        Agents, and the number of parts of each, at least 2.
    at : (N,) int32
        Rows of the further parts.
    draw : uint64
        From which their keys are derived.
    law : Law
    table : (P S, 5) float
        Sums, as in `sums`, brought up to date.
    """
    n = 0
    for m in range(row.size):
        first, count = row[m], parts[m]
        cell, log_z = rows.cell[first], rows.log_z[first]
        v = exp32(law.power * log_z)
        whole, firms = rows.capital[first], rows.weight[first]
        add_firm(table, cell, -1.0, firms, whole, pull_of(law, rows.variance[first], log_z), v)
        capital, weight = whole / count, np.rint(firms / count * (1.0 / WEIGHT_UNIT)) * WEIGHT_UNIT
        rows.variance[first] = divided(rows.variance[first], firms, weight)
        pull = pull_of(law, rows.variance[first], log_z)
        for k in range(1, count):
            new = at[n]
            n += 1
            rows.key[new], rows.cell[new] = mix(mix(draw, rows.key[first]), np.uint64(k)), cell
            rows.home[new], rows.age[new], rows.ownership[new] = (
                rows.home[first],
                rows.age[first],
                rows.ownership[first],
            )
            rows.log_z[new], rows.variance[new] = log_z, rows.variance[first]
            rows.capital[new], rows.weight[new] = capital, weight
            add_firm(table, cell, 1.0, weight, capital, pull, v)
        rows.capital[first] = whole - capital * (count - 1)
        rows.weight[first] = firms - weight * (count - 1)
        add_firm(table, cell, 1.0, rows.weight[first], rows.capital[first], pull, v)


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
    prefetch(rows.variance, row)


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
        rows.weight[hole], rows.variance[hole] = rows.weight[last], rows.variance[last]
        last -= 1
    return left
