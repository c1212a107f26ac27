"""Phase `settle`: every payment of the year."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.economy.commuting import commuters_pay
from sim.economy.outcome import outcome_of
from sim.economy.public import split_revenue, tax_shares
from sim.economy.relations import ForeignTrade, foreign_trade
from sim.economy.results import Closing, Connection, Policy, Production
from sim.economy.state import State
from sim.economy.year.policy import views
from sim.kernels.accounts import taxable_income, variable_cost_share
from sim.policy.mechanism import Mechanism
from sim.policy.posts import OUTLAY
from sim.policy.settlement import Actions


def settle(
    state: State, mechanisms: Sequence[Mechanism], policy: Policy, connection: Connection, produced: Production
) -> Closing:
    """Record every payment of the year; each has a payer and a payee, and every account balances."""
    a, act, regional = state.accounts, policy.actions, produced.regional
    trade = foreign_trade(produced.market, produced.sales, produced.spent, produced.log_price)
    _private_payments(state, produced, trade)
    _taxes(state, produced)
    _dividends(state, produced)
    post = _poster(state)
    post("services", a.treasury, a.market, policy.city_services)
    post("research", a.treasury, a.market, policy.research)
    post("infrastructure", a.treasury, a.market, policy.infrastructure)
    post("national programmes", a.nation, a.market, policy.programmes.sum())
    post("interest", a.treasury, a.households, policy.budget.interest)
    post("equalisation", a.nation, a.treasury, policy.budget.equalisation)
    post("provincial transfer", a.province, a.treasury, policy.budget.provincial)
    act.post_to(state.ledger, state.year)
    revenue = split_revenue(
        state.world, state.parameters, regional, state.base.province_of, len(state.base.provinces),
        state.owners.treasuries / produced.owned, state.owners.nation / produced.owned,
    )  # fmt: skip
    revenue = revenue._replace(own=revenue.own + _to_headquarters(state, policy, produced))
    names = [m.name for m in mechanisms]
    outlay = act.outlay_by_region(names) / produced.deflator
    state.outcome = outcome_of(
        state, policy.budget, connection.information, produced, revenue.own, trade.exports, policy.research, outlay,
        act.wedges["emission_factor"], act.wedges["adoption"], state.outcome,
    )  # fmt: skip
    paid_for = zip(names, act.outlay_of(names) / produced.deflator, strict=True)
    late = Actions(a, "settle", produced.deflator)
    for mechanism, view in views(state, mechanisms, late.prices):
        mechanism.settle(view, late.for_mechanism(mechanism), state.memories[mechanism.name])
    late.grant(np.full(len(a), np.inf))
    late.post_to(state.ledger, state.year)
    # Scales apply from next year on.
    state.scales = {k: v for m in mechanisms for k, v in m.scales(state.memories[m.name]).items()}
    paid, received = late.balances()
    own = revenue.own + policy.received[a.treasury] + received[a.treasury] - paid[a.treasury]
    state.revenue = revenue._replace(own=np.maximum(own, 0.0))
    receipts, outlays = _close(state, policy, produced)
    return Closing(
        {**act.reports, **late.reports, **{(m, OUTLAY): (float(money), "million yuan/yr") for m, money in paid_for}},
        exports=trade.exports,
        foreign_balance=trade.exported - trade.imported,
        # Phase `settle` redistributes taxes already paid: no outlay.
        public_outlay=act.public_outlay,
        treasury_outlay=act.treasury_outlay,
        public_return=act.public_return + late.public_return,
        own_revenue=float(revenue.own.sum() + revenue.provinces.sum() + revenue.nation),
        receipts=receipts,
        outlays=outlays,
    )


def _poster(state: State) -> Callable[..., None]:
    return lambda purpose, payer, payee, amount: state.ledger.post(state.year, purpose, payer, payee, amount)


def _private_payments(state: State, produced: Production, trade: ForeignTrade) -> None:
    """Post payments between firms, households and the world market."""
    a, m, regional, sales, r = state.accounts, produced.market, produced.regional, produced.sales, state.n
    post = _poster(state)
    tv = m.taxes[0]
    post("sales", a.market, a.activities, sales[:r].sum(axis=1))
    post("intermediates", a.activities, a.market, (variable_cost_share(m) * m.keep * m.iota * sales[:r]).sum(axis=1))
    wages = regional.workers_bill + regional.talent_bill
    if len(m.commuters):
        pay = commuters_pay(m, regional).sum(axis=1)
        post("wages of commuters", a.activities[m.commuters_work], a.households[m.commuters_home], (1.0 - tv) * pay)
        wages = wages - np.bincount(m.commuters_work, pay, r)
    post("wages", a.activities, a.households, (1.0 - tv) * wages)
    post("unit charges", a.activities, a.treasury, regional.charges)
    post("operating surplus", a.activities, a.firms, (1.0 - tv) * m.kappa * regional.operating_profit)
    post("consumption", a.households, a.market, (1.0 - m.housing) * regional.consumption)
    post("housing", a.households, a.land, m.housing * regional.consumption)
    post("housing supply", a.land, a.market, regional.housing_supply)
    post("land revenue", a.land, a.treasury, regional.land_revenue)
    post("imports", a.market, a.gateway, trade.imported)
    post("exports", a.gateway, a.market, trade.exported)
    post("foreign investment", a.gateway, a.pool, m.foreign_inflow.sum())


def _taxes(state: State, produced: Production) -> None:
    a, m, regional = state.accounts, produced.market, produced.regional
    tv, tp, ty = m.taxes
    post = _poster(state)
    payees = np.stack(np.broadcast_arrays(a.treasury, a.province, a.nation))
    shares = np.stack(tax_shares(state.world, state.parameters.government))
    income = taxable_income(tv, regional.labour_income, regional.dividends)
    for purpose, payer, amount in (
        ("value-added tax", a.activities, tv * regional.value_added),
        ("profit tax", a.firms, tp * (1.0 - tv) * m.kappa * regional.operating_profit),
        ("income tax", a.households, ty * income),
    ):
        post(purpose, payer, payees, shares * amount)


def _to_headquarters(state: State, policy: Policy, produced: Production) -> np.ndarray:
    """Post the part of cities' profit tax that is due where firms have their headquarters; return its net sum, (R,)."""
    share, (tv, tp, _) = state.parameters.government.headquarters_share, produced.market.taxes
    if share == 0:
        return np.zeros(state.n)
    city, _, _ = tax_shares(state.world, state.parameters.government)
    m, host = produced.market, state.accounts.site_host
    profit = m.kappa * produced.sales[: state.n] / m.sigma
    tax = share * city[:, None] * tp * (1.0 - tv) * profit / produced.quality  # per unit of productive capital
    sites = tax[host] * np.exp(4.0 * state.firms.process.power * policy.site_log_z)
    due = state.firms.by_home(np.concatenate([tax, sites]))
    np.fill_diagonal(due, 0.0)
    treasury = state.accounts.treasury
    _poster(state)("profit tax of headquarters", treasury, treasury[:, None], due)
    return due.sum(axis=1) - due.sum(axis=0)


