"""The base year as solved by inversion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.economy.public import Budget, Revenue
from sim.kernels.accounts import RegionalAccounts
from sim.kernels.market import Market
from sim.policy.quantity import of


@dataclass(frozen=True)
class Plots:
    """Location choice of firms in the base year (docs/model.md 9.5)."""

    pull: np.ndarray = of("(R, S)", "log odds, supply and residual attraction of ordinary plots elsewhere")
    stay: np.ndarray = of("(R, S)", "log odds, residual and inertia of a firm's own plot")
    site: np.ndarray = of("(R, S)", "log odds, residual attraction of sites per million yuan of room")
    thin: np.ndarray = of("(R,)", "log, mean density of people over that of the region")
    maturity: float = of("", "1, mean maturity of capital")
    home: np.ndarray = of("(R,)", "index of the home label")


@dataclass(frozen=True)
class Base:
    """Solution of the base year.

    Attributes
    ----------
    market : Market
        Each year replaces the fields that have changed.
    regional : RegionalAccounts
    budget : Budget
    revenue : Revenue
    provinces : tuple of str
        Names, in the order of ``province_of``.
    """

    market: Market
    regional: RegionalAccounts
    budget: Budget
    revenue: Revenue
    provinces: tuple[str, ...]
    prices: np.ndarray = of("(N, S)", "1")
    sales: np.ndarray = of("(N, S)", "million yuan/yr")
    spent: np.ndarray = of("(N, S)", "million yuan/yr")
    capital: np.ndarray = of("(R, S)", "million yuan, real")
    household_owned: np.ndarray = of("(R, R)", "million yuan, real, by owner's and capital's region")
    treasury_owned: np.ndarray = of("(R, R)", "million yuan, real")
    nation_owned: np.ndarray = of("(R,)", "million yuan, real")
    abroad_owned: np.ndarray = of("(R,)", "million yuan, real")
    investment_residual: np.ndarray = of("(R,)", "log attraction to savers that returns do not explain")
    home_bias: np.ndarray = of("(R,)", "log odds of savers against other regions")
    home_reduced: np.ndarray = of("(R,)", "bool, home share reduced so that a fifth of investment comes from elsewhere")
    debt: np.ndarray = of("(R,)", "million yuan")
    growth: float = of("", "1/yr, common growth of capital")
    province_of: np.ndarray = of("(R,)", "index of the province")
    inversion_error: float = of("", "1")
