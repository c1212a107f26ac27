"""Passes over all firms: sums by cell, who closes, growth and shocks, the largest.

Symbols: F rows, R cities, P = R + sites places, S sectors; a cell is ``place * S + sector``; ``z`` log productivity;
``power`` the exponent e of a cell with which firms grow, ``k exp(e z)``; quality is ``k exp(4 e z)``.

Rows are cut into lanes of whole blocks, from their number only; each lane has its own table and the tables are added
in lane order, so the number of threads never changes a bit. A lane has a second table for every other row: neighbours
are often of one cell and would wait for each other. A block fits into the nearest cache: what vectorises is done for
the block at once, then what does not, row by row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from sim.kernels.random import word
from sim.kernels.single import exp32, normal32, symmetric32

BLOCK = 1024
LANES = 8
COUNT, WEIGHT, CAPITAL, GROWTH, QUALITY = range(5)
DEAD = -1


class Rows(NamedTuple):
    """Columns of firms, one entry a firm; longer than the number of firms."""

    key: np.ndarray  # uint64, birth identity
    cell: np.ndarray  # int32, DEAD for a row that is free
    home: np.ndarray  # uint16, city of the headquarters
    capital: np.ndarray  # float64, million base-year yuan
    log_z: np.ndarray  # float32, log productivity
    age: np.ndarray  # int16, years
    ownership: np.ndarray  # int8
    weight: np.ndarray  # float64, real firms it stands for


@njit(cache=True, error_model="numpy")
def lanes_of(n):
    """Return the number of lanes and the rows of each (whole blocks) of ``n`` rows."""
    blocks = (n + BLOCK - 1) // BLOCK
    each = max(1, (blocks + LANES - 1) // LANES)
    return (blocks + each - 1) // each, each * BLOCK


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


@njit(cache=True, error_model="numpy")
def _sum_lane(rows, start, stop, power, table):
    v = np.empty(BLOCK, np.float32)
    e = np.empty(BLOCK, np.float32)
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        cell, log_z = rows.cell[low:high], rows.log_z[low:high]
        capital, weight = rows.capital[low:high], rows.weight[low:high]
        for k in range(cell.size):
            e[k] = power[cell[k]]
        for k in range(cell.size):
            v[k] = exp32(e[k] * log_z[k])
        for k in range(cell.size):
            add_firm(table[k & 1], cell[k], 1.0, weight[k], capital[k], v[k])


@njit(cache=True, error_model="numpy")
def _added(tables):
    """Add the tables of lanes in their order."""
    out = np.zeros(tables.shape[2:])
    for lane in range(tables.shape[0]):
        out += tables[lane, 0] + tables[lane, 1]
    return out


@njit(cache=True, parallel=True, error_model="numpy")
def sums(rows, n, power):
    """Sum all firms by cell.

    Parameters
    ----------
    rows : Rows
        None of the first ``n`` is dead.
    n : int
    power : (P S,) float32

    Returns
    -------
    (P S, 5) float
        Columns COUNT, WEIGHT, CAPITAL, GROWTH (``k exp(e z)``), QUALITY (``k exp(4 e z)``).
    """
    lanes, each = lanes_of(n)
    tables = np.zeros((max(1, lanes), 2, power.size, 5))
    for lane in prange(lanes):
        _sum_lane(rows, lane * each, min(n, (lane + 1) * each), power, tables[lane])
    return _added(tables)


@njit(cache=True, error_model="numpy")
def add_rows(rows, some, power, table, sign):
    """Add some rows to sums, in place, or take them off (``sign`` -1).

    Parameters
    ----------
    rows : Rows
    some : (n,) int32
    power : (P S,) float32
    table : (P S, 5) float
    sign : float
    """
    for row in some:
        c = rows.cell[row]
        add_firm(table, c, sign, rows.weight[row], rows.capital[row], exp32(power[c] * rows.log_z[row]))


@njit(cache=True, error_model="numpy")
def _close_lane(rows, start, stop, law, draw, out, table):
    """Close firms of a lane; return how many. ``law`` as in `close`."""
    limit, spared, floor, lowest, power = law
    last = limit.size - 1
    bits = np.empty(BLOCK, np.uint64)
    most = np.empty(BLOCK, np.uint64)
    flag = np.empty(BLOCK, np.uint8)
    some = np.empty(BLOCK, np.int32)
    gone = 0
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        key, log_z, age, cell = rows.key[low:high], rows.log_z[low:high], rows.age[low:high], rows.cell[low:high]
        for k in range(key.size):
            most[k] = limit[min(age[k], last)]
        for k in range(key.size):
            bits[k] = word(draw, key[k])
        for k in range(key.size):
            flag[k] = (bits[k] < most[k]) | (log_z[k] < lowest)
        candidates = 0
        for k in range(key.size):
            some[candidates] = k
            candidates += flag[k]
        leavers = 0
        for k in some[:candidates]:
            poor = log_z[k] < floor[cell[k]] and bits[k] < spared[min(age[k], last)]
            some[leavers] = k
            leavers += poor or bits[k] < most[k]
        for m in range(leavers):
            k = some[m]
            c, row = cell[k], low + k
            add_firm(table[m & 1], c, 1.0, rows.weight[row], rows.capital[row], exp32(power[c] * log_z[k]))
            cell[k] = DEAD
            out[start + gone + m] = row
        gone += leavers
    return gone


@njit(cache=True, parallel=True, error_model="numpy")
def close(rows, n, law, draw):
    """Close firms: an age hazard, and insolvency. Their rows are dead afterwards.

    Parameters
    ----------
    rows : Rows
    n : int
    law : tuple
        ``limit`` (ages,) uint64: a firm closes if its word is below that of its age, the last for all older;
        ``spared`` (ages,) uint64 the same for insolvent firms; ``floor`` (P S,) float32 log productivity below which a
        firm is insolvent; ``lowest`` the largest of these; ``power`` (P S,) float32.
    draw : uint64

    Returns
    -------
    gone : (n_gone,) int32
        Their rows, ascending.
    lost : (P S, 5) float
        Their sums, as in `sums`.
    """
    lanes, each = lanes_of(n)
    tables = np.zeros((max(1, lanes), 2, law[4].size, 5))
    out = np.empty(n, np.int32)
    count = np.zeros(max(1, lanes), np.int64)
    for lane in prange(lanes):
        count[lane] = _close_lane(rows, lane * each, min(n, (lane + 1) * each), law, draw, out, tables[lane])
    return joined(out, count, each), _added(tables)


@njit(cache=True, error_model="numpy")
def joined(out, count, each):
    """Join the first ``count[lane]`` entries of every lane of ``each`` entries."""
    parts = np.empty(count.sum(), out.dtype)
    at = 0
    for lane in range(count.size):
        parts[at : at + count[lane]] = out[lane * each : lane * each + count[lane]]
        at += count[lane]
    return parts


@njit(cache=True, error_model="numpy")
def _renew_lane(rows, start, stop, law, draw, table):
    rate, power, mean, persistence, sd = law
    e = np.empty(BLOCK, np.float32)
    m = np.empty(BLOCK, np.float32)
    x = np.empty(BLOCK, np.float32)
    r = np.empty(BLOCK)
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        key, cell, log_z, age = rows.key[low:high], rows.cell[low:high], rows.log_z[low:high], rows.age[low:high]
        capital, weight = rows.capital[low:high], rows.weight[low:high]
        for k in range(cell.size):
            c = cell[k]
            e[k], m[k], r[k] = power[c], mean[c], rate[c]
        # Short loops over a few arrays: longer ones would not vectorise.
        for k in range(cell.size):
            x[k] = exp32(e[k] * log_z[k])
        for k in range(cell.size):
            capital[k] += capital[k] * r[k] * np.float64(x[k])
        for k in range(cell.size):
            x[k] = symmetric32(word(draw, key[k]))
        for k in range(cell.size):
            x[k] = normal32(x[k])
        for k in range(cell.size):
            log_z[k] = m[k] + persistence * (log_z[k] - m[k]) + sd * x[k]
        for k in range(cell.size):
            x[k] = exp32(e[k] * log_z[k])
        for k in range(cell.size):
            age[k] = min(age[k], np.int16(30000)) + np.int16(1)
        for k in range(cell.size):
            add_firm(table[k & 1], cell[k], 1.0, weight[k], capital[k], x[k])


@njit(cache=True, parallel=True, error_model="numpy")
def renew(rows, n, law, draw):
    """Bring all firms into the next year: investment, this year's luck, a year of age.

    Parameters
    ----------
    rows : Rows
        None of the first ``n`` is dead.
    n : int
    law : tuple
        ``rate`` (P S,) new capital per ``k exp(e z)``; ``power`` (P S,) float32; ``mean`` (P S,) float32 of log
        productivity; its ``persistence`` and ``sd``, float32.
    draw : uint64

    Returns
    -------
    (P S, 5) float
        The new sums, as in `sums`.
    """
    lanes, each = lanes_of(n)
    tables = np.zeros((max(1, lanes), 2, law[1].size, 5))
    for lane in prange(lanes):
        _renew_lane(rows, lane * each, min(n, (lane + 1) * each), law, draw, tables[lane])
    return _added(tables)


@njit(cache=True, parallel=True, error_model="numpy")
def scale(capital, factor):
    """Multiply a column in place.

    Parameters
    ----------
    capital : (F,) float
    factor : float
    """
    lanes, each = lanes_of(capital.size)
    for lane in prange(lanes):
        part = capital[lane * each : min(capital.size, (lane + 1) * each)]
        for k in range(part.size):
            part[k] *= factor


@njit(cache=True, error_model="numpy")
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


@njit(cache=True, error_model="numpy")
def above(capital, bound):
    """Return the values above a bound, in their order."""
    out = np.empty(capital.size)
    m = 0
    for k in range(capital.size):
        out[m] = capital[k]
        m += capital[k] > bound
    return out[:m].copy()
