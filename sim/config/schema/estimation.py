"""Configs of kind `estimation`: an observed table, a gravity form, the parameters that its estimates give."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.config.text.marks import Key
from sim.config.text.problems import Problem
from sim.errors import nearest
from sim.parameters import Strict

# Parameters that a distance coefficient gives, with what their kernel adds to hours before the logarithm [h].
DISTANCE: dict[str, float] = {
    "migration.distance_cost": 1.0,
    "capital.distance_elasticity": 1.0,
    "industry.distance_cost": 1.0,
    "industry.headquarters_cost": 1.0,
    "production.distance_elasticity": 0.0,
    "production.services_distance_elasticity": 0.0,
}
# Parameters that the coefficient of flows within a region gives: its log odds over flows between regions.
WITHIN = ("capital.home_bias", "migration.talent_moving_cost", "migration.worker_moving_cost")
TARGETS = (*DISTANCE, *WITHIN)

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]


class Distance(Strict):
    """How far apart two places are, and how flows fall with it."""

    column: str = Field(default="", description="Column with km or hours; empty: great-circle km between the places")
    unit: Literal["km", "h"] = Field(default="km", description="Unit of the column")
    plus: float = Field(default=0.0, ge=0, description="Added before the logarithm; 1 with hours, as the kernels do")
    decay: Literal["power", "exponential"] = Field(default="power", description="Fall with log distance or distance")


class Estimation(Strict):
    """A gravity model of an observed table of flows."""

    kind: Literal["estimation"] = "estimation"
    name: Name = Field(description="Name of the estimation and of its results folder")
    title: str = Field(default="", description="What it is, in words")
    table: str = Field(description="A CSV file with a row for each pair of places, or the name of a bundled table")
    places: str = Field(default="", description="A CSV file with a row for each place (column place), or a bundled one")
    source: str = Field(default="", description="Where the table comes from; bundled tables know theirs")
    origin: str = Field(default="origin", description="Column of the place that flows leave")
    destination: str = Field(default="destination", description="Column of the place that flows reach")
    flow: str = Field(default="flow", description="Column of the flow, at least 0")
    distance: Distance = Field(default_factory=Distance, description="How far apart, and the decay")
    form: Literal["unconstrained", "origin", "destination", "doubly"] = Field(
        default="unconstrained", description="Which totals are met exactly, by an effect for each origin, destination"
    )
    terms: tuple[str, ...] = Field(
        default=(), description="Columns that explain: X, origin.X or destination.X of places; 'log X' takes logs"
    )
    within: Literal["leave_out", "dummy"] = Field(
        default="leave_out", description="Rows from a place to itself: left out, or with a coefficient of their own"
    )
    errors: Literal["hc3", "hc1"] = Field(
        default="hc3", description="Robust standard errors: with leverage (for tables of dozens of places), or without"
    )
    parameters: dict[str, Literal["distance", "within"]] = Field(
        default_factory=dict, description="Parameters of scenarios by the estimate that gives them"
    )


@lru_cache(maxsize=1)
def observed() -> dict[str, dict[str, str]]:
    """Return the bundled tables of observations: name to title and source."""
    with (resources.files("sim.data") / "observed.csv").open(encoding="utf-8") as file:
        return {row["table"]: row for row in csv.DictReader(file)}


def table_path(name: str) -> Path:
    """Return the file of a table: a bundled name, or a path."""
    return Path(str(resources.files("sim.data") / f"{name}.csv")) if name in observed() else Path(name)


def place_beside(data: Any, folder: Path | None) -> None:
    """Let names of tables refer to the folder of the config."""
    if folder is None or not isinstance(data, Mapping) or data.get("kind") != "estimation":
        return
    assert isinstance(data, dict)
    for key in ("table", "places"):
        value = data.get(key)
        if isinstance(value, str) and value and value not in observed() and (folder / value).is_file():
            data[key] = str(folder / value)


def check(data: Mapping[str, Any]) -> list[Problem]:
    """Return the faults of an estimation that its schema cannot see.

    Parameters
    ----------
    data : dict
        The config as read; parts of a wrong type are left to the schema.
    """
    return _tables(data) + _columns(data) + _targets(data)


def _tables(data: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for key in ("table", "places"):
        name = data.get(key)
        if isinstance(name, str) and name and not table_path(name).is_file():
            text = f"no file '{name}'; expected a CSV file or one of {', '.join(observed())}"
            problems.append(Problem((key,), text + nearest(name, observed())))
    return problems


def _distance(data: Mapping[str, Any]) -> Mapping[str, Any]:
    found = data.get("distance")
    return found if isinstance(found, Mapping) else {}


def _columns(data: Mapping[str, Any]) -> list[Problem]:
    """What needs a table of places is asked for together with one."""
    if data.get("places"):
        return []
    problems = []
    if not _distance(data).get("column"):
        place: Key = ("distance", "column") if "column" in _distance(data) else ("distance",)
        text = "no distance; expected a column with km or hours, or places with lat and lon"
        problems.append(Problem(place, text))
    terms = data.get("terms")
    for i, term in enumerate(terms if isinstance(terms, (list, tuple)) else ()):
        name = str(term).removeprefix("log ").strip()
        if name.startswith(("origin.", "destination.")):
            problems.append(Problem(("terms", i), f"'{name}' is a column of places; expected the key places too"))
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
