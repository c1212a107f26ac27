"""Carbon market: a price on emissions of chosen cells, part of the allowances free."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.mechanisms.ecology.abatement import MarketMemory, abatement_cost, emissions_of_base_year
from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.mechanism import Mechanism
from sim.policy.posts import Handle
from sim.policy.targets import Regions, Sectors, pick, sector_mask
from sim.policy.view import View
from sim.world.types import World

HIGHEST = 1000.0  # price in a market with a cap [yuan/t CO2]


class CarbonMarket(Mechanism):
    """Puts a price on the emissions of chosen sectors and regions.

    Firms abate up to the price; what they still emit needs allowances, of which the share ``free`` is given in
    proportion to output: the incentive to abate is the price, the mean charge only the rest of it. Receipts go to the
    treasuries of the regions where they arise, or with ``grandfather`` to all members by their first emissions. With
    ``cap`` the price follows emissions.
    It hurts output, owners and workers where production is dirty; a market of few regions moves emissions to others,
    and free allowances keep dirty output cheap.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"emissions_by_sector", "sales", "charges", "deflator"})
    writes: ClassVar[frozenset[str]] = frozenset(
        {"unit_charge", "emission_factor", "productivity", "purchase", "transfer"}
    )
    per_target: ClassVar[tuple[str, ...]] = ("strength", "delivery", "price", "free", "start", "end")

    kind: Literal["carbon_market"] = "carbon_market"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of regions that take part")
    sectors: Sectors = Field(default_factory=lambda: ["energy"], description="Sectors that take part")
    price: float = setting(
        96.0, "yuan/t CO2", 25, 300, "national market, mean of 2024", "Price; with a cap that of the first year", ge=0
    )
    cap: float | None = setting(
        None, "1", 0.5, 1.2, "assumption", "Cap in the first year, of emissions before the start", gt=0
    )
    cap_decline: float = setting(0.02, "1/yr", 0, 0.05, "assumption", "Yearly fall of the cap", ge=0, lt=1)
    slope: float = setting(
        500.0, "yuan/t CO2", 250, 1500,
        "a tenth of intensity (Cui et al. 2021) at the pilots' 20-40 yuan (from memory) implies 300; more for caution",
        "Price at which all emissions would be abated, at linear marginal cost", gt=0,
    )  # fmt: skip
    limit: float = setting(0.5, "1", 0.3, 0.8, "assumption", "Largest share of emissions that is abated", ge=0, lt=1)
    free: float = setting(
        0.9, "1", 0, 1, "national market: nearly all: assumption", "Share of allowances that is free, by output",
        ge=0, le=1,
    )  # fmt: skip
    grandfather: bool = Field(False, description="Whether receipts are shared by emissions before the start")
    administration: float = setting(
        0.002, "1", 0.001, 0.02, "assumption", "Public cost of measuring, of the value of all allowances", ge=0
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return {"free": 0.5}, {"grandfather": True, "cap": 0.95}

    def planned_cost(self, world: World, years: int) -> float:
        cells = np.ix_(pick(world, "targets", self.targets), sector_mask(world, "sectors", self.sectors))
        emissions = float(emissions_of_base_year(world)[cells].sum()) * (1.0 - min(self.limit, self.price / self.slope))
        value = self.strength * self.delivery * self.price * emissions * 1e-3
        return self.administration * value * self.active_years(world, years) * (1.0 + self.funding.attracted)

    def purses(self, world: World) -> list[str]:
        return [self.name] if self.grandfather and self.strength > 0 else []

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> MarketMemory:
        targets = pick(world, f"{self.name}.targets", self.targets)
        sectors = np.flatnonzero(sector_mask(world, f"{self.name}.sectors", self.sectors))
        k, shape = len(targets), (len(targets), len(sectors))
        return MarketMemory(
            start=self.begin(start_year), targets=targets, specs=[self.at(world, int(j)) for j in targets],
            sectors=sectors, raised=np.ones(shape), charge=np.zeros(shape), first=np.zeros(0), price=np.zeros(k),
            abated=np.zeros(k),
        )  # fmt: skip

    def decide(self, view: View, act: Handle, memory: MarketMemory) -> None:
        size = self.sizes(view, memory, memory.specs)
        memory.posts, memory.price = [], memory.level * np.multiply(size, [spec.price for spec in memory.specs])
        memory.abated = np.minimum(self.limit, memory.price / self.slope)
        emitted, before = view.emissions_by_sector[memory.cells], memory.raised
        memory.raised, memory.charge = np.ones_like(before), np.zeros_like(before)
        if not memory.price.any():
            return
        if not len(memory.first):
            memory.first = emitted.sum(axis=1)
        price, abated = memory.price[:, None], memory.abated[:, None]
        free = np.array([spec.free for spec in memory.specs])[:, None]
        # Emissions without abatement over variable cost without the market, million yuan per yuan of the price:
        # those of last year, less the trend.
        theta, trend = 1.0 - 1.0 / view.parameters.production.sigma, view.parameters.learning.emission_decline
        sales = view.sales[memory.cells]
        intensity = np.divide(emitted, sales, out=np.zeros_like(sales), where=sales > 0)
        dirt = 1e-3 * view.deflator * intensity * np.exp(-trend) * before / theta
        cost = 1.0 + abatement_cost(self.slope, abated) * dirt
        memory.charge = np.log1p(price * (1.0 - abated) * (1.0 - free) * dirt / cost)
        memory.raised = cost * np.exp(memory.charge) / (1.0 - abated)
        variable = 1.0 - view.world.intermediate_share[memory.sectors]
        act.shift("productivity", -np.log(cost) / variable, memory.cells)
        act.shift("emission_factor", np.broadcast_to(np.log1p(-abated), cost.shape), memory.cells)
        act.shift("unit_charge", memory.charge, memory.cells)
        value = self.administration * 1e-3 * (price * emitted).sum()
        bill = self.funding.bill(view, np.array([view.world.centre]), np.array([value]))
        if len(bill.amount):
            purpose = f"administration:{self.name}"
            memory.posts = [act.purchase(bill.payer, bill.region, bill.amount, purpose, basket="services")]

    def settle(self, view: View, act: Handle, memory: MarketMemory) -> None:
        if self.strength == 0:
            return
        received, flow = self._receipts(view, memory), 0.0
        if self.grandfather and received.any():
            a, due = view.accounts, memory.first / memory.first.sum() * received.sum()
            purse, members = a.purse[a.purse_index(self.name)], a.treasury[memory.targets]
            act.transfer(members, purse, received, f"permits:{self.name}")
            act.transfer(purse, members, due, f"permits:{self.name}")
            flow = float(np.maximum(due - received, 0.0).sum())
        emitted = view.emissions_by_sector[memory.cells].sum(axis=1)
        if self.cap is not None and self.price > 0 and len(memory.first):
            self._follow(view, memory, self.cap, float(emitted.sum()))
        weight = emitted / max(float(emitted.sum()), 1e-300)
        act.report("price", float(weight @ memory.price), "yuan/t CO2")
        act.report("abated share", float(weight @ memory.abated), "1")
        act.report("emissions covered", float(emitted.sum()), "kt CO2/yr")
        act.report("receipts", float(received.sum()), "million yuan/yr")
        act.report("permit flow", flow, "million yuan/yr")
        act.report("administration", memory.granted(view.prices), "million yuan/yr")

    def _receipts(self, view: View, memory: MarketMemory) -> np.ndarray:
        """Return what its own part of unit charges yields in each target, (k,) million base-year yuan."""
        theta = 1.0 - 1.0 / view.parameters.production.sigma
        paid = view.charges[memory.cells]
        every = -np.log1p(-paid / np.maximum(theta * view.sales[memory.cells], 1e-300))
        part = np.divide(memory.charge, every, out=np.zeros_like(paid), where=every != 0)
        return np.maximum((part * paid).sum(axis=1), 0.0) / view.prices

    def _follow(self, view: View, memory: MarketMemory, first: float, emitted: float) -> None:
        """Move the price half of the way to that at which abatement alone would keep next year's cap."""
        cap = first * memory.first.sum() * (1.0 - self.cap_decline) ** (view.year + 1 - memory.start)
        price = memory.level * self.price + 0.5 * self.slope * (emitted / cap - 1.0)
        memory.level = float(np.clip(price, 0.0, HIGHEST)) / self.price
