"""The accounts of a year that follow from sales; symbols as in `sim.kernels.market`."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.kernels.products import spread_one


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
    dividends = spread_one(m.household_owners, book[4])
    for i in range(R):
        book[5, i] = dividends[i]
        income = (1.0 - tv) * (book[0, i] + book[1, i]) + book[5, i]
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
    invested = spread_one(m.savers_shares, book[8])
    for j in range(R):
        book[11, j] = m.directed[j] + m.foreign_inflow[j] + factor * invested[j]
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
