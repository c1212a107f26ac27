"""Configs of kind `estimation`: an observed table, a gravity form, the parameters that its estimates give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.config.schema.experiment import Experiment
from sim.config.text.problems import Problem
from sim.parameters import Strict
from sim.strict import Title

# Parameters that a distance coefficient gives, with what their kernel adds to hours before the logarithm [h].
DISTANCE: dict[str, float] = {
    "migration.distance_cost": 1.0,
    "capital.distance_elasticity": 1.0,
    "industry.distance_cost": 1.0,
    "industry.headquarters_cost": 1.0,
    "production.distance_elasticity": 0.0,
    "production.services_distance_elasticity": 0.0,
}
# Parameters that the coefficient of flows within a region gives: its log odds over flows between regions.
WITHIN = ("capital.home_bias", "migration.talent_moving_cost", "migration.worker_moving_cost")
TARGETS = (*DISTANCE, *WITHIN)

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]


class Distance(Strict):
    """Distance between two locations, and how flows decay with it."""

    column: str = Field(default="", description="Column with km or hours; empty: great-circle km")
    unit: Literal["km", "h"] = Field(default="km", description="Unit of the column")
    plus: float = Field(default=0.0, ge=0, description="Added before the logarithm; 1 with hours, as the kernels do")
    decay: Literal["power", "exponential"] = Field(default="power", description="Fall with log distance or distance")


class Estimation(Experiment):
    """A gravity model of an observed table of flows."""

    kind: Literal["estimation"] = "estimation"
    name: Name = Field(description="Name of the estimation and of its results folder")
    title: Title = Field(default="", description="What it is, in words")
    table: str = Field(description="A CSV file with a row for each pair of locations, or the name of a bundled table")
    places: str = Field(
        default="", description="A CSV file with a row for each location (column place), or a bundled one"
    )
    source: str = Field(default="", description="Where the table comes from; bundled tables know theirs")
    origin: str = Field(default="origin", description="Column of the location that flows leave")
    destination: str = Field(default="destination", description="Column of the location that flows reach")
    flow: str = Field(default="flow", description="Column of the flow, at least 0")
    distance: Distance = Field(default_factory=Distance, description="Distance and its decay")
    form: Literal["unconstrained", "origin", "destination", "doubly"] = Field(
        default="unconstrained", description="Which totals are met exactly, by an effect for each origin, destination"
    )
    terms: tuple[str, ...] = Field(
        default=(),
        description="Regressors: X, or origin.X, destination.X of the table places; 'log X' takes logs",
    )
    within: Literal["leave_out", "dummy"] = Field(
        default="leave_out", description="Rows from a location to itself: left out, or with a separate coefficient"
    )
    errors: Literal["hc3", "hc1"] = Field(
        default="hc3",
        description="Robust standard errors: with leverage (tables of dozens of locations), or without",
    )
    parameters: dict[str, Literal["distance", "within"]] = Field(
        default_factory=dict, description="Parameters of scenarios by the estimate that gives them"
    )

    def _problems(self) -> list[Problem]:
        """Return none: its tables are files, which are looked for when it is run."""
        return []
