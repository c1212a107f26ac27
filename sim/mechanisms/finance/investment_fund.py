"""Investment fund: public seed, private partners, equity in targeted cells."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from sim.policy.mechanism import Mechanism, Memory
from sim.policy.settlement import Handle
from sim.policy.targets import Region, Regions, Sectors, pick, sector_mask
from sim.policy.view import View
from sim.world.types import World

# money below a yuan is rounding, not a balance to hand back
NEGLIGIBLE = 1e-6


class InvestmentFund(Mechanism):
    """Buys equity in cells ``(j, s)`` with weight ``exp(b_return ln(rho + delta) + b_need need_j)``.

    Private partners add up to ``leverage`` times the public money out of the savings pool, less where returns
    are below the nation's, so whether the fund adds capital or displaces it is a result. Dividends come home;
    ``recycle`` of them is invested again. After ``hold_years`` the stakes are sold and the money returns to the
    funders. It hurts when need picks cells that lose, when it displaces others, and by the funders' debt.
    """

    reads: ClassVar[frozenset[str]] = frozenset(
        {
            "services", "return_to_capital", "capital", "deflator", "expected_deflator", "cash", "fund_dividends",
            "fund_capital",
        }
    )  # fmt: skip
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "invest", "sell_stakes"})

    per_target: ClassVar[tuple[str, ...]] = ("sectors",)

    kind: Literal["investment_fund"] = "investment_fund"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Selectors of regions")
    sectors: Sectors = Field(default_factory=list, description="Sectors it may invest in; all by default")
    amount: float = Field(10000.0, ge=0, description="Public seed planned over the years [million yuan]")
    invest_years: int = Field(5, ge=1, description="Years over which the seed is paid [year]")
    leverage: float = Field(4.0, ge=0, description="Private per public yuan planned [1]")
    delivery: float = Field(
        0.43, ge=0, le=1, description="Share of the seed raised; guidance funds raised .43 of their targets [1]"
    )
    selection: Literal["return", "need", "mix", "list"] = Field("mix", description="How cells are chosen")
    return_weight: float = Field(1.0, ge=0, description="Response to log gross return, b_return [1]")
    need_weight: float = Field(1.0, ge=0, description="Response to need, b_need [1]")
    shares: dict[Region, float] = Field(default_factory=dict, description="Share by region for selection list [1]")
    recycle: float = Field(0.5, ge=0, le=1, description="Share of dividends invested again [1]")
    hold_years: int = Field(15, ge=1, description="Years from the start to the sale of stakes [year]")

    @model_validator(mode="after")
    def _listed(self) -> InvestmentFund:
        if (self.selection == "list") != bool(self.shares):
            raise ValueError(f"{self.name}: 'shares' goes with selection 'list', and only with it")
        if self.shares and (min(self.shares.values()) < 0 or sum(self.shares.values()) <= 0):
            raise ValueError(f"{self.name}: shares must be 0 or more and not all 0")
        if self.hold_years < self.invest_years:
            raise ValueError(f"{self.name}: hold_years is shorter than invest_years")
        return self

    def planned_cost(self, world: World, years: int) -> float:
        begin = self.start if self.start is not None else world.year
        seeded = range(begin, min(begin + self.invest_years, world.year + years))
        paid = sum(self.level(year, begin) for year in seeded) / self.invest_years
        return self.strength * self.delivery * self.amount * paid

    def funds(self, world: World) -> list[str]:
        return [self.name] if self.strength > 0 else []

    def prepare(self, world: World, accounts: object, start_year: int) -> Memory:
        targets = pick(world, f"{self.name}.targets", self.targets)
        listed = np.zeros(world.n_regions)
        for word, share in self.shares.items():
            found = pick(world, f"{self.name}.shares", [word])
            listed[found] += share / len(found)
        mask = np.zeros((world.n_regions, len(world.sectors)), dtype=bool)
        for j in targets:
            mask[j] = sector_mask(world, f"{self.name}.sectors", self.at(world, int(j)).sectors)
        begin = self.start if self.start is not None else start_year
        return {"start": begin, "mask": mask, "listed": listed, "public": 0.0, "private": 0.0, "order": None}

    def weights(self, view: View, mask: np.ndarray, listed: np.ndarray) -> np.ndarray:
        """Return the share of each cell in the outlay, (R, S), 1 in sum or all 0."""
        gross = np.maximum(view.return_to_capital + view.parameters.capital.depreciation, 1e-4)
        need = np.maximum(0.0, 1.0 - view.services)
        by_return = 0.0 if self.selection in ("need", "list") else self.return_weight
        by_need = 0.0 if self.selection in ("return", "list") else self.need_weight
        # a cell without capital has no firms whose equity could be bought
        weight = np.exp(by_return * np.log(gross) + by_need * need[:, None]) * (mask & (view.capital > 0))
        if self.selection == "list":
            weight = weight / np.maximum(weight.sum(1, keepdims=True), 1e-300) * listed[:, None]
        total = weight.sum()
        return weight / total if total > 0 else weight

    @staticmethod
    def partners(view: View) -> np.ndarray:
        """Return the share of the planned match that private money takes up, (R, S), at most 1.

        Partners respond to a return below the nation's as all savers do.
        """
        k = view.parameters.capital
        gross = np.maximum(view.return_to_capital + k.depreciation, 1e-4)
        mean = (gross * view.capital).sum() / view.capital.sum()
        return np.minimum(1.0, (gross / mean) ** k.return_elasticity)

    def decide(self, view: View, act: Handle, memory: Memory) -> None:
        if self.strength == 0:
            return
        age = view.year - memory["start"]
        account = int(view.accounts.fund[view.accounts.fund_index(self.name)])
        cell = self.weights(view, memory["mask"], memory["listed"])
        payers = self._funders(view, cell if cell.any() else memory["mask"])
        seed = self._seed(view, age, memory["start"]) if cell.sum() > 0 else 0.0
        for payer, share in payers:
            if seed * share > 0:
                act.transfer(payer, account, seed * share, f"seed:{self.name}")
        self._use(view, act, memory, account, cell, payers, seed, age)

    def _seed(self, view: View, age: int, begin: int) -> float:
        if not 0 <= age < self.invest_years:
            return 0.0
        planned = self.strength * self.delivery * self.amount / self.invest_years
        return float(planned * self.level(view.year, begin) * view.expected_deflator)

    def _funders(self, view: View, cell: np.ndarray) -> list[tuple[int, float]]:
        weight = cell.sum(1) / cell.sum()
        return self.funding.payers(view.accounts, view.world.centre, weight)

    def _use(
        self,
        view: View,
        act: Handle,
        memory: Memory,
        account: int,
        cell: np.ndarray,
        payers: list[tuple[int, float]],
        seed: float,
        age: int,
    ) -> None:
        """Divide cash between funders and new equity; sell when the holding time is over."""
        index = view.accounts.fund_index(self.name)
        cash = max(0.0, float(view.cash[account]))
        over = age >= self.hold_years
        home = cash if over or cell.sum() == 0 else min(cash, (1 - self.recycle) * max(0.0, view.fund_dividends[index]))
        outlay = 0.0 if over else seed + cash - home
        if home > NEGLIGIBLE:
            for payer, share in payers:
                act.transfer(account, payer, home * share, f"returned:{self.name}")
        memory["order"] = None
        if outlay > NEGLIGIBLE and cell.sum() > 0:
            memory["order"] = act.invest(self.name, outlay * cell, self.leverage * outlay * cell * self.partners(view))
        if over and view.fund_capital[index].sum() > NEGLIGIBLE:
            act.sell_stakes(self.name, 1.0)

    def settle(self, view: View, act: Handle, memory: Memory) -> None:
        if self.strength == 0:
            return
        order, memory["order"] = memory["order"], None
        if order is not None:
            memory["public"] += order.granted / view.deflator
            memory["private"] += order.private_granted / view.deflator
        if memory["public"] > 0:
            act.report("leverage realised", memory["private"] / memory["public"], "1")
            act.report("public invested", memory["public"], "million yuan")
        index = view.accounts.fund_index(self.name)
        stake = float(view.fund_capital[index].sum())
        act.report("stake", stake, "million yuan")
        if stake > NEGLIGIBLE:
            act.report("return", float(view.fund_dividends[index]) / view.deflator / stake, "1/yr")
