"""Products of a matrix and a few vectors, in one reading of the matrix."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def spread(matrix, values, chosen, out):
    """Fill rows of ``out`` with what senders spread over receivers.

    .. math:: out_{sj} = \\sum_i values_{si} matrix_{ij}

    Eight rows of the matrix are read at a time, in order, so that the sums do not depend on the machine.

    Parameters
    ----------
    matrix : (M, N) float
    values : (S, M) float
    chosen : (K,) int
        The rows s to fill; the others are left as they are.
    out : (S, N) float, written
    """
    M, N = matrix.shape
    for s in chosen:
        out[s] = 0.0
    for b in range(M // 8):
        i = 8 * b
        f0, f1, f2, f3 = matrix[i], matrix[i + 1], matrix[i + 2], matrix[i + 3]
        f4, f5, f6, f7 = matrix[i + 4], matrix[i + 5], matrix[i + 6], matrix[i + 7]
        for s in chosen:
            o = out[s]
            v = values[s, i : i + 8]
            v0, v1, v2, v3, v4, v5, v6, v7 = v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
            for j in range(N):
                first = (f0[j] * v0 + f1[j] * v1) + (f2[j] * v2 + f3[j] * v3)
                o[j] += first + ((f4[j] * v4 + f5[j] * v5) + (f6[j] * v6 + f7[j] * v7))
    for i in range(M // 8 * 8, M):
        f0 = matrix[i]
        for s in chosen:
            o = out[s]
            v0 = values[s, i]
            for j in range(N):
                o[j] += f0[j] * v0


@njit(cache=True, error_model="numpy")
def spread_one(matrix, values):
    """Return the (N,) sums over i of ``values[i] * matrix[i, j]``; see `spread`."""
    out = np.empty((1, matrix.shape[1]))
    spread(matrix, values.copy().reshape(1, -1), np.zeros(1, dtype=np.int64), out)
    return out[0]


def turned(matrices: np.ndarray) -> np.ndarray:
    """Return (C, N, N) matrices with rows and columns exchanged: the same array if they are symmetric."""
    back = matrices.transpose(0, 2, 1)
    return matrices if np.array_equal(matrices, back) else np.ascontiguousarray(back)
