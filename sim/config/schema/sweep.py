"""The schema of sweeps: keys of a scenario varied over lists, grids and samples."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.config.schema.axes import Axis
from sim.config.schema.report import Report
from sim.config.schema.varied import Varied
from sim.samples import SPACE_FILLING

# Designs given by values, and sampled designs.
DESIGNS = ("grid", "list", *SPACE_FILLING)
DESIGN_TEXT = (
    "grid: every combination of the values; list: the i-th values belong together; random, latin_hypercube, sobol: "
    "samples of the ranges and lists (more samples of random and of sobol keep the earlier points)"
)


class Sweep(Varied):
    """One scenario, or the arms of a comparison, at many points: keys varied over lists, grids and samples."""

    kind: Literal["sweep"] = "sweep"
    vary: dict[str, Axis] = Field(
        min_length=1, description="Dotted keys of the scenario, or mechanisms.NAME.KEY of an arm's, and their values"
    )
    design: Literal[DESIGNS] = Field(default="grid", description=DESIGN_TEXT)  # type: ignore[valid-type]
    samples: int | None = Field(default=None, ge=1, le=1_000_000, description="Points of a design that samples")
    report: Report = Field(default=Report(), description="What tables and figures show")
