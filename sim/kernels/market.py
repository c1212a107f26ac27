"""The short-run market equilibrium.

Symbols
-------
R cities, N = R + 1 nodes (the last is the gateway), S sectors, C trade classes.
B capacity, A productivity, phi freeness of trade, sigma elasticity of substitution, iota share of
intermediates, kappa capital's share of operating profit, eta talent's share of labour cost,
w wage of workers, v wage of talent, P price index, X sales, E expenditure, Y income.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit


class Market(NamedTuple):
    """What is given within a year; see the fields' comments for shapes and units."""

    capacity: np.ndarray  # (N, S)
    productivity: np.ndarray  # (N, S)
    freeness: np.ndarray  # (C, N, N)
    trade_class: np.ndarray  # (S,)
    sigma: float
    kappa: float
    iota: np.ndarray  # (S,)
    eta: np.ndarray  # (R, S)
    recipes: np.ndarray  # (S, S) rows sum to 1
    consumption: np.ndarray  # (S,) basket
    investment: np.ndarray  # (S,) basket
    government: np.ndarray  # (S,) basket
    foreign: np.ndarray  # (S,) basket of the gateway
    people: np.ndarray  # (R, 2) persons
    gateway_people: float
    owned_by_households: np.ndarray  # (R, R) share of j's capital owned by households of i
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
    savers_shares: np.ndarray  # (R, R) where savings of i go
    directed: np.ndarray  # (R,) investment ordered by funds
    foreign_inflow: np.ndarray  # (R,) million yuan
    value_added_target: float  # the numeraire, unless there is an outside good
    outside_good: bool = False  # homogeneous, freely traded, made by workers one for one: it pins their wage at 1
    rents_local: float = 0.0  # share of land revenue that goes to the households of the place, not to its treasury
    rents_shared: float = 0.0  # share of land revenue that goes to all people alike


@njit(cache=True, error_model="numpy")
def incomes(m, sales, book):
    """Fill the accounts that follow from sales.

    Parameters
    ----------
    m : Market
    sales : (N, S) million yuan
    book : (12, R) million yuan, written
        Rows: workers' bill, talent's bill, value added, operating profit, after-tax profit with grants,
        household dividends, disposable income, consumption, saving, land revenue, housing supply cost,
        investment.

    Returns
    -------
    (4,) float
        Public balance, dividends abroad, crowding factor of savings, income tax.
    """
    R = m.people.shape[0]
    S = sales.shape[1]
    theta = (m.sigma - 1.0) / m.sigma
    tv, tp, ty = m.taxes[0], m.taxes[1], m.taxes[2]
    book[:] = 0.0
    for i in range(R):
        for s in range(S):
            x = sales[i, s]
            book[0, i] += theta * (1.0 - m.iota[s]) * (1.0 - m.eta[i, s]) * x
            book[1, i] += (theta * (1.0 - m.iota[s]) * m.eta[i, s] + (1.0 - m.kappa) / m.sigma) * x
            book[2, i] += (1.0 - theta * m.iota[s]) * x
            book[3, i] += x / m.sigma
        if m.outside_good:
            # Workers whom the differentiated sectors do not employ make the outside good.
            book[2, i] += m.people[i, 0] - book[0, i]
            book[0, i] = m.people[i, 0]
        book[4, i] = (1.0 - tp) * (1.0 - tv) * m.kappa * book[3, i] + m.firm_grants[i]
    public = 0.0
    abroad = 0.0
    saved = 0.0
    income_tax = 0.0
    for i in range(R):
        dividends = 0.0
        for j in range(R):
            dividends += m.owned_by_households[i, j] * book[4, j]
        book[5, i] = dividends
        income = (1.0 - tv) * (book[0, i] + book[1, i]) + dividends
        book[6, i] = (1.0 - ty) * income + m.household_transfers[i]
    if m.rents_local + m.rents_shared > 0.0:
        return_rents(m, book)
    kept = 1.0 - m.rents_local - m.rents_shared
    for i in range(R):
        income = (1.0 - tv) * (book[0, i] + book[1, i]) + book[5, i]
        book[7, i] = (1.0 - m.saving) * book[6, i]
        book[8, i] = m.saving * book[6, i]
        rents = m.housing * book[7, i]
        book[10, i] = rents * m.housing_supply / (1.0 + m.housing_supply)
        book[9, i] = rents - book[10, i]
        saved += book[8, i]
        income_tax += ty * income
        public += tv * book[2, i] + tp * (1.0 - tv) * m.kappa * book[3, i] + ty * income + kept * book[9, i]
        public += m.owned_by_public[i] * book[4, i]
        public -= m.services_purchases[i] + m.investment_purchases[i] + m.household_transfers[i] + m.firm_grants[i]
        abroad += m.owned_abroad[i] * book[4, i]
    directed = 0.0
    for j in range(R):
        directed += m.directed[j]
    factor = (saved + public - directed) / saved if saved > 0.0 else 1.0
    for j in range(R):
        book[11, j] = m.directed[j] + m.foreign_inflow[j]
    for i in range(R):
        for j in range(R):
            book[11, j] += m.savers_shares[i, j] * book[8, i] * factor
    return np.array([public, abroad, factor, income_tax])


