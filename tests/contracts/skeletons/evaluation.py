"""Skeleton of an evaluation: money moves between other mechanisms by what their regions did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import Handle
from sim.policy.view import View
from sim.world.types import World


@dataclass(kw_only=True)
class EvaluationMemory(Memory):
    """What was seen when money was last moved, and by how much each mechanism is scaled."""

    seen: np.ndarray | None = None
    scale: dict[str, float] = field(default_factory=dict)


class Evaluation(Mechanism):
    """Every few years compares growth where each managed mechanism spends, with a noisy meter, and moves money.

    The sum of what the managed ones spend stays what it is. It hurts where the meter is noisy or the proxy is not the
    goal: money then follows luck.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"value_added", "mechanism_outlay"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase"})

    kind: Literal["evaluation"] = "evaluation"
    managed: tuple[str, ...] = Field((), description="Names of mechanisms")
    every: int = Field(2, ge=1, description="Years between evaluations [year]")
    noise: float = Field(0.02, ge=0, description="Error of the meter [log]")
    step: float = Field(5.0, ge=0, description="Response of money to the score [1]")
    round_cost: float = Field(50.0, ge=0, description="Cost of a round [million yuan]")

    def planned_cost(self, world: World, years: int) -> float:
        return self.strength * self.round_cost * self.active_years(world, years) / self.every

    def prepare(self, world: World, accounts: Any, start_year: int) -> EvaluationMemory:
        return EvaluationMemory(start=self.begin(start_year))

    def decide(self, view: View, act: Handle, memory: EvaluationMemory) -> None:
        memory.posts = []
        if self.now(view, memory) > 0 and (view.year - memory.start) % self.every == 0:
            centre = np.array([view.world.centre])
            bill = self.funding.bill(view, centre, np.array([self.round_cost * self.strength]))
            memory.posts = [act.purchase(bill.payer, bill.region, bill.amount, self.name, basket="services")]

    def settle(self, view: View, act: Handle, memory: EvaluationMemory) -> None:
        output = np.log(view.value_added.sum(axis=1)) + self.noise * view.draw("meter", view.world.n_regions)
        if not memory.posts:
            return
        spent = view.mechanism_outlay[[view.mechanisms.index(name) for name in self.managed]]
        if memory.seen is not None and spent.sum() > 0:
            growth = output - memory.seen
            score = (spent * growth).sum(axis=1) / np.maximum(spent.sum(axis=1), 1e-9)
            wanted = spent.sum(axis=1) * np.exp(self.step * (score - score.mean()))
            wanted *= spent.sum() / wanted.sum()
            for name, new, old in zip(self.managed, wanted, spent.sum(axis=1), strict=True):
                memory.scale[name] = memory.scale.get(name, 1.0) * float(new / old) if old > 0 else 1.0
        memory.seen = output
        act.report("rounds paid", memory.granted(view.prices), "million yuan/yr")

    def scales(self, memory: EvaluationMemory) -> dict[str, float]:
        return dict(memory.scale) if self.strength > 0 else {}
