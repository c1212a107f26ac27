"""Equity funds: an account that invests in cells, recycles dividends and sells its stakes in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.mechanisms.finance.cells import CellChoice
from sim.mechanisms.finance.returns import partners
from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.evidence import Realised
from sim.policy.mechanism import Memory
from sim.policy.posts import Handle, Post
from sim.policy.view import View, talent_ratio
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

    A fund invests what it receives together with private partners, up to ``leverage * raised`` times as much, and
    ``recycle`` of its dividends; it pays a ``fee``, spent in the central city. The rest of its cash, and after
    ``hold_years`` the proceeds of its stakes, return to the funders. Of the money a part becomes capital, which falls
    with all directed money of a cell and rises with its talent; the rest is a loss of the fund and its partners.
    """

    reads: ClassVar[frozenset[str]] = CellChoice.reads | {
        "cash", "fund_dividends", "fund_capital", "capital_price", "people",
    }  # fmt: skip
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "invest", "purchase", "sell_stakes"})
    realised: ClassVar[tuple[Realised, ...]] = (
        Realised("private yuan raised per public yuan", "leverage realised", planned="leverage"),
    )

    leverage: float = setting(4.0, "1", 0, 5, "CSET 2021: planned 4", "Private per public yuan planned", ge=0)
    raised: float = setting(
        0.29, "1", 0.2, 1,
        "CSET 2021: .43 of targets raised from private and public sources together: (.43 * 5 - 1) / 4",
        "Share of the planned private money that is raised where returns are not below average", ge=0, le=1,
    )  # fmt: skip
    recycled_leverage: float = setting(
        0.0, "1", 0, 1, "assumption: partners match the seed", "Leverage of reinvested dividends over that of the seed",
        ge=0, le=1,
    )  # fmt: skip
    saturation: float | None = setting(
        0.5, "1", 0.1, 2,
        "assumption; effects of EU transfers fall with their intensity (Becker, Egger & von Ehrlich 2012)",
        "Directed money over a tenth of a cell's capital and year at which half of it creates capital; null: all does",
        gt=0,
    )  # fmt: skip
    talent_exponent: float = setting(
        0.5, "1", 0, 1, "assumption; targets are missed most inland, for lack of ventures (Wei, Ang & Jia 2023)",
        "Response of created capital to a share of talent below the nation's, theta", ge=0,
    )  # fmt: skip
    adverse_selection: float = setting(
        0.05, "1", 0, 0.15, "assumption; the best firms like state money least (Colonnelli, Li & Liu 2024)",
        "Fall of log productivity of funded firms, where returns do not guide the choice", ge=0,
    )  # fmt: skip
    fee: float = setting(
        0.02, "1/yr", 0.01, 0.025, "customary fee of equity funds: assumption", "Fee over assets", ge=0, le=1
    )
    recycle: float = setting(
        0.5, "1", 0, 1, "assumption", "Share of dividends, net of the fee, invested again", ge=0, le=1
    )
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
        fee = self._pay_fee(view, act, index, received + cash)
        received, cash = received - max(0.0, fee - cash), cash - min(fee, cash)
        over = view.year - memory.start >= self.hold_years
        home = cash if over or not some else min(cash, (1 - self.recycle) * max(0.0, dividends - fee))
        outlay = 0.0 if over else received + cash - home
        matched = max(0.0, outlay - (1 - self.recycled_leverage) * (cash - home))
        if home > NEGLIGIBLE:
            regions = np.flatnonzero(share)
            payer, part = self.funding.bill(view, regions, share[regions]).by_payer()
            act.repay(account, payer, home * part / part.sum(), f"returned:{self.name}")
        if outlay > NEGLIGIBLE and some:
            match = self.leverage * self.raised * matched * cell * partners(view)
            memory.order = act.invest(self.name, outlay * cell, match, self._created(view), self.saturation)
        if over and view.fund_capital[index].sum() > NEGLIGIBLE:
            act.sell_stakes(self.name, 1.0)

    def _pay_fee(self, view: View, act: Handle, index: int, most: float) -> float:
        """Buy services of the centre for the fee on the fund's assets, at most for its money, and return the amount."""
        assets = float(view.fund_capital[index] @ view.capital_price) / view.prices
        fee = min(self.fee * assets, most)
        if fee > NEGLIGIBLE:
            account = view.accounts.fund[index]
            act.purchase(account, view.world.centre, fee, f"fee:{self.name}", basket="services")
        return fee

    def _created(self, view: View) -> np.ndarray:
        """Return the share of money that becomes capital where little is directed, (R, 1).

        Less talent makes fewer ventures. Funded firms of lower productivity are represented by less capital of average
        productivity, with the same output.
        """
        able = np.minimum(1.0, talent_ratio(view)[:, None]) ** self.talent_exponent
        lower = self.adverse_selection * self.beyond_return
        return able * np.exp(-(view.parameters.production.sigma - 1.0) * lower)

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
