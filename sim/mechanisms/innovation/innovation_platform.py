"""Innovation platform: laboratories and large facilities of the centre that serve the firms of targets."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.mechanisms.innovation.research import ResearchProgramme
from sim.parameters import setting
from sim.policy.posts import Handle
from sim.policy.targets import Sectors
from sim.policy.view import View

SERVED = ("manufacturing", "high_tech", "producer_services")


class InnovationPlatform(ResearchProgramme):
    """Pays for facilities of the partner that do research for it and, in part, for the firms of targets.

    Targets learn from the partner where it knows more, and use a share of the facilities' work. It hurts who pays: the
    partner gains most of the knowledge, and a target that does not lag behind it learns nothing.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"research", "deflator"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "knowledge_link", "research"})
    per_target: ClassVar[tuple[str, ...]] = (*ResearchProgramme.per_target, "gain")

    kind: Literal["innovation_platform"] = "innovation_platform"
    sectors: Sectors = Field(default_factory=lambda: list(SERVED), description="Sectors that it serves")
    amount: float = setting(2000.0, "million yuan/yr", 200, 20_000, "assumption", "Cost in a year", ge=0)
    per_head: float = setting(
        6.0, "yuan per head and year", 2, 20, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    open: float = setting(
        0.05, "1", 0, 0.3, "assumption", "Share of the facilities' yearly work that serves one target", ge=0, le=1
    )

    def effect(self, view: View, act: Handle, memory: Any) -> None:
        others = memory.targets != memory.partner
        j, sectors = memory.targets[others], self.served(view)
        gain = memory.each("gain")[others] * memory.depth[j]
        act.shift("knowledge_link", gain[:, None], np.ix_(sectors, j, [memory.partner]))
        self.add_research(view, act, memory, j, self.open)
        self.add_research(view, act, memory, np.array([memory.partner]), 1.0)
