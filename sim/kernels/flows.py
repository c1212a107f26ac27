"""Expected and integer flows between cities.

Symbols: R cities; ``size`` mass of a destination; ``value`` its log attraction; ``cost`` log odds.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.kernels.maths import exp

HOLDERS = 96  # rows of stocks that are moved at a time: with those of 340 cities they fit into a core's cache
LANES = 128  # running sums of a row side by side: in this fixed order a machine may add as many at once as it can


@njit(cache=True, error_model="numpy")
def logit_shares(size, value, cost, shares):
    r"""Fill ``shares[i, j]``, rows sum to 1, of a logit choice.

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
    lanes = np.empty(LANES)
    for i in range(R):
        row = shares[i]
        odds = cost[i]
        for j in range(R):
            row[j] = value[j] - odds[j]
        top = row_peak(row, lanes)
        for j in range(R):
            row[j] = size[j] * exp(row[j] - top)
        total = row_total(row, lanes)
        part = 1.0 / total
        for j in range(R):
            row[j] *= part
        logsum[i] = np.log(total) + top
    return logsum


@njit(cache=True, error_model="numpy")
def row_peak(row, lanes):
    """Return the largest of a row's numbers; ``lanes`` is room to work in."""
    lanes[:] = -np.inf
    for b in range(0, row.shape[0], LANES):
        part = row[b : b + LANES]
        best = lanes[: part.shape[0]]
        for k in range(part.shape[0]):
            best[k] = part[k] if part[k] > best[k] else best[k]
    top = lanes[0]
    for lane in lanes:
        top = max(top, lane)
    return top


@njit(cache=True, error_model="numpy")
def row_total(row, lanes):
    """Return the sum of a row's numbers; ``lanes`` is room to work in."""
    lanes[:] = 0.0
    for b in range(0, row.shape[0], LANES):
        part = row[b : b + LANES]
        held = lanes[: part.shape[0]]
        for k in range(part.shape[0]):
            held[k] += part[k]
    total = 0.0
    for lane in lanes:
        total += lane
    return total


@njit(cache=True, error_model="numpy")
def round_rows(flow, draws):
    """Round each row to whole numbers in place by systematic rounding with one draw a row.

    The total of a row changes by less than one; the expected value of each cell is kept.

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
def carry(held, factor, origin, destination, share, out):
    """Write stocks after columns have shrunk and parts of what is left have gone to other columns.

    Parameters
    ----------
    held : (n, R) float
    factor : (R,) float
        By which columns shrink.
    origin, destination : (M,) int
    share : (M,) float
        Part of what is left at the origin.
    out : (n, R) float
    """
    kept = np.ones(held.shape[1])
    for m in range(share.size):
        kept[origin[m]] -= share[m]
    old, new = np.empty((held.shape[1], HOLDERS)), np.empty((held.shape[1], HOLDERS))
    for low in range(0, held.shape[0], HOLDERS):
        some = held[low : low + HOLDERS]
        # What some holders have in a city lies together, so that one step serves all of them.
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
