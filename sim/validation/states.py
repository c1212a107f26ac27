"""Forecasts for the states of the United States, next to naive ones: the laws of the model in another country.

Parameters are fitted, and regressions estimated, on the window of the calibration alone; every later decade is forecast
from its own base year, and the last year from the end of the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

from sim.analysis.inequality import beta, sigma
from sim.batch.loss import modelled
from sim.config import Calibration, Scenario, load
from sim.model import simulate
from sim.world import History, load_history, world_years

CALIBRATION = "calibrate_us"
FIGURES = ("people", "income", "value_added")
CONFIDENCE = 0.90
RESAMPLES = 4999


class Regions(NamedTuple):
    """What is forecast of the regions of a year.

    Attributes
    ----------
    people : (R,) float
        Shares of the nation's people.
    income : (R,) float
        Log value added per head relative to the nation.
    """

    people: np.ndarray
    income: np.ndarray

    def figure(self, name: str) -> np.ndarray:
        """Return shares of people or of value added, or log income per head."""
        if name == "value_added":
            added = self.people * np.exp(self.income)
            return added / added.sum()
        return self.people if name == "people" else self.income


class Window:
    """A base year, the year that is forecast from it, and what was known in the base year.

    Attributes
    ----------
    start, end : int
    """

    def __init__(self, world: str, start: int, end: int) -> None:
        self.world, self.start, self.end = world, start, end

    @cached_property
    def history(self) -> History:
        """What happened, as seen from the base year."""
        return load_history(self.world, self.start)

    @property
    def earlier(self) -> int:
        """The last year before the base year with figures."""
        return max(year for year in self.history.years("income") if year < self.start)

    def observed(self, year: int) -> Regions:
        """Return the regions of a year as they were."""
        return regions(*(self.history.figures[figure, year] for figure in ("people", "value_added")))


def regions(people: np.ndarray, added: np.ndarray) -> Regions:
    """Return what is forecast, from people and value added, (R,) each."""
    return Regions(people / people.sum(), np.log(added / people) - np.log(added.sum() / people.sum()))


def windows(calibration: Calibration) -> tuple[Window, list[Window]]:
    """Return the window of a calibration, and those after it: each decade, then from its end to the last year."""
    world, start = str(calibration.scenario.world), calibration.scenario.start
    fitted = Window(world, start, max(target.year for target in calibration.targets))
    years = fitted.history.years("income")
    starts = [year for year in world_years(world) if year >= fitted.end]
    decades = [Window(world, year, min(y for y in years if y > year)) for year in starts]
    return fitted, [*decades, Window(world, fitted.end, years[-1])]


def trend(window: Window) -> Regions:
    """Return the forecast that changes since the earlier year continue."""
    now, before, years = _past(window)
    people = now.people * (now.people / before.people) ** years
    return Regions(people / people.sum(), now.income + years * (now.income - before.income))


def regression(fitted: Window, window: Window) -> Regions:
    """Return the forecast of regressions estimated on the fitted window.

    Growth of shares of people on past growth of shares and income per head, growth of income per head on its level
    (beta-convergence), per year.
    """
    end, now = fitted.observed(fitted.end), fitted.observed(fitted.start)
    span = fitted.end - fitted.start
    change = np.column_stack([np.log(end.people / now.people), end.income - now.income]) / span
    slopes = [np.linalg.lstsq(x, y, rcond=None)[0] for x, y in zip(_covariates(fitted), change.T, strict=True)]
    now, years = window.observed(window.start), window.end - window.start
    growth = [x @ slope for x, slope in zip(_covariates(window), slopes, strict=True)]
    people = now.people * np.exp(years * growth[0])
    return Regions(people / people.sum(), now.income + years * growth[1])


def _covariates(window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Return what the growth of people and the growth of income are regressed on, (R, 3) and (R, 2)."""
    now, before, _ = _past(window)
    level = np.column_stack([np.ones(len(now.income)), now.income])
    past = np.log(now.people / before.people) / (window.start - window.earlier)
    return np.column_stack([level, past]), level


def _past(window: Window) -> tuple[Regions, Regions, float]:
    """Return the regions of the base year and before it, and the horizon over the years between the two."""
    years = (window.end - window.start) / (window.start - window.earlier)
    return window.observed(window.start), window.observed(window.earlier), years


