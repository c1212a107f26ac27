"""Public-private partnership: private partners build infrastructure, and public budgets repay them for years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.funding import Funding, Private
from sim.policy.posts import Handle
from sim.policy.targets import Regions, pick
from sim.policy.view import View
from sim.policy.works import Project, Works, WorksMemory, one_region
from sim.world.types import World

DEAL = {"private": "share", "rate": "rate", "years": "years", "saving": "saving", "ceiling": "ceiling"}


@dataclass
class Partnership(Project):
    """A project with the specification of its target."""

    spec: Any = None


class PublicPrivatePartnership(Works):
    """Builds infrastructure in targets, of which private partners finance a part and are repaid over years.

    Public money is saved while works are built and owed afterwards, with a return that households receive.
    The law is that of private finance of works (docs/model.md, 8.3). It hurts those who repay: services
    are cut for years, the more so the dearer the money, and what is owed is in no treasury's debt.
    """

    writes: ClassVar[frozenset[str]] = frozenset({"purchase"})
    per_target: ClassVar[tuple[str, ...]] = (
        "strength", "funding", "delivery", "private", "rate", "years", "saving", "ceiling", "build_years", "start",
        "end",
    )  # fmt: skip
    realised: ClassVar[tuple[Realised, ...]] = (Realised("the projects are open in the last year", "open"),)

    kind: Literal["public_private_partnership"] = "public_private_partnership"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of regions built in")
    amount: float = setting(30_000.0, "million yuan", 1000, 100_000, "assumption", "Cost of works over targets", ge=0)
    build_years: int = setting(3, "year", 2, 6, "public works alone: about 5; assumption", "Years of building", ge=1)
    private: float = setting(0.7, "1", 0, 0.8, "assumption", "Part that private partners finance", ge=0, le=0.8)
    rate: float = setting(
        0.065, "1/yr", 0.05, 0.09, "6.4 to 6.6 % in 2016 and 2017", "Return on what is owed", gt=0, le=0.2
    )
    years: int = setting(20, "year", 10, 30, "customary term: assumption", "Years of repayment", ge=1, le=50)
    saving: float = setting(0.1, "1", 0, 0.2, "assumption", "Cost that private building saves", ge=0, le=0.5)
    ceiling: float = setting(
        0.1, "1", 0.05, 0.2, "Ministry of Finance: a tenth of general public spending",
        "Most that a year of repayment may take of the host's revenue", gt=0, le=1,
    )  # fmt: skip
    funding: Funding = Field(default_factory=lambda: Funding(host=1.0), description="Who pays and repays [1]")

    @model_validator(mode="after")
    def _one_deal(self) -> PublicPrivatePartnership:
        if self.funding.private is not None:
            text = f"{self.name}: funding.private is given by private, rate, years, saving and ceiling of this kind"
            raise PydanticCustomError("partnership.deal", text)
        return self

    @property
    def fundings(self) -> list[Funding]:
        """Funding of all targets, each with the private part."""
        private = Private(**{key: getattr(self, name) for name, key in DEAL.items()})
        return [funding.model_copy(update={"private": private}) for funding in super().fundings]

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        short = {"build_years": 2, "years": 3, "amount": 2000.0}
        return {"targets": ["qingyuan"], "funding": {"host": 0.7, "province": 0.3}, **short}, {"private": 0.0, **short}

    def planned_cost(self, world: World, years: int) -> float:
        paid = self.strength * self.delivery * self.amount * self.built_by(world, years)
        return paid * (1.0 - self.private * self.saving)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> WorksMemory:
        targets = pick(world, f"{self.name}.targets", self.targets)
        people = world.people[targets].sum(axis=1)
        projects: list[Project] = []
        for j, part in zip(targets, self.amount * people / people.sum(), strict=True):
            name, spec = f"{self.name}.{world.regions['id'].iloc[j]}", self.at(world, int(j))
            projects.append(Partnership(name, *one_region(int(j)), spec.strength * part, spec=spec))
        return WorksMemory(start=self.begin(start_year), projects=projects)

    def decide(self, view: View, act: Handle, memory: Any) -> None:
        if self.strength == 0 or self.amount == 0:
            return
        for project in memory.projects:
            spec = project.spec
            pace = self.pace(view, memory, spec) * self.delivered(view, memory, spec)
            spec.build(view, act, project, pace, spec.fundings[0], adds="infrastructure")

    def settle(self, view: View, act: Handle, memory: WorksMemory) -> None:
        if self.strength == 0 or self.amount == 0:
            return
        for project in memory.projects:
            self.book(view, project)
        spent = {
            use: sum(p.spent(use, view.prices) for p in memory.projects) for use in ("capex", "private", "annuity")
        }
        act.report("public works", spent["capex"], "million yuan/yr")
        act.report("private works", spent["private"], "million yuan/yr")
        act.report("repaid", spent["annuity"], "million yuan/yr")
        act.report("owed", sum(p.owed for p in memory.projects) / view.prices, "million yuan")
        act.report("open", float(np.mean([p.open_year is not None for p in memory.projects])), "1")
