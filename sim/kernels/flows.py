"""Expected and integer flows between cities.

Symbols: R cities; ``size`` mass of a destination; ``value`` its log attraction; ``cost`` log odds.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.kernels.maths import exp

OWNER_BLOCK = 96  # owners whose stocks are moved at a time: with 340 cities they fit into a core's cache
WIDTH = 128  # partial sums of a row: their order is fixed, so that any vector width gives the same result


@njit(cache=True, error_model="numpy")
def logit_shares(size, value, cost, shares):
    r"""Compute shares of a logit choice in place: ``shares[i, j]``, rows sum to 1.

    .. math:: shares_{ij} \propto size_j \exp(value_j - cost_{ij})

    Parameters
    ----------
    size, value : (R,) float
    cost, shares : (R, R) float

    Returns
    -------
    (R,) float
        Log of the sum over destinations (the logsum) of each origin.
    """
    R = size.shape[0]
    logsum = np.empty(R)
    partial = np.empty(WIDTH)
    for i in range(R):
        row = shares[i]
        odds = cost[i]
        for j in range(R):
            row[j] = value[j] - odds[j]
        top = row_peak(row, partial)
        for j in range(R):
            row[j] = size[j] * exp(row[j] - top)
        total = row_total(row, partial)
        part = 1.0 / total
        for j in range(R):
            row[j] *= part
        logsum[i] = np.log(total) + top
    return logsum


@njit(cache=True, error_model="numpy")
def row_peak(row, partial):
    """Return the maximum of a row; ``partial`` (WIDTH,) is scratch space."""
    partial[:] = -np.inf
    for b in range(0, row.shape[0], WIDTH):
        part = row[b : b + WIDTH]
        part_peak = partial[: part.shape[0]]
        for k in range(part.shape[0]):
            part_peak[k] = part[k] if part[k] > part_peak[k] else part_peak[k]
    top = partial[0]
    for value in partial:
        top = max(top, value)
    return top


@njit(cache=True, error_model="numpy")
def row_total(row, partial):
    """Return the sum of a row; ``partial`` (WIDTH,) is scratch space."""
    partial[:] = 0.0
    for b in range(0, row.shape[0], WIDTH):
        part = row[b : b + WIDTH]
        part_sum = partial[: part.shape[0]]
        for k in range(part.shape[0]):
            part_sum[k] += part[k]
    total = 0.0
    for value in partial:
        total += value
    return total


@njit(cache=True, error_model="numpy")
def round_rows(flow, draws):
    """Round each row to integers in place, by systematic rounding with one draw per row.

    The total of a row changes by less than one; the expected value of each cell is preserved.

    Parameters
    ----------
    flow : (R, R) float, persons/yr
    draws : (R,) float
        Uniform numbers in (0, 1).
    """
    R = flow.shape[0]
    for i in range(R):
        total = 0.0
        before = np.floor(draws[i])
        for j in range(R):
            total += flow[i, j]
            now = np.floor(total + draws[i])
            flow[i, j] = now - before
            before = now


@njit(cache=True, nogil=True, error_model="numpy")
def carry(stock, factor, origin, destination, share, out):
    """Depreciate stocks by column and move shares of the remainder to other columns.

    Parameters
    ----------
    stock : (n, R) float
    factor : (R,) float
        Share of each column that remains.
    origin, destination : (M,) int
    share : (M,) float
        Share of the remaining stock of the origin.
    out : (n, R) float
    """
    kept = np.ones(stock.shape[1])
    for m in range(share.size):
        kept[origin[m]] -= share[m]
    old, new = np.empty((stock.shape[1], OWNER_BLOCK)), np.empty((stock.shape[1], OWNER_BLOCK))
    for low in range(0, stock.shape[0], OWNER_BLOCK):
        some = stock[low : low + OWNER_BLOCK]
        # Transposed, so that the stocks of all these owners in a city are contiguous.
        for i in range(some.shape[0]):
            for j in range(kept.size):
                old[j, i] = some[i, j] * factor[j]
        for j in range(kept.size):
            for i in range(some.shape[0]):
                new[j, i] = old[j, i] * kept[j]
        for m in range(share.size):
            into, of, part = new[destination[m]], old[origin[m]], share[m]
            for i in range(some.shape[0]):
                into[i] += part * of[i]
        for i in range(some.shape[0]):
            for j in range(kept.size):
                out[low + i, j] = new[j, i]
