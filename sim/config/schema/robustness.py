"""The schema of robustness analyses: policies that we choose against futures that we do not."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from sim import samples as cube
from sim.config.schema.axes import Axis
from sim.config.schema.comparison import Arm
from sim.config.schema.inputs import Inputs
from sim.config.schema.report import Report
from sim.config.schema.scenario import Name
from sim.config.schema.varied import Varied
from sim.parameters import Strict


class Threshold(Strict):
    """What is good enough: a lowest or a highest value."""

    least: float | None = Field(default=None, description="Lowest value that is good enough")
    most: float | None = Field(default=None, description="Highest value that is good enough")
    of: Literal["level", "difference"] = Field(
        default="level", description="Of the outcome itself, or of its difference from the baseline in the same future"
    )

    @model_validator(mode="after")
    def _one_end(self) -> Threshold:
        if (self.least is None) == (self.most is None):
            raise ValueError("needs one end; expected least: VALUE or most: VALUE")
        return self


class Robustness(Varied):
    """Policies (arms, crossed with levers) in many futures (samples of uncertainties)."""

    kind: Literal["robustness"] = "robustness"
    arms: dict[Name, Arm] = Field(min_length=2, description="Policies by name")
    levers: dict[str, Axis] = Field(
        default_factory=dict, description="What policy chooses: dotted keys and their values; every combination, by arm"
    )
    uncertainties: Inputs = Field(
        min_length=1,
        description="What is uncertain: dotted keys with from and to, a list, or {} for the range of the parameter "
        "table; or a list of keys; a section such as parameters.migration means all its numbers",
    )
    constants: dict[str, Any] = Field(default_factory=dict, description="Dotted keys that are the same everywhere")
    design: Literal[tuple(cube.SPACE_FILLING)] = Field(  # type: ignore[valid-type]
        default="sobol", description="How futures are drawn: sobol (a power of two of them), latin_hypercube or random"
    )
    samples: int = Field(ge=1, le=1_000_000, description="Futures")
    thresholds: dict[str, Threshold] = Field(
        default_factory=dict, description="Indicators and what is good enough: least or most"
    )
    replications: int = Field(default=4, ge=1, le=100_000, description="Seeds per future and policy")
    report: Report = Field(default=Report(), description="What tables and figures show")
