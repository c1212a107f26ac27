"""How many replications: until differences are known to a width, or until the best arm is known."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.parameters import Strict


class InterimAnalyses(Strict):
    """When interim analyses take place: after the first replications, then at a fixed interval, up to a maximum."""

    indicator: str = Field(description="The indicator whose differences decide")
    start: int = Field(default=20, ge=2, le=100_000, description="Replications before the first interim analysis")
    step: int = Field(default=5, ge=1, le=100_000, description="Replications between interim analyses")
    most: int = Field(ge=2, le=100_000, description="Replications at which it ends in any case")

    @model_validator(mode="after")
    def _room(self) -> InterimAnalyses:
        if self.most < self.start:
            raise ValueError(f"most {self.most} is below start {self.start}; expected at least as many")
        return self


class Precision(InterimAnalyses):
    """Replications until the differences from the baseline are known to a width."""

    half_width: float | None = Field(
        default=None, gt=0, description="Half-width of the interval that is enough, in the indicator's unit"
    )
    relative: float | None = Field(
        default=None, gt=0, lt=1, description="Half-width that is enough, as a share of the mean difference [1]"
    )
    confidence: float = Field(default=0.95, ge=0.5, lt=1, description="Confidence of the interval [1]")
    arms: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="Arms whose intervals count; all but the baseline by default"
    )

    @model_validator(mode="after")
    def _one_width(self) -> Precision:
        if (self.half_width is None) == (self.relative is None):
            given = "neither half_width nor relative" if self.half_width is None else "both half_width and relative"
            raise ValueError(f"{given} given; expected exactly one of them")
        return self


class Selection(InterimAnalyses):
    """Replications until the best arm is known; arms that cannot be it any more get no further ones."""

    direction: Literal["highest", "lowest"] = Field(description="Which value of the indicator is best")
    indifference: float = Field(gt=0, description="Difference that is worth finding, in the indicator's unit")
    probability: float = Field(
        default=0.95, gt=0.5, lt=1, description="Least probability of finding the best, if it leads by that much [1]"
    )
