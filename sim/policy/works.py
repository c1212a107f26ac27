"""Works: paid over years, then open. What corridors, parks and other buildings have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from pydantic import Field

from sim.policy.funding import Funding, Private
from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import Adds, Basket, Handle, Post
from sim.policy.view import View
from sim.world.types import World

# Paid in full but for this part: prices move between contract and payment.
UNPAID = 0.01


@dataclass
class Project:
    """One piece of works.

    Attributes
    ----------
    name : str
    regions : (k,) int
        Where it is built.
    weights : (k,) float
        Share of the cost in each, 1 in sum.
    total : float, million base-year yuan
        Cost of building.
    paid, private : float, million base-year yuan
        Works that have been paid so far, and money of private partners in them.
    saving : float
        Part of the cost that private building saves.
    opened : int or None
        Its first year of use.
    owed : float, million yuan, nominal
        To private partners.
    posts : list of (str, Post)
        This year's payments, by what they are for.
    """

    name: str
    regions: np.ndarray
    weights: np.ndarray
    total: float
    paid: float = 0.0
    private: float = 0.0
    saving: float = 0.0
    opened: int | None = None
    owed: float = 0.0
    posts: list[tuple[str, Post]] = field(default_factory=list)

    def spent(self, use: str, prices: float) -> float:
        """Return what was granted this year for a use, million base-year yuan."""
        return sum(post.paid for found, post in self.posts if found == use) / prices


@dataclass(kw_only=True)
class WorksMemory(Memory):
    """What works remember: their projects."""

    projects: list[Project] = field(default_factory=list)


class Works(Mechanism):
    """Base of what is paid, built, then open.

    A subclass says in `prepare` which projects there are, calls `build` in `decide` and `book` in `settle`. What could
    not be paid is made up for later. With ``funding.private`` a project company builds its part on credit and is paid
    back by the funders over years once the works are open; what is owed bears interest to households of the region.
    """

    writes: ClassVar[frozenset[str]] = frozenset({"purchase"})

    build_years: int = Field(5, ge=1, le=40, description="Years of building [year]")

    def purses(self, world: World) -> list[str]:
        return [self.name] if self.strength > 0 and self.funding.private is not None else []

    def purpose(self, use: str) -> str:
        """Return what payments for a use are called in the ledger."""
        return f"{use}:{self.name}"

    def built_by(self, world: World, years: int) -> float:
        """Return the share of the works that is built in a run of some years, in [0, 1]."""
        active = sum(self.level(world.year + k, world.year) > 0 for k in range(years))
        return min(1.0, active / max(self.build_years, self.phase_in))

    def pace(self, view: View, memory: Memory, spec: Mechanism | None = None) -> float:
        """Return how fast works go on this year; an evaluation that cuts the money stretches them."""
        return view.scale * float(self.now(view, memory, spec) > 0)

    def build(
        self, view: View, act: Handle, project: Project, pace: float, funding: Funding, adds: Adds | None = None
    ) -> bool:
        """Pay this year's part of the works, and say whether they are open.

        Parameters
        ----------
        pace : float
            Part of the year's plan that is paid; 0 stops building.
        funding : Funding
            Of the project.
        adds : str, optional
            The stock to which the works add.
        """
        project.posts = []
        if project.opened is None and project.paid >= (1.0 - UNPAID) * project.total > 0:
            project.opened = view.year
        if project.opened is None and pace > 0:
            plan = min(project.total / max(self.build_years, self.phase_in), project.total - project.paid)
            self._pay_works(view, act, project, pace * plan, funding, adds)
        if funding.private is not None and project.owed > 0:
            self._pay_back(view, act, project, funding, funding.private)
        return project.opened is not None

    def _pay_works(
        self, view: View, act: Handle, project: Project, plan: float, funding: Funding, adds: Adds | None
    ) -> None:
        share = 0.0
        if (deal := funding.private) is not None:
            share = deal.share * self._room(view, project, plan, deal)
            account = view.accounts.purse[view.accounts.purse_index(self.name)]
            project.saving = deal.saving
            part = plan * share * (1.0 - deal.saving)
            interest = deal.rate * project.owed / view.prices
            act.credit(self.name, project.owed / view.prices + part + interest)
            post = act.purchase(account, project.regions, part * project.weights, f"works:{project.name}", adds=adds)
            project.posts.append(("private", post))
        self.pay(view, act, project, plan * (1.0 - share), "capex", funding, adds=adds)

    @staticmethod
    def _room(view: View, project: Project, plan: float, deal: Private) -> float:
        """Return how much of the private part the ceiling on repayments leaves, in [0, 1]."""
        due = _annuity(project.owed / view.prices + plan * deal.share * (1.0 - deal.saving), deal)
        revenue = float(view.revenue[project.regions].sum()) / view.prices
        return min(1.0, deal.ceiling * revenue / due) if due > 0 else 1.0

    def _pay_back(self, view: View, act: Handle, project: Project, funding: Funding, deal: Private) -> None:
        """Pay the year's annuity to the project company once the works are open, and its return to households."""
        a, owed = view.accounts, project.owed / view.prices
        account = a.purse[a.purse_index(self.name)]
        if project.opened is not None:
            left = max(1, deal.years - (view.year - project.opened))
            due = owed * deal.rate / (1.0 - (1.0 + deal.rate) ** -left)
            bill = funding.bill(view, project.regions, due * project.weights)
            project.posts.append(("annuity", act.transfer(bill.payer, account, bill.amount, f"repaid:{project.name}")))
            act.credit(self.name, owed * (1.0 + deal.rate))
        receivers = a.households[project.regions]
        post = act.transfer(account, receivers, deal.rate * owed * project.weights, f"return:{project.name}")
        project.posts.append(("return", post))

    def pay(
        self, view: View, act: Handle, project: Project, amount: float, use: str, funding: Funding,
        basket: Basket = "investment", adds: Adds | None = None,
    ) -> None:  # fmt: skip
        """Buy for a use where the project is, million base-year yuan, at the cost of its funders."""
        bill = funding.bill(view, project.regions, amount * project.weights)
        if len(bill.amount):
            post = act.purchase(bill.payer, bill.region, bill.amount, self.purpose(use), adds=adds, basket=basket)
            project.posts.append((use, post))

    @staticmethod
    def book(view: View, project: Project) -> None:
        """Turn what was granted this year into works and into what is owed."""
        private = project.spent("private", view.prices)
        project.paid += project.spent("capex", view.prices) + private / (1.0 - project.saving)
        project.private += private
        nominal = {use: sum(p.paid for u, p in project.posts if u == use) for use in ("private", "annuity", "return")}
        project.owed = max(0.0, project.owed + nominal["private"] + nominal["return"] - nominal["annuity"])


def _annuity(owed: float, deal: Private) -> float:
    """Return what pays back a sum in the years of a deal, per year."""
    return owed * deal.rate / (1.0 - (1.0 + deal.rate) ** -deal.years)


def one_region(region: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the regions and weights of a project in one region."""
    return np.array([region]), np.ones(1)
