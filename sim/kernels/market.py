"""The short-run market equilibrium.

Symbols
-------
R cities, N = R + 1 nodes (the last is the gateway), S sectors, C trade classes.
B capacity, A productivity, phi freeness of trade, sigma elasticity of substitution, iota share of
intermediates, kappa capital's share of operating profit, eta talent's share of labour cost,
w wage of workers, v wage of talent, P price index, X sales, E expenditure, Y income.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numba.extending import register_jitable

from sim.kernels.accounts import RegionalAccounts, expenditure, incomes, variable_cost_share
from sim.kernels.maths import exp, exp_of, log
from sim.kernels.products import spread, spread_one

NO_PAIR, NO_ONE = np.zeros(0, np.int64), np.zeros((0, 2))


class Market(NamedTuple):
    """Exogenous data of a year's market; shapes and units are in the comments."""

    capacity: np.ndarray  # (N, S)
    productivity: np.ndarray  # (N, S)
    freeness: np.ndarray  # (C, N, N) from row to column
    freeness_transposed: np.ndarray  # (C, N, N) from column to row; the same array if symmetric
    trade_class: np.ndarray  # (S,)
    sigma: float
    kappa: float
    iota: np.ndarray  # (S,)
    eta: np.ndarray  # (R, S)
    input_output: np.ndarray  # (S, S) rows sum to 1
    consumption: np.ndarray  # (R, S) baskets; rows sum to 1
    investment: np.ndarray  # (S,) basket
    government: np.ndarray  # (S,) basket
    foreign: np.ndarray  # (S,) basket of the gateway
    people: np.ndarray  # (R, 2) persons, where they work
    gateway_people: float
    household_owners: np.ndarray  # (R, R) share of i's capital owned by households of j
    owned_by_public: np.ndarray  # (R,) share owned by treasuries, funds, nation
    owned_abroad: np.ndarray  # (R,)
    taxes: np.ndarray  # (3,) value added, profit, income
    saving: float
    housing: float
    housing_supply: float
    services_purchases: np.ndarray  # (R,) million yuan
    investment_purchases: np.ndarray  # (R,) million yuan
    household_transfers: np.ndarray  # (R,) million yuan, interest included
    firm_grants: np.ndarray  # (R,) million yuan
    keep: np.ndarray  # (R, S) share of variable cost that is not paid as a unit charge
    savers_shares: np.ndarray  # (R, R) shares of the savings of i by region of investment
    directed: np.ndarray  # (R,) investment ordered by funds
    foreign_inflow: np.ndarray  # (R,) million yuan
    employed: float  # share of workers employed at the reference wage
    most_employed: float  # largest share of workers employed
    slack: np.ndarray  # (R,) elasticity of employment to the wage
    reference_wage: np.ndarray  # (R,) log wage at which the usual share is employed
    value_added_target: float  # the numeraire, unless there is an outside good
    outside_good: bool = False  # homogeneous, freely traded, made by workers one for one: it pins their wage at 1
    rents_local: float = 0.0  # share of land revenue returned to local households, not paid to the treasury
    rents_shared: float = 0.0  # share of land revenue divided equally among all people
    commuters_home: np.ndarray = NO_PAIR  # (k,) region of residence, of each pair
    commuters_work: np.ndarray = NO_PAIR  # (k,) region of work
    commuters: np.ndarray = NO_ONE  # (k, 2) persons who commute beyond the base year; negative: fewer


@register_jitable
def log_prices(x, R, S):
    """Return the log price indices, (R + 1, S), of a solution ``x``; see `market_map`."""
    return x[2 * R + 1 : 2 * R + 1 + (R + 1) * S].reshape(R + 1, S)


@register_jitable
def log_sales(x, R, S):
    """Return the log sales, (R + 1, S), of a solution ``x``."""
    return x[2 * R + 1 + (R + 1) * S :].reshape(R + 1, S)


