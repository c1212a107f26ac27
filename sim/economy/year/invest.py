"""Phase invest: savers choose where their savings go."""

from __future__ import annotations

import numpy as np

from sim.economy.firms.sites import sites_now, vacancies
from sim.economy.frictions import investor_friction
from sim.economy.state import State
from sim.kernels.flows import logit_shares


def invest(state: State) -> None:
    """Savers choose where their savings go, from last year's returns."""
    now, k = state.now, state.parameters.capital
    by_sector = state.outcome["capital"]
    capital = by_sector.sum(axis=1)
    gross = (gross_return(state) * by_sector).sum(axis=1) / capital
    value = k.return_elasticity * np.log(gross) + state.base.investment_residual
    hours = now["information"]
    friction = state.since(hours, "friction", lambda: investor_friction(hours, state.parameters))
    cost = friction - state.actions.wedges["capital_return"]
    shares = np.empty((state.n, state.n))
    _, _, room = sites_now(state)
    # Savers see vacant plots of sites as they see plots in use.
    places = capital.copy()
    np.add.at(places, state.accounts.site_host, vacancies(state, room).sum(axis=1))
    logit_shares(places, value, cost, shares)
    now["savers_shares"] = shares
    inflow = np.exp(value) * places
    now["inflow_shares"] = inflow / inflow.sum()


def gross_return(state: State) -> np.ndarray:
    """Return last year's after-tax gross return (R, S), 1/yr."""
    return state.outcome["return_to_capital"] + state.parameters.capital.depreciation
