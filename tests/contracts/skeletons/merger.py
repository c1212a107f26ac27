"""Skeleton of a merger of state firms: money from the buyer's treasury to the sellers', management that travels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import Handle
from sim.policy.targets import Region, Regions, pick, pick_one
from sim.policy.view import View
from sim.world.types import World


@dataclass(kw_only=True)
class MergerMemory(Memory):
    """The two sides, and which share of the sellers' capital has been bought."""

    buyer: int
    sellers: np.ndarray
    bought: np.ndarray


class Merger(Mechanism):
    """The buyer's treasury pays the sellers'; what is bought is run with the buyer's knowledge, across a border.

    It hurts well-run sellers and the buyer's budget. The order that moves the stakes themselves comes with the kind.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"knowledge", "capital", "capital_price"})
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "productivity"})

    kind: Literal["soe_merger"] = "soe_merger"
    buyer: Region = Field("centre", description="The city that buys")
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of sellers")
    amount: float = Field(1000.0, ge=0, description="Paid in all [million yuan]")
    invest_years: int = Field(3, ge=1, description="Years of buying [year]")
    border: float = Field(0.05, ge=0, description="Lasting cost of running across a border [log]")

    def planned_cost(self, world: World, years: int) -> float:
        return self.strength * self.amount * min(self.invest_years, years) / self.invest_years

    def prepare(self, world: World, accounts: Any, start_year: int) -> MergerMemory:
        buyer = pick_one(world, f"{self.name}.buyer", self.buyer)
        sellers = pick(world, f"{self.name}.targets", self.targets)
        sellers = sellers[sellers != buyer]
        start = self.begin(start_year)
        return MergerMemory(start=start, buyer=buyer, sellers=sellers, bought=np.zeros(len(sellers)))

    def decide(self, view: View, act: Handle, memory: MergerMemory) -> None:
        memory.posts = []
        size, j = self.now(view, memory), memory.sellers
        if memory.bought.any():
            lead = np.maximum(0.0, view.knowledge[memory.buyer] - view.knowledge[j])
            act.shift("productivity", memory.bought[:, None] * (0.5 * lead - self.border), j)
        if size > 0 and view.year < memory.start + self.invest_years:
            offer = np.exp(0.5 * view.draw("offer", len(j), memory.start))
            money = size * self.amount / self.invest_years * offer / offer.sum()
            payer, payee = view.accounts.treasury[memory.buyer], view.accounts.treasury[j]
            memory.posts = [act.transfer(payer, payee, money, f"stakes:{self.name}")]

    def settle(self, view: View, act: Handle, memory: MergerMemory) -> None:
        worth = view.capital_price[memory.sellers] * view.capital[memory.sellers].sum(axis=1)
        for post in memory.posts:
            memory.bought = memory.bought + post.granted / worth
        if memory.posts:
            act.report("share bought", float(memory.bought.mean()), "1")
