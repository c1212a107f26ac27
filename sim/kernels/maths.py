"""Vectorising exponential and logarithm of float64, bit-identical on every machine.

Multiplications and additions are not fused, and every step is rounded as in IEEE 754, so that results do not depend on
the vector width of the machine. A call of the C library is five times slower.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

LOWEST, HIGHEST = -708.0, 709.5  # beyond, exp is 0 and infinite
LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10  # the first's last bits are zero
SHIFTER = 6755399441055744.0  # 1.5 * 2**52: added, it leaves a number's nearest integer in the low bits
ROOT_HALF_BITS = 0x3FE6A09E00000000
EXPONENT_BITS = -4503599627370496  # 0xFFF0000000000000


def _bits(_: Any, value: Any) -> Any:
    """Return the 64 bits of a float, as an integer."""
    return types.int64(types.float64), lambda context, builder, sig, args: builder.bitcast(args[0], ir.IntType(64))


def _float(_: Any, bits: Any) -> Any:
    """Return the float of 64 bits."""
    return types.float64(types.int64), lambda context, builder, sig, args: builder.bitcast(args[0], ir.DoubleType())


as_bits: Any = intrinsic(_bits)
from_bits: Any = intrinsic(_float)


@njit(cache=True, error_model="numpy", inline="always")
def exp(x):
    """Return the exponential, relative error below 1e-15; 0 below -708, infinite above 709.5."""
    at = LOWEST if x < LOWEST else x
    at = HIGHEST if at > HIGHEST else at
    shifted = at * LOG2_E + SHIFTER
    n = shifted - SHIFTER
    r = (at - n * LN2_HIGH) - n * LN2_LOW
    # Taylor's polynomial in pairs: |r| < 0.35, the next term is below 1e-17.
    r2 = r * r
    r4 = r2 * r2
    low = (1.0 / 6.0 + r * (1.0 / 24.0)) + r2 * (1.0 / 120.0 + r * (1.0 / 720.0))
    high = (1.0 / 5040.0 + r * (1.0 / 40320.0)) + r2 * (1.0 / 362880.0 + r * (1.0 / 3628800.0))
    top = (1.0 / 39916800.0 + r * (1.0 / 479001600.0)) + r2 * (1.0 / 6227020800.0)
    value = 1.0 + (r + r2 * (0.5 + r * (low + r4 * (high + r4 * top))))
    value *= from_bits((as_bits(shifted) + 1023) << 52)
    value = 0.0 if x < LOWEST else value
    return np.inf if x > HIGHEST else value


@njit(cache=True, error_model="numpy", inline="always")
def log(x):
    """Return the natural logarithm of a number that is not subnormal, relative error below 1e-15."""
    bits = as_bits(x)
    part = (bits - ROOT_HALF_BITS) & EXPONENT_BITS
    m = from_bits(bits - part)  # in [root of 0.5, root of 2)
    # An exponent as a float, without a conversion that old machines lack for vectors.
    e = from_bits(as_bits(SHIFTER) + (part >> 52)) - SHIFTER
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    low = (2.0 / 3.0 + z * (2.0 / 5.0)) + z2 * (2.0 / 7.0 + z * (2.0 / 9.0))
    high = (2.0 / 11.0 + z * (2.0 / 13.0)) + z2 * (2.0 / 15.0 + z * (2.0 / 17.0))
    tail = s * z * (low + z4 * (high + z4 * (2.0 / 19.0 + z * (2.0 / 21.0))))
    value = e * LN2_HIGH + (2.0 * s + (tail + e * LN2_LOW))
    value = -np.inf if x == 0.0 else value
    value = x if x == np.inf else value
    return value if x >= 0.0 else np.nan


@njit(cache=True, error_model="numpy")
def exp_of(values, out):
    """Fill ``out`` with the exponentials of ``values``, both (n,)."""
    for k in range(values.shape[0]):
        out[k] = exp(values[k])
