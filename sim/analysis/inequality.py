"""Regional inequality, convergence, spatial autocorrelation and specialisation, as functions of arrays.

The last axis is regions; leading axes (arms, replications, years) are kept. Weights are population.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.kernels.sphere import great_circle


def _prepare(values: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    x = np.asarray(values, dtype=float)
    w = np.ones_like(x) if weights is None else np.broadcast_to(np.asarray(weights, dtype=float), x.shape)
    if np.any(w < 0) or np.any(x < 0):
        raise ValueError("inequality needs non-negative values and weights")
    return x, w / w.sum(axis=-1, keepdims=True)


def theil(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    r"""Return Theil's T index.

    .. math:: T = \sum_i w_i \frac{x_i}{\mu} \ln \frac{x_i}{\mu}, \quad \mu = \sum_i w_i x_i

    Parameters
    ----------
    values : (..., R) float
        For example value per capita; zeros contribute the limit 0.
    weights : (..., R) float, optional
        Population; normalised to sum to 1.

    Returns
    -------
    (...) float
        Between 0 (equal) and ``ln(sum w / w_i)`` (all in region i).

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
        Zone class or province of each region.
    weights : (..., R) float, optional
        Population.
    """
    x, w = _prepare(values, weights)
    _, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    indicator = np.eye(member.max() + 1)[member]
    group_weight = w @ indicator
    group_mean = (w * x) @ indicator / np.where(group_weight > 0, group_weight, 1.0)
    total = theil(x, w)
    between = theil(group_mean, group_weight)
    return total, between, total - between


def nested_theil(values: np.ndarray, levels: Sequence[np.ndarray], weights: np.ndarray | None = None) -> np.ndarray:
    r"""Return the contributions of the levels of a map to Theil's T; their sum is T.

    .. math:: T = T_{1} + \sum_g s_g T_{2|g} + \dots, \quad s_g = w_g \mu_g / \mu

    Parameters
    ----------
    values : (..., R) float
    levels : L arrays of (R,) labels
        From coarse to fine, such as area and circle; groups of a finer level lie within those of the coarser ones.
    weights : (..., R) float, optional
        Population.

    Returns
    -------
    (..., L + 1) float, at least 0
        Between the groups of the first level, between those of each further level within the groups before it, and
        within the last.

    References
    ----------
    Shorrocks, A. F. (1980), The class of additively decomposable inequality measures, Econometrica 48.

    Examples
    --------
    >>> nested_theil([1.0, 3.0], [np.array(["a", "b"])]).round(6)
    array([0.130812, 0.      ])
    """
    labels, below, parts = [""] * len(np.asarray(levels[0])), np.zeros(()), []
    for level in levels:
        labels = [f"{above}\n{name}" for above, name in zip(labels, level, strict=True)]
        _, between, _ = theil_decomposition(values, np.array(labels), weights)
        parts.append(between - below)
        below = between
    return np.stack([*parts, theil(values, weights) - below], axis=-1)


def equally_distributed(values: np.ndarray, aversion: float, weights: np.ndarray | None = None) -> np.ndarray:
    r"""Return Atkinson's equally distributed equivalent: the value that, given to everyone, is worth as much.

    .. math:: y_e = \left(\sum_i w_i y_i^{1-e}\right)^{1/(1-e)}, \quad y_1 = \exp \sum_i w_i \ln y_i

    Parameters
    ----------
    values : (..., R) float, above 0
    aversion : float, at least 0
        ``e``, to inequality; 0: the mean.
    weights : (..., R) float, optional
        Population.

    References
    ----------
    Atkinson, A. B. (1970), On the measurement of inequality, Journal of Economic Theory 2.

    Examples
    --------
    >>> [round(float(equally_distributed([1.0, 4.0], e)), 6) for e in (0.0, 0.5, 1.0, 2.0)]
    [2.5, 2.25, 2.0, 1.6]
    """
    x, w = _prepare(values, weights)
    if aversion == 1.0:
        return np.exp((w * np.log(x)).sum(axis=-1))
    return (w * x ** (1.0 - aversion)).sum(axis=-1) ** (1.0 / (1.0 - aversion))


def dispersion(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the standard deviation of logs, with weights.

    Parameters
    ----------
    values : (..., R) float, above 0
    weights : (..., R) float, optional

    Examples
    --------
    >>> float(dispersion([1.0, np.exp(2.0)]))
    1.0
    """
    x, w = _prepare(values, weights)
    logs = np.log(x)
    return np.sqrt((w * (logs - (w * logs).sum(axis=-1, keepdims=True)) ** 2).sum(axis=-1))


