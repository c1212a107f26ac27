"""Rows of documented parks: figures of the model with their intervals, compared with reported ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from sim.batch.tasks import replication_seed
from sim.config import Comparison, arm_scenarios, load
from sim.model import simulate
from sim.policy.targets import pick_one
from sim.record import RunRecord
from sim.validation.cases.figures import FIGURES, Pair
from sim.validation.cases.table import CASES, DEFLATOR, Case
from sim.validation.rows import Row

HORIZONS = (5, 10)  # years after the start of works at which every figure is shown
BASELINE, PARK = "baseline", "park"  # arms of the bundled comparisons


@dataclass(frozen=True)
class Claim:
    """A figure of a park some years after the start of works."""

    case: Case
    figure: str
    years: int

    @property
    def name(self) -> str:
        """Name of its row."""
        return f"{self.case.name}, {self.years} years: {FIGURES[self.figure][0]}"


def claims(cases: Sequence[Case] = CASES) -> list[Claim]:
    """Return all figures at `HORIZONS`, and those that were reported for other years."""

    def of_figure(case: Case, figure: str) -> list[int]:
        return sorted({*HORIZONS, *(r.years for r in case.figures if r.figure == figure)})

    return [Claim(c, figure, years) for c in cases for figure in FIGURES for years in of_figure(c, figure)]


@dataclass(frozen=True)
class Runs:
    """Runs of a bundled comparison, both arms with the same seeds."""

    park: list[RunRecord]
    baseline: list[RunRecord]
    mechanism: str
    host: int
    first: int  # index of the year in which works start

    def pairs(self, years: int) -> Iterator[Pair]:
        """Return the pairs of runs, measured some years after the start of works."""
        for park, baseline in zip(self.park, self.baseline, strict=True):
            yield Pair(park, baseline, self.mechanism, self.host, self.first + years)


def simulated(case: Case, seeds: int | None = None) -> Runs:
    """Run the comparison of a case.

    Parameters
    ----------
    case : Case
    seeds : int, optional
        By default the number of replications of the comparison.
    """
    config = load(case.comparison)
    assert isinstance(config, Comparison)
    arms = arm_scenarios(config)
    scenario, numbers = arms[PARK], range(seeds or config.replications)
    enclave: Any = scenario.mechanisms[0]
    (target,) = enclave.targets
    host = pick_one(scenario.opened(), f"{enclave.name}.targets", target)
    park, baseline = (
        [simulate(arms[arm], replication_seed(config.seed, k)) for k in numbers] for arm in (PARK, BASELINE)
    )
    return Runs(park, baseline, enclave.name, host, enclave.start - scenario.start)


def case_rows(chosen: Sequence[Claim] | None = None, seeds: int | None = None) -> list[Row]:
    """Run the comparisons and return one row per figure.

    Parameters
    ----------
    chosen : sequence of Claim, optional
        By default all.
    seeds : int, optional
        By default the number of replications of each comparison.
    """
    made: dict[str, Runs] = {}
    found = []
    for claim in claims() if chosen is None else chosen:
        if claim.case.name not in made:
            made[claim.case.name] = simulated(claim.case, seeds)
        measure = FIGURES[claim.figure][1]
        values = np.array([measure(pair) for pair in made[claim.case.name].pairs(claim.years)])
        found.append(_row(claim, values))
    return found


def _row(claim: Claim, values: np.ndarray) -> Row:
    mean, reported = float(values.mean()), claim.case.reported(claim.figure, claim.years)
    detail = f"model {_interval(values)}"
    if reported is None:
        return Row("cases", claim.name, "", mean, None, None, detail)
    expected, passed = reported.at_base_prices(DEFLATOR), None
    detail += f"; {reported.text}, {reported.quality}: {reported.source}"
    if reported.range is not None:
        low, high = (factor * expected for factor in reported.range)
        passed = low <= mean <= high
        detail += f"; range {low:.3g} to {high:.3g}"
    return Row("cases", claim.name, expected, mean, None, passed, f"{detail}; {reported.why}")


def _interval(values: np.ndarray) -> str:
    """Return the 95 % interval of a mean over seeds in words."""
    if len(values) < 2:
        return "of one seed"
    half = float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return f"{values.mean() - half:.3g} to {values.mean() + half:.3g} over {len(values)} seeds"
