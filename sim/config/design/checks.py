"""What the schema cannot see: worlds, regions, years, mechanisms without a target.

Works on plain data, so that these errors are reported together with those of the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from pydantic import BaseModel

from sim.config.design.worlds import resolve_world
from sim.config.schema.scenario import Record, Scenario
from sim.config.text.problems import Problem
from sim.documents import Key
from sim.errors import UserError, nearest
from sim.mechanisms import MECHANISMS
from sim.policy.mechanism import Mechanism
from sim.policy.targets import RegionsMark, marked
from sim.world.types import World


def check(data: Mapping[str, Any]) -> list[Problem]:
    """Return the errors of a scenario that its schema cannot see.

    Parameters
    ----------
    data : dict
        The config as read; parts of a wrong type are left to the schema.

    Returns
    -------
    list of Problem
    """
    return _scenario(data, ())


def check_arms(data: Mapping[str, Any]) -> list[Problem]:
    """Return the errors of a config with a scenario, and perhaps arms, that its schema cannot see; see `check`."""
    scenario = data.get("scenario")
    inner = scenario if isinstance(scenario, Mapping) else {}
    problems = _scenario(inner, ("scenario",))
    world, _ = _world(inner, ())
    common = _mechanisms(inner)
    arms = data["arms"] if isinstance(data.get("arms"), Mapping) else {}
    for name, arm in arms.items():
        if isinstance(arm, Mapping):
            position: Key = ("arms", name, "mechanisms")
            problems += _all(_mechanisms(arm), position, world, inner, [m.get("name") for _, m in common])
    return problems + _baseline(data, arms) + _costs(data, arms, bool(common))


def check_factors(data: Mapping[str, Any]) -> list[Problem]:
    """Return the errors of a scenario and of factors, which are run together, that their schema cannot see."""
    scenario = data.get("scenario")
    inner = scenario if isinstance(scenario, Mapping) else {}
    problems = _scenario(inner, ("scenario",))
    world, _ = _world(inner, ())
    taken = [m.get("name") or m.get("kind") for _, m in _mechanisms(inner)]
    factors = data["factors"] if isinstance(data.get("factors"), Mapping) else {}
    for name, factor in factors.items():
        if isinstance(factor, Mapping):
            own = _mechanisms(factor)
            problems += _all(own, ("factors", name, "mechanisms"), world, inner, taken)
            taken += [m.get("name") or m.get("kind") for _, m in own]
    return problems


def reach(scenario: Scenario) -> list[Problem]:
    """Return the mechanisms of a valid scenario that cannot act in its world, defaults included."""
    world = scenario.opened()
    problems = []
    for i, mechanism in enumerate(scenario.mechanisms):
        try:
            mechanism.planned_cost(world, scenario.years)
        except UserError as error:
            problems += [Problem(("mechanisms", i), m) for m in error.messages]
    return problems


def _scenario(data: Mapping[str, Any], path: Key) -> list[Problem]:
    world, problems = _world(data, path)
    record = data.get("record")
    if world is not None and isinstance(record, Mapping):
        problems += _names(Record, record, (*path, "record"), world)
    return problems + _all(_mechanisms(data), (*path, "mechanisms"), world, data, [])


def _default(data: Mapping[str, Any], key: str) -> Any:
    return data.get(key, Scenario.model_fields[key].default)


def _world(data: Mapping[str, Any], path: Key) -> tuple[World | None, list[Problem]]:
    start = _default(data, "start")
    if not isinstance(start, int) or isinstance(start, bool):
        start = Scenario.model_fields["start"].default
    return resolve_world(_default(data, "world"), start, path, data.get("centre"))


def _mechanisms(data: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    items = data.get("mechanisms")
    if not isinstance(items, (list, tuple)):
        return []
    return [(i, m) for i, m in enumerate(items) if isinstance(m, Mapping)]


def _all(
    mechanisms: list[tuple[int, Mapping[str, Any]]],
    path: Key,
    world: World | None,
    scenario: Mapping[str, Any],
    taken: list[Any],
) -> list[Problem]:
    problems: list[Problem] = []
    seen = [n for n in taken if n]
    for i, mechanism in mechanisms:
        position = (*path, i)
        problems += _years(mechanism, position, scenario) or _target_years(mechanism, position, scenario)
        problems += _names(_class(mechanism), mechanism, position, world)
        name = mechanism.get("name") or mechanism.get("kind")  # the kind is the name of a nameless mechanism
        if name in seen:
            problems.append(Problem((*position, "name"), f"'{name}' is taken; expected a name used once"))
        elif name:
            seen.append(name)
    return problems


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _years(mechanism: Mapping[str, Any], position: Key, scenario: Mapping[str, Any]) -> list[Problem]:
    start, end = mechanism.get("start"), mechanism.get("end")
    if _number(start) and _number(end) and end <= start:
        text = f"{end}, the first year without it, is not after its start {start}; expected {start + 1} or later"
        return [Problem((*position, "end"), text)]
    first, years = _default(scenario, "start"), _default(scenario, "years")
    if not _number(first) or not _number(years):
        return []
    last = first + years - 1
    if _number(start) and start > last:
        text = f"{start} is after the last year of the run, {last}, so it has no effect; expected {last} or earlier"
        return [Problem((*position, "start"), text)]
    if _number(end) and end <= first:
        text = f"{end}, the first year without it, is not after the first year of the run, {first}, so it has no effect"
        return [Problem((*position, "end"), f"{text}; expected {first + 1} or later")]
    lag = approval.get("lag") if isinstance(approval := mechanism.get("approval"), Mapping) else None
    stop = end if _number(end) and end <= last else last + 1
    if _number(lag) and (approved := (start if _number(start) else first) + lag) >= stop:
        text = (
            f"{lag}: it can be approved in {approved}, but its last year in the run is {stop - 1}, so it has no effect"
        )
        return [Problem((*position, "approval", "lag"), f"{text}; expected fewer years")]
    return []


def _target_years(mechanism: Mapping[str, Any], position: Key, scenario: Mapping[str, Any]) -> list[Problem]:
    """Return the errors of years that are set for single targets."""
    overrides = mechanism.get("overrides")
    problems = []
    for selector, fields in overrides.items() if isinstance(overrides, Mapping) else ():
        if isinstance(fields, Mapping) and {"start", "end"} & set(fields):
            own = {**mechanism, "approval": None, **fields}
            problems += [
                Problem((*position, "overrides", selector, p.path[-1] if p.path[-1] in fields else "start"), p.text)
                for p in _years(own, (), scenario)
            ]
    return problems


def _names(owner: type[BaseModel], data: Mapping[str, Any], position: Key, world: World | None) -> list[Problem]:
    """Return the errors of everything that the annotations of a class say names regions or sectors of the world."""
    problems = []
    for path, mark, text in marked(owner, data):
        if text is None:
            error = "targets nothing; expected at least one region or group of regions"
            problems += [Problem((*position, *path), error)] if isinstance(mark, RegionsMark) else []
        elif world is not None:
            problems += [Problem((*position, *path), error) for error in mark.problems(world, text)]
    return problems


def _class(mechanism: Mapping[str, Any]) -> type[Mechanism]:
    """Return the class of a mechanism as written; what all have in common where the kind is unknown."""
    kind = mechanism.get("kind")
    return MECHANISMS[kind] if isinstance(kind, str) and kind in MECHANISMS else Mechanism


def _baseline(data: Mapping[str, Any], arms: Mapping[str, Any]) -> list[Problem]:
    baseline = data.get("baseline", "baseline")
    if not arms or not isinstance(baseline, str) or baseline in arms:
        return []
    position: Key = ("baseline",) if "baseline" in data else ("arms",)
    text = f"the baseline '{baseline}' is not an arm; expected one of {', '.join(map(str, arms))}"
    return [Problem(position, text + nearest(baseline, map(str, arms)))]


def _costs(data: Mapping[str, Any], arms: Mapping[str, Any], common: bool) -> list[Problem]:
    """Refuse arms without a mechanism under a common budget: they have no cost that could be scaled."""
    if not isinstance(data.get("common_budget"), Mapping):
        return []
    problems = []
    for name, arm in arms.items():
        own = isinstance(arm, Mapping) and (arm.get("mechanisms") or _sets_mechanisms(arm))
        if name != data.get("baseline", "baseline") and not own and not common:
            text = "has no mechanism, so no cost to scale to common_budget"
            problems.append(Problem(("arms", name), text + "; expected a mechanism; only the baseline needs none"))
    return problems


def _sets_mechanisms(arm: Mapping[str, Any]) -> bool:
    return isinstance(arm.get("set"), Mapping) and any(str(k).startswith("mechanisms") for k in arm["set"])
