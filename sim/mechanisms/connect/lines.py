"""Lines that are built, paid and run: bases of corridors and circles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from sim.errors import nearest
from sim.mechanisms.connect.route import Route, line_through, planned_line
from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.posts import Handle
from sim.policy.targets import Regions
from sim.policy.view import View
from sim.policy.works import Project, Works, WorksMemory
from sim.world.types import World

Mode = Literal["hsr", "rail", "expressway", "road", "waterway", "air", "metro"]


@dataclass(kw_only=True)
class Line(Project):
    """A line that is built, paid and then run."""

    route: Route


class RouteWorks(Works):
    """Base of instruments that build lines, each of them open once it is built and paid, and then run at a cost.

    A subclass defines its `routes` and what a km costs; it may post more where lines are open.
    """

    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "edge"})

    running_cost_per_km: float = setting(
        3.0, "million yuan per km and year", 0.5, 6, "assumption", "Cost of running beyond fares", ge=0
    )

    def routes(self, world: World) -> dict[str, Route]:
        """Return the lines by name."""
        raise NotImplementedError

    def cost_per_km(self, mode: str) -> float:
        """Return the cost of building, million yuan per km."""
        raise NotImplementedError

    def _capex(self, route: Route) -> float:
        return sum(edge.km * self.cost_per_km(edge.mode) for edge in route.edges)

    def planned_cost(self, world: World, years: int) -> float:
        if self.strength == 0:
            return 0.0
        routes = self.routes(world).values()
        served = max(0.0, years - (self.begin(world.year) - world.year) - math.ceil(self.years_to_build))
        running = self.running_cost_per_km * sum(r.km for r in routes) * (1.0 + self.funding.attracted)
        return self.strength * (sum(map(self._capex, routes)) * self.built_by(world, years) + running * served)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> WorksMemory:
        lines: list[Project] = []
        for name, route in self.routes(world).items() if self.strength > 0 else ():
            weights = route.weights(world.n_regions)
            regions = np.flatnonzero(weights)
            lines.append(Line(name, regions, weights[regions], self.strength * self._capex(route), route=route))
        return WorksMemory(start=self.begin(start_year), projects=lines)

    def run_lines(self, view: View, act: Handle, memory: WorksMemory) -> list[Line]:
        """Build lines and use those that are open; return these."""
        active = self.strength > 0 and self.level(view.year, memory.start) > 0
        pace = self.pace(view, memory) * self.delivered(view, memory) if active else 0.0
        used = []
        for line in memory.projects:
            assert isinstance(line, Line)
            line.posts = []
            if active and self.build(view, act, line, pace, self.funding):
                running = self.strength * self.running_cost_per_km * line.route.km
                self.pay(view, act, line, running, "running", self.funding, basket="services")
                for edge in line.route.edges:
                    act.use_edge(edge)
                used.append(line)
        return used

    def settle(self, view: View, act: Handle, memory: WorksMemory) -> None:
        lines = [line for line in memory.projects if line.posts or line.open_year is not None]
        if not lines:
            return
        for line in lines:
            self.book(view, line)
        for use, item in (("capex", "capex"), ("running", "running cost")):
            act.report(item, sum(line.spent(use, view.prices) for line in lines), "million yuan/yr")
        act.report("length", sum(line.route.km for line in lines if isinstance(line, Line)), "km")
        act.report("open", sum(line.open_year is not None for line in lines) / len(memory.projects), "1")


class LineWorks(RouteWorks):
    """Base of instruments that build a line: one that the world plans, or one through cities from end to end."""

    line: str = Field("", description="A line of the world that is not open yet; its stops, length and speed")
    cities: Regions = Field(default_factory=list, description="Instead of a line: cities from end to end")
    bypass: Regions = Field(default_factory=list, description="Those of them that are passed without a stop")
    mode: Mode = Field("hsr", description="What is built")
    speed: float = setting(260.0, "km/h", 160, 350, "assumption", "Commercial speed", gt=0, le=1200)
    detour: float = setting(1.15, "1", 1.0, 1.4, "assumption", "Length over the great circle", ge=1, le=3)

    @model_validator(mode="after")
    def _routed(self) -> LineWorks:
        if bool(self.line) == bool(self.cities):
            raise ValueError(f"{self.name}: expected either a line or cities, not both or neither")
        if self.cities and len(self.cities) - len(self.bypass) < 2:
            raise ValueError(f"{self.name}: a corridor needs two stops or more; expected fewer cities in bypass")
        unknown = [c for c in self.bypass if c not in self.cities]
        if unknown:
            hint = nearest(unknown[0], self.cities)
            raise ValueError(f"{self.name}: bypass names '{unknown[0]}'; expected one of its cities{hint}")
        return self

    def route(self, world: World) -> Route:
        """Return the links of the line and who is passed by."""
        speed = self.speed * self.strength
        if self.line:
            return planned_line(world, self.name, self.line, self.strength)
        return line_through(world, self.name, self.cities, self.bypass, self.mode, self.detour, speed)

    def routes(self, world: World) -> dict[str, Route]:
        return {self.name: self.route(world)}
