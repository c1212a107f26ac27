"""Joint laboratory: cities of innovation that do research together and learn from one another."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.mechanisms.innovation.research import ResearchProgramme
from sim.parameters import setting
from sim.policy.partner import pair_depth, partners
from sim.policy.posts import Handle
from sim.policy.targets import Regions
from sim.policy.view import View


class JointLab(ResearchProgramme):
    """Pays for laboratories that the targets and their partner share.

    Each member learns from every member that knows more, and uses a share of the joint work. It hurts the member that
    leads and pays: it gives and gets little. Firms elsewhere lose markets to the members.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"research", "deflator"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "knowledge_link", "research"})

    kind: Literal["joint_lab"] = "joint_lab"
    targets: Regions = Field(default_factory=lambda: ["leading"], description="Selectors of cities that share it")
    amount: float = setting(600.0, "million yuan/yr", 100, 5000, "assumption", "Cost in a year", ge=0)
    per_head: float = setting(
        6.0, "yuan per head and year", 2, 20, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    gain: float = setting(
        0.1, "1", 0, 0.5, "assumption", "Weight of a link, where all ordinary contacts together weigh 1", ge=0, le=3
    )
    share: float = setting(
        0.5, "1", 0, 1, "assumption", "Part of the joint work that each member can use; 1 is a public good", ge=0, le=1
    )
    at_partner: float = setting(
        0.5, "1", 0, 1, "assumption", "Share of the purchases made in the partner's city; the rest in the targets",
        ge=0, le=1,
    )  # fmt: skip

    def effect(self, view: View, act: Handle, memory: Any) -> None:
        members = partners(memory)
        link = self.gain * pair_depth(memory, members)
        act.shift("knowledge_link", link, np.ix_(self.served(view), members, members))
        self.add_research(view, act, memory, members, self.share)
