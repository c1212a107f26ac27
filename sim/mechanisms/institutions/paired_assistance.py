"""Paired assistance: each donor city helps the regions assigned to it with money, works, services and purchases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from sim.parameters import SHARE, Strict, setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import Adds, Basket, Handle, Post
from sim.policy.targets import Region, pick, pick_one
from sim.policy.view import View
from sim.world.types import World

# What is bought with each part of the aid that is not paid as money.
BOUGHT: dict[str, tuple[Adds | None, Basket]] = {
    "works": ("infrastructure", "investment"), "services": ("services", "services"), "market": (None, "services"),
}  # fmt: skip
# Revenue of a treasury over value added, for plans of cost only (computed in the base year).
REVENUE = 0.25


class Division(Strict):
    """Division of the aid, 1 in sum."""

    money: float = setting(0.3, "1", 0, 1, "assumption", "Paid to the treasury", ge=SHARE[0], le=SHARE[1])
    works: float = setting(0.3, "1", 0, 1, "assumption", "Public works there", ge=SHARE[0], le=SHARE[1])
    services: float = setting(0.2, "1", 0, 1, "assumption", "Services for people there", ge=SHARE[0], le=SHARE[1])
    market: float = setting(0.2, "1", 0, 1, "assumption", "Purchases of products", ge=SHARE[0], le=SHARE[1])

    @model_validator(mode="after")
    def _whole(self) -> Division:
        total = self.money + self.works + self.services + self.market
        if abs(total - 1) > 1e-9:
            raise ValueError(f"division sums to {total:g}; expected 1 over money, works, services, market")
        return self


@dataclass(kw_only=True)
class PairsMemory(Memory):
    """Donor, receivers and their specifications of each pair; its aid this year, and last year's over revenue."""

    pairs: list[tuple[int, np.ndarray, list[Any]]]
    size: np.ndarray
    aid: list[list[Post]]
    dose: np.ndarray  # (pairs, R)


class PairedAssistance(Mechanism):
    """Donors pay the treasuries of their receivers, build and serve there, and buy their products.

    The aid of last year, relative to the revenue of its receiver, links it to the donor's knowledge and draws firms.
    It hurts the donor's services, and the receiver's manufacturing, which competes with the demand for its services.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"revenue"})
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "purchase", "knowledge_link", "site_attraction"})
    per_target: ClassVar[tuple[str, ...]] = ("strength", "delivery", "start", "end")
    realised: ClassVar[tuple[Realised, ...]] = (Realised("the aid due was paid", "spent", of=("spent", "shortfall")),)

    kind: Literal["paired_assistance"] = "paired_assistance"
    pairs: dict[Region, Region] = Field(
        default_factory=lambda: {"centre": "supporting"}, description="Donor city to selector of receivers"
    )
    amount: float = setting(
        800.0, "million yuan/yr", 100, 3000, "Foshan: about 900 million yuan a year (press)", "Aid of each donor", ge=0
    )
    rate: float | None = setting(
        None, "1", 0.003, 0.01, "1 % of the donor's revenue after the Wenchuan earthquake (from memory)",
        "Instead of an amount: share of the donor's revenue", ge=0, le=0.1,
    )  # fmt: skip
    division: Division = Field(default_factory=Division, description="Division of the aid [1]")
    link: float = setting(
        0.2, "1", 0, 0.5, "assumption", "Largest weight of the link to the donor, all ordinary contacts weigh 1", ge=0
    )
    attraction: float = setting(0.2, "log odds", 0, 0.5, "assumption", "Largest attraction of firms", ge=0)
    half: float = setting(
        0.01, "1", 0.002, 0.05, "assumption", "Aid over the receiver's revenue that gives 63 % of both", gt=0
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        pairs = {"guangzhou": "qingyuan", "foshan": "nanning | qinzhou"}
        return {"pairs": pairs}, {"pairs": pairs, "rate": 0.01}

    def planned_cost(self, world: World, years: int) -> float:
        donors = [pick_one(world, f"{self.name}.pairs", donor) for donor in self.pairs]
        added = sum(float(world.value_added[i].sum()) for i in donors)
        a_year = self.amount * len(donors) if self.rate is None else self.rate * REVENUE * added
        return self.strength * self.delivery * a_year * self.active_years(world, years) * (self.amount > 0)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> PairsMemory:
        pairs = []
        for donor, receivers in self.pairs.items():
            i, chosen = pick_one(world, f"{self.name}.pairs", donor), pick(world, f"{self.name}.pairs", [receivers])
            chosen = chosen[chosen != i]
            pairs.append((i, chosen, [self.at(world, int(j)) for j in chosen]))
        return PairsMemory(
            start=self.begin(start_year), pairs=pairs, size=world.people.sum(axis=1).astype(float),
            aid=[[] for _ in pairs], dose=np.zeros((len(pairs), world.n_regions)),
        )  # fmt: skip

    def decide(self, view: View, act: Handle, memory: PairsMemory) -> None:
        memory.posts, memory.aid = [], [[] for _ in memory.pairs]
        a, part, purpose = view.accounts, self.division, f"assistance:{self.name}"
        for k, (donor, receivers, specs) in enumerate(memory.pairs):
            size = np.array([self.now(view, memory, s) * self.delivered(view, memory, s) for s in specs])
            aid = self.amount if self.rate is None else self.rate * view.revenue[donor] / view.prices
            money = size * aid * memory.size[receivers] / memory.size[receivers].sum()
            if money.any() and self.amount > 0:
                payer = a.treasury[donor]
                memory.aid[k] = [act.transfer(payer, a.treasury[receivers], part.money * money, purpose)] + [
                    act.purchase(payer, receivers, getattr(part, use) * money, purpose, adds, basket)
                    for use, (adds, basket) in BOUGHT.items()
                ]
                memory.posts += memory.aid[k]
            depth = -np.expm1(-memory.dose[k][receivers] / self.half)
            act.shift("knowledge_link", self.link * depth, (slice(None), receivers, donor))
        if memory.dose.any():
            total = -np.expm1(-memory.dose.sum(axis=0) / self.half)
            act.shift("site_attraction", self.attraction * total[:, None])

    def settle(self, view: View, act: Handle, memory: PairsMemory) -> None:
        memory.dose = np.zeros_like(memory.dose)
        for dose, posts in zip(memory.dose, memory.aid, strict=True):
            for post in posts:
                np.add.at(dose, post.region, post.granted)
        memory.dose = memory.dose / np.maximum(view.revenue, 1e-300)
        if self.strength > 0:
            act.report("spent", memory.granted(view.prices), "million yuan/yr")
            act.report("shortfall", memory.shortfall(view.prices), "million yuan/yr")
