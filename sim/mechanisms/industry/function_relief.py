"""Relief of functions: industry that is not to stay in a city is directed to receivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.posts import Adds, Handle
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.targets import Region, Sectors, pick_one, sector_mask
from sim.policy.view import View
from sim.world.types import World


@dataclass(kw_only=True)
class ReliefMemory(ProgrammeMemory):
    """Memory of a relief of functions: where from."""

    source: int


class FunctionRelief(Programme):
    """Refuses new investment of some sectors in the source, draws it to receivers, and pays for services there.

    Firms are less likely to choose the source, and land is freed for housing there. It hurts the source, which loses
    output and revenue, and the nation, whose investment goes to less productive cells; emissions move and do not fall.
    """

    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "investment", "site_attraction", "housing"})
    per_target: ClassVar[tuple[str, ...]] = (*Programme.per_target, "gain")
    adds: ClassVar[Adds | None] = "services"

    kind: Literal["function_relief"] = "function_relief"
    source: Region = Field("centre", description="City that is relieved")
    sectors: Sectors = Field(default_factory=lambda: ["manufacturing", "energy"], description="Sectors that leave")
    amount: float = setting(
        2000.0, "million yuan/yr", 200, 20_000, "assumption", "Money a year for services of the receivers", ge=0
    )
    per_head: float = setting(
        100.0, "yuan per head and year", 30, 300, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    gain: float = setting(
        0.1, "log", 0, 0.3, "assumption", "Fall of the mass of the source for new investment, and rise of receivers'",
        ge=0, le=0.3,
    )  # fmt: skip
    push: float = setting(1.0, "log odds", 0, 2, "assumption", "Fall of the odds that a firm chooses the source", ge=0)
    freed: float = setting(0.05, "log", 0, 0.2, "assumption", "Land freed for housing in the source", ge=0)

    @property
    def pool(self) -> str:
        """Programmes of the kind share their effect if they relieve the same source of the same sectors."""
        return f"{self.kind}:{self.source}:{','.join(sorted(self.sectors))}"

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> ReliefMemory:
        memory = super().prepare(world, accounts, start_year)
        return ReliefMemory(**vars(memory), source=pick_one(world, f"{self.name}.source", self.source))

    def effect(self, view: View, act: Handle, memory: Any) -> None:
        chosen = np.flatnonzero(sector_mask(view.world, f"{self.name}.sectors", self.sectors))
        others, source = memory.targets != memory.source, memory.source
        j, specs = memory.targets[others], [spec for spec, other in zip(memory.specs, others, strict=True) if other]
        ready = float(np.average(memory.depth[j], weights=memory.size[j])) if len(j) else 0.0
        gain = np.array([spec.gain for spec in specs]) * memory.depth[j]
        act.shift("investment", gain[:, None], np.ix_(j, chosen))
        act.shift("investment", -self.gain * ready, (source, chosen))
        act.shift("site_attraction", -self.push * ready, (source, chosen))
        act.shift("housing", self.freed * ready, source)
