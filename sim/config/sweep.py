"""The schema of sweeps: keys of a scenario varied over lists and grids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from sim.config.design import DESIGNS
from sim.config.machine import Batch
from sim.config.ranges import Axis, Range
from sim.config.schema import Arm, Name, ScenarioOrName, Seed

if TYPE_CHECKING:
    from sim.config.points import Layout

INDICATORS = ("supporting_value_added", "supporting_capital", "supporting_real_income", "theil_between_zones")


class Sweep(Batch):
    """One scenario, or the arms of a comparison, at many points: keys varied over lists and grids."""

    kind: Literal["sweep"] = "sweep"
    name: Name = Field(description="Name of the sweep and of its results folder")
    title: str = Field(default="", description="What it is, in words")
    scenario: ScenarioOrName = Field(description="A scenario: bundled name, path, or written out here")
    arms: dict[Name, Arm] = Field(
        default_factory=dict, description="Policy mixes by name; without them the scenario is the one arm"
    )
    baseline: str = Field(default="baseline", description="The arm with which the others are compared at each point")
    vary: dict[str, Axis] = Field(
        min_length=1, description="Dotted keys of the scenario, or mechanisms.NAME.KEY of an arm's, and their values"
    )
    design: Literal[tuple(DESIGNS)] = Field(  # type: ignore[valid-type]
        default="grid", description="grid: every combination of the values; list: the i-th values belong together"
    )
    replications: int = Field(default=8, ge=1, le=100_000, description="Seeds per point and arm")
    seed: Seed = Field(default=1, description="Seed of the first replication, the same at every point")
    indicators: tuple[str, ...] = Field(
        default=INDICATORS, min_length=1, description="What the summary and the figures show"
    )

    def values(self) -> dict[str, tuple[Any, ...]]:
        """Return the values of every varied key, in the order written."""
        return {key: axis.values() if isinstance(axis, Range) else axis for key, axis in self.vary.items()}

    def layout(self) -> Layout:
        """Return the points and the scenario of every arm at each.

        Raises
        ------
        UserError
            If a key or value does not fit.
        """
        from sim.config.points import layout  # that module needs this one first

        return layout(self)
