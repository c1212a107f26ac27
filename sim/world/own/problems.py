"""Validation of plain data as a world: problems of single keys, then inconsistencies between keys."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from sim.errors import echoes, sentence
from sim.world.own.cross import Problem, cross_checks
from sim.world.own.schema import MOST_AREA, MOST_PERSONS, InlineWorld

# Placeholders for unreadable values of the k-th row that pass every check, so that the rest can be checked.
_NEUTRAL: dict[str, Callable[[int], Any]] = {
    "id": "row_{}_without_id".format, "lat": lambda k: 1e-6 * k, "lon": lambda k: 0.0, "value_added": lambda k: {},
    "workers": lambda k: MOST_PERSONS, "talent": lambda k: MOST_PERSONS, "area_km2": lambda k: MOST_AREA,
}  # fmt: skip
_EDGE = {"mode": {"mode": "road"}, "km": {"km": 1.0}, "speed": {"speed": 60.0}}


def own_problems(data: Mapping[str, Any]) -> tuple[InlineWorld | None, list[Problem]]:
    """Return a world, or None and the problems of single keys.

    Parameters
    ----------
    data : dict
        Keys of `InlineWorld`.
    """
    try:
        return InlineWorld.model_validate(data), []
    except ValidationError as error:
        errors = error.errors(include_url=False)
        full = [e for e in errors if not echoes(e, errors)]
        return None, [(tuple(step for step in e["loc"] if step != "[key]"), _cell_problem(e)) for e in full]


def mutual_problems(data: Mapping[str, Any], known: list[Problem]) -> list[Problem]:
    """Return the inconsistencies between keys of an invalid world, besides its known problems.

    Parameters
    ----------
    data : dict
    known : list of (path, str)
        From `own_problems`.
    """
    paths = [path for path, _ in known]
    if ("sectors",) in paths:
        return []  # the required columns are unknown
    try:
        world = InlineWorld.model_validate(_repaired(data, paths))
    except (ValidationError, KeyError, IndexError, TypeError, AttributeError):
        return []  # a structural problem: the rest cannot be interpreted
    ids, zones = (any(path[0] == "regions" and path[-1] == word for path in paths) for word in ("id", "zone"))
    return [
        problem
        for problem in cross_checks(world, links=False)
        if not any(problem[0][: len(path)] == path[: len(problem[0])] for path in paths)
        # References to unreadable values cannot be checked.
        and not (ids and problem[0][0] == "edges")
        and not (zones and problem[0][-1] == "zone")
    ]


def _repaired(data: Mapping[str, Any], paths: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Return the data with placeholders for invalid keys."""
    repaired = copy.deepcopy(dict(data))
    for path in sorted(paths, key=str):
        here: Any = repaired
        for step in path[:-1]:
            here = here[step]
        if isinstance(here, list):
            here[path[-1]] = 0.5  # an hour or freeness
        elif path[0] == "sectors" and len(path) == 2:
            here[path[-1]] = {}
        else:
            here.pop(path[-1], None)
            if path[0] == "regions" and path[-1] in _NEUTRAL:
                here[path[-1]] = _NEUTRAL[path[-1]](path[1])
    ids = [row["id"] for row in repaired["regions"][:2]]
    for path in paths:
        if path[0] == "edges":
            edge = repaired["edges"][path[1]]
            edge.update({"a": ids[0], "b": ids[1]} if path[-1] in ("a", "b") else _EDGE.get(path[-1], {}))
    return repaired


def _cell_problem(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a value of a table, and what is expected."""
    if error["type"] == "missing":
        return "empty; expected a value"
    if error["type"] == "extra_forbidden":
        return "unknown key; expected it left out"
    return sentence(error)
