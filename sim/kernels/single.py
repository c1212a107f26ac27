"""Single-precision maths that vectorises: exp, log, a normal draw.

numba's calls of libm are scalar. Here are only additions, multiplications, comparisons, bit casts and fused
multiplications that are asked for, so that bits do not depend on the width of the machine's vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, njit, types

f32 = np.float32
# Numba's types say that an intrinsic takes the typing context from its caller, too.
intrinsic: Any = extending.intrinsic
LOG2_E, LN2_HIGH, LN2_LOW = f32(1.44269504), f32(0.693359375), f32(-2.12194440e-4)
# Adding and taking away 1.5 * 2**23 rounds a small number to the nearest integer.
ROUND = f32(12582912.0)
# Polynomials of Cephes (expf, logf), highest power first.
EXP = tuple(f32(c) for c in (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 0.16666665459, 0.5))
LOG = tuple(
    f32(c)
    for c in (
        7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
        2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    )
)  # fmt: skip
# Giles (2010), approximating the inverse of the error function: near the centre and in the tails.
CENTRE = tuple(
    f32(c)
    for c in (
        2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
        -0.00417768164, 0.246640727, 1.50140941,
    )
)  # fmt: skip
TAILS = tuple(
    f32(c)
    for c in (
        -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
        0.00943887047, 1.00167406, 2.83297682,
    )
)  # fmt: skip


@intrinsic
def _as_float(typing_context, bits):
    """Read 32 bits as a float."""
    return types.float32(types.int32), lambda c, builder, s, args: builder.bitcast(args[0], ir.FloatType())


@intrinsic
def _fma(typing_context, a, b, c):
    """Return ``a b + c``, rounded once."""
    three = (types.float32,) * 3
    return types.float32(*three), lambda context, builder, s, args: builder.fma(*args)


@intrinsic
def _as_bits(typing_context, x):
    """Read a float as 32 bits."""
    return types.int32(types.float32), lambda c, builder, s, args: builder.bitcast(args[0], ir.IntType(32))


@njit(error_model="numpy", inline="always")
def exp32(x):
    """Return exp(x) to 1e-7 relative; 0 below -87.

    Parameters
    ----------
    x : float32
        At most 88.
    """
    r = (x * LOG2_E + ROUND) - ROUND
    f = _fma(r, -LN2_LOW, _fma(r, -LN2_HIGH, x))
    p = _fma(_fma(_fma(EXP[0], f, EXP[1]), f, EXP[2]), f, EXP[3])
    p = _fma(_fma(p, f, EXP[4]), f, EXP[5])
    y = _fma(p, f * f, f + f32(1)) * _as_float((np.int32(r) + np.int32(127)) << np.int32(23))
    return y if x > f32(-87) else f32(0)


@njit(error_model="numpy", inline="always")
def log32(x):
    """Return ln(x) to 5e-7.

    Parameters
    ----------
    x : float32
        Positive and normal.
    """
    bits = _as_bits(x)
    e = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    m = _as_float(np.int32(bits - (e << np.int32(23)))) - f32(1)
    p = _fma(_fma(_fma(_fma(LOG[0], m, LOG[1]), m, LOG[2]), m, LOG[3]), m, LOG[4])
    p = _fma(_fma(_fma(_fma(p, m, LOG[5]), m, LOG[6]), m, LOG[7]), m, LOG[8])
    n = f32(e)
    rest = _fma(p * m, m * m, _fma(m * m, f32(-0.5), n * LN2_LOW))
    return _fma(n, LN2_HIGH, m + rest)


@njit(error_model="numpy", inline="always")
def uniform32(word):
    """Return a uniform draw in (0, 1), 23 bits, from the upper bits of a random word (uint64)."""
    return (f32(np.int32(word >> np.uint64(41))) + f32(0.5)) * f32(2.0**-23)


@njit(error_model="numpy", inline="always")
def symmetric32(word):
    """Return a uniform draw in (-1, 1), 23 bits, from the upper bits of a random word (uint64)."""
    return (f32(np.int32(word >> np.uint64(41))) + f32(0.5)) * f32(2.0**-22) - f32(1)


@njit(error_model="numpy", inline="always")
def normal32(x):
    """Return the normal quantile of ``(1 + x) / 2`` (Giles 2010); within 5.2 of 0 for draws of 23 bits.

    Parameters
    ----------
    x : float32
        In (-1, 1), as of `symmetric32`.
    """
    w = -log32((f32(1) - x) * (f32(1) + x))
    a = w - f32(2.5)
    p = _fma(_fma(_fma(_fma(CENTRE[0], a, CENTRE[1]), a, CENTRE[2]), a, CENTRE[3]), a, CENTRE[4])
    p = _fma(_fma(_fma(_fma(p, a, CENTRE[5]), a, CENTRE[6]), a, CENTRE[7]), a, CENTRE[8])
    b = np.sqrt(w) - f32(3)
    q = _fma(_fma(_fma(_fma(TAILS[0], b, TAILS[1]), b, TAILS[2]), b, TAILS[3]), b, TAILS[4])
    q = _fma(_fma(_fma(_fma(q, b, TAILS[5]), b, TAILS[6]), b, TAILS[7]), b, TAILS[8])
    return f32(1.41421356) * x * (p if w < f32(5) else q)