@njit(cache=True, error_model="numpy")
def return_rents(m, book):
    """Add to disposable income (row 6 of ``book``) what households get of the land revenue they pay."""
    R = m.people.shape[0]
    paid = m.housing * (1.0 - m.saving) / (1.0 + m.housing_supply)
    income = 0.0
    people = 0.0
    for i in range(R):
        income += book[6, i]
        people += m.people[i, 0] + m.people[i, 1]
    per_head = m.rents_shared * paid * income / (1.0 - paid * (m.rents_local + m.rents_shared)) / people
    for i in range(R):
        book[6, i] = (book[6, i] + per_head * (m.people[i, 0] + m.people[i, 1])) / (1.0 - m.rents_local * paid)


@njit(cache=True, error_model="numpy")
def expenditure(m, sales, book, abroad, spent):
    """Fill ``spent`` (N, S), million yuan: what each node spends on each product."""
    R = m.people.shape[0]
    S = sales.shape[1]
    theta = (m.sigma - 1.0) / m.sigma
    for j in range(R):
        goods = (1.0 - m.housing) * book[7, j]
        built = book[11, j] + book[10, j] + m.investment_purchases[j]
        for s in range(S):
            e = goods * m.consumption[s] + built * m.investment[s] + m.services_purchases[j] * m.government[s]
            for t in range(S):
                e += theta * m.iota[t] * sales[j, t] * m.recipes[t, s]
            spent[j, s] = e
    total = abroad
    for s in range(S):
        total += sales[R, s]
    for j in range(R):
        total -= m.foreign_inflow[j]
    for s in range(S):
        spent[R, s] = total * m.foreign[s]


@njit(cache=True, error_model="numpy")
def market_map(m, x, y, book, spent):
    """One damped step of the fixed point in logs, from ``x`` to ``y``.

    ``x`` holds log wages of workers (R) and talent (R), of the gateway (1), log price indices (N S)
    and log sales (N S).
    """
    R = m.people.shape[0]
    N = R + 1
    S = m.iota.shape[0]
    p0 = 2 * R + 1
    s0 = p0 + N * S
    power = 1.0 - m.sigma
    sales = np.exp(x[s0 : s0 + N * S]).reshape(N, S)
    accounts = incomes(m, sales, book)
    expenditure(m, sales, book, accounts[1], spent)
    supply = np.empty((N, S))
    for i in range(N):
        for s in range(S):
            if i < R:
                cost = (1.0 - m.eta[i, s]) * x[i] + m.eta[i, s] * x[R + i] - np.log(m.productivity[i, s])
                cost *= 1.0 - m.iota[s]
                for t in range(S):
                    cost += m.iota[s] * m.recipes[s, t] * x[p0 + i * S + t]
            else:
                cost = x[2 * R] - np.log(m.productivity[i, s])
            supply[i, s] = m.capacity[i, s] * np.exp(power * cost)
    made = np.zeros(N)
    total = 0.0
    theta = (m.sigma - 1.0) / m.sigma
    pressure = np.empty(N)
    for s in range(S):
        phi = m.freeness[m.trade_class[s]]
        for j in range(N):
            index = 0.0
            for i in range(N):
                index += phi[i, j] * supply[i, s]
            pressure[j] = spent[j, s] / index
            y[p0 + j * S + s] = 0.5 * x[p0 + j * S + s] + 0.5 * np.log(index) / power
        for i in range(N):
            demand = 0.0
            for j in range(N):
                demand += phi[i, j] * pressure[j]
            sold = supply[i, s] * demand
            made[i] += sold
            if i < R:
                total += (1.0 - theta * m.iota[s]) * sold
            y[s0 + i * S + s] = 0.5 * x[s0 + i * S + s] + 0.5 * np.log(sold)
    scale = 0.0 if m.outside_good else np.log(m.value_added_target / total)
    damp = 1.0 / m.sigma
    bill_w = np.zeros(R)
    bill_v = np.zeros(R)
    for i in range(R):
        for s in range(S):
            sold = np.exp(2.0 * y[s0 + i * S + s] - x[s0 + i * S + s])
            bill_w[i] += theta * (1.0 - m.iota[s]) * (1.0 - m.eta[i, s]) * sold
            bill_v[i] += (theta * (1.0 - m.iota[s]) * m.eta[i, s] + (1.0 - m.kappa) / m.sigma) * sold
        # Who is not employed keeps a wage that nobody pays, so that logs stay defined.
        y[i] = x[i]
        y[R + i] = x[R + i]
        if m.outside_good:
            y[i] = 0.0
        elif bill_w[i] > 0.0:
            y[i] = (1.0 - damp) * x[i] + damp * np.log(bill_w[i] / m.people[i, 0])
        if bill_v[i] > 0.0:
            y[R + i] = (1.0 - damp) * x[R + i] + damp * np.log(bill_v[i] / m.people[i, 1])
    y[2 * R] = (1.0 - damp) * x[2 * R] + damp * np.log(made[R] / m.gateway_people)
    for k in range(y.shape[0]):
        y[k] += scale


