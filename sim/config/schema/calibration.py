"""The schema of calibrations: what is fitted, to what, and what is kept unseen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from sim.config.schema.executor import Batch
from sim.config.schema.scenario import Name, ScenarioOrName, Seed
from sim.parameters import Strict
from sim.strict import Title, Year

MOST = 15  # fitted parameters
# Moments that need no run.
BASE_YEAR = (
    "interprovincial_trade", "own_consumer_services", "goods_exports", "interprovincial_migrants", "five_year_moves",
    "birthplace_elasticity", "linked_investment",
)  # fmt: skip


class Bounds(Strict):
    """Where a parameter may lie; the range of the parameter table by default."""

    low: float | None = Field(default=None, description="Lowest value; of the parameter table by default")
    high: float | None = Field(default=None, description="Highest value; of the parameter table by default")
    also: tuple[str, ...] = Field(default=(), description="Other parameters that have the same value")

    @model_validator(mode="after")
    def _ordered(self) -> Bounds:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}; expected low < high")
        return self


class Target(Strict):
    """A figure in a later year, which the run shall come near: shares of a sum, or income per head."""

    figure: Literal["people", "talent", "value_added", "income"] = Field(
        description="Whose shares; or income, value added per head relative to the nation, in logs"
    )
    level: Literal["region", "province"] = Field(default="region", description="By region or by province")
    year: Year = Field(description="Year of the figures [year]")
    weight: float = Field(default=1.0, gt=0, description="Weight in the loss [1]")


class Moment(Strict):
    """One number of the run, or of its base year, that shall come near a value."""

    moment: Literal[
        "worker_moves", "talent_moves", "distance_elasticity", "firm_size_tail", "entry_rate", "exit_rate", "growth",
        "interprovincial_trade", "own_consumer_services", "goods_exports", "interprovincial_migrants",
        "five_year_moves", "birthplace_elasticity", "linked_investment",
    ] = Field(description="Mean over the years of the run, or a fact of its base year")  # fmt: skip
    value: float = Field(description="What it shall be")
    tolerance: float = Field(gt=0, description="Deviation that counts as much as an error as large as persistence's")
    weight: float = Field(default=1.0, gt=0, description="Weight in the loss [1]")

    @property
    def of_base_year(self) -> bool:
        """Whether it is a fact of the base year."""
        return self.moment in BASE_YEAR


class Calibration(Batch):
    """Fits parameters such that runs meet what happened after their base year; regions can be kept from the fit.

    A calibration to facts of the base year alone runs no simulation and starts in any base year of its world.
    """

    kind: Literal["calibration"] = "calibration"
    name: Name = Field(description="Name of the calibration and of its results folder")
    title: Title = Field(default="", description="What it is, in words")
    scenario: ScenarioOrName = Field(
        description="A scenario: bundled name, path, or inline; where there are targets it starts in a year from which "
        "the history of its world is known"
    )
    fit: dict[str, Bounds] = Field(min_length=1, max_length=MOST, description="Dotted parameters and their bounds")
    targets: tuple[Target, ...] = Field(default=(), description="Shares that runs shall come near")
    moments: tuple[Moment, ...] = Field(default=(), description="Numbers that runs shall come near")
    impose: Year | None = Field(
        default=None,
        description="Year in which people and value added of a run are set to the observed ones, so that only later "
        "changes are fitted; errors are then relative to persistence since this year [year]",
    )
    identify: tuple[str, ...] = Field(
        default=(),
        description="Parameters that are not fitted, but of which it is reported whether the targets identify them",
    )
    planted: dict[str, float] = Field(
        default={},
        description="Values of all fitted parameters with which the figures of later years are simulated, with errors "
        "like those of forecasts, instead of the observed ones: does the search find them?",
    )
    method: Literal["tpe", "least_squares"] = Field(
        default="tpe",
        description="Search: a tree-structured Parzen estimator, or least squares for facts of the base year",
    )
    holdout: float = Field(default=0.2, ge=0, lt=1, description="Share of regions that the fit never sees [1]")
    trials: int = Field(
        default=200, ge=1, le=100_000, description="Parameter sets to try; of least squares the most steps"
    )
    replications: int = Field(default=2, ge=1, le=1000, description="Seeds per parameter set")
    profile: int = Field(default=5, ge=0, le=101, description="Points of the profile of the loss per parameter")
    seed: Seed = Field(default=1, description="Seed of the search, of the holdout and of the first replication")

    @model_validator(mode="after")
    def _something(self) -> Calibration:
        if not self.targets and not self.moments:
            raise ValueError("neither targets nor moments; expected something to fit to")
        if self.planted and (set(self.planted) != set(self.fit) or not self.targets):
            raise ValueError("planted: expected targets, and a value for every parameter of 'fit', and no others")
        return self

    def with_tied(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return the values of fitted parameters with those of the parameters tied to them."""
        tied = {key: self.fit[key].also if key in self.fit else () for key in values}
        return {name: value for key, value in values.items() for name in (key, *tied[key])}

    @property
    def of_base_year(self) -> bool:
        """Whether only facts of the base year are fitted, so that nothing is simulated."""
        return not self.targets and all(moment.of_base_year for moment in self.moments)