@register_jitable
def workers_wage(bill, people, employed, most_employed, slack, reference):
    """Return the log wage of employed workers, such that employment responds to it (docs/model.md 9.26)."""
    wage = (np.log(bill / (employed * people)) + slack * reference) / (1.0 + slack)
    return np.maximum(wage, np.log(bill / (most_employed * people)))


def wage_of(m, bill):
    """Return the log wage (R,) of employed workers, given their labour cost (R,) million yuan."""
    return workers_wage(bill, m.people[:, 0], m.employed, m.most_employed, m.slack, m.reference_wage)


def employment_rate(m, log_wage):
    """Return the share of workers employed, (R,), at a log wage (R,)."""
    return np.minimum(m.employed * np.exp(m.slack * (log_wage - m.reference_wage)), m.most_employed)


def solution_of(wages, talent_wages, prices, sales):
    """Return the solution ``x`` of `market_map`, (2R + 1 + 2NS,) logs; the gateway's wage is 1."""
    parts = (np.log(wages), np.log(talent_wages), [0.0], np.log(prices).ravel(), np.log(sales).ravel())
    return np.concatenate(parts)


@njit(error_model="numpy", inline="always")
def supplies(m, x, log_productivity):
    """Return the supply of each node per unit of demand at the wages and prices in ``x``, (S, N)."""
    R = m.people.shape[0]
    N = R + 1
    S = m.iota.shape[0]
    power = 1.0 - m.sigma
    w = x[:R]
    v = x[R : 2 * R]
    price = log_prices(x, R, S)
    supply = np.empty((S, N))
    for i in range(R):
        for s in range(S):
            cost = (1.0 - m.eta[i, s]) * w[i] + m.eta[i, s] * v[i] - log_productivity[i, s]
            cost *= 1.0 - m.iota[s]
            for t in range(S):
                cost += m.iota[s] * m.input_output[s, t] * price[i, t]
            supply[s, i] = power * cost
    for s in range(S):
        supply[s, R] = power * (x[2 * R] - log_productivity[R, s])
    exp_of(supply.ravel(), supply.ravel())
    for s in range(S):
        for j in range(N):
            supply[s, j] *= m.capacity[j, s]
    return supply


@njit(error_model="numpy", inline="always")
def trade(m, x, supply, spent, index, sold):
    """Compute sums of freeness times supply (``index``) and sales at the price indices in ``x`` (``sold``), (S, N).

    Demand is evaluated at the prices of ``x``, not at the new ones: at the solution they are equal, and before it this
    decouples the iterations of prices and of incomes, which saves a quarter of them.
    """
    S, N = supply.shape
    R = N - 1
    power = 1.0 - m.sigma
    price = log_prices(x, R, S)
    pressure = np.empty((S, N))
    for s in range(S):
        for j in range(N):
            pressure[s, j] = spent[j, s] * exp(-power * price[j, s])
    of_class = np.empty(S, np.int64)
    for c in range(m.freeness.shape[0]):
        count = 0
        for s in range(S):
            if m.trade_class[s] == c:
                of_class[count] = s
                count += 1
        if count > 0:
            spread(m.freeness[c], supply, of_class[:count], index)
            spread(m.freeness_transposed[c], pressure, of_class[:count], sold)
    for s in range(S):
        for j in range(N):
            sold[s, j] *= supply[s, j]


@njit(cache=True, error_model="numpy")
def market_map(m, log_productivity, weight, x, y, regional, spent):
    """One step of the fixed point in logs, from ``x`` to ``y``.

    ``x`` holds log wages of workers (R) and talent (R), of the gateway (1), log price indices (N S)
    and log sales (N S). ``weight`` in (0, 1] is the damping weight of new prices and sales.
    """
    R = m.people.shape[0]
    N = R + 1
    S = m.iota.shape[0]
    sales_x, sales_y = log_sales(x, R, S), log_sales(y, R, S)
    price_x, price_y = log_prices(x, R, S), log_prices(y, R, S)
    sales = np.empty((N, S))
    exp_of(sales_x.ravel(), sales.ravel())
    totals = incomes(m, sales, regional)
    expenditure(m, sales, regional, totals.dividends_abroad, spent)
    index = np.empty((S, N))
    sold = np.empty((S, N))
    trade(m, x, supplies(m, x, log_productivity), spent, index, sold)
    to_price = weight / (1.0 - m.sigma)
    for s in range(S):
        for i in range(N):
            price_y[i, s] = (1.0 - weight) * price_x[i, s] + to_price * log(index[s, i])
            sales_y[i, s] = (1.0 - weight) * sales_x[i, s] + weight * log(sold[s, i])
    wages(m, x, sold, y)