@njit(cache=True, error_model="numpy")
def solve_fixed_point(m, x, tolerance, limit, depth):
    """Solve the market in place with Anderson acceleration.

    Parameters
    ----------
    m : Market
    x : (2R + 1 + 2NS,) float
        Warm start; the solution on return.
    tolerance : float
        Largest step in logs.
    limit, depth : int
        Iterations at most; remembered steps.

    Returns
    -------
    int, float
        Iterations used (``limit`` if not converged) and the last largest step.
    """
    n = x.shape[0]
    R = m.people.shape[0]
    book = np.zeros((12, R))
    spent = np.zeros((R + 1, m.iota.shape[0]))
    y = np.empty(n)
    dx = np.zeros((depth, n))
    df = np.zeros((depth, n))
    last_x = np.empty(n)
    last_f = np.empty(n)
    kept = 0
    best = np.inf
    for iteration in range(limit):
        market_map(m, x, y, book, spent)
        step = 0.0
        for k in range(n):
            step = max(step, abs(y[k] - x[k]))
        if not np.isfinite(step):
            return limit, step
        if step < tolerance:
            return iteration + 1, step
        f = y - x
        if step > 2.0 * best:
            kept = 0
        best = min(best, step)
        if iteration > 0:
            slot = kept % depth
            for k in range(n):
                dx[slot, k] = x[k] - last_x[k]
                df[slot, k] = f[k] - last_f[k]
            kept += 1
        last_x[:] = x
        last_f[:] = f
        size = min(kept, depth)
        x[:] = y
        if size > 1:
            gram = np.zeros((size, size))
            right = np.zeros(size)
            for a in range(size):
                for b in range(a + 1):
                    dot = 0.0
                    for k in range(n):
                        dot += df[a, k] * df[b, k]
                    gram[a, b] = dot
                    gram[b, a] = dot
                dot = 0.0
                for k in range(n):
                    dot += df[a, k] * f[k]
                right[a] = dot
            for a in range(size):
                gram[a, a] *= 1.0 + 1e-10
                gram[a, a] += 1e-30
            weights = np.linalg.solve(gram, right)
            for a in range(size):
                for k in range(n):
                    x[k] -= weights[a] * (dx[a, k] + df[a, k])
    return limit, step


@njit(cache=True, error_model="numpy")
def invert_supply(freeness, trade_class, sales, spent, power, tolerance, limit):
    """Find supply such that demand equals observed sales (a Sinkhorn-like iteration).

    Parameters
    ----------
    freeness : (C, N, N); trade_class : (S,)
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
    supply = sales.copy()
    log_price = np.zeros((N, S))
    error = 0.0
    index = np.empty(N)
    for s in range(S):
        phi = freeness[trade_class[s]]
        for _ in range(limit):
            error_s = 0.0
            for j in range(N):
                index[j] = 0.0
                for i in range(N):
                    index[j] += phi[i, j] * supply[i, s]
            for i in range(N):
                demand = 0.0
                for j in range(N):
                    demand += phi[i, j] * spent[j, s] / index[j]
                error_s = max(error_s, abs(supply[i, s] * demand / sales[i, s] - 1.0))
                supply[i, s] = sales[i, s] / demand
            if error_s < tolerance:
                break
        error = max(error, error_s)
        mean = 0.0
        weight = 0.0
        for j in range(N):
            index[j] = 0.0
            for i in range(N):
                index[j] += phi[i, j] * supply[i, s]
            log_price[j, s] = np.log(index[j]) / power
            mean += spent[j, s] * log_price[j, s]
            weight += spent[j, s]
        mean /= weight
        for j in range(N):
            log_price[j, s] -= mean
            supply[j, s] *= np.exp(-power * mean)
    return supply, log_price, error
