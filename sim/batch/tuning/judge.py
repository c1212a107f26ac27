"""Evaluation of a trial from its replications: objectives with intervals, violated constraints, pruning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from sim.analysis import INDICATORS, indicator_unit
from sim.analysis.paired import interval
from sim.analysis.sweep import years_of
from sim.config.schema.tuning import Constraint, Objective, Tuning

# A trial is compared with many others, and one pruned by chance is lost: stricter than the usual 95 %.
CONFIDENCE = 0.99
MIN_REPLICATIONS = 2  # replications needed to estimate a variance


@dataclass(frozen=True)
class Estimate:
    """One quantity of a trial.

    Attributes
    ----------
    value : float
        Mean or worst over replications.
    low, high : float
        95 % t-interval of the mean; NaN for the worst case, whose spread cannot be estimated from few seeds.
    n : int
        Number of replications.
    """

    value: float
    low: float
    high: float
    n: int


def replicate_values(found: Mapping[str, Any], quantity: Objective | Constraint) -> np.ndarray:
    """Return the quantity by replication, (N,); NaN where a run of the pair is missing."""
    part = found["differences" if quantity.of == "difference" else "levels"]
    return np.asarray(part[quantity.indicator], dtype=float)


def estimate(values: np.ndarray, quantity: Objective | Constraint) -> Estimate:
    """Return a quantity from its values by replication.

    Parameters
    ----------
    values : (N,) float
        NaN where a run is missing.
    quantity : Objective or Constraint
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Estimate(np.nan, np.nan, np.nan, 0)
    if quantity.statistic == "worst":
        return Estimate(float(finite.min() if quantity.upwards else finite.max()), np.nan, np.nan, len(finite))
    mean, low, high, _ = interval(finite)
    return Estimate(mean, low, high, len(finite))


def excess(value: float, constraint: Constraint) -> float:
    """Return the violation of a constraint relative to its limit; zero or less where it is met.

    Examples
    --------
    >>> excess(120.0, Constraint(indicator="public_outlay", most=100.0))
    0.2
    """
    beyond = constraint.limit - value if constraint.upwards else value - constraint.limit
    return float(beyond / (abs(constraint.limit) or 1.0))


def violated(values: np.ndarray, constraint: Constraint) -> bool:
    """Return whether a constraint is clearly violated given some of the replications.

    The worst of all replications is no better than the worst of some, so for worst-case constraints a single one
    decides. For a mean, the 99 % interval must lie entirely beyond the limit.
    """
    finite = values[np.isfinite(values)]
    if constraint.statistic == "worst":
        return len(finite) > 0 and excess(estimate(finite, constraint).value, constraint) > 0
    if len(finite) < MIN_REPLICATIONS:
        return False
    mean, half = float(np.mean(finite)), _half(finite)
    return excess(mean + half if constraint.upwards else mean - half, constraint) > 0


def worse(values: np.ndarray, other: np.ndarray, objective: Objective) -> bool:
    """Return whether a trial is clearly worse than a finished one.

    Parameters
    ----------
    values : (M,) float
        The trial's values for the replications run so far.
    other : (N,) float
        The finished trial's values; the first M use the same seeds.
    objective : Objective

    Notes
    -----
    The worst of all replications is no better than the worst of some: it is compared with the other's worst.
    Means are compared seed by seed: the 99 % interval of the paired differences must lie entirely on the worse side.
    """
    sign = 1.0 if objective.upwards else -1.0
    if objective.statistic == "worst":
        return bool(sign * estimate(values, objective).value < sign * estimate(other, objective).value)
    gap = sign * (values - other[: len(values)])
    gap = gap[np.isfinite(gap)]
    return len(gap) >= MIN_REPLICATIONS and float(np.mean(gap)) + _half(gap) < 0


def why_stop(config: Tuning, found: Mapping[str, Any], finished: Iterable[tuple[int, Mapping[str, Any]]]) -> str:
    """Return why a trial can be pruned after some of its replications; empty if it must continue.

    Parameters
    ----------
    config : Tuning
    found : mapping
        Its values so far by indicator.
    finished : iterable of (int, mapping)
        Number and values of the feasible trials with all replications.
    """
    for constraint in config.constraints:
        if violated(replicate_values(found, constraint), constraint):
            return f"{constraint.name} beyond {constraint.limit:g}"
    for number, other in finished:
        if all(worse(replicate_values(found, goal), replicate_values(other, goal), goal) for goal in config.objectives):
            return f"worse than trial {number}"
    return ""


def describe(config: Tuning, quantity: Objective | Constraint) -> dict[str, Any]:
    """Return the description of a quantity: name, title, unit, direction, and the limit of a constraint."""
    facts, years = INDICATORS[quantity.indicator], years_of(quantity.indicator)
    title = facts.title
    if years != "last":
        present = years == "present" or facts.unit.startswith("million yuan")
        title += ", present value" if present else ", sum over years"
    title += ", beyond the baseline" if quantity.of == "difference" and not facts.paired else ""
    title += ", worst of the seeds" if quantity.statistic == "worst" else ""
    return {
        "name": quantity.name,
        "title": title,
        "unit": indicator_unit(quantity.indicator, years, config.scenario.opened().currency),
        "direction": 1 if quantity.upwards else -1,
        "limit": quantity.limit if isinstance(quantity, Constraint) else None,
    }


def _half(values: np.ndarray) -> float:
    """Return the half-width of the interval of a mean."""
    n = len(values)
    return float(scipy.stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
