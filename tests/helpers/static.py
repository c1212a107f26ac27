"""The market of a year on other links: what a change of links alone does, without draws and without dynamics."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.economy.frictions import bulky
from sim.economy.links import Links
from sim.economy.year.produce import ITERATIONS, MEMORY, TOLERANCE
from sim.kernels.accounts import empty_accounts, expenditure, incomes
from sim.kernels.market import log_prices, log_sales, solve_fixed_point
from sim.model import RegionalEconomy
from sim.world import Terminals


class Solved(NamedTuple):
    """A static equilibrium: sales (N, S), million yuan/yr, and flows of trade (S, N, N) from row to column."""

    sales: np.ndarray
    flows: np.ndarray


def links_with(model: RegionalEconomy, edges: tuple = (), terminals: Terminals | None = None) -> Links:
    """Return the links of a model's latest year with more of them, or with other terminals."""
    state = model.state
    return state.links.changed(state.world, state.year - 1, edges, {}, terminals or Terminals())


def solved(model: RegionalEconomy, links: Links) -> Solved:
    """Return the equilibrium of a model's latest market on some links, with the cost of bulky goods by sector."""
    state, market = model.state, model.latest.produce.market
    sectors = len(state.world.sectors)
    cost = bulky(np.zeros((sectors, *links.freeness.shape[1:])), state.world, links.bulk_cost)
    free = links.freeness[market.trade_class] * np.exp((1.0 - market.sigma) * cost)
    market = market._replace(
        freeness=free, freeness_transposed=np.ascontiguousarray(free.transpose(0, 2, 1)), trade_class=np.arange(sectors)
    )
    x = state.solution.copy()
    _, step = solve_fixed_point(market, x, TOLERANCE, ITERATIONS, MEMORY, 1.0)
    assert step < TOLERANCE
    sales = np.exp(log_sales(x, state.n, sectors))
    regional, spent = empty_accounts(state.n), np.empty_like(sales)
    totals = incomes(market, sales, regional)
    expenditure(market, sales, regional, totals.dividends_abroad, spent)
    weight = free * (spent * np.exp((market.sigma - 1.0) * log_prices(x, state.n, sectors))).T[:, None, :]
    flows = sales.T[:, :, None] * weight / weight.sum(axis=2, keepdims=True)
    np.testing.assert_allclose(flows.sum(axis=1).T, spent, rtol=1e-7)
    return Solved(sales, flows)
