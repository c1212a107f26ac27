"""Statistics over replications by their textbook formulas: plain numpy and scipy, one sample at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import stats

Array = np.ndarray[Any, Any]
NAN = float("nan")


def clean(values: Array) -> Array:
    """Return the observations that are there."""
    return values[np.isfinite(values)]


def constant(values: Array) -> bool:
    """Return whether all observations are equal up to rounding."""
    sample = clean(values)
    return sample.size == 0 or bool(np.ptp(sample) <= 1e-12 * np.abs([sample.min(), sample.max()]).max())


def t_interval(values: Array) -> dict[str, float]:
    """Return mean, 95 % interval by Student's t, and the share with the sign of the mean."""
    sample = clean(values)
    mean = float(sample.mean()) if sample.size else NAN
    half = float(stats.sem(sample) * stats.t.ppf(0.975, sample.size - 1)) if sample.size > 1 else NAN
    same = float((np.sign(sample) == np.sign(mean)).mean()) if sample.size else NAN
    return {"mean": mean, "low": mean - half, "high": mean + half, "sign_share": same}


def p_value(values: Array) -> float:
    """Return the p value of the t test of a mean of zero; NaN where nothing varies."""
    sample = clean(values)
    if sample.size < 2 or constant(sample):
        return NAN
    return float(stats.ttest_1samp(sample, 0.0).pvalue)


def step_up(p: Sequence[float]) -> tuple[Array, float]:
    """Return the p values adjusted by Benjamini and Hochberg, and the level of their intervals; NaN are left out."""
    raw = np.asarray(p, dtype=float)
    order = [i for i in np.argsort(raw) if np.isfinite(raw[i])]
    found, least, m = np.full(len(raw), NAN), 1.0, len(order)
    for rank in range(m, 0, -1):
        least = min(least, raw[order[rank - 1]] * m / rank)
        found[order[rank - 1]] = least
    discoveries = max(1, sum(found[i] <= 0.05 for i in order))
    return found, 0.05 * discoveries / m if m else NAN


def adjusted(values: Array, alpha: float) -> tuple[float, float]:
    """Return the t-interval that leaves out `alpha`."""
    sample = clean(values)
    half = stats.sem(sample) * stats.t.ppf(1 - alpha / 2, sample.size - 1)
    return float(sample.mean() - half), float(sample.mean() + half)


def pairing(arm: Array, baseline: Array) -> tuple[float, float, float]:
    """Return the variance of independent over that of paired differences, with the jackknife interval of its log."""
    both = np.isfinite(arm) & np.isfinite(baseline)
    a, b = arm[both], baseline[both]
    n = a.size
    if n < 3 or constant(a - b) or (constant(a) and constant(b)):
        return NAN, NAN, NAN

    def log(x: Array, y: Array) -> float:
        return float(np.log((np.var(x, ddof=1) + np.var(y, ddof=1)) / np.var(x - y, ddof=1)))

    with np.errstate(divide="ignore"):
        without = np.array([log(np.delete(a, i), np.delete(b, i)) for i in range(n)])
    if not np.isfinite(without).all():
        return float(np.exp(log(a, b))), NAN, NAN
    error = (n - 1) / np.sqrt(n) * without.std(ddof=1)
    half = stats.t.ppf(0.975, n - 1) * error
    return tuple(float(np.exp(log(a, b) + side * half)) for side in (0, -1, 1))  # type: ignore[return-value]


def bca(values: Array) -> tuple[float, float]:
    """Return the bias-corrected and accelerated bootstrap interval of the mean, from resamples of its own."""
    sample = clean(values)
    if sample.size < 3:
        return NAN, NAN
    if constant(sample):
        return float(sample.mean()), float(sample.mean())
    draws = {"n_resamples": 9999, "rng": np.random.default_rng(20), "vectorized": True}
    found = stats.bootstrap((sample,), np.mean, method="BCa", **draws).confidence_interval
    return float(found.low), float(found.high)


def lattice(values: Array) -> float:
    """Return by how much the mean of a resample moves where one observation far from the others comes or goes.

    The means of resamples then lie on a lattice, and an end of a bootstrap interval may be either of two points of it.
    """
    sample = np.sort(clean(values))
    return float(np.diff(sample).max() / sample.size) if sample.size > 1 else 0.0


def joint(differences: Array) -> list[tuple[float, float]]:
    """Return intervals of the means of several rows that hold jointly with 95 %, by simulated samples."""
    random = [not constant(row) and clean(row).size > 1 for row in differences]
    rows = differences[random]
    factor = NAN
    if len(rows):
        complete = rows[:, np.isfinite(rows).all(axis=0)]
        known = complete.shape[1] >= 3 and not any(constant(row) for row in complete)
        correlation = np.corrcoef(complete) if known else np.eye(len(rows))
        least = min(clean(row).size for row in rows)
        factor = largest(np.round(np.atleast_2d(correlation), 3).tobytes(), len(rows), least)
    found = []
    for row, varies in zip(differences, random, strict=True):
        sample = clean(row)
        if not sample.size or (not varies and sample.size < 2):
            found.append((float(sample.mean()) if sample.size else NAN,) * 2)
            continue
        half = factor * stats.sem(sample) if varies else 0.0
        found.append((float(sample.mean() - half), float(sample.mean() + half)))
    return found


@lru_cache(maxsize=512)
def largest(correlation: bytes, arms: int, n: int) -> float:
    """Return the 95 % quantile of the largest absolute t statistic of means of `n` correlated normal observations."""
    if arms == 1:
        return float(stats.t.ppf(0.975, n - 1))
    draws = np.random.default_rng(21).multivariate_normal(
        np.zeros(arms), np.frombuffer(correlation).reshape(arms, arms), (30_000, n), method="svd", check_valid="ignore"
    )
    t = draws.mean(axis=1) / (draws.std(axis=1, ddof=1) / np.sqrt(n))
    return float(np.quantile(np.abs(t).max(axis=1), 0.95))


def wilson(count: int, of: int) -> tuple[float, float, float]:
    """Return a share and its 95 % interval by Wilson (1927)."""
    z, share = stats.norm.ppf(0.975), count / of
    middle = (share + z**2 / (2 * of)) / (1 + z**2 / of)
    half = z / (1 + z**2 / of) * np.sqrt(share * (1 - share) / of + z**2 / (4 * of**2))
    low, high = (0.0 if count == 0 else middle - half), (1.0 if count == of else middle + half)
    return share, float(low), float(high)
