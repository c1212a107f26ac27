"""Statistics that facts are made of, as functions of arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.analysis.inequality import theil, theil_decomposition


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Return the slope of an ordinary regression of y on x, both (N,).

    Examples
    --------
    >>> slope(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]))
    2.0
    """
    away = x - x.mean()
    return float((away * y).sum() / (away**2).sum())


def coefficients(y: np.ndarray, *terms: np.ndarray) -> np.ndarray:
    """Return the coefficients of an ordinary regression of y (N,) on terms (N,) each and a constant, without it."""
    design = np.column_stack([np.ones(len(y)), *terms])
    return np.linalg.lstsq(design, y, rcond=None)[0][1:]


def rank_size(sizes: np.ndarray) -> float:
    """Return the rank-size exponent of the larger half of regions: the slope of ln(rank − ½) on ln(size), negated.

    Parameters
    ----------
    sizes : (N,) float, above 0

    References
    ----------
    Gabaix, X. & Ibragimov, R. (2011), Rank − 1/2: a simple way to improve the OLS estimation of tail exponents, Journal
    of Business & Economic Statistics 29.
    """
    largest = np.sort(sizes)[::-1][: len(sizes) // 2]
    return -slope(np.log(largest), np.log(np.arange(1, len(largest) + 1) - 0.5))


def theil_levels(values: np.ndarray, weights: np.ndarray, levels: Sequence[np.ndarray]) -> tuple[float, ...]:
    """Return Theil's T between the groups of each level, within those of the level above, and within the last.

    Parameters
    ----------
    values, weights : (N,) float
        Value per head; people.
    levels : sequence of (N,) labels
        Each divides the groups of the one before.

    Returns
    -------
    tuple of float
        One part more than there are levels; they sum to Theil's T.
    """
    between = [float(theil_decomposition(values, labels, weights)[1]) for labels in levels]
    upwards = [0.0, *between, float(theil(values, weights))]
    return tuple(np.diff(upwards).tolist())


def excess_growth(now: np.ndarray, before: np.ndarray, chosen: np.ndarray, others: np.ndarray) -> float:
    """Return by how much chosen cells grew relative to others: the difference of mean log ratios, as a growth rate.

    Cells that are zero in either year are left out.

    Examples
    --------
    >>> now, before = np.array([2.0, 3.0, 1.0]), np.array([1.0, 2.0, 1.0])
    >>> round(excess_growth(now, before, np.array([True, False, False]), np.array([False, True, True])), 3)
    0.633
    """
    known = (now > 0) & (before > 0)
    ratio = np.log(np.divide(now, before, out=np.ones_like(now), where=known))
    return float(np.expm1(ratio[chosen & known].mean() - ratio[others & known].mean()))


def per_yuan(gained: np.ndarray, paid: np.ndarray, years: int) -> float:
    """Return what was gained by the end of a number of years per yuan paid until then, undiscounted.

    Parameters
    ----------
    gained, paid : (T,) float, million yuan/yr
        From the first year of payments on.
    years : int
    """
    return float(gained[:years].sum() / paid[:years].sum())
