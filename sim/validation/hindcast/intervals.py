"""Intervals of ratios by the bootstrap over clusters, and their adjustment for many comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

DRAWS = 49_999  # levels adjusted for some fifty comparisons lie far in the tails


@dataclass(frozen=True)
class Estimate:
    """A value, such as a ratio of sums over units, and its distribution if clusters of units are drawn again.

    Attributes
    ----------
    value : float
    draws : (DRAWS,) float
    clusters : int
    """

    value: float
    draws: np.ndarray
    clusters: int

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the expanded percentile interval.

        Percentiles are too narrow with few clusters; their levels are those that would give the t-interval for a mean.

        References
        ----------
        Hesterberg (2015), What teachers should know about the bootstrap, The American Statistician 69.
        """
        tail = stats.norm.cdf(-stats.t.isf((1 - confidence) / 2, self.clusters - 1) * self._expansion)
        low, high = np.quantile(self.draws, [tail, 1 - tail])
        return float(low), float(high)

    def p_value(self, null: float) -> float:
        """Return one less the largest confidence at which the interval excludes a value."""
        below, above = ((1 + np.sum(side)) / (DRAWS + 1) for side in (self.draws <= null, self.draws >= null))
        return float(min(1.0, 2 * stats.t.cdf(stats.norm.ppf(min(below, above)) / self._expansion, self.clusters - 1)))

    @property
    def _expansion(self) -> float:
        return float(np.sqrt(self.clusters / (self.clusters - 1)))


def ratio(above: np.ndarray, below: np.ndarray, cluster: np.ndarray) -> Estimate:
    """Return the ratio of two sums over units with its bootstrap distribution over clusters; the seed is fixed.

    Parameters
    ----------
    above, below : (n,) float
    cluster : (n,)
        Label of the cluster of each unit.

    Examples
    --------
    >>> ratio(np.array([1.0, 3.0]), np.array([2.0, 6.0]), np.array(["a", "b"])).interval(0.9)
    (0.5, 0.5)
    """
    labels, code = np.unique(cluster, return_inverse=True)
    sums = np.column_stack([np.bincount(code, values) for values in (above, below)])
    drawn = resampled(len(labels)) @ sums
    return Estimate(float(np.sum(above) / np.sum(below)), drawn[:, 0] / drawn[:, 1], len(labels))


@lru_cache(maxsize=8)
def resampled(clusters: int) -> np.ndarray:
    """Return how often each cluster is drawn, (DRAWS, clusters)."""
    draw = np.random.default_rng(0)
    return draw.multinomial(clusters, np.full(clusters, 1 / clusters), size=DRAWS).astype(float)


def holm(p: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return p values adjusted by Holm, and confidences at which intervals exclude the null exactly if these do.

    With m comparisons, that of rank k by p has the interval at level ``1 - (1 - confidence)/(m - k + 1)``; where k is
    beyond the first that is not rejected, the rank of that one counts.

    Parameters
    ----------
    p : (m,) float
    confidence : float in (0, 1)

    Returns
    -------
    adjusted, confidences : (m,) float

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    rejected, adjusted, *_ = multipletests(p, alpha=1 - confidence, method="holm")
    rank = np.minimum(stats.rankdata(p, method="ordinal"), rejected.sum() + 1)
    return adjusted, 1 - (1 - confidence) / (len(p) - rank + 1)
