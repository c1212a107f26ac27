"""The scenarios of points: every arm at every point, with the errors of a value at its position in the config."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sim.config.design import checks
from sim.config.design.grids import Point, described
from sim.config.schema.axes import Axis, Range
from sim.config.schema.scenario import Scenario
from sim.config.text.overrides import assign
from sim.config.text.problems import Problem, validate
from sim.documents import Key
from sim.errors import UserError

Axes = Mapping[str, Axis]
Positions = Mapping[str, Key]
TOGETHER = "point"  # code of an error that no single value makes
_NUMBER = re.compile(r"-?\d[\d.e+-]*")


def scenarios_at(
    bases: Mapping[str, Any], has: Mapping[str, tuple[str, ...]], points: list[Point], axes: Axes, positions: Positions
) -> tuple[list[dict[str, Scenario]], list[Problem]]:
    """Return the scenario of every arm at every point, and what is wrong with the values.

    Parameters
    ----------
    bases : mapping of str to dict
        By arm: its complete scenario as data.
    has : mapping of str to tuple of str
        By arm: the varied keys that it has. Points that differ only in others share the arm's very object.
    points : list of dict
    axes : mapping of str to tuple or Range
    positions : mapping of str to tuple
        Where in the config the axis of a key is written.

    Returns
    -------
    (list of dict of str to Scenario, list of Problem)
        By point; errors that differ only in their numbers are reported once.
    """
    problems = _ends(bases, has, axes, positions)
    if problems:
        return [], problems
    texts = {arm: json.dumps(data) for arm, data in bases.items()}
    made: dict[tuple[str, str], Scenario | None] = {}
    checked: set[tuple[str, str]] = set()
    errors: dict[tuple[Key, str], Problem] = {}
    scenarios: list[dict[str, Scenario]] = []
    for point in points:
        at = {}
        for arm, text in texts.items():
            own = {key: point[key] for key in has[arm]}
            identity = (arm, json.dumps(own, sort_keys=True))
            if identity not in made:
                # of parameters the schema reports all; the rest is checked once, for all points that share it
                rest = (arm, json.dumps({k: v for k, v in own.items() if not k.startswith("parameters.")}))
                made[identity], found = scenario_at(text, own, axes, positions, rest not in checked)
                checked.add(rest)
                for problem, error in found:
                    errors.setdefault((problem.path, _NUMBER.sub("#", error.sentence)), problem)
            scenario = made[identity]
            if scenario is not None:
                at[arm] = scenario
        scenarios.append(at)
    return scenarios, list(errors.values())


def scenario_at(
    base: str, values: Point, axes: Axes, positions: Positions, check: bool = True
) -> tuple[Scenario | None, list[tuple[Problem, Problem]]]:
    """Return a scenario with some values changed; its errors at their position in the config, and as found.

    Parameters
    ----------
    base : str
        The complete scenario as JSON.
    values : dict of str to object
        By dotted key.
    axes, positions : mapping
        As in `scenarios_at`; a key without an axis has one value.
    check : bool
        Whether to check also what the schema cannot see.
    """
    data, paths, problems = _assigned(base, values, positions)
    if problems:
        return None, [(problem, problem) for problem in problems]
    scenario, errors = validate(Scenario, data)
    if scenario is not None and values and check:
        errors = checks.check(data) or checks.reach(scenario)
    return scenario, [(_moved(axes, positions, paths, values, error), error) for error in errors]


def _assigned(base: str, values: Point, positions: Positions) -> tuple[dict[str, Any], dict[str, Key], list[Problem]]:
    data = json.loads(base)
    paths: dict[str, Key] = {}
    for key, value in values.items():
        try:
            paths[key] = assign(data, key, value, key)
        except UserError as error:
            messages = [message.removeprefix(f"{key}: ") for message in error.messages]
            return data, paths, [Problem(positions[key], message) for message in messages]
    return data, paths, []


def _ends(
    bases: Mapping[str, Any], has: Mapping[str, tuple[str, ...]], axes: Axes, positions: Positions
) -> list[Problem]:
    """Return which ends of sampled ranges a key cannot have; points inside them would each report another number."""
    problems = {}
    for arm, base in bases.items():
        for key in has[arm]:
            axis = axes[key]
            for end in (axis.at(0.0), axis.at(1.0)) if isinstance(axis, Range) and axis.steps is None else ():
                data, paths, _ = _assigned(json.dumps(base), {key: end}, positions)
                for error in validate(Scenario, data)[1]:
                    if error.path == paths.get(key):
                        text = _named(key, positions, error.text)
                        problems[positions[key], error.text] = Problem(positions[key], text)
    return list(problems.values())


def _named(key: str, positions: Positions, text: str) -> str:
    """Name the key where it is given as a part of a section."""
    return text if positions[key][-1] == key else f"{key}: {text}"


def _moved(axes: Axes, positions: Positions, paths: Mapping[str, Key], values: Point, error: Problem) -> Problem:
    """Give an error of a point's scenario the position of the value that made it."""
    for key, path in paths.items():
        shared = min(len(path), len(error.path))
        if path[:shared] != error.path[:shared] or shared < len(path) and len(paths) > 1:
            continue
        axis = axes.get(key)
        position = (*positions[key], axis.index(values[key])) if isinstance(axis, tuple) else positions[key]
        return Problem(position, _named(key, positions, error.text) if path == error.path else error.sentence)
    section = next(iter(positions.values()))[:1]
    return Problem(section, f"{error.sentence} (first at the point {described(values)})", TOGETHER)
