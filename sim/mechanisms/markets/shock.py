"""Shock: an event, no policy, for tests of how regions bear it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import Handle
from sim.policy.targets import Regions, Sectors, pick, sector_mask, trade_of
from sim.policy.view import View
from sim.world.types import World


class Shock(Mechanism):
    """Makes imports of some sectors dearer, or their firms less productive, for some years.

    It hurts those who buy the products; producers at home gain while imports are dear.
    """

    writes: ClassVar[frozenset[str]] = frozenset({"trade", "productivity"})
    cost: ClassVar[str] = "none: an event, not a policy"

    kind: Literal["shock"] = "shock"
    targets: Regions = Field(default_factory=lambda: ["all"], description="Selectors of regions that it hits")
    sectors: Sectors = Field(default_factory=lambda: ["energy"], description="Sectors that it hits")
    imports: float = setting(0.5, "log", 0, 2, "assumption", "Rise of the cost of imports from the world market", ge=0)
    productivity: float = setting(0.0, "log", 0, 0.5, "assumption", "Fall of the productivity of firms", ge=0)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"productivity": 0.1},)

    def planned_cost(self, world: World, years: int) -> float:
        return 0.0

    def decide(self, view: View, act: Handle, memory: Memory) -> None:
        now = self.now(view, memory)
        hit = pick(view.world, f"{self.name}.targets", self.targets)
        sectors = sector_mask(view.world, f"{self.name}.sectors", self.sectors)
        act.shift("trade", now * self.imports, trade_of(sectors, view.world.n_regions, hit))
        act.shift("productivity", -now * self.productivity, np.ix_(hit, sectors))