@njit(error_model="numpy", inline="always")
def wages(m, x, sold, y):
    """Compute the wages in ``y`` from sales ``sold``, (S, N), and shift ``y`` to the numeraire."""
    S, N = sold.shape
    R = N - 1
    theta = variable_cost_share(m)
    damp = 1.0 / m.sigma
    total = 0.0
    made = 0.0
    bill_w = np.zeros(R)
    bill_v = np.zeros(R)
    for s in range(S):
        made += sold[s, R]
        for i in range(R):
            keep = m.keep[i, s]
            cost = theta * keep * (1.0 - m.iota[s])
            total += (1.0 - theta * keep * m.iota[s] - theta * (1.0 - keep)) * sold[s, i]
            bill_w[i] += cost * (1.0 - m.eta[i, s]) * sold[s, i]
            bill_v[i] += (cost * m.eta[i, s] + (1.0 - m.kappa) / m.sigma) * sold[s, i]
    for i in range(R):
        # A group without employment keeps its last wage, so that logs stay defined.
        y[i] = x[i]
        y[R + i] = x[R + i]
        if m.outside_good:
            y[i] = 0.0
        elif bill_w[i] > 0.0:
            wage = workers_wage(bill_w[i], m.people[i, 0], m.employed, m.most_employed, m.slack[i], m.reference_wage[i])
            y[i] = (1.0 - damp) * x[i] + damp * wage
        if bill_v[i] > 0.0:
            y[R + i] = (1.0 - damp) * x[R + i] + damp * np.log(bill_v[i] / m.people[i, 1])
    y[2 * R] = (1.0 - damp) * x[2 * R] + damp * np.log(made / m.gateway_people)
    if not m.outside_good:
        shift = np.log(m.value_added_target / total)
        for k in range(y.size):
            y[k] += shift


@njit(cache=True, error_model="numpy")
def solve_fixed_point(m, x, tolerance, limit, depth, weight):
    """Solve the market in place with Anderson acceleration.

    Parameters
    ----------
    m : Market
    x : (2R + 1 + 2NS,) float
        Warm start; the solution on return.
    tolerance : float
        Largest step in logs.
    limit, depth : int
        Maximum number of iterations; remembered steps, plain iteration if 1.
    weight : float
        See `market_map`.

    Returns
    -------
    int, float
        Iterations used (``limit`` if not converged) and the last largest step.
    """
    n = x.shape[0]
    R = m.people.shape[0]
    S = m.iota.shape[0]
    rows = np.zeros((14, R))
    regional = RegionalAccounts(
        rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7], rows[8], rows[9], rows[10], rows[11],
        rows[12], rows[13],
    )  # fmt: skip
    spent = np.zeros((R + 1, S))
    log_productivity = np.empty((R + 1, S))
    for i in range(R + 1):
        for s in range(S):
            log_productivity[i, s] = np.log(m.productivity[i, s])
    # Differences of steps are columns, differences of images rows: both products below then run along rows.
    df = np.zeros((n, depth))
    dy = np.zeros((depth, n))
    gram = np.zeros((depth, depth))
    y, last_y = np.empty(n), np.empty(n)
    f, last_f, change = np.empty(n), np.empty(n), np.empty(n)
    kept = 0
    best = np.inf
    step = np.inf
    for iteration in range(limit):
        market_map(m, log_productivity, weight, x, y, regional, spent)
        step = 0.0
        for k in range(n):
            f[k] = y[k] - x[k]
            if not np.isfinite(f[k]):
                return limit, abs(f[k])
            step = max(step, abs(f[k]))
        if step < tolerance:
            return iteration + 1, step
        if step > 2.0 * best:
            kept = 0
        best = min(best, step)
        if iteration > 0:
            slot = kept % depth
            for k in range(n):
                change[k] = f[k] - last_f[k]
                df[k, slot] = change[k]
                dy[slot, k] = y[k] - last_y[k]
            kept += 1
            dots = spread_one(df, change)
            for a in range(depth):
                gram[slot, a] = dots[a]
                gram[a, slot] = dots[a]
        for k in range(n):
            last_y[k] = y[k]
            last_f[k] = f[k]
            x[k] = y[k]
        size = min(kept, depth)
        if size > 1:
            back = spread_one(dy[:size], anderson_weights(gram, spread_one(df, f), size))
            for k in range(n):
                x[k] -= back[k]
    return limit, step


