"""The scenarios of points: every arm at every point, with the faults of a value at its place in the config."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sim.config.design import checks
from sim.config.design.grids import Point, told
from sim.config.schema.axes import Axis, Range
from sim.config.schema.scenario import Scenario
from sim.config.text.marks import Key
from sim.config.text.overrides import assign
from sim.config.text.problems import Problem, validate
from sim.errors import UserError

Axes = Mapping[str, Axis]
Places = Mapping[str, Key]
TOGETHER = "point"  # code of a fault that no single value makes
_NUMBER = re.compile(r"-?\d[\d.e+-]*")


def scenarios_at(
    bases: Mapping[str, Any], has: Mapping[str, tuple[str, ...]], points: list[Point], axes: Axes, places: Places
) -> tuple[list[dict[str, Scenario]], list[Problem]]:
    """Return the scenario of every arm at every point, and what is wrong with the values.

    Parameters
    ----------
    bases : mapping of str to dict
        By arm: its whole scenario as data.
    has : mapping of str to tuple of str
        By arm: the varied keys that it has. Points that differ only in others share the arm's very object.
    points : list of dict
    axes : mapping of str to tuple or Range
    places : mapping of str to tuple
        Where in the config the axis of a key stands.

    Returns
    -------
    (list of dict of str to Scenario, list of Problem)
        By point; faults that differ only in their numbers are told once.
    """
    problems = _ends(bases, has, axes, places)
    if problems:
        return [], problems
    texts = {arm: json.dumps(data) for arm, data in bases.items()}
    made: dict[tuple[str, str], Scenario | None] = {}
    judged: set[tuple[str, str]] = set()
    faults: dict[tuple[Key, str], Problem] = {}
    scenarios: list[dict[str, Scenario]] = []
    for point in points:
        at = {}
        for arm, text in texts.items():
            own = {key: point[key] for key in has[arm]}
            identity = (arm, json.dumps(own, sort_keys=True))
            if identity not in made:
                # of parameters the schema tells all; the rest is judged once, however many points have it
                rest = (arm, json.dumps({k: v for k, v in own.items() if not k.startswith("parameters.")}))
                made[identity], found = scenario_at(text, own, axes, places, rest not in judged)
                judged.add(rest)
                for problem, fault in found:
                    faults.setdefault((problem.path, _NUMBER.sub("#", fault.sentence)), problem)
            scenario = made[identity]
            if scenario is not None:
                at[arm] = scenario
        scenarios.append(at)
    return scenarios, list(faults.values())


def scenario_at(
    base: str, values: Point, axes: Axes, places: Places, judge: bool = True
) -> tuple[Scenario | None, list[tuple[Problem, Problem]]]:
    """Return a scenario with some values changed; its faults at their place in the config, and as found.

    Parameters
    ----------
    base : str
        The whole scenario as JSON.
    values : dict of str to object
        By dotted key.
    axes, places : mapping
        As in `scenarios_at`; a key without an axis has one value.
    judge : bool
        Whether faults that the schema cannot see are looked for.
    """
    data, paths, problems = _assigned(base, values, places)
    if problems:
        return None, [(problem, problem) for problem in problems]
    scenario, faults = validate(Scenario, data)
    if scenario is not None and values and judge:
        faults = checks.check(data) or checks.reach(scenario)
    return scenario, [(_moved(axes, places, paths, values, fault), fault) for fault in faults]


def _assigned(base: str, values: Point, places: Places) -> tuple[dict[str, Any], dict[str, Key], list[Problem]]:
    data = json.loads(base)
    paths: dict[str, Key] = {}
    for key, value in values.items():
        try:
            paths[key] = assign(data, key, value, key)
        except UserError as error:
            return data, paths, [Problem(places[key], message.removeprefix(f"{key}: ")) for message in error.messages]
    return data, paths, []


def _ends(bases: Mapping[str, Any], has: Mapping[str, tuple[str, ...]], axes: Axes, places: Places) -> list[Problem]:
    """Return which ends of sampled ranges a key cannot have; points inside them would each tell another number."""
    problems = {}
    for arm, base in bases.items():
        for key in has[arm]:
            axis = axes[key]
            for end in (axis.at(0.0), axis.at(1.0)) if isinstance(axis, Range) and axis.steps is None else ():
                data, paths, _ = _assigned(json.dumps(base), {key: end}, places)
                for fault in validate(Scenario, data)[1]:
                    if fault.path == paths.get(key):
                        problems[places[key], fault.text] = Problem(places[key], _named(key, places, fault.text))
    return list(problems.values())


def _named(key: str, places: Places, text: str) -> str:
    """Name the key where it stands as a part of a section."""
    return text if places[key][-1] == key else f"{key}: {text}"


def _moved(axes: Axes, places: Places, paths: Mapping[str, Key], values: Point, fault: Problem) -> Problem:
    """Give a fault of a point's scenario the place of the value that made it."""
    for key, path in paths.items():
        shared = min(len(path), len(fault.path))
        if path[:shared] != fault.path[:shared] or shared < len(path) and len(paths) > 1:
            continue
        axis = axes.get(key)
        place = (*places[key], axis.index(values[key])) if isinstance(axis, tuple) else places[key]
        return Problem(place, _named(key, places, fault.text) if path == fault.path else fault.sentence)
    section = next(iter(places.values()))[:1]
    return Problem(section, f"{fault.sentence} (first at the point {told(values)})", TOGETHER)
