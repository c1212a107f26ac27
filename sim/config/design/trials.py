"""The scenarios of a tuning: its arms with the levers of one trial in one future; errors of its levers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.config.design import arms, layout
from sim.config.design.grids import Point, at_positions
from sim.config.design.keys import Variable, describe, find
from sim.config.design.scenarios import TOGETHER
from sim.config.schema.axes import Range
from sim.config.schema.scenario import Scenario
from sim.config.schema.sweep import Sweep
from sim.config.schema.tuning import Tuning
from sim.config.text.problems import Problem
from sim.documents import Key
from sim.indicators import INDICATORS
from sim.samples import space_filling

SECTIONS = ("levers", "constants", "uncertainties")


def scenarios(config: Tuning, levers: Point, future: Point) -> dict[str, Scenario]:
    """Return the scenario of each arm with the levers of a trial, in one future.

    Parameters
    ----------
    config : Tuning
    levers : dict of str to object
        A value for each lever.
    future : dict of str to object
        A value for each uncertain key; see `futures`.

    Raises
    ------
    UserError
        If the values do not fit together.
    """
    values = {**config.constants, **levers, **future}
    return layout.layout_of(_sweep(config, {key: (value,) for key, value in values.items()})).scenarios[0]


def owners(config: Tuning) -> dict[str, list[str]]:
    """Return which arms have each lever and constant."""
    dumped = _dumped(config)
    keys = (*config.levers, *config.constants)
    return {key: [arm for arm, data in dumped.items() if find(data, key)] for key in keys}


def axes(config: Tuning) -> dict[str, Variable]:
    """Return what each lever means."""
    dumped = _dumped(config)
    return {key: describe(dumped[has[0]], key) for key, has in owners(config).items() if key in config.levers}


def most_runs(config: Tuning) -> int:
    """Return how many runs a tuning makes at most: no trial dropped, every trial on the front.

    Notes
    -----
    A baseline without a lever is shared by all trials. Pilot runs of a common budget come on top, up to four a trial.
    """
    shared = not any(config.baseline in arms for key, arms in owners(config).items() if key in config.levers)
    confirmed = config.trials if len(config.objectives) > 1 else 1
    runs = config.trials * config.replications + confirmed * config.confirm
    return runs + (config.replications + config.confirm if shared else runs)


def _dumped(config: Tuning) -> dict[str, Any]:
    return {arm: scenario.model_dump(mode="json") for arm, scenario in arms.build(config)[0].items()}


def futures(config: Tuning, count: int) -> list[Point]:
    """Return the future of each replication, the first of them the same for any count.

    Points of a scrambled Sobol' sequence (Owen 1998), so that few replications spread well.
    """
    if not config.uncertainties:
        return [{} for _ in range(count)]
    whole = 2 ** max(1, int(np.ceil(np.log2(count))))  # the sequence comes in powers of two
    drawn = space_filling("sobol", whole, len(config.uncertainties), config.seed)
    return at_positions(config.uncertainties, drawn[:count])


def _sweep(config: Tuning, vary: Mapping[str, tuple[Any, ...]]) -> Sweep:
    """Return a sweep of the same arms, for its way from keys and values to scenarios; unchecked, as that reports."""
    same = ("name", "scenario", "arms", "baseline", "seed", "indicators")
    given = {key: getattr(config, key) for key in same}
    return Sweep.model_validate({**given, "vary": dict(vary), "design": "list"})


def problems_of(config: Tuning) -> list[Problem]:
    """Return what the schema cannot see: unknown keys, values that do not fit, unknown indicators."""
    problems = arms.problems_of(config) or _sections(config) + _quantities(config)
    if problems:
        return problems
    values = {key: _ends(axis) for key, axis in {**config.levers, **config.uncertainties}.items()}
    values |= {key: (value,) for key, value in config.constants.items()}
    longest = max(len(found) for found in values.values())
    # lists of one length: every value is there, the short ones again from their beginning
    vary = {key: tuple(found[k % len(found)] for k in range(longest)) for key, found in values.items()}
    errors = layout.build(_sweep(config, vary))[1]
    # values that fit one by one and not together are for the search to find out: they fail their trial only
    return list(dict.fromkeys(_moved(config, values, error) for error in errors if error.code != TOGETHER))


def _ends(axis: tuple[Any, ...] | Range) -> tuple[Any, ...]:
    if not isinstance(axis, Range):
        return axis
    return axis.values() if axis.steps else (axis.at(0.0), axis.at(1.0))


def _sections(config: Tuning) -> list[Problem]:
    """Refuse keys in two sections, and what is searched or drawn without a choice."""
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for section in SECTIONS:
        for key, axis in getattr(config, section).items():
            if key in seen:
                text = f"is in {seen[key]} too; expected every key in one section"
                problems.append(Problem((section, key), text))
            elif section != "constants" and len(_ends(axis)) < 2:
                problems.append(Problem((section, key), "has one value; expected more, or the key in 'constants'"))
            seen[key] = section
    return problems


def _quantities(config: Tuning) -> list[Problem]:
    problems = []
    for section in ("objectives", "constraints"):
        names: list[str] = []
        for i, quantity in enumerate(getattr(config, section)):
            if section == "objectives" and quantity.name in names:
                problems.append(Problem((section, i), "is given twice; expected every objective once"))
            names.append(quantity.name)
            facts = INDICATORS.get(quantity.indicator)
            if facts is not None and facts.paired and quantity.of == "level":
                text = "is defined against a baseline only; expected of: difference"
                problems.append(Problem((section, i, "of"), f"'{quantity.indicator}' {text}"))
    return problems


def _moved(config: Tuning, values: Mapping[str, tuple[Any, ...]], error: Problem) -> Problem:
    """Give an error of the sweep its position in the tuning."""
    if error.path[0] == "indicators":
        name = config.indicators[error.path[1]]
        positions = [(s, i, q) for s in ("objectives", "constraints") for i, q in enumerate(getattr(config, s))]
        section, i, _ = next(position for position in positions if position[2].indicator == name)
        return Problem((section, i, "indicator"), error.text)
    if error.path[0] != "vary":
        return error
    if len(error.path) == 1:
        return Problem(("levers",), error.text)
    key = error.path[1]
    section = next(s for s in SECTIONS if key in getattr(config, s))
    position: Key = (section, key)
    axis = getattr(config, section)[key]
    if len(error.path) > 2 and isinstance(axis, tuple) and section != "constants":
        position = (*position, error.path[2] % len(values[key]))
    return Problem(position, error.text)
