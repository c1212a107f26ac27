"""Skeleton of a carbon market: receipts go through a purse, part of them to households in the year after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import Handle
from sim.policy.targets import Regions, pick
from sim.policy.view import View
from sim.world.types import World


@dataclass(kw_only=True)
class MarketMemory(Memory):
    """Who takes part."""

    targets: np.ndarray


class CarbonMarket(Mechanism):
    """Abates emissions at a cost in productivity and shares receipts between treasuries and households.

    It hurts output where production is dirty. The charge on unit cost is an extension of the market that comes with
    the kind itself; here receipts are a levy on local taxes.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"local_tax", "people", "cash"})
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "emission_factor", "productivity"})

    kind: Literal["carbon_market"] = "carbon_market"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of regions that take part")
    abated: float = Field(0.05, ge=0, lt=1, description="Share of emissions that is abated [1]")
    burden: float = Field(0.001, ge=0, description="Cost of abatement in productivity [log]")
    levy: float = Field(0.01, ge=0, le=1, description="Levy on local taxes [1]")

    def planned_cost(self, world: World, years: int) -> float:
        return self.strength * self.levy * self.active_years(world, years)

    def purses(self, world: World) -> list[str]:
        return [self.name] if self.strength > 0 else []

    def prepare(self, world: World, accounts: Any, start_year: int) -> MarketMemory:
        return MarketMemory(start=self.begin(start_year), targets=pick(world, f"{self.name}.targets", self.targets))

    def decide(self, view: View, act: Handle, memory: MarketMemory) -> None:
        size, j, a = self.now(view, memory), memory.targets, view.accounts
        if size == 0:
            return
        act.shift("emission_factor", np.log(1.0 - self.abated * min(size, 1.0)), j)
        act.shift("productivity", -self.burden * size, j)
        purse = a.purse[a.purse_index(self.name)]
        paid = view.local_tax[j].sum(axis=1) * self.levy * size / view.prices
        act.transfer(a.treasury[j], purse, paid, f"permits:{self.name}")
        share = view.people[j].sum(axis=1) / view.people[j].sum()
        left = max(0.0, float(view.cash[purse])) / view.prices
        act.transfer(purse, a.households[j], (0.5 * paid.sum() + left) * share, f"dividend:{self.name}")

    def settle(self, view: View, act: Handle, memory: MarketMemory) -> None:
        a, j = view.accounts, memory.targets
        if self.strength > 0 and self.level(view.year, memory.start) > 0:
            purse = a.purse[a.purse_index(self.name)]
            error = np.exp(0.1 * view.draw("meter", len(j)))
            back = 0.4 * self.levy * view.local_tax[j].sum() / view.prices * error / error.sum()
            act.transfer(purse, a.treasury[j], back * 0.5, f"allowances:{self.name}")
