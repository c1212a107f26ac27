"""The schema of comparisons: named arms on one scenario."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from sim.config.schema.executor import Batch
from sim.config.schema.report import Report
from sim.config.schema.scenario import Name, ScenarioOrName, Seed
from sim.config.schema.stopping import Precision, Selection
from sim.mechanisms import MechanismSpec
from sim.parameters import Appraisal, Strict
from sim.strict import Title

VARIANTS = ("variants", "main_variant")  # keys of a comparison


class Arm(Strict):
    """One policy mix of a comparison: mechanisms added to the scenario, settings changed."""

    title: Title = Field(default="", description="What it is, in words")
    mechanisms: tuple[MechanismSpec, ...] = Field(default=(), description="Instruments added to the scenario's")
    set: dict[str, Any] = Field(default_factory=dict, description="Dotted keys of the scenario and their values")


class Variant(Strict):
    """Settings under which all arms are run."""

    title: Title = Field(default="", description="What it is, in words")
    set: dict[str, Any] = Field(default_factory=dict, description="Dotted keys of the scenario and their values")


class CommonBudget(Strict):
    """The public cost to which every arm but the baseline is scaled."""

    amount: float = Field(gt=0, description="Present value of the public cost over the run [million yuan]")
    discount: float | None = Field(
        default=None, ge=0, le=1, description="Discount rate; that of appraisal by default [1/yr]"
    )
    measure: Literal["gross", "net"] = Field(
        default="gross",
        description="The cost that is equal: gross, all public outlay; net, less returns and assets at the end. Net is "
        "refused where it is below a quarter of gross",
    )


class Comparison(Batch):
    """Named arms on one scenario, each with the same replications."""

    decisive: ClassVar[tuple[str, ...]] = ("variants",)

    kind: Literal["comparison"] = "comparison"
    name: Name = Field(description="Name of the comparison and of its results folder")
    title: Title = Field(default="", description="What it is, in words")
    question: str = Field(default="", description="The question that it answers, first on its page")
    scenario: ScenarioOrName = Field(description="A scenario: bundled name, path, or inline")
    arms: dict[Name, Arm] = Field(min_length=2, description="Policy mixes by name")
    baseline: str = Field(default="baseline", description="The arm with which the others are compared")
    variants: dict[Name, Variant] = Field(
        default_factory=dict,
        description="Settings under which all arms are run, each compared with the baseline under the same ones; arms "
        "under others than the main variant are named ARM.VARIANT",
    )
    main_variant: str = Field(default="", description="The variant whose arms keep their names; the first by default")
    replications: int = Field(
        default=8, ge=1, le=100_000, description="Seeds per arm; not used where precision or select decides how many"
    )
    precision: Precision | None = Field(
        default=None, description="Run further seeds until the differences from the baseline are precise enough"
    )
    select: Selection | None = Field(default=None, description="Run further seeds until the best arm is known")
    common_budget: CommonBudget | None = Field(default=None, description="Scale the arms to one public cost")
    appraisal: Appraisal = Field(default=Appraisal(), description="How costs and benefits are valued")
    report: Report = Field(default=Report(), description="What tables and figures show")
    seed: Seed = Field(default=1, description="Seed of the first replication")

    @model_validator(mode="before")
    @classmethod
    def _first_is_main(cls, given: Any) -> Any:
        """Name the main variant: stored configs keep no order of keys."""
        variants = given.get("variants") if isinstance(given, dict) else None
        return {"main_variant": next(iter(variants)), **given} if variants and isinstance(variants, dict) else given

    @model_serializer(mode="wrap")
    def _without_empty_variants(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the keys where there are no variants: such a comparison is that of versions before them."""
        data: dict[str, Any] = write(self)
        return data if data.get("variants") else {key: data[key] for key in data if key not in VARIANTS}

    def _summary(self) -> str:
        seeds = f"{self.seeds[0]} to {self.seeds[1]}" if self.precision or self.select else f"{self.replications}"
        variants = f", {len(self.variants)} variants" if self.variants else ""
        return f"{len(self.arms)} arms{variants}, {seeds} replications"

    @property
    def seeds(self) -> tuple[int, int]:
        """The least and the largest number of seeds an arm may get."""
        rule = self.precision or self.select
        return (rule.start, rule.most) if rule else (self.replications, self.replications)
