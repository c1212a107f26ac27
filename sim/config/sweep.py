"""The schema of sweeps: keys of a scenario varied over lists and grids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_serializer, model_validator

from sim.config.design import DESIGNS
from sim.config.problems import validate
from sim.config.schema import Arm, Name, ScenarioOrName, Seed
from sim.parameters import Strict

if TYPE_CHECKING:
    from sim.config.points import Layout

_DIGITS = 12  # 0.1 + 0.2 is told, stored and found again as 0.3
INDICATORS = ("supporting_value_added", "supporting_capital", "supporting_real_income", "theil_between_zones")


class Grid(Strict):
    """Values at equal steps, or at equal ratios on a log scale."""

    low: float = Field(alias="from", description="First value")
    high: float = Field(alias="to", description="Last value")
    steps: int = Field(ge=2, le=10_000, description="Number of values")
    scale: Literal["linear", "log"] = Field(default="linear", description="Equal steps or equal ratios")

    @model_validator(mode="after")
    def _ordered(self) -> Grid:
        if self.low >= self.high:
            raise ValueError(f"from {self.low:g} is not below to {self.high:g}; expected from < to")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"from {self.low:g} has no logarithm; expected more than 0 on a log scale")
        return self

    @model_serializer
    def _written(self) -> dict[str, Any]:
        return {"from": self.low, "to": self.high, "steps": self.steps, "scale": self.scale}

    def values(self) -> tuple[int | float, ...]:
        """Return the values, whole ones as whole numbers.

        Examples
        --------
        >>> Grid.model_validate({"from": 0, "to": 1, "steps": 3}).values()
        (0, 0.5, 1)
        """
        spaced = np.geomspace if self.scale == "log" else np.linspace
        return tuple(_plain(float(f"{v:.{_DIGITS}g}")) for v in spaced(self.low, self.high, self.steps))


def _plain(value: Any) -> Any:
    """Return a whole number as one, so that 1 and 1.0 are the same value and fit keys that count."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _axis(given: Any) -> Any:
    """Turn a list or the keys of a grid into the one or the other, telling what is wrong in one sentence."""
    if isinstance(given, Grid):
        return given
    if isinstance(given, (list, tuple)):
        if not given:
            raise ValueError("has no value; expected at least one")
        return tuple(_plain(value) for value in given)
    if not isinstance(given, Mapping):
        raise ValueError(f"{given!r} is the wrong type; expected a list of values, or from, to and steps")
    grid, faults = validate(Grid, dict(given))
    if grid is None:
        raise ValueError("; ".join(fault.sentence for fault in faults))
    return grid


Axis = Annotated[tuple[Any, ...] | Grid, BeforeValidator(_axis, json_schema_input_type=list[Any] | Grid)]


class Sweep(Strict):
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
        return {key: axis.values() if isinstance(axis, Grid) else axis for key, axis in self.vary.items()}

    def layout(self) -> Layout:
        """Return the points and the scenario of every arm at each.

        Raises
        ------
        UserError
            If a key or value does not fit.
        """
        from sim.config.points import layout  # that module needs this one first

        return layout(self)
