"""The generator: moments, independence, pure functions."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from sim.kernels import random as rnd

KEYS = np.arange(100_000, dtype=np.uint64)


def test_finalise_gives_the_known_answers_of_splitmix64():
    # First outputs of splitmix64 seeded with 0 (reference C implementation).
    assert rnd.finalise(np.uint64(0)) == 0xE220A8397B1DCDAF
    assert rnd.finalise(np.uint64(0x9E3779B97F4A7C15)) == 0x6E789E6AA1B965F4


def test_uniforms_have_the_moments_and_stay_inside():
    draws = rnd.uniforms(rnd.stream(1, rnd.SHOCK, 2020), KEYS)
    assert draws.min() > 0 and draws.max() < 1
    assert stats.kstest(draws, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("other", [(2, 1, 2020), (1, 2, 2020), (1, 1, 2021)])
def test_streams_do_not_correlate(other):
    a = rnd.uniforms(rnd.stream(1, 1, 2020), KEYS)
    b = rnd.uniforms(rnd.stream(*other), KEYS)
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(KEYS.size)


def test_a_draw_depends_on_its_key_only():
    key = rnd.stream(7, rnd.SURVIVAL, 2020)
    assert np.array_equal(rnd.uniforms(key, KEYS)[::7], rnd.uniforms(key, KEYS[::7]))


@pytest.mark.parametrize("mean", [0.05, 3.0, 40.0, 2500.0])
def test_poisson_inverts_the_distribution(mean):
    for u in (1e-9, 0.1, 0.5, 0.9, 1 - 1e-9):
        assert rnd.poisson(mean, u) == stats.poisson.ppf(u, mean)


def test_poisson_is_monotone_and_finite():
    u = np.linspace(1e-6, 1 - 1e-15, 400)
    draws = [rnd.poisson(12.0, x) for x in u]
    assert np.all(np.diff(draws) >= 0)
    assert rnd.poisson(0.0, 0.9) == rnd.poisson(-1.0, 0.9) == 0


def test_the_cache_folder_is_set_before_numba_and_outside_the_package():
    code = "import sim.kernels, os, sys; assert 'numba' not in sys.modules; print(os.environ['NUMBA_CACHE_DIR'])"
    env = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    folder = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
    assert "hinterland" in folder and os.sep + "sim" + os.sep not in folder
