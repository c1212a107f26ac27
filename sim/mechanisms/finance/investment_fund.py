"""Investment fund: public seed, private partners, equity in targeted cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from sim.mechanisms.finance.cells import CellChoice, partners
from sim.parameters import setting
from sim.policy.accounts import Accounts
from sim.policy.mechanism import Memory
from sim.policy.posts import Handle, Post
from sim.policy.view import View
from sim.world.types import World

# money below a yuan is rounding, not a balance to hand back
NEGLIGIBLE = 1e-6


@dataclass(kw_only=True)
class FundMemory(Memory):
    """Cells that the fund may invest in, what it has invested so far, this year's order."""

    allowed: np.ndarray
    listed: np.ndarray | None
    public: float = 0.0
    private: float = 0.0
    order: Post | None = None


class InvestmentFund(CellChoice):
    """Buys equity in cells ``(j, s)`` with weight ``exp(b_return ln(rho + delta) + b_need need_j)``.

    Private partners add up to ``leverage`` times the public money out of the savings pool, less where returns
    are below the nation's, so whether the fund adds capital or displaces it is a result. Dividends come home;
    ``recycle`` of them is invested again. After ``hold_years`` the stakes are sold and the money returns to the
    funders. It hurts when need picks cells that lose, when it displaces others, and by the funders' debt.
    """

    reads: ClassVar[frozenset[str]] = CellChoice.reads | {"cash", "fund_dividends", "fund_capital"}
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "invest", "sell_stakes"})

    per_target: ClassVar[tuple[str, ...]] = ("sectors",)
    evidence: ClassVar[tuple[str, ...]] = (
        "Guidance funds planned four private yuan per public one and raised .43 of their targets (CSET 2021)",
        "Only 26 % of guidance funds met their target; targets are missed most inland, for lack of partners and "
        "ventures (Wei, Ang & Jia 2023)",
    )

    kind: Literal["investment_fund"] = "investment_fund"
    amount: float = setting(
        10000.0, "million yuan", 1000, 100_000, "assumption", "Public seed planned over the years", ge=0
    )
    invest_years: int = setting(5, "year", 1, 10, "assumption", "Years over which the seed is paid", ge=1)
    leverage: float = setting(4.0, "1", 0, 5, "CSET 2021: planned 4", "Private per public yuan planned", ge=0)
    delivery: float = setting(
        0.43, "1", 0.2, 1, "CSET 2021: guidance funds raised .43 of their targets", "Share of the seed raised", ge=0,
        le=1,
    )  # fmt: skip
    recycle: float = setting(0.5, "1", 0, 1, "assumption", "Share of dividends invested again", ge=0, le=1)
    hold_years: int = setting(15, "year", 5, 20, "assumption", "Years from the start to the sale of stakes", ge=1)

    @model_validator(mode="after")
    def _held(self) -> InvestmentFund:
        if self.hold_years < self.invest_years:
            raise ValueError(f"{self.name}: hold_years is shorter than invest_years")
        return self

    @classmethod
    def examples(cls) -> tuple[dict[str, Any], ...]:
        return ({"hold_years": 5},)

    def planned_cost(self, world: World, years: int) -> float:
        begin = self.begin(world.year)
        seeded = range(begin, min(begin + self.invest_years, world.year + years))
        paid = sum(self.level(year, begin) for year in seeded) / self.invest_years
        return self.strength * self.delivery * self.amount * paid * (1.0 + self.funding.attracted)

    def funds(self, world: World) -> list[str]:
        return [self.name] if self.strength > 0 else []

    def prepare(self, world: World, accounts: Accounts, start_year: int) -> FundMemory:
        allowed, listed = self.allowed_cells(world)
        return FundMemory(start=self.begin(start_year), allowed=allowed, listed=listed)

    def decide(self, view: View, act: Handle, memory: FundMemory) -> None:
        if self.strength == 0:
            return
        age, memory.order = view.year - memory.start, None
        index = view.accounts.fund_index(self.name)
        account = view.accounts.fund[index]
        cell = self.cells(view, memory.allowed, memory.listed)
        some = cell.any()
        by_region = (cell if some else memory.allowed).sum(1)
        regions = np.flatnonzero(by_region)
        share = by_region[regions] / by_region.sum()
        seed = 0.0
        if some and 0 <= age < self.invest_years:
            seed = self.delivered(view, memory) * self.amount / self.invest_years * self.now(view, memory)
        payer, amount = self.funding.bill(view, regions, seed * share).by_payer()
        if len(amount):
            act.transfer(payer, account, amount, f"seed:{self.name}")
        cash = max(0.0, float(view.cash[account])) / view.prices
        dividends = max(0.0, float(view.fund_dividends[index])) / view.prices
        over = age >= self.hold_years
        home = cash if over or not some else min(cash, (1 - self.recycle) * dividends)
        outlay = 0.0 if over else float(amount.sum()) + cash - home
        if home > NEGLIGIBLE:
            payer, part = self.funding.bill(view, regions, share).by_payer()
            act.transfer(account, payer, home * part / part.sum(), f"returned:{self.name}")
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
