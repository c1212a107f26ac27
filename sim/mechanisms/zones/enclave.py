"""Enclave: a park that a sponsor runs in a host city, or (reverse) an office in the centre."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import AliasChoices, Field, model_validator

from sim.parameters import SHARE, Strict
from sim.policy.mechanism import Mechanism, Memory
from sim.policy.settlement import Handle
from sim.policy.targets import Region, Regions, Sectors, pick, pick_one, sector_mask
from sim.policy.view import View
from sim.world.types import World

# A site is complete when all but this part of its capex is paid: prices move between contract and payment.
UNPAID = 0.01


class Split(Strict):
    """Division of a site's local taxes after the years of reinvestment, 1 in sum."""

    sponsor: float = Field(default=0.4, ge=SHARE[0], le=SHARE[1], description="Share due to the sponsor [1]")
    host: float = Field(default=0.4, ge=SHARE[0], le=SHARE[1], description="Share of the host [1]")
    site: float = Field(default=0.2, ge=SHARE[0], le=SHARE[1], description="Share of the site's own account [1]")

    @model_validator(mode="after")
    def _whole(self) -> Split:
        total = self.sponsor + self.host + self.site
        if abs(total - 1) > 1e-9:
            raise ValueError(f"split sums to {total:g}; expected 1 over sponsor, host, site")
        return self


