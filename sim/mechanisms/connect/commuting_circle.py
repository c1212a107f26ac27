"""Commuting circle: fast lines between a hub and the towns around it, and one ticket for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.errors import UserError
from sim.mechanisms.connect.lines import RouteWorks
from sim.mechanisms.connect.route import Route
from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.posts import Edge, Handle
from sim.policy.targets import Region, Regions, pick, pick_one
from sim.policy.view import View
from sim.policy.works import WorksMemory
from sim.world.types import World


@dataclass(kw_only=True)
class CircleMemory(WorksMemory):
    """Works of the lines, and the travel times of people in its first year."""

    hours: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))


class CommutingCircle(RouteWorks):
    """Builds fast lines between a hub and towns around it, so that residents of one work in the other for the day.

    Commuting over a line grows with the hours that it saves and with the common ticket; wages are taken home, where
    they are taxed and spent. Each line opens when it is built and paid. ``strength`` scales speed, ticket and cost. It
    hurts towns whose wages are far below those of the hub: they become dormitories, whose residents earn more and whose
    output falls; where wages are similar, commuters come as well as go. It hurts whoever pays for lines that few use.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"people_hours"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "edge", "commuting"})
    per_target: ClassVar[tuple[str, ...]] = ("speed", "ticket")
    realised: ClassVar[tuple[Realised, ...]] = (Realised("of its lines are open in the last year", "open"),)

    kind: Literal["commuting_circle"] = "commuting_circle"
    hub: Region = Field("centre", description="The city in the middle")
    cities: Regions = Field(description="Selectors of the towns that are joined to it")
    ring: bool = Field(False, description="Whether neighbours around the hub are joined to each other as well")
    mode: Literal["metro", "hsr"] = Field("metro", description="What is built")
    speed: float = setting(
        120.0, "km/h", 80, 160, "assumption: regional express is designed for 160 (from memory)", "Commercial speed",
        gt=0, le=400,
    )  # fmt: skip
    detour: float = setting(1.2, "1", 1.0, 1.4, "assumption", "Length over the great circle", ge=1, le=3)
    build_years: int = setting(5, "year", 3, 8, "assumption", "Years of building", ge=1, le=40)
    capex_per_km: float = setting(
        300.0, "million yuan per km", 130, 700, "assumption between high-speed rail (World Bank 2019: 130) and metro",
        "Cost of building", ge=0,
    )  # fmt: skip
    running_cost_per_km: float = setting(
        10.0, "million yuan per km and year", 3, 20, "assumption", "Cost of running beyond fares", ge=0
    )
    ticket: float = setting(0.3, "log odds", 0, 1, "assumption", "Gain of commuting by one fare and one card", ge=0)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        near = {"cities": ["foshan", "qingyuan", "shaoguan"], "overrides": {"qingyuan": {"speed": 140.0}}}
        return {**near, "funding": {"centre": 0.5, "host": 0.5}}, {**near, "ring": True, "build_years": 2}

    def _towns(self, world: World) -> tuple[int, list[int]]:
        """Return the hub and its towns, in their order around it."""
        hub = pick_one(world, f"{self.name}.hub", self.hub)
        towns = [int(j) for j in pick(world, f"{self.name}.cities", self.cities) if j != hub]
        if not towns:
            raise UserError(f"{self.name}.cities: {self.cities} selects the hub only; expected other regions")
        lat, lon = (world.regions[name].to_numpy(float) for name in ("lat", "lon"))
        east = (lon - lon[hub]) * np.cos(np.radians(lat[hub]))
        return hub, sorted(towns, key=lambda j: (np.arctan2(lat[j] - lat[hub], east[j]), j))

    def routes(self, world: World) -> dict[str, Route]:
        hub, towns = self._towns(world)
        pairs = [(hub, j) for j in towns]
        if self.ring:
            pairs += zip(towns[:-1], towns[1:], strict=True)
            pairs += [(towns[-1], towns[0])] if len(towns) > 2 else []
        ids, km, found = world.regions["id"].tolist(), self.detour * world.distances, {}
        for a, b in pairs:
            name, speed = f"{self.name}.{ids[a]}-{ids[b]}", self.strength * self.at(world, b).speed
            found[name] = Route([Edge(a, b, self.mode, float(km[a, b]), speed, name)], [])
        return found

    def cost_per_km(self, mode: str) -> float:
        return self.capex_per_km

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> CircleMemory:
        works = super().prepare(world, accounts, start_year)
        return CircleMemory(start=works.start, projects=works.projects)

    def decide(self, view: View, act: Handle, memory: CircleMemory) -> None:
        if not memory.hours.size and self.strength > 0 and self.level(view.year, memory.start) > 0:
            memory.hours = view.people_hours.copy()
        for line in self.run_lines(view, act, memory):
            (edge,) = line.route.edges
            a, b = edge.a, edge.b
            saved = max(0.0, float(memory.hours[a, b] - view.people_hours[a, b]))
            gain = view.parameters.migration.commuting_cost * saved + self.strength * self.at(view.world, b).ticket
            act.shift("commuting", -gain, ([a, b], [b, a]))
