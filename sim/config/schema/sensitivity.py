"""The schema of sensitivity analyses: which inputs move the outcomes, and how much."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim import samples as cube
from sim.config.design.grids import at_places, bad_samples
from sim.config.schema.inputs import Inputs, opened
from sim.config.schema.varied import Asked, Varied
from sim.config.text.problems import Problem

FEWEST = {"morris": 2, "sobol": 2, "pawn": 50}


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

    def asked(self) -> tuple[Asked | None, list[Problem]]:
        """Return arms, inputs and the points of the method; see `Varied.asked`."""
        arms, problems = self.own_arms()
        axes, places, faults = opened(self.inputs, "inputs")
        problems += faults + self._faults()
        if problems:
            return None, problems
        unit = cube.asked(self.method, self.samples, len(axes), self.seed, self.second_order)
        return Asked(arms, axes, places, at_places(axes, unit)), []

    def _faults(self) -> list[Problem]:
        problems = []
        fault = bad_samples("sobol", self.samples) if self.method == "sobol" else None
        if fault:
            problems.append(fault)
        elif self.samples < FEWEST[self.method]:
            text = f"{self.samples} is too few for {self.method}; expected at least {FEWEST[self.method]}"
            problems.append(Problem(("samples",), text))
        if self.second_order and self.method != "sobol":
            text = f"{self.method} knows no pairs of inputs; expected method: sobol, or second_order: false"
            problems.append(Problem(("second_order",), text))
        return problems
