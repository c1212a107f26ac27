"""How large an experiment is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.config.design.arms import arm_scenarios
from sim.config.design.layout import layout_of
from sim.config.design.trials import most_runs
from sim.config.loader import Config
from sim.config.schema.calibration import Calibration
from sim.config.schema.comparison import Comparison
from sim.config.schema.tuning import Tuning
from sim.config.schema.varied import Varied

CAP = 10_000  # runs that are begun without a question


def size(config: Config) -> dict[str, int]:
    """Return ``points, arms, seeds`` and ``runs`` of a config; of a search its trials are the points.

    Runs are fewer than the product where points share a run: an arm that lacks the keys in which they differ. Those of
    a tuning are the most it makes: it drops trials that need not go on.
    """
    if isinstance(config, Varied):
        layout = layout_of(config)
        points, arms, seeds = len(layout.points), len(layout.scenarios[0]), config.replications
        return {"points": points, "arms": arms, "seeds": seeds, "runs": layout.different * seeds}
    if isinstance(config, Tuning):
        return {"points": config.trials, "arms": 2, "seeds": config.replications, "runs": most_runs(config)}
    points, arms, seeds = 1, 1, 1
    if isinstance(config, Comparison):
        arms, seeds = len(config.arms), config.seeds[1]
    elif isinstance(config, Calibration):
        points, seeds = config.trials, config.replications
    return {"points": points, "arms": arms, "seeds": seeds, "runs": points * arms * seeds}


@dataclass(frozen=True)
class Design:
    """What an experiment consists of.

    Attributes
    ----------
    parts : dict of str to int
        Such as points, arms, seeds.
    runs : int
        Different ones; of a search the most that there may be.
    sample : Scenario
        One of the scenarios that are run, one with mechanisms if there is one.
    up_to : bool
        Whether there may be fewer runs.
    """

    parts: dict[str, int]
    runs: int
    sample: Any
    up_to: bool = False


def design_of(config: Any) -> Design:
    """Return what an experiment consists of.

    Parameters
    ----------
    config : Scenario, Comparison, Sweep, Calibration, ...
    """
    parts = size(config)
    runs = parts.pop("runs")
    if isinstance(config, Varied):
        return Design(parts, runs, _longest(list(layout_of(config).scenarios[0].values())))
    if config.kind == "scenario":
        return Design(parts, runs, config)
    if config.kind == "comparison":
        return Design(parts, runs, _longest(list(arm_scenarios(config).values())), config.seeds[0] < config.seeds[1])
    return Design(parts, runs, config.scenario, up_to=True)


def _longest(scenarios: list[Any]) -> Any:
    return max(scenarios, key=lambda scenario: len(scenario.mechanisms))
