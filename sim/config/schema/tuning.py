"""The schema of tunings: which levers are searched, towards what, within which limits."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from sim.config.schema.axes import Axis
from sim.config.schema.comparison import Arm, CommonBudget
from sim.config.schema.executor import Batch
from sim.config.schema.scenario import Name, ScenarioOrName, Seed
from sim.parameters import Appraisal, Strict
from sim.strict import Title


class Quantity(Strict):
    """One number of a trial, made from its replications."""

    indicator: str = Field(description="A name of 'hinterland list indicators'")
    of: Literal["difference", "level"] = Field(
        default="difference", description="Difference from the baseline at the same seed, or the policy's own level"
    )
    statistic: Literal["mean", "worst"] = Field(
        default="mean", description="Over replications: their mean, or the worst of them"
    )

    @property
    def name(self) -> str:
        """Name of its column: the indicator, and what differs from the mean difference."""
        parts = [self.indicator, *([self.of] if self.of == "level" else [])]
        return "_".join([*parts, *([self.statistic] if self.statistic == "worst" else [])])

    @property
    def upwards(self) -> bool:
        """Whether more is better; its kinds say so."""
        raise NotImplementedError


class Objective(Quantity):
    """A quantity that the search makes as high or as low as it can."""

    direction: Literal["highest", "lowest"] = Field(description="Which way is better")

    @property
    def upwards(self) -> bool:
        """Whether more is better."""
        return self.direction == "highest"


class Constraint(Quantity):
    """A quantity with a limit."""

    most: float | None = Field(default=None, description="Upper limit, in the unit of the indicator")
    least: float | None = Field(default=None, description="Lower limit, in the unit of the indicator")

    @model_validator(mode="after")
    def _one(self) -> Constraint:
        if (self.most is None) == (self.least is None):
            raise ValueError("has both or none of most and least; expected one of them")
        return self

    @property
    def upwards(self) -> bool:
        """Whether more is better."""
        return self.least is not None

    @property
    def limit(self) -> float:
        """The one limit."""
        return float(self.least if self.most is None else self.most)  # type: ignore[arg-type]


class Tuning(Batch):
    """A search for the levers of one policy that reach objectives best, within limits."""

    kind: Literal["tuning"] = "tuning"
    name: Name = Field(description="Name of the tuning and of its results folder")
    title: Title = Field(default="", description="What it is, in words")
    scenario: ScenarioOrName = Field(description="A scenario: bundled name, path, or inline")
    arms: dict[Name, Arm] = Field(min_length=2, max_length=2, description="The baseline and the policy that is tuned")
    baseline: str = Field(default="baseline", description="The arm with which the policy is compared")
    levers: dict[str, Axis] = Field(
        min_length=1, description="Dotted keys of the scenario, or mechanisms.NAME.KEY, and where they may lie"
    )
    constants: dict[str, Any] = Field(default_factory=dict, description="Dotted keys and the value they keep")
    uncertainties: dict[str, Axis] = Field(
        default_factory=dict, description="Dotted keys drawn in each replication, the same draws in every trial"
    )
    objectives: tuple[Objective, ...] = Field(min_length=1, max_length=4, description="What is sought")
    constraints: tuple[Constraint, ...] = Field(default=(), description="Limits that the best must keep")
    common_budget: CommonBudget | None = Field(
        default=None, description="Scale the policy of every trial to one public cost, by pilot runs"
    )
    appraisal: Appraisal = Field(default=Appraisal(), description="How costs and benefits are valued")
    discount: float | None = Field(
        default=None, ge=0, le=1,
        description="Rate at which sums of money over years are discounted where common_budget states none; that of "
        "appraisal by default [1/yr]",
    )  # fmt: skip
    replications: int = Field(default=8, ge=1, le=100_000, description="Seeds per trial")
    trials: int = Field(default=100, ge=1, le=100_000, description="Combinations of levers to try")
    batch: int = Field(default=8, ge=1, le=10_000, description="Trials proposed at a time; part of the search")
    pruning: bool = Field(
        default=True, description="Drop a trial after half of its replications where its case is clear by then"
    )
    confirm: int = Field(default=0, ge=0, le=100_000, description="Fresh seeds with which the best are run again")
    seed: Seed = Field(default=1, description="Seed of the search and of the first replication")

    @property
    def policy(self) -> str:
        """The arm that is tuned."""
        return next(arm for arm in self.arms if arm != self.baseline)

    @property
    def quantities(self) -> tuple[Objective | Constraint, ...]:
        """Objectives, then constraints."""
        return (*self.objectives, *self.constraints)

    @property
    def indicators(self) -> tuple[str, ...]:
        """Every indicator that is needed, once."""
        return tuple(dict.fromkeys(quantity.indicator for quantity in self.quantities))
