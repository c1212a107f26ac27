"""Statistics over replications: intervals, corrections for multiple comparisons, the gain from pairing.

Replications are the last axis of an array, or the dimension ``replication``; missing ones are NaN and are left out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy
import xarray as xr

CONFIDENCE = 0.95
RESAMPLES = 4999  # bootstrap resamples; interval ends then vary by a few per cent of the width between seeds
_MIN_OBSERVATIONS = 3  # needed for a bootstrap or jackknife
_BATCH = 4_000_000  # bootstrap values in memory at a time
_ROUNDING = 1e-12  # relative range below which observations count as equal
_DRAWS = 20_000  # of the maximum of several t statistics; its quantile is then accurate to half a per cent

Array = np.ndarray[Any, Any]


def interval(values: Array, confidence: float = CONFIDENCE) -> tuple[Any, Any, Any, Any]:
    """Return mean, lower and upper end of Student's t-interval, and the share with the mean's sign.

    Parameters
    ----------
    values : (..., n) float
    confidence : float in (0, 1), 1

    Returns
    -------
    mean, low, high, same : (...)
        NaN without an observation; the interval is NaN for fewer than two.

    Examples
    --------
    >>> interval(np.array([1.0, 2.0, 3.0]))[0]
    np.float64(2.0)
    """
    count, mean, spread = _moments(values)
    half = _half(count, spread, confidence)
    same_sign = np.isfinite(values) & (np.sign(values) == np.sign(mean)[..., None])
    same = np.where(count > 0, same_sign.sum(axis=-1) / np.maximum(count, 1), np.nan)
    return mean, mean - half, mean + half, same[()]


def quantile(confidence: Any, count: Any) -> Any:
    """Return the half-width of a two-sided t-interval in standard errors; NaN for fewer than two observations."""
    degrees = np.where(np.asarray(count) > 1, np.asarray(count, dtype=float) - 1, np.nan)
    return scipy.stats.t.ppf(0.5 + np.asarray(confidence) / 2, degrees)


def half_width(values: Array, confidence: float = CONFIDENCE) -> float:
    """Return the half-width of Student's t-interval of values, (n,), all of them known."""
    return float(_half(len(values), values.std(ddof=1), confidence))


def _half(count: Any, spread: Any, confidence: float) -> Any:
    return quantile(confidence, count) * spread / np.sqrt(np.maximum(count, 1))


def _moments(values: Array) -> tuple[Any, Any, Any]:
    """Return count, mean and standard deviation (divisor n - 1; NaN for fewer than two), ignoring NaN."""
    finite = np.isfinite(values)
    count = finite.sum(axis=-1)
    mean = _in_order(np.where(finite, values, 0.0)) / np.where(count > 0, count, np.nan)
    square = _in_order(np.where(finite, (values - mean[..., None]) ** 2, 0.0))
    return count, mean, np.sqrt(square / np.where(count > 1, count - 1, np.nan))


def _in_order(values: Array) -> Any:
    """Return sums over the last axis, one value after another.

    The order in which `numpy.sum` adds depends on the length and on the processor, so that zeros for missing values
    would change the last bit.
    """
    return np.add.accumulate(values, axis=-1)[..., -1] if values.shape[-1] else values.sum(axis=-1)


