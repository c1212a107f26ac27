"""Investment promotion: a city offers itself to the savers and firms of other cities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.posts import Handle, Post
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.targets import Regions, Sectors, pick, sector_mask
from sim.policy.view import View
from sim.world.types import World

HOMES = ("beijing", "shanghai", "shenzhen")


@dataclass(kw_only=True)
class PromotionMemory(ProgrammeMemory):
    """Memory of a promotion: where it promotes, and refunds of the year."""

    homes: np.ndarray
    refunds: list[Post] = field(default_factory=list)


class InvestmentPromotion(Programme):
    """Promotes its targets among the savers and the firms of some homes, and may refund local taxes to some sectors.

    Savings are given, so that most of what a target gains is missing elsewhere. It hurts rivals of the targets, above
    all other recipients of these savings, and a target whose refunds exceed what its tax base gains.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"local_tax"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "grant_firms", "capital_return", "headquarters"})
    per_target: ClassVar[tuple[str, ...]] = (*Programme.per_target, "gain", "pull", "refund")

    kind: Literal["investment_promotion"] = "investment_promotion"
    targets: Regions = Field(default_factory=lambda: ["centre"], description="Selectors of cities that are promoted")
    homes: Regions = Field(default_factory=lambda: list(HOMES), description="Whose savers and firms are addressed")
    amount: float = setting(500.0, "million yuan/yr", 50, 5000, "assumption", "Cost of promotion in a year", ge=0)
    per_head: float = setting(
        20.0, "yuan per head and year", 5, 50, "assumption", "Steady spend that gives 63 % of the effect", gt=0
    )
    gain: float = setting(
        0.2, "log odds", 0, 0.6, "assumption: promotion doubles investment in poor countries at most, and adds none in "
        "rich ones (Harding & Javorcik 2011)", "Odds of the homes' savers for the target", ge=0, le=2,
    )  # fmt: skip
    pull: float = setting(
        0.5, "log odds", 0, 1, "assumption", "Odds that firms with headquarters in a home choose the target", ge=0, le=3
    )
    refund: float = setting(
        0.0, "1", 0, 0.5, "assumption",
        "Share of local taxes refunded to firms that promotion reaches, beyond the planned cost", ge=0, le=1,
    )  # fmt: skip
    sectors: Sectors = Field(default_factory=lambda: ["high_tech"], description="Sectors that get refunds")
    refund_years: int = setting(
        5, "year", 1, 10, "assumption", "Years from the start in which taxes are refunded", ge=1
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"homes": ["leading"], "refund": 0.3},)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> PromotionMemory:
        memory = super().prepare(world, accounts, start_year)
        return PromotionMemory(**vars(memory), homes=pick(world, f"{self.name}.homes", self.homes))

    @property
    def pool(self) -> str:
        """Programmes of the kind share their effect if they address the same homes."""
        return f"{self.kind}:{','.join(sorted(self.homes))}"

    def decide(self, view: View, act: Handle, memory: Any) -> None:
        memory.refunds = []
        super().decide(view, act, memory)

    def effect(self, view: View, act: Handle, memory: Any) -> None:
        chosen = sector_mask(view.world, f"{self.name}.sectors", self.sectors)
        for j, spec in zip(memory.targets, memory.specs, strict=True):
            depth, homes = memory.depth[j], memory.homes[memory.homes != j]
            act.shift("capital_return", spec.gain * depth, (homes, j))
            act.shift("headquarters", spec.pull * depth, (homes, j))
            refund = spec.refund * depth * view.local_tax[j, chosen].sum() / view.prices
            if refund > 0 and 0 <= view.year - memory.start < self.refund_years:
                payer = view.accounts.treasury[j]
                memory.refunds.append(act.grant_firms(payer, j, refund, f"refund:{self.name}", chosen))

    def settle(self, view: View, act: Handle, memory: Any) -> None:
        super().settle(view, act, memory)
        if self.strength > 0 and self.refund > 0:
            act.report("refunded", sum(post.paid for post in memory.refunds) / view.prices, "million yuan/yr")
