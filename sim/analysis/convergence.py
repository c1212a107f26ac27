"""Whether poor places catch up: sigma and beta convergence of income per head."""

from __future__ import annotations

import numpy as np


def sigma(income: np.ndarray) -> np.ndarray:
    """Return the standard deviation (of a sample) of log income over places, the last axis.

    Parameters
    ----------
    income : (..., R) float, above 0

    References
    ----------
    Barro, R. & Sala-i-Martin, X. (1992), Convergence, Journal of Political Economy 100.
    """
    return np.log(np.asarray(income, dtype=float)).std(axis=-1, ddof=1)


def beta(first: np.ndarray, last: np.ndarray, years: float) -> float:
    """Return the slope of yearly log growth on first log income, 1/yr; below zero where poor places catch up.

    Parameters
    ----------
    first, last : (R,) float, above 0
        Income per head in the first and the last year.
    years : float

    Examples
    --------
    >>> round(beta([1.0, 2.0, 4.0], [2.0, 2.0, 2.0], 10), 3)  # all the same in ten years
    -0.1
    """
    start = np.log(np.asarray(first, dtype=float))
    growth = (np.log(np.asarray(last, dtype=float)) - start) / years
    away = start - start.mean()
    return float((away * growth).sum() / (away**2).sum())
