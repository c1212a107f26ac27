"""Industrial upgrading: consultants, digital equipment and subsidies for the firms of targets."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.funding import Bill
from sim.policy.partner import PartnerMemory, PartnerProgramme
from sim.policy.posts import Handle, Post
from sim.policy.targets import Sectors, sector_mask
from sim.policy.view import View, talent_ratio
from sim.world.types import World


class IndustrialUpgrading(PartnerProgramme):
    """Upgrades firms of some sectors in its targets, by consultants from the partner and by subsidies.

    Firms need talent to take it up: where there is less than in the nation, fewer do. It hurts the same sectors of
    other regions, and the services of a target that pays for more than its firms take up.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"people", "value_added"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "grant_firms", "productivity"})
    per_target: ClassVar[tuple[str, ...]] = (*PartnerProgramme.per_target, "gain", "cluster")

    kind: Literal["industrial_upgrading"] = "industrial_upgrading"
    sectors: Sectors = Field(
        default_factory=lambda: ["manufacturing", "high_tech"], description="Sectors that are upgraded"
    )
    amount: float = setting(5000.0, "million yuan/yr", 200, 20_000, "assumption", "Cost in a year", ge=0)
    per: Literal["value_added"] = Field("value_added", description="By what money is shared and depth measured")
    per_head: float = setting(
        1.2, "yuan per 1000 yuan and year", 0.4, 4, "assumption",
        "Steady spend, for value added of the sectors, that gives 63 % of the effect", gt=0,
    )  # fmt: skip
    gain: float = setting(
        0.05, "log", 0.02, 0.15, "a third of the 17 % of Bloom et al. 2013",
        "Productivity where all firms have upgraded", ge=0, le=1,
    )  # fmt: skip
    grant_share: float = setting(
        0.5, "1", 0, 1, "assumption", "Share of the money that firms receive; the rest buys consultants", ge=0, le=1
    )
    cluster: float = setting(
        0.0, "log", 0, 0.05, "assumption", "Productivity per log of the location quotient, where that is above 1", ge=0
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"cluster": 0.02, "funding": {"nation": 0.5, "host": 0.5}},)

    @property
    def pool(self) -> str:
        """Programmes of the kind share their effect if they upgrade the same sectors; the partner does not matter."""
        return f"{self.kind}:{','.join(sorted(self.sectors))}"

    def _chosen(self, world: World) -> np.ndarray:
        return sector_mask(world, f"{self.name}.sectors", self.sectors)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> PartnerMemory:
        memory = super().prepare(world, accounts, start_year)
        memory.size = world.value_added[:, self._chosen(world)].sum(axis=1).astype(float)
        return memory

    def spend(self, view: View, act: Handle, memory: Any, bill: Bill) -> list[Post]:
        advice = super().spend(view, act, memory, bill._replace(amount=(1.0 - self.grant_share) * bill.amount))
        grants = self.grant_share * bill.amount
        return [*advice, act.grant_firms(bill.payer, bill.region, grants, self.purpose, self._chosen(view.world))]

    def effect(self, view: View, act: Handle, memory: Any) -> None:
        j, chosen = memory.targets, np.flatnonzero(self._chosen(view.world))
        share, added = memory.depth[j] * np.minimum(1.0, talent_ratio(view)[j]), view.value_added
        act.shift("productivity", (share * memory.each("gain"))[:, None], np.ix_(j, chosen))
        quotient = (added / added.sum(axis=1, keepdims=True))[j] / (added.sum(axis=0) / added.sum())
        fit = np.log(np.maximum(1.0, quotient[:, chosen]))
        act.shift("productivity", (memory.depth[j] * memory.each("cluster"))[:, None] * fit, np.ix_(j, chosen))
