"""Programmes that sell products of their targets to chosen buyers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from sim.catalogue import GOODS
from sim.parameters import setting
from sim.policy.partner import PartnerProgramme
from sim.policy.posts import Handle
from sim.policy.programme import ProgrammeMemory
from sim.policy.targets import Markets, Sectors, pick_markets, sector_mask, trade_of
from sim.policy.view import View


class Sales(PartnerProgramme):
    """Base class of programmes that sell products of their targets to chosen buyers."""

    reads: ClassVar[frozenset[str]] = frozenset({"people_hours"})
    writes: ClassVar[frozenset[str]] = PartnerProgramme.writes | {"trade"}
    per_target: ClassVar[tuple[str, ...]] = (*PartnerProgramme.per_target, "gain")
    priced: ClassVar[bool] = False

    to: Markets = Field(default_factory=lambda: ["centre"], description="Selectors of buyers; world: the world market")
    sectors: Sectors = Field(default_factory=lambda: list(GOODS), description="Sectors whose products are sold")
    per_head: float = setting(
        2.0, "yuan per head and year", 0.5, 10, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    gain: float = setting(
        0.05, "log", 0.01, 0.15, "assumption", "Fall of the cost of what is delivered, at full effect", ge=0
    )
    reach: float | None = setting(
        None, "h", 1, 20, "assumption", "Travel time of people over which the effect falls by 63 %; without, none",
        gt=0,
    )  # fmt: skip

    @property
    def pool(self) -> str:
        """Programmes that sell the same products to the same buyers share their effect, whatever their kind."""
        return f"sales:{sorted(self.sectors)}:{sorted(self.to)}"

    def buyers(self, view: View) -> np.ndarray:
        """Return who buys, (b,) int; R is the world market."""
        return pick_markets(view.world, f"{self.name}.to", self.to)

    def reached(self, view: View, memory: ProgrammeMemory) -> np.ndarray:
        """Return the depth of sellers towards buyers, (k, b) in [0, 1]; at home it falls with travel time."""
        sellers, buyers = memory.targets, self.buyers(view)
        depth = memory.depth[sellers][:, None] * (sellers[:, None] != buyers)
        if self.reach is None:
            return depth
        hours = np.zeros((len(sellers), len(memory.size) + 1))
        hours[:, :-1] = view.people_hours[sellers]
        return depth * np.exp(-hours[:, buyers] / self.reach)

    def effect(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        sectors = sector_mask(view.world, f"{self.name}.sectors", self.sectors)
        cheaper = memory.each("gain")[:, None] * self.reached(view, memory)
        act.shift("trade", -cheaper, trade_of(sectors, memory.targets, self.buyers(view)))
