"""Policy fit: each region is given what it needs, or all are given the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.funding import bill_each
from sim.policy.posts import Adds, Basket, Handle, Post
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.view import View
from sim.world.types import World

# What is bought for each need but learning, and for the survey of needs.
MENU: tuple[tuple[Adds | None, Basket], ...] = (
    ("services", "services"), ("infrastructure", "investment"), (None, "services"),
)  # fmt: skip


@dataclass(kw_only=True)
class MenuMemory(ProgrammeMemory):
    """The menu of the year, shares of services, infrastructure and learning, (R, 3); purchases but for learning."""

    menu: np.ndarray
    bought: list[Post] = field(default_factory=list)


class PolicyFit(Programme):
    """Divides the money of each target between services, infrastructure and learning from the centre.

    With ``fit`` 0 all targets are given equal shares; the higher it is, the more of the money follows needs as they are
    seen, which differ from true ones by ``noise``. The money is the same whatever the fit. It hurts those who pay, and,
    compared with equal shares, targets whose needs are known badly.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"services", "infrastructure", "knowledge", "value_added"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "knowledge_link"})

    kind: Literal["policy_fit"] = "policy_fit"
    amount: float = setting(10_000.0, "million yuan/yr", 1000, 400_000, "assumption", "Money in a year", ge=0)
    per_head: float = setting(
        200.0, "yuan per head and year", 50, 1000, "assumption", "Spend on learning that gives 63 % of the link", gt=0
    )
    fit: float = setting(
        0.0, "1", 0, 8, "0: equal shares in all targets", "Response of the menu to needs as they are seen", ge=0
    )
    noise: float = setting(0.0, "log", 0, 3, "assumption", "Standard deviation of errors about needs", ge=0)
    survey: float = setting(0.0, "1", 0, 0.2, "assumption", "Share of the money spent to know needs", ge=0, le=1)
    link: float = setting(
        0.3, "1", 0, 0.5, "as of offices in the centre: assumption", "Largest weight of the link to the centre", ge=0
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"fit": 2.0, "noise": 0.3, "survey": 0.1, "amount": 5000.0},)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> MenuMemory:
        equal = np.full((world.n_regions, 3), 1.0 / 3.0)
        return MenuMemory(**vars(super().prepare(world, accounts, start_year)), menu=equal)

    def _choose(self, view: View, memory: MenuMemory) -> np.ndarray:
        """Return shares of services, infrastructure and learning, (R, 3); errors about needs are drawn once.

        Each need is relative to the mean of the targets, by people: tailoring changes who is given what, and hardly
        what is given in all.
        """
        share = view.value_added / view.value_added.sum(axis=1, keepdims=True)
        lead = (share * np.maximum(0.0, view.knowledge[view.world.centre] - view.knowledge)).sum(axis=1)
        need = np.stack([-np.log(view.services), -np.log(view.infrastructure), lead], axis=1)
        need = need - np.average(need[memory.targets], axis=0, weights=memory.size[memory.targets])
        seen = need + self.noise * view.draw("needs", need.size, year=0).reshape(need.shape)
        weight = np.exp(self.fit * (seen - seen.max(axis=1, keepdims=True)))
        return weight / weight.sum(axis=1, keepdims=True)

    def _plan(self, view: View, memory: Any) -> np.ndarray:
        """Return the money for learning by target; the base class spends it."""
        return super()._plan(view, memory) * (1.0 - self.survey) * memory.menu[memory.targets, 2]

    def decide(self, view: View, act: Handle, memory: Any) -> None:
        memory.menu, memory.bought = self._choose(view, memory), []
        super().decide(view, act, memory)
        total, menu = super()._plan(view, memory), memory.menu[memory.targets]
        fundings = [spec.funding for spec in memory.specs]
        parts = ((1.0 - self.survey) * menu[:, 0], (1.0 - self.survey) * menu[:, 1], np.full(len(menu), self.survey))
        for (adds, basket), part in zip(MENU, parts, strict=True):
            bill = bill_each(view, memory.targets, part * total, fundings)
            if len(bill.amount):
                memory.bought.append(act.purchase(*bill, self.purpose, adds, basket))

    def effect(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        depth = memory.depth[memory.targets]
        act.shift("knowledge_link", self.link * depth, (slice(None), memory.targets, view.world.centre))

    def settle(self, view: View, act: Handle, memory: Any) -> None:
        super().settle(view, act, memory)
        if self.strength > 0:
            every = [*memory.posts, *memory.bought]
            act.report("spent", sum(p.paid for p in every) / view.prices, "million yuan/yr")
            act.report("shortfall", sum(p.wanted - p.paid for p in every) / view.prices, "million yuan/yr")
