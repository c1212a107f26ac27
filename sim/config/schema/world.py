"""The key ``world`` of a scenario: a name, a folder, or a world written out."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag, TypeAdapter, ValidationError

from sim import world as worlds
from sim.config.text.marks import Key
from sim.config.text.problems import Problem
from sim.errors import UserError, nearest
from sim.world import InlineWorld, SyntheticWorld
from sim.world.own.schema import KINDS
from sim.world.types import World


def _form(value: Any) -> str:
    """Which of the forms a value has, so that faults are told of this one alone."""
    return "name" if isinstance(value, str) else value["kind"] if isinstance(value, Mapping) else value.kind


def _has_form(value: Any) -> Any:
    if isinstance(value, (str, InlineWorld, SyntheticWorld)):
        return value
    kinds = ", ".join(KINDS)
    if not isinstance(value, Mapping):
        text = f"{value!r} is no world; expected a name, a folder, or keys and values with a kind, one of {kinds}"
        raise ValueError(text)
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        fault = "missing kind" if kind is None else f"unknown kind '{kind}'"
        raise ValueError(f"{fault}; expected one of {kinds}{nearest(str(kind), KINDS)}")
    return value


WorldField = Annotated[
    Annotated[str, Tag("name")] | Annotated[InlineWorld, Tag("inline")] | Annotated[SyntheticWorld, Tag("synthetic")],
    Discriminator(_form),
    BeforeValidator(_has_form),
]
_ADAPTER: TypeAdapter[str | InlineWorld | SyntheticWorld] = TypeAdapter(WorldField)


def beside(data: Any, folder: Path | None) -> None:
    """Let names of world folders in a config mean folders beside it; those in the current folder stay as they are.

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
        beside(data.get(part), folder)
    arms, vary = data.get("arms"), data.get("vary")
    for arm in arms.values() if isinstance(arms, Mapping) else ():
        beside(arm, folder)
    for key, value in vary.items() if isinstance(vary, Mapping) else ():
        if isinstance(value, list) and str(key).split(".")[-1] == "world":
            value[:] = [_resolved(name, folder) for name in value]


def _resolved(name: Any, folder: Path) -> Any:
    known = not isinstance(name, str) or not name or name in worlds.world_names()
    return name if known or not (folder / name).is_dir() else str(folder / name)


def judge(given: Any, start: int, path: Key) -> tuple[World | None, list[Problem]]:
    """Return the world that a scenario names and what is wrong with it.

    Parameters
    ----------
    given : object
        The value of ``world`` as read; what its schema tells is left to it.
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
            faults = [Problem((*here, *p), text) for p, text in worlds.cross_checks(spec)]
            if faults:
                return None, faults
    try:
        return worlds.load_world(spec, start), []
    except UserError as error:
        place: Key = (*here, "year")
        if isinstance(given, str):
            place = (*path, "start") if given in names else here
        return None, [Problem(place, m.removeprefix("world: ")) for m in error.messages]


def _between(given: Any) -> list[Any]:
    if not isinstance(given, Mapping) or given.get("kind") != "inline":
        return []
    world, faults = worlds.alone(given)
    return worlds.between(given, faults) if world is None else []


def _unknown(name: str, names: list[str]) -> str:
    if any(mark in name for mark in "/\\."):
        return f"no folder '{name}' beside the config or in the current folder; expected a folder with a world"
    return f"unknown world '{name}'; expected {', '.join(names)} or a folder with a world" + nearest(name, names)
