"""A site of an enclave: capacity, costs and returns of its two sides, closure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from sim.parameters import SHARE, Strict, setting
from sim.policy.posts import Handle
from sim.policy.view import View
from sim.policy.works import Project

REPORTS = {
    "sponsor receipts": "million yuan/yr", "host receipts": "million yuan/yr", "capacity": "million yuan",
    "capacity used": "million yuan", "value added": "million yuan/yr", "gross output": "million yuan/yr",
    "employment": "persons",
}  # fmt: skip


ROUNDING = 1e-9


class Split(Strict):
    """Division of a site's local taxes after the years of reinvestment, 1 in sum."""

    sponsor: float = setting(0.4, "1", 0, 1, "assumption", "Share due to the sponsor", ge=SHARE[0], le=SHARE[1])
    host: float = setting(0.4, "1", 0, 1, "assumption", "Share of the host", ge=SHARE[0], le=SHARE[1])
    site: float = setting(0.2, "1", 0, 1, "assumption", "Share of the site's own account", ge=SHARE[0], le=SHARE[1])

    @model_validator(mode="after")
    def _whole(self) -> Split:
        total = self.sponsor + self.host + self.site
        if abs(total - 1) > 1e-9:
            raise ValueError(f"split sums to {total:g}; expected 1 over sponsor, host, site")
        return self


@dataclass
class Site(Project):
    """A site: its two sides, their cumulative returns, whether it admits new firms."""

    sponsor: int = -1
    host: int = -1
    spec: Any = None
    eligible: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    added: float = 0.0  # million base-year yuan of the site's account spent on more land
    closed: bool = False
    reference: float = 0.0  # local taxes of the sponsor's eligible sectors when the site opened
    value: dict[str, float] = field(default_factory=lambda: {"sponsor": 0.0, "host": 0.0})
    paid_share: float = 0.0

    @property
    def capacity(self) -> float:
        """Real capital that fits, million base-year yuan."""
        spec = self.spec
        return float((spec.strength * spec.area + self.added / spec.capex_per_km2) * spec.capital_per_km2)

    def tax_base(self, view: View) -> float:
        """Return local taxes of the sponsor's eligible sectors, million base-year yuan/yr."""
        return float(view.local_tax[self.sponsor, self.eligible].sum()) / view.deflator

    def account(self, view: View) -> None:
        """Record this year's grants as land and as costs of the two sides."""
        wanted = sum(post.wanted for _, post in self.posts)
        self.paid_share = sum(post.paid for _, post in self.posts) / wanted if wanted > 0 else 0.0
        self.added += self.spent("capacity", view.prices)
        for side, region in (("sponsor", self.sponsor), ("host", self.host)):
            treasury = view.accounts.treasury[region]
            own = [post.granted[post.payer == treasury].sum() for use, post in self.posts if use == "capex"]
            self.value[side] -= sum(own) / view.prices

    def production(self, view: View) -> dict[str, float]:
        """Return value added, gross output and employment of the site this year.

        Firms of a sector and city use inputs in the same proportions: of the host's gross output and employment in a
        sector the site has its share of value added. Employment is in persons of the model, in which all people that
        are not unemployed are employed, dependants included.
        """
        index, cell = view.accounts.site_index(self.name), view.value_added[self.host]
        own = view.site_value_added[index]
        share = np.divide(own, cell, out=np.zeros_like(cell), where=cell > 0)
        return {
            "value added": float(own.sum()) / view.prices,
            "gross output": float(share @ view.sales[self.host]) / view.prices,
            "employment": float(share @ view.employment[self.host]),
        }

    def operate(self, view: View, act: Handle, name: str, active: bool) -> None:
        """Keep the site open and spend its account: on infrastructure first, on more land when it is nearly full."""
        i, j, index = self.sponsor, self.host, view.accounts.site_index(self.name)
        if self.open_year == view.year:
            self.reference = self.tax_base(view)
        lead = np.maximum(0.0, view.knowledge[i] - view.knowledge[j])
        better = self.spec.transfer * lead * self.eligible
        act.set_site(self.name, j, i, self.capacity, self.eligible, better, active and not self.closed)
        account = view.accounts.site[index]
        cash = float(view.cash[account])
        if cash > 0:
            # A site that is exactly full may exceed its capacity by a rounding error.
            full = view.site_capital[index] > self.spec.extend_at * self.capacity * (1.0 + ROUNDING)
            adds: Literal["infrastructure"] | None = None if full else "infrastructure"
            post = act.purchase(account, j, cash / view.prices, f"reinvested:{name}", adds=adds)
            self.posts.append(("capacity" if full else "infrastructure", post))

    def rent(self, view: View, act: Handle, name: str, size: float) -> None:
        """Reverse: hire and rent in the centre; the link follows the talent that was paid last year."""
        spec, i, j = self.spec, self.sponsor, self.host
        self.posts = []
        if size == 0:
            return
        people = size * spec.talent
        payer, _, share = spec.funding.bill(view, np.array([i]), np.ones(1))
        wages = people * share * float(view.wage[j, 1]) / view.prices
        home, purpose = view.accounts.households[j], f"enclave:{name}"
        self.posts.append(("wages", act.transfer(payer, home, wages, purpose)))
        rent = act.purchase(payer, j, people * share * spec.office_cost, purpose, basket="services")
        self.posts.append(("rent", rent))
        hired = spec.delivery * people * self.paid_share / (spec.half * view.people[i, 1])
        act.shift("knowledge_link", -spec.link * np.expm1(-hired), (np.flatnonzero(self.eligible), i, j))

    def divide(self, view: View, act: Handle, name: str) -> dict[str, float]:
        """Divide this year's local taxes, which the host's treasury has collected; close if either side loses.

        The decision compares what closure would change: receipts of such a year, less the lost tax base. Capex is
        sunk; whether it is recovered is reported as each side's value to date.

        Returns
        -------
        dict of str to float
            Reported items of the site.
        """
        spec, a, index = self.spec, view.accounts, view.accounts.site_index(self.name)
        host, sponsor, own = a.treasury[self.host], a.treasury[self.sponsor], a.site[index]
        tax = max(0.0, float(view.site_local_tax[index])) / view.prices
        age = view.year - (view.year if self.open_year is None else self.open_year)
        due, for_site = spec.delivery * spec.split.sponsor * tax, spec.split.site * tax
        kept, sharing = tax - due - for_site, age >= spec.reinvest_years
        if not sharing and tax > 0:
            act.transfer(host, own, tax, f"reinvest:{name}")
        elif tax > 0:
            act.transfer(host, sponsor, due, f"split:{name}")
            act.transfer(host, own, for_site, f"reinvest:{name}")
        # the loss of tax base is at most the taxes of the site itself
        lost = min(tax, max(0.0, self.reference - self.tax_base(view)))
        growth = 1 + view.parameters.government.interest
        self.value["sponsor"] = self.value["sponsor"] * growth + sharing * due - lost
        self.value["host"] = self.value["host"] * growth + sharing * kept
        if spec.review_years and age and age % spec.review_years == 0 and min(due - lost, kept) < 0:
            self.closed = True
        return {
            "sponsor receipts": sharing * due,
            "host receipts": sharing * kept,
            "capacity": self.capacity,
            "capacity used": float(view.site_capital[index]),
            **self.production(view),
        }
