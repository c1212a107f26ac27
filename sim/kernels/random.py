"""Random numbers as pure functions of (seed, purpose, year, key).

Stateless: a draw does not depend on earlier draws, on the number of threads or on the policy.
Signatures are explicit: a Python int above 2**63 would otherwise be typed as signed.
The mixer is the finaliser of splitmix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

# One purpose per decision, or one for two decisions that use the upper and the lower half of its 64 bits.
SHOCK = 1
SURVIVAL = 2  # exit, and reconsidering the location
DESTINATION = 3
ENTRY = 4
SITE_ENTRY = 5
FOUNDING = 6  # ownership, productivity and age
DIVISION = 7  # keys of the parts of an agent
WORKERS = 8
TALENT = 9
BRANCH = 10
BRANCH_KEY = 11
POLICY = 12  # approval, reversal and measurement errors of mechanisms

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@njit("uint64(uint64)", cache=True, error_model="numpy")
def finalise(z):
    """Scramble 64 bits, one to one (splitmix64).

    Parameters
    ----------
    z : uint64

    Returns
    -------
    uint64
    """
    z = np.uint64(z) + _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))


@njit("uint64(uint64, uint64)", cache=True, error_model="numpy")
def mix(a, b):
    """Combine two integers into one 64-bit key; not commutative.

    Parameters
    ----------
    a, b : uint64

    Returns
    -------
    uint64
    """
    return finalise(finalise(np.uint64(a)) ^ np.uint64(b))


@njit(error_model="numpy", inline="always")
def word(draw, key):
    """Return 64 random bits of a key in a stream, for loops that vectorise.

    Parameters
    ----------
    draw : uint64
        From `stream`.
    key : uint64

    Returns
    -------
    uint64
    """
    return finalise(draw ^ key)


@njit(error_model="numpy", inline="always")
def upper(word):
    """Return the upper 32 of 64 random bits, used for another purpose than the lower."""
    return np.uint32(word >> np.uint64(32))


@njit(error_model="numpy", inline="always")
def lower(word):
    """Return the lower 32 of 64 random bits."""
    return np.uint32(word)


def below(chance):
    """Return thresholds of 32 bits: random bits are below with these probabilities, to 2e-10.

    Parameters
    ----------
    chance : (n,) float
        In [0, 1]; for 1 all numbers but the largest are below.

    Returns
    -------
    (n,) uint32
    """
    return np.minimum(np.asarray(chance, float) * 2.0**32, 2.0**32 - 1).astype(np.uint32)


@njit("uint64(uint64, uint64, uint64)", cache=True, error_model="numpy")
def stream(seed, purpose, year):
    """Key of one purpose in one year of one replication.

    Parameters
    ----------
    seed, purpose, year : int

    Returns
    -------
    uint64
    """
    return mix(mix(seed, purpose), year)


@njit("float64(uint64)", cache=True, error_model="numpy")
def uniform(key):
    """Uniform draw in the open interval (0, 1), 52 bits.

    Parameters
    ----------
    key : uint64

    Returns
    -------
    float
    """
    # 52 bits, so that adding a half can never round up to 1.
    return (np.float64(finalise(key) >> np.uint64(12)) + 0.5) * 2.0**-52


@njit("int64(float64, float64)", cache=True, error_model="numpy")
def poisson(mean, u):
    """Poisson quantile of ``u``, by inversion: monotone in ``u`` and, up to rounding, in ``mean``.

    Parameters
    ----------
    mean : float
        Zero or less gives 0.
    u : float
        In (0, 1).

    Returns
    -------
    int
    """
    if not mean > 0.0:
        return 0
    spread = 12.0 * math.sqrt(mean)
    # Below mean - 12 sd lies less than rounding error; starting there keeps exp() from underflowing.
    k = max(0, int(mean - spread))
    last = int(mean + spread) + 60
    p = math.exp(k * math.log(mean) - mean - math.lgamma(k + 1.0))
    total = p
    while total < u and k < last:
        k += 1
        p *= mean / k
        total += p
    return k


@njit("uint64[::1](uint64, uint64[:])", cache=True, error_model="numpy")
def mixes(key, keys):
    """Combine one key with many.

    Parameters
    ----------
    key : uint64
    keys : (n,) uint64

    Returns
    -------
    (n,) uint64
    """
    out = np.empty(keys.size, np.uint64)
    for n in range(keys.size):
        out[n] = mix(key, keys[n])
    return out


@njit("float64[::1](uint64, uint64[:])", cache=True, error_model="numpy")
def uniforms(key, keys):
    """Uniform draws of many keys in one stream.

    Parameters
    ----------
    key : uint64
        From `stream`.
    keys : (n,) uint64

    Returns
    -------
    (n,) float
    """
    out = np.empty(keys.size)
    for n in range(keys.size):
        out[n] = uniform(mix(key, keys[n]))
    return out


@njit("int64[::1](uint64, uint64[:], float64[:])", cache=True, error_model="numpy")
def poissons(key, keys, mean):
    """Poisson draws of many keys in one stream.

    Parameters
    ----------
    key : uint64
        From `stream`.
    keys : (n,) uint64
    mean : (n,) float

    Returns
    -------
    (n,) int64
    """
    out = np.empty(keys.size, np.int64)
    for n in range(keys.size):
        out[n] = poisson(mean[n], uniform(mix(key, keys[n])))
    return out
