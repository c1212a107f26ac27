"""Whether like places are near each other: Moran's I. The last axis is the places; leading axes are kept."""

from __future__ import annotations

import numpy as np

from sim.kernels.sphere import great_circle

NEAREST_KM = 1.0  # places on one spot are neighbours, not infinitely near


def inverse_distance(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return weights of inverse great-circle distance, (R, R), rows summing to 1, the diagonal zero.

    Parameters
    ----------
    lat, lon : (R,) float, degrees
    """
    lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
    weights = 1.0 / np.maximum(great_circle(lat[:, None], lon[:, None], lat[None], lon[None]), NEAREST_KM)
    np.fill_diagonal(weights, 0.0)
    return weights / weights.sum(axis=1, keepdims=True)


def morans_i(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    r"""Return Moran's I.

    .. math:: I = \frac{R}{\sum_{ij} w_{ij}} \frac{\sum_{ij} w_{ij} z_i z_j}{\sum_i z_i^2}, \quad z = x - \bar x

    Parameters
    ----------
    values : (..., R) float
    weights : (R, R) float
        Nearness; used as they are.

    Returns
    -------
    (...) float
        ``-1/(R - 1)`` in the mean without any pattern; NaN where all values are equal.

    References
    ----------
    Moran, P. A. P. (1950), Notes on continuous stochastic phenomena, Biometrika 37.

    Examples
    --------
    >>> float(morans_i([1.0, 2.0, 3.0], [[0, 1, 0], [1, 0, 1], [0, 1, 0]]))
    0.0
    """
    z = np.asarray(values, dtype=float)
    z = z - z.mean(axis=-1, keepdims=True)
    w = np.asarray(weights, dtype=float)
    square = (z**2).sum(axis=-1)
    return z.shape[-1] / w.sum() * ((z @ w) * z).sum(axis=-1) / np.where(square > 0, square, np.nan)
