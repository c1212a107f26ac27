"""What the schema of an estimation cannot see: tables, columns, parameters."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from sim.config.schema.estimation import DISTANCE, TARGETS
from sim.config.text.problems import Problem
from sim.documents import Key
from sim.errors import nearest
from sim.paths import absolute, home

TABLES = ("table", "places")  # keys that name them


@lru_cache(maxsize=1)
def observed() -> dict[str, dict[str, str]]:
    """Return the bundled tables of observations: name to title and source."""
    with (resources.files("sim.data") / "observed.csv").open(encoding="utf-8") as file:
        return {row["table"]: row for row in csv.DictReader(file)}


def table_path(name: str) -> Path:
    """Return the file of a table: a bundled name, or a path."""
    return Path(str(resources.files("sim.data") / f"{name}.csv")) if name in observed() else Path(name)


def resolve_tables(data: dict[str, Any], folder: Path) -> None:
    """Let names of tables refer to the folder of the config, wherever the command is given."""
    for key in TABLES:
        value = data.get(key)
        if isinstance(value, str) and value and value not in observed() and (folder / home(value)).is_file():
            data[key] = str(absolute(folder / home(value)))


def check(data: Mapping[str, Any]) -> list[Problem]:
    """Return the errors of an estimation that its schema cannot see.

    Parameters
    ----------
    data : dict
        The config as read; parts of a wrong type are left to the schema.
    """
    return _tables(data) + _columns(data) + _targets(data)


def _tables(data: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for key in TABLES:
        name = data.get(key)
        if isinstance(name, str) and name and not table_path(name).is_file():
            text = f"no file '{name}'; expected a CSV file or one of {', '.join(observed())}"
            problems.append(Problem((key,), text + nearest(name, observed())))
    return problems


def _distance(data: Mapping[str, Any]) -> Mapping[str, Any]:
    found = data.get("distance")
    return found if isinstance(found, Mapping) else {}


def _columns(data: Mapping[str, Any]) -> list[Problem]:
    """Reject what needs the table of locations if none is given."""
    if data.get("places"):
        return []
    problems = []
    if not _distance(data).get("column"):
        place: Key = ("distance", "column") if "column" in _distance(data) else ("distance",)
        text = "no distance; expected a column with km or hours, or `places`: a table with lat and lon"
        problems.append(Problem(place, text))
    terms = data.get("terms")
    for i, term in enumerate(terms if isinstance(terms, (list, tuple)) else ()):
        name = str(term).removeprefix("log ").strip()
        if name.startswith(("origin.", "destination.")):
            text = f"'{name}' is a column of the table `places`; expected the key `places`"
            problems.append(Problem(("terms", i), text))
    return problems


def _targets(data: Mapping[str, Any]) -> list[Problem]:
    """Each parameter needs the estimate that means the same."""
    wanted, distance = data.get("parameters"), _distance(data)
    problems = []
    for target, estimate in (wanted if isinstance(wanted, Mapping) else {}).items():
        place: Key = ("parameters", target)
        if target not in TARGETS:
            text = f"no parameter that an estimate gives; expected one of {', '.join(TARGETS)}"
            problems.append(Problem(place, text + nearest(target, TARGETS)))
            continue
        fitting = "distance" if target in DISTANCE else "within"
        if estimate != fitting:
            problems.append(Problem(place, f"cannot be the estimate '{estimate}'; expected '{fitting}'"))
        elif fitting == "within" and data.get("within") != "dummy":
            problems.append(Problem(place, "needs the coefficient of flows within a place; expected within: dummy"))
        elif fitting == "distance" and distance.get("decay") == "exponential":
            problems.append(Problem(place, "is the exponent of a power; expected distance.decay: power"))
        elif fitting == "distance" and distance.get("unit") == "h" and distance.get("plus", 0.0) != DISTANCE[target]:
            text = f"multiplies log({DISTANCE[target]:g} + hours); expected distance.plus: {DISTANCE[target]:g}"
            problems.append(Problem(place, text.replace("log(0 + hours)", "log(hours)")))
    return problems
