"""What a config of many points runs: every arm at every point."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.config.design import arms, report, worlds
from sim.config.design.grids import Point, Request, points
from sim.config.design.keys import REPLACED, Variable, describe, find, fixed, known_keys
from sim.config.design.scenarios import scenarios_at
from sim.config.schema.robustness import Robustness
from sim.config.schema.scenario import Scenario
from sim.config.schema.sweep import Sweep
from sim.config.schema.varied import Varied
from sim.config.text.problems import Problem
from sim.documents import Key
from sim.errors import UserError, nearest
from sim.indicators import INDICATORS
from sim.kinds import KINDS, resolved

# The config that was laid out last, and its layout: a command checks, counts and runs the same one, and thousands of
# points take seconds. Known by the object itself, so that a changed copy is laid out again.
_LATEST: list[Any] = []


@dataclass(frozen=True)
class Layout:
    """What a config of many points runs.

    Attributes
    ----------
    axes : dict of str to Variable
        What each varied key means.
    points : list of dict
        Values by key.
    scenarios : list of dict of str to Scenario
        By point: the scenario of each arm. Points that differ only in keys that an arm does not have
        share that arm's very object.
    """

    axes: dict[str, Variable]
    points: list[Point]
    scenarios: list[dict[str, Scenario]]

    @property
    def different(self) -> int:
        """Number of different scenarios: runs per replication."""
        return len({id(s) for at in self.scenarios for s in at.values()})


def layout_of(config: Varied) -> Layout:
    """Return what a config of many points runs.

    Raises
    ------
    UserError
        If a key or value does not fit.
    """
    found, problems = build(config)
    if found is None:
        raise UserError([p.sentence for p in problems])
    return found


def build(config: Varied) -> tuple[Layout | None, list[Problem]]:
    """Return what a config of many points runs, and its errors with their key path in the config.

    Parameters
    ----------
    config : Varied
        A sweep, a sensitivity or a robustness analysis: the request of their kind is all that differs.

    Returns
    -------
    (Layout or None, list of Problem)
        None if there is an error.
    """
    if _LATEST and _LATEST[0]() is config:
        return _LATEST[1], []
    found, problems = _built(config)
    if found is not None:
        _LATEST[:] = weakref.ref(config), found
    return found, problems


def _built(config: Varied) -> tuple[Layout | None, list[Problem]]:
    requested, problems = _request(config)
    problems += _indicators(config)
    problems += report.problems_of(config) if isinstance(config, (Sweep, Robustness)) and not problems else []
    if requested is None:
        return None, problems
    dumped = {arm: scenario.model_dump(mode="json") for arm, scenario in requested.arms.items()}
    problems += _keys(requested.positions, dumped)
    if problems:
        return None, problems
    has = {arm: tuple(key for key in requested.axes if find(data, key)) for arm, data in dumped.items()}
    scenarios, problems = scenarios_at(dumped, has, requested.points, requested.axes, requested.positions)
    problems += [] if problems else _regions(requested, scenarios)
    if problems:
        return None, problems
    axes = {key: describe(next(d for d in dumped.values() if find(d, key)), key) for key in requested.axes}
    return Layout(axes, requested.points, scenarios), []


def _request(config: Varied) -> tuple[Request | None, list[Problem]]:
    kind = KINDS[config.kind]  # type: ignore[attr-defined]  # each kind has its own
    assert kind.request is not None, f"'{kind.name}' has no request"
    found: tuple[Request | None, list[Problem]] = resolved(kind.request)(config)
    return found


def problems_of(config: Varied) -> list[Problem]:
    """Return what the schema of a config of many points cannot see: of its arms, then of its points."""
    return arms.problems_of(config) or build(config)[1]


def sweep_request(config: Sweep) -> tuple[Request | None, list[Problem]]:
    """Return arms, keys and points of a sweep."""
    scenarios, problems = arms.own_arms(config)
    found, errors = points(config.vary, config.design, config.samples, config.seed, "vary")
    problems += errors
    positions: dict[str, Key] = {key: ("vary", key) for key in config.vary}
    return None if problems else Request(scenarios, dict(config.vary), positions, found), problems


def _keys(positions: Mapping[str, Key], dumped: Mapping[str, Any]) -> list[Problem]:
    """Refuse keys that a scenario may not vary or that no arm has."""
    problems = []
    for key, position in positions.items():
        if reason := fixed(key):
            problems.append(Problem(position, f"{reason}; expected a key of the model or of a mechanism"))
        elif key in REPLACED:
            problems.append(Problem(position, f"was replaced by '{REPLACED[key]}'; expected that key"))
        elif not any(find(data, key) for data in dumped.values()):
            known = (k for data in dumped.values() for k in known_keys(data))
            keys = dict.fromkeys(k for k in known if not fixed(k))
            text = "no arm has this key; expected a key of the scenario, or mechanisms.NAME.KEY with a mechanism's name"
            problems.append(Problem(position, text + nearest(key, keys)))
    return problems


def _indicators(config: Varied) -> list[Problem]:
    problems = []
    for i, name in enumerate(config.indicators):
        text = report.error_of(config, name)
        if not text and INDICATORS[name].paired and not config.arms:
            text = f"'{name}' is defined against a baseline only; expected arms, or another indicator"
        if text:
            problems.append(Problem(("indicators", i), text))
    return problems


def _regions(requested: Request, scenarios: list[dict[str, Scenario]]) -> list[Problem]:
    """Refuse points with different regions: their runs do not fit one table."""
    if not any(key.startswith("world.") for key in requested.axes):
        return []
    if not (found := worlds.difference(s for at in scenarios for s in at.values())):
        return []
    section = next(iter(requested.positions.values()))[:1]
    return [Problem(section, f"the points have {found}; expected the same at every point")]
