"""The one schema of configs: scenarios and comparisons."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from sim.catalogue import VARIABLES
from sim.config.schema.executor import Batch
from sim.config.schema.stopping import Precision, Selection
from sim.config.schema.world import WorldField
from sim.errors import UserError, nearest
from sim.mechanisms import MechanismSpec
from sim.parameters import Parameters, Strict
from sim.world import fitted_parameters

# Names become folder and file names, so they stay within what every file system accepts.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Record(Strict):
    """What is stored of a run. The default keeps runs small: what indicators and most figures are made from."""

    variables: Literal["core", "all"] | tuple[str, ...] = Field(
        default="core",
        description="Yearly series: core (what indicators need), all, or those named beside what every run stores",
    )
    flows: bool | tuple[str, ...] = Field(
        default=False,
        description="Bilateral flow matrices: all, none, or those to and from the regions named; flows between zone "
        "classes are stored of every run",
    )
    payments: bool = Field(default=False, description="The ledger of payments")

    @model_validator(mode="before")
    @classmethod
    def _word(cls, given: Any) -> Any:
        """Let one word stand for all settings."""
        if given == "all":
            return {"variables": "all", "flows": True, "payments": True}
        return {} if given == "core" else given

    @field_validator("variables")
    @classmethod
    def _known(cls, names: Any) -> Any:
        for name in names if isinstance(names, tuple) else ():
            if name not in VARIABLES or VARIABLES[name].detail == "flows":
                found = [n for n, v in VARIABLES.items() if v.detail != "flows"]
                raise ValueError(f"no yearly series '{name}'; expected some of sim.catalogue" + nearest(name, found))
        return names

    def holds(self, name: str) -> bool:
        """Return whether a variable of the catalogue is stored."""
        detail = VARIABLES[name].detail
        if detail == "flows":
            return bool(self.flows)
        if detail == "core" or self.variables == "all":
            return True
        return name in self.variables


class Scenario(Strict):
    """One world and one policy mix."""

    kind: Literal["scenario"] = "scenario"
    name: Name = Field(description="Name of the scenario and of its results folder")
    title: str = Field(default="", description="What it is, in words")
    world: WorldField = Field(
        default="guangzhou", description="Name of a world, a folder, or one written out (kind inline or synthetic)"
    )
    start: int = Field(default=2020, description="Base year [year]")
    years: int = Field(default=15, ge=1, le=200, description="Length of a run [year]")
    seed: Seed = Field(default=1, description="Seed of every random number")
    replication: int = Field(
        default=0, ge=0, lt=100_000, description="Which replication of the seed a run is, when it is run alone"
    )
    firms: int = Field(default=36_000, ge=1000, le=100_000_000, description="Firm agents at the start [firms]")
    demography: bool = Field(default=True, description="Births, deaths and education change the population")
    draws: Literal["systematic", "expected"] = Field(
        default="systematic", description="How shares become whole firms: drawn, or their expectation"
    )
    threads: int = Field(default=1, ge=1, le=1024, description="Threads of one run; results do not depend on it")
    calibrated: bool = Field(
        default=True, description="Whether parameters that were fitted for the world replace defaults of the table"
    )
    parameters: Parameters = Field(default_factory=Parameters, description="Parameters that differ from defaults")
    mechanisms: tuple[MechanismSpec, ...] = Field(default=(), description="Policy instruments")
    record: Record = Field(default_factory=Record, description="What a run writes")

    @model_validator(mode="before")
    @classmethod
    def _fitted(cls, given: Any) -> Any:
        """Put what was fitted for the world under what the config says."""
        if not isinstance(given, dict) or given.get("calibrated", True) is not True:
            return given
        fitted = fitted_parameters(given.get("world", "guangzhou"))
        own = given.get("parameters", {})
        if not fitted or not isinstance(own, dict):
            return given
        merged = dict(own)
        for part, values in fitted.items():
            section = own.get(part, {})
            if isinstance(section, dict):
                merged[part] = {**values, **section}
        return {**given, "parameters": merged}


def _resolve(value: Any) -> Any:
    """Turn the name or path of a scenario into the scenario."""
    if not isinstance(value, str):
        return value
    from sim.config.loader import load  # the loader needs this module first

    found = load(value)
    if not isinstance(found, Scenario):
        raise UserError(f"scenario: '{value}' is a {found.kind}; expected a scenario")
    return found


ScenarioOrName = Annotated[Scenario, BeforeValidator(_resolve, json_schema_input_type=str | Scenario)]


class Arm(Strict):
    """One policy mix of a comparison: mechanisms added to the scenario, settings changed."""

    title: str = Field(default="", description="What it is, in words")
    mechanisms: tuple[MechanismSpec, ...] = Field(default=(), description="Instruments added to the scenario's")
    set: dict[str, Any] = Field(default_factory=dict, description="Dotted keys of the scenario and their values")


class CommonBudget(Strict):
    """The public cost to which every arm but the baseline is scaled."""

    amount: float = Field(gt=0, description="Present value of public outlay over the run [million yuan]")
    discount: float = Field(default=0.04, ge=0, le=1, description="Discount rate [1/yr]")


class Comparison(Batch):
    """Named arms on one scenario, each with the same replications."""

    kind: Literal["comparison"] = "comparison"
    name: Name = Field(description="Name of the comparison and of its results folder")
    title: str = Field(default="", description="What it is, in words")
    scenario: ScenarioOrName = Field(description="A scenario: bundled name, path, or written out here")
    arms: dict[Name, Arm] = Field(min_length=2, description="Policy mixes by name")
    baseline: str = Field(default="baseline", description="The arm with which the others are compared")
    replications: int = Field(
        default=8, ge=1, le=100_000, description="Seeds per arm; not used where precision or select decides how many"
    )
    precision: Precision | None = Field(
        default=None, description="Run further seeds until the differences from the baseline are precise enough"
    )
    select: Selection | None = Field(default=None, description="Run further seeds until the best arm is known")
    common_budget: CommonBudget | None = Field(default=None, description="Scale the arms to one public cost")
    seed: Seed = Field(default=1, description="Seed of the first replication")

    @property
    def seeds(self) -> tuple[int, int]:
        """The least and the largest number of seeds an arm may get."""
        rule = self.precision or self.select
        return (rule.start, rule.most) if rule else (self.replications, self.replications)

    def arm_scenarios(self) -> dict[str, Scenario]:
        """Return the scenario of every arm: its mechanisms added, its overrides applied.

        Returns
        -------
        dict of str to Scenario
            In the order of the arms; `seed` is the seed of the first replication.

        Raises
        ------
        UserError
            If the baseline is no arm, or an override does not fit.
        """
        from sim.config.design.arms import build  # that module needs this one first

        scenarios, problems = build(self)
        if problems:
            raise UserError([p.sentence for p in problems])
        return scenarios
