"""Phases policy and settle: mechanisms, budgets and every payment of the year."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.economy.public import split_revenue, tax_shares
from sim.economy.relations import relative
from sim.economy.state import State
from sim.economy.year.policy import mechanism_balances
from sim.kernels.accounts import incomes
from sim.kernels.products import spread_one
from sim.policy.settlement import Actions
from sim.policy.view import View


def settle(state: State, mechanisms: tuple) -> None:
    """Write every payment of the year; each has two ends and every account closes."""
    now, a, p = state.now, state.accounts, state.parameters
    book, act, market = now["book"], state.actions, state.market
    _private_payments(state)
    _taxes(state)
    _dividends(state)
    post = _poster(state)
    post("services", a.treasury, a.market, now["city_services"])
    post("research", a.treasury, a.market, now["research"])
    post("infrastructure", a.treasury, a.market, now["infrastructure_spending"])
    post("national programmes", a.nation, a.market, now["programmes"].sum())
    post("interest", a.treasury, a.households, state.budget.interest)
    post("equalisation", a.nation, a.treasury, state.budget.equalisation)
    post("provincial transfer", a.province, a.treasury, state.budget.provincial)
    act.post_to(state.ledger, state.year)
    own, provinces, nation = split_revenue(
        state.world, p, book, state.base.province_of, len(state.base.provinces), market.owned_by_public,
        state.owners["treasuries"] / now["owned"], state.owners["nation"] / now["owned"],
    )  # fmt: skip
    now["own_revenue"] = own
    publish_outcome(state)
    late = Actions(a, "settle")
    for mechanism in mechanisms:
        view = View(state.outcome, mechanism.reads, state.year, state.world, p, a, state.hours)
        mechanism.settle(view, late.for_mechanism(mechanism), state.memories[mechanism.name])
    late.settle(np.full(len(a), np.inf))
    late.post_to(state.ledger, state.year)
    now["reports"] = {**act.reports, **late.reports}
    taken, given = mechanism_balances(late, len(a))
    own = np.maximum(own + now["free"][a.treasury] + given[a.treasury] - taken[a.treasury], 0.0)
    state.revenue = (own, provinces, nation)
    # Phase 5 only shares out taxes already paid: no outlay.
    now["public_outlay"] = act.public_outlay
    now["public_return"] = act.public_return + late.public_return
    _close(state)


def _poster(state: State) -> Callable[..., None]:
    return lambda purpose, payer, payee, amount: state.ledger.post(state.year, purpose, payer, payee, amount)


def _private_payments(state: State) -> None:
    now, a, m = state.now, state.accounts, state.market
    book, r = now["book"], state.n
    theta = (m.sigma - 1.0) / m.sigma
    post = _poster(state)
    tv = m.taxes[0]
    sales = now["sales"]
    post("sales", a.market, a.activities, sales[:r].sum(axis=1))
    post("intermediates", a.activities, a.market, (theta * m.iota * sales[:r]).sum(axis=1))
    post("wages", a.activities, a.households, (1.0 - tv) * (book[0] + book[1]))
    post("operating surplus", a.activities, a.firms, (1.0 - tv) * m.kappa * book[3])
    post("consumption", a.households, a.market, (1.0 - m.housing) * book[7])
    post("housing", a.households, a.land, m.housing * book[7])
    post("housing supply", a.land, a.market, book[10])
    post("land revenue", a.land, a.treasury, book[9])
    power = 1.0 - m.sigma
    imports, exports = 0.0, 0.0
    for s in range(sales.shape[1]):
        phi, back = m.freeness[m.trade_class[s]], m.freeness_turned[m.trade_class[s]]
        pressure = now["spent"][:, s] * np.exp(-power * now["log_price"][:, s])
        supply = sales[:, s] / spread_one(back, pressure)
        imports += supply[r] * (phi[r, :r] * pressure[:r]).sum()
        exports += (supply[:r] * phi[:r, r]).sum() * pressure[r]
    post("imports", a.market, a.gateway, imports)
    post("exports", a.gateway, a.market, exports)
    post("foreign investment", a.gateway, a.pool, m.foreign_inflow.sum())
    now["foreign_balance"] = exports - imports


def _taxes(state: State) -> None:
    a, m, book = state.accounts, state.market, state.now["book"]
    tv, tp, ty = m.taxes
    post = _poster(state)
    income = (1.0 - tv) * (book[0] + book[1]) + book[5]
    payees = np.stack(np.broadcast_arrays(a.treasury, a.province, a.nation))
    shares = np.stack(tax_shares(state.world, state.parameters.government))
    for purpose, payer, amount in (
        ("value-added tax", a.activities, tv * book[2]),
        ("profit tax", a.firms, tp * (1.0 - tv) * m.kappa * book[3]),
        ("income tax", a.households, ty * income),
    ):
        post(purpose, payer, payees, shares * amount)


def _dividends(state: State) -> None:
    a, now = state.accounts, state.now
    # Per unit of capital.
    profit = now["book"][4] / now["owned"]
    post = _poster(state)
    for owner, accounts in (("households", a.households), ("treasuries", a.treasury), ("funds", a.fund)):
        amount = state.owners[owner] * profit
        post("dividends", a.firms, accounts[:, None], amount)
    post("dividends", a.firms, a.nation, state.owners["nation"] * profit)
    post("dividends", a.firms, a.gateway, state.owners["abroad"] * profit)


def _close(state: State) -> None:
    """Savings, stakes sold, investment; public balances meet in the pool."""
    a, now, book = state.accounts, state.now, state.now["book"]
    post = _poster(state)
    act = state.actions
    stakes = act.stakes_sold[:, None] * state.owners["funds"] * now["capital_price"]
    post("stakes", a.households, a.fund[:, None], stakes)
    post("saving", a.households, a.pool, book[8] - stakes.sum(axis=0))
    equity = act.directed_public.sum(axis=(1, 2))
    post("fund equity", a.fund, a.market, equity)
    post("investment", a.pool, a.market, book[11].sum() - equity.sum())
    balance = state.ledger.balances(state.year)
    holders = np.concatenate([a.treasury, a.provinces, [a.nation], a.fund, a.site]).astype(int)
    post("public balance", holders, a.pool, balance[holders])
    state.debt = state.debt - balance[a.treasury] / now["deflator"]
    state.cash[holders] += balance[holders]
    state.cash[a.treasury] = 0.0
    now["receipts"] = state.ledger.receipts(state.year)[a.treasury]
    now["outlays"] = now["receipts"] - balance[a.treasury]


def publish_outcome(state: State) -> None:
    """What mechanisms may see of this year."""
    now, a, r = state.now, state.accounts, state.n
    m = state.market
    theta = (m.sigma - 1.0) / m.sigma
    city, _, _ = tax_shares(state.world, state.parameters.government)
    sales = now["sales"][:r]
    value_added = (1.0 - theta * m.iota) * sales
    local = city[:, None] * (m.taxes[0] * value_added + m.taxes[1] * (1 - m.taxes[0]) * m.kappa * sales / m.sigma)
    heads = state.people.sum(axis=1)
    balance = incomes(m, now["sales"], np.zeros_like(now["book"]))[0]
    outlay = m.services_purchases + m.investment_purchases + m.household_transfers + m.firm_grants
    before = state.outcome.get("deflator", now["deflator"])
    made, last = value_added.sum(axis=1) / now["deflator"], state.outcome.get("real_value_added")
    host = a.site_host
    part = now["site_quality"] / np.maximum(now["quality"][host], 1e-300)
    state.outcome = {
        "people": state.people.copy(), "value_added": value_added, "sales": sales,
        "wage": (now["book"][:2] / state.people.T).T, "capital": now["capital"],
        "return_to_capital": now["return_to_capital"],
        "services": relative(state.services_stock / heads, state.constants["services_mean"]),
        "infrastructure": relative(state.infrastructure_stock / heads, state.constants["infrastructure_mean"]),
        "knowledge": state.knowledge.copy(), "capital_price": now["capital_price"],
        "services_price": now["services_price"], "deflator": now["deflator"],
        # Prices of the coming year, if they go on changing as they did.
        "expected_deflator": now["deflator"] ** 2 / before, "local_tax": local,
        "real_value_added": made, "growth": np.zeros(r) if last is None else np.log(made / last),
        "public_revenue": balance + outlay.sum(), "savings": now["book"][8].sum(),
        "revenue": now["own_revenue"] + state.budget.equalisation + state.budget.provincial,
        "people_hours": state.hours.people, "information_hours": now["information"],
        "unit_profit": now["unit_profit"], "site_capital": state.firms.capital_by_site().sum(axis=1),
        "site_value_added": part * value_added[host], "site_local_tax": (part * local[host]).sum(axis=1),
        "fund_capital": state.owners["funds"].copy(),
        "fund_dividends": (state.owners["funds"] / now["owned"] * now["book"][4]).sum(axis=1),
        "cash": state.cash.copy(), "employment": now["employment"],
    }  # fmt: skip
