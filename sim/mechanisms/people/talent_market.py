"""Talent market: members share vacancies and job centres, so that moves between them cost less."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.posts import Handle
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.targets import Regions
from sim.policy.view import View

Group = Literal["workers", "talent"]
GROUPS: tuple[Group, ...] = ("workers", "talent")
COURSE = 0.02  # million yuan for a course that makes a worker talent (assumption)


class TalentMarket(Programme):
    """Members share vacancies, job centres and insurance records, which lowers the cost of moving between them.

    The gain of a pair follows the lesser depth of the two. A part of the money may pay for training.
    It hurts neighbours that are left out, and members from which more leave than arrive.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"people"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "moving_cost", "graduation"})

    kind: Literal["talent_market"] = "talent_market"
    targets: Regions = Field(default_factory=lambda: ["centre", "supporting"], description="Selectors of members")
    per_head: float = setting(
        20.0, "yuan per head and year", 5, 100, "assumption", "Steady spend that gives 63 % of the gain", gt=0
    )
    gain: float = setting(0.5, "log odds", 0, 1.5, "assumption", "Lower cost of moving between full members", ge=0)
    groups: list[Group] = Field(default_factory=lambda: list(GROUPS), description="Skill groups served")
    training: float = setting(0.0, "1", 0, 0.5, "assumption", "Share of the money that pays for training", ge=0, le=1)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"targets": ["guangzhou", "qingyuan", "shaoguan"], "amount": 300, "training": 0.2},)

    def effect(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        members = memory.targets
        depth = memory.depth[members]
        pair = self.gain * np.minimum(depth[:, None], depth[None, :])
        np.fill_diagonal(pair, 0.0)
        for group in self.groups:
            act.shift("moving_cost", pair, (GROUPS.index(group), *np.ix_(members, members)))
        if self.training > 0:
            usual = view.world.graduation_rate[members] * view.people[members, 0]
            courses = self.training * self.wear * memory.stock[members] / COURSE
            more = np.divide(courses, usual, out=np.zeros(len(members)), where=usual > 0)
            act.shift("graduation", np.log1p(more), (members,))
