"""The policies of a robustness analysis and its futures, and what its schema cannot see."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from sim.config.design.arms import own_arms
from sim.config.design.grids import Point, Request, points
from sim.config.design.inputs import expanded
from sim.config.design.keys import find, fixed, known_keys
from sim.config.design.scenarios import scenario_at
from sim.config.schema.axes import Axis, Range
from sim.config.schema.robustness import Robustness
from sim.config.schema.scenario import Scenario
from sim.config.text.problems import Problem
from sim.documents import Key
from sim.errors import nearest
from sim.indicators import INDICATORS

SECTIONS = ("levers", "uncertainties", "constants")
LONGEST = 64  # letters of a name


def request(config: Robustness) -> tuple[Request | None, list[Problem]]:
    """Return policies, uncertainties and futures."""
    arms, problems = own_arms(config)
    axes, positions, errors = expanded(config.uncertainties, "uncertainties")
    problems += errors + _disjoint(config, axes, positions) + _goals(config)
    if problems:
        return None, problems
    futures, problems = points(axes, config.design, config.samples, config.seed, "uncertainties")
    policies, errors = _policies(config, arms)
    problems += errors
    return None if problems else Request(policies, axes, positions, futures), problems


def policies_of(config: Robustness) -> list[dict[str, Any]]:
    """Return what every policy is: its name, the arm that it is made from, the settings of its levers."""
    arms, _ = own_arms(config)
    return [
        {"policy": name, "arm": arm, **chosen}
        for arm, scenario in arms.items()
        for name, chosen in _crossed(config, arm, scenario.model_dump(mode="json"))
    ]


def _policies(config: Robustness, arms: dict[str, Scenario]) -> tuple[dict[str, Scenario], list[Problem]]:
    problems = _without_owner(config, arms)
    found = {}
    positions: dict[str, Key] = {key: ("levers", key) for key in config.levers}
    positions |= {key: ("constants", key) for key in config.constants}
    for arm, scenario in arms.items() if not problems else ():
        data = scenario.model_dump(mode="json")
        fixed = {key: value for key, value in config.constants.items() if find(data, key)}
        for name, chosen in _crossed(config, arm, data):
            policy, errors = scenario_at(json.dumps(data), {**fixed, **chosen}, config.levers, positions)
            problems += [problem for problem, _ in errors]
            if name in found:
                text = f"makes a second policy '{name}'; expected an arm's name that begins no other's"
                problems.append(Problem(("arms", arm), text))
            if policy is not None:
                found[name] = policy
    return found, list(dict.fromkeys(problems))


def _crossed(config: Robustness, arm: str, data: dict[str, Any]) -> Iterator[tuple[str, Point]]:
    """Yield the name and the levers of every policy that an arm becomes: one for each choice of those it has."""
    own = {key: axis.values() if isinstance(axis, Range) else axis for key, axis in config.levers.items()}
    own = {key: values for key, values in own.items() if find(data, key)}
    for chosen in itertools.product(*own.values()):
        yield _name(arm, chosen), dict(zip(own, chosen, strict=True))


def _disjoint(config: Robustness, axes: dict[str, Axis], positions: dict[str, Key]) -> list[Problem]:
    """Refuse keys that are in two of the sections: chosen, unknown and fixed."""
    taken: dict[str, str] = {}
    problems = []
    of: dict[str, dict[str, Key]] = {
        "levers": {key: ("levers", key) for key in config.levers},
        "uncertainties": {key: positions[key] for key in axes},
        "constants": {key: ("constants", key) for key in config.constants},
    }
    for section, keys in of.items():
        for key, position in keys.items():
            if key in taken:
                text = f"'{key}' is in {taken[key]} too; expected it in one of {', '.join(SECTIONS)}"
                problems.append(Problem(position, text))
            taken.setdefault(key, section)
    for key, axis in config.levers.items():
        if isinstance(axis, Range) and axis.steps is None:
            problems.append(Problem(("levers", key), "has no steps; expected their number: levers are not sampled"))
    return problems


def _without_owner(config: Robustness, arms: dict[str, Scenario]) -> list[Problem]:
    """Levers and constants are some arm's, and levers never the baseline's."""
    dumped = {arm: scenario.model_dump(mode="json") for arm, scenario in arms.items()}
    problems = []
    for section, keys in (("levers", config.levers), ("constants", config.constants)):
        for key in keys:
            if not any(find(data, key) for data in dumped.values()):
                known = dict.fromkeys(k for data in dumped.values() for k in known_keys(data))
                text = "no arm has this key; expected a key of the scenario, or mechanisms.NAME.KEY of an arm's"
                problems.append(Problem((section, key), text + nearest(key, known)))
    for key in config.levers:
        if reason := fixed(key):
            problems.append(Problem(("levers", key), f"{reason}; expected a key of the model or of a mechanism"))
        if find(dumped[config.baseline], key):
            text = f"the baseline '{config.baseline}' has it, and would be many policies; expected one that it lacks"
            problems.append(Problem(("levers", key), text))
    return problems


def _goals(config: Robustness) -> list[Problem]:
    """Thresholds apply to measured indicators; regret in an indicator without a better direction needs a threshold."""
    problems = []
    for name, threshold in config.thresholds.items():
        if name not in config.indicators:
            text = f"not among the indicators; expected one of {', '.join(config.indicators)}"
            problems.append(Problem(("thresholds", name), text + nearest(name, config.indicators)))
        elif name in INDICATORS and INDICATORS[name].paired and threshold.of == "level":
            text = "is a difference itself; expected of: difference"
            problems.append(Problem(("thresholds", name), text))
    for i, name in enumerate(config.indicators):
        if name in INDICATORS and not INDICATORS[name].better and name not in config.thresholds:
            text = f"'{name}' has no better end, so no regret; expected a threshold for it, or another indicator"
            problems.append(Problem(("indicators", i), text))
    return problems


def _name(arm: str, values: tuple[Any, ...]) -> str:
    """Return the name of a policy: its arm and the values of its levers, in letters that file names may have."""
    text = "-".join([arm, *map(str, values)])
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", text)
    if plain == text and len(text) <= LONGEST:
        return text
    return f"{plain[: LONGEST - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
