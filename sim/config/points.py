"""The scenarios of a sweep: every arm at every point."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim import world as worlds
from sim.config import arms, checks
from sim.config.design import DESIGNS, Point
from sim.config.keys import Variable, describe, find, known_keys
from sim.config.overrides import assign
from sim.config.places import Key
from sim.config.problems import Problem, validate
from sim.config.schema import Scenario
from sim.config.sweep import Sweep
from sim.errors import UserError, nearest

# Varied, these would give runs that one table cannot hold, or change nothing.
_FIXED = {
    "kind": "a sweep varies what a scenario holds",
    "name": "a name changes no result",
    "title": "a title changes no result",
    "threads": "the number of threads changes no result",
    "seed": "seeds are what replications vary",
    "replication": "seeds are what replications vary",
    "record": "all runs of a sweep write the same",
    "start": "all runs of a sweep have the same years",
    "years": "all runs of a sweep have the same years",
    "world": "all runs of a sweep have the same regions; world.KEY of a generated world may vary",
}


@dataclass(frozen=True)
class Layout:
    """What a sweep runs.

    Attributes
    ----------
    axes : dict of str to Variable
        What each varied key means.
    points : list of dict
        Values by key.
    scenarios : list of dict of str to Scenario
        By point: the scenario of each arm. Points that differ only in keys that an arm does not have
        share that arm's very object.
    """

    axes: dict[str, Variable]
    points: list[Point]
    scenarios: list[dict[str, Scenario]]

    @property
    def different(self) -> int:
        """Number of different scenarios: runs per replication."""
        return len({id(s) for at in self.scenarios for s in at.values()})


def layout(sweep: Sweep) -> Layout:
    """Return what a sweep runs.

    Raises
    ------
    UserError
        If a key or value does not fit.
    """
    found, problems = build(sweep)
    if found is None:
        raise UserError([p.sentence for p in problems])
    return found


def build(sweep: Sweep) -> tuple[Layout | None, list[Problem]]:
    """Return what a sweep runs, and its faults with their key path in the sweep.

    Parameters
    ----------
    sweep : Sweep

    Returns
    -------
    (Layout or None, list of Problem)
        None if there is a fault.
    """
    bases, problems = _bases(sweep)
    if problems:
        return None, problems
    dumped = {arm: scenario.model_dump(mode="json") for arm, scenario in bases.items()}
    points, problems = _points(sweep)
    problems += _keys(sweep, dumped) + _indicators(sweep)
    if problems:
        return None, problems
    has = {arm: tuple(key for key in sweep.vary if find(data, key)) for arm, data in dumped.items()}
    scenarios, problems = _all(sweep, dumped, has, points)
    problems += [] if problems else _regions(sweep, scenarios)
    if problems:
        return None, problems
    axes = {key: describe(next(d for d in dumped.values() if find(d, key)), key) for key in sweep.vary}
    return Layout(axes, points, scenarios), []


def _bases(sweep: Sweep) -> tuple[dict[str, Scenario], list[Problem]]:
    if sweep.arms:
        return arms.build(sweep)
    return {sweep.scenario.name: sweep.scenario.model_copy(update={"seed": sweep.seed})}, []


def _points(sweep: Sweep) -> tuple[list[Point], list[Problem]]:
    try:
        points = DESIGNS[sweep.design](sweep.values())
    except ValueError as error:
        return [], [Problem(("vary",), str(error))]
    seen = set()
    for point in points:
        text = json.dumps(list(point.values()), sort_keys=True)
        if text in seen:
            return points, [Problem(("vary",), f"the point {_told(point)} is there twice; expected every point once")]
        seen.add(text)
    return points, []


def _told(point: Point) -> str:
    return ", ".join(f"{key} {value}" for key, value in point.items())


def _keys(sweep: Sweep, dumped: Mapping[str, Any]) -> list[Problem]:
    """A varied key must be one that a scenario may vary and that some arm has."""
    problems = []
    for key in sweep.vary:
        top = key.split(".")[0]
        if top in _FIXED and not (top == "world" and "." in key):
            text = f"cannot be varied: {_FIXED[top]}; expected a key of the model or of a mechanism"
            problems.append(Problem(("vary", key), text))
        elif not any(find(data, key) for data in dumped.values()):
            known = (k for data in dumped.values() for k in known_keys(data))
            keys = dict.fromkeys(k for k in known if k.split(".")[0] not in _FIXED)
            text = "no arm has this key; expected a key of the scenario, or mechanisms.NAME.KEY with a mechanism's name"
            problems.append(Problem(("vary", key), text + nearest(key, keys)))
    return problems


def _indicators(sweep: Sweep) -> list[Problem]:
    """Indicators live in the layer of results, which knows no config; here only their names are looked up."""
    from sim.analysis import INDICATORS

    problems = []
    for i, name in enumerate(sweep.indicators):
        if name not in INDICATORS:
            text = f"no indicator '{name}'; expected one of 'hinterland list indicators'" + nearest(name, INDICATORS)
        elif INDICATORS[name].paired and not sweep.arms:
            text = f"'{name}' is defined against a baseline only; expected arms, or another indicator"
        else:
            continue
        problems.append(Problem(("indicators", i), text))
    return problems


def _all(
    sweep: Sweep, dumped: Mapping[str, Any], has: Mapping[str, tuple[str, ...]], points: list[Point]
) -> tuple[list[dict[str, Scenario]], list[Problem]]:
    made: dict[tuple[str, str], Scenario | None] = {}
    problems: dict[tuple[Key, str], Problem] = {}  # what many points have in common is told once
    scenarios: list[dict[str, Scenario]] = []
    for point in points:
        at = {}
        for arm, data in dumped.items():
            own = {key: point[key] for key in has[arm]}
            identity = (arm, json.dumps(own, sort_keys=True))
            if identity not in made:
                made[identity], faults = _at(sweep, data, own)
                for problem, fault in faults:
                    problems.setdefault((problem.path, fault.sentence), problem)
            scenario = made[identity]
            if scenario is not None:
                at[arm] = scenario
        scenarios.append(at)
    return scenarios, list(problems.values())


def _at(
    sweep: Sweep, base: Mapping[str, Any], values: Point
) -> tuple[Scenario | None, list[tuple[Problem, Problem]]]:
    """Return one arm's scenario with the values of one point; its faults at their place in the sweep and as found."""
    data = json.loads(json.dumps(base))
    paths: dict[str, Key] = {}
    for key, value in values.items():
        try:
            paths[key] = assign(data, key, value, key)
        except UserError as error:
            faults = [Problem(("vary", key), message.removeprefix(f"{key}: ")) for message in error.messages]
            return None, [(fault, fault) for fault in faults]
    scenario, faults = validate(Scenario, data)
    if scenario is not None and values:
        faults = checks.check(data) or checks.reach(scenario)
    return scenario, [(_moved(sweep, paths, values, fault), fault) for fault in faults]


