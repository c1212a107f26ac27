"""What every kind of many points has: one scenario or several arms, keys that vary, points, seeds, indicators."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from sim.config.design.grids import Point
from sim.config.schema.axes import Axis
from sim.config.schema.executor import Batch
from sim.config.schema.scenario import Arm, Name, Scenario, ScenarioOrName, Seed
from sim.config.text.marks import Key
from sim.config.text.problems import Problem

if TYPE_CHECKING:
    from sim.config.design.layout import Layout

INDICATORS = ("supporting_value_added", "supporting_capital", "supporting_real_income", "theil_between_zones")


@dataclass(frozen=True)
class Asked:
    """What a kind asks for: the one seam between a kind of many points and the layout of its runs.

    Attributes
    ----------
    arms : dict of str to Scenario
        Before a point changes them.
    axes : dict of str to tuple or Range
        Where each varied key may lie.
    places : dict of str to tuple
        Where in the config the axis of a key stands.
    points : list of dict
        Values by key.
    """

    arms: dict[str, Scenario]
    axes: dict[str, Axis]
    places: dict[str, Key]
    points: list[Point]


class Varied(Batch):
    """Many points of one scenario, or of the arms of a comparison."""

    name: Name = Field(description="Name of the experiment and of its results folder")
    title: str = Field(default="", description="What it is, in words")
    scenario: ScenarioOrName = Field(description="A scenario: bundled name, path, or written out here")
    arms: dict[Name, Arm] = Field(
        default_factory=dict, description="Policy mixes by name; without them the scenario is the one arm"
    )
    baseline: str = Field(default="baseline", description="The arm with which the others are compared at each point")
    replications: int = Field(default=8, ge=1, le=100_000, description="Seeds per point and arm")
    seed: Seed = Field(default=1, description="Seed of samples and of the first replication, the same at every point")
    indicators: tuple[str, ...] = Field(
        default=INDICATORS, min_length=1, description="What the summary and the figures show"
    )

    @abstractmethod
    def asked(self) -> tuple[Asked | None, list[Problem]]:
        """Return arms, keys and points, or None and what is wrong with them."""

    def own_arms(self) -> tuple[dict[str, Scenario], list[Problem]]:
        """Return the scenario of every arm as written, and what is wrong with the arms."""
        from sim.config.design.arms import build  # that module needs this one first

        if self.arms:
            return build(self)
        return {self.scenario.name: self.scenario.model_copy(update={"seed": self.seed})}, []

    def layout(self) -> Layout:
        """Return the points and the scenario of every arm at each.

        Raises
        ------
        UserError
            If a key or value does not fit.
        """
        from sim.config.design.layout import layout  # that module needs this one first

        return layout(self)
