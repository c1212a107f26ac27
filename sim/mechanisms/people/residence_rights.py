"""Residence rights: cities open registration to newcomers, and pay for the services of those who gain rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import Handle, Post
from sim.policy.targets import Regions, pick
from sim.policy.view import View
from sim.world.types import World

Group = Literal["workers", "talent"]
GROUPS: tuple[Group, ...] = ("workers", "talent")
RETURN = 0.05  # yearly worth of a payment once, for those who choose a city [1/yr] (assumption)


@dataclass
class Opening:
    """What a city requested and was granted last year, million base-year yuan; persons by skill group."""

    city: int
    spec: ResidenceRights
    level: float = 0.0
    rights: Post | None = None
    welcome: Post | None = None
    full: float = 0.0  # cost of all rights due at full size
    granted: float = 0.0
    welcomed: float = 0.0  # share of settlement that arrived
    lacking: np.ndarray | None = None  # who lacked rights a year ago
    given: np.ndarray | None = None  # rights granted a year ago


@dataclass(kw_only=True)
class RightsMemory(Memory):
    """The cities that open."""

    cities: list[Opening]


class ResidenceRights(Mechanism):
    """Cities open registration: newcomers face less of the cost of lacking rights, and residents gain rights sooner.

    Each right costs the services that it gives access to; as much opens as was paid for last year. A settlement paid to
    new talent is the subsidy by which cities compete for it. It hurts residents, with whom newcomers share services and
    homes, and the regions that people leave.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"unregistered", "wage", "deflator"})
    writes: ClassVar[frozenset[str]] = frozenset({"purchase", "transfer", "moving_cost", "rights"})
    per_target: ClassVar[tuple[str, ...]] = (
        "strength", "funding", "delivery", "openness", "rate", "cost_per_right", "settlement", "start", "end",
    )  # fmt: skip
    realised: ClassVar[tuple[Realised, ...]] = (Realised("the money due was paid", "spent", of=("spent", "shortfall")),)

    kind: Literal["residence_rights"] = "residence_rights"
    targets: Regions = Field(default_factory=lambda: ["centre"], description="Selectors of cities that open")
    openness: float = setting(1.0, "1", 0, 1, "assumption", "Share of the cost of lacking rights removed", ge=0, le=1)
    groups: list[Group] = Field(default_factory=lambda: list(GROUPS), description="Skill groups that gain")
    rate: float = setting(0.05, "1/yr", 0, 0.2, "assumption", "Rights granted to those who lack them", ge=0, le=1)
    cost_per_right: float = setting(
        0.08, "million yuan per person", 0.02, 0.13, "State Council's research centre: 80,000 yuan", "Cost of a right",
        gt=0,
    )  # fmt: skip
    settlement: float = setting(0.0, "million yuan per person", 0, 0.1, "assumption", "Payment to new talent", ge=0)

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"settlement": 0.05, "funding": {"host": 1.0}},)

    def planned_cost(self, world: World, years: int) -> float:
        total = 0.0
        for j in pick(world, f"{self.name}.targets", self.targets):
            spec, chosen = self.at(world, int(j)), self._chosen
            newcomers = float(world.people[j, 1]) * 0.02  # in a year, order of magnitude
            a_year = (
                spec.rate * spec.cost_per_right * float((world.unregistered[j] * chosen).sum())
                + spec.settlement * newcomers
            )
            total += spec.strength * spec.delivery * a_year
        return total * self.active_years(world, years) * (1.0 + self.funding.attracted)

    @property
    def _chosen(self) -> np.ndarray:
        return np.array([group in self.groups for group in GROUPS], dtype=float)

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> RightsMemory:
        cities = pick(world, f"{self.name}.targets", self.targets)
        return RightsMemory(
            start=self.begin(start_year), cities=[Opening(int(j), self.at(world, int(j))) for j in cities]
        )

    def decide(self, view: View, act: Handle, memory: RightsMemory) -> None:
        memory.posts = []
        for city in memory.cities:
            spec, lacking = city.spec, view.unregistered[city.city] * self._chosen
            newcomers = self._newcomers(view, city)
            self._open(view, act, city, lacking)
            city.level = self.now(view, memory, spec) * self.delivered(view, memory, spec)
            city.full = spec.rate * spec.cost_per_right * float(lacking.sum())
            city.lacking = view.unregistered[city.city].copy()
            city.rights = city.welcome = None
            here = np.array([city.city])
            payer, region, money = spec.funding.bill(view, here, np.array([city.level * city.full]))
            if len(money):
                purpose = f"rights:{self.name}"
                city.rights = act.purchase(payer, region, money, purpose, adds="services", basket="services")
                memory.posts.append(city.rights)
            payer, region, money = spec.funding.bill(view, here, np.array([city.level * spec.settlement * newcomers]))
            if len(money):
                home, purpose = view.accounts.households[region], f"settlement:{self.name}"
                city.welcome = act.transfer(payer, home, money, purpose)
                memory.posts.append(city.welcome)

    @staticmethod
    def _newcomers(view: View, city: Opening) -> float:
        """Return the talent that came last year, from the change of those without rights (9.13)."""
        if city.lacking is None or city.given is None:
            return 0.0
        m = view.parameters.migration
        stayed = max(0.0, city.lacking[1] * (1.0 - m.departure_rate - m.right_rate) - city.given[1])
        return max(0.0, float(view.unregistered[city.city, 1]) - stayed)

    def _open(self, view: View, act: Handle, city: Opening, lacking: np.ndarray) -> None:
        """Grant the rights that were paid for, and lower the cost of moving there to the same extent."""
        j, spec, m = city.city, city.spec, view.parameters.migration
        persons = city.granted / spec.cost_per_right * lacking / max(lacking.sum(), 1e-300)
        city.given = persons
        if persons.any():
            act.grant_rights(j, persons)
        # where no rights are due, opening costs nothing and follows the level
        share = min(1.0, city.granted / city.full if city.full > 0 else city.level)
        away, x = view.world.home != view.world.home[j], float(view.world.residence_cost[j])
        for g, eps in enumerate((m.worker_elasticity, m.talent_elasticity)):
            less = self._chosen[g] * (np.log1p(x) - np.log1p(x * (1.0 - spec.openness * share)))
            if g == 1 and city.welcomed > 0:
                less += np.log1p(spec.settlement * city.welcomed * RETURN * view.deflator / view.wage[j, 1])
            act.shift("moving_cost", eps * less * away, (g, slice(None), j))

    def settle(self, view: View, act: Handle, memory: RightsMemory) -> None:
        for city in memory.cities:
            city.granted = 0.0 if city.rights is None else city.rights.paid / view.prices
            city.welcomed = 0.0 if city.welcome is None else city.level * city.welcome.share
        if self.strength > 0:
            act.report("spent", memory.granted(view.prices), "million yuan/yr")
            act.report("shortfall", memory.shortfall(view.prices), "million yuan/yr")
            act.report("rights granted", sum(c.granted / c.spec.cost_per_right for c in memory.cities), "persons/yr")
