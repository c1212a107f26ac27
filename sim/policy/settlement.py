"""Execution of posts: wedges, payments and orders of all mechanisms are summed and granted.

All mechanisms of a phase post first; then posts are granted. Before sums are computed, posts are sorted
by mechanism name and sequence, so that results do not depend on the order of calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from sim.errors import UserError
from sim.policy.accounts import Accounts, Ledger
from sim.policy.posts import BOUNDED, ORDERS, WEDGES, Edge, Handle, Named, Post, RefusedPost, Site

__all__ = ["ORDERS", "PAYMENTS", "WEDGES", "Actions", "Edge", "Handle", "Post", "RefusedPost", "Site"]

# investments are paid by the engine, together with the private partners' money
PAYMENTS: tuple[str, ...] = ("transfer", "purchase", "grant_firms", "buy_stakes")


class Actions:
    """All posts of one phase of one year, and their grants.

    Parameters
    ----------
    accounts : Accounts
    phase : {"decide", "settle"}
        In ``settle`` only transfers may be posted.
    prices : float
        Nominal per base-year yuan, at which amounts are paid.
    stakes : (R, R) float, million yuan, optional
        Capital of each treasury by region, at the price at which others may buy it; without limit by default.

    Attributes
    ----------
    wedges : dict of str to ndarray
        Sum of all shifts, one array per name of `WEDGES`; of a bounded wedge the sum of increases, see `within`.
    reductions : dict of str to ndarray
        Sum of the reductions of each bounded wedge, in absolute value.
    purchases_investment, purchases_services : (R,) float, million yuan
        Granted purchases by basket.
    adds_services, adds_infrastructure : (R,) float, million yuan
        Purchases that add to a stock.
    firm_grants, household_grants : (R,) float, million yuan
    grants_by_sectors : list of ((S,) bool or None, (R,) float, million yuan)
        Grants to the firms of some sectors; of all sectors if None.
    rights : (R, 2) float, persons
        Workers and talent who are granted the rights of residents.
    directed_public, directed_private : (n_funds, R, S) float, million yuan
    stakes_sold : (n_funds,) float
        Share of each fund's stakes to sell.
    sites : list of Site
        Sorted by index.
    edges : tuple of Edge
        Links in use in addition to those of the world.
    speeds : dict of (int, int, str) to float
        Factors on the speed of the world's links between two regions, by mode.
    ports : tuple of (int, float)
        Regions with a port in addition to those of the world, and the hours from each to the world market.
    requested, granted, shortfall : (A,) float, million yuan
        By paying account.
    reports : dict of (str, str) to (float, str)
        ``(mechanism, item)`` to value and unit.
    posted : frozenset of str
        Names of the wedges that were shifted.
    """

    def __init__(
        self, accounts: Accounts, phase: Literal["decide", "settle"] = "decide", prices: float = 1.0,
        stakes: np.ndarray | None = None,
    ):  # fmt: skip
        self.accounts, self.prices, self.stakes = accounts, prices, stakes
        self.allowed = frozenset(("transfer",)) if phase == "settle" else frozenset((*WEDGES, *ORDERS))
        self.posts: list[Post] = []
        self.shifts: list[tuple] = []
        self.sales: list[tuple[str, int, int, float]] = []
        self.site_posts: list[tuple[str, int, Site]] = []
        self.edge_posts: list[tuple[str, int, Edge]] = []
        self.slowed: list[tuple[str, int, tuple[int, int, str], float]] = []
        self.port_posts: list[tuple[str, int, int, float]] = []
        self.credits: dict[int, float] = {}
        self.rights_posts: list[tuple[str, int, Any, np.ndarray]] = []
        self.reports: dict[tuple[str, str], tuple[float, str]] = {}
        self.handles: dict[str, Handle] = {}

    def for_mechanism(self, mechanism: Named, prices: float | None = None) -> Handle:
        """Return the handle with which a mechanism posts.

        Raises
        ------
        UserError
            If two mechanisms share a name, since the order of their posts would be undefined.
        """
        if mechanism.name in self.handles:
            raise UserError(f"mechanisms: the name '{mechanism.name}' is used twice; give each its own name")
        handle = Handle(
            self, mechanism.name, mechanism.writable, self.prices if prices is None else prices,
            getattr(mechanism, "credibility", 1.0),
        )  # fmt: skip
        self.handles[mechanism.name] = handle
        return handle

    def grant(self, available: Mapping[int, float] | np.ndarray) -> None:
        """Grant all posts, pro rata where requests exceed the funds of an account.

        Funds, sites and purses come last: they may spend what they receive in the same phase, and purses also their
        credit.

        Parameters
        ----------
        available : (A,) float or mapping of account id to float, million yuan
            Limit of each account; accounts missing from a mapping are unlimited.
        """
        n = len(self.accounts)
        limit = np.full(n, np.inf)
        if isinstance(available, Mapping):
            for account, most in available.items():
                limit[account] = most
        else:
            limit[:] = available
        for account, credit in self.credits.items():
            limit[account] += credit
        self.posts.sort(key=lambda p: (p.mechanism, p.sequence))
        payer, payee, _ = _columns(self.posts)
        amount = _joined([p.amount for p in self.posts])
        if self.stakes is not None and any(p.kind == "buy_stakes" for p in self.posts):
            amount = self._for_sale(amount, self.stakes)
        passing = self.accounts.passing
        granted, received, self.requested = np.zeros(len(amount)), np.zeros(n), np.zeros(n)
        for stage in (~passing[payer], passing[payer]):
            wanted = _sums(payer[stage], amount[stage], n)
            granted[stage] = amount[stage] * _ratio(wanted, limit + received)[payer[stage]]
            passed = stage & passing[payee]
            received += _sums(payee[passed], granted[passed], n)
            self.requested += wanted
        self.granted = _sums(payer, granted, n)
        self.shortfall = self.requested - self.granted
        ends = np.cumsum([len(p.amount) for p in self.posts], dtype=int)
        for post, part in zip(self.posts, np.split(granted, ends[:-1]), strict=True) if self.posts else ():
            post.granted = part
        self._total()

    def _for_sale(self, amount: np.ndarray, stakes: np.ndarray) -> np.ndarray:
        """Limit amounts for stakes, pro rata, to what sellers have."""
        buys = np.repeat([p.kind == "buy_stakes" for p in self.posts], [len(p.amount) for p in self.posts])
        _, seller, _ = _columns(self.posts)
        region = _joined([p.region for p in self.posts]).astype(np.int64)
        at = self.accounts.region[seller[buys]] * len(stakes) + region[buys]
        limited = amount.copy()
        limited[buys] *= _ratio(_sums(at, amount[buys], stakes.size), stakes.ravel())[at]
        return limited

    def stakes_bought(self) -> np.ndarray:
        """Return the change of the capital of treasuries by region at the price of stakes, (R, R) million yuan."""
        change = np.zeros((len(self.accounts.treasury),) * 2)
        for post in self.posts:
            if post.kind == "buy_stakes":
                np.add.at(change, (self.accounts.region[post.payer], post.region), post.granted)
                np.subtract.at(change, (self.accounts.region[post.payee], post.region), post.granted)
        return change

    def investments(self) -> Iterator[tuple[Post, np.ndarray, np.ndarray]]:
        """Yield investments of funds with the granted public and private money of each, (R, S) million yuan."""
        for post in self.posts:
            if post.public is not None and post.private is not None:
                yield post, post.public * post.share, post.private * post.share

    def _by_region(self, posts: list[Post]) -> np.ndarray:
        """Sum granted amounts by region, (R,)."""
        region = _joined([p.region for p in posts]).astype(np.int64)
        return _sums(region, _joined([p.granted for p in posts]), len(self.accounts.treasury))

    def _total(self) -> None:
        regions, sectors, funds = len(self.accounts.treasury), self.accounts.n_sectors, len(self.accounts.fund)
        bought = [p for p in self.posts if p.kind == "purchase"]
        self.purchases_investment = self._by_region([p for p in bought if p.basket == "investment"])
        self.purchases_services = self._by_region([p for p in bought if p.basket == "services"])
        self.adds_services = self._by_region([p for p in bought if p.adds == "services"])
        self.adds_infrastructure = self._by_region([p for p in bought if p.adds == "infrastructure"])
        grants = [p for p in self.posts if p.kind == "grant_firms"]
        self.firm_grants = self._by_region(grants)
        self.grants_by_sectors = self._by_sectors(grants)
        _, payee, granted = _columns([p for p in self.posts if p.kind == "transfer"])
        self.household_grants = _sums(payee, granted, len(self.accounts))[self.accounts.households]
        self.directed_public = np.zeros((funds, regions, sectors))
        self.directed_private = np.zeros((funds, regions, sectors))
        for post, public, private in self.investments():
            self.directed_public[post.fund] += public
            self.directed_private[post.fund] += private
            post.private_granted = float(private.sum())
        self.stakes_sold = np.zeros(funds)
        for _, _, fund, share in sorted(self.sales):
            self.stakes_sold[fund] = 1 - (1 - self.stakes_sold[fund]) * (1 - share)
        self.edges = tuple(edge for _, _, edge in sorted(self.edge_posts, key=lambda p: p[:2]))
        # Of several factors on a link the smallest applies: services are not cut twice.
        self.speeds: dict[tuple[int, int, str], float] = {}
        for _, _, link, factor in self.slowed:
            self.speeds[link] = min(factor, self.speeds.get(link, 1.0))
        ports: dict[int, float] = {}
        for _, _, region, hours in self.port_posts:
            ports[region] = min(hours, ports.get(region, np.inf))
        self.ports = tuple(sorted(ports.items()))
        self.sites = sorted((site for _, _, site in self.site_posts), key=lambda s: s.index)
        self.rights = np.zeros((regions, 2))
        for _, _, region, persons in sorted(self.rights_posts, key=lambda p: p[:2]):
            np.add.at(self.rights, region, persons)
        self._add_wedges({"R": regions, "N": regions + 1, "S": sectors, "G": 2})

    def _by_sectors(self, grants: list[Post]) -> list[tuple[np.ndarray | None, np.ndarray]]:
        """Sum grants to firms by the sectors that receive them, (R,) each."""
        groups: dict[bytes, list[Post]] = {}
        for post in grants:
            groups.setdefault(b"" if post.sectors is None else post.sectors.tobytes(), []).append(post)
        return [(posts[0].sectors, self._by_region(posts)) for _, posts in sorted(groups.items())]

    def _add_wedges(self, size: dict[str, int]) -> None:
        # Wedges without shifts are broadcast zeros: few of these large arrays are ever filled.
        self.posted = frozenset(shift[2] for shift in self.shifts)
        shape = {name: [size[d] for d in dims] for name, dims in WEDGES.items()}

        def empty(names: Iterable[str]) -> dict[str, np.ndarray]:
            return {n: np.zeros(shape[n]) if n in self.posted else np.broadcast_to(0.0, shape[n]) for n in names}

        self.wedges, self.reductions = empty(WEDGES), empty(sorted(BOUNDED))
        for _, _, wedge, where, value in sorted(self.shifts, key=lambda s: s[:2]):
            if wedge in BOUNDED:
                _add(self.wedges[wedge], where, np.maximum(value, 0.0))
                _add(self.reductions[wedge], where, np.maximum(-value, 0.0))
            else:
                _add(self.wedges[wedge], where, value)

    def within(self, wedge: str, most: np.ndarray | float) -> np.ndarray:
        """Return a bounded wedge: increases as posted, and of the reductions ``x`` together ``-B (1 - exp(-x / B))``.

        Reductions thus never exceed the friction ``B`` that they reduce, in whatever order they are posted.

        Parameters
        ----------
        wedge : str
            One of `BOUNDED`.
        most : float or ndarray, log
            The friction B, 0 or more, broadcast to the wedge.
        """
        total = self.wedges[wedge].copy()
        friction = np.broadcast_to(np.asarray(most, dtype=float), total.shape)
        # Few entries are reduced, and an exponential of each takes long.
        some = (self.reductions[wedge] > 0) & (friction > 0)
        limit = friction[some]
        total[some] += limit * np.expm1(-self.reductions[wedge][some] / limit)
        return total

    def balances(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what mechanisms withdraw from (A,) and add to (A,) each account, net by mechanism, million yuan."""
        n = len(self.accounts)
        paid, received = np.zeros(n), np.zeros(n)
        for name in sorted({p.mechanism for p in self.posts}):
            payer, payee, granted = _columns([p for p in self.posts if p.mechanism == name])
            net = _sums(payee, granted, n) - _sums(payer, granted, n)
            paid += np.maximum(-net, 0.0)
            received += np.maximum(net, 0.0)
        return paid, received

    def outlay_by_region(self, names: Sequence[str]) -> np.ndarray:
        """Return the public money that each mechanism, or its fund, spent in each region, (M, R) million yuan."""
        out = np.zeros((len(names), len(self.accounts.treasury)))
        public = self.accounts.public
        for post in self.posts:
            if post.mechanism in names:
                there = (post.region >= 0) & public[post.payer]
                np.add.at(out[list(names).index(post.mechanism)], post.region[there], post.granted[there])
        for post, invested, _ in self.investments():
            if post.mechanism in names:
                out[list(names).index(post.mechanism)] += invested.sum(axis=1)
        return out

    def payments(self, kinds: tuple[str, ...] = PAYMENTS) -> list[tuple]:
        """Return granted payments as ``(purpose, payers, payees, amounts)``, a tuple per purpose.

        Investments are left out by default: the engine pays for them with the private money.
        """
        groups: dict[str, list[Post]] = {}
        for post in self.posts:
            if post.kind in kinds and post.paid > 0:
                groups.setdefault(post.purpose, []).append(post)
        payments = []
        for purpose, posts in sorted(groups.items()):
            payer, payee, granted = _columns(posts)
            some = granted > 0
            payments.append((purpose, payer[some].astype(np.int32), payee[some].astype(np.int32), granted[some]))
        return payments

    def post_to(self, ledger: Ledger, year: int, kinds: tuple[str, ...] = PAYMENTS) -> None:
        """Write the granted payments into a ledger."""
        for purpose, payers, payees, amounts in self.payments(kinds):
            ledger.post(year, purpose, payers, payees, amounts)

    def outlay_of(self, names: Sequence[str]) -> np.ndarray:
        """Return the outlay of treasuries, provinces and the nation for mechanisms, (M,) million yuan, by name."""
        public, row = self.accounts.public, {name: k for k, name in enumerate(names)}
        out = np.zeros(len(names))
        for post in self.posts:
            if post.mechanism in row and not post.repays:
                out[row[post.mechanism]] += post.granted[public[post.payer]].sum()
        return out

    @property
    def public_outlay(self) -> float:
        """Outlay of treasuries, provinces and the nation for all mechanisms, without bids of cities, million yuan."""
        return float(self.outlay_of(sorted({p.mechanism for p in self.posts} - {"cities"})).sum())

    @property
    def treasury_outlay(self) -> float:
        """The part of the public outlay that treasuries of cities pay, million yuan."""
        city = np.zeros(len(self.accounts.public), dtype=bool)
        city[self.accounts.treasury] = True
        posts = (p for p in self.posts if p.mechanism != "cities" and not p.repays)
        return float(sum(p.granted[city[p.payer]].sum() for p in posts))

    @property
    def public_return(self) -> float:
        """Money returned to public accounts, million yuan."""
        return float(sum(p.paid for p in self.posts if p.repays))


def _add(array: np.ndarray, where: Any, value: np.ndarray) -> None:
    if where is None:
        array += value
    else:
        np.add.at(array, where, value)


def _joined(columns: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(columns) if columns else np.zeros(0)


def _columns(posts: list[Post]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return payers, payees and granted amounts of posts, concatenated."""
    payer, payee = (_joined([getattr(p, side) for p in posts]).astype(np.int64) for side in ("payer", "payee"))
    return payer, payee, _joined([p.granted for p in posts])


def _sums(index: np.ndarray, amounts: np.ndarray, n: int) -> np.ndarray:
    """Sum amounts by index, (n,) float.

    Without entries numpy returns integers, for which kernels would be compiled again.
    """
    return np.bincount(index, amounts, n).astype(float, copy=False)


def _ratio(wanted: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Return the share of requests within the limit: exactly 1 where the limit does not bind."""
    ratio = np.ones(len(wanted))
    over = wanted > np.maximum(limit, 0.0)
    ratio[over] = np.maximum(limit[over], 0.0) / wanted[over]
    return ratio
