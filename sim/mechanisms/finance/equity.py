"""Equity funds: an account that invests in cells, recycles dividends and sells its stakes in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.mechanisms.finance.cells import CellChoice, partners
from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.mechanism import Memory
from sim.policy.posts import Handle, Post
from sim.policy.view import View
from sim.world.types import World

# amounts below a yuan are rounding errors
NEGLIGIBLE = 1e-6


@dataclass(kw_only=True)
class FundMemory(Memory):
    """Cells in which the fund may invest, its cumulative investment, this year's order."""

    allowed: np.ndarray
    listed: np.ndarray | None
    public: float = 0.0
    private: float = 0.0
    order: Post | None = None


class EquityFund(CellChoice):
    """Base of funds that hold equity.

    A fund invests what it receives together with private partners, up to ``leverage`` times as much, and ``recycle``
    of its dividends; the rest of its cash, and after ``hold_years`` the proceeds of its stakes, return to the funders.
    """

    reads: ClassVar[frozenset[str]] = CellChoice.reads | {"cash", "fund_dividends", "fund_capital"}
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "invest", "sell_stakes"})

    leverage: float = setting(4.0, "1", 0, 5, "CSET 2021: planned 4", "Private per public yuan planned", ge=0)
    recycle: float = setting(0.5, "1", 0, 1, "assumption", "Share of dividends invested again", ge=0, le=1)
    hold_years: int = setting(15, "year", 5, 20, "assumption", "Years from the start to the sale of stakes", ge=1)

    def funds(self, world: World) -> list[str]:
        return [self.name] if self.strength > 0 else []

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> FundMemory:
        allowed, listed = self.allowed_cells(world)
        return FundMemory(start=self.begin(start_year), allowed=allowed, listed=listed)

    def manage(
        self, view: View, act: Handle, memory: FundMemory, received: float, cell: np.ndarray, share: np.ndarray
    ) -> None:
        """Invest, return money to the funders, sell the stakes at the end.

        Parameters
        ----------
        received : float, million base-year yuan
            New money of the year.
        cell : (R, S)
            Share of each cell in the outlay, 1 in sum or all 0; see `CellChoice.cells`.
        share : (R,)
            Share of each region in the bill of the funders.
        """
        memory.order = None
        index = view.accounts.fund_index(self.name)
        account, some = view.accounts.fund[index], cell.any()
        cash = max(0.0, float(view.cash[account])) / view.prices
        dividends = max(0.0, float(view.fund_dividends[index])) / view.prices
        over = view.year - memory.start >= self.hold_years
        home = cash if over or not some else min(cash, (1 - self.recycle) * dividends)
        outlay = 0.0 if over else received + cash - home
        if home > NEGLIGIBLE:
            regions = np.flatnonzero(share)
            payer, part = self.funding.bill(view, regions, share[regions]).by_payer()
            act.repay(account, payer, home * part / part.sum(), f"returned:{self.name}")
        if outlay > NEGLIGIBLE and some:
            memory.order = act.invest(self.name, outlay * cell, self.leverage * outlay * cell * partners(view))
        if over and view.fund_capital[index].sum() > NEGLIGIBLE:
            act.sell_stakes(self.name, 1.0)

    def settle(self, view: View, act: Handle, memory: FundMemory) -> None:
        if self.strength == 0:
            return
        if memory.order is not None:
            memory.public += memory.order.paid / view.prices
            memory.private += memory.order.private_granted / view.prices
        if memory.public > 0:
            act.report("leverage realised", memory.private / memory.public, "1")
            act.report("public invested", memory.public, "million yuan")
        index = view.accounts.fund_index(self.name)
        stake = float(view.fund_capital[index].sum())
        act.report("stake", stake, "million yuan")
        if stake > NEGLIGIBLE:
            act.report("return", float(view.fund_dividends[index]) / view.prices / stake, "1/yr")
