"""The schema of robustness analyses: policies that we choose against futures that we do not."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, model_validator

from sim import samples as cube
from sim.config.design.grids import Point, points
from sim.config.design.keys import find, fixed, known_keys
from sim.config.schema.axes import Axis, Range
from sim.config.schema.inputs import Inputs, opened
from sim.config.schema.scenario import Arm, Name, Scenario
from sim.config.schema.varied import Asked, Varied
from sim.config.text.marks import Key
from sim.config.text.problems import Problem
from sim.errors import nearest
from sim.indicators import INDICATORS
from sim.parameters import Strict

SECTIONS = ("levers", "uncertainties", "constants")
LONGEST = 64  # letters of a name


class Threshold(Strict):
    """What is good enough: at least or at most so much."""

    least: float | None = Field(default=None, description="Lowest value that is good enough")
    most: float | None = Field(default=None, description="Highest value that is good enough")
    of: Literal["level", "difference"] = Field(
        default="level", description="Of the outcome itself, or of its difference from the baseline in the same future"
    )

    @model_validator(mode="after")
    def _one_end(self) -> Threshold:
        if (self.least is None) == (self.most is None):
            raise ValueError("needs one end; expected least: VALUE or most: VALUE")
        return self


class Robustness(Varied):
    """Policies (arms, crossed with levers) in many futures (samples of uncertainties)."""

    kind: Literal["robustness"] = "robustness"
    arms: dict[Name, Arm] = Field(min_length=2, description="Policies by name")
    levers: dict[str, Axis] = Field(
        default_factory=dict, description="What policy chooses: dotted keys and their values; every combination, by arm"
    )
    uncertainties: Inputs = Field(
        min_length=1,
        description="What nobody chooses: dotted keys with from and to, a list, or {} for the range of the parameter "
        "table; or a list of keys; a section such as parameters.migration means all its numbers",
    )
    constants: dict[str, Any] = Field(default_factory=dict, description="Dotted keys that are the same everywhere")
    design: Literal[tuple(cube.FILLING)] = Field(  # type: ignore[valid-type]
        default="sobol", description="How futures are drawn: sobol (a power of two of them), latin_hypercube or random"
    )
    samples: int = Field(ge=1, le=1_000_000, description="Futures")
    thresholds: dict[str, Threshold] = Field(
        default_factory=dict, description="Indicators and what is good enough: least or most"
    )
    replications: int = Field(default=4, ge=1, le=100_000, description="Seeds per future and policy")

    def asked(self) -> tuple[Asked | None, list[Problem]]:
        """Return policies, uncertainties and futures; see `Varied.asked`."""
        arms, problems = self.own_arms()
        axes, places, faults = opened(self.uncertainties, "uncertainties")
        problems += faults + self._told_apart(axes, places) + self._goals()
        if problems:
            return None, problems
        futures, problems = points(axes, self.design, self.samples, self.seed, "uncertainties")
        policies, faults = self._policies(arms)
        problems += faults
        return None if problems else Asked(policies, axes, places, futures), problems

    def policies(self) -> list[dict[str, Any]]:
        """Return what every policy is: its name, the arm that it is made from, the settings of its levers."""
        arms, _ = self.own_arms()
        return [
            {"policy": name, "arm": arm, **chosen}
            for arm, scenario in arms.items()
            for name, chosen in self._crossed(arm, scenario.model_dump(mode="json"))
        ]

    def _policies(self, arms: dict[str, Scenario]) -> tuple[dict[str, Scenario], list[Problem]]:
        from sim.config.design.scenarios import scenario_at  # that module needs the config's parts first

        problems = self._nobodys(arms)
        found = {}
        places: dict[str, Key] = {key: ("levers", key) for key in self.levers}
        places |= {key: ("constants", key) for key in self.constants}
        for arm, scenario in arms.items() if not problems else ():
            data = scenario.model_dump(mode="json")
            fixed = {key: value for key, value in self.constants.items() if find(data, key)}
            for name, chosen in self._crossed(arm, data):
                policy, faults = scenario_at(json.dumps(data), {**fixed, **chosen}, self.levers, places)
                problems += [problem for problem, _ in faults]
                if name in found:
                    text = f"makes a second policy '{name}'; expected an arm's name that begins no other's"
                    problems.append(Problem(("arms", arm), text))
                if policy is not None:
                    found[name] = policy
        return found, list(dict.fromkeys(problems))

    def _crossed(self, arm: str, data: dict[str, Any]) -> Iterator[tuple[str, Point]]:
        """Yield the name and the levers of every policy that an arm becomes: one for each choice of those it has."""
        own = {key: axis.values() if isinstance(axis, Range) else axis for key, axis in self.levers.items()}
        own = {key: values for key, values in own.items() if find(data, key)}
        for chosen in itertools.product(*own.values()):
            yield _name(arm, chosen), dict(zip(own, chosen, strict=True))

    def _told_apart(self, axes: dict[str, Axis], places: dict[str, Key]) -> list[Problem]:
        """A key is chosen, unknown, or fixed: one of these."""
        taken: dict[str, str] = {}
        problems = []
        of: dict[str, dict[str, Key]] = {
            "levers": {key: ("levers", key) for key in self.levers},
            "uncertainties": {key: places[key] for key in axes},
            "constants": {key: ("constants", key) for key in self.constants},
        }
        for section, keys in of.items():
            for key, place in keys.items():
                if key in taken:
                    text = f"'{key}' stands in {taken[key]} too; expected it in one of {', '.join(SECTIONS)}"
                    problems.append(Problem(place, text))
                taken.setdefault(key, section)
        for key, axis in self.levers.items():
            if isinstance(axis, Range) and axis.steps is None:
                problems.append(Problem(("levers", key), "has no steps; expected their number: levers are not sampled"))
        return problems

    def _nobodys(self, arms: dict[str, Scenario]) -> list[Problem]:
        """Levers and constants are some arm's, and levers never the baseline's."""
        dumped = {arm: scenario.model_dump(mode="json") for arm, scenario in arms.items()}
        problems = []
        for section, keys in (("levers", self.levers), ("constants", self.constants)):
            for key in keys:
                if not any(find(data, key) for data in dumped.values()):
                    known = dict.fromkeys(k for data in dumped.values() for k in known_keys(data))
                    text = "no arm has this key; expected a key of the scenario, or mechanisms.NAME.KEY of an arm's"
                    problems.append(Problem((section, key), text + nearest(key, known)))
        for key in self.levers:
            if reason := fixed(key):
                problems.append(Problem(("levers", key), f"{reason}; expected a key of the model or of a mechanism"))
            if find(dumped[self.baseline], key):
                text = f"the baseline '{self.baseline}' has it, and would be many policies; expected one that it lacks"
                problems.append(Problem(("levers", key), text))
        return problems

    def _goals(self) -> list[Problem]:
        """Thresholds are of indicators that are measured; those without a better end need one to tell regret."""
        problems = []
        for name, threshold in self.thresholds.items():
            if name not in self.indicators:
                text = f"not among the indicators; expected one of {', '.join(self.indicators)}"
                problems.append(Problem(("thresholds", name), text + nearest(name, self.indicators)))
            elif name in INDICATORS and INDICATORS[name].paired and threshold.of == "level":
                text = "is a difference itself; expected of: difference"
                problems.append(Problem(("thresholds", name), text))
        for i, name in enumerate(self.indicators):
            if name in INDICATORS and not INDICATORS[name].better and name not in self.thresholds:
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
