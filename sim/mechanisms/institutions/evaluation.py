"""Evaluation: the effects of other mechanisms are estimated every few years, and their money follows the estimates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.errors import nearest
from sim.mechanisms.institutions.estimate import EvaluationMemory, covariates, divide, estimate, scores
from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Finding, Harm, Measure
from sim.policy.mechanism import Mechanism
from sim.policy.posts import Handle
from sim.policy.targets import Regions, pick
from sim.policy.view import View
from sim.world.types import World

PAID = 0.99  # part of its bill that must be granted for an evaluation to take place


class Evaluation(Mechanism):
    """Estimates the effects of managed mechanisms every few years and moves money towards those that seem to work.

    It sees regional series and budgets, not the model: the growth of a proxy is regressed on the money that each
    mechanism spent per head. Money follows the estimates within a floor and a ceiling, and its sum stays the same;
    mechanisms that seem to harm are ended. It hurts where those that grow anyway are the treated, where a mechanism
    takes from the regions with which its targets are compared, where the proxy is not the goal, and by noise.
    """

    reads: ClassVar[frozenset[str]] = frozenset({
        "value_added", "people", "deflator", "real_income", "emissions", "debt", "revenue", "mechanism_outlay",
    })  # fmt: skip
    writes: ClassVar[frozenset[str]] = frozenset({"purchase"})
    evidence: ClassVar[tuple[str | Finding, ...]] = (
        "Chinese authorities judge trials of policy without correcting for who was chosen or for effort (Wang & Yang)",
        Finding(
            text="No published effect was found; assumption",
            measure=Measure(text="value added where public works are built, compared with services elsewhere",
                            outcome="value_added", group=("liaoning", "jilin", "heilongjiang")),
        ),
    )  # fmt: skip
    hurts: ClassVar[tuple[Harm, ...]] = (
        Harm(
            text="regions of different growth are compared as they are",
            measure=Measure(text="value added where works are useful and growth is low", outcome="value_added",
                            group=("liaoning", "jilin", "heilongjiang"), sign=-1),
        ),
    )  # fmt: skip

    kind: Literal["evaluation"] = "evaluation"
    managed: tuple[str, ...] = Field(min_length=2, description="Names of the mechanisms whose money it moves")
    controls: Regions = Field(default_factory=lambda: ["supporting"], description="Regions that are compared")
    proxy: Literal["output", "output_per_head", "income", "emissions"] = Field(
        "output", description="What is measured: growth is good, of emissions a fall"
    )
    every: int = setting(3, "year", 1, 6, "assumption", "Years between evaluations", ge=1, le=20)
    step: float = setting(1.0, "1", 0, 2, "assumption", "Response of money to the standardised estimate", ge=0, le=5)
    window: int = setting(3, "year", 1, 5, "assumption", "Years before the first money that give the trend", ge=1)
    noise: float = setting(
        0.02, "log", 0, 0.2, "assumption; local growth was overstated by 1.8 points a year (Chen et al. 2019)",
        "Error in measuring the proxy, by region and year", ge=0, le=1,
    )  # fmt: skip
    gaming: float = setting(
        0.0, "1/yr", 0, 0.02, "1.8 points a year (Chen et al. 2019)",
        "Overstated growth where the mean amount is spent", ge=0, le=0.2,
    )  # fmt: skip
    floor: float = setting(0.1, "1", 0, 0.5, "assumption", "Least of the planned money", ge=0, le=1)
    ceiling: float = setting(3.0, "1", 1, 5, "assumption", "Most of the planned money", ge=1, le=20)
    stop: float = setting(
        1.64, "1", 1, 3, "one-sided 5 % test", "Standard errors below zero at which a mechanism is ended", ge=0
    )
    prior: float = setting(
        5.0, "log per million yuan per head", 0.5, 20, "assumption", "Spread of plausible effects", gt=0
    )
    pretrend: bool = Field(True, description="Whether the trend before the first money is removed")
    covariates: bool = Field(True, description="Whether regions of different structure are made comparable")
    amount: float = setting(
        50.0, "million yuan", 5, 500, "assumption", "Cost of an evaluation, spent in the centre", ge=0
    )
    debt_limit: float = setting(
        1.5, "1", 0.5, 3, "assumption", "Debt over revenue of a city that spends, above which it warns", ge=0
    )
    brake: float = setting(0.5, "1", 0.2, 1, "assumption", "Factor on the envelope after a warning", ge=0, le=1)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        managed = ["free", "services"]
        return {"managed": managed, "every": 2}, *({"managed": managed, "proxy": p} for p in ("income", "emissions"))

    @classmethod
    def companions(cls) -> tuple[dict[str, Any], ...]:
        grant = {"kind": "fiscal_transfer", "targets": ["supporting"]}
        return {**grant, "name": "free"}, {**grant, "name": "services", "earmark": "services", "effort": 1.0}

    def planned_cost(self, world: World, years: int) -> float:
        rounds = sum(self._due(world.year + k, self.begin(world.year)) for k in range(years))
        return self.strength * self.delivery * self.amount * rounds * (1.0 + self.funding.attracted)

    def misfits(self, others: Sequence[Mechanism]) -> Iterator[tuple[str, str]]:
        names = {other.name: other for other in others}
        for k, name in enumerate(self.managed):
            if name not in names:
                yield "managed", f"no mechanism '{name}'; expected some of {', '.join(names)}{nearest(name, names)}"
            elif isinstance(names[name], Evaluation):
                yield "managed", f"'{name}' is an evaluation itself; expected other mechanisms"
            elif name in self.managed[:k]:
                yield "managed", f"'{name}' is named twice; expected every mechanism once"
        for other in others:
            if isinstance(other, Evaluation) and (both := sorted({*other.managed} & {*self.managed})):
                yield "managed", f"'{both[0]}' is managed by '{other.name}' too; expected one evaluation of a mechanism"

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> EvaluationMemory:
        within = pick(world, f"{self.name}.controls", self.controls)
        return EvaluationMemory(start=self.begin(start_year), within=within)

    def _due(self, year: int, start: int) -> bool:
        return self.level(year, start) > 0 and (year - start + 1) % self.every == 0

    def decide(self, view: View, act: Handle, memory: EvaluationMemory) -> None:
        memory.posts = []
        memory.proxy.append(self._measured(view))
        memory.outlay.append(self._outlay(view))
        amount = self.now(view, memory) * self.delivered(view, memory) * self.amount
        if self._due(view.year, memory.start) and amount > 0:
            bill = self.funding.bill(view, np.array([view.world.centre]), np.array([amount]))
            purpose = f"evaluation:{self.name}"
            memory.posts = [act.purchase(bill.payer, bill.region, bill.amount, purpose, basket="services")]

    def _measured(self, view: View) -> np.ndarray:
        """Return the log of the proxy of last year with the error of its measurement, (R,)."""
        output, heads = view.value_added.sum(axis=1) / view.deflator, view.people.sum(axis=1)
        true = {
            "output": output, "output_per_head": output / heads, "income": view.real_income,
            "emissions": 1.0 / np.maximum(view.emissions, 1e-300),
        }[self.proxy]  # fmt: skip
        return np.log(true) + self.noise * view.draw("measure", len(true))

    def _outlay(self, view: View) -> np.ndarray:
        """Return what the managed mechanisms spent, (M, R) million base-year yuan."""
        return view.mechanism_outlay[[view.mechanisms.index(name) for name in self.managed]]

    def settle(self, view: View, act: Handle, memory: EvaluationMemory) -> None:
        wanted = sum(post.wanted for post in memory.posts)
        if wanted > 0 and sum(post.paid for post in memory.posts) >= PAID * wanted and np.any(memory.outlay):
            self._evaluate(view, act, memory)
        for name in self.managed if self.strength > 0 and memory.scale else ():
            act.report(f"scale of {name}", memory.scale[name], "1")

    def _evaluate(self, view: View, act: Handle, memory: EvaluationMemory) -> None:
        """Estimate effects from the years so far and divide the money of the coming years by them."""
        spent = self._outlay(view).sum(axis=1)
        dose = memory.doses(view.people.sum(axis=1))
        change = memory.changes(dose, self.window if self.pretrend else 0, self.gaming)
        rows = memory.within
        controls = covariates(view.world)[rows] if self.covariates else np.zeros((len(rows), 0))
        effect, error = estimate(change[rows], dose[rows], controls)
        for name, beta, se, mean in zip(self.managed, effect, error, dose[rows].mean(axis=0), strict=True):
            act.report(f"estimate of {name}", beta * mean, "1")
            if beta + self.stop * se < 0:
                memory.stopped.add(name)
        now = np.array([memory.scale.get(name, 1.0) for name in self.managed])
        planned = np.divide(spent, now, out=np.zeros_like(spent), where=now > 0)
        envelope = spent.sum() * (self.brake if self._indebted(view, act, memory) else 1.0)
        score = scores(effect, error, self.prior)
        runs = np.array([name not in memory.stopped for name in self.managed]) & (planned > 0)
        divided = np.zeros_like(spent)
        divided[runs] = divide(
            np.log(spent[runs]) + self.step * score[runs],
            self.floor * planned[runs],
            self.ceiling * planned[runs],
            envelope,
        )
        act.report("money left over", max(0.0, envelope - divided.sum()), "million yuan/yr")
        act.report("mechanisms ended", float(len(memory.stopped)), "1")
        scale = np.where(planned > 0, np.divide(divided, planned, out=now, where=planned > 0), now)
        memory.scale = {
            name: 0.0 if name in memory.stopped else float(one) for name, one in zip(self.managed, scale, strict=True)
        }

    def _indebted(self, view: View, act: Handle, memory: EvaluationMemory) -> bool:
        """Whether a city in which the managed mechanisms spend has more debt than the limit."""
        there = np.sum(memory.outlay, axis=(0, 1)) > 0
        there[view.world.centre] = True
        over = there & (view.debt * view.deflator > self.debt_limit * view.revenue)
        act.report("cities in debt", float(over.sum()), "1")
        return bool(over.any())

    def scales(self, memory: EvaluationMemory) -> dict[str, float]:
        return memory.scale if self.strength > 0 else {}
