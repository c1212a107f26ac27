r"""Programme: yearly money builds up a stock that depreciates; its effect saturates.

.. math::
    K_j' = (1 - w) K_j + (1 - l) G_j / P, \quad
    d_j = 1 - \exp\left(-\sum_p w_p K_{pj} / (h_p z_j)\right)

with the stock K, grants G at prices P, depreciation w, leakage l, money per head h and the size z of the region in the
base year. Constant spending of h per head reaches a depth of 63 %. Programmes with the same effect share one depth,
each in proportion to its load, so that splitting a programme has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.funding import Bill, bill_each
from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import Adds, Basket, Handle, Post
from sim.policy.targets import Regions, pick
from sim.policy.view import View
from sim.world.types import World

# Persons, and million yuan of value added, per unit of ``per_head``.
UNIT = {"people": 1e6, "value_added": 1e3}


@dataclass(kw_only=True)
class ProgrammeMemory(Memory):
    """Memory of a programme.

    Attributes
    ----------
    targets : (k,) int
    specs : list
        Specification of the programme in each target.
    size : (R,) float
        People, or million yuan of value added, of the base year.
    stock : (R,) float, million base-year yuan
    depth : (R,) float
        Depth of the year, in [0, 1).
    served : list of (k,) int
        Targets that each of this year's posts serves.
    """

    targets: np.ndarray
    specs: list[Any]
    size: np.ndarray
    stock: np.ndarray
    depth: np.ndarray
    served: list[np.ndarray] = field(default_factory=list)

    def each(self, name: str) -> np.ndarray:
        """Return a setting of each target, (k,)."""
        return np.array([getattr(spec, name) for spec in self.specs], dtype=float)


class Programme(Mechanism):
    """Base class of programmes: yearly purchases in targets with an effect that depreciates.

    A subclass implements one method, `effect`, and names its wedges in ``writes``. Effects follow the grants of earlier
    years.

    Attributes
    ----------
    basket, adds : str
        Basket of purchases, and the stock to which they add, if any.
    """

    reads: ClassVar[frozenset[str]] = frozenset()
    writes: ClassVar[frozenset[str]] = frozenset({"purchase"})
    per_target: ClassVar[tuple[str, ...]] = ("strength", "funding", "delivery", "amount", "per_head", "start", "end")
    basket: ClassVar[Basket] = "services"
    adds: ClassVar[Adds | None] = None
    realised: ClassVar[tuple[Realised, ...]] = (
        Realised("the money planned was paid", "spent", of=("spent", "shortfall")),
    )

    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of regions")
    amount: float = Field(1000.0, ge=0, description="Money in a year over all targets [million yuan/yr]")
    per: Literal["people", "value_added"] = Field("people", description="By what money is shared and depth measured")
    per_head: float = Field(
        100.0,
        gt=0,
        description="Steady spend that gives 63 % of the effect [yuan per head, or per 1000 yuan, and year]",
    )
    wear: float = Field(0.2, gt=0, le=1, description="Part of the stock that is lost in a year [1/yr]")
    leak: float = Field(0.0, ge=0, le=0.5, description="Part of what is spent that builds nothing [1]")

    def planned_cost(self, world: World, years: int) -> float:
        paid = self.strength * self.delivery * self.amount * self.active_years(world, years)
        return paid * (1.0 + self.funding.attracted)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> ProgrammeMemory:
        targets = pick(world, f"{self.name}.targets", self.targets)
        size = (world.people if self.per == "people" else world.value_added).sum(axis=1).astype(float)
        specs = [self.at(world, int(j)) for j in targets]
        zero = np.zeros(len(size))
        return ProgrammeMemory(
            start=self.begin(start_year), targets=targets, specs=specs, size=size, stock=zero, depth=zero
        )

    def load(self, memory: ProgrammeMemory) -> tuple[str, np.ndarray]:
        per_head = np.full(len(memory.size), self.per_head)
        per_head[memory.targets] = memory.each("per_head")
        return self.pool, self.wear * memory.stock / (per_head * memory.size / UNIT[self.per])

    @property
    def pool(self) -> str:
        """Pool of programmes that share their effect: by default those of a kind."""
        return self.kind

    def decide(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        memory.posts, memory.served = [], []
        own = self.load(memory)[1]
        load = own if view.pooled is None else view.pooled
        memory.depth = -np.expm1(-load) * np.divide(own, load, out=np.zeros_like(own), where=load > 0)
        plan = self._plan(view, memory)
        bill = bill_each(view, memory.targets, plan, [spec.funding for spec in memory.specs])
        if len(bill.amount):
            memory.posts = self.spend(view, act, memory, bill)
            memory.served = [bill.region] * len(memory.posts)
        if memory.depth.any():
            self.effect(view, act, memory)

    @property
    def purpose(self) -> str:
        """Purpose of its payments in the ledger."""
        return f"{self.kind}:{self.name}"

    def spend(self, view: View, act: Handle, memory: Any, bill: Bill) -> list[Post]:
        """Spend the money of the year; each post has one payment for each entry of the bill, in its order."""
        return [act.purchase(*bill, self.purpose, adds=self.adds, basket=self.basket)]

    def _plan(self, view: View, memory: ProgrammeMemory) -> np.ndarray:
        """Return the money of the year by target, (k,) million base-year yuan, before matching grants."""
        size = memory.size[memory.targets]
        return self.sizes(view, memory, memory.specs) * memory.each("amount") * size / size.sum()

    def effect(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        """Post the effect of the depth of the year; implemented by a subclass."""
        raise NotImplementedError

    def settle(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        granted = np.zeros(len(memory.size))
        for post, served in zip(memory.posts, memory.served, strict=True):
            np.add.at(granted, served, post.granted / view.prices)
        memory.stock = (1.0 - self.wear) * memory.stock + (1.0 - self.leak) * granted
        if self.strength > 0:
            act.report("depth", float(memory.depth[memory.targets].mean()), "1")
            act.report("spent", memory.granted(view.prices), "million yuan/yr")
            act.report("shortfall", memory.shortfall(view.prices), "million yuan/yr")
