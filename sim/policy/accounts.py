"""Accounts that pay and are paid, and the ledger of all payments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType

import numpy as np

from sim.errors import nearest
from sim.record import PAYMENT_DTYPE
from sim.world.types import World


class Accounts:
    """Integer ids and labels of all accounts of one run.

    Funds and sites are registered once, before the run, in the order of their names, so that an id
    depends on the configuration only, not on the order of its entries.

    Parameters
    ----------
    world : World
    funds : iterable of str
        Names of the funds that mechanisms will use.
    sites : mapping of str to int
        Regions of the enclave sites that mechanisms will use, by name.
    purses : iterable of str
        Names of further accounts that mechanisms will use, such as those of project companies.

    Attributes
    ----------
    labels : list of str
        Label of each account id.
    treasury, households, firms, activities, land : (R,) int
        Ids by region; ``firms`` is the dividends account of a region's firms.
    province : (R,) int
        Id of the account of each region's province.
    provinces : (P,) int
        Ids of all province accounts, sorted by name.
    nation, market, pool, gateway : int
    n_sectors : int
    fund, site, purse : (n_funds,), (n_sites,) and (n_purses,) int
    fund_names, site_names, purse_names : list of str
    site_host : (n_sites,) int
        Region of each site.
    """

    def __init__(
        self, world: World, funds: Iterable[str] = (), sites: Mapping[str, int] = MappingProxyType({}),
        purses: Iterable[str] = (),
    ):  # fmt: skip
        self.n_sectors = len(world.sectors)
        self.labels: list[str] = []
        self._ids: dict[str, int] = {}
        regions = [str(r) for r in world.regions["id"]]
        self.treasury = self._add("treasury", regions)
        self.households = self._add("households", regions)
        self.firms = self._add("firms", regions)
        self.activities = self._add("activities", regions)
        self.land = self._add("land", regions)
        homes = [str(p) for p in world.regions["province"]]
        self.provinces = self._add("province", sorted(set(homes)))
        self.province = np.array([self._ids[f"province:{p}"] for p in homes], dtype=np.int32)
        self.nation, self.market, self.pool, self.gateway = (
            self._append(label) for label in ("nation", "market", "pool", "gateway")
        )
        self.fund_names = sorted(set(funds))
        self.site_names = sorted(sites)
        self.site_host = np.array([sites[name] for name in self.site_names], dtype=np.int64)
        self.fund = self._add("fund", self.fund_names)
        self.site = self._add("site", self.site_names)
        self.purse_names = sorted(set(purses))
        self.purse = self._add("purse", self.purse_names)
        # Region that an account belongs to, -1 where it belongs to none.
        self.region = np.full(len(self), -1)
        for group in (self.treasury, self.households, self.firms, self.activities, self.land):
            self.region[group] = np.arange(len(regions))
        self.region[self.site] = self.site_host

    def __len__(self) -> int:
        """Return the number of accounts A."""
        return len(self.labels)

    def _append(self, label: str) -> int:
        self._ids[label] = len(self.labels)
        self.labels.append(label)
        return self._ids[label]

    def _add(self, group: str, names: list[str]) -> np.ndarray:
        return np.array([self._append(f"{group}:{name}") for name in names], dtype=np.int32)

    def id(self, label: str) -> int:
        """Return the id of a label.

        Raises
        ------
        KeyError
            If there is no such account.
        """
        if label not in self._ids:
            raise KeyError(f"no account '{label}'{nearest(label, self._ids)}")
        return self._ids[label]

    def fund_index(self, name: str) -> int:
        """Return the index of a fund in arrays over funds."""
        return self.fund_names.index(name)

    def purse_index(self, name: str) -> int:
        """Return the index of a purse in arrays over purses."""
        return self.purse_names.index(name)

    def site_index(self, name: str) -> int:
        """Return the index of a site in arrays over sites."""
        return self.site_names.index(name)

    @cached_property
    def public(self) -> np.ndarray:
        """(A,) bool: city treasuries, provinces and the nation."""
        mask = np.zeros(len(self), dtype=bool)
        mask[self.treasury] = mask[self.provinces] = mask[self.nation] = True
        return mask

    @cached_property
    def passing(self) -> np.ndarray:
        """(A,) bool: funds, sites and purses, which may spend what they receive in the same settlement."""
        mask = np.zeros(len(self), dtype=bool)
        mask[self.fund] = mask[self.site] = mask[self.purse] = True
        return mask


class Ledger:
    """All payments of a run: receipts and outlays of each account by year and, optionally, a row for each payment.

    Parameters
    ----------
    n_accounts : int or Accounts
    rows : bool
        Whether single payments are kept: year, payer, payee, purpose, amount.
    """

    def __init__(self, n_accounts: int | Accounts, rows: bool = True):
        self.n_accounts = len(n_accounts) if isinstance(n_accounts, Accounts) else int(n_accounts)
        self.rows = rows
        self.purposes: list[str] = []
        self._purpose_ids: dict[str, int] = {}
        self._blocks: dict[int, list[np.ndarray]] = {}
        self._sums: dict[int, np.ndarray] = {}  # (2, A) a year: received, paid

    def post(self, year: int, purpose: str, payers: object, payees: object, amounts: object) -> None:
        """Record payments; the three columns are broadcast, zero amounts are dropped.

        Parameters
        ----------
        year : int
        purpose : str
        payers, payees : int or array of int
            Account ids.
        amounts : float or array of float, million yuan
            A negative amount is recorded as a payment in the opposite direction.

        Raises
        ------
        ValueError
            If an amount is not finite or an account does not exist.
        """
        payer, payee, amount = np.asarray(payers), np.asarray(payees), np.asarray(amounts, dtype=float)
        shape = np.broadcast_shapes(payer.shape, payee.shape, amount.shape)
        if amount.shape != shape:
            amount = np.broadcast_to(amount, shape)
        if not np.isfinite(amount).all():
            raise ValueError(f"payment '{purpose}' of {year} has an amount that is not finite")
        if not amount.any():
            return
        try:
            received, paid = self._sums_of(payer, payee, amount)
        except ValueError:
            raise ValueError(f"payment '{purpose}' of {year} names an account that does not exist") from None
        if purpose not in self._purpose_ids:
            self._purpose_ids[purpose] = len(self.purposes)
            self.purposes.append(purpose)
        sums = self._sums.setdefault(int(year), np.zeros((2, self.n_accounts)))
        sums[0] += received
        sums[1] += paid
        if self.rows:
            columns = (np.broadcast_to(side, shape)[amount != 0] for side in (payer, payee, amount))
            self._keep(int(year), self._purpose_ids[purpose], *columns)

    def _sums_of(self, payer: np.ndarray, payee: np.ndarray, amount: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return receipts and outlays of accounts from payments, (A,) each."""
        if amount.min() >= 0:
            return self._by_account(payee, amount), self._by_account(payer, amount)
        forward, backward = np.maximum(amount, 0.0), np.maximum(-amount, 0.0)
        received = self._by_account(payee, forward) + self._by_account(payer, backward)
        return received, self._by_account(payer, forward) + self._by_account(payee, backward)

    def _by_account(self, side: np.ndarray, amount: np.ndarray) -> np.ndarray:
        """Sum amounts by account, (A,); amounts are first summed along axes on which the account is constant."""
        if side.shape != amount.shape:
            side = side.reshape((1,) * (amount.ndim - side.ndim) + side.shape)
            amount = amount.sum(axis=tuple(axis for axis, size in enumerate(side.shape) if size == 1))
        sums = np.bincount(side.ravel(), amount.ravel(), self.n_accounts)
        if sums.size > self.n_accounts:
            raise ValueError("an account that does not exist")
        return sums

    def _keep(self, year: int, purpose: int, payer: np.ndarray, payee: np.ndarray, amount: np.ndarray) -> None:
        rows = np.empty(amount.size, dtype=PAYMENT_DTYPE)
        backwards = amount < 0
        rows["year"], rows["purpose"] = year, purpose
        rows["payer"] = np.where(backwards, payee, payer)
        rows["payee"] = np.where(backwards, payer, payee)
        rows["amount"] = np.abs(amount)
        self._blocks.setdefault(year, []).append(rows)

    def columns(self, year: int | None = None) -> np.ndarray:
        """Return the rows of one year, or of all years in order.

        Returns
        -------
        rows : (N,) structured, `sim.record.PAYMENT_DTYPE`

        Raises
        ------
        ValueError
            If rows are not kept.
        """
        if not self.rows:
            raise ValueError("payments are not kept one by one: the scenario needs record: {payments: true}")
        years = sorted(self._blocks) if year is None else [year]
        blocks = [block for y in years for block in self._blocks.get(y, [])]
        return np.concatenate(blocks) if blocks else np.empty(0, dtype=PAYMENT_DTYPE)

    def balances(self, year: int) -> np.ndarray:
        """Return receipts less payments of every account in one year.

        Returns
        -------
        balance : (A,) float, million yuan
        """
        return self.receipts(year) - self.outlays(year)

    def receipts(self, year: int) -> np.ndarray:
        """Return the receipts of each account in one year, (A,) million yuan."""
        return self._year(year)[0].copy()

    def outlays(self, year: int) -> np.ndarray:
        """Return the outlays of each account in one year, (A,) million yuan."""
        return self._year(year)[1].copy()

    def _year(self, year: int) -> np.ndarray:
        """Return receipts and outlays of each account in one year, (2, A) million yuan."""
        return self._sums.get(int(year), np.zeros((2, self.n_accounts)))
