"""The outcome of a year that mechanisms and cities observe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.economy.public import Budget, tax_shares
from sim.economy.relations import cost_of_living, emissions, graduations, relative
from sim.economy.results import Migration, Production
from sim.economy.state import State
from sim.kernels.accounts import value_added_share, variable_cost_share
from sim.kernels.market import employment_rate, wage_of
from sim.policy.outcome import Outcome
from sim.policy.view import Setting
from sim.world.network.hours import gateway_via

# What is known at the end of a year only.
LATE = ("rent", "real_income", "graduates")


def outcome_of(
    state: State, budget: Budget, information: np.ndarray, produced: Production, own_revenue: np.ndarray,
    exports: np.ndarray, research: np.ndarray, mechanism_outlay: np.ndarray, emission_factor: np.ndarray,
    adoption: np.ndarray, before: Outcome | None,
) -> Outcome:  # fmt: skip
    """Return the outcome of a year.

    Parameters
    ----------
    state : State
    budget : Budget
    information : (R, R) h
    produced : Production
    own_revenue : (R,) million yuan/yr
        Of treasuries.
    exports : (R, S) million yuan/yr
    research : (R,) million yuan/yr
    mechanism_outlay : (M, R) million yuan/yr, real
    emission_factor : (R, S) log
        Of policy.
    adoption : (R, R) log
        Of policy.
    before : Outcome or None
        Of the year before; None in the base year.
    """
    r, m, host, hours = state.n, produced.market, state.accounts.site_host, state.links.hours
    city, _, _ = tax_shares(state.world, state.parameters.government)
    sales = produced.sales[:r]
    value_added = value_added_share(m) * sales
    local = city[:, None] * (m.taxes[0] * value_added + m.taxes[1] * (1 - m.taxes[0]) * m.kappa * sales / m.sigma)
    heads = state.people.sum(axis=1)
    outlay = m.services_purchases + m.investment_purchases + m.household_transfers + m.firm_grants
    deflator = produced.deflator
    last = deflator if before is None else before.deflator
    made = value_added.sum(axis=1) / deflator
    late = _in_the_base_year(state, produced) if before is None else {name: getattr(before, name) for name in LATE}
    part = produced.site_quality / np.maximum(produced.quality[host], 1e-300)
    funds = state.owners.funds
    emitted = emissions(state, produced, emission_factor)
    return Outcome(
        people=state.people.copy(), value_added=value_added, sales=sales,
        wage=(np.array([produced.regional.workers_bill, produced.regional.talent_bill]) / m.people.T).T,
        employment=produced.employment, capital=produced.returns.capital,
        return_to_capital=produced.returns.return_to_capital, unit_profit=produced.returns.unit_profit,
        services=relative(state.services_stock / heads, state.constants.services_mean),
        infrastructure=relative(state.infrastructure_stock / heads, state.constants.infrastructure_mean),
        knowledge=state.knowledge.copy(), capital_price=produced.capital_price, services_price=produced.services_price,
        deflator=deflator, emissions_by_sector=emitted, emissions=emitted.sum(axis=1),
        charges=variable_cost_share(m) * (1.0 - m.keep) * sales,
        # Prices of the coming year, if they continue to change at the same rate.
        expected_deflator=deflator**2 / last, local_tax=local,
        revenue=own_revenue + budget.equalisation + budget.provincial,
        bids=state.bids, infrastructure_share=state.infrastructure_share, public_capital=state.infrastructure_stock,
        invested=produced.regional.saving * produced.crowding, investment_shares=m.savers_shares,
        public_revenue=produced.public_balance + outlay.sum(), savings=produced.regional.saving.sum(),
        real_value_added=made, growth=np.zeros(r) if before is None else np.log(made / before.real_value_added),
        people_hours=hours.people, information_hours=information,
        site_capital=state.firms.capital_by_site().sum(axis=1), site_value_added=part * value_added[host],
        site_local_tax=(part * local[host]).sum(axis=1), fund_capital=funds.copy(),
        fund_dividends=(funds / produced.owned * produced.regional.net_profit).sum(axis=1), cash=state.cash.copy(),
        mechanism_outlay=mechanism_outlay, price=np.exp(produced.log_price[:r]), exports=exports,
        adoption=adoption, gateway_via=via_of(state), goods_hours=hours.goods, gateway_hours=hours.gateway,
        foreign_inflow=m.foreign_inflow, research=research, services_unit=state.constants.services_mean,
        unemployment=1.0 - employment_rate(m, wage_of(m, produced.regional.workers_bill)), **_stocks(state), **late,
    )  # fmt: skip


def via_of(state: State) -> np.ndarray:
    """Return the region whose port goods to the world market pass, (R,) index; -1 without one."""
    net = state.world.network
    return gateway_via(state.links.hours.goods, net.internal_hours, state.links.terminals.port_hours(net))


def _in_the_base_year(state: State, produced: Production) -> dict[str, Any]:
    """Return what is known at the end of a year only (`LATE`), of the base year."""
    heads, regional, rent = state.people.sum(axis=1), produced.regional, np.ones(state.n)
    living = cost_of_living(state.structure.living, rent, state.parameters.households.housing_share)
    services = relative(state.services_stock / heads, state.constants.services_mean)
    return {
        "rent": rent, "real_income": regional.disposable_income / heads / living,
        "graduates": graduations(state, services),
    }  # fmt: skip


def _stocks(state: State) -> dict[str, Any]:
    return {
        "unregistered": state.unregistered.copy(), "debt": state.debt,
        "pollution": relative(state.pollution, state.constants.pollution),
        "treasury_owned": state.owners.treasuries.copy(),
    }  # fmt: skip


def at_the_end(state: State, produced: Production, migration: Migration) -> Outcome:
    """Return the outcome of the year with its final stocks, which mechanisms observe in the next.

    Production, payments and taxes do not change; stocks are those at the end of the year.
    """
    heads = state.people.sum(axis=1)
    return replace(
        state.outcome,
        people=state.people.copy(),
        capital=state.firms.totals()[1],
        services=relative(state.services_stock / heads, state.constants.services_mean),
        infrastructure=relative(state.infrastructure_stock / heads, state.constants.infrastructure_mean),
        public_capital=state.infrastructure_stock,
        knowledge=state.knowledge.copy(),
        cash=state.cash.copy(),
        site_capital=state.firms.capital_by_site().sum(axis=1),
        fund_capital=state.owners.funds.copy(),
        rent=migration.rent,
        real_income=produced.regional.disposable_income / migration.people_before.sum(axis=1) / migration.living,
        graduates=migration.graduates,
        **_stocks(state),
    )


def setting_of(state: State, prices: float, mechanisms: Sequence[str] = ()) -> Setting:
    """Return what all views of a year contain in addition to the outcome.

    Parameters
    ----------
    prices : float
        Nominal per base-year yuan, at which posts are paid.
    mechanisms : sequence of str
        Names of the mechanisms.
    """
    return Setting(
        state.year, state.world, state.parameters, state.accounts, state.links.hours, state.seed, prices,
        tuple(mechanisms),
    )  # fmt: skip