def simulated(window: Window, seeds: Sequence[int], firms: int, *, calibrated: bool) -> Regions:
    """Return the mean forecast of the model, with the parameters of the world or with the defaults of the table."""
    scenario = Scenario.model_validate(
        {"name": "states", "world": window.world, "start": window.start, "years": window.end - window.start + 1,
         "firms": firms, "calibrated": calibrated, "record": {"flows": False, "payments": False}}
    )  # fmt: skip
    found = modelled([simulate(scenario, seed) for seed in seeds], window.end - window.start)
    return regions(found["people"], found["value_added"])


def forecasts(fitted: Window, window: Window, seeds: Sequence[int], firms: int) -> dict[str, Regions]:
    """Return the forecasts of a window by name; those of ``unfitted`` have the defaults of the parameter table."""
    return {
        "persistence": window.observed(window.start), "trend": trend(window), "regression": regression(fitted, window),
        "unfitted": simulated(window, seeds, firms, calibrated=False),
        "model": simulated(window, seeds, firms, calibrated=True),
    }  # fmt: skip


def forecast_tables(
    name: str = CALIBRATION, seeds: Sequence[int] = range(1, 9), firms: int = 20_000
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecast every window after that of a calibration.

    Parameters
    ----------
    name : str
        A calibration of a world with a history.
    seeds : sequence of int
    firms : int
        Firm agents at the start.

    Returns
    -------
    errors : DataFrame
        One row per figure and window, and one per figure for all decades: ``persistence``, its mean absolute error
        (percentage points of shares, or log points of income per head); errors relative to it, and ``low`` and
        ``high``, the ends of the bootstrap interval of the model's over regions.
    spread : DataFrame
        One row per window: sigma (standard deviation of log income per head) at the start and at the end, and beta
        (slope of its annual growth on its level).
    """
    calibration = load(name)
    fitted, later = windows(calibration)
    decades = len(later) - 1
    found = [forecasts(fitted, window, seeds, firms) for window in later]
    rows = []
    for figure in FIGURES:
        errors = [_errors(window, made, figure) for window, made in zip(later, found, strict=True)]
        pooled = {name: np.mean([e[name] for e in errors[:decades]], axis=0) for name in errors[0]}
        spans = [(str(window.start), str(window.end)) for window in later]
        for (start, end), error in zip([*spans, ("all", "decades")], [*errors, pooled], strict=True):
            rows.append({"figure": figure, "from": start, "to": end, **_relative(error)})
    spread = [_spread(window, made) for window, made in zip(later, found, strict=True)]
    return pd.DataFrame(rows), pd.DataFrame(spread)


def _errors(window: Window, made: dict[str, Regions], figure: str) -> dict[str, np.ndarray]:
    """Return absolute errors by forecast, (R,) percentage points or log points."""
    real = window.observed(window.end).figure(figure)
    return {name: 100.0 * np.abs(forecast.figure(figure) - real) for name, forecast in made.items()}


def _relative(errors: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the mean error of persistence and those of the others relative to it, with the interval of the model's."""
    naive = errors["persistence"]
    found = {name: float(error.mean() / naive.mean()) for name, error in errors.items()}
    ends = scipy.stats.bootstrap(
        (errors["model"], naive), lambda a, b, axis: a.mean(axis=axis) / b.mean(axis=axis), paired=True,
        vectorized=True, method="percentile", confidence_level=CONFIDENCE, n_resamples=RESAMPLES,
        rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    return {**found, "persistence": float(naive.mean()), "low": float(ends.low), "high": float(ends.high)}


def _spread(window: Window, made: dict[str, Regions]) -> dict[str, str | float]:
    """Return sigma and beta as observed, as modelled and by the regression."""
    now = np.exp(window.observed(window.start).income)
    ends = {"observed": window.observed(window.end), "model": made["model"], "regression": made["regression"]}
    found: dict[str, str | float] = {
        "from": str(window.start),
        "to": str(window.end),
        "sigma before": float(sigma(now)),
    }
    for name, end in ends.items():
        found[f"sigma {name}"] = float(sigma(np.exp(end.income)))
        found[f"beta {name}"] = beta(now, np.exp(end.income), window.end - window.start)
    return found