def _dividends(state: State, produced: Production) -> None:
    a, owners = state.accounts, state.owners
    profit = produced.regional.net_profit / produced.owned  # per unit of capital
    post = _poster(state)
    for stock, accounts in ((owners.households, a.households), (owners.treasuries, a.treasury), (owners.funds, a.fund)):
        post("dividends", a.firms, accounts[:, None], stock * profit)
    post("dividends", a.firms, a.nation, owners.nation * profit)
    post("dividends", a.firms, a.gateway, owners.abroad * profit)


def _close(state: State, policy: Policy, produced: Production) -> tuple[np.ndarray, np.ndarray]:
    """Post savings, sales of stakes, investment; public balances are cleared in the pool.

    Returns
    -------
    receipts, outlays : (R,) million yuan
        Of treasuries.
    """
    a, act, regional = state.accounts, policy.actions, produced.regional
    post = _poster(state)
    stakes = act.stakes_sold[:, None] * state.owners.funds * produced.capital_price
    post("stakes", a.households, a.fund[:, None], stakes)
    post("saving", a.households, a.pool, regional.saving - stakes.sum(axis=0))
    equity = act.directed_public.sum(axis=(1, 2))
    post("fund equity", a.fund, a.market, equity)
    post("investment", a.pool, a.market, regional.investment.sum() - equity.sum())
    balance = state.ledger.balances(state.year)
    holders = np.concatenate([a.treasury, a.provinces, [a.nation], a.fund, a.site, a.purse]).astype(int)
    post("public balance", holders, a.pool, balance[holders])
    state.debt = state.debt - balance[a.treasury] / produced.deflator
    state.cash[holders] += balance[holders]
    state.cash[a.treasury] = 0.0
    receipts = state.ledger.receipts(state.year)[a.treasury]
    return receipts, receipts - balance[a.treasury]
