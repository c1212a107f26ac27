"""The points of a sensitivity analysis, and what its schema cannot see."""

from __future__ import annotations

from sim import samples as cube
from sim.config.design.arms import own_arms
from sim.config.design.grids import Request, at_positions, bad_samples
from sim.config.design.inputs import expanded
from sim.config.schema.sensitivity import Sensitivity
from sim.config.text.problems import Problem

FEWEST = {"morris": 2, "sobol": 2, "pawn": 50}


def request(config: Sensitivity) -> tuple[Request | None, list[Problem]]:
    """Return arms, inputs and the points of the method."""
    arms, problems = own_arms(config)
    axes, positions, errors = expanded(config.inputs, "inputs")
    problems += errors + _problems(config)
    if problems:
        return None, problems
    unit = cube.method_points(config.method, config.samples, len(axes), config.seed, config.second_order)
    return Request(arms, axes, positions, at_positions(axes, unit)), []


def _problems(config: Sensitivity) -> list[Problem]:
    problems = []
    error = bad_samples("sobol", config.samples) if config.method == "sobol" else None
    if error:
        problems.append(error)
    elif config.samples < FEWEST[config.method]:
        text = f"{config.samples} is too few for {config.method}; expected at least {FEWEST[config.method]}"
        problems.append(Problem(("samples",), text))
    if config.second_order and config.method != "sobol":
        text = f"{config.method} has no pairs of inputs; expected method: sobol, or second_order: false"
        problems.append(Problem(("second_order",), text))
    return problems
