"""Posts of a mechanism: shifts of wedges, payments, orders, reports."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from sim.catalogue import UNITS
from sim.errors import nearest
from sim.policy.accounts import Accounts
from sim.policy.view import UndeclaredAccess

WEDGES: dict[str, tuple[str, ...]] = {
    "productivity": ("R", "S"),
    "moving_cost": ("G", "R", "R"),
    "commuting": ("R", "R"),
    "information": ("R", "R"),
    "capital_return": ("R", "R"),
    "site_attraction": ("R", "S"),
    "amenity": ("R",),
    "services": ("R",),
    "graduation": ("R",),
    "entry": ("R", "S"),
    "knowledge_link": ("S", "R", "R"),
    "research": ("R", "S"),
    "emission_factor": ("R", "S"),
    "trade": ("S", "N", "N"),
    "handling": ("R",),
    "foreign_capital": ("R",),
    "investment": ("R", "S"),
    "recovery": ("R",),
    "housing": ("R",),
    "unit_charge": ("R", "S"),
    "headquarters": ("R", "R"),
    "adoption": ("R", "R"),
}
ORDERS: tuple[str, ...] = (
    "transfer", "purchase", "grant_firms", "invest", "sell_stakes", "buy_stakes", "site", "edge", "port", "credit",
    "rights",
)  # fmt: skip
# Item that the economy reports for every mechanism: what public accounts paid for it in the year.
OUTLAY = "public outlay"
# Wedges of forward-looking decisions: the response to a policy that may be reversed is weaker.
FORWARD = frozenset({"capital_return", "site_attraction", "headquarters", "entry"})
# Wedges whose reductions cannot exceed the friction that they reduce; see `sim.policy.settlement.Actions.within`.
BOUNDED = frozenset({"trade", "handling", "information", "commuting"})

Adds = Literal["services", "infrastructure"]
Basket = Literal["investment", "services"]


class RefusedPost(ValueError):
    """A payment that the accounts do not support, or an invalid number."""


class Named(Protocol):
    """The part of a mechanism that actions need."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def writable(self) -> frozenset[str]:
        """Wedges and orders that it may post."""


@dataclass(eq=False)
class Post:
    """Payments requested in one call, k of them; ``granted`` is the part that the payers can afford.

    Attributes
    ----------
    payer, payee : (k,) int
    amount, granted : (k,) float, million yuan, nominal
    region : (k,) int
        Region in which each is spent or received; -1 if none.
    public, private : (R, S) float, million yuan, or None
        Of an investment: amounts requested by the fund and by its private partners.
    private_granted : float, million yuan
        Private money that was invested.
    created : (R, S) float
        Of an investment: share of the money that becomes capital where little is directed.
    saturation : float
        Of an investment: directed money, relative to a tenth of a cell's capital, at which half of this share remains.
    repays : bool
        Whether it returns money to public accounts: a return, and no outlay of who pays it.
    sectors : (S,) bool, or None
        Of a grant to firms: the sectors whose firms receive it; all if None.
    """

    mechanism: str
    sequence: int
    kind: str
    payer: np.ndarray
    payee: np.ndarray
    amount: np.ndarray
    purpose: str
    region: np.ndarray
    adds: Adds | None = None
    basket: Basket = "investment"
    fund: int = -1
    public: np.ndarray | None = None
    private: np.ndarray | None = None
    granted: np.ndarray = field(default_factory=lambda: np.zeros(0))
    private_granted: float = 0.0
    created: np.ndarray = field(default_factory=lambda: np.ones((1, 1)))
    saturation: float = math.inf
    repays: bool = False
    sectors: np.ndarray | None = None

    @property
    def wanted(self) -> float:
        """Sum of the amounts, million yuan."""
        return float(self.amount.sum())

    @property
    def paid(self) -> float:
        """Sum of granted amounts, million yuan."""
        return float(self.granted.sum())

    def shares(self, regions: int) -> np.ndarray:
        """Return the granted share of the amounts in each region, (R,); 1 where nothing was requested."""
        wanted, paid = (np.bincount(self.region, money, regions) for money in (self.amount, self.granted))
        return np.divide(paid, wanted, out=np.ones(regions), where=wanted > 0)

    @property
    def share(self) -> float:
        """Granted share of the amounts; 1 if nothing was requested."""
        return self.paid / self.wanted if self.wanted > 0 else 1.0


@dataclass(eq=False)
class Site:
    """State of an enclave site in a year.

    Attributes
    ----------
    index : int
        Index in arrays over sites.
    host, sponsor : int
        Regions.
    capacity : float, million yuan, real capital
    sectors : (S,) bool
    log_productivity : (S,) float
    open : bool
        Whether new firms may enter.
    """

    name: str
    index: int
    host: int
    sponsor: int
    capacity: float
    sectors: np.ndarray
    log_productivity: np.ndarray
    open: bool


