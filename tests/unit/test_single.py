"""Single-precision maths against scipy; draws against their laws."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import stats

from sim.kernels import single
from sim.kernels.random import word


@njit
def each(kind, x):
    out = np.empty_like(x)
    for k in range(x.size):
        if kind == 0:
            out[k] = single.exp32(x[k])
        elif kind == 1:
            out[k] = single.log32(x[k])
        else:
            out[k] = single.normal32(x[k])
    return out


@njit
def draws(n, symmetric):
    out = np.empty(n, np.float32)
    for k in range(n):
        bits = word(np.uint64(7777), np.uint64(k))
        out[k] = single.symmetric32(bits) if symmetric else single.uniform32(bits)
    return out


@njit
def extremes():
    low, high = np.uint64(0), np.uint64(0xFFFFFFFFFFFFFFFF)
    return single.uniform32(low), single.uniform32(high), single.symmetric32(low), single.symmetric32(high)


def test_exp_is_right_to_single_precision_and_vanishes_far_below():
    x = np.linspace(-86, 87, 100_001, dtype=np.float32)
    np.testing.assert_allclose(each(0, x), np.exp(x.astype(float)), rtol=2e-7)
    assert each(0, np.array([0.0, -88.0, -np.inf], np.float32)).tolist() == [1.0, 0.0, 0.0]


def test_log_is_right_to_single_precision():
    x = np.concatenate([np.geomspace(1e-30, 1e30, 50_001), 1 + np.linspace(-0.01, 0.01, 999)]).astype(np.float32)
    np.testing.assert_allclose(each(1, x), np.log(x.astype(float)), rtol=3e-7, atol=1e-9)


def test_normal_quantile_is_right_from_tail_to_tail():
    x = np.concatenate([np.linspace(-0.999, 0.999, 50_001), 1 - np.geomspace(2.0**-22, 1e-3, 99)]).astype(np.float32)
    np.testing.assert_allclose(each(2, x), stats.norm.ppf((1 + x.astype(float)) / 2), rtol=3e-5, atol=1e-6)


def test_uniform_draws_never_reach_their_ends():
    low, high, left, right = extremes()
    assert 0 < low < high < 1 and -1 < left < right < 1
    assert np.isfinite(each(2, np.array([left, right], np.float32))).all()


@pytest.mark.parametrize("symmetric", [False, True])
def test_draws_follow_their_laws(symmetric):
    x = draws(200_000, symmetric)
    law = stats.norm if symmetric else stats.uniform
    assert stats.kstest((each(2, x) if symmetric else x).astype(float), law.cdf).pvalue > 1e-3
