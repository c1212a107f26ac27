"""Products of a matrix and a few vectors, in one pass over the matrix."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(error_model="numpy", inline="always")
def _eight(f, v, j):
    """Return the sum over eight rows ``f`` of the matrix, with values ``v``, in column j."""
    first = (f[0][j] * v[0] + f[1][j] * v[1]) + (f[2][j] * v[2] + f[3][j] * v[3])
    return first + ((f[4][j] * v[4] + f[5][j] * v[5]) + (f[6][j] * v[6] + f[7][j] * v[7]))


@njit(error_model="numpy", inline="always")
def _rows(matrix, i):
    return (matrix[i], matrix[i + 1], matrix[i + 2], matrix[i + 3],
            matrix[i + 4], matrix[i + 5], matrix[i + 6], matrix[i + 7])  # fmt: skip


@njit(error_model="numpy", inline="always")
def _values(v, i):
    return v[i], v[i + 1], v[i + 2], v[i + 3], v[i + 4], v[i + 5], v[i + 6], v[i + 7]


@njit(cache=True, error_model="numpy")
def spread(matrix, values, chosen, out):
    r"""Multiply rows of values by a matrix, into rows of ``out``.

    .. math:: out_{sj} = \sum_i values_{si} matrix_{ij}

    Eight rows of the matrix are read at a time, in fixed order, so that sums do not depend on the machine; two rows of
    ``out`` are computed per pass.

    Parameters
    ----------
    matrix : (M, N) float
    values : (S, M) float
    chosen : (K,) int
        Rows s to compute; the others are left unchanged.
    out : (S, N) float, written
    """
    M, N = matrix.shape
    K = chosen.size
    for s in chosen:
        out[s] = 0.0
    for b in range(M // 8):
        f = _rows(matrix, 8 * b)
        for k in range(0, K - 1, 2):
            o, p = out[chosen[k]], out[chosen[k + 1]]
            v, w = _values(values[chosen[k]], 8 * b), _values(values[chosen[k + 1]], 8 * b)
            for j in range(N):
                o[j], p[j] = o[j] + _eight(f, v, j), p[j] + _eight(f, w, j)
        if K % 2:
            o, v = out[chosen[K - 1]], _values(values[chosen[K - 1]], 8 * b)
            for j in range(N):
                o[j] += _eight(f, v, j)
    for i in range(M // 8 * 8, M):
        row = matrix[i]
        for s in chosen:
            o, v0 = out[s], values[s, i]
            for j in range(N):
                o[j] += row[j] * v0


@njit(cache=True, error_model="numpy")
def spread_one(matrix, values):
    """Return the (N,) sums over i of ``values[i] * matrix[i, j]``; see `spread`."""
    M, N = matrix.shape
    out = np.zeros(N)
    for b in range(M // 8):
        f, v = _rows(matrix, 8 * b), _values(values, 8 * b)
        for j in range(N):
            out[j] += _eight(f, v, j)
    for i in range(M // 8 * 8, M):
        row, v0 = matrix[i], values[i]
        for j in range(N):
            out[j] += row[j] * v0
    return out


def transposed(matrices: np.ndarray) -> np.ndarray:
    """Return (C, N, N) matrices with rows and columns exchanged: the same array if they are symmetric."""
    back = matrices.transpose(0, 2, 1)
    return matrices if np.array_equal(matrices, back) else np.ascontiguousarray(back)
