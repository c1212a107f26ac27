"""Enclave: a park that a sponsor runs in a host city, or (reverse) an office in the centre."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import AliasChoices, Field

from sim.errors import UserError
from sim.mechanisms.zones.site import REPORTS, Site, Split
from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.mechanism import planned_wage
from sim.policy.posts import Handle
from sim.policy.targets import Region, Regions, Sectors, pick, pick_one, sector_mask
from sim.policy.view import View
from sim.policy.works import Project, Works, WorksMemory, one_region
from sim.world.types import World


class Enclave(Works):
    """Builds a site in each host, to be filled by savers and firms of the sponsor.

    A firm there has the host's wages, prices and connections, and the sponsor's management:
    log productivity rises by ``transfer * max(0, q_sponsor - q_host)``. Local taxes first rebuild
    the site, then are split; of what is due to the sponsor a share ``delivery`` arrives.
    It hurts by empty parks, by low delivery, and by the tax base that leaves the sponsor.

    In reverse the host is the centre and each sponsor a supporting city, which rents offices and
    hires talent there and thereby links itself to the knowledge of the centre in the eligible sectors.
    """

    reads: ClassVar[frozenset[str]] = frozenset({
        "knowledge", "wage", "people", "local_tax", "deflator", "cash", "value_added", "sales", "employment",
        "site_capital", "site_local_tax", "site_value_added",
    })  # fmt: skip
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "purchase", "site", "knowledge_link"})
    per_target: ClassVar[tuple[str, ...]] = (
        "strength", "funding", "delivery", "sectors", "area", "capex_per_km2", "capital_per_km2", "build_years",
        "transfer", "extend_at", "split", "reinvest_years", "review_years", "talent", "office_cost", "link", "half",
        "start", "end",
    )  # fmt: skip
    realised: ClassVar[tuple[Realised, ...]] = (
        Realised("the capacity of its sites is in use in the last year", "capacity used", of=("capacity",)),
    )

    kind: Literal["enclave"] = "enclave"
    direction: Literal["forward", "reverse"] = Field("forward", description="Where the site is")
    targets: Regions = Field(
        default_factory=lambda: ["supporting"],
        validation_alias=AliasChoices("targets", "hosts"),
        description="Selectors of hosts",
    )
    sponsor: Region = Field("centre", description="The city that runs it; in reverse a selector of several")
    sectors: Sectors = Field(
        default_factory=lambda: ["manufacturing", "high_tech"], description="Sectors that may come in"
    )
    area: float = setting(5.0, "km2", 1, 20, "assumption", "Area of each site", ge=0)
    capex_per_km2: float = setting(
        2000.0, "million yuan per km2", 1000, 3000, "assumption", "Cost of making land ready", gt=0
    )
    capital_per_km2: float = setting(
        5000.0, "million yuan per km2", 2000, 10_000, "assumption", "Real capital that fits", ge=0
    )
    build_years: int = setting(3, "year", 1, 10, "assumption", "Years of building", ge=1, le=40)
    transfer: float = setting(
        0.5, "1", 0, 1, "assumption", "Share of the sponsor's knowledge lead that comes along", ge=0, le=1
    )
    extend_at: float = setting(
        0.8, "1", 0.5, 1, "assumption", "Used share from which the site's money buys more land", ge=0, le=1
    )
    split: Split = Field(default_factory=Split, description="Division of local taxes [1]")
    delivery: float = setting(
        0.7, "1", 0.3, 1, "assumption", "Share of the sponsor's due and savers that arrives", ge=0, le=1
    )
    reinvest_years: int = setting(5, "year", 0, 10, "assumption", "Years in which taxes stay in the site", ge=0)
    review_years: int = setting(5, "year", 0, 10, "assumption", "Years between reviews of participation; 0 never", ge=0)
    talent: float = setting(200.0, "persons", 50, 2000, "assumption", "Reverse: talent hired in the centre", ge=0)
    office_cost: float = setting(0.1, "million yuan/yr", 0.03, 0.3, "assumption", "Reverse: office cost per hire", ge=0)
    link: float = setting(
        0.3, "1", 0, 0.5, "assumption",
        "Reverse: largest weight of the link to the centre, where all ordinary contacts together weigh 1", ge=0, le=3,
    )  # fmt: skip
    half: float = setting(
        0.005, "1", 0.002, 0.02, "assumption",
        "Reverse: hired talent over the talent of the sponsor at which the link has 63 % of its weight", gt=0,
    )  # fmt: skip

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        parks = {"targets": ["qingyuan", "shaoguan"], "funding": {"nation": 0.5, "centre": 0.5}, "build_years": 2}
        return parks, {"direction": "reverse", "targets": ["centre"], "sponsor": "supporting"}

    def _pairs(self, world: World) -> list[tuple[str, int, int]]:
        """Return ``(site, sponsor, host)`` of every site."""
        ids, hosts = world.regions["id"].tolist(), pick(world, f"{self.name}.targets", self.targets)
        if self.direction == "forward":
            sponsor = pick_one(world, f"{self.name}.sponsor", self.sponsor)
            pairs = [(f"{self.name}.{ids[j]}", sponsor, int(j)) for j in hosts if j != sponsor]
            if not pairs:
                text = f"{self.targets} selects the sponsor '{ids[sponsor]}' only; expected another region"
                raise UserError(f"{self.name}.targets: {text}")
            return pairs
        centre = int(hosts[0]) if len(hosts) == 1 else world.centre
        sponsors = pick(world, f"{self.name}.sponsor", [self.sponsor])
        return [(f"{self.name}.{ids[i]}", int(i), centre) for i in sponsors if i != centre]

    def planned_cost(self, world: World, years: int) -> float:
        pairs = self._pairs(world)
        if self.direction == "reverse":
            hired = self.strength * self.talent * self.active_years(world, years) * (1.0 + self.funding.attracted)
            return hired * sum(self.office_cost + planned_wage(world, centre) for _, _, centre in pairs)
        specs = (self.at(world, host) for _, _, host in pairs)
        total = sum(s.strength * s.area * s.capex_per_km2 for s in specs)
        return total * self.built_by(world, years)

    def sites(self, world: World) -> dict[str, int]:
        forward = self.strength > 0 and self.direction == "forward"
        return {name: host for name, _, host in self._pairs(world)} if forward else {}

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> WorksMemory:
        sites: list[Project] = []
        for name, sponsor, host in self._pairs(world):
            spec = self.at(world, host if self.direction == "forward" else sponsor)
            mask = sector_mask(world, f"{self.name}.sectors", spec.sectors)
            total = spec.strength * spec.area * spec.capex_per_km2
            regions, weights = one_region(host)
            sites.append(Site(name, regions, weights, total, sponsor=sponsor, host=host, spec=spec, eligible=mask))
        return WorksMemory(start=self.begin(start_year), projects=sites)

    def purpose(self, use: str) -> str:
        """Return the purpose of payments for a use in the ledger."""
        return f"enclave:{self.name}"

    def decide(self, view: View, act: Handle, memory: Any) -> None:
        for site in memory.projects if self.strength > 0 else ():
            size = self.now(view, memory, site.spec)
            if self.direction == "reverse":
                site.rent(view, act, self.name, size)
            elif self.build(view, act, site, self.pace(view, memory, site.spec), site.spec.funding):
                site.operate(view, act, self.name, size > 0)

    def settle(self, view: View, act: Handle, memory: Any) -> None:
        sites: list[Site] = memory.projects if self.strength > 0 else []
        totals = dict.fromkeys(REPORTS, 0.0)
        for site in sites:
            site.account(view)
            self.book(view, site)
            if site.open_year is not None:
                for item, value in site.divide(view, act, self.name).items():
                    totals[item] += value
        if self.strength > 0 and self.direction == "reverse":
            act.report("paid share", float(np.mean([site.paid_share for site in sites])) if sites else 0.0, "1")
        elif self.strength > 0:
            for item, unit in REPORTS.items():
                act.report(item, totals[item], unit)
            for side in ("sponsor", "host"):
                act.report(f"{side} value to date", sum(site.value[side] for site in sites), "million yuan")
            act.report("sites closed", float(sum(site.closed for site in sites)), "1")
