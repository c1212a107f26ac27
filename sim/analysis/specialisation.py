"""Specialisation of places: location quotients and Krugman's index. Tables in, numbers out.

The last two axes are places and sectors; leading axes (arms, replications, years) are kept.
"""

from __future__ import annotations

import numpy as np


def location_quotient(table: np.ndarray) -> np.ndarray:
    r"""Return location quotients: a sector's share in a place over its share in all places.

    .. math:: LQ_{is} = \frac{x_{is} / \sum_t x_{it}}{\sum_j x_{js} / \sum_{jt} x_{jt}}

    Parameters
    ----------
    table : (..., R, S) float
        Value added, for example; NaN where a place or a sector is empty.

    Examples
    --------
    >>> location_quotient([[1.0, 1.0], [2.0, 0.0]])
    array([[0.66666667, 2.        ],
           [1.33333333, 0.        ]])
    """
    x = np.asarray(table, dtype=float)
    expected = x.sum(axis=-1, keepdims=True) * x.sum(axis=-2, keepdims=True) / x.sum(axis=(-2, -1), keepdims=True)
    return x / np.where(expected > 0, expected, np.nan)


def krugman(table: np.ndarray) -> np.ndarray:
    r"""Return Krugman's index of specialisation of each place.

    .. math:: K_i = \sum_s \left| \frac{x_{is}}{\sum_t x_{it}} -
        \frac{\sum_{j \ne i} x_{js}}{\sum_{j \ne i, t} x_{jt}} \right|

    Parameters
    ----------
    table : (..., R, S) float

    Returns
    -------
    (..., R) float
        0 where a place has the sectors of all others, 2 where it shares none with them.

    References
    ----------
    Krugman, P. (1991), Geography and Trade, chapter 3 (for two places).

    Examples
    --------
    >>> krugman([[1.0, 1.0], [2.0, 0.0]])
    array([1., 1.])
    """
    x = np.asarray(table, dtype=float)
    others = x.sum(axis=-2, keepdims=True) - x
    return np.abs(_shares(x) - _shares(others)).sum(axis=-1)


def _shares(x: np.ndarray) -> np.ndarray:
    total = x.sum(axis=-1, keepdims=True)
    return x / np.where(total > 0, total, np.nan)
