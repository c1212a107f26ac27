"""What mechanisms do together: wedges, payments and orders, added up and settled.

All mechanisms of a phase post first and settle afterwards. Before anything is summed, posts are
sorted by mechanism name and sequence, so the order in which mechanisms were asked cannot matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from sim.errors import UserError
from sim.policy.accounts import Accounts, Ledger
from sim.policy.posts import ORDERS, WEDGES, Edge, Handle, Named, Post, Site

__all__ = ["ORDERS", "PAYMENTS", "WEDGES", "Actions", "Edge", "Handle", "Post", "Site"]

# investments are paid by the engine, together with the private partners' money
PAYMENTS: tuple[str, ...] = ("transfer", "purchase", "grant_firms")


class Actions:
    """Everything posted in one phase of one year, and its settlement.

    Parameters
    ----------
    accounts : Accounts
    phase : {"decide", "settle"}
        In ``settle`` (phase 5) only transfers may be posted.

    Attributes
    ----------
    wedges : dict of str to ndarray
        Sum of all shifts, one array per name of `WEDGES`.
    purchases_investment, purchases_services : (R,) float, million yuan
        Granted purchases by basket.
    adds_services, adds_infrastructure : (R,) float, million yuan
        Part of the purchases that adds to a stock.
    firm_grants : (R,) float, million yuan
    directed_public, directed_private : (n_funds, R, S) float, million yuan
    stakes_sold : (n_funds,) float
        Share of each fund's stakes to sell.
    sites : list of Site
        Sorted by index.
    edges : tuple of Edge
        Ways in use besides those of the world.
    speeds : dict of (int, int, str) to float
        Factors on the speed of the world's ways between two regions, by mode.
    requested, granted, shortfall : (A,) float, million yuan
        By paying account.
    reports : dict of (str, str) to (float, str)
        ``(mechanism, item)`` to value and unit.
    """

    def __init__(self, accounts: Accounts, phase: Literal["decide", "settle"] = "decide"):
        self.accounts = accounts
        self.allowed = frozenset(("transfer",)) if phase == "settle" else frozenset((*WEDGES, *ORDERS))
        self.posts: list[Post] = []
        self.shifts: list[tuple] = []
        self.sales: list[tuple[str, int, int, float]] = []
        self.site_posts: list[tuple[str, int, Site]] = []
        self.edge_posts: list[tuple[str, int, Edge]] = []
        self.slowed: list[tuple[str, int, tuple[int, int, str], float]] = []
        self.reports: dict[tuple[str, str], tuple[float, str]] = {}
        self.handles: dict[str, Handle] = {}

    def for_mechanism(self, mechanism: Named) -> Handle:
        """Return the handle with which a mechanism posts.

        Raises
        ------
        UserError
            If two mechanisms share a name, since then their posts have no order.
        """
        if mechanism.name in self.handles:
            raise UserError(f"mechanisms: the name '{mechanism.name}' is used twice; give each its own name")
        handle = Handle(self, mechanism.name, frozenset(mechanism.writes))
        self.handles[mechanism.name] = handle
        return handle

    def grant(self, available: Mapping[int, float] | np.ndarray) -> None:
        """Grant all posts, pro rata where an account wants to pay more than it has.

        Funds and sites settle after everybody else: they may spend what they have just received.

        Parameters
        ----------
        available : (A,) float or mapping of account id to float, million yuan
            What each account may spend; accounts missing from a mapping are unlimited.
        """
        n = len(self.accounts)
        limit = np.full(n, np.inf)
        if isinstance(available, Mapping):
            for account, amount in available.items():
                limit[account] = amount
        else:
            limit[:] = available
        self.posts.sort(key=lambda p: (p.mechanism, p.sequence))
        passing = self.accounts.passing
        self.requested, self.granted, received = np.zeros(n), np.zeros(n), np.zeros(n)
        for stage in (~passing, passing):
            posts = [p for p in self.posts if stage[p.payer]]
            wanted = np.zeros(n)
            for post in posts:
                wanted[post.payer] += post.amount
            ratio = _ratio(wanted, limit + received)
            for post in posts:
                post.granted = float(post.amount * ratio[post.payer])
                self.granted[post.payer] += post.granted
                if passing[post.payee]:
                    received[post.payee] += post.granted
            self.requested += wanted
        self.shortfall = self.requested - self.granted
        self._total()

    def _total(self) -> None:
        regions, sectors, funds = len(self.accounts.treasury), self.accounts.n_sectors, len(self.accounts.fund)
        self.purchases_investment, self.purchases_services = np.zeros(regions), np.zeros(regions)
        self.adds_services, self.adds_infrastructure = np.zeros(regions), np.zeros(regions)
        self.firm_grants = np.zeros(regions)
        self.directed_public = np.zeros((funds, regions, sectors))
        self.directed_private = np.zeros((funds, regions, sectors))
        for post in self.posts:
            if post.kind == "purchase":
                basket = self.purchases_services if post.basket == "services" else self.purchases_investment
                basket[post.region] += post.granted
                if post.adds is not None:
                    stock = self.adds_services if post.adds == "services" else self.adds_infrastructure
                    stock[post.region] += post.granted
            elif post.kind == "grant_firms":
                self.firm_grants[post.region] += post.granted
            elif post.kind == "invest" and post.public is not None and post.private is not None:
                self.directed_public[post.fund] += post.public * post.share
                self.directed_private[post.fund] += post.private * post.share
                post.private_granted = float(post.private.sum() * post.share)
        self.stakes_sold = np.zeros(funds)
        for _, _, fund, share in sorted(self.sales):
            self.stakes_sold[fund] = 1 - (1 - self.stakes_sold[fund]) * (1 - share)
        self.edges = tuple(edge for _, _, edge in sorted(self.edge_posts, key=lambda p: p[:2]))
        # Of several that slow a way the strongest counts: services are not cut twice.
        self.speeds: dict[tuple[int, int, str], float] = {}
        for _, _, way, factor in self.slowed:
            self.speeds[way] = min(factor, self.speeds.get(way, 1.0))
        self.sites = sorted((site for _, _, site in self.site_posts), key=lambda s: s.index)
        self._add_wedges({"R": regions, "S": sectors, "G": 2})

    def _add_wedges(self, size: dict[str, int]) -> None:
        # One zero that looks like an array stands for what nobody shifts: few of these large arrays are ever filled.
        shifted = {shift[2] for shift in self.shifts}
        shape = {name: [size[d] for d in dims] for name, dims in WEDGES.items()}
        self.wedges = {n: np.zeros(shape[n]) if n in shifted else np.broadcast_to(0.0, shape[n]) for n in WEDGES}
        for _, _, wedge, where, value in sorted(self.shifts, key=lambda s: s[:2]):
            if where is None:
                self.wedges[wedge] += value
            else:
                np.add.at(self.wedges[wedge], where, value)

    def payments(self, kinds: tuple[str, ...] = PAYMENTS) -> list[tuple]:
        """Return granted payments as ``(purpose, payers, payees, amounts)``, a tuple per purpose.

        Investments are left out by default: the engine pays for them with the private money.
        """
        chosen = [p for p in self.posts if p.kind in kinds and p.granted > 0]
        groups: dict[str, list[Post]] = {}
        for post in chosen:
            groups.setdefault(post.purpose, []).append(post)
        return [
            (
                purpose,
                np.array([p.payer for p in posts], dtype=np.int32),
                np.array([p.payee for p in posts], dtype=np.int32),
                np.array([p.granted for p in posts]),
            )
            for purpose, posts in sorted(groups.items())
        ]

    def post_to(self, ledger: Ledger, year: int, kinds: tuple[str, ...] = PAYMENTS) -> None:
        """Write the granted payments into a ledger."""
        for purpose, payers, payees, amounts in self.payments(kinds):
            ledger.post(year, purpose, payers, payees, amounts)

    @property
    def public_outlay(self) -> float:
        """Million yuan that treasuries, provinces and the nation pay for mechanisms; bids of cities are none."""
        public = self.accounts.public
        return float(sum(p.granted for p in self.posts if public[p.payer] and p.mechanism != "cities"))

    @property
    def public_return(self) -> float:
        """Million yuan that funds and sites pay back to public accounts."""
        public, passing = self.accounts.public, self.accounts.passing
        return float(sum(p.granted for p in self.posts if passing[p.payer] and public[p.payee]))


def _ratio(wanted: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Share of the wishes that can be met: exactly 1 where the limit is not reached."""
    ratio = np.ones(len(wanted))
    over = wanted > np.maximum(limit, 0.0)
    ratio[over] = np.maximum(limit[over], 0.0) / wanted[over]
    return ratio
