"""Fiscal transfer: money to treasuries by need, free or earmarked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.funding import Bill, bill_each
from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import Adds, Basket, Handle
from sim.policy.targets import Region, Regions, pick, pick_one
from sim.policy.view import View
from sim.world.types import World

# Purchases by earmarked money.
SPENT: tuple[tuple[Adds, Basket], ...] = (("services", "services"), ("infrastructure", "investment"))


@dataclass(kw_only=True)
class TransferMemory(Memory):
    """Receivers, payer, and the specification of the transfer in each target."""

    targets: np.ndarray
    specs: list[FiscalTransfer]
    payer: int | None


class FiscalTransfer(Mechanism):
    """Pays an amount a year to the treasuries of targets, in proportion to need and people.

    Shares are proportional to ``need^a * people``.
    Need is the gap of services per head to the national mean. Of an earmarked grant the ``effort``
    share is spent on top of the receiver's own spending; the rest frees the receiver's money.
    It hurts the payer's services and investment, and may only replace the receiver's own effort.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"services", "people"})
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "purchase"})
    per_target: ClassVar[tuple[str, ...]] = (
        "strength", "funding", "delivery", "amount", "earmark", "effort", "start", "end",
    )  # fmt: skip
    realised: ClassVar[tuple[Realised, ...]] = (
        Realised("the grants due was paid", "granted", of=("granted", "shortfall")),
    )

    kind: Literal["fiscal_transfer"] = "fiscal_transfer"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of receivers")
    payer: Region | None = Field(None, description="City that pays (paired assistance); funding shares by default")
    amount: float = setting(1000.0, "million yuan/yr", 0, 50_000, "assumption", "Grants in a year", ge=0)
    need_exponent: float = setting(1.0, "1", 0, 3, "assumption", "Weight of need; 0 shares by people alone", ge=0)
    earmark: Literal["free", "services", "infrastructure"] = Field("free", description="What it must be spent on")
    effort: float = setting(0.0, "1", 0, 1, "assumption", "Maintenance of effort: share that is additional", ge=0, le=1)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"earmark": "services", "effort": 0.5},)

    def planned_cost(self, world: World, years: int) -> float:
        paid = self.strength * self.delivery * self.amount * self.active_years(world, years)
        return paid * (1.0 + (self.funding.attracted if self.payer is None else 0.0))

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> TransferMemory:
        payer = None if self.payer is None else pick_one(world, f"{self.name}.payer", self.payer)
        targets = pick(world, f"{self.name}.targets", self.targets)
        receivers = targets[targets != payer]
        specs = [self.at(world, int(j)) for j in receivers]
        return TransferMemory(start=self.begin(start_year), targets=receivers, specs=specs, payer=payer)

    def decide(self, view: View, act: Handle, memory: TransferMemory) -> None:
        memory.posts = []
        need = np.maximum(0.0, 1.0 - view.services[memory.targets])
        # without need nothing is paid; exponent 0 does not require need
        weight = need**self.need_exponent * view.people[memory.targets].sum(1)
        if not weight.sum() > 0:
            return
        planned = self.sizes(view, memory, memory.specs) * [spec.amount for spec in memory.specs]
        payer, region, amount = self._bill(view, memory, planned * (weight / weight.sum()))
        whose, purpose = np.searchsorted(memory.targets, region), f"transfer:{self.name}"
        marks = np.array([spec.earmark for spec in memory.specs])[whose]
        on_top = np.array([0.0 if spec.earmark == "free" else spec.effort for spec in memory.specs])[whose]
        for earmark, basket in SPENT:
            some = (marks == earmark) & (on_top > 0)
            if some.any():
                money = (on_top * amount)[some]
                memory.posts.append(act.purchase(payer[some], region[some], money, purpose, earmark, basket))
        treasury = view.accounts.treasury[region]
        some = (on_top < 1) & (payer != treasury)
        if some.any():
            memory.posts.append(act.transfer(payer[some], treasury[some], ((1 - on_top) * amount)[some], purpose))

    @staticmethod
    def _bill(view: View, memory: TransferMemory, amount: np.ndarray) -> Bill:
        if memory.payer is None:
            return bill_each(view, memory.targets, amount, [spec.funding for spec in memory.specs])
        some = amount > 0
        payer = np.full(int(some.sum()), view.accounts.treasury[memory.payer])
        return Bill(payer, memory.targets[some], amount[some])

    def settle(self, view: View, act: Handle, memory: TransferMemory) -> None:
        if memory.posts:
            act.report("granted", memory.granted(view.prices), "million yuan/yr")
            act.report("shortfall", memory.shortfall(view.prices), "million yuan/yr")
