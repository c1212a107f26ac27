"""How large an experiment is: the functions `design` of the kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.config.design.arms import arm_scenarios
from sim.config.design.factorial import scenarios_of
from sim.config.design.layout import layout_of
from sim.config.design.trials import most_runs
from sim.config.schema.calibration import Calibration
from sim.config.schema.comparison import Comparison
from sim.config.schema.estimation import Estimation
from sim.config.schema.factorial import Factorial
from sim.config.schema.scenario import Scenario
from sim.config.schema.tuning import Tuning
from sim.config.schema.varied import Varied
from sim.kinds import KINDS, resolved

CAP = 10_000  # runs that are begun without a question


@dataclass(frozen=True)
class Design:
    """What an experiment consists of.

    Attributes
    ----------
    parts : dict of str to int
        Such as points, variants, arms, seeds; the points of a search are its trials.
    runs : int
        Different ones: fewer than the product of the parts where points share a run. Of a search the most that it
        makes.
    arms : dict of str to Scenario
        Scenarios of its arms, those of the first point if there are many; empty without runs of the model.
    up_to : bool
        Whether there may be fewer runs.
    """

    parts: dict[str, int]
    runs: int
    arms: dict[str, Any]
    up_to: bool = False

    @property
    def sample(self) -> Any:
        """One of the scenarios that are run, one with mechanisms if there is one; None without runs of the model."""
        return max(self.arms.values(), key=lambda scenario: len(scenario.mechanisms), default=None)


def design_of(config: Any) -> Design:
    """Return what an experiment consists of.

    Parameters
    ----------
    config : Scenario, Comparison, Sweep, Calibration, ...
    """
    found: Design = resolved(KINDS[config.kind].design)(config)
    return found


def _parts(points: int, arms: int, seeds: int) -> dict[str, int]:
    return {"points": points, "arms": arms, "seeds": seeds}


def of_scenario(config: Scenario) -> Design:
    """Return the design of a scenario: one run."""
    return Design(_parts(1, 1, 1), 1, {config.name: config})


def of_comparison(config: Comparison) -> Design:
    """Return the design of a comparison; with a rule for replications, the most that there may be."""
    least, most = config.seeds
    arms = arm_scenarios(config)
    parts = _parts(1, len(config.arms), most)
    if config.variants:
        parts = {"variants": len(config.variants), **parts}
    return Design(parts, len(arms) * most, arms, least < most)


def of_points(config: Varied) -> Design:
    """Return the design of a config of many points."""
    layout, seeds = layout_of(config), config.replications
    arms = layout.scenarios[0]
    return Design(_parts(len(layout.points), len(arms), seeds), layout.different * seeds, arms)


def of_factorial(config: Factorial) -> Design:
    """Return the design of a factorial experiment: its sizes share the baseline."""
    arms = scenarios_of(config)
    return Design(_parts(1, len(arms), config.replications), len(arms) * config.replications, arms)


def of_tuning(config: Tuning) -> Design:
    """Return the design of a tuning, which prunes trials."""
    parts = _parts(config.trials, 2, config.replications)
    return Design(parts, most_runs(config), {config.scenario.name: config.scenario}, up_to=True)


def of_calibration(config: Calibration) -> Design:
    """Return the design of a calibration; one to facts of the base year runs nothing."""
    if config.of_base_year:
        return Design({}, 1, {})
    parts = _parts(config.trials, 1, config.replications)
    runs = config.trials * config.replications
    return Design(parts, runs, {config.scenario.name: config.scenario}, up_to=True)


def without_runs(config: Estimation) -> Design:
    """Return the design of a computation without runs of the model."""
    return Design({}, 1, {})
