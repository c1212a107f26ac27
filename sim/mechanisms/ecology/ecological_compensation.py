"""Ecological compensation: cities along a river pay upstream regions for a standard, or are paid by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import AliasChoices, Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.funding import Funding
from sim.policy.posts import Handle, Post
from sim.policy.programme import Programme, ProgrammeMemory
from sim.policy.targets import Regions, pick
from sim.policy.view import View
from sim.world.types import World

UPSTREAM = ("qingyuan", "shaoguan", "heyuan")


@dataclass(kw_only=True)
class RiverMemory(ProgrammeMemory):
    """Regions downstream, pollution at the first reading, (R,), and what was read last, (k,) bool."""

    downstream: np.ndarray
    reference: np.ndarray | None = None
    passed: np.ndarray | None = None
    wrong: float = 0.0  # share of readings of the year that the meter gets wrong
    compensation: Post | None = None


class EcologicalCompensation(Programme):
    """Regions downstream pay those upstream in each year in which these meet the standard, and are paid if they fail.

    The standard is a path of pollution relative to the mean of all regions, read by a meter with an error. From above
    comes the part ``nation`` on top of what is paid for success. Regions upstream spend ``own_effort`` on abatement;
    without compensation there is no contract, hence no effort. Pollution is that of carbon dioxide, which stands for
    what rivers carry. It hurts poor regions upstream whose standard is out of reach: they pay.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"pollution"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "transfer", "emission_factor"})
    per_target: ClassVar[tuple[str, ...]] = (*Programme.per_target, "own_effort", "standard", "abatement")
    realised: ClassVar[tuple[Realised, ...]] = (
        *Programme.realised, Realised("the readings met the standard in the last year", "passed"),
    )  # fmt: skip

    kind: Literal["ecological_compensation"] = "ecological_compensation"
    targets: Regions = Field(
        default_factory=lambda: ["supporting"],
        validation_alias=AliasChoices("targets", "upstream"),
        description="Selectors of regions upstream",
    )
    downstream: Regions = Field(default_factory=lambda: ["centre"], description="Selectors of regions downstream")
    amount: float = setting(
        1000.0, "million yuan/yr", 500, 1000, "Xin'an river: 1,000 from 2023", "Compensation at stake in a year", ge=0
    )
    nation: float = setting(0.6, "1", 0, 1, "assumption", "Part from the nation on top of compensation paid", ge=0)
    own_effort: float = setting(
        1000.0, "million yuan/yr", 0, 5000, "assumption", "Spending on abatement, paid by funding", ge=0
    )
    funding: Funding = Field(default_factory=lambda: Funding(host=1.0), description="Who pays for abatement [1]")
    standard: float = setting(
        0.99, "1/yr", 0.9, 1, "assumption", "Yearly factor of the relative pollution required", gt=0, le=1
    )
    error: float = setting(0.05, "log", 0.02, 0.3, "assumption", "Standard deviation of a reading", ge=0)
    abatement: float = setting(0.3, "1", 0, 0.5, "assumption", "Share of emissions removed at full depth", ge=0, lt=1)
    per_head: float = setting(
        300.0, "yuan per head and year", 100, 1000, "assumption", "Steady spend that gives 63 % of the abatement", gt=0
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"upstream": ["qingyuan", "shaoguan"], "downstream": ["guangzhou"], "own_effort": 500},)

    def planned_cost(self, world: World, years: int) -> float:
        active = self.active_years(world, years)
        effort = self.own_effort * (1.0 + self.funding.attracted) * active if self.amount > 0 else 0.0
        at_stake = self.amount * (1.0 + self.nation) * max(0.0, active - 1.0)
        return self.strength * self.delivery * (at_stake + effort)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> RiverMemory:
        downstream = pick(world, f"{self.name}.downstream", self.downstream)
        return RiverMemory(**vars(super().prepare(world, accounts, start_year)), downstream=downstream)

    def _plan(self, view: View, memory: ProgrammeMemory) -> np.ndarray:
        at_stake = np.array([spec.amount for spec in memory.specs])
        effort = np.array([spec.own_effort for spec in memory.specs])
        share = np.divide(effort, at_stake, out=np.zeros(len(effort)), where=at_stake > 0)
        return super()._plan(view, memory) * share

    def decide(self, view: View, act: Handle, memory: Any) -> None:
        super().decide(view, act, memory)
        memory.compensation = None
        at_stake = Programme._plan(self, view, memory)
        if not at_stake.any():
            return
        up, down = memory.targets, memory.downstream
        level = np.log(view.pollution)
        level = level - level.mean()
        if memory.reference is None:  # there is nothing yet that the first reading could be compared with
            memory.reference = level
            return
        standard = np.array([spec.standard for spec in memory.specs])
        margin = (level - memory.reference)[up] - np.log(standard) * (view.year - memory.start)
        read = margin + self.error * view.draw("meter", view.world.n_regions)[up]
        memory.passed, memory.wrong = read <= 0, float(((read <= 0) != (margin <= 0)).mean())
        people = memory.size[down] / memory.size[down].sum()
        money, above = np.outer(at_stake, people), at_stake * self.nation * memory.passed
        a = view.accounts
        payer = np.where(memory.passed[:, None], a.treasury[down][None, :], a.treasury[up][:, None])
        payee = np.where(memory.passed[:, None], a.treasury[up][:, None], a.treasury[down][None, :])
        some = (payer != payee) & (money > 0)
        memory.compensation = act.transfer(
            np.append(payer[some], np.full(len(up), a.nation)), np.append(payee[some], a.treasury[up]),
            np.append(money[some], above), f"compensation:{self.name}",
        )  # fmt: skip

    def effect(self, view: View, act: Handle, memory: ProgrammeMemory) -> None:
        # contracts that share their effect also share its log
        depth = memory.depth if view.pooled is None else -np.expm1(-view.pooled)
        for j, spec in zip(memory.targets, memory.specs, strict=True):
            if depth[j] > 0:
                less = np.log1p(-spec.abatement * depth[j]) * memory.depth[j] / depth[j]
                act.shift("emission_factor", less, (int(j),))

    def settle(self, view: View, act: Handle, memory: Any) -> None:
        super().settle(view, act, memory)
        if self.strength > 0 and memory.compensation is not None and memory.passed is not None:
            act.report("compensation", memory.compensation.paid / view.prices, "million yuan/yr")
            act.report("passed", float(memory.passed.mean()), "1")
            act.report("wrong readings", memory.wrong, "1")
