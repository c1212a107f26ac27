"""Single-precision maths against scipy; draws against their laws."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import stats

from sim.kernels import maths32 as single
from sim.kernels.random import lower, mix, upper, word
from sim.kernels.relocation import option_word


@njit
def each(kind, x):
    out = np.empty_like(x)
    for k in range(x.size):
        out[k] = single.exp32(x[k]) if kind == 0 else single.log32(x[k])
    return out


@njit
def draws(bits, normal):
    out = np.empty(bits.size, np.float32)
    for k in range(bits.size):
        out[k] = single.normal32(bits[k]) if normal else single.uniform32(bits[k])
    return out


@njit
def halves(n):
    """Upper and lower halves of words."""
    out = np.empty((2, n), np.uint32)
    for k in range(n):
        bits = word(np.uint64(7777), np.uint64(k))
        out[0, k], out[1, k] = upper(bits), lower(bits)
    return out


@njit
def option_words(n, options):
    """A row a firm."""
    out = np.empty((n, options), np.uint32)
    for k in range(n):
        luck = mix(np.uint64(5), np.uint64(k))
        for o in range(options):
            out[k, o] = option_word(upper(luck), lower(luck), np.uint32(o))
    return out


def test_exp_is_right_to_single_precision_and_vanishes_far_below():
    x = np.linspace(-86, 87, 100_001, dtype=np.float32)
    np.testing.assert_allclose(each(0, x), np.exp(x.astype(float)), rtol=2e-7)
    assert each(0, np.array([0.0, -88.0, -np.inf], np.float32)).tolist() == [1.0, 0.0, 0.0]


def test_log_is_right_to_single_precision():
    x = np.concatenate([np.geomspace(1e-30, 1e30, 50_001), 1 + np.linspace(-0.01, 0.01, 999)]).astype(np.float32)
    np.testing.assert_allclose(each(1, x), np.log(x.astype(float)), rtol=3e-7, atol=1e-9)


def test_the_normal_draw_is_the_quantile_of_its_bits_from_tail_to_tail():
    middle = np.linspace(0, 2**23 - 1, 50_001).astype(np.uint32)
    bits = np.concatenate([middle, np.arange(500), 2**23 - 1 - np.arange(500)]).astype(np.uint32)
    expected = stats.norm.ppf((bits + 0.5) / 2**23)
    np.testing.assert_allclose(draws(bits << np.uint32(9), True), expected, rtol=2e-6, atol=1e-6)


def test_draws_never_reach_their_ends():
    bits = np.array([0, 2**32 - 1], np.uint32)
    low, high = draws(bits, False)
    assert 0 < low < high < 1
    assert np.isfinite(draws(bits, True)).all() and abs(draws(bits, True)).max() < 5.3


@pytest.mark.parametrize("half", [0, 1])
def test_draws_follow_their_laws(half):
    bits = halves(200_000)[half]
    assert stats.kstest(draws(bits, False).astype(float), "uniform").pvalue > 1e-3
    assert stats.kstest(draws(bits, True).astype(float), "norm").pvalue > 1e-3


def test_halves_of_a_word_do_not_correlate():
    a, b = halves(200_000)
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(a.size)


def test_words_of_options_are_uniform_for_each_option_and_independent_between_them():
    words = option_words(40_000, 24)
    u = words / 2.0**32
    assert min(stats.kstest(u[:, o], "uniform").pvalue for o in range(24)) > 1e-3 / 24
    # The smallest of a firm's, which is what a race is about; and every bit of neighbours.
    assert stats.kstest(u.min(axis=1), stats.beta(1, 24).cdf).pvalue > 1e-3
    ring = np.abs(np.corrcoef(u.T) - np.eye(24)).max()
    assert ring < 5 / np.sqrt(len(u))
    flips = (words[:, 1:] ^ words[:, :-1]).reshape(-1)
    shares = [(flips >> np.uint32(bit) & 1).mean() for bit in range(32)]
    assert np.abs(np.array(shares) - 0.5).max() < 5 * 0.5 / np.sqrt(flips.size)
