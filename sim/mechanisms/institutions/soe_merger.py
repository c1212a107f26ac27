"""Merger of state firms: a city buys stakes of other cities in their firms, and runs these with its knowledge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import Handle
from sim.policy.targets import Region, Regions, pick, pick_one
from sim.policy.view import View
from sim.world.types import World

MOST = 0.5  # part of the stake of a seller that is bought in a year


@dataclass(kw_only=True)
class MergerMemory(Memory):
    """The two sides, and the share of the sellers' capital bought in each year, (k,) by year."""

    buyer: int
    sellers: np.ndarray
    specs: list[SoeMerger]
    bought: dict[int, np.ndarray] = field(default_factory=dict)
    worth: np.ndarray = field(default_factory=lambda: np.zeros(0))


class SoeMerger(Mechanism):
    """Buys stakes of the targets' treasuries in their firms for the treasury of the buyer.

    What is bought gains the share ``transfer`` of the buyer's knowledge lead and bears the cost of running it
    across a border for good, and for some years the cost of a guarantee of employment. Dividends go to the buyer
    from then on; taxes on profit stay where firms produce.
    It hurts well-run and distant targets, where the border costs more than the lead brings, the sellers' later
    revenue, and what the buyer would have spent the money on.
    """

    reads: ClassVar[frozenset[str]] = frozenset(
        {"knowledge", "capital", "capital_price", "deflator", "treasury_owned", "return_to_capital"}
    )
    writes: ClassVar[frozenset[str]] = frozenset({"buy_stakes", "transfer", "productivity"})
    per_target: ClassVar[tuple[str, ...]] = ("strength", "delivery", "transfer", "border", "start", "end")
    realised: ClassVar[tuple[Realised, ...]] = (
        Realised("the money planned was paid", "paid", of=("paid", "shortfall")),
    )

    kind: Literal["soe_merger"] = "soe_merger"
    buyer: Region = Field("centre", description="The city that buys")
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of sellers")
    amount: float = setting(
        10_000.0, "million yuan", 1000, 100_000, "assumption", "Money for stakes over all years", ge=0
    )
    invest_years: int = setting(5, "year", 1, 10, "assumption", "Years of buying", ge=1)
    transfer: float = setting(
        0.5, "1", 0, 1, "assumption", "Share of the buyer's knowledge lead that comes along", ge=0, le=1
    )
    border: float = setting(0.05, "log", 0, 0.3, "assumption", "Lasting cost of running firms across a border", ge=0)
    adjustment: float = setting(0.05, "log", 0, 0.15, "assumption", "Cost of the guarantee of employment", ge=0)
    adjust_years: int = setting(3, "year", 0, 5, "assumption", "Years of the guarantee", ge=0)
    premium: float = setting(0.0, "1", 0, 0.3, "assumption", "Paid on top of the price of capital", ge=0)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"premium": 0.1},)

    def planned_cost(self, world: World, years: int) -> float:
        begin = self.begin(world.year)
        bought = range(begin, min(begin + self.invest_years, world.year + years))
        paid = sum(self.level(year, begin) for year in bought) / self.invest_years
        return self.strength * self.delivery * self.amount * paid

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> MergerMemory:
        buyer = pick_one(world, f"{self.name}.buyer", self.buyer)
        sellers = pick(world, f"{self.name}.targets", self.targets)
        sellers = sellers[sellers != buyer]
        specs = [self.at(world, int(j)) for j in sellers]
        return MergerMemory(start=self.begin(start_year), buyer=buyer, sellers=sellers, specs=specs)

    def decide(self, view: View, act: Handle, memory: MergerMemory) -> None:
        memory.posts, j, c = [], memory.sellers, memory.buyer
        if memory.bought:
            self._run(view, act, memory)
        value = view.treasury_owned[j, j] * view.capital_price[j] / view.deflator
        money = np.minimum(self._plan(view, memory) * value / max(float(value.sum()), 1e-300), MOST * value)
        if not money.any():
            return
        # Of what is paid the premium buys nothing.
        stakes, purpose = money / (1.0 + self.premium), f"stakes:{self.name}"
        memory.worth = view.capital[j].sum(axis=1) * view.capital_price[j] * view.prices / view.deflator
        memory.posts = [act.buy_stakes(c, j, j, stakes, purpose)]
        if self.premium > 0:
            treasury = view.accounts.treasury
            memory.posts.append(act.transfer(treasury[c], treasury[j], money - stakes, f"premium:{self.name}"))

    def _plan(self, view: View, memory: MergerMemory) -> np.ndarray:
        """Return the money of the year that each seller would get if it alone sold, (k,) million base-year yuan."""
        due = [0 <= view.year - spec.begin(memory.start) < self.invest_years for spec in memory.specs]
        return self.amount / self.invest_years * np.multiply(due, self.sizes(view, memory, memory.specs))

    def _run(self, view: View, act: Handle, memory: MergerMemory) -> None:
        """Post the productivity of what was bought, by its share in capital."""
        j, none = memory.sellers, np.zeros(len(memory.sellers))
        lead = np.maximum(0.0, view.knowledge[memory.buyer] - view.knowledge[j])
        transfer = np.array([spec.transfer for spec in memory.specs])[:, None]
        border = np.array([spec.border for spec in memory.specs])[:, None]
        every = sum(memory.bought.values(), none)
        adjusting = sum((a for year, a in memory.bought.items() if view.year - year <= self.adjust_years), none)
        gain = every[:, None] * (transfer * lead - border) - adjusting[:, None] * self.adjustment
        # A share a of capital with z higher by g has the capacity of all productivity higher by a·g/(1 - iota).
        act.shift("productivity", gain / (1.0 - view.world.intermediate_share), j)

    def settle(self, view: View, act: Handle, memory: MergerMemory) -> None:
        if self.strength == 0:
            return
        if memory.posts and memory.posts[0].paid > 0:
            memory.bought[view.year] = memory.posts[0].granted / np.maximum(memory.worth, 1e-300)
        j, c = memory.sellers, memory.buyer
        worth = view.capital * view.capital_price[:, None]
        profit = ((view.return_to_capital + view.parameters.capital.depreciation) * worth)[j].sum(axis=1)
        capital = view.capital[j].sum(axis=1)
        every = sum(memory.bought.values(), np.zeros(len(j)))
        act.report("share bought", float(every @ capital / max(float(capital.sum()), 1e-300)), "1")
        dividends = float((view.treasury_owned[c, j] / np.maximum(capital, 1e-300)) @ profit)
        act.report("dividends", dividends / view.prices, "million yuan/yr")
        act.report("paid", memory.granted(view.prices), "million yuan/yr")
        act.report("shortfall", memory.shortfall(view.prices), "million yuan/yr")
