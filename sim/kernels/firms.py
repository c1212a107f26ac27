"""Passes over firms: sums by cell, who closes, who thinks of moving, growth and shocks.

Symbols: F rows, R cities, P = R + sites places, S sectors; a cell is ``place * S + sector``; ``z`` log productivity;
``power`` the exponent e of a cell with which firms grow, ``k exp(e z)``; quality is ``k exp(4 e z)``.

A kernel passes over the rows ``start`` to ``stop``; whoever calls it cuts rows into lanes and joins what they return.
A block of rows fits into the nearest cache: what vectorises is done for the block at once, then what does not, row by
row; meanwhile the next block is fetched. Sums have a second table for every other row: neighbours are often of one
cell and would wait for each other.
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
STEP = 32  # rows between two requests for the next block: two lines of four bytes a row
AHEAD = 16  # rows that are fetched before they are written
COUNT, WEIGHT, CAPITAL, GROWTH, QUALITY = range(5)
DEAD = -1
LEAVES, THINKS, LARGE = 1, 2, 4


class Rows(NamedTuple):
    """Columns of firms, one entry a firm; longer than the number of firms."""

    key: np.ndarray  # uint64, birth identity
    cell: np.ndarray  # int32, DEAD for a row that is free
    home: np.ndarray  # uint16, city of the headquarters
    capital: np.ndarray  # float64, million base-year yuan
    log_z: np.ndarray  # float32, log productivity
    age: np.ndarray  # int16, years
    ownership: np.ndarray  # int8
    weight: np.ndarray  # float64, real firms it stands for, a multiple of WEIGHT_UNIT


# Weights are multiples of this: sums of them are exact, in any order, up to eight million real firms a cell.
WEIGHT_UNIT = 2.0**-30


@njit(error_model="numpy", inline="always")
def add_firm(table, c, sign, weight, capital, v):
    """Add a firm to the sums of its cell, or take it off (``sign`` -1); ``v = exp(e z)``."""
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
        None of those passed over is dead.
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
def _ask_block(rows, row):
    """Have STEP rows fetched, of the columns that every pass reads."""
    prefetch(rows.age, row)
    for k in range(row, row + STEP, 16):
        prefetch(rows.cell, k)
        prefetch(rows.log_z, k)
    for k in range(row, row + STEP, 8):
        prefetch(rows.key, k)
        prefetch(rows.capital, k)


class Fate(NamedTuple):
    """The law by which firms close, think of moving and wear off."""

    limit: np.ndarray  # (ages,) uint32: a firm with a word below it closes; the last is that of all older ones
    spared: np.ndarray  # (ages,) uint32, the same for insolvent firms
    floor: np.ndarray  # (P S,) float32, log productivity below which a firm is insolvent
    lowest: np.float32  # no firm above it is insolvent: the largest of these
    thinks: np.uint32  # firms with another word below it reconsider their place
    stays: float  # part of the capital that a year leaves
    large: float  # million base-year yuan, capital above which a firm is one of the large


@njit(cache=True, nogil=True, error_model="numpy")
def sift(rows, start, stop, fate, power, draw):
    """Close firms, list those that think of moving, measure the large ones; capital wears off.

    Parameters
    ----------
    rows : Rows
        None of those passed over is dead; those of firms that close are afterwards.
    start, stop : int
    fate : Fate
    power : (P S,) float32
    draw : uint64

    Returns
    -------
    gone : (n_gone,) int32
        Rows of those that have closed, ascending.
    lost : (P S, 5) float
        Their sums, as in `sums`, before capital wore off.
    thinking : (n_thinking,) int32
        Rows of others, ascending.
    n_large : int
        Large firms before any of this.
    excess : float
        Sum over them of ``ln(k / large)``.
    """
    limit, spared = fate.limit, fate.spared
    last = limit.size - 1
    lost = np.zeros((power.size, 5))
    gone, thinking = np.empty(stop - start, np.int32), np.empty(stop - start, np.int32)
    n_gone, n_thinking, n_large, excess = 0, 0, 0, 0.0
    first, second = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    most = np.empty(BLOCK, np.uint32)
    flag = np.empty(BLOCK, np.uint8)
    some = np.empty(BLOCK, np.int32)
    c, e, v = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    held, stood, size = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        key, age, cell = rows.key[low:high], rows.age[low:high], rows.cell[low:high]
        log_z, capital, weight = rows.log_z[low:high], rows.capital[low:high], rows.weight[low:high]
        for k in range(key.size):
            w = word(draw, key[k])
            first[k], second[k] = upper(w), lower(w)
        for k in range(key.size):
            most[k] = limit[np.uint32(min(age[k], last))]
        for k in range(key.size):
            flag[k] = LEAVES * ((first[k] < most[k]) | (log_z[k] < fate.lowest)) + THINKS * (second[k] < fate.thinks)
        for k in range(key.size):
            flag[k] += LARGE * (capital[k] > fate.large)
        marked = 0
        whole = key.size // STEP * STEP
        for begin in range(0, whole, STEP):
            _ask_block(rows, low + BLOCK + begin)
            for k in range(begin, begin + STEP, 8):
                prefetch(rows.weight, low + BLOCK + k)
            for k in range(begin, begin + STEP):
                some[marked] = k
                marked += flag[k] > 0
        for k in range(whole, key.size):
            some[marked] = k
            marked += flag[k] > 0
        leavers, larger = 0, 0
        for m in range(marked):
            k = some[m]
            size[larger] = capital[k] / fate.large
            larger += flag[k] >> 2
            poor = log_z[k] < fate.floor[cell[k]] and first[k] < spared[min(age[k], last)]
            leaves = poor or first[k] < most[k]
            some[leavers] = k
            leavers += leaves
            thinking[n_thinking] = low + k
            n_thinking += (flag[k] >> 1) & (1 - leaves)
        # Looked up at once, so that waits for memory overlap.
        for m in range(leavers):
            k = some[m]
            c[m], held[m], stood[m], v[m] = cell[k], capital[k], weight[k], log_z[k]
            gone[n_gone + m] = low + k
            cell[k] = DEAD
        n_gone += leavers
        for m in range(leavers):
            e[m] = power[np.uint32(c[m])]
        for m in range(leavers):
            v[m] = exp32(e[m] * v[m])
        for m in range(leavers):
            add_firm(lost, c[m], 1.0, stood[m], held[m], v[m])
        for m in range(larger):
            size[m] = log(size[m])
        for m in range(larger):
            excess += size[m]
        n_large += larger
        for k in range(key.size):
            capital[k] *= fate.stays
    return gone[:n_gone].copy(), lost, thinking[:n_thinking].copy(), n_large, excess


@njit(cache=True, nogil=True, error_model="numpy")
def thinkers(rows, start, stop, thinks, draw):
    """List firms that think of moving, as `sift` does on its way.

    Parameters
    ----------
    rows : Rows
        Dead rows are passed over.
    start, stop : int
    thinks : uint32
        As in `Fate`.
    draw : uint64

    Returns
    -------
    (n_thinking,) int32
        Rows, ascending.
    """
    out = np.empty(stop - start, np.int32)
    n = 0
    for row in range(start, stop):
        out[n] = row
        n += (rows.cell[row] != DEAD) & (lower(word(draw, rows.key[row])) < thinks)
    return out[:n].copy()


@njit(error_model="numpy", inline="always")
def _settle_one(rows, row, new, k):
    rows.key[row], rows.cell[row], rows.capital[row] = new.key[k], new.cell[k], new.capital[k]
    rows.log_z[row], rows.age[row] = new.log_z[k], new.age[k]


@njit(cache=True, nogil=True, error_model="numpy")
def settle(rows, at, new):
    """Write those columns of new firms that passes over all firms read, as `renew` does on its way.

    Parameters
    ----------
    rows : Rows
    at : (N,) int32
        Row of each new firm, ascending.
    new : Rows
        Columns of the new firms only.
    """
    for k in range(at.size):
        _settle_one(rows, at[k], new, k)


class Renewal(NamedTuple):
    """The law by which firms grow and their productivity moves on."""

    rate: np.ndarray  # (P S,) new capital per k exp(e z)
    power: np.ndarray  # (P S,) float32
    mean: np.float32  # of log productivity, over the power of the cell
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
def renew(rows, start, stop, law, draw, at, new):
    """Bring firms into the next year: investment, this year's luck, a year of age.

    Parameters
    ----------
    rows : Rows
        None of those passed over is dead.
    start, stop : int
    law : Renewal
    draw : uint64
    at, new : (N,) int32, Rows
        Firms that are not yet settled, see `settle`.

    Returns
    -------
    (P S, 3) float
        The new CAPITAL, GROWTH and QUALITY, as in `sums`; the other sums are as before.
    """
    rate, power, persistence, sd = law.rate, law.power, law.persistence, law.sd
    pull = law.mean * (f32(1) - persistence)
    table = np.zeros((2, power.size, 3))
    e, x = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    r = np.empty(BLOCK)
    bits = np.empty(BLOCK, np.uint32)
    alike = True
    for p in power:
        alike &= p == power[0]
    e[:] = power[0]
    # The first new firm of these rows, by halving.
    waits, behind = 0, at.size
    while waits < behind:
        middle = (waits + behind) // 2
        if at[middle] < start:
            waits = middle + 1
        else:
            behind = middle
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        while waits < at.size and at[waits] < high:
            _settle_one(rows, at[waits], new, waits)
            waits += 1
        key, cell, log_z, age = rows.key[low:high], rows.cell[low:high], rows.log_z[low:high], rows.age[low:high]
        capital = rows.capital[low:high]
        if not alike:
            for k in range(cell.size):
                e[k] = power[np.uint32(cell[k])]
        for k in range(cell.size):
            r[k] = rate[np.uint32(cell[k])]
        # Short loops over a few arrays: longer ones would not vectorise.
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
        whole = cell.size // STEP * STEP
        for begin in range(0, whole, STEP):
            _ask_block(rows, low + BLOCK + begin)
            for k in range(begin, begin + STEP):
                _add_three(table[k & 1], np.uint32(cell[k]), capital[k], np.float64(x[k]))
        for k in range(whole, cell.size):
            _add_three(table[k & 1], np.uint32(cell[k]), capital[k], np.float64(x[k]))
    return table[0] + table[1]


class Orders(NamedTuple):
    """Who moves, one entry a firm."""

    row: np.ndarray  # (M,) int32
    cell: np.ndarray  # (M,) int32, where it goes
    size: np.ndarray  # (M,) float, real capital that goes there
    branch: np.ndarray  # (M,) bool, whether the firm stays and opens a branch
    key: np.ndarray  # (M,) uint64, of the branch


@njit(cache=True, nogil=True, error_model="numpy")
def move(rows, orders, at, share, power, table):
    """Move firms, or split branches off them: the same owner, headquarters and productivity, elsewhere.

    Parameters
    ----------
    rows : Rows
    orders : Orders
    at : (B,) int32
        Rows of the branches.
    share : float
        Of the real firms that an agent stands for, its branch.
    power : (P S,) float32
    table : (P S, 5) float
        Sums, as in `sums`, brought up to date.
    """
    opened = 0
    for m in range(orders.row.size):
        if m + AHEAD < orders.row.size:
            ask(rows, orders.row[m + AHEAD])
        row, old, new = orders.row[m], rows.cell[orders.row[m]], orders.cell[m]
        v = exp32(power[old] * rows.log_z[row])
        if orders.branch[m]:
            weight = np.rint(share * rows.weight[row] * (1.0 / WEIGHT_UNIT)) * WEIGHT_UNIT
            branch = at[opened]
            rows.key[branch], rows.cell[branch], rows.home[branch] = orders.key[m], new, rows.home[row]
            rows.capital[branch], rows.log_z[branch], rows.age[branch] = orders.size[m], rows.log_z[row], 0
            rows.ownership[branch], rows.weight[branch] = rows.ownership[row], weight
            opened += 1
            rows.capital[row] -= orders.size[m]
            rows.weight[row] -= weight
            table[old, COUNT] += 1.0
        else:
            weight = rows.weight[row]
            rows.cell[row] = new
        add_firm(table, old, -1.0, weight, orders.size[m], v)
        add_firm(table, new, 1.0, weight, orders.size[m], exp32(power[new] * rows.log_z[row]))


@njit(error_model="numpy", inline="always")
def ask(rows, row):
    """Have a row fetched that is written soon."""
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
    """Move the last firms into dead rows, so that none is left among the first ones.

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
