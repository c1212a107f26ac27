"""The schema of factorial experiments: mechanisms on and off, in combination."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.cells import MOST_FACTORS, Cells, cells_of
from sim.config.schema.executor import Batch
from sim.config.schema.scenario import Name, ScenarioOrName, Seed
from sim.mechanisms import MechanismSpec
from sim.parameters import Appraisal, Strict
from sim.strict import Title

SHOWN = ("supporting_value_added", "supporting_capital", "supporting_real_income", "theil_between_zones")


class Factor(Strict):
    """Mechanisms that are switched on and off together."""

    title: Title = Field(default="", description="What it is, in words")
    mechanisms: tuple[MechanismSpec, ...] = Field(min_length=1, description="Instruments added to the scenario's")


class Factorial(Batch):
    """Effects, interactions and Shapley values of factors: sets of mechanisms, each on or off, in combination."""

    kind: Literal["factorial"] = "factorial"
    name: Name = Field(description="Name of the experiment and of its results folder")
    title: Title = Field(default="", description="What it is, in words")
    scenario: ScenarioOrName = Field(
        description="A scenario: bundled name, path, or inline; as it is, without any factor, it is the baseline"
    )
    factors: dict[Name, Factor] = Field(
        min_length=2, max_length=MOST_FACTORS, description="Sets of mechanisms by name, each on or off"
    )
    sizes: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        default=(1.0,),
        min_length=1,
        description="Multiples of the strength of every mechanism of the factors; the design is run at each [1]",
    )
    design: Literal["full", "fractional"] = Field(
        default="full",
        description="full: every combination of factors; fractional: a regular fraction of them, by its generators or "
        "its resolution",
    )
    resolution: Literal[3, 4, 5] | None = Field(
        default=None,
        description="fractional: the smallest fraction of at least this resolution, of minimum aberration; pairs of "
        "factors need 5",
    )
    generators: dict[Name, tuple[Name, ...]] = Field(
        default_factory=dict,
        description="fractional: a factor, and those whose product it is; it is on where an odd number of them is on",
    )
    replications: int = Field(default=8, ge=1, le=100_000, description="Seeds per arm, the same in all arms")
    seed: Seed = Field(default=1, description="Seed of the first replication")
    appraisal: Appraisal = Field(default=Appraisal(), description="How costs and benefits are valued")
    indicators: tuple[str, ...] = Field(
        default=SHOWN, min_length=1, description="Headline indicators that the terminal and the figure show"
    )

    @property
    def cells(self) -> Cells:
        """The arms: which factors are on, at which size."""
        return cells_of(self.model_dump(include={"factors", "sizes", "generators", "resolution"}))
