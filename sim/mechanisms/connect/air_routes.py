"""Air routes: subsidised flights from a hub to cities and abroad, and the airport that they need."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.posts import Edge, Handle
from sim.policy.targets import Region, Regions, pick, pick_one, trade_of
from sim.policy.view import View
from sim.policy.works import Project, Works, WorksMemory, one_region
from sim.world.types import World

DETOUR, SPEED, DAY = 1.05, 650.0, 16.0  # length over the great circle; km/h, commercial; hours of flights in a day
FLOWN = ("high_tech", "producer_services")  # sectors whose trade with the world market flies
STEP = 3  # decimals of what is flown: travel times are computed again whenever it changes
NETWORK = 10.0  # routes abroad at which a further one adds half as much as the first (assumption)


@dataclass(kw_only=True)
class AirMemory(WorksMemory):
    """The airport, the cities served, and what is flown.

    Attributes
    ----------
    hub : int
    cities : (k,) int
    flown : (k + 1,) float
        Paid share of the subsidies of last year, of the routes to cities and of those abroad: what is flown.
    served : (p,) int
        City, or the hub for routes abroad, that each of this year's payments is for.
    unit : float, million yuan
        Subsidy of a route this year.
    """

    hub: int
    cities: np.ndarray
    flown: np.ndarray
    served: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    unit: float = 1.0


class AirRoutes(Works):
    """Subsidises flights from a hub to cities and abroad, once an airport that needs works is built and paid.

    Each further flight a day shortens the wait by less; routes abroad lower the cost of foreign trade in high-tech
    goods and producer services around the hub, and draw foreign capital. What is paid in a year is flown in the next.
    It hurts whoever pays for routes that save no time, and cities that are not served, from which capital is drawn.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"people_hours"})
    writes: ClassVar[frozenset[str]] = Works.writes | {"edge", "trade", "foreign_capital"}

    kind: Literal["air_routes"] = "air_routes"
    hub: Region = Field("centre", description="City with the airport")
    cities: Regions = Field(default_factory=list, description="Selectors of the cities that are served")
    frequency: float = setting(4.0, "1", 1, 12, "assumption", "Flights a day to each city", gt=0)
    abroad: float = setting(0.0, "1", 0, 100, "assumption", "Further cities abroad that are served", ge=0)
    catchment_hours: float = setting(
        3.0, "h", 1, 6, "assumption", "Travel time to the hub over which effects of routes abroad fall by 63 %", gt=0
    )
    subsidy: float = setting(
        20.0, "million yuan/yr", 5, 60, "assumption; published subsidies are of that order (from memory)",
        "Subsidy of a route", gt=0,
    )  # fmt: skip
    airport_capex: float = setting(
        0.0, "million yuan", 0, 60_000, "assumption; Baiyun airport's third phase: about 54 billion (from memory)",
        "Cost of building at the hub; routes start when it is paid", ge=0,
    )  # fmt: skip
    gain: float = setting(
        0.01, "log", 0, 0.03, "assumption", "Fall of the cost of trade by log unit of the network abroad", ge=0
    )
    foreign: float = setting(
        0.1, "log", 0, 0.3, "assumption", "Rise of the pull on foreign capital by log unit of that network", ge=0
    )

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        routes = {"cities": ["nanning", "hengyang"], "abroad": 20, "funding": {"centre": 0.7, "host": 0.3}}
        return routes, {**routes, "airport_capex": 500.0, "build_years": 2}

    @model_validator(mode="after")
    def _served(self) -> AirRoutes:
        if not self.cities and self.abroad == 0:
            raise ValueError(f"{self.name}: no routes; expected cities, or cities abroad")
        return self

    def ends(self, world: World) -> tuple[int, np.ndarray]:
        """Return the hub and the cities that are served from it, (k,) int."""
        hub = pick_one(world, f"{self.name}.hub", self.hub)
        cities = pick(world, f"{self.name}.cities", self.cities) if self.cities else np.zeros(0, dtype=int)
        return hub, cities[cities != hub]

    def planned_cost(self, world: World, years: int) -> float:
        first = self.begin(world.year) + (math.ceil(self.years_to_build) if self.airport_capex > 0 else 0)
        run = sum(self.level(year, world.year) for year in range(max(first, world.year), world.year + years))
        routes = self.subsidy * (len(self.ends(world)[1]) + self.abroad) * (1.0 + self.funding.attracted)
        return self.strength * (self.airport_capex * self.built_by(world, years) + self.delivery * routes * run)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> AirMemory:
        hub, cities = self.ends(world)
        airport = Project(self.name, *one_region(hub), self.strength * self.airport_capex)
        return AirMemory(
            start=self.begin(start_year), projects=[airport], hub=hub, cities=cities, flown=np.zeros(len(cities) + 1)
        )

    def decide(self, view: View, act: Handle, memory: AirMemory) -> None:
        (airport,) = memory.projects
        airport.posts, memory.posts = [], []
        self._fly(view, act, memory)
        delivered = self.delivered(view, memory)
        pace = self.pace(view, memory) * delivered
        if airport.total > 0 and not self.build(view, act, airport, pace, self.funding):
            return
        regions, routes = np.append(memory.cities, memory.hub), np.append(np.ones(len(memory.cities)), self.abroad)
        bill = self.funding.bill(view, regions, self.now(view, memory) * delivered * self.subsidy * routes)
        if len(bill.amount):
            memory.served, memory.unit = bill.region, self.subsidy * act.prices
            purpose = self.purpose("routes")
            memory.posts = [act.purchase(bill.payer, memory.hub, bill.amount, purpose, basket="services")]

    def _fly(self, view: View, act: Handle, memory: AirMemory) -> None:
        """Fly what was paid for last year."""
        km = DETOUR * view.world.distances[memory.hub, memory.cities]
        for city, length, flown in zip(memory.cities, km, memory.flown[:-1], strict=True):
            if flown > 0:
                wait = DAY / (4.0 * self.frequency * flown)
                speed = length / (length / SPEED + wait)
                act.use_edge(Edge(memory.hub, int(city), "air", float(length), float(speed), self.name))
        network = math.log1p(self.abroad * memory.flown[-1] / NETWORK)
        near = network * np.exp(-view.people_hours[:, memory.hub] / self.catchment_hours)
        flies, here, abroad = np.isin(view.world.sectors, FLOWN), np.arange(len(near)), len(near)
        act.shift("trade", -self.gain * near[:, None], trade_of(flies, here, abroad))
        act.shift("trade", -self.gain * near, trade_of(flies, abroad, here))
        act.shift("foreign_capital", self.foreign * near)

    def settle(self, view: View, act: Handle, memory: AirMemory) -> None:
        (airport,) = memory.projects
        self.book(view, airport)
        paid = np.zeros(view.world.n_regions)
        for post in memory.posts:
            np.add.at(paid, memory.served, post.granted / memory.unit)
        abroad = paid[memory.hub] / self.abroad if self.abroad > 0 else 0.0
        memory.flown = np.round(np.append(paid[memory.cities], abroad), STEP)
        if self.strength > 0:
            act.report("capex", airport.spent("capex", view.prices), "million yuan/yr")
            act.report("subsidies", memory.granted(view.prices), "million yuan/yr")
            act.report("shortfall", memory.shortfall(view.prices), "million yuan/yr")
