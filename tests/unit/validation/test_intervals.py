"""Bootstrap intervals over clusters, and Holm's adjustment."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.validation.hindcast.intervals import Estimate, holm, ratio


def correlated(draw: np.random.Generator, clusters: int = 30, size: int = 10) -> tuple[np.ndarray, ...]:
    """Units of clusters with a common part; the sums of both have the ratio .8 in expectation."""
    code = np.repeat(np.arange(clusters), size)
    common = draw.gamma(2.0, 0.5, clusters)[code]
    above, below = (common * draw.gamma(2.0, 0.5, len(code)) for _ in range(2))
    return 0.8 * above, below, code


def test_interval_covers():
    draw = np.random.default_rng(1)
    found = [ratio(*correlated(draw)).interval(0.9) for _ in range(200)]
    assert np.mean([low <= 0.8 <= high for low, high in found]) == pytest.approx(0.9, abs=0.045)


def test_interval_accounts_for_clusters():
    draw = np.random.default_rng(2)
    code = np.repeat(np.arange(30), 10)
    inside = (draw.uniform(size=30) < 0.7)[code].astype(float)  # a cluster is inside as one
    low, high = ratio(inside, np.ones(300), code).interval(0.9)
    apart = ratio(inside, np.ones(300), np.arange(300)).interval(0.9)
    assert high - low > 2.5 * (apart[1] - apart[0])


def test_interval_of_a_mean_is_that_of_student():
    # Percentiles of normal draws with the bootstrap's variance, (n - 1)/n of the unbiased one, at the adjusted levels
    n = 12
    quantiles = stats.norm.ppf((np.arange(49_999) + 0.5) / 49_999)
    found = Estimate(0.0, quantiles * np.sqrt((n - 1) / n), n)
    assert found.interval(0.95)[1] == pytest.approx(stats.t.ppf(0.975, n - 1), rel=2e-3)


def test_p_value_is_where_the_interval_ends():
    draw = np.random.default_rng(3)
    found = ratio(*correlated(draw))
    for confidence in (0.8, 0.95):
        low, high = found.interval(confidence)
        for end in (low, high):
            assert found.p_value(end) == pytest.approx(1 - confidence, abs=5e-3)
    assert found.p_value(10.0) > 0 and found.p_value(found.value) > 0.8


def test_holm_is_the_step_down_procedure():
    p = np.array([0.012, 0.2, 0.001, 0.04, 0.03])
    by_hand = [0.048, 0.2, 0.005, 0.09, 0.09]  # 4 x .012; .2; 5 x .001; the larger of 2 x .04 and 3 x .03; 3 x .03
    adjusted, confidences = holm(p, 0.95)
    np.testing.assert_allclose(adjusted, by_hand)
    np.testing.assert_allclose(1 - confidences, 0.05 / np.array([4, 3, 5, 3, 3]))


def test_adjusted_intervals_exclude_the_null_exactly_if_p_does():
    draw = np.random.default_rng(4)
    found = []
    for shift in np.linspace(0.5, 1.5, 12):
        above, below, code = correlated(draw)
        found.append(ratio(above / 0.8 * shift, below, code))
    p = np.array([one.p_value(1.0) for one in found])
    adjusted, confidences = holm(p, 0.95)
    ends = [one.interval(c) for one, c in zip(found, confidences, strict=True)]
    excluded = [not low <= 1.0 <= high for low, high in ends]
    assert excluded == list(adjusted <= 0.05) and 0 < sum(excluded) < 12