def _moved(sweep: Sweep, paths: Mapping[str, Key], values: Point, fault: Problem) -> Problem:
    """Give a fault of a point's scenario the place of the value that made it."""
    for key, path in paths.items():
        shared = min(len(path), len(fault.path))
        if path[:shared] != fault.path[:shared] or shared < len(path) and len(paths) > 1:
            continue
        axis = sweep.vary[key]
        place = ("vary", key, axis.index(values[key])) if isinstance(axis, tuple) else ("vary", key)
        return Problem(place, fault.text if path == fault.path else fault.sentence)
    return Problem(("vary",), f"{fault.sentence} (first at the point {_told(values)})")


def _regions(sweep: Sweep, scenarios: list[dict[str, Scenario]]) -> list[Problem]:
    """Runs of different regions do not fit one table."""
    if not any(key.startswith("world.") for key in sweep.vary):
        return []
    seen = set()
    for scenario in _different(scenarios):
        world = worlds.load_world(scenario.world, scenario.start)
        seen.add((tuple(world.regions["id"]), tuple(world.sectors)))
    if len(seen) == 1:
        return []
    return [Problem(("vary",), "the points have different regions or sectors; expected the same at every point")]


def _different(scenarios: list[dict[str, Scenario]]) -> Iterator[Scenario]:
    yield from {id(s): s for at in scenarios for s in at.values()}.values()