@dataclass(frozen=True)
class Edge:
    """A link that is open this year in addition to those of the world.

    Attributes
    ----------
    a, b : int
        Regions at its ends.
    mode : str
    km, speed : float
        Length (km) and commercial speed (km/h).
    line : str
    bulk_share : float
        Of a waterway: part of the trade in bulky goods that it can carry.
    """

    a: int
    b: int
    mode: str
    km: float
    speed: float
    line: str
    bulk_share: float = 0.0


class Book(Protocol):
    """Collection of posts until they are granted."""

    accounts: Accounts
    allowed: frozenset[str]
    posts: list[Post]
    shifts: list[tuple]
    sales: list[tuple[str, int, int, float]]
    site_posts: list[tuple[str, int, Site]]
    edge_posts: list[tuple[str, int, Edge]]
    slowed: list[tuple[str, int, tuple[int, int, str], float]]
    port_posts: list[tuple[str, int, int, float]]
    credits: dict[int, float]
    rights_posts: list[tuple[str, int, Any, np.ndarray]]
    reports: dict[tuple[str, str], tuple[float, str]]


@dataclass(eq=False)
class Handle:
    """Handle by which a mechanism posts what its ``writes`` declare, and nothing else.

    Amounts are million base-year yuan; they are paid at the prices of their year.

    Attributes
    ----------
    prices : float
        Nominal per base-year yuan.
    credibility : float
        Factor on wedges of `FORWARD`.
    """

    actions: Book
    mechanism: str
    writes: frozenset[str]
    prices: float = 1.0
    credibility: float = 1.0
    used: set[str] = field(default_factory=set)
    _sequence: int = 0

    def _write(self, name: str) -> int:
        if name not in self.writes:
            raise UndeclaredAccess(f"{self.mechanism}: '{name}' is not among its writes {sorted(self.writes)}")
        if name not in self.actions.allowed:
            raise UndeclaredAccess(f"{self.mechanism}: '{name}' cannot be posted in this phase")
        self.used.add(name)
        self._sequence += 1
        return self._sequence

    def _post(self, kind: str, payer: Any, payee: Any, amount: Any, purpose: str, region: Any, **more: Any) -> Post:
        sequence = self._write(kind)
        payers, payees, regions, amounts = np.broadcast_arrays(
            np.atleast_1d(payer), payee, region, np.asarray(amount, float)
        )
        amounts = amounts * self.prices
        if not np.isfinite(amounts).all() or (amounts < 0).any():
            bad = amounts[~(np.isfinite(amounts) & (amounts >= 0))][0]
            raise RefusedPost(f"{self.mechanism}: {kind} '{purpose}' of {bad} million yuan; expected 0 or more")
        self._check_supported(kind, purpose, payers, payees)
        post = Post(self.mechanism, sequence, kind, payers, payees, amounts, purpose, regions, **more)
        self.actions.posts.append(post)
        return post

    def _check_supported(self, kind: str, purpose: str, payers: np.ndarray, payees: np.ndarray) -> None:
        """Refuse payments that the accounts of the year do not support."""
        accounts = self.actions.accounts
        able = accounts.public | accounts.passing
        if not able[payers].all():
            label = accounts.labels[payers[~able[payers]][0]]
            text = "expected a treasury, a province, the nation, a fund, a site or a purse as payer"
            raise RefusedPost(f"{self.mechanism}: {kind} '{purpose}' by {label}; {text}")
        if kind != "transfer":
            return
        if "purchase" in self.actions.allowed:  # households' incomes of the year are not yet determined
            able = able.copy()
            able[accounts.households] = True
        if not able[payees].all():
            label = accounts.labels[payees[~able[payees]][0]]
            text = "expected a treasury, a province, the nation, a fund, a site, a purse, or in 'decide' households"
            hint = {"firms": "; firms are paid by grant_firms", "market": "; products are bought by purchase"}
            more = hint.get(label.split(":")[0], "")
            raise RefusedPost(f"{self.mechanism}: transfer '{purpose}' to {label}; {text}{more}")

    def shift(self, wedge: str, by: Any, where: Any = None) -> None:
        """Add ``by`` (logs) to a wedge, everywhere or at an index or mask.

        Parameters
        ----------
        wedge : str
            One of `WEDGES`.
        by : float or ndarray
            Broadcast to the wedge, or to the entries ``where``.
        where : index, optional
            Anything numpy accepts as an index of the wedge's array.
        """
        if wedge not in WEDGES:
            raise UndeclaredAccess(f"{self.mechanism}: no wedge '{wedge}'{nearest(wedge, WEDGES)}")
        sequence = self._write(wedge)
        value = np.array(by, dtype=float)
        if wedge in FORWARD and self.credibility != 1.0:
            value = value * self.credibility
        if not np.isfinite(value).all():
            raise ValueError(f"{self.mechanism}: wedge '{wedge}' is not finite")
        if value.any():
            self.actions.shifts.append((self.mechanism, sequence, wedge, where, value))

    def transfer(self, payer: Any, payee: Any, amount: Any, purpose: str) -> Post:
        """Pay from accounts to accounts; returns the `Post`, filled when granted.

        Parameters
        ----------
        payer, payee : int or (k,) int
            Payees are public accounts, funds, sites, purses, and, in `decide`, households.
        amount : float or (k,) float, million base-year yuan
        purpose : str

        Raises
        ------
        RefusedPost
            If the accounts do not support such a payment.
        """
        return self._post("transfer", payer, payee, amount, purpose, self.actions.accounts.region[payee])

    def repay(self, payer: Any, payee: Any, amount: Any, purpose: str) -> Post:
        """Return money to the public accounts that paid it: dividends, interest, repayments, proceeds of stakes.

        It needs the right to post ``transfer``, and lowers the net cost of the policy (docs/model.md, section 10).

        Parameters
        ----------
        payer, payee : int or (k,) int
            Payees are treasuries, provinces or the nation.
        amount : float or (k,) float, million base-year yuan
        purpose : str

        Raises
        ------
        RefusedPost
            If a payee is not a public account.
        """
        a = self.actions.accounts
        if not (public := a.public[np.atleast_1d(payee)]).all():
            label = a.labels[int(np.atleast_1d(payee)[~public][0])]
            text = "expected a treasury, a province or the nation"
            raise RefusedPost(f"{self.mechanism}: repayment '{purpose}' to {label}; {text}")
        return self._post("transfer", payer, payee, amount, purpose, a.region[payee], repays=True)

    def purchase(
        self, payer: Any, region: Any, amount: Any, purpose: str, adds: Adds | None = None,
        basket: Basket = "investment",
    ) -> Post:  # fmt: skip
        """Buy products in regions; purchases may add to their services or infrastructure.

        Parameters
        ----------
        payer, region : int or (k,) int
        amount : float or (k,) float, million base-year yuan
        """
        market = self.actions.accounts.market
        return self._post("purchase", payer, market, amount, purpose, region, adds=adds, basket=basket)

    def grant_firms(
        self, payer: Any, region: Any, amount: Any, purpose: str, sectors: np.ndarray | None = None
    ) -> Post:
        """Pay the firms of regions; the money raises their return.

        Parameters
        ----------
        payer, region : int or (k,) int
        amount : float or (k,) float, million base-year yuan
        sectors : (S,) bool, optional
            Sectors whose firms receive it, in proportion to their profits; all by default.
        """
        firms = self.actions.accounts.firms[region]
        chosen = None if sectors is None else np.array(sectors, dtype=bool)
        return self._post("grant_firms", payer, firms, amount, purpose, region, sectors=chosen)

    def grant_rights(self, region: Any, persons: Any) -> None:
        """Grant rights of residents to people who lack them, at most to all of them.

        Parameters
        ----------
        region : int or (k,) int
        persons : (2,) or (k, 2) float
            Workers and talent.
        """
        sequence = self._write("rights")
        number = np.array(persons, dtype=float)
        if not np.isfinite(number).all() or (number < 0).any():
            raise ValueError(f"{self.mechanism}: rights of {number} persons; expected 0 or more")
        self.actions.rights_posts.append((self.mechanism, sequence, region, number))

    def buy_stakes(self, buyer: Any, seller: Any, region: Any, amount: Any, purpose: str) -> Post:
        """Buy capital in regions that a treasury owns for another, at its price; it changes hands at once.

        Of more than the seller has only that is bought. What is paid is revenue of the seller.

        Parameters
        ----------
        buyer, seller, region : int or (k,) int
            Regions whose treasuries buy and sell, and in which the capital is.
        amount : float or (k,) float, million base-year yuan
        """
        if (np.asarray(buyer) == seller).any():
            raise RefusedPost(f"{self.mechanism}: purchase of stakes '{purpose}' from the buyer itself")
        treasury = self.actions.accounts.treasury
        return self._post("buy_stakes", treasury[buyer], treasury[seller], amount, purpose, region)

    def invest(
        self, fund: str, public: np.ndarray, private: np.ndarray, created: Any = 1.0, saturation: float | None = None
    ) -> Post:
        """Buy equity in cells with a fund's money and private partners' money.

        Parameters
        ----------
        fund : str
        public, private : (R, S) float, million base-year yuan
            Private amounts are rationed in proportion to those of the fund.
        created : float, broadcast to (R, S), in [0, 1]
            Share of the money that becomes capital where little money is directed; the rest is scrapped.
        saturation : float, optional
            Directed money, relative to a tenth of a cell's capital, at which half of this share remains; by default it
            does not fall.
        """
        index = self.actions.accounts.fund_index(fund)
        payer, payee = self.actions.accounts.fund[index], self.actions.accounts.market
        public, private = np.array(public, dtype=float), np.array(private, dtype=float)
        if (public < 0).any() or not np.isfinite(private).all() or (private < 0).any():
            raise RefusedPost(f"{self.mechanism}: an investment of fund '{fund}' is negative or not finite")
        kept = np.array(np.broadcast_to(created, public.shape), dtype=float)
        limit = math.inf if saturation is None else float(saturation)
        if not ((kept >= 0) & (kept <= 1)).all() or not limit > 0:
            text = "expected 'created' between 0 and 1 and 'saturation' above 0"
            raise RefusedPost(f"{self.mechanism}: an investment of fund '{fund}': {text}")
        more = {"fund": index, "public": public * self.prices, "private": private * self.prices, "created": kept,
                "saturation": limit}  # fmt: skip
        return self._post("invest", payer, payee, public.sum(), f"equity:{fund}", -1, **more)

    def credit(self, purse: str, amount: float) -> None:
        """Allow a purse a debt to the pool at the end of this year, up to an amount in million base-year yuan."""
        self._write("credit")
        if not np.isfinite(amount) or amount < 0:
            raise RefusedPost(f"{self.mechanism}: credit of {amount} million yuan for '{purse}'; expected 0 or more")
        account = int(self.actions.accounts.purse[self.actions.accounts.purse_index(purse)])
        self.actions.credits[account] = self.actions.credits.get(account, 0.0) + float(amount) * self.prices

    def sell_stakes(self, fund: str, share: float) -> None:
        """Order the sale of a share in [0, 1] of a fund's stakes to households."""
        sequence = self._write("sell_stakes")
        if not 0 <= share <= 1:
            raise ValueError(f"{self.mechanism}: cannot sell a share of {share}")
        self.actions.sales.append((self.mechanism, sequence, self.actions.accounts.fund_index(fund), float(share)))

    def set_site(
        self,
        name: str,
        host: int,
        sponsor: int,
        capacity: float,
        sectors: np.ndarray,
        log_productivity: np.ndarray,
        open: bool = True,
    ) -> None:
        """Set the state of a site this year; a site without capacity does not exist."""
        sequence = self._write("site")
        index = self.actions.accounts.site_index(name)
        factor = np.array(np.broadcast_to(log_productivity, (self.actions.accounts.n_sectors,)), dtype=float)
        if not np.isfinite(capacity) or capacity < 0 or not np.isfinite(factor).all():
            raise ValueError(f"{self.mechanism}: site '{name}' has a bad capacity or productivity")
        if capacity > 0:
            mask = np.array(sectors, dtype=bool)
            site = Site(name, index, int(host), int(sponsor), float(capacity), mask, factor, bool(open))
            self.actions.site_posts.append((self.mechanism, sequence, site))

    def use_edge(self, edge: Edge) -> None:
        """Open a link for this year."""
        sequence = self._write("edge")
        if edge.a == edge.b or not (edge.km > 0 and edge.speed > 0):
            raise ValueError(f"{self.mechanism}: a link from {edge.a} to {edge.b} of {edge.km} km at {edge.speed} km/h")
        self.actions.edge_posts.append((self.mechanism, sequence, edge))

    def slow_edge(self, a: int, b: int, mode: str, factor: float) -> None:
        """Reduce the speed of the world's links of a mode between two regions this year, by a factor."""
        sequence = self._write("edge")
        if not 0 < factor <= 1:
            raise ValueError(f"{self.mechanism}: a speed factor of {factor}; expected more than 0 and at most 1")
        self.actions.slowed.append((self.mechanism, sequence, (min(a, b), max(a, b), mode), factor))

    def open_port(self, region: int, hours: float) -> None:
        """Open a port for this year, from which goods take at most some generalised hours to the world market."""
        sequence = self._write("port")
        if not 0 < hours < math.inf:
            raise ValueError(f"{self.mechanism}: a port at {hours} h from the world market; expected more than 0")
        self.actions.port_posts.append((self.mechanism, sequence, int(region), float(hours)))

    def report(self, item: str, value: float, unit: str = "1") -> None:
        """Report a number of this year, kept with the run."""
        if item == OUTLAY:
            raise ValueError(f"{self.mechanism}: '{OUTLAY}' is reported of every mechanism; expected another item")
        if unit not in UNITS:
            raise ValueError(f"{self.mechanism}: unit '{unit}' is unknown{nearest(unit, UNITS)}")
        self.actions.reports[self.mechanism, item] = (float(value), unit)
