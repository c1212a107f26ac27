"""The one schema of configs: scenarios and comparisons."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from sim.catalogue import VARIABLES
from sim.config.schema.experiment import Experiment
from sim.config.schema.world import WorldField
from sim.errors import nearest
from sim.mechanisms import MechanismSpec
from sim.parameters import Parameters, Strict, error_at
from sim.policy.cities import RULES
from sim.policy.targets import RegionsMark
from sim.strict import Title, Year
from sim.world import fitted_parameters, load_world, usual_path
from sim.world.own.schema import Slug
from sim.world.paths import path_names
from sim.world.types import World

# Names become folder and file names, so they stay within what every file system accepts.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
ROUNDING = 0.002  # of published shares
MOST_SEED = (2**64 - 1000) // 1000  # the seeds of its first thousand replications have 64 bits
Seed = Annotated[int, Field(ge=0, le=MOST_SEED)]


def _word(given: Any) -> Any:
    """Let one word stand for all settings."""
    if given == "all":
        return {"variables": "all", "flows": True, "payments": True, "classes": True}
    return {} if given == "core" else given


class Record(Strict):
    """What is stored of a run. The default keeps runs small: what indicators and most figures are made from."""

    variables: Literal["core", "all"] | tuple[str, ...] = Field(
        default="core",
        description="Yearly series: core (what indicators need), all, or names, in addition to what every run stores",
    )
    flows: bool | Annotated[tuple[str, ...], RegionsMark()] = Field(
        default=False,
        description="Bilateral flow matrices: all, none, or those to and from the regions named; flows between zone "
        "classes are stored of every run",
    )
    payments: bool = Field(default=False, description="The ledger of payments")
    classes: bool = Field(
        default=False,
        description="Capital, real firms and value added by zone class and by age, size and ownership of firms",
    )

    @model_validator(mode="before")
    @classmethod
    def _of_word(cls, given: Any) -> Any:
        return _word(given)

    @field_validator("variables")
    @classmethod
    def _known(cls, names: Any) -> Any:
        for name in names if isinstance(names, tuple) else ():
            if name not in VARIABLES or VARIABLES[name].detail in ("flows", "classes"):
                found = [n for n, v in VARIABLES.items() if v.detail not in ("flows", "classes")]
                raise ValueError(f"no yearly series '{name}'; expected some of sim.catalogue" + nearest(name, found))
        return names

    def holds(self, name: str) -> bool:
        """Return whether a variable of the catalogue is stored."""
        detail = VARIABLES[name].detail
        if detail == "flows":
            return bool(self.flows)
        if detail == "classes":
            return self.classes
        if detail == "core" or self.variables == "all":
            return True
        return name in self.variables


RecordField = Annotated[Record, BeforeValidator(_word, json_schema_input_type=Literal["core", "all"] | Record)]


class Shares(Strict):
    """Shares of the broad sectors in national value added."""

    primary: float = Field(gt=0, lt=1, description="Agriculture [1]")
    secondary: float = Field(gt=0, lt=1, description="Industry and construction [1]")
    tertiary: float = Field(gt=0, lt=1, description="Services [1]")

    @model_validator(mode="after")
    def _whole(self) -> Shares:
        total = self.primary + self.secondary + self.tertiary
        if abs(total - 1.0) > ROUNDING:
            raise ValueError(f"shares sum to {total:g}; expected 1")
        return self


_YEARS: Any = {"propertyNames": {"pattern": r"^-?[0-9]+$"}}


class Scenario(Experiment):
    """One world and one policy mix."""

    decisive: ClassVar[tuple[str, ...]] = ("world", "start", "calibrated")
    # Fields under whose values the class puts what is known of the world.
    merged: ClassVar[tuple[str, ...]] = ("parameters",)

    kind: Literal["scenario"] = "scenario"
    name: Name = Field(description="Name of the scenario and of its results folder")
    title: Title = Field(default="", description="What it is, in words")
    world: WorldField = Field(
        default="guangzhou", description="Name of a world, a folder, or a definition (kind inline or synthetic)"
    )
    centre: Slug | None = Field(default=None, description="Region id of the central city; by default that of the world")
    start: Year = Field(default=2020, description="Base year [year]")
    years: int = Field(default=15, ge=1, le=200, description="Length of a run [year]")
    seed: Seed = Field(default=1, description="Seed of every random number")
    replication: int = Field(
        default=0, ge=0, lt=1_000_000, description="Which replication of the seed a run is, when it is run alone"
    )
    firms: int = Field(default=36_000, ge=1000, le=100_000_000, description="Firm agents at the start [firms]")
    structure: str | Annotated[dict[int, Shares], Field(json_schema_extra=_YEARS)] | None = Field(
        default=None,
        description="Shares of sectors in the nation's value added along which recipes change: name of a bundled path, "
        "or shares by year; null: those of the base year; by default that of the world, where it has one",
    )
    demography: bool = Field(default=True, description="Births, deaths and education change the population")
    draws: Literal["systematic", "expected"] = Field(
        default="systematic", description="Moves of people as integers by systematic sampling, or as expectations"
    )
    threads: int = Field(default=1, ge=1, le=1024, description="Threads of one run; results do not depend on it")
    calibrated: bool = Field(
        default=True,
        description="Whether what was fitted for the world, and its national path, replace the defaults",
    )
    parameters: Parameters = Field(default_factory=Parameters, description="Parameters that differ from defaults")
    mechanisms: tuple[MechanismSpec, ...] = Field(default=(), description="Policy instruments")
    record: RecordField = Field(default_factory=Record, description="What a run writes")

    @model_validator(mode="after")
    def _fitting_together(self) -> Scenario:
        """Refuse mechanisms that do not fit the others."""
        for i, mechanism in enumerate(self.mechanisms):
            for key, text in mechanism.misfits([other for other in self.mechanisms if other is not mechanism]):
                raise error_at(type(self).__name__, ("mechanisms", i, key), text, getattr(mechanism, key))
        return self

    @model_validator(mode="before")
    @classmethod
    def _fitted(cls, given: Any) -> Any:
        """Put what is known of the world under what the config says."""
        if not isinstance(given, dict) or given.get("calibrated", True) is not True:
            return given
        known = given.get("world", "guangzhou"), given.get("start", 2020)
        if "structure" not in given:
            given = {**given, "structure": usual_path(*known)}
        fitted, own = fitted_parameters(*known), given.get("parameters", {})
        own = own.model_dump(exclude_unset=True) if isinstance(own, Parameters) else own
        if not fitted or not isinstance(own, dict):
            return given
        merged = dict(own)
        for part, values in fitted.items():
            section = own.get(part, {})
            if isinstance(section, dict):
                merged[part] = {**values, **section}
        return {**given, "parameters": merged}

    @model_serializer(mode="wrap")
    def _known_centre(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out a centre that is that of the world: the text of a config identifies it."""
        data: dict[str, Any] = handler(self)
        if self.centre is None:
            data.pop("centre", None)
        return data

    def opened(self) -> World:
        """Return its world in the base year, around its centre.

        Raises
        ------
        UserError
            If the world is not valid, or its centre is not one of its regions.
        """
        return load_world(self.world, self.start, self.centre)

    def _summary(self) -> str:
        world = self.world if isinstance(self.world, str) else f"{self.world.kind} {self.world.name}"
        world += f" around {self.centre}" if self.centre else ""
        policy = ", ".join(mechanism.name for mechanism in self.mechanisms) or "no mechanism"
        return f"{world}, {self.start}–{self.start + self.years - 1}, {self.firms:,} firms, {policy}"

    @field_validator("structure")
    @classmethod
    def _path(cls, structure: Any) -> Any:
        """Refuse the name of a path that is not bundled."""
        if isinstance(structure, str) and structure not in path_names():
            names = path_names()
            raise ValueError(
                f"no path '{structure}'; expected {', '.join(names)}, or shares by year{nearest(structure, names)}"
            )
        return structure

    @field_validator("parameters")
    @classmethod
    def _rule(cls, parameters: Parameters) -> Parameters:
        """Refuse the name of a city rule that is not found."""
        rule = parameters.cities.rule
        if problem := RULES.problem(rule):
            raise error_at(cls.__name__, ("cities", "rule"), problem, rule)
        return parameters


def _resolve(value: Any, info: ValidationInfo) -> Any:
    """Turn the name or path of a scenario into the scenario, by the loader in the context of the validation."""
    if not isinstance(value, str):
        return value
    load = (info.context or {}).get("load")
    if load is None:
        raise ValueError(
            f"'{value}' is the name of a scenario; expected the scenario itself, such as hinterland.load('{value}')"
        )
    found = load(value)
    if not isinstance(found, Scenario):
        raise ValueError(f"'{value}' is a {found.kind}; expected a scenario")
    return found


ScenarioOrName = Annotated[Scenario, BeforeValidator(_resolve, json_schema_input_type=str | Scenario)]
