"""Statistics of replications: against scipy, by hand, and by how often intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.analysis.statistics import adjusted, bca, interval, joint_interval, p_value, pairing, runs_saved

NAN = np.nan


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def pairs(rng, count: int, n: int, correlation: float, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    shared, own = rng.standard_normal((2, count, n))
    return shared, spread * (correlation * shared + np.sqrt(1 - correlation**2) * own)


def test_rows_are_as_if_alone_and_missing_ones_are_left_out(rng):
    table = np.exp(rng.standard_normal((5, 9)))
    table[1, 4] = table[2, :7] = table[3, :8] = NAN
    table[4] = NAN
    for statistic in (interval, bca):
        together = np.array(statistic(table))
        for k, row in enumerate(table):
            np.testing.assert_array_equal(together[:, k], np.array(statistic(row[np.isfinite(row)])))
    assert np.isnan(interval(table)[1][3:]).all() and interval(table)[0][3] == table[3, 8]
    assert np.isnan(bca(table)[0][2:]).all()  # two observations and fewer


def test_bootstrap_is_scipys_and_follows_skewness(rng):
    values = np.exp(rng.standard_normal(15))
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=4999, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    low, high = bca(values)
    assert (low, high) == pytest.approx((expected.low, expected.high), rel=1e-12)
    mean = values.mean()
    assert high - mean > 1.3 * (mean - low)
    assert bca(3 * values + 7) == pytest.approx((3 * low + 7, 3 * high + 7))
    assert bca(np.full(5, 2.5)) == (2.5, 2.5)


def test_p_value_is_that_of_the_t_test(rng):
    table = rng.standard_normal((3, 8)) + 0.5
    assert p_value(table) == pytest.approx(stats.ttest_1samp(table, 0, axis=1).pvalue)
    assert np.isnan(p_value(np.full(4, 2.0))) and np.isnan(p_value(np.array([1.0])))


def test_one_arm_or_arms_alike_need_no_wider_interval(rng):
    row = rng.standard_normal(12)
    alone = np.array(interval(row)[1:3])
    assert np.array(joint_interval(row[None]))[:, 0] == pytest.approx(alone)
    low, high = joint_interval(np.stack([row, 5 * row, row + 3]))
    assert high[0] - low[0] == pytest.approx(alone[1] - alone[0], rel=0.02)
    assert high[1] - low[1] == pytest.approx(5 * (high[0] - low[0]))
    low, high = joint_interval(np.stack([row, np.full(12, 2.0)]))
    assert (low[1], high[1]) == (2.0, 2.0)


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_joint_intervals_hold_together(rng, correlation):
    root = np.linalg.cholesky(np.full((4, 4), correlation) + (1 - correlation) * np.eye(4))
    held = alone = 0
    for _ in range(200):
        values = (root @ rng.standard_normal((4, 8))) * np.array([[1], [2], [3], [9]])
        low, high = joint_interval(values)
        held += bool(((low <= 0) & (high >= 0)).all())
        _, low, high, _ = interval(values)
        alone += bool(((low <= 0) & (high >= 0)).all())
    assert 0.91 < held / 200 < 0.99 and alone / 200 < 0.91


def test_correction_by_hand():
    n, p = np.full(5, 11), np.array([0.001, 0.02, 0.049, 0.5, NAN])
    half = stats.t.ppf(0.975, 10)  # standard errors of 1
    mean = np.array([*stats.t.isf(p[:4] / 2, 10), 7.0])
    corrected, low, high = adjusted(mean, mean + half, n, p)
    # four comparisons: p m / rank, each at most the next one's
    assert corrected[:4] == pytest.approx([0.004, 0.04, 0.049 * 4 / 3, 0.5]) and np.isnan(corrected[4])
    wide = stats.t.ppf(1 - 0.05 * 2 / 4 / 2, 10)  # two are called clear
    assert high[:4] - mean[:4] == pytest.approx([wide] * 4) and low[:4] == pytest.approx(mean[:4] - wide)
    assert high[4] - mean[4] == pytest.approx(half)  # no comparison: its interval stays


def test_corrected_intervals_and_p_values_agree(rng):
    for size in (1, 3, 40):
        values = rng.standard_normal((size, 8)) + rng.choice([0, 0.8, 2], (size, 1))
        mean, _, high, _ = interval(values)
        corrected, low, up = adjusted(mean, high, np.full(size, 8), p_value(values))
        assert (((low > 0) | (up < 0)) == (corrected <= 0.05)).all()


def test_share_of_false_ones_among_those_called_clear(rng):
    shares, plain = [], []
    for _ in range(300):
        values = rng.standard_normal((60, 12))
        values[:12] += 1.5  # the others are nothing
        mean, low, high, _ = interval(values)
        corrected, *_ = adjusted(mean, high, np.full(60, 12), p_value(values))
        clear = corrected <= 0.05
        shares.append(clear[12:].sum() / max(1, clear.sum()))
        plain.append(((low > 0) | (high < 0))[12:].sum() / max(1, ((low > 0) | (high < 0)).sum()))
    assert np.mean(shares) < 0.055 < 0.13 < np.mean(plain)


def test_pairing_by_hand():
    base = np.array([1.0, 2, 3, 4, 5])
    arm = base + np.array([1, 1, 2, 2, 1.5])  # differences have variance .25, baseline and arm 2.5 and 3.75
    factor, low, high = pairing(arm, base)
    assert factor == pytest.approx(25) and low < factor < high
    assert runs_saved(factor, 5) == 240  # 25 times 5 seeds less 5, of arm and baseline
    table = np.stack([arm, np.append(base[:4] + 1, NAN), base + 1, np.append(arm[:2], [NAN] * 3)])
    factor, low, high = pairing(table, base)
    assert np.isnan(factor[1:]).all()  # a difference that does not vary; the same; two pairs
    assert np.isnan(pairing(np.full(4, 2.0), np.full(4, 1.0))[0])
    # independent of unit and level
    assert pairing(3 * arm + 4, 3 * base + 9) == pytest.approx(pairing(arm, base))


def test_no_interval_of_pairing_where_the_rest_does_not_vary():
    # without the last pair all differences are equal, up to rounding errors
    arm, baseline = np.array([3.1, 4.1, 5.1, 7.3]), np.array([2.0, 3.0, 4.0, 5.0])
    factor, low, high = pairing(arm, baseline)
    assert factor > 1 and np.isnan(low) and np.isnan(high)


@pytest.mark.parametrize(("n", "least"), [(8, 0.89), (20, 0.92), (50, 0.93)])
@pytest.mark.parametrize(("correlation", "spread"), [(0.0, 1.0), (0.9, 0.7), (0.99, 1.0)])
def test_interval_of_pairing_holds(rng, n, least, correlation, spread):
    known = (1 + spread**2) / (1 + spread**2 - 2 * correlation * spread)
    _, low, high = pairing(*pairs(rng, 4000, n, correlation, spread))
    held = float(np.mean((low <= known) & (known <= high)))
    assert least < held < 0.965


def test_a_sweep_of_many_runs_is_a_matter_of_seconds(rng):
    import time

    begin = time.process_time()
    bca(rng.standard_normal((2500, 10)))  # 5,000 runs with 5 indicators: 500 points, 2 arms, 10 seeds
    bca(rng.standard_normal((125, 200)))
    assert time.process_time() - begin < 10
