"""The law of the model's errors: variance components of one window, growth with the horizon, coverage of its bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from sim.analysis.forecast_errors import KAPPA, REFERENCE, ErrorLaw, share_bands
from sim.validation.hindcast.forecasts import FIRST, Window, forecasts
from sim.validation.hindcast.intervals import Estimate, ratio, resampled
from sim.validation.hindcast.runs import END, START, Hindcast, eligible
from sim.world.china.history import History, provincial_accounts
from sim.world.china.shares import by_province, share

FIVE_YEARLY = ("people", "value_added")  # figures with observations of 2015
LEVEL = 0.90
BOUNDS = ((np.log(1e-4), np.log(2.0)), (np.log(1e-4), np.log(2.0)), (-1.0, 1.0))


def estimate_law(
    hindcast: Hindcast, figure: str, windows: Sequence[Window] = (FIRST,), forecast: str = "model", until: int = END
) -> ErrorLaw:
    """Return the law of errors of a forecast five years ahead.

    Parameters
    ----------
    hindcast : Hindcast
    figure : str
        One of `FIVE_YEARLY`.
    windows : sequence of Window
        Of five years each; errors of one province in two of them are independent.
    forecast : str
    until : int
        Last year of the figures from which growth with the horizon is estimated.
    """
    parts = [log_errors(hindcast, figure, window, forecast) for window in windows]
    error, size, province = (np.concatenate(one) for one in zip(*parts, strict=True))
    shares, homes = provincial_shares(hindcast.history, figure, until), {name.rpartition(" ")[0] for name in province}
    return ErrorLaw(
        *variance_components(error, size, province), *growth_exponent(shares), errors=len(error), provinces=len(homes)
    )


def log_errors(
    hindcast: Hindcast, figure: str, window: Window, forecast: str = "model"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return errors of log shares by region, shares at the start of the window, and labels of province and window."""
    history, rows = hindcast.history, eligible(hindcast.history, figure)
    start, real = (share(history.figures[figure, year], rows) for year in (window.start, window.end))
    guess = share(forecasts(hindcast, figure, window)[forecast], rows)
    return np.log(real / guess), start, np.char.add(hindcast.province[rows], f" {window.start}")


def variance_components(error: np.ndarray, size: np.ndarray, province: np.ndarray) -> tuple[float, float, float]:
    """Return standard deviation of provinces, of cities of the reference size, and its slope in size.

    Maximum likelihood of ``e = u_province + v``, both normal with mean zero; errors of shares have no common part.

    Parameters
    ----------
    error : (n,) float, logs
    size : (n,) float
        Share in the nation.
    province : (n,)
    """
    code = np.unique(province, return_inverse=True)[1]
    log_size = np.log(size / REFERENCE)

    def minus_likelihood(parameters: np.ndarray) -> float:
        log_u, log_v, slope = parameters
        own = np.exp(-2 * (log_v + slope * log_size))  # precision of a city
        common, precision, weighted = np.exp(2 * log_u), np.bincount(code, own), np.bincount(code, own * error)
        determinant = np.log1p(common * precision).sum() - np.log(own).sum()
        return float(determinant + (own * error**2).sum() - (common * weighted**2 / (1 + common * precision)).sum())

    start = np.log(np.full(2, error.std() / np.sqrt(2)))
    log_u, log_v, slope = minimize(minus_likelihood, [*start, 0.0], method="L-BFGS-B", bounds=BOUNDS).x
    return float(np.exp(log_u)), float(np.exp(log_v)), float(slope)


def provincial_shares(history: History, figure: str, until: int = END) -> dict[int, np.ndarray]:
    """Return the shares of the provinces, sorted by name, in the years with published figures, (P,) by year.

    People of 2015 are partly interpolated between the censuses and left out.
    """
    rows = history.world.national_taxes
    values = {year: known.to_numpy() for year, known in provincial_accounts(figure).items()}
    if figure == "people":
        values |= {year: by_province(history.figures[figure, year], history.world, rows) for year in (START, END)}
    return {year: value / value.sum() for year, value in sorted(values.items()) if year <= until}


def growth_exponent(shares: Mapping[int, np.ndarray]) -> tuple[float, float, float]:
    """Return kappa, with which changes of log shares grow with the horizon, and its 90 % interval, within `KAPPA`.

    The slope of the log root mean square change in the log of the horizon, over all pairs of years, with the bootstrap
    over provinces. It is .5 for random walks and 1 for trends; figures of a single horizon leave it open.

    Parameters
    ----------
    shares : mapping of int to (P,) float
        By year.
    """
    squares: dict[int, list[np.ndarray]] = {}
    for first, last in combinations(sorted(shares), 2):
        squares.setdefault(last - first, []).append(np.log(shares[last] / shares[first]) ** 2)
    if len(squares) < 2:
        return float(np.mean(KAPPA)), *KAPPA
    horizon = np.log(np.array(list(squares), dtype=float))
    slope = (horizon - horizon.mean()) / ((horizon - horizon.mean()) ** 2).sum() / 2
    mean = np.column_stack([np.mean(part, axis=0) for part in squares.values()])
    found = Estimate(float(np.log(mean.mean(axis=0)) @ slope), np.log(resampled(len(mean)) @ mean) @ slope, len(mean))
    kappa, low, high = np.clip([found.value, *found.interval(LEVEL)], *KAPPA)
    return float(kappa), float(low), float(high)


class Evaluated(NamedTuple):
    """Bands compared with what was observed, by unit.

    Attributes
    ----------
    inside, width, score : (n,) float
        1 if the observed share is in the band; width of the band; width plus the penalty of Gneiting & Raftery (2007)
        for what is outside.
    province : (n,) str
    """

    inside: np.ndarray
    width: np.ndarray
    score: np.ndarray
    province: np.ndarray


def evaluate(
    hindcast: Hindcast, figure: str, law: ErrorLaw, window: Window, forecast: str = "model", by_province: bool = False
) -> Evaluated:
    """Return how the bands of a forecast do in a window, by region or by province."""
    history = hindcast.history
    rows = history.world.national_taxes if by_province else eligible(history, figure)
    label = hindcast.province[rows] if by_province else np.arange(rows.sum())
    real = np.bincount(np.unique(label, return_inverse=True)[1], share(history.figures[figure, window.end], rows))
    guess = forecasts(hindcast, figure, window)[forecast][rows]
    (band,) = share_bands(law, guess, hindcast.province[rows], window.end - window.start, label, LEVEL)
    missed = np.maximum(band.low - real, 0.0) + np.maximum(real - band.high, 0.0)
    width = band.high - band.low
    home = np.unique(label) if by_province else hindcast.province[rows]
    return Evaluated((missed == 0).astype(float), width, width + 2 / (1 - LEVEL) * missed, home)


def coverage(*parts: Evaluated) -> Estimate:
    """Return the share of units in their bands over one or several windows, with provinces as clusters."""
    inside, province = (np.concatenate([getattr(part, name) for part in parts]) for name in ("inside", "province"))
    return ratio(inside, np.ones(len(inside)), province)
