"""Transport corridor: a new or faster line between cities, paid by km, with stops and by-passed places."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from sim.errors import UserError, nearest
from sim.policy.mechanism import Mechanism, Memory
from sim.policy.settlement import Edge, Handle
from sim.policy.targets import Regions, pick_one
from sim.policy.view import View
from sim.world import line_edges
from sim.world.types import World

Mode = Literal["hsr", "rail", "expressway", "road", "waterway", "air"]
# Million yuan per km. HSR: World Bank 2019 (130); the others are orders of magnitude of Chinese projects, assumed.
CAPEX = {"hsr": 130.0, "rail": 60.0, "expressway": 100.0, "road": 30.0, "waterway": 120.0, "air": 2.0}
# Paid in full but for this part: prices move between contract and payment.
UNPAID = 0.01


class TransportCorridor(Mechanism):
    """Builds a line; stops are served, by-passed cities are not, and what served them before may be thinned.

    Either a named line of the world that is not open yet, or a list of cities from end to end. The cost is spread over
    the building years; the line opens when it is built and paid, then it costs money to run. ``strength`` scales its
    speed and its cost. It hurts by-passed cities, towns drawn into a hub's shadow, and whoever carries the debt.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"deflator", "expected_deflator"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "edge"})

    kind: Literal["transport_corridor"] = "transport_corridor"
    line: str = Field("", description="A line of the world that is not open yet; its stops, length and speed")
    cities: Regions = Field(default_factory=list, description="Instead of a line: cities from end to end")
    bypass: Regions = Field(default_factory=list, description="Those of them that are passed without a stop")
    mode: Mode = Field("hsr", description="What is built")
    speed: float = Field(260.0, gt=0, le=1200, description="Commercial speed [km/h]")
    detour: float = Field(1.15, ge=1, le=3, description="Length over the great circle [1]")
    capex_per_km: float | None = Field(
        None, ge=0, description="Cost of building; by mode if not given [million yuan per km]"
    )
    build_years: int = Field(5, ge=1, le=40, description="Years of building [year]")
    running_cost_per_km: float = Field(
        3.0, ge=0, description="Cost of running beyond fares [million yuan per km and year]"
    )
    thinning: float = Field(
        0.0, ge=0, lt=1, description="Part by which trains of old lines to by-passed cities slow down [1]"
    )

    @model_validator(mode="after")
    def _routed(self) -> TransportCorridor:
        if bool(self.line) == bool(self.cities):
            raise ValueError(f"{self.name}: expected either a line or cities, not both or neither")
        if self.cities and len(self.cities) - len(self.bypass) < 2:
            raise ValueError(f"{self.name}: a corridor needs two stops or more; expected fewer cities in bypass")
        unknown = [c for c in self.bypass if c not in self.cities]
        if unknown:
            hint = nearest(unknown[0], self.cities)
            raise ValueError(f"{self.name}: bypass names '{unknown[0]}'; expected one of its cities{hint}")
        return self

    def route(self, world: World) -> tuple[list[Edge], list[tuple[int, int]]]:
        """Return the ways of the line, and the old neighbours of by-passed cities along it.

        Raises
        ------
        UserError
            If the world has no such line, or it is open at the start.
        """
        if self.line:
            found = line_edges(world, self.line)
            if not found:
                known = line_edges(world)
                hint = f"expected one of {', '.join(known)}{nearest(self.line, known)}" if known else "it plans none"
                raise UserError(f"{self.name}.line: world {world.name} has no line '{self.line}' to be opened; {hint}")
            edges = [Edge(e.a, e.b, e.mode, e.km, e.speed * self.strength, self.name) for e in found]
            return edges, []
        places = [pick_one(world, f"{self.name}.cities", word) for word in self.cities]
        passed = {pick_one(world, f"{self.name}.bypass", word) for word in self.bypass}
        km = self.detour * world.distances
        edges, start, length = [], places[0], 0.0
        for here, there in zip(places[:-1], places[1:], strict=True):
            length += km[here, there]
            if there not in passed:
                edges.append(Edge(start, there, self.mode, float(length), self.speed * self.strength, self.name))
                start, length = there, 0.0
        return edges, [(p, other) for p in sorted(passed) for other in places if other != p]

    def _capex(self, edges: list[Edge]) -> float:
        return sum(e.km * (CAPEX[e.mode] if self.capex_per_km is None else self.capex_per_km) for e in edges)

    def planned_cost(self, world: World, years: int) -> float:
        if self.strength == 0:
            return 0.0
        edges, _ = self.route(world)
        begin = self.start if self.start is not None else world.year
        built = min(1.0, max(0.0, (world.year + years - begin) / self.build_years))
        served = max(0.0, years - (begin - world.year) - self.build_years)
        running = self.running_cost_per_km * sum(e.km for e in edges) * served
        return self.strength * (self._capex(edges) * built + running)

    def prepare(self, world: World, accounts: object, start_year: int) -> Memory:
        edges, ways = self.route(world) if self.strength > 0 else ([], [])
        weights = np.zeros(world.n_regions)
        for edge in edges:
            for end in (edge.a, edge.b):
                weights[end] += edge.km / 2
        begin = self.start if self.start is not None else start_year
        return {
            "start": begin, "edges": edges, "ways": ways, "weights": weights / max(weights.sum(), 1e-300),
            "paid": 0.0, "years": 0, "opened": None, "posts": [],
        }  # fmt: skip

    def decide(self, view: View, act: Handle, memory: Memory) -> None:
        if self.strength == 0 or self.level(view.year, memory["start"]) == 0:
            return
        memory["posts"] = []
        total = self.strength * self._capex(memory["edges"])
        if memory["opened"] is None and memory["years"] >= self.build_years:
            if memory["paid"] >= (1.0 - UNPAID) * total:
                memory["opened"] = view.year
        if memory["opened"] is None:
            plan = min(total / self.build_years, total - memory["paid"])
            self._pay(view, act, memory, self.delivery * plan, "capex")
            memory["years"] += 1
            return
        km = sum(edge.km for edge in memory["edges"])
        self._pay(view, act, memory, self.strength * self.running_cost_per_km * km, "running")
        for edge in memory["edges"]:
            act.use_edge(edge)
        if self.thinning > 0:
            for a, b in memory["ways"]:
                act.slow_edge(a, b, "rail", 1.0 - self.thinning)

    def _pay(self, view: View, act: Handle, memory: Memory, amount: float, use: str) -> None:
        """Buy works (or services of running) in the cities along the line, in proportion to its length there."""
        basket: Literal["investment", "services"] = "investment" if use == "capex" else "services"
        payers = self.funding.payers(view.accounts, view.world.centre, memory["weights"])
        for region in np.flatnonzero(memory["weights"]):
            for payer, share in payers:
                part = amount * share * memory["weights"][region] * view.expected_deflator
                if part > 0:
                    post = act.purchase(payer, int(region), float(part), f"{use}:{self.name}", basket=basket)
                    memory["posts"].append((use, post))

    def settle(self, view: View, act: Handle, memory: Memory) -> None:
        posts: list[tuple[str, Any]] = memory["posts"]
        memory["posts"] = []
        if self.strength == 0 or not posts and memory["opened"] is None:
            return
        built = sum(p.granted for use, p in posts if use == "capex") / view.deflator
        run = sum(p.granted for use, p in posts if use == "running") / view.deflator
        memory["paid"] += built
        act.report("capex", built, "million yuan/yr")
        act.report("running cost", run, "million yuan/yr")
        act.report("length", sum(edge.km for edge in memory["edges"]), "km")
        act.report("open", float(memory["opened"] is not None), "1")
