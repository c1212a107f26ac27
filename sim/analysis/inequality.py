"""Inequality between places: Theil, Gini, coefficient of variation. Arrays in, numbers out.

The last axis is the places; leading axes (arms, replications, years) are kept. Weights are people.
"""

from __future__ import annotations

import numpy as np


def _prepare(values: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    x = np.asarray(values, dtype=float)
    w = np.ones_like(x) if weights is None else np.broadcast_to(np.asarray(weights, dtype=float), x.shape)
    if np.any(w < 0) or np.any(x < 0):
        raise ValueError("inequality needs values and weights that are not negative")
    return x, w / w.sum(axis=-1, keepdims=True)


def theil(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    r"""Return Theil's T index.

    .. math:: T = \sum_i w_i \frac{x_i}{\mu} \ln \frac{x_i}{\mu}, \quad \mu = \sum_i w_i x_i

    Parameters
    ----------
    values : (..., R) float
        Value per head, for example; zero counts as the limit 0.
    weights : (..., R) float, optional
        People; made to sum to 1.

    Returns
    -------
    (...) float
        Between 0 (equal) and ``ln(sum w / w_i)`` (all in place i).

    References
    ----------
    Theil, H. (1967), Economics and Information Theory.

    Examples
    --------
    >>> round(float(theil([1.0, 3.0])), 6)  # (1/4) ln(1/2) + (3/4) ln(3/2)
    0.130812
    """
    x, w = _prepare(values, weights)
    share = x / (w * x).sum(axis=-1, keepdims=True)
    return (w * share * np.log(np.where(share == 0, 1.0, share))).sum(axis=-1)


def theil_decomposition(
    values: np.ndarray, groups: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return Theil's T in total, between groups, and within groups; total = between + within.

    Parameters
    ----------
    values : (..., R) float
    groups : (R,) labels
        Zone class or province of each place.
    weights : (..., R) float, optional
        People.
    """
    x, w = _prepare(values, weights)
    _, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    indicator = np.eye(member.max() + 1)[member]
    group_weight = w @ indicator
    group_mean = (w * x) @ indicator / np.where(group_weight > 0, group_weight, 1.0)
    total = theil(x, w)
    between = theil(group_mean, group_weight)
    return total, between, total - between


def gini(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    r"""Return the Gini coefficient.

    .. math:: G = \frac{1}{2 \mu} \sum_i \sum_j w_i w_j |x_i - x_j|

    Parameters
    ----------
    values : (..., R) float
    weights : (..., R) float, optional
        People.

    Examples
    --------
    >>> float(gini([1.0, 3.0]))
    0.25
    """
    x, w = _prepare(values, weights)
    order = np.argsort(x, axis=-1, kind="stable")
    x, w = np.take_along_axis(x, order, -1), np.take_along_axis(w, order, -1)
    mean = (w * x).sum(axis=-1)
    below = np.cumsum(w, axis=-1) - w / 2  # mid-rank of each place
    return 2 * (w * x * below).sum(axis=-1) / mean - 1


def cv(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the coefficient of variation (standard deviation over mean).

    Parameters
    ----------
    values : (..., R) float
    weights : (..., R) float, optional
        People.

    Examples
    --------
    >>> float(cv([1.0, 3.0]))
    0.5
    """
    x, w = _prepare(values, weights)
    mean = (w * x).sum(axis=-1)
    return np.sqrt((w * (x - mean[..., None]) ** 2).sum(axis=-1)) / mean
