"""Investment fund: public seed, private partners, equity in targeted cells."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from sim.mechanisms.finance.equity import EquityFund, FundMemory
from sim.parameters import setting
from sim.policy.posts import Handle
from sim.policy.view import View
from sim.world.types import World


class InvestmentFund(EquityFund):
    """Buys equity in firms of targets, by sector, where they are many, the return is high or the need great.

    The weight of a cell ``(j, s)`` is ``K^b_size exp(b_return ln(rho + delta) + b_need need_j)``.
    Private partners add up to ``leverage * raised`` times the seed out of the savings pool, less where returns
    are below the nation's, so whether the fund adds capital or displaces it is a result. The more money all funds
    direct to a cell, and the less talent lives there, the less of a yuan becomes capital; the rest is scrapped.
    A fee on its assets is spent in the central city. Dividends come home; ``recycle`` of them is invested again. After
    ``hold_years`` the stakes are sold and the money returns to the funders.
    It hurts when need picks cells that lose, when money exceeds what they absorb, when it displaces others, and by
    the funders' debt.
    """

    kind: Literal["investment_fund"] = "investment_fund"
    amount: float = setting(
        10000.0, "million yuan", 1000, 100_000, "assumption", "Public seed planned over the years", ge=0
    )
    invest_years: int = setting(5, "year", 1, 10, "assumption", "Years over which the seed is paid", ge=1)
    delivery: float = setting(
        1.0, "1", 0.2, 1, "a seed is public money; what guidance funds missed of their targets is counted in `raised`",
        "Share of the seed paid", ge=0, le=1,
    )  # fmt: skip

    @model_validator(mode="after")
    def _sold_after_investing(self) -> InvestmentFund:
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

    def decide(self, view: View, act: Handle, memory: FundMemory) -> None:
        if self.strength == 0:
            return
        cell, seed = self.cells(view, memory.allowed, memory.listed), 0.0
        by_region = (cell if cell.any() else memory.allowed).sum(1)
        share = by_region / by_region.sum()
        if cell.any() and 0 <= view.year - memory.start < self.invest_years:
            seed = self.delivered(view, memory) * self.amount / self.invest_years * self.now(view, memory)
        regions = np.flatnonzero(share)
        payer, amount = self.funding.bill(view, regions, seed * share[regions]).by_payer()
        if len(amount):
            account = view.accounts.fund[view.accounts.fund_index(self.name)]
            act.transfer(payer, account, amount, f"seed:{self.name}")
        self.manage(view, act, memory, float(amount.sum()), cell, share)
