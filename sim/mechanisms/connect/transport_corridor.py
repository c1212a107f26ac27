"""Transport corridor: a new or faster line between cities, paid by km, with stops and by-passed cities."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from sim.mechanisms.connect.route import LineWorks, Route
from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Finding, Harm, Measure, Realised
from sim.policy.posts import Handle
from sim.policy.view import View
from sim.policy.works import Project, WorksMemory
from sim.world.types import World

# Million yuan per km. HSR: World Bank 2019 (130); the others are orders of magnitude of Chinese projects, assumed.
CAPEX = {"hsr": 130.0, "rail": 60.0, "expressway": 100.0, "road": 30.0, "waterway": 120.0, "air": 2.0}


@dataclass(kw_only=True)
class LineMemory(WorksMemory):
    """The route of the line."""

    route: Route


class TransportCorridor(LineWorks):
    """Builds a line; stops are served, by-passed cities are not, and what served them before may be thinned.

    Either a named line of the world that is not open yet, or a list of cities from end to end. The cost is spread over
    the building years; the line opens when it is built and paid, then it costs money to run. ``strength`` scales its
    speed and its cost. It hurts by-passed cities, towns drawn into a hub's shadow, and whoever carries the debt.
    """

    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "edge"})
    evidence: ClassVar[tuple[str | Finding, ...]] = (
        "High-speed rail costs about 130 million yuan per km (World Bank 2019)",
        Finding(
            text="Cities that are passed without a stop lose (Qin 2017)", about="effect", causal=True,
            row="D8 high-speed rail: a passed city loses against stops (Qin 2017)",
        ),
        Finding(
            text="Investment between newly linked cities rises by about 45 % (Lin et al. 2023)", about="effect",
            causal=True, low=0.45, high=0.45,
            row="D9 high-speed rail: investment between linked cities rises (Lin et al. 2023)",
            measure=Measure(
                text="value added of the cities linked to Guangzhou", outcome="value_added",
                group=("heyuan", "meizhou", "longyan"),
            ),
        ),
    )  # fmt: skip
    hurts: ClassVar[tuple[Harm, ...]] = (
        Harm(
            text="trains pass it, and those of the old line are fewer",
            measure=Measure(text="value added of Heyuan", outcome="value_added", group=("heyuan",), sign=-1),
        ),
    )
    realised: ClassVar[tuple[Realised, ...]] = (Realised("the runs have the line open in the last year", "open"),)

    kind: Literal["transport_corridor"] = "transport_corridor"
    capex_per_km: float | None = setting(
        None, "million yuan per km", 30, 180, "high-speed rail: World Bank 2019 (130); other modes: assumption",
        "Cost of building; by mode if not given", ge=0,
    )  # fmt: skip
    running_cost_per_km: float = setting(
        3.0, "million yuan per km and year", 0.5, 6, "assumption", "Cost of running beyond fares", ge=0
    )
    thinning: float = setting(
        0.0, "1", 0, 0.5, "assumption", "Part by which trains of old lines to by-passed cities slow down", ge=0, lt=1
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        line = {"cities": ["guangzhou", "foshan", "nanning"], "bypass": ["foshan"], "thinning": 0.3}
        return {**line, "funding": {"nation": 0.5, "host": 0.5}}, {**line, "build_years": 2, "capex_per_km": 1.0}

    def _capex(self, route: Route) -> float:
        per_km = [CAPEX[e.mode] if self.capex_per_km is None else self.capex_per_km for e in route.edges]
        return sum(e.km * cost for e, cost in zip(route.edges, per_km, strict=True))

    def planned_cost(self, world: World, years: int) -> float:
        if self.strength == 0:
            return 0.0
        route = self.route(world)
        served = max(0.0, years - (self.begin(world.year) - world.year) - math.ceil(self.years_to_build))
        running = self.running_cost_per_km * route.km * (1.0 + self.funding.attracted)
        return self.strength * (self._capex(route) * self.built_by(world, years) + running * served)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> LineMemory:
        route = self.route(world) if self.strength > 0 else Route([], [])
        weights = route.weights(world.n_regions)
        regions = np.flatnonzero(weights)
        project = Project(self.name, regions, weights[regions], self.strength * self._capex(route))
        return LineMemory(start=self.begin(start_year), projects=[project], route=route)

    def decide(self, view: View, act: Handle, memory: LineMemory) -> None:
        (line,) = memory.projects
        line.posts = []
        if self.strength == 0 or self.level(view.year, memory.start) == 0:
            return
        pace = self.pace(view, memory) * self.delivered(view, memory)
        if not self.build(view, act, line, pace, self.funding):
            return
        running = self.strength * self.running_cost_per_km * memory.route.km
        self.pay(view, act, line, running, "running", self.funding, basket="services")
        for edge in memory.route.edges:
            act.use_edge(edge)
        if self.thinning > 0:
            for a, b in memory.route.passed:
                act.slow_edge(a, b, "rail", 1.0 - self.thinning)

    def settle(self, view: View, act: Handle, memory: LineMemory) -> None:
        (line,) = memory.projects
        if self.strength == 0 or not line.posts and line.open_year is None:
            return
        self.book(view, line)
        act.report("capex", line.spent("capex", view.prices), "million yuan/yr")
        act.report("running cost", line.spent("running", view.prices), "million yuan/yr")
        act.report("length", memory.route.km, "km")
        act.report("open", float(line.open_year is not None), "1")
