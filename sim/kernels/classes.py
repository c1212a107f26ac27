"""Sums of firms by class of age, size and ownership, within groups of cells.

Symbols as in `sim.kernels.firms`; N = 3 classes of each kind.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sim.kernels.firms import BLOCK, STEP, prefetch_block
from sim.kernels.intrinsics import prefetch
from sim.kernels.maths32 import exp32

N = 3


class Cells(NamedTuple):
    """What the class of a firm depends on besides the firm, one entry per cell (P S,)."""

    group: np.ndarray  # int32
    medium: np.ndarray  # float64, million base-year yuan per real firm from which a firm is medium-sized
    value: np.ndarray  # float64, value of a unit of quality


class Bounds(NamedTuple):
    """Bounds of classes that all cells share."""

    grown: int  # years, age from which a firm is in the second class
    old: int  # years, age from which a firm is in the third class
    large: float  # size from which a firm is large, relative to that from which it is medium-sized


@njit(error_model="numpy", inline="always")
def _add(table, c, capital, weight, value):
    table[c, 0] += capital
    table[c, 1] += weight
    table[c, 2] += value


@njit(cache=True, nogil=True, error_model="numpy")
def sums_by_class(rows, start, stop, power, cells, n_groups, bounds):
    """Sum capital, real firms and value by group of cells and by class.

    Parameters
    ----------
    rows : Rows
        None in the range is dead.
    start, stop : int
    power : float32
    cells : Cells
    n_groups : int
    bounds : Bounds

    Returns
    -------
    (n_groups, N, N, N, 3) float
        By group, age, size and ownership: capital, real firms, value (``value k exp(4 e z)``).
    """
    # A fourth column, so that the sums of a class are in one cache line.
    table = np.zeros((2, n_groups * N * N * N, 4))
    v = np.empty(BLOCK, np.float32)
    at, value, medium = np.empty(BLOCK, np.int32), np.empty(BLOCK), np.empty(BLOCK)
    for low in range(start, stop, BLOCK):
        high = min(stop, low + BLOCK)
        cell, log_z, age = rows.cell[low:high], rows.log_z[low:high], rows.age[low:high]
        capital, weight, owner = rows.capital[low:high], rows.weight[low:high], rows.ownership[low:high]
        for k in range(cell.size):
            c = np.uint32(cell[k])
            at[k], medium[k], value[k] = cells.group[c], cells.medium[c], cells.value[c]
        # Short loops over few arrays: longer ones do not vectorise.
        for k in range(cell.size):
            medium[k] *= weight[k]
        for k in range(cell.size):
            years = np.int32(age[k] >= bounds.grown) + np.int32(age[k] >= bounds.old)
            at[k] = (at[k] * N + years) * N * N + owner[k]
        for k in range(cell.size):
            at[k] += N * (np.int32(capital[k] >= medium[k]) + np.int32(capital[k] >= bounds.large * medium[k]))
        for k in range(cell.size):
            v[k] = exp32(power * log_z[k])
        for k in range(cell.size):
            x = np.float64(v[k]) * np.float64(v[k])
            value[k] *= capital[k] * x * x
        full = cell.size // STEP * STEP
        for begin in range(0, full, STEP):
            prefetch_block(rows, low + BLOCK + begin)
            for k in range(begin, begin + STEP, 8):
                prefetch(rows.weight, low + BLOCK + k)
            for k in range(begin, begin + STEP):
                _add(table[k & 1], at[k], capital[k], weight[k], value[k])
        for k in range(full, cell.size):
            _add(table[k & 1], at[k], capital[k], weight[k], value[k])
    return (table[0] + table[1])[:, :3].copy().reshape((n_groups, N, N, N, 3))
