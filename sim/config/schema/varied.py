"""What every kind of many points has: one scenario or several arms, keys that vary, points, seeds, indicators."""

from __future__ import annotations

from pydantic import Field

from sim.config.schema.comparison import Arm
from sim.config.schema.executor import Batch
from sim.config.schema.scenario import Name, ScenarioOrName, Seed
from sim.parameters import Appraisal
from sim.strict import Title

INDICATORS = ("supporting_value_added", "supporting_capital", "supporting_real_income", "theil_between_zones")


class Varied(Batch):
    """Many points of one scenario, or of the arms of a comparison."""

    name: Name = Field(description="Name of the experiment and of its results folder")
    title: Title = Field(default="", description="What it is, in words")
    scenario: ScenarioOrName = Field(description="A scenario: bundled name, path, or inline")
    arms: dict[Name, Arm] = Field(
        default_factory=dict, description="Policy mixes by name; without them the scenario is the one arm"
    )
    baseline: str = Field(default="baseline", description="The arm with which the others are compared at each point")
    replications: int = Field(default=8, ge=1, le=100_000, description="Seeds per point and arm")
    seed: Seed = Field(default=1, description="Seed of samples and of the first replication, the same at every point")
    appraisal: Appraisal = Field(default=Appraisal(), description="How costs and benefits are valued")
    indicators: tuple[str, ...] = Field(
        default=INDICATORS, min_length=1, description="What the summary and the figures show"
    )
