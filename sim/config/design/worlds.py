"""Worlds of configs: folders relative to the config, errors that the schema cannot see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sim import world as worlds
from sim.config.schema.scenario import Scenario
from sim.config.schema.world import WorldField
from sim.config.text.problems import Problem
from sim.documents import Key
from sim.errors import UserError, nearest
from sim.world import InlineWorld, SyntheticWorld
from sim.world.types import World

KEY = "world"
_ADAPTER: TypeAdapter[str | InlineWorld | SyntheticWorld] = TypeAdapter(WorldField)


def named(data: Any, path: Key = ()) -> dict[Key, str]:
    """Return every name of a world in a config, with the keys that lead to it: of scenarios, arms, values of sweeps."""
    found: dict[Key, str] = {}
    for key, value in data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ():
        here = (*path, key)
        if str(key).split(".")[-1] != KEY or isinstance(value, Mapping):
            found |= named(value, here)
        elif isinstance(value, str):
            found[here] = value
        elif isinstance(value, list):
            found |= {(*here, i): name for i, name in enumerate(value) if isinstance(name, str)}
    return found


def resolve(data: Any, folder: Path, concerned: Callable[[Key], bool] = lambda _: True) -> list[Problem]:
    """Replace names of world folders by absolute paths; names stay that mean no folder next to the config.

    Parameters
    ----------
    data : dict
        A config as read; changed in place, arms and inner scenarios included.
    folder : Path
        To which they refer: that of the config.
    concerned : callable, optional
        Of which keys; all by default.

    Returns
    -------
    list of Problem
        Names that a bundled world and a folder share.
    """
    problems = []
    for path, name in named(data).items():
        if not concerned(path):
            continue
        if text := worlds.ambiguity(name, folder):
            problems.append(Problem(path, text))
        _holder(data, path)[path[-1]] = worlds.located(name, folder)
    return problems


def lost(data: Any) -> list[str]:
    """Return the worlds that a config names and that are neither bundled nor a folder."""
    known = worlds.world_names()
    return [name for name in named(data).values() if name not in known and not worlds.is_folder(name)]


def _holder(data: Any, path: Key) -> Any:
    for step in path[:-1]:
        data = data[step]
    return data


def resolve_world(given: Any, start: int, path: Key, centre: Any = None) -> tuple[World | None, list[Problem]]:
    """Return the world that a scenario names and what is wrong with it.

    Parameters
    ----------
    given : object
        The value of ``world`` as read; errors that its schema reports are left to the schema.
    start : int
        Base year.
    path : tuple
        Keys that lead to the scenario.
    centre : object
        The value of ``centre`` as read.
    """
    here = (*path, "world")
    names = worlds.world_names()
    if isinstance(given, str):
        if given not in names and not worlds.is_folder(given):
            return None, [Problem(here, _unknown(given, names))]
        spec: str | InlineWorld | SyntheticWorld = given
    else:
        try:
            spec = _ADAPTER.validate_python(given)
        except ValidationError:
            return None, [Problem((*here, *p), text) for p, text in _between(given)]
        if isinstance(spec, InlineWorld):
            errors = [Problem((*here, *p), text) for p, text in worlds.cross_checks(spec)]
            if errors:
                return None, errors
    try:
        world = worlds.load_world(spec, start)
    except UserError as error:
        position: Key = (*here, "year")
        if isinstance(given, str):
            position = (*path, "start") if given in names else here
        return None, [Problem(position, m.removeprefix("world: ")) for m in error.messages]
    if not isinstance(centre, str):
        return world, []
    if problem := worlds.centre_problem(world, centre):
        return world, [Problem((*path, "centre"), problem)]
    return world.around(centre), []


def difference(scenarios: Iterable[Scenario]) -> str:
    """Return in which respect the worlds of scenarios differ so that no table holds their runs; empty if in none."""
    distinct = {(worlds.world_identity(s.world), s.start, s.centre): s for s in scenarios}
    if len(distinct) == 1:
        return ""
    opened = [scenario.opened() for scenario in distinct.values()]
    if len({(tuple(world.regions["id"]), world.sectors) for world in opened}) > 1:
        return "different regions or sectors"
    if len(names := list(dict.fromkeys(world.currency for world in opened))) > 1:
        return f"different currencies ({', '.join(names)})"
    return "different zone classes" if len({tuple(world.regions["zone"]) for world in opened}) > 1 else ""


def _between(given: Any) -> list[Any]:
    if not isinstance(given, Mapping) or given.get("kind") != "inline":
        return []
    world, errors = worlds.own_problems(given)
    return worlds.mutual_problems(given, errors) if world is None else []


def _unknown(name: str, names: list[str]) -> str:
    if any(mark in name for mark in "/\\."):
        return f"no folder '{name}' next to the config or in the current folder; expected a folder with a world"
    return f"unknown world '{name}'; expected {', '.join(names)} or a folder with a world" + nearest(name, names)