def circulation(flows: np.ndarray) -> np.ndarray:
    r"""Return how far the two directions of flows between regions balance.

    .. math:: C = \frac{\sum_{i<j} \min(f_{ij}, f_{ji})}{\sum_{i<j} \max(f_{ij}, f_{ji})}

    Parameters
    ----------
    flows : (..., R, R) float

    Returns
    -------
    (...) float
        0 (one direction) to 1 (balanced); NaN without a flow.

    Examples
    --------
    >>> float(circulation([[9.0, 1.0], [4.0, 9.0]]))
    0.25
    """
    there = np.asarray(flows, dtype=float)
    back = np.swapaxes(there, -1, -2)
    pairs = np.triu_indices(there.shape[-1], 1)
    least, most = (f(there, back)[..., pairs[0], pairs[1]].sum(axis=-1) for f in (np.minimum, np.maximum))
    return least / np.where(most > 0, most, np.nan)


def gini(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    r"""Return the Gini coefficient.

    .. math:: G = \frac{1}{2 \mu} \sum_i \sum_j w_i w_j |x_i - x_j|

    Parameters
    ----------
    values : (..., R) float
    weights : (..., R) float, optional
        Population.

    Examples
    --------
    >>> float(gini([1.0, 3.0]))
    0.25
    """
    x, w = _prepare(values, weights)
    order = np.argsort(x, axis=-1, kind="stable")
    x, w = np.take_along_axis(x, order, -1), np.take_along_axis(w, order, -1)
    mean = (w * x).sum(axis=-1)
    below = np.cumsum(w, axis=-1) - w / 2  # mid-rank of each region
    return 2 * (w * x * below).sum(axis=-1) / mean - 1


def cv(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the coefficient of variation (standard deviation over mean).

    Parameters
    ----------
    values : (..., R) float
    weights : (..., R) float, optional
        Population.

    Examples
    --------
    >>> float(cv([1.0, 3.0]))
    0.5
    """
    x, w = _prepare(values, weights)
    mean = (w * x).sum(axis=-1)
    return np.sqrt((w * (x - mean[..., None]) ** 2).sum(axis=-1)) / mean


def sigma(income: np.ndarray) -> np.ndarray:
    """Return the sample standard deviation of log income over regions, the last axis.

    Parameters
    ----------
    income : (..., R) float, above 0

    References
    ----------
    Barro, R. & Sala-i-Martin, X. (1992), Convergence, Journal of Political Economy 100.
    """
    return np.log(np.asarray(income, dtype=float)).std(axis=-1, ddof=1)


def beta(first: np.ndarray, last: np.ndarray, years: float) -> float:
    """Return the slope of annual log growth on initial log income, 1/yr; negative under convergence.

    Parameters
    ----------
    first, last : (R,) float, above 0
        Income per capita in the first and the last year.
    years : float

    Examples
    --------
    >>> round(beta([1.0, 2.0, 4.0], [2.0, 2.0, 2.0], 10), 3)  # complete convergence in ten years
    -0.1
    """
    start = np.log(np.asarray(first, dtype=float))
    growth = (np.log(np.asarray(last, dtype=float)) - start) / years
    away = start - start.mean()
    return float((away * growth).sum() / (away**2).sum())


NEAREST_KM = 1.0  # minimum distance, so that weights stay finite


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
        Spatial weights, not normalised here.

    Returns
    -------
    (...) float
        Expected value ``-1/(R - 1)`` without spatial autocorrelation; NaN if all values are equal.

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


def location_quotient(table: np.ndarray) -> np.ndarray:
    r"""Return location quotients: the share of a sector in a region over its share in all regions.

    .. math:: LQ_{is} = \frac{x_{is} / \sum_t x_{it}}{\sum_j x_{js} / \sum_{jt} x_{jt}}

    Parameters
    ----------
    table : (..., R, S) float
        For example value added; the quotient is NaN if a region or a sector is empty.

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
    r"""Return Krugman's specialisation index of each region.

    .. math:: K_i = \sum_s \left| \frac{x_{is}}{\sum_t x_{it}} -
        \frac{\sum_{j \ne i} x_{js}}{\sum_{j \ne i, t} x_{jt}} \right|

    Parameters
    ----------
    table : (..., R, S) float

    Returns
    -------
    (..., R) float
        0 if the sector structure equals that of all other regions, 2 if they share no sector.

    References
    ----------
    Krugman, P. (1991), Geography and Trade, chapter 3 (for two regions).

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
