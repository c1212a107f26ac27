"""The outcome of a past year that mechanisms and cities may observe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.policy.quantity import of, quantities


@dataclass(frozen=True)
class Outcome:
    """The outcome of a year; R regions, S sectors, A accounts. Nominal unless real is said."""

    people: np.ndarray = of("(R, 2)", "persons")
    value_added: np.ndarray = of("(R, S)", "million yuan/yr")
    sales: np.ndarray = of("(R, S)", "million yuan/yr")
    wage: np.ndarray = of("(R, 2)", "million yuan per person and year")
    employment: np.ndarray = of("(R, S)", "persons")
    capital: np.ndarray = of("(R, S)", "million yuan, real")
    return_to_capital: np.ndarray = of("(R, S)", "1/yr")
    unit_profit: np.ndarray = of("(R, S)", "1")
    services: np.ndarray = of("(R,)", "per head, base-year national mean 1")
    infrastructure: np.ndarray = of("(R,)", "per head, base-year national mean 1")
    knowledge: np.ndarray = of("(R, S)", "log")
    capital_price: np.ndarray = of("(R,)", "1")
    services_price: np.ndarray = of("(R,)", "1")
    deflator: float = of("", "base year 1")
    expected_deflator: float = of("", "of the year being decided; amounts in base-year yuan are paid times this")
    emissions: np.ndarray = of("(R,)", "kt CO2/yr")
    emissions_by_sector: np.ndarray = of("(R, S)", "kt CO2/yr")
    charges: np.ndarray = of("(R, S)", "million yuan/yr, unit charges paid; negative: subsidies received")
    local_tax: np.ndarray = of("(R, S)", "million yuan/yr")
    revenue: np.ndarray = of("(R,)", "million yuan/yr, of treasuries, transfers included")
    bids: np.ndarray = of("(R,)", "1, of local taxes that cities refund to firms")
    infrastructure_share: np.ndarray = of("(R,)", "1, of each city's ordinary spending")
    public_capital: np.ndarray = of("(R,)", "million yuan, real")
    public_revenue: float = of("", "million yuan/yr, of all public accounts")
    savings: float = of("", "million yuan/yr, of all households")
    invested: np.ndarray = of("(R,)", "million yuan/yr, by the savers of each region")
    investment_shares: np.ndarray = of("(R, R)", "1, of what savers in i invest, to j")
    real_value_added: np.ndarray = of("(R,)", "million yuan/yr, real")
    growth: np.ndarray = of("(R,)", "log change of real value added in a year")
    people_hours: np.ndarray = of("(R, R)", "h")
    information_hours: np.ndarray = of("(R, R)", "h")
    site_capital: np.ndarray = of("(n_sites,)", "million yuan, real")
    site_value_added: np.ndarray = of("(n_sites, S)", "million yuan/yr")
    site_local_tax: np.ndarray = of("(n_sites,)", "million yuan/yr")
    fund_capital: np.ndarray = of("(n_funds, R)", "million yuan, real")
    fund_dividends: np.ndarray = of("(n_funds,)", "million yuan/yr")
    cash: np.ndarray = of("(A,)", "million yuan, of funds, sites, purses, provinces and the nation")
    mechanism_outlay: np.ndarray = of("(M, R)", "million yuan/yr, real, by mechanism in the order of names")
    price: np.ndarray = of("(R, S)", "1, price indices of the composites of sectors")
    exports: np.ndarray = of("(R, S)", "million yuan/yr, to the world market")
    gateway_via: np.ndarray = of("(R,)", "index of the region whose port goods to the world market pass, -1 without")
    goods_hours: np.ndarray = of("(R, R)", "h")
    gateway_hours: np.ndarray = of("(R,)", "h, of goods to the world market")
    adoption: np.ndarray = of("(R, R)", "log, of the rate at which j copies reforms of i, by policy")
    foreign_inflow: np.ndarray = of("(R,)", "million yuan/yr, investment from abroad")
    research: np.ndarray = of("(R,)", "million yuan/yr, public")
    services_unit: float = of("", "million yuan per person, real, stock of services where services are 1")
    unemployment: np.ndarray = of("(R,)", "1, of workers")
    unregistered: np.ndarray = of("(R, 2)", "persons")
    debt: np.ndarray = of("(R,)", "million yuan, real, of treasuries; negative: deposits")
    pollution: np.ndarray = of("(R,)", "1, relative to the base year")
    treasury_owned: np.ndarray = of("(R, R)", "million yuan, real, capital in j that the treasury of i owns")
    # Known at the end of a year only: in phase `settle` they are those of the year before.
    rent: np.ndarray = of("(R,)", "1, of housing, base year 1")
    real_income: np.ndarray = of("(R,)", "million yuan per person and year, real, disposable, at local prices")
    graduates: np.ndarray = of("(R,)", "persons/yr, workers who become talent")


OUTCOME = quantities(Outcome)
