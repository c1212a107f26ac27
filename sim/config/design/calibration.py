"""What the schema of a calibration cannot see: bounds, targets, years, what least squares can fit."""

from __future__ import annotations

from typing import Any

from sim.config.schema.calibration import BASE_YEAR, Calibration
from sim.config.text.problems import Problem
from sim.errors import UserError, nearest
from sim.parameters import Parameters
from sim.world import load_history
from sim.world.china.tables import WORLDS

LAWS = ("people", "value_added")  # figures with a law of errors (sim.analysis.forecast_errors)


def limits(config: Calibration) -> dict[str, tuple[float, float]]:
    """Return the bounds of every fitted parameter; the range of the parameter table where none are given."""
    found = {}
    for key, given in config.fit.items():
        field = _field(key)
        low, high = field.json_schema_extra["range"] if field else (0.0, 1.0)
        found[key] = (
            float(low if given.low is None else given.low),
            float(high if given.high is None else given.high),
        )
    return found


def has_law(config: Calibration) -> bool:
    """Return whether a law of forecast errors is known of all targets, with which they are weighted."""
    return config.scenario.world in WORLDS and all(t.figure in LAWS for t in config.targets)


def range_of(config: Calibration, key: str) -> tuple[float, float]:
    """Return the bounds of a fitted parameter, and the range of the parameter table of others."""
    if key in config.fit:
        return limits(config)[key]
    low, high = _field(key).json_schema_extra["range"]
    return float(low), float(high)


def _field(key: str) -> Any:
    part, _, name = key.removeprefix("parameters.").partition(".")
    section = Parameters.model_fields.get(part)
    field = type(section.default).model_fields.get(name) if section else None
    return field if field is not None and isinstance(field.default, float) else None


def _unknown(key: str, known: list[str]) -> str:
    hint = nearest(key.removeprefix("parameters."), known)
    return f"no such number; expected part.name of 'parameters'{hint}"


def problems_of(config: Calibration) -> list[Problem]:
    """Return what the schema cannot see: unknown parameters, bounds out of order, figures that do not exist."""
    known = [
        f"{part}.{name}"
        for part, section in Parameters.model_fields.items()
        for name, field in type(section.default).model_fields.items()
        if isinstance(field.default, float)
    ]
    problems = [
        Problem(("identify", k), _unknown(key, known)) for k, key in enumerate(config.identify) if _field(key) is None
    ]
    if (config.identify or config.planted) and not (config.targets and has_law(config)):
        key, figures = "planted" if config.planted else "identify", " or ".join(LAWS)
        expected = f"expected targets of {figures} in world {' or '.join(WORLDS)}"
        problems.append(Problem((key,), f"no law of forecast errors is known; {expected}"))
    problems += [
        Problem(("fit", key, "also"), _unknown(tied, known))
        for key, b in config.fit.items()
        for tied in b.also
        if _field(tied) is None
    ]
    for key, (low, high) in limits(config).items():
        if _field(key) is None:
            problems.append(Problem(("fit", key), _unknown(key, known)))
        elif low >= high:
            problems.append(Problem(("fit", key), f"low {low:g} is not below high {high:g}; expected low < high"))
    return problems + _targets(config) + _least_squares(config)


def _targets(config: Calibration) -> list[Problem]:
    """Return targets that are not known in the world after the start."""
    if not config.targets:
        return []
    try:
        history = load_history(config.scenario.world, config.scenario.start)
    except UserError as error:
        return [Problem(("scenario",), message) for message in error.messages]
    problems = []
    for k, target in enumerate(config.targets):
        years = [y for y in history.years(target.figure) if y > config.scenario.start]
        if target.year not in years:
            expected = ", or ".join([", ".join(map(str, years))] * bool(years) + ["another figure"])
            text = f"{target.figure} was not counted in {target.year}; expected {expected}"
            problems.append(Problem(("targets", k, "year"), text))
    return problems


def _least_squares(config: Calibration) -> list[Problem]:
    """Return why the search cannot be by least squares, which needs smooth moments, one per parameter or more."""
    if config.method != "least_squares":
        return []
    instead = "expected method: tpe, or moments of the base year only"
    problems = [
        Problem(("moments", k, "moment"), f"'{m.moment}' varies with random draws; {instead}: {', '.join(BASE_YEAR)}")
        for k, m in enumerate(config.moments)
        if not m.of_base_year
    ]
    if config.targets:
        problems.append(Problem(("targets",), f"least squares fits no shares of later years; {instead}"))
    if len(config.moments) < len(config.fit):
        text = f"more parameters, {len(config.fit)}, than moments, {len(config.moments)}"
        problems.append(Problem(("fit",), f"{text}; expected a moment per parameter or more, or method: tpe"))
    return problems
