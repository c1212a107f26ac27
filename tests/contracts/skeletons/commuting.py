"""Skeleton of a commuting circle: works, then links in use and a ticket that is paid for."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.mechanisms.connect.route import Route, line_through
from sim.policy.posts import Handle
from sim.policy.targets import Region, Regions, pick, pick_one
from sim.policy.view import View
from sim.policy.works import Project, Works, WorksMemory
from sim.world.types import World


class CommutingCircle(Works):
    """Builds lines from a hub to its neighbours and pays part of the fares to those who live there.

    It hurts towns that become dormitories. Commuters are an extension of the market that comes with the kind itself.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"people"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "transfer", "edge"})

    kind: Literal["commuting_circle"] = "commuting_circle"
    hub: Region = Field("centre", description="The city in the middle")
    targets: Regions = Field(default_factory=lambda: ["foshan"], description="Selectors of the ring")
    capex_per_km: float = Field(1.0, ge=0, description="Cost of building [million yuan per km]")
    build_years: int = Field(2, ge=1, le=40, description="Years of building [year]")
    ticket: float = Field(10.0, ge=0, description="Paid to residents of the ring [yuan per head and year]")

    def _routes(self, world: World) -> list[tuple[int, Route]]:
        hub, ids = pick_one(world, f"{self.name}.hub", self.hub), world.regions["id"]
        ring = [int(j) for j in pick(world, f"{self.name}.targets", self.targets) if j != hub]
        return [(j, line_through(world, self.name, [ids[hub], ids[j]], [], "rail", 1.2, 120.0)) for j in ring]

    def planned_cost(self, world: World, years: int) -> float:
        km = sum(route.km for _, route in self._routes(world))
        return self.strength * self.capex_per_km * km * self.built_by(world, years)

    def prepare(self, world: World, accounts: Any, start_year: int) -> WorksMemory:
        projects = []
        for j, route in self._routes(world):
            weights = route.weights(world.n_regions)
            regions = np.flatnonzero(weights)
            total = self.strength * self.capex_per_km * route.km
            projects.append(Project(f"{self.name}.{j}", regions, weights[regions], total))
        return WorksMemory(start=self.begin(start_year), projects=projects)

    def decide(self, view: View, act: Handle, memory: WorksMemory) -> None:
        if self.strength == 0:
            return
        for project, (j, route) in zip(memory.projects, self._routes(view.world), strict=True):
            if not self.build(view, act, project, self.pace(view, memory), self.funding):
                continue
            for edge in route.edges:
                act.use_edge(edge)
            money = self.ticket * 1e-6 * float(view.people[j].sum()) * self.now(view, memory)
            bill = self.funding.bill(view, np.array([j]), np.array([money]))
            act.transfer(bill.payer, view.accounts.households[bill.region], bill.amount, f"ticket:{self.name}")

    def settle(self, view: View, act: Handle, memory: WorksMemory) -> None:
        for project in memory.projects:
            self.book(view, project)
