"""What the tables and figures of an experiment show."""

from __future__ import annotations

from pydantic import Field

from sim.parameters import Strict


class Report(Strict):
    """What tables and figures show; no run depends on it."""

    regions: tuple[str, ...] = Field(
        default=(),
        description="Selectors of regions on which effects are evaluated: their union; in comparisons those that "
        "mechanisms target by default. 'targets' selects these",
    )
    indicators: tuple[str, ...] = Field(
        default=(), description="Indicators that terminal and report show, in this order; a fixed choice by default"
    )
