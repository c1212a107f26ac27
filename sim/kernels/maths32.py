"""Vectorising single-precision functions: exp, log, a normal draw.

The calls of libm that numba makes are scalar. These functions use additions, multiplications, comparisons, bit casts
and explicit fused multiply-adds only, so that results do not depend on the vector width of the machine.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.kernels.intrinsics import as_bits, as_float, fma

f32 = np.float32
LOG2_E, LN2_HIGH, LN2_LOW = f32(1.44269504), f32(0.693359375), f32(-2.12194440e-4)
# Adding and subtracting 1.5 * 2**23 rounds a small number to the nearest integer.
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
# Quantile of the normal distribution over x, in w - 6 where w = -ln(1 - x^2) (variable of Giles 2010): Chebyshev fit of
# degree 14 over all w of draws of 23 bits, 0 to 16.7, in powers.
NORMAL = tuple(
    f32(c)
    for c in (
        1.892289310e-15, -7.751436177e-14, 9.898406032e-13, 1.229037277e-12, -1.481264576e-10,
        1.362370983e-09, -1.446863794e-09, -8.019662744e-08, 1.026666333e-06, -7.354211966e-06,
        1.983455824e-05, 3.612505598e-04, -9.399459462e-03, 2.824604003e-01, 3.233492124e+00,
    )
)  # fmt: skip


@njit(error_model="numpy", inline="always")
def exp32(x):
    """Return exp(x) to 1e-7 relative; 0 below -87.

    Parameters
    ----------
    x : float32
        At most 88.
    """
    r = (x * LOG2_E + ROUND) - ROUND
    f = fma(r, -LN2_LOW, fma(r, -LN2_HIGH, x))
    p = fma(fma(fma(EXP[0], f, EXP[1]), f, EXP[2]), f, EXP[3])
    p = fma(fma(p, f, EXP[4]), f, EXP[5])
    y = fma(p, f * f, f + f32(1)) * as_float((np.int32(r) + np.int32(127)) << np.int32(23))
    return y if x > f32(-87) else f32(0)


@njit(error_model="numpy", inline="always")
def log32(x):
    """Return ln(x) to 5e-7.

    Parameters
    ----------
    x : float32
        Positive and normal.
    """
    bits = as_bits(x)
    e = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    m = as_float(np.int32(bits - (e << np.int32(23)))) - f32(1)
    p = fma(fma(fma(fma(LOG[0], m, LOG[1]), m, LOG[2]), m, LOG[3]), m, LOG[4])
    p = fma(fma(fma(fma(p, m, LOG[5]), m, LOG[6]), m, LOG[7]), m, LOG[8])
    n = f32(e)
    rest = fma(p * m, m * m, fma(m * m, f32(-0.5), n * LN2_LOW))
    return fma(n, LN2_HIGH, m + rest)


@njit(error_model="numpy", inline="always")
def uniform32(bits):
    """Return a uniform draw in (0, 1) from the upper 23 of 32 random bits (uint32)."""
    return (f32(np.int32(bits >> np.uint32(9))) + f32(0.5)) * f32(2.0**-23)


@njit(error_model="numpy", inline="always")
def normal32(bits):
    """Return a standard normal draw from the upper 23 of 32 random bits (uint32), 2e-7 relative; within 5.2 of 0."""
    x = (f32(np.int32(bits >> np.uint32(9))) + f32(0.5)) * f32(2.0**-22) - f32(1)
    w = -log32((f32(1) - x) * (f32(1) + x)) - f32(6)
    p = fma(fma(fma(fma(NORMAL[0], w, NORMAL[1]), w, NORMAL[2]), w, NORMAL[3]), w, NORMAL[4])
    p = fma(fma(fma(fma(fma(p, w, NORMAL[5]), w, NORMAL[6]), w, NORMAL[7]), w, NORMAL[8]), w, NORMAL[9])
    p = fma(fma(fma(fma(fma(p, w, NORMAL[10]), w, NORMAL[11]), w, NORMAL[12]), w, NORMAL[13]), w, NORMAL[14])
    return x * p
