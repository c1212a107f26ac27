"""Fiscal transfer: money to treasuries by need, free or earmarked."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.policy.mechanism import Mechanism, Memory
from sim.policy.settlement import Handle
from sim.policy.targets import Region, Regions, pick, pick_one
from sim.policy.view import View
from sim.world.types import World


class FiscalTransfer(Mechanism):
    """Pays ``amount`` a year to target treasuries in proportion to ``need^a * people``.

    Need is the gap of services per head to the national mean. Of an earmarked grant the ``effort``
    share is spent on top of the receiver's own spending; the rest frees the receiver's money.
    It hurts the payer's services and investment, and may only replace the receiver's own effort.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"services", "people", "deflator", "expected_deflator"})
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "purchase"})

    per_target: ClassVar[tuple[str, ...]] = ("strength", "funding", "delivery", "amount", "earmark", "effort")

    kind: Literal["fiscal_transfer"] = "fiscal_transfer"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of receivers")
    payer: Region | None = Field(None, description="City that pays (paired assistance); funding shares by default")
    amount: float = Field(1000.0, ge=0, description="Grants in a year [million yuan/yr]")
    need_exponent: float = Field(1.0, ge=0, description="Weight of need; 0 shares by people alone [1]")
    earmark: Literal["free", "services", "infrastructure"] = Field("free", description="What it must be spent on")
    effort: float = Field(0.0, ge=0, le=1, description="Maintenance of effort: share that is additional [1]")

    def planned_cost(self, world: World, years: int) -> float:
        return self.strength * self.delivery * self.amount * self.active_years(world, years)

    def prepare(self, world: World, accounts: object, start_year: int) -> Memory:
        payer = None if self.payer is None else pick_one(world, f"{self.name}.payer", self.payer)
        targets = pick(world, f"{self.name}.targets", self.targets)
        receivers = targets[targets != payer]
        begin = self.start if self.start is not None else start_year
        return {"start": begin, "targets": receivers, "payer": payer, "specs": [self.at(world, j) for j in receivers]}

    def decide(self, view: View, act: Handle, memory: Memory) -> None:
        memory["posts"] = []
        level = self.level(view.year, memory["start"])
        targets = memory["targets"]
        need = np.maximum(0.0, 1.0 - view.services[targets])
        # where nobody needs anything, nothing is paid; exponent 0 asks for no need at all
        weight = need**self.need_exponent * view.people[targets].sum(1)
        if self.strength * level == 0 or weight.sum() <= 0:
            return
        shares = weight / weight.sum()
        for j, spec, share in zip(targets, memory["specs"], shares, strict=True):
            amount = spec.strength * spec.delivery * level * spec.amount * share * view.expected_deflator
            own = np.zeros(view.world.n_regions)
            own[j] = 1.0
            for account, part in spec.paid_by(view, memory["payer"], own):
                self._pay(act, memory, spec, int(view.accounts.treasury[j]), int(j), account, amount * part)

    def paid_by(self, view: View, payer: int | None, own: np.ndarray) -> list[tuple[int, float]]:
        """Return ``(account, share)`` of a grant to the region of weight 1."""
        if payer is not None:
            return [(int(view.accounts.treasury[payer]), 1.0)]
        return self.funding.payers(view.accounts, view.world.centre, own)

    def _pay(
        self, act: Handle, memory: Memory, spec: FiscalTransfer, treasury: int, j: int, payer: int, amount: float
    ) -> None:
        if amount <= 0:
            return
        kept = spec.effort if spec.earmark != "free" else 0.0
        purpose = f"transfer:{self.name}"
        if kept > 0 and spec.earmark != "free":
            basket: Literal["services", "investment"] = "services" if spec.earmark == "services" else "investment"
            memory["posts"].append(act.purchase(payer, j, kept * amount, purpose, adds=spec.earmark, basket=basket))
        if kept < 1 and payer != treasury:
            memory["posts"].append(act.transfer(payer, treasury, (1 - kept) * amount, purpose))

    def settle(self, view: View, act: Handle, memory: Memory) -> None:
        posts = memory.get("posts", [])
        if posts:
            act.report("granted", sum(p.granted for p in posts) / view.deflator, "million yuan/yr")
            act.report("shortfall", sum(p.amount - p.granted for p in posts) / view.deflator, "million yuan/yr")
