"""Walras' law and market clearing, from an independent implementation of the equations."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sim.economy.base_year.inversion import solve_base
from sim.kernels.accounts import empty_books, expenditure, incomes
from sim.kernels.market import Market, log_prices, log_sales, solve_fixed_point
from sim.parameters import Parameters
from sim.world import SyntheticWorld, first_hours, load_world

LIMIT = 2000


@lru_cache(maxsize=1)
def small_market() -> tuple[Market, np.ndarray]:
    """Return the base-year market of a generated world and its solution in logs."""
    world = load_world(SyntheticWorld(regions=6, seed=5), 2020)
    parameters = Parameters()
    base = solve_base(world, first_hours(world)[1], parameters)
    r = len(world.people)
    wage = np.log(np.array([base.books.workers_bill, base.books.talent_bill]) / world.people.T)
    market = base.market
    costs = _unit_cost(market, wage, np.log(base.prices), np.zeros_like(base.sales))
    # Technology that reproduces base-year supply at base-year prices.
    supply = market.capacity
    labour = np.vstack([np.tile(1 - market.iota, (r, 1)), np.ones(len(market.iota))])
    log_a = (np.log(supply) / (market.sigma - 1) + costs) / labour
    market = market._replace(capacity=np.ones_like(supply), productivity=np.exp(log_a))
    x = np.concatenate([wage[0], wage[1], [0.0], np.log(base.prices).ravel(), np.log(base.sales).ravel()])
    return market, x


def _unit_cost(market: Market, wage: np.ndarray, log_price: np.ndarray, log_a: np.ndarray) -> np.ndarray:
    """Return log unit cost (N, S) as in docs/model.md, section 4; the gateway uses only its own labour."""
    r = market.people.shape[0]
    labour = (1 - market.eta) * wage[0][:, None] + market.eta * wage[1][:, None] - log_a[:r]
    inside = (1 - market.iota) * labour + market.iota * (log_price[:r] @ market.input_output.T)
    return np.vstack([inside, -log_a[r:]])


def excess_demand(market: Market, x: np.ndarray) -> np.ndarray:
    """Return excess demand, (N, S) million yuan, at any wages, prices and sales.

    Parameters
    ----------
    market : Market
    x : (2R + 1 + 2NS,) float
        As in `sim.kernels.market.market_map`.
    """
    r, s = market.people.shape[0], len(market.iota)
    n = r + 1
    log_price, sales = log_prices(x, r, s), np.exp(log_sales(x, r, s))
    accounts, spent = empty_books(r), np.empty((n, s))
    totals = incomes(market, sales, accounts)
    expenditure(market, sales, accounts, totals.dividends_abroad, spent)
    cost = _unit_cost(market, x[: 2 * r].reshape(2, r), log_price, np.log(market.productivity))
    cost[r] += x[2 * r]
    supply = market.capacity * np.exp((1 - market.sigma) * cost)
    demand = np.empty_like(sales)
    for k in range(s):
        phi = market.freeness[market.trade_class[k]]
        demand[:, k] = supply[:, k] * (phi @ (spent[:, k] / (phi.T @ supply[:, k])))
    return demand - sales


def walras_break(market: Market, x: np.ndarray) -> float:
    """Return the sum of excess demands relative to all sales; zero at any prices, since all income is spent."""
    sales = np.exp(x[-market.capacity.size :])
    return float(abs(excess_demand(market, x).sum()) / sales.sum())


def solve_shocked(market: Market, x: np.ndarray, rng: np.random.Generator, spread: float) -> tuple[Market, np.ndarray]:
    """Return the market with technology and people shocked, and its solution."""
    shocked = market._replace(
        productivity=market.productivity * np.exp(spread * rng.normal(size=market.productivity.shape)),
        people=market.people * np.exp(spread * rng.normal(size=market.people.shape)),
    )
    solution = x.copy()
    iterations, _ = solve_fixed_point(shocked, solution, 1e-11, LIMIT, 12, 1.0)
    if iterations >= LIMIT:
        raise ArithmeticError("the market did not converge")
    return shocked, solution


def clearing_break(market: Market, x: np.ndarray) -> float:
    """Return the largest excess demand relative to sales."""
    excess = excess_demand(market, x)
    return float(np.abs(excess / np.exp(x[-excess.size :]).reshape(excess.shape)).max())