class Enclave(Mechanism):
    """Builds a site in each host, to be filled by savers and firms of the sponsor.

    A firm there has the host's wages, prices and connections, and the sponsor's management:
    log productivity rises by ``transfer * max(0, q_sponsor - q_host)``. Local taxes first rebuild
    the site, then are split; of what is due to the sponsor a share ``delivery`` arrives.
    It hurts by empty parks, by low delivery, and by the tax base that leaves the sponsor.

    In reverse the host is the centre and each sponsor a supporting city, which rents offices and
    hires talent there and raises the knowledge link from itself to the centre.
    """

    reads: ClassVar[frozenset[str]] = frozenset(
        {
            "knowledge", "deflator", "expected_deflator", "wage", "local_tax", "cash",
            "site_capital", "site_local_tax", "site_value_added",
        }
    )  # fmt: skip
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "purchase", "site", "knowledge_link"})

    per_target: ClassVar[tuple[str, ...]] = (
        "strength", "funding", "delivery", "sectors", "area", "capex_per_km2", "capital_per_km2", "build_years",
        "transfer", "extend_at", "split", "reinvest_years", "review_years", "talent", "office_cost", "link",
    )  # fmt: skip

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
    area: float = Field(5.0, ge=0, description="Area of each site [km2]")
    capex_per_km2: float = Field(2000.0, gt=0, description="Cost of making land ready [million yuan per km2]")
    capital_per_km2: float = Field(5000.0, ge=0, description="Real capital that fits [million yuan per km2]")
    build_years: int = Field(3, ge=1, description="Years of building [year]")
    transfer: float = Field(0.5, ge=0, le=1, description="Share of the sponsor's knowledge lead that comes along [1]")
    extend_at: float = Field(0.8, ge=0, le=1, description="Used share from which the site's money buys more land [1]")
    split: Split = Field(default_factory=Split, description="Division of local taxes [1]")
    delivery: float = Field(0.7, ge=0, le=1, description="Share of the sponsor's due and savers that arrives [1]")
    reinvest_years: int = Field(5, ge=0, description="Years in which taxes stay in the site [year]")
    review_years: int = Field(5, ge=0, description="Years between reviews of participation; 0 never [year]")
    talent: float = Field(200.0, ge=0, description="Reverse: talent hired in the centre [persons]")
    office_cost: float = Field(0.1, ge=0, description="Reverse: office cost per hire [million yuan/yr]")
    link: float = Field(0.3, ge=0, le=3, description="Reverse: rise of the knowledge link, in logs [1]")

    def _pairs(self, world: World) -> list[tuple[str, int, int]]:
        """Return ``(site, sponsor, host)`` of every site."""
        ids = world.regions["id"].tolist()
        if self.direction == "forward":
            sponsor = pick_one(world, f"{self.name}.sponsor", self.sponsor)
            hosts = pick(world, f"{self.name}.targets", self.targets)
            return [(f"{self.name}.{ids[j]}", sponsor, int(j)) for j in hosts if j != sponsor]
        host = pick(world, f"{self.name}.targets", self.targets)
        centre = int(host[0]) if len(host) == 1 else world.centre
        sponsors = pick(world, f"{self.name}.sponsor", [self.sponsor])
        return [(f"{self.name}.{ids[i]}", int(i), centre) for i in sponsors if i != centre]

    def planned_cost(self, world: World, years: int) -> float:
        pairs = self._pairs(world)
        if self.direction == "reverse":
            return self.strength * len(pairs) * self.active_years(world, years) * self.talent * self.office_cost
        active = sum(self.level(world.year + k, world.year) > 0 for k in range(years))
        built = min(1.0, active / max(self.build_years, self.phase_in))
        specs = (self.at(world, host) for _, _, host in pairs)
        return sum(s.strength * s.area * s.capex_per_km2 for s in specs) * built

    def sites(self, world: World) -> dict[str, int]:
        if self.strength == 0 or self.direction == "reverse":
            return {}
        return {name: host for name, _, host in self._pairs(world)}

    def prepare(self, world: World, accounts: object, start_year: int) -> Memory:
        forward = self.direction == "forward"
        pairs = self._pairs(world)
        specs = [self.at(world, pair[2] if forward else pair[1]) for pair in pairs]
        sites = [
            {
                "name": pair[0], "sponsor": pair[1], "host": pair[2], "spec": spec,
                "eligible": sector_mask(world, f"{self.name}.sectors", spec.sectors),
                "built": 0.0, "added": 0.0, "opened": None, "closed": False, "posts": [], "lost": 0.0,
                "sponsor_value": 0.0, "host_value": 0.0, "reference": 0.0, "paid_share": 0.0, "flow": (0.0, 0.0),
            }
            for pair, spec in zip(pairs, specs, strict=True)
        ]  # fmt: skip
        return {"start": self.start if self.start is not None else start_year, "sites": sites}

    def decide(self, view: View, act: Handle, memory: Memory) -> None:
        if self.strength == 0:
            return
        level = self.level(view.year, memory["start"])
        for site in memory["sites"]:
            if self.direction == "reverse":
                self._rent(view, act, site, level)
            else:
                self._build(view, act, site, level)
                self._operate(view, act, site, level)

    def _payers(self, view: View, spec: Enclave, region: int) -> list[tuple[int, float]]:
        own = np.zeros(view.world.n_regions)
        own[region] = 1.0
        return spec.funding.payers(view.accounts, view.world.centre, own)

    def _build(self, view: View, act: Handle, site: dict[str, Any], level: float) -> None:
        """Pay this year's part of the capex; what could not be paid is made up for later."""
        spec = site["spec"]
        site["posts"] = []
        total = spec.strength * spec.area * spec.capex_per_km2
        left = total - site["built"]
        plan = min(total / max(spec.build_years, self.phase_in), left) * view.expected_deflator
        if level == 0 or site["opened"] is not None or left <= UNPAID * total:
            return
        for payer, share in self._payers(view, spec, site["host"]):
            site["posts"].append(("capex", act.purchase(payer, site["host"], plan * share, f"enclave:{self.name}")))

    def _capacity(self, site: dict[str, Any]) -> float:
        spec = site["spec"]
        return float((spec.strength * spec.area + site["added"] / spec.capex_per_km2) * spec.capital_per_km2)

    def _operate(self, view: View, act: Handle, site: dict[str, Any], level: float) -> None:
        spec, i, j = site["spec"], site["sponsor"], site["host"]
        total = spec.strength * spec.area * spec.capex_per_km2
        if site["opened"] is None:
            if total == 0 or site["built"] < total * (1 - UNPAID):
                return
            site["opened"] = view.year
            site["reference"] = float(view.local_tax[i, site["eligible"]].sum()) / view.deflator
        index = view.accounts.site_index(site["name"])
        capacity, used = self._capacity(site), float(view.site_capital[index])
        lead = np.maximum(0.0, view.knowledge[i] - view.knowledge[j])
        eligible = site["eligible"]
        is_open = level > 0 and not site["closed"]
        act.set_site(site["name"], j, i, capacity, eligible, spec.transfer * lead * eligible, is_open)
        account = int(view.accounts.site[index])
        cash = float(view.cash[account])
        if cash > 0:
            # roads and pipes first; more land only when the park is nearly full
            full = used > spec.extend_at * capacity
            adds: Literal["infrastructure"] | None = None if full else "infrastructure"
            post = act.purchase(account, j, cash, f"reinvested:{self.name}", adds=adds)
            site["posts"].append(("capacity" if full else "infrastructure", post))

    def _rent(self, view: View, act: Handle, site: dict[str, Any], level: float) -> None:
        """Reverse: hire and rent in the centre; the link follows what was paid last year."""
        spec, i, j = site["spec"], site["sponsor"], site["host"]
        site["posts"] = []
        if level == 0:
            return
        people = spec.strength * level * spec.talent
        for payer, share in self._payers(view, spec, i):
            wages = people * share * float(view.wage[j, 1])
            rent = people * share * spec.office_cost * view.expected_deflator
            home = int(view.accounts.households[j])
            site["posts"].append(("wages", act.transfer(payer, home, wages, f"enclave:{self.name}")))
            post = act.purchase(payer, j, rent, f"enclave:{self.name}", basket="services")
            site["posts"].append(("rent", post))
        act.shift("knowledge_link", spec.strength * spec.link * spec.delivery * level * site["paid_share"], (i, j))

    def settle(self, view: View, act: Handle, memory: Memory) -> None:
        if self.strength == 0:
            return
        totals = {"sponsor": 0.0, "host": 0.0, "capacity": 0.0, "used": 0.0, "output": 0.0}
        for site in memory["sites"]:
            self._book(view, site)
            if site["opened"] is not None:
                self._divide(view, act, site, totals)
                self._review(view, site)
        if self.direction == "reverse":
            paid = [s["paid_share"] for s in memory["sites"]]
            act.report("paid share", float(np.mean(paid)) if paid else 0.0, "1")
            return
        act.report("sponsor receipts", totals["sponsor"], "million yuan/yr")
        act.report("host receipts", totals["host"], "million yuan/yr")
        act.report("capacity", totals["capacity"], "million yuan")
        act.report("capacity used", totals["used"], "million yuan")
        act.report("value added", totals["output"], "million yuan/yr")
        act.report("sponsor value to date", sum(s["sponsor_value"] for s in memory["sites"]), "million yuan")
        act.report("host value to date", sum(s["host_value"] for s in memory["sites"]), "million yuan")
        act.report("sites closed", float(sum(s["closed"] for s in memory["sites"])), "1")

    def _book(self, view: View, site: dict[str, Any]) -> None:
        """Turn what was granted this year into buildings and into costs of the two sides."""
        posts, site["posts"] = site["posts"], []
        asked = sum(p.amount for _, p in posts)
        site["paid_share"] = sum(p.granted for _, p in posts) / asked if asked > 0 else 0.0
        for use, post in posts:
            real = post.granted / view.deflator
            if use == "capex":
                site["built"] += real
                for side in ("sponsor", "host"):
                    if post.payer == view.accounts.treasury[site[side]]:
                        site[f"{side}_value"] -= real
            elif use == "capacity":
                site["added"] += real

    def _divide(self, view: View, act: Handle, site: dict[str, Any], totals: dict[str, float]) -> None:
        """Divide this year's local taxes, which the host's treasury has collected."""
        spec, i, j = site["spec"], site["sponsor"], site["host"]
        index = view.accounts.site_index(site["name"])
        tax = max(0.0, float(view.site_local_tax[index]))
        host, sponsor = int(view.accounts.treasury[j]), int(view.accounts.treasury[i])
        own = int(view.accounts.site[index])
        reinvesting = view.year - site["opened"] < spec.reinvest_years
        due = spec.delivery * spec.split.sponsor * tax
        kept = tax - due - spec.split.site * tax
        if reinvesting and tax > 0:
            act.transfer(host, own, tax, f"reinvest:{self.name}")
        elif tax > 0:
            act.transfer(host, sponsor, due, f"split:{self.name}")
            act.transfer(host, own, spec.split.site * tax, f"reinvest:{self.name}")
            totals["sponsor"] += due / view.deflator
            totals["host"] += kept / view.deflator
        # the tax base that left is bounded by what the site itself yields
        now = float(view.local_tax[i, site["eligible"]].sum()) / view.deflator
        lost = min(tax / view.deflator, max(0.0, site["reference"] - now))
        growth = 1 + view.parameters.government.interest
        later = (due / view.deflator, kept / view.deflator)
        site["flow"] = (later[0] - lost, later[1])
        site["lost"] = lost
        site["sponsor_value"] = site["sponsor_value"] * growth + (0.0 if reinvesting else later[0]) - lost
        site["host_value"] = site["host_value"] * growth + (0.0 if reinvesting else later[1])
        totals["capacity"] += self._capacity(site)
        totals["used"] += float(view.site_capital[index])
        totals["output"] += float(view.site_value_added[index].sum()) / view.deflator

    def _review(self, view: View, site: dict[str, Any]) -> None:
        """Close the site to new firms if either side expects to lose.

        What counts is what closing would change: receipts of a year like this one, less the lost tax base. The
        capex is sunk; that it may never come back is reported as each side's value to date.
        """
        years = site["spec"].review_years
        age = view.year - site["opened"]
        if years and age and age % years == 0 and min(site["flow"]) < 0:
            site["closed"] = True