def ratio_interval(top: Array, bottom: Array, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Return the ratio of the means of pairs and its interval by Fieller's theorem, with Student's t.

    Parameters
    ----------
    top, bottom : (n,) float
    confidence : float in (0, 1), 1

    Returns
    -------
    ratio, low, high : float
        NaN without a pair; the interval is NaN for fewer than two and infinite where that of the denominator contains
        zero.

    References
    ----------
    Fieller, E. C. (1954), Some problems in interval estimation, Journal of the Royal Statistical Society B 16.

    Examples
    --------
    >>> ratio_interval(np.array([1.0, 3.0]), np.array([4.0, 4.0]))[0]
    0.5
    """
    n = len(top)
    if n == 0:
        return np.nan, np.nan, np.nan
    a, b = float(np.mean(top)), float(np.mean(bottom))
    ratio = a / b if b else np.nan
    if n < 2:
        return ratio, np.nan, np.nan
    cov = np.cov(top, bottom) * quantile(confidence, n) ** 2 / n
    # Ratios r with (a - r b)^2 <= t^2 Var(a - r b): the roots of a quadratic.
    square, cross, rest = b**2 - cov[1, 1], a * b - cov[0, 1], a**2 - cov[0, 0]
    if square <= 0:
        return ratio, -np.inf, np.inf
    half = np.sqrt(max(cross**2 - square * rest, 0.0))
    return ratio, float((cross - half) / square), float((cross + half) / square)


def bca(values: Array, confidence: float = CONFIDENCE, resamples: int = RESAMPLES) -> tuple[Any, Any]:
    """Return the bias-corrected and accelerated bootstrap interval of the mean, with a fixed seed.

    Unlike the t-interval it accounts for skewness. With few observations it is too narrow, like every bootstrap.

    Parameters
    ----------
    values : (..., n) float
    confidence : float in (0, 1), 1
    resamples : int

    Returns
    -------
    low, high : (...)
        NaN for fewer than three observations; the mean itself if all are equal.

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals, section 3.
    """
    table = np.asarray(values, dtype=float)
    rows = table.reshape(int(np.prod(table.shape[:-1])), table.shape[-1])
    count, mean, _ = _moments(rows)
    low, high = np.full((2, len(rows)), np.nan)
    flat = _constant(rows) & (count >= _MIN_OBSERVATIONS)
    low[flat] = high[flat] = mean[flat]
    for n in np.unique(count[(count >= _MIN_OBSERVATIONS) & ~flat]):  # rows of one length are resampled together
        chosen = np.flatnonzero((count == n) & ~flat)
        sample = rows[chosen][np.isfinite(rows[chosen])].reshape(len(chosen), n)
        found = scipy.stats.bootstrap(
            (sample,), np.mean, axis=-1, vectorized=True, method="BCa", confidence_level=confidence,
            n_resamples=resamples, batch=max(1, _BATCH // sample.size), rng=np.random.default_rng(0),
        ).confidence_interval  # fmt: skip
        low[chosen], high[chosen] = found.low, found.high
    return low.reshape(table.shape[:-1])[()], high.reshape(table.shape[:-1])[()]


def _constant(values: Array) -> Any:
    """Return whether all observations are equal up to rounding, ignoring NaN."""
    finite = np.isfinite(values)
    high = np.where(finite, values, -np.inf).max(axis=-1, initial=-np.inf)
    low = np.where(finite, values, np.inf).min(axis=-1, initial=np.inf)
    return high - low <= _ROUNDING * np.maximum(np.abs(high), np.abs(low))


def p_value(values: Array) -> Any:
    """Return the two-sided p value of a mean of zero (t test); NaN if all observations are equal.

    Examples
    --------
    >>> float(p_value(np.array([-1.0, 1.0])))
    1.0
    """
    count, mean, spread = _moments(values)
    error = np.where(_constant(values), np.nan, spread / np.sqrt(np.maximum(count, 1)))
    degrees = np.where(count > 1, count - 1.0, np.nan)
    return (2 * scipy.stats.t.sf(np.abs(mean) / error, degrees))[()]


def joint_interval(differences: Array, confidence: float = CONFIDENCE) -> tuple[Any, Any]:
    """Return simultaneous intervals for several arms (max-t).

    The half-width in standard errors is the quantile of the maximum of the arms' t statistics, with the correlation of
    the differences; correlated arms therefore cost less than by Bonferroni.

    Parameters
    ----------
    differences : (arms, n) float
        Differences from one baseline by replication.
    confidence : float in (0, 1), 1
        Joint coverage probability.

    Returns
    -------
    low, high : (arms,)

    References
    ----------
    Dunnett (1955); Hothorn, Bretz and Westfall (2008), Simultaneous inference in general parametric models.
    """
    count, mean, spread = _moments(differences)
    half = np.where(_constant(differences), 0.0, np.nan) * spread
    random = ~_constant(differences) & (count > 1)
    if random.any():
        parts = differences[random]
        least = int(count[random].min()) - 1
        factor = _largest(_correlation(parts).tobytes(), len(parts), least, confidence)
        half[random] = factor * spread[random] / np.sqrt(count[random])
    return mean - half, mean + half


def _correlation(parts: Array) -> Array:
    """Return the correlation of rows over common replications, rounded to serve as a cache key."""
    complete = parts[:, np.isfinite(parts).all(axis=0)]
    if complete.shape[1] < 3 or _constant(complete).any():
        return np.eye(len(parts))  # unknown: independence gives the widest intervals
    return np.round(np.atleast_2d(np.corrcoef(complete)), 3)


@lru_cache(maxsize=256)
def _largest(correlation: bytes, arms: int, degrees: int, confidence: float) -> float:
    """Return the quantile of the maximum absolute t statistic of several correlated means."""
    if arms == 1:
        return float(scipy.stats.t.ppf(0.5 + confidence / 2, degrees))
    values, vectors = np.linalg.eigh(np.frombuffer(correlation).reshape(arms, arms))
    root = vectors * np.sqrt(np.clip(values, 0, None))
    rng = np.random.default_rng(0)
    means = rng.standard_normal((_DRAWS, arms)) @ root.T
    # Bartlett (1933): decomposition of the Wishart matrix behind the sample variances
    columns = min(arms, degrees)
    factor = np.tril(rng.standard_normal((_DRAWS, arms, columns)))
    for i in range(columns):
        factor[:, i, i] = np.sqrt(rng.chisquare(degrees - i, _DRAWS))
    variances = ((root @ factor) ** 2).sum(axis=-1) / degrees
    return float(np.quantile((np.abs(means) / np.sqrt(variances)).max(axis=1), confidence))


def adjusted(
    mean: Array, high: Array, count: Array, p: Array, confidence: float = CONFIDENCE
) -> tuple[Array, Array, Array]:
    """Return t-intervals and p values adjusted for multiple comparisons.

    The procedure of Benjamini and Hochberg controls the false discovery rate at ``1 - confidence``. The intervals are
    those of Benjamini and Yekutieli at the level ``1 - R q / m``, with R discoveries among m. An interval excludes zero
    exactly if its adjusted p value is at most ``1 - confidence``.

    Parameters
    ----------
    mean, high : (m,) float
        Means and upper ends of their t-intervals at `confidence`.
    count : (m,) int
        Numbers of observations.
    p : (m,) float
        From `p_value`; NaN is excluded from the comparisons and keeps its interval.

    Returns
    -------
    p_adjusted, low, high : (m,) float

    References
    ----------
    Benjamini and Hochberg (1995); Benjamini and Yekutieli (2005), False discovery rate-adjusted multiple
    confidence intervals for selected parameters.
    """
    family = np.isfinite(p)
    corrected = np.full(len(p), np.nan)
    half = np.asarray(high, dtype=float) - mean
    if family.any():
        corrected[family] = scipy.stats.false_discovery_control(p[family], method="bh")
        clear = max(1, int((corrected[family] <= 1 - confidence).sum()))
        level = 1 - clear * (1 - confidence) / family.sum()
        half[family] *= quantile(level, count[family]) / quantile(confidence, count[family])
    return corrected, mean - half, mean + half


def pairing(arm: Array, baseline: Array, confidence: float = CONFIDENCE) -> tuple[Any, Any, Any]:
    """Return the pairing factor: the reduction in replications through common random numbers.

    .. math:: (s_a^2 + s_b^2) / s_{a-b}^2

    the variance of a difference between independent runs over that of paired ones. Its interval is the jackknife's
    for the logarithm; on normal pairs it covers .94 with 20 of them and .92-.94 with 8, where BCa covers .90-.95.

    Parameters
    ----------
    arm, baseline : (..., n) float
        Values for the same replications.

    Returns
    -------
    factor, low, high : (...)
        NaN for fewer than three pairs, or if the difference or both runs do not vary.

    References
    ----------
    Law (2015), Simulation modeling and analysis, section 11.2; Efron and Tibshirani (1993), chapter 11.
    """
    arm, baseline = np.broadcast_arrays(np.asarray(arm, dtype=float), np.asarray(baseline, dtype=float))
    finite = np.isfinite(arm) & np.isfinite(baseline)
    parts = [np.where(finite, values, np.nan) for values in (arm, baseline, arm - baseline)]
    count = finite.sum(axis=-1)
    usable = (count >= _MIN_OBSERVATIONS) & ~_constant(parts[2]) & ~(_constant(parts[0]) & _constant(parts[1]))
    a, b, d = (_moments(values)[2] ** 2 for values in parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(usable, np.log((a + b) / d), np.nan)
        a, b, d = (_without_each(values) for values in parts)
        left_out = np.where(usable[..., None] & finite, np.log((a + b) / d), np.nan)
    # with three pairs the remaining two may be equal: then there is no interval
    left_out = np.where(np.isinf(left_out), np.nan, left_out)
    complete = (np.isfinite(left_out).sum(axis=-1) == count) & usable
    spread = np.where(complete, _moments(left_out)[2], np.nan)
    half = quantile(confidence, count) * spread * (count - 1) / np.sqrt(np.maximum(count, 1))
    with np.errstate(over="ignore"):
        return np.exp(log)[()], np.exp(log - half)[()], np.exp(log + half)[()]


def _without_each(values: Array) -> Array:
    """Return the leave-one-out variances: (..., n)."""
    count, mean, spread = (np.asarray(part, dtype=float)[..., None] for part in _moments(values))
    whole = spread**2 * (count - 1)
    total = whole - (values - mean) ** 2 * count / (count - 1)
    # the rest does not vary if only rounding errors are left
    return np.where(total > 1e-12 * whole, total, 0.0) / (count - 2)


def runs_saved(factor: Any, count: Any) -> Any:
    """Return the runs saved by pairing: additional runs of arm and baseline that independent seeds would need.

    Examples
    --------
    >>> float(runs_saved(4.0, 20))
    120.0
    """
    return np.round(2 * (np.asarray(factor) - 1) * np.asarray(count))[()]


def mean_and_interval(values: xr.DataArray, level: float = 0.95) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the mean over replications and the half-width of its interval (Student's t).

    Parameters
    ----------
    values : DataArray with dim replication
        Missing runs are NaN and are ignored.
    level : float, 1

    Returns
    -------
    mean, half : DataArray
        Without the dimension replication; the half-width is zero for fewer than two runs.
    """
    count = values.notnull().sum("replication")
    mean = values.mean("replication", skipna=True)
    spread = values.std("replication", ddof=1, skipna=True) if values.sizes["replication"] > 1 else mean * 0
    quantile = scipy.special.stdtrit(np.maximum(count.values - 1, 1), 0.5 + level / 2)  # Student's t
    half = spread / np.sqrt(np.maximum(count, 1)) * quantile
    return mean, xr.where(count > 1, half, 0.0)


def paired_difference(values: xr.DataArray, baseline: str) -> xr.DataArray:
    """Return differences from the baseline arm at the same replication, for the other arms."""
    others = [arm for arm in values["arm"].values if str(arm) != baseline]
    return values.sel(arm=others) - values.sel(arm=baseline, drop=True)


def clear_of_zero(mean: xr.DataArray, half: xr.DataArray) -> xr.DataArray:
    """Return whether an interval excludes zero; false without an interval."""
    return (half > 0) & (abs(mean) > half)
