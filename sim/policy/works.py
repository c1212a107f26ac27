"""Public works: paid over years, then open; base of corridors, parks and other construction."""

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

# Share that may be unpaid when works open: prices change between contract and payment.
UNPAID = 0.01


@dataclass
class Project:
    """A construction project.

    Attributes
    ----------
    name : str
    regions : (k,) int
        Regions in which it is built.
    weights : (k,) float
        Share of the cost in each, 1 in sum.
    total : float, million base-year yuan
        Cost of building.
    paid, private : float, million base-year yuan
        Cumulative payments for works, and private money in them.
    saving : float
        Share of the cost saved by private construction.
    open_year : int or None
        First year of use.
    owed : float, million yuan, nominal
        Debt to private partners.
    posts : list of (str, Post)
        This year's payments by use.
    """

    name: str
    regions: np.ndarray
    weights: np.ndarray
    total: float
    paid: float = 0.0
    private: float = 0.0
    saving: float = 0.0
    open_year: int | None = None
    owed: float = 0.0
    posts: list[tuple[str, Post]] = field(default_factory=list)

    def spent(self, use: str, prices: float) -> float:
        """Return the amount granted this year for a use, million base-year yuan."""
        return sum(post.paid for purpose, post in self.posts if purpose == use) / prices


@dataclass(kw_only=True)
class WorksMemory(Memory):
    """Memory of works: their projects."""

    projects: list[Project] = field(default_factory=list)


class Works(Mechanism):
    """Base class of public works: paid, built, then open.

    A subclass defines its projects in `prepare`, calls `build` in `decide` and `book` in `settle`. Payments that were
    not granted are made later. With ``funding.private`` a project company builds its part on credit and is
    repaid by the funders over years once the works are open; its debt bears interest to households of the region.
    """

    writes: ClassVar[frozenset[str]] = frozenset({"purchase"})
    private_finance: ClassVar[bool] = True

    build_years: int = Field(5, ge=1, le=40, description="Years of building [year]")

    def purses(self, world: World) -> list[str]:
        return [self.name] if self.strength > 0 and any(funding.private for funding in self.fundings) else []

    def purpose(self, use: str) -> str:
        """Return the purpose of payments for a use in the ledger."""
        return f"{use}:{self.name}"

    def built_by(self, world: World, years: int) -> float:
        """Return the share of works completed in a run of some years, in [0, 1]; matching grants add to each year."""
        active = sum(self.level(world.year + k, world.year) > 0 for k in range(years))
        return min(1.0, active / self.years_to_build)

    @property
    def years_to_build(self) -> float:
        """Years from the first payment to the last if all is granted."""
        return max(self.build_years, self.phase_in) / (1.0 + self.funding.attracted)

    def pace(self, view: View, memory: Memory, spec: Mechanism | None = None) -> float:
        """Return the pace of works this year; an evaluation that cuts the money delays them."""
        return view.scale * float(self.now(view, memory, spec) > 0)

    def build(
        self, view: View, act: Handle, project: Project, pace: float, funding: Funding, adds: Adds | None = None
    ) -> bool:
        """Pay this year's part of the works; return whether they are open.

        Parameters
        ----------
        pace : float
            Share of the year's plan that is paid; 0 stops construction.
        funding : Funding
            Funding of the project.
        adds : str, optional
            Stock to which the works add.
        """
        project.posts = []
        if project.open_year is None and project.paid >= (1.0 - UNPAID) * project.total > 0:
            project.open_year = view.year
        if project.open_year is None and pace > 0:
            plan = min(project.total / max(self.build_years, self.phase_in), project.total - project.paid)
            self._pay_works(view, act, project, pace * plan, funding, adds)
        if funding.private is not None and project.owed > 0:
            self._pay_back(view, act, project, funding, funding.private)
        return project.open_year is not None

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
        """Return the share of private finance allowed by the ceiling on repayments, in [0, 1]."""
        due = _annuity(project.owed / view.prices + plan * deal.share * (1.0 - deal.saving), deal.rate, deal.years)
        revenue = float(view.revenue[project.regions].sum()) / view.prices
        return min(1.0, deal.ceiling * revenue / due) if due > 0 else 1.0

    def _pay_back(self, view: View, act: Handle, project: Project, funding: Funding, deal: Private) -> None:
        """Pay the year's annuity to the project company once the works are open, and its return to households."""
        a, owed = view.accounts, project.owed / view.prices
        account = a.purse[a.purse_index(self.name)]
        if project.open_year is not None:
            left = max(1, deal.years - (view.year - project.open_year))
            due = _annuity(owed, deal.rate, left)
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
        """Record this year's grants as works and as debt."""
        private = project.spent("private", view.prices)
        project.paid += project.spent("capex", view.prices) + private / (1.0 - project.saving)
        project.private += private
        nominal = {use: sum(p.paid for u, p in project.posts if u == use) for use in ("private", "annuity", "return")}
        project.owed = max(0.0, project.owed + nominal["private"] + nominal["return"] - nominal["annuity"])


def _annuity(owed: float, rate: float, years: int) -> float:
    """Return the yearly payment that repays a debt with interest over some years."""
    return owed * rate / (1.0 - (1.0 + rate) ** -years)


def one_region(region: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the regions and weights of a project in one region."""
    return np.array([region]), np.ones(1)
