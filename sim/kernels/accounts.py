"""Regional accounts of a year, computed from sales; symbols as in `sim.kernels.market`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numba.extending import register_jitable

from sim.kernels.products import spread_one


class RegionalAccounts(NamedTuple):
    """Accounts of cities, computed from sales, (R,) million yuan each; see `incomes`."""

    workers_bill: np.ndarray  # labour cost of workers
    talent_bill: np.ndarray  # labour cost of talent, its share of operating profit included
    value_added: np.ndarray
    operating_profit: np.ndarray
    net_profit: np.ndarray  # of owners: after tax, with grants to firms
    dividends: np.ndarray  # received by households
    disposable_income: np.ndarray
    consumption: np.ndarray  # housing included
    saving: np.ndarray
    land_revenue: np.ndarray
    housing_supply: np.ndarray  # cost of supplying housing
    investment: np.ndarray
    labour_income: np.ndarray  # of residents, wherever they work
    charges: np.ndarray  # unit charges paid; negative: subsidies received


class Totals(NamedTuple):
    """National totals returned by `incomes`, million yuan."""

    public_balance: float
    dividends_abroad: float
    crowding: float  # investment per yuan of private saving after public balances are met [1]
    income_tax: float


def empty_accounts(regions: int) -> RegionalAccounts:
    """Return accounts filled with zeros."""
    return RegionalAccounts(*np.zeros((len(RegionalAccounts._fields), regions)))


@register_jitable
def variable_cost_share(m):
    """Return theta, the share of variable cost in sales."""
    return (m.sigma - 1.0) / m.sigma


@register_jitable
def value_added_share(m):
    """Return value added in sales, (R, S): what intermediates and unit charges leave."""
    theta = variable_cost_share(m)
    return 1.0 - theta * m.keep * m.iota - theta * (1.0 - m.keep)


@register_jitable
def taxable_income(value_added_tax, labour_income, dividends):
    """Return the income tax base: wages after value-added tax, and dividends."""
    return (1.0 - value_added_tax) * labour_income + dividends


@njit(cache=True, error_model="numpy")
def incomes(m, sales, regional):
    """Compute the regional accounts from sales, in place.

    Parameters
    ----------
    m : Market
    sales : (N, S) million yuan
    regional : RegionalAccounts, written

    Returns
    -------
    Totals
    """
    R = m.people.shape[0]
    S = sales.shape[1]
    theta = variable_cost_share(m)
    tv, tp, ty = m.taxes[0], m.taxes[1], m.taxes[2]
    workers, talent, made, profit, net, dividends = regional[:6]
    income, consumption, saving, land, supply, invested, home, charges = regional[6:]
    workers[:] = 0.0
    talent[:] = 0.0
    made[:] = 0.0
    profit[:] = 0.0
    charges[:] = 0.0
    for i in range(R):
        for s in range(S):
            x, keep = sales[i, s], m.keep[i, s]
            workers[i] += theta * keep * (1.0 - m.iota[s]) * (1.0 - m.eta[i, s]) * x
            talent[i] += (theta * keep * (1.0 - m.iota[s]) * m.eta[i, s] + (1.0 - m.kappa) / m.sigma) * x
            made[i] += (1.0 - theta * keep * m.iota[s] - theta * (1.0 - keep)) * x
            charges[i] += theta * (1.0 - keep) * x
            profit[i] += x / m.sigma
        if m.outside_good:
            # Workers whom the differentiated sectors do not employ make the outside good.
            made[i] += m.people[i, 0] - workers[i]
            workers[i] = m.people[i, 0]
        home[i] = workers[i] + talent[i]
        net[i] = (1.0 - tp) * (1.0 - tv) * m.kappa * profit[i] + m.firm_grants[i]
    wages_home(m, workers, talent, home)
    public = 0.0
    abroad = 0.0
    saved = 0.0
    income_tax = 0.0
    dividends[:] = spread_one(m.household_owners, net)
    for i in range(R):
        taxed = taxable_income(tv, home[i], dividends[i])
        income[i] = (1.0 - ty) * taxed + m.household_transfers[i]
    if m.rents_local + m.rents_shared > 0.0:
        return_rents(m, income)
    kept = 1.0 - m.rents_local - m.rents_shared
    for i in range(R):
        taxed = taxable_income(tv, home[i], dividends[i])
        consumption[i] = (1.0 - m.saving) * income[i]
        saving[i] = m.saving * income[i]
        rents = m.housing * consumption[i]
        supply[i] = rents * m.housing_supply / (1.0 + m.housing_supply)
        land[i] = rents - supply[i]
        saved += saving[i]
        income_tax += ty * taxed
        public += tv * made[i] + tp * (1.0 - tv) * m.kappa * profit[i] + ty * taxed + kept * land[i] + charges[i]
        public += m.owned_by_public[i] * net[i]
        public -= m.services_purchases[i] + m.investment_purchases[i] + m.household_transfers[i] + m.firm_grants[i]
        abroad += m.owned_abroad[i] * net[i]
    directed = 0.0
    for j in range(R):
        directed += m.directed[j]
    crowding = (saved + public - directed) / saved if saved > 0.0 else 1.0
    placed = spread_one(m.savers_shares, saving)
    for j in range(R):
        invested[j] = m.directed[j] + m.foreign_inflow[j] + crowding * placed[j]
    return Totals(public, abroad, crowding, income_tax)


@register_jitable
def wages_home(m, workers, talent, earned):
    """Move the wages of commuters, in place, from where they work to the labour income of their region of residence."""
    for k in range(m.commuters.shape[0]):
        i, j = m.commuters_home[k], m.commuters_work[k]
        pay = 0.0
        if workers[j] > 0.0:
            pay += m.commuters[k, 0] * workers[j] / m.people[j, 0]
        if talent[j] > 0.0:
            pay += m.commuters[k, 1] * talent[j] / m.people[j, 1]
        earned[i] += pay
        earned[j] -= pay


@njit(cache=True, error_model="numpy")
def return_rents(m, disposable):
    """Add the part of land revenue that is returned to households to disposable income, (R,)."""
    R = m.people.shape[0]
    paid = m.housing * (1.0 - m.saving) / (1.0 + m.housing_supply)
    income = 0.0
    people = 0.0
    for i in range(R):
        income += disposable[i]
        people += m.people[i, 0] + m.people[i, 1]
    per_head = m.rents_shared * paid * income / (1.0 - paid * (m.rents_local + m.rents_shared)) / people
    for i in range(R):
        heads = m.people[i, 0] + m.people[i, 1]
        disposable[i] = (disposable[i] + per_head * heads) / (1.0 - m.rents_local * paid)


@njit(cache=True, error_model="numpy")
def expenditure(m, sales, regional, abroad, spent):
    """Compute expenditure of each node on each product, in place: ``spent`` (N, S), million yuan."""
    R = m.people.shape[0]
    S = sales.shape[1]
    theta = variable_cost_share(m)
    for j in range(R):
        goods = (1.0 - m.housing) * regional.consumption[j]
        built = regional.investment[j] + regional.housing_supply[j] + m.investment_purchases[j]
        for s in range(S):
            e = goods * m.consumption[j, s] + built * m.investment[s] + m.services_purchases[j] * m.government[s]
            for t in range(S):
                e += theta * m.keep[j, t] * m.iota[t] * sales[j, t] * m.input_output[t, s]
            spent[j, s] = e
    total = abroad
    for s in range(S):
        total += sales[R, s]
    for j in range(R):
        total -= m.foreign_inflow[j]
    for s in range(S):
        spent[R, s] = total * m.foreign[s]
