"""What an evaluator estimates from regional series and budgets, and how money is divided by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from sim.policy.mechanism import Memory
from sim.world.types import World

RIDGE = 1e-9  # keeps the normal equations of collinear doses solvable
FAR = 300.0  # log distance in what is wanted beyond which money is at its bounds anyway


@dataclass(kw_only=True)
class EvaluationMemory(Memory):
    """What the evaluator has seen: log proxies and outlays by year, and what it decided.

    Attributes
    ----------
    proxy : list of (R,) float
        Of each year, from the first of the run.
    outlay : list of (M, R) float, million base-year yuan
        Of the managed mechanisms.
    scale : dict of str to float
        Of the money of each, in the coming year.
    """

    within: np.ndarray
    proxy: list[np.ndarray] = field(default_factory=list)
    outlay: list[np.ndarray] = field(default_factory=list)
    scale: dict[str, float] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)

    @property
    def first(self) -> int:
        """Index of the last year before any money was spent."""
        return max(0, int(np.argmax([outlay.any() for outlay in self.outlay])) - 1)

    def doses(self, heads: np.ndarray) -> np.ndarray:
        """Return the money per head spent so far, (R, M) million base-year yuan, given people (R,)."""
        return (np.sum(self.outlay[self.first + 1 :], axis=0) / heads).T

    def changes(self, dose: np.ndarray, window: int, gaming: float) -> np.ndarray:
        """Return the log change of the proxy since the money began, (R,), as it is measured.

        Parameters
        ----------
        dose : (R, M) million base-year yuan per head
        window : int
            Years whose trend before the first money is removed; 0 removes none.
        gaming : float
            Overstated growth in a year, in proportion to the dose, where it is the mean of the treated.
        """
        first, last = self.first, len(self.proxy) - 1
        change = self.proxy[last] - self.proxy[first]
        before = max(0, first - window)
        if first > before:
            change = change - (self.proxy[first] - self.proxy[before]) / (first - before) * (last - first)
        total = dose.sum(axis=1)
        return change + gaming * (last - first) * total / max(total[total > 0].mean(), 1e-300)


class Estimates(NamedTuple):
    """Effects per unit of dose, one by mechanism, with their standard errors."""

    effect: np.ndarray
    error: np.ndarray


def covariates(world: World) -> np.ndarray:
    """Return what an evaluator controls for, (R, k): structure of the base year, migration, area."""
    people, made = world.people.sum(axis=1), world.value_added.sum(axis=1)
    primary = [
        world.value_added[:, world.sectors.index(s)] / made for s in ("agriculture", "energy") if s in world.sectors
    ]
    areas = sorted(set(world.regions["area"]))[1:]
    columns = [
        np.log(made / people), np.log(people), world.people[:, 1] / people, *primary,
        world.migration_target.sum(axis=1) / people, world.natural_rate,
        *((world.regions["area"] == area).to_numpy(float) for area in areas),
    ]  # fmt: skip
    return np.column_stack(columns)


def estimate(change: np.ndarray, dose: np.ndarray, controls: np.ndarray) -> Estimates:
    """Regress changes (n,) on doses (n, M) and controls (n, k) by least squares.

    Doses of two mechanisms in fixed proportion, or of one that is the same in all regions, are not identified: their
    standard errors are huge.
    """
    given = np.column_stack([controls, dose])
    scale = np.maximum(given.std(axis=0), 1e-300)
    x = np.column_stack([np.ones(len(change)), (given - given.mean(axis=0)) / scale])
    normal = x.T @ x / len(change) + RIDGE * np.eye(x.shape[1])
    inverse = np.linalg.solve(normal, np.eye(x.shape[1])) / len(change)
    fitted = inverse @ (x.T @ change)
    free = max(1, len(change) - x.shape[1])
    variance = float(((change - x @ fitted) ** 2).sum()) / free
    error = np.sqrt(np.maximum(variance * np.diag(inverse), 0.0))
    m = dose.shape[1]
    return Estimates(fitted[-m:] / scale[-m:], error[-m:] / scale[-m:])


def scores(effect: np.ndarray, error: np.ndarray, prior: float) -> np.ndarray:
    """Return effects relative to their mean, in units of their errors and of the spread of plausible effects.

    The mean is weighted by precision, so that one effect that is hardly known moves no money between the others.
    """
    spread = np.hypot(error, prior)
    return (effect - np.average(effect, weights=spread**-2.0)) / spread


def divide(log_wanted: np.ndarray, least: np.ndarray, most: np.ndarray, envelope: float) -> np.ndarray:
    """Divide an envelope in proportion to what is wanted, in logs, each share within its bounds.

    The sum is the envelope exactly (up to rounding) wherever the bounds allow it; else all are at the nearer bounds.
    """
    if not len(log_wanted):
        return np.zeros(0)
    relative = np.maximum(log_wanted - log_wanted.max(), -FAR)

    def at(log_factor: float) -> np.ndarray:
        return np.clip(np.exp(log_factor + relative), least, most)

    low, high = -2.0 * FAR, 2.0 * FAR
    if envelope <= at(low).sum() or envelope >= at(high).sum():
        return at(low if envelope <= at(low).sum() else high)
    divided = at(brentq(lambda k: at(k).sum() - envelope, low, high, xtol=1e-14, rtol=1e-14))
    inside = (divided > least) & (divided < most)
    if inside.any():
        divided[inside] *= (envelope - divided[~inside].sum()) / divided[inside].sum()
    return divided
