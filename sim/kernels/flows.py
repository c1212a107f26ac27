"""Expected and integer flows between cities.

Symbols: R cities; ``size`` mass of a destination; ``value`` its log attraction; ``cost`` log odds.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def logit_shares(size, value, cost, shares):
    """Fill ``shares[i, j]``, rows sum to 1, of a logit choice.

    .. math:: shares_{ij} \\propto size_j \\exp(value_j - cost_{ij})

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
    for i in range(R):
        top = -np.inf
        for j in range(R):
            shares[i, j] = value[j] - cost[i, j]
            top = max(top, shares[i, j])
        total = 0.0
        for j in range(R):
            shares[i, j] = size[j] * np.exp(shares[i, j] - top)
            total += shares[i, j]
        for j in range(R):
            shares[i, j] /= total
        logsum[i] = np.log(total) + top
    return logsum


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
