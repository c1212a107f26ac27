"""Skeleton of a private partnership: works that a project company builds on credit."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.policy.posts import Handle
from sim.policy.targets import Regions, pick
from sim.policy.view import View
from sim.policy.works import Project, Works, WorksMemory, one_region
from sim.world.types import World


class PrivatePartnership(Works):
    """Builds infrastructure in targets, in part on private money; the funders pay for it over years.

    It hurts by later services: what is owed shows in no debt until it is paid.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"revenue"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "transfer", "credit"})

    kind: Literal["private_partnership"] = "private_partnership"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of hosts")
    amount: float = Field(3000.0, ge=0, description="Works in all targets [million yuan]")
    build_years: int = Field(2, ge=1, le=40, description="Years of building [year]")

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"funding": {"host": 0.7, "province": 0.3, "private": {"share": 0.6, "years": 3}}},)

    def planned_cost(self, world: World, years: int) -> float:
        return self.strength * self.amount * self.built_by(world, years)

    def prepare(self, world: World, accounts: Any, start_year: int) -> WorksMemory:
        targets = pick(world, f"{self.name}.targets", self.targets)
        total = self.strength * self.amount / len(targets)
        ids = world.regions["id"].tolist()
        projects = [Project(f"{self.name}.{ids[j]}", *one_region(int(j)), total) for j in targets]
        return WorksMemory(start=self.begin(start_year), projects=projects)

    def decide(self, view: View, act: Handle, memory: WorksMemory) -> None:
        for project in memory.projects:
            self.build(view, act, project, self.pace(view, memory), self.funding, adds="infrastructure")

    def settle(self, view: View, act: Handle, memory: WorksMemory) -> None:
        for project in memory.projects:
            self.book(view, project)
        if self.strength > 0:
            owed = sum(project.owed for project in memory.projects) / view.prices
            act.report("owed to private partners", owed, "million yuan")
