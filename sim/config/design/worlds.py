"""Worlds of configs: folders relative to the config, errors that the schema cannot see."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sim import world as worlds
from sim.config.schema.world import WorldField
from sim.config.text.problems import Problem
from sim.documents import Key
from sim.errors import UserError, nearest
from sim.world import InlineWorld, SyntheticWorld
from sim.world.types import World

_ADAPTER: TypeAdapter[str | InlineWorld | SyntheticWorld] = TypeAdapter(WorldField)


def resolve_paths(data: Any, folder: Path | None) -> None:
    """Resolve names of world folders relative to the folder of the config; existing relative paths stay as they are.

    Parameters
    ----------
    data : dict
        A config as read; changed in place, arms and inner scenarios included.
    folder : Path, optional
        The folder of the config.
    """
    if folder is None or not isinstance(data, MutableMapping):
        return
    if "world" in data:
        data["world"] = _resolved(data["world"], folder)
    for part in ("scenario", "set"):
        resolve_paths(data.get(part), folder)
    arms, vary = data.get("arms"), data.get("vary")
    for arm in arms.values() if isinstance(arms, Mapping) else ():
        resolve_paths(arm, folder)
    for key, value in vary.items() if isinstance(vary, Mapping) else ():
        if isinstance(value, list) and str(key).split(".")[-1] == "world":
            value[:] = [_resolved(name, folder) for name in value]


def _resolved(name: Any, folder: Path) -> Any:
    known = not isinstance(name, str) or not name or name in worlds.world_names()
    return name if known or not (folder / name).is_dir() else str(folder / name)


def resolve_world(given: Any, start: int, path: Key) -> tuple[World | None, list[Problem]]:
    """Return the world that a scenario names and what is wrong with it.

    Parameters
    ----------
    given : object
        The value of ``world`` as read; errors that its schema reports are left to the schema.
    start : int
        Base year.
    path : tuple
        Keys that lead to the scenario.
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
        return worlds.load_world(spec, start), []
    except UserError as error:
        position: Key = (*here, "year")
        if isinstance(given, str):
            position = (*path, "start") if given in names else here
        return None, [Problem(position, m.removeprefix("world: ")) for m in error.messages]


def _between(given: Any) -> list[Any]:
    if not isinstance(given, Mapping) or given.get("kind") != "inline":
        return []
    world, errors = worlds.own_problems(given)
    return worlds.mutual_problems(given, errors) if world is None else []


def _unknown(name: str, names: list[str]) -> str:
    if any(mark in name for mark in "/\\."):
        return f"no folder '{name}' next to the config or in the current folder; expected a folder with a world"
    return f"unknown world '{name}'; expected {', '.join(names)} or a folder with a world" + nearest(name, names)
