"""Loading of worlds: bundled by name, from a folder, inline, synthetic."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.errors import UserError, nearest
from sim.paths import absolute, home
from sim.world.china.build import bundled_world
from sim.world.china.history import load_history as china_history
from sim.world.china.tables import WORLDS, definition, table
from sim.world.own.build import user_world
from sim.world.own.cross import cross_checks, not_a_region
from sim.world.own.folder import HEAD, digest, read_folder
from sim.world.own.schema import InlineWorld, SyntheticWorld
from sim.world.own.synthetic import synthetic_world
from sim.world.types import History, World
from sim.world.us.build import us_world
from sim.world.us.history import us_history

_MARK = "bundled:"  # before the name of a bundled world, where a folder has the same one
# How each bundled world, and what happened in it after a base year, are read.
BUNDLED: dict[str, tuple[Callable[[str, int], World], Callable[[str, int], History]]] = {
    **dict.fromkeys(WORLDS, (bundled_world, china_history)),
    "us_states": (us_world, us_history),
}


def world_names() -> list[str]:
    """Return the names of the bundled worlds."""
    return list(BUNDLED)


def world_years(world: str) -> list[int]:
    """Return the base years of a bundled world."""
    return list(definition(world)["years"])


def load_history(world: str | InlineWorld | SyntheticWorld, start: int) -> History:
    """Return what happened in a bundled world, as seen from a base year.

    Parameters
    ----------
    world : str
        Name of a bundled world.
    start : int
        Base year.

    Raises
    ------
    UserError
        If later figures are not known.
    """
    if not isinstance(world, str) or world not in BUNDLED or start not in definition(world)["history"]:
        starts: dict[tuple[int, ...], list[str]] = {}
        for name in BUNDLED:
            starts.setdefault(tuple(definition(name)["history"]), []).append(name)
        known = "; ".join(f"{', '.join(names)}, start: {', '.join(map(str, y))}" for y, names in starts.items())
        raise UserError(f"world '{world_title(world)}' has no later figures from {start}; expected one of {known}")
    return BUNDLED[world][1](world, start)


def located(name: str, folder: str | Path = "") -> str:
    """Return what a text means as a world: a bundled name, or the absolute path of a folder.

    Parameters
    ----------
    name : str
        ``NAME`` or ``bundled:NAME`` is a bundled world, anything else a path; ``~`` is the home folder.
    folder : path
        To which a path refers; the current folder by default.

    Returns
    -------
    str
        Unchanged if it means neither.
    """
    bare = name.removeprefix(_MARK)
    if bare in BUNDLED:
        return bare
    path = Path(folder) / home(name)
    return str(absolute(path)) if name and path.is_dir() else name


def ambiguity(name: str, folder: str | Path = "") -> str:
    """Return a sentence if a bundled world and a world in a folder have the same name; empty otherwise."""
    if name not in BUNDLED or not (Path(folder) / name / HEAD).is_file():
        return ""
    return f"'{name}' is a bundled world and a folder here; expected ./{name} (the folder) or {_MARK}{name}"


def is_folder(world: str) -> bool:
    """Return whether a world is given as a folder instead of a bundled name."""
    return bool(world) and world not in BUNDLED and Path(world).is_dir()


def load_world(world: str | InlineWorld | SyntheticWorld, year: int, centre: str | None = None) -> World:
    """Build a world.

    Parameters
    ----------
    world : str, InlineWorld or SyntheticWorld
        Name of a bundled world, path of a folder, or a specification.
    year : int
        Base year of the accounts.
    centre : str, optional
        Region that is the centre, instead of that of the world.

    Raises
    ------
    UserError
        For an unknown name, year or centre, or an invalid world: one message per problem.
    """
    found = _loaded(world, year)
    if centre is None:
        return found
    if problem := centre_problem(found, centre):
        raise UserError(f"centre: {problem}")
    return found.around(centre)


def centre_problem(world: World, centre: str) -> str:
    """Return what is wrong with a region as the centre of a world; empty if nothing is."""
    ids = world.regions["id"].tolist()
    return "" if centre in ids else not_a_region(centre, ids, world.name)


def _loaded(world: str | InlineWorld | SyntheticWorld, year: int) -> World:
    if isinstance(world, str):
        if is_folder(world):
            return _from_folder(world, digest(world), year)
        if world not in BUNDLED:
            expected = f"expected {', '.join(BUNDLED)} or the folder of a world"
            raise UserError(f"world: '{world}' is unknown; {expected}{nearest(world, BUNDLED)}")
        return BUNDLED[world][0](world, year)
    return _from_spec(world.model_dump_json(), type(world), year)


def forget_worlds() -> None:
    """Clear the caches of tables and worlds, so that the next world is built from scratch."""
    for kept in (table, bundled_world, us_world, _from_folder, _from_spec):
        kept.cache_clear()


def fitted_parameters(world: object, start: object) -> dict[str, dict[str, float]]:
    """Return the parameters that were fitted for a bundled world and base year, by section; empty for others."""
    return _of_year(world, "calibrated", start) or {}


def usual_path(world: object, start: object) -> str | None:
    """Return the name of the national path of a bundled world from a base year, if there is one."""
    found: str | None = _of_year(world, "structure", start)
    return found


def _of_year(world: object, key: str, start: object) -> Any:
    """Return what a definition says of a base year; None where either is not what it should be, yet to be refused."""
    if not isinstance(world, str) or world not in BUNDLED or not isinstance(start, (int, float)):
        return None
    return definition(world).get(key, {}).get(start)


def world_identity(world: str | InlineWorld | SyntheticWorld) -> str:
    """Return the identity of a world: its name, or a hash of its tables or specification."""
    if isinstance(world, str):
        return digest(world) if is_folder(world) else world
    return hashlib.sha256(world.model_dump_json().encode()).hexdigest()


def world_title(world: str | InlineWorld | SyntheticWorld) -> str:
    """Return the display name of a world."""
    return Path(world).name if isinstance(world, str) else world.name


@lru_cache(maxsize=4)
def _from_folder(path: str, content: str, year: int) -> World:
    return _own(read_folder(path), path, year)


@lru_cache(maxsize=4)
def _from_spec(text: str, kind: type[InlineWorld | SyntheticWorld], year: int) -> World:
    spec = kind.model_validate_json(text)
    _check_year(spec.name, spec.year, year)
    if isinstance(spec, SyntheticWorld):
        return synthetic_world(spec)
    problems = [f"world.{'.'.join(map(str, path))}: {text}" for path, text in cross_checks(spec)]
    if problems:
        raise UserError(problems)
    return _own(spec, "world", year)


def _own(spec: InlineWorld, place: str, year: int) -> World:
    _check_year(place, spec.year, year)
    return user_world(spec)


def _check_year(place: str, has: int, year: int) -> None:
    if has != year:
        raise UserError(f"{place}: only has accounts of {has}; expected start: {has} instead of {year}")
