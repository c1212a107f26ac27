"""A site of an enclave: what fits, what it costs and earns its two sides, whether it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import model_validator

from sim.parameters import SHARE, Strict, setting
from sim.policy.posts import Handle
from sim.policy.view import View
from sim.policy.works import Project

REPORTS = {
    "sponsor receipts": "million yuan/yr", "host receipts": "million yuan/yr", "capacity": "million yuan",
    "capacity used": "million yuan", "value added": "million yuan/yr",
}  # fmt: skip


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
    """A site: its two sides, what it has earned them, whether it takes new firms."""

    sponsor: int = -1
    host: int = -1
    spec: Any = None
    eligible: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    added: float = 0.0  # million base-year yuan of its own money, spent on more land
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
        """Turn what was granted this year into land and into costs of the two sides."""
        wanted = sum(post.wanted for _, post in self.posts)
        self.paid_share = sum(post.paid for _, post in self.posts) / wanted if wanted > 0 else 0.0
        self.added += self.spent("capacity", view.prices)
        for side, region in (("sponsor", self.sponsor), ("host", self.host)):
            treasury = view.accounts.treasury[region]
            own = [post.granted[post.payer == treasury].sum() for use, post in self.posts if use == "capex"]
            self.value[side] -= sum(own) / view.prices

    def divide(self, view: View, act: Handle, name: str) -> dict[str, float]:
        """Divide this year's local taxes, which the host's treasury has collected; close if either side loses.

        What counts is what closing would change: receipts of a year like this one, less the lost tax base. The
        capex is sunk; that it may never come back is reported as each side's value to date.

        Returns
        -------
        dict of str to float
            What is reported of the site.
        """
        spec, a, index = self.spec, view.accounts, view.accounts.site_index(self.name)
        host, sponsor, own = a.treasury[self.host], a.treasury[self.sponsor], a.site[index]
        tax = max(0.0, float(view.site_local_tax[index])) / view.prices
        age = view.year - (view.year if self.opened is None else self.opened)
        due, for_site = spec.delivery * spec.split.sponsor * tax, spec.split.site * tax
        kept, sharing = tax - due - for_site, age >= spec.reinvest_years
        if not sharing and tax > 0:
            act.transfer(host, own, tax, f"reinvest:{name}")
        elif tax > 0:
            act.transfer(host, sponsor, due, f"split:{name}")
            act.transfer(host, own, for_site, f"reinvest:{name}")
        # the tax base that left is bounded by what the site itself yields
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
            "value added": float(view.site_value_added[index].sum()) / view.prices,
        }
