"""The schema of sensitivity analyses: which inputs move the outcomes, and how much."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim import samples as cube
from sim.config.schema.inputs import Inputs
from sim.config.schema.varied import Varied


class Sensitivity(Varied):
    """How much each input moves the outcomes over its range: of a scenario, or of the differences between arms."""

    kind: Literal["sensitivity"] = "sensitivity"
    inputs: Inputs = Field(
        min_length=1,
        description="Dotted keys with from and to, a list of values, or {} for the range of the parameter table; or a "
        "list of keys; a section such as parameters.migration means all its numbers",
    )
    method: Literal[cube.METHODS] = Field(  # type: ignore[valid-type]
        description="morris: screening, a few runs per input; sobol: shares of the variance, a thousand runs per input "
        "and more; pawn: shifts of the whole distribution, from random points"
    )
    samples: int = Field(
        ge=1, le=1_000_000, description="morris: trajectories; sobol: blocks, a power of two; pawn: points"
    )
    second_order: bool = Field(default=False, description="sobol: pairs of inputs too, for twice the runs")
    replications: int = Field(default=2, ge=1, le=100_000, description="Seeds per point and arm; outcomes are means")