@njit(cache=True, error_model="numpy")
def anderson_weights(gram, right, size):
    """Return the weights of the first ``size`` remembered steps, (size,), that minimise the present residual.

    They solve the normal equations by Cholesky factorisation; a ridge keeps these positive definite.
    """
    root = np.empty((size, size))
    weights = np.empty(size)
    for a in range(size):
        for b in range(a):
            rest = gram[a, b]
            for c in range(b):
                rest -= root[a, c] * root[b, c]
            root[a, b] = rest / root[b, b]
        rest = (1.0 + 1e-10) * gram[a, a] + 1e-30
        for c in range(a):
            rest -= root[a, c] * root[a, c]
        root[a, a] = math.sqrt(rest)
    for a in range(size):
        rest = right[a]
        for c in range(a):
            rest -= root[a, c] * weights[c]
        weights[a] = rest / root[a, a]
    for a in range(size - 1, -1, -1):
        rest = weights[a]
        for c in range(a + 1, size):
            rest -= root[c, a] * weights[c]
        weights[a] = rest / root[a, a]
    return weights


@njit(cache=True, error_model="numpy")
def invert_supply(freeness, transposed, trade_class, sales, spent, power, tolerance, limit):
    """Invert supply, such that demand equals observed sales (a Sinkhorn-type iteration).

    Parameters
    ----------
    freeness, transposed : (C, N, N); trade_class : (S,)
        As in `Market`.
    sales, spent : (N, S), million yuan
        Equal sums by sector.
    power : float
        ``1 - sigma``.

    Returns
    -------
    supply : (N, S), log_price : (N, S), error : float
        Scaled so that the expenditure-weighted mean log price of each sector is zero.
    """
    N, S = sales.shape
    supply = np.empty((N, S))
    log_price = np.empty((N, S))
    made, bought = np.empty(N), np.empty(N)
    offer, ratio = np.empty(N), np.empty(N)
    error = 0.0
    for s in range(S):
        phi = freeness[trade_class[s]]
        back = transposed[trade_class[s]]
        for i in range(N):
            made[i] = sales[i, s]
            bought[i] = spent[i, s]
            offer[i] = made[i]
        error_s = 0.0
        for _ in range(limit):
            index = spread_one(phi, offer)
            for i in range(N):
                ratio[i] = bought[i] / index[i]
            demand = spread_one(back, ratio)
            error_s = 0.0
            for i in range(N):
                error_s = max(error_s, abs(offer[i] * demand[i] / made[i] - 1.0))
                offer[i] = made[i] / demand[i]
            if error_s < tolerance:
                break
        error = max(error, error_s)
        index = spread_one(phi, offer)
        mean = 0.0
        total = 0.0
        for i in range(N):
            log_price[i, s] = np.log(index[i]) / power
            mean += bought[i] * log_price[i, s]
            total += bought[i]
        mean /= total
        if not np.isfinite(mean):
            error = np.inf
        for i in range(N):
            log_price[i, s] -= mean
            supply[i, s] = offer[i] * np.exp(-power * mean)
    return supply, log_price, error
