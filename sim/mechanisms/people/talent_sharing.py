"""Talent sharing: talent of the sponsor works in targets for part of its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.funding import bill_each
from sim.policy.mechanism import Mechanism, Memory, planned_wage
from sim.policy.posts import Handle
from sim.policy.targets import Region, Regions, pick, pick_one
from sim.policy.view import View
from sim.world.types import World

MOST_AWAY = 0.5  # share of the sponsor's talent that can be absent


@dataclass(kw_only=True)
class TalentMemory(Memory):
    """Who lends and receives, and the person-years that were paid last year, (R,)."""

    sponsor: int
    targets: np.ndarray
    specs: list[Any]
    paid: np.ndarray
    visits: np.ndarray  # regions visited, by payment of the year
    wage: float  # paid for a year of work, million base-year yuan


def talent_share(view: View) -> np.ndarray:
    """Return talent's share in labour cost, (R,), as firms choose it this year (docs/model.md, 9.25)."""
    p, first = view.parameters.production, view.world.people
    nation, before = view.people.sum(axis=0), first.sum(axis=0)
    rise = (nation[1] / nation[0]) / (before[1] / before[0])
    odds = p.skill_premium * first[:, 1] / first[:, 0] * rise**p.skill_bias
    return odds / (1.0 + odds)


class TalentSharing(Mechanism):
    """Talent of the sponsor visits targets to work there, paid by public budgets with a premium, and goes home.

    Travel takes part of a visit, so targets that are far receive little. Work there adds to the target's talent, and
    work during normal hours is missing at home. Contacts link the target to the sponsor's knowledge.
    It hurts the sponsor, and the nation where the way is long: wages are higher where the visitors come from.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"people", "wage", "people_hours", "deflator"})
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "productivity", "knowledge_link"})
    per_target: ClassVar[tuple[str, ...]] = ("strength", "funding", "delivery", "start", "end")
    realised: ClassVar[tuple[Realised, ...]] = (
        Realised("the money planned was paid", "spent", of=("spent", "shortfall")),
    )

    kind: Literal["talent_sharing"] = "talent_sharing"
    sponsor: Region = Field("centre", description="The region whose talent visits")
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of regions visited")
    persons: float = setting(10_000.0, "person-years/yr", 1000, 100_000, "assumption", "Work over all targets", ge=0)
    visit_hours: float = setting(
        40.0, "h", 8, 160, "a working week: assumption", "Time of a visit, travel included", gt=0
    )
    off_hours: float = setting(0.5, "1", 0, 1, "assumption", "Share of visits outside working hours", ge=0, le=1)
    stipend: float = setting(0.3, "1", 0, 1, "assumption", "Premium on the wage at home", ge=0)
    link: float = setting(
        0.1, "1", 0, 0.3, "assumption; small, as envoys perform poorly in most provinces",
        "Largest weight of the link to the sponsor, where all ordinary contacts together weigh 1", ge=0, le=3,
    )  # fmt: skip
    half: float = setting(
        0.01, "1", 0.002, 0.05, "assumption", "Visitors over talent at which the link has 63 % of its weight", gt=0
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"targets": ["qingyuan", "shaoguan"], "persons": 2000, "funding": {"centre": 0.5, "host": 0.5}},)

    def planned_cost(self, world: World, years: int) -> float:
        home = pick_one(world, f"{self.name}.sponsor", self.sponsor)
        wage = planned_wage(world, home)
        paid = self.strength * self.delivery * self.persons * self.active_years(world, years) * wage
        return paid * (1.0 + self.stipend) * (1.0 + self.funding.attracted)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> TalentMemory:
        sponsor = pick_one(world, f"{self.name}.sponsor", self.sponsor)
        targets = pick(world, f"{self.name}.targets", self.targets)
        targets = targets[targets != sponsor]
        specs = [self.at(world, int(j)) for j in targets]
        return TalentMemory(
            start=self.begin(start_year), sponsor=sponsor, targets=targets, specs=specs,
            paid=np.zeros(world.n_regions), visits=np.zeros(0, dtype=int), wage=1.0,
        )  # fmt: skip

    def decide(self, view: View, act: Handle, memory: TalentMemory) -> None:
        memory.posts = []
        c, targets = memory.sponsor, memory.targets
        work = np.maximum(0.0, 1.0 - 2.0 * view.people_hours[c, targets] / self.visit_hours)
        weight = work * view.people[targets].sum(axis=1)
        wage = float(view.wage[c, 1]) / view.deflator * (1.0 + self.stipend)
        home = view.accounts.households[c]
        persons = self.sizes(view, memory, memory.specs) * self.persons * (weight / max(weight.sum(), 1e-300))
        bill = bill_each(view, targets, persons * wage, [spec.funding for spec in memory.specs])
        memory.visits, memory.wage = bill.region, wage
        if len(bill.amount):
            memory.posts = [act.transfer(bill.payer, home, bill.amount, f"visits:{self.name}")]
        if memory.paid.any():
            self._effect(view, act, memory, work * memory.paid[targets])

    def _effect(self, view: View, act: Handle, memory: TalentMemory, work: np.ndarray) -> None:
        """Post what last year's visitors do: ``work`` (k,) person-years without travel."""
        c, targets, eta = memory.sponsor, memory.targets, talent_share(view)
        more = work / view.people[targets, 1]
        act.shift("productivity", (eta[targets] * np.log1p(more))[:, None], (targets, slice(None)))
        away = min(MOST_AWAY, (1.0 - self.off_hours) * memory.paid.sum() / view.people[c, 1])
        act.shift("productivity", eta[c] * np.log1p(-away), (c, slice(None)))
        act.shift("knowledge_link", -self.link * np.expm1(-more / self.half), (slice(None), targets, c))

    def settle(self, view: View, act: Handle, memory: TalentMemory) -> None:
        memory.paid = np.zeros_like(memory.paid)
        for post in memory.posts:
            np.add.at(memory.paid, memory.visits, post.granted / view.prices / memory.wage)
        if self.strength > 0:
            act.report("spent", memory.granted(view.prices), "million yuan/yr")
            act.report("shortfall", memory.shortfall(view.prices), "million yuan/yr")
            act.report("visitors", float(memory.paid.sum()), "persons")
