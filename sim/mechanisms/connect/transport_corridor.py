"""Transport corridor: a new or faster line between cities, paid by km, with stops and by-passed cities."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

from sim.mechanisms.connect.lines import LineWorks
from sim.mechanisms.connect.route import Route
from sim.parameters import setting
from sim.policy.evidence import Realised
from sim.policy.posts import Handle
from sim.policy.view import View
from sim.policy.works import WorksMemory
from sim.world.types import World

# Million yuan per km. HSR: World Bank 2019 (130); the others are orders of magnitude of Chinese projects, assumed.
CAPEX = {"hsr": 130.0, "rail": 60.0, "expressway": 100.0, "road": 30.0, "waterway": 120.0, "air": 2.0, "metro": 500.0}


class TransportCorridor(LineWorks):
    """Builds a line; stops are served, by-passed cities are not, and what served them before may be thinned.

    Either a named line of the world that is not open yet, or a list of cities from end to end. The cost is spread over
    the building years; the line opens when it is built and paid, then it costs money to run. ``strength`` scales its
    speed and its cost. It hurts by-passed cities, towns drawn into a hub's shadow, and whoever carries the debt.
    """

    realised: ClassVar[tuple[Realised, ...]] = (Realised("the runs have the line open in the last year", "open"),)

    kind: Literal["transport_corridor"] = "transport_corridor"
    capex_per_km: float | None = setting(
        None, "million yuan per km", 30, 180, "high-speed rail: World Bank 2019 (130); other modes: assumption",
        "Cost of building; by mode if not given", ge=0,
    )  # fmt: skip
    thinning: float = setting(
        0.0, "1", 0, 0.5, "assumption", "Part by which trains of old lines to by-passed cities slow down", ge=0, lt=1
    )
    bulk_share: float = setting(
        0.15, "1", 0.05, 0.4, "assumption: inland water has about 8 % of tonne-km of all goods (from memory)",
        "Of a waterway: part of the trade in bulky goods that it can carry", ge=0, le=1,
    )  # fmt: skip

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        line = {"cities": ["guangzhou", "foshan", "nanning"], "bypass": ["foshan"], "thinning": 0.3}
        return {**line, "funding": {"nation": 0.5, "host": 0.5}}, {**line, "build_years": 2, "capex_per_km": 1.0}

    def route(self, world: World) -> Route:
        route = super().route(world)
        water = [replace(e, bulk_share=self.bulk_share) if e.mode == "waterway" else e for e in route.edges]
        return Route(water, route.passed)

    def cost_per_km(self, mode: str) -> float:
        return CAPEX[mode] if self.capex_per_km is None else self.capex_per_km

    def decide(self, view: View, act: Handle, memory: WorksMemory) -> None:
        for line in self.run_lines(view, act, memory):
            for a, b in line.route.passed if self.thinning > 0 else ():
                act.slow_edge(a, b, "rail", 1.0 - self.thinning)
