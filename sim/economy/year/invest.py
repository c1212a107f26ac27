"""Phase invest: allocation of savings to regions."""

from __future__ import annotations

import numpy as np

from sim.economy.frictions import investor_friction
from sim.economy.results import Connection, Placement, Policy
from sim.economy.returns import gross_return
from sim.economy.sites import savers_mass, sites_now, steering, vacancies
from sim.economy.state import State
from sim.kernels.flows import logit_shares


def invest(state: State, policy: Policy, connection: Connection) -> Placement:
    """Allocate savings to regions, by last year's returns."""
    act = policy.actions
    by_sector = state.returns.capital
    capital = by_sector.sum(axis=1)
    gross = (gross_return(state) * by_sector).sum(axis=1) / capital
    value = state.parameters.capital.return_elasticity * np.log(gross) + state.base.investment_residual
    hours = connection.information
    friction = state.links.friction
    if hours is not state.links.hours.information:
        friction = investor_friction(hours, state.world.home, state.base.home_bias, state.parameters)
    shares = np.empty((state.n, state.n))
    _, _, room = sites_now(state, act)
    # Vacant capacity of sites attracts savers as capital in use does.
    mass = savers_mass(state, capital, state.base.capital.sum(axis=1))
    if "investment" in act.posted:
        mass *= (by_sector * steering(act)).sum(axis=1) / capital
    np.add.at(mass, state.accounts.site_host, vacancies(state, act, room).sum(axis=1))
    logit_shares(mass, value, friction - act.wedges["capital_return"], shares)
    inflow = np.exp(value) * mass
    inflow = inflow / inflow.sum()
    if "foreign_capital" in act.posted:
        pulled = inflow * np.exp(act.wedges["foreign_capital"])
        inflow = pulled * pulled.sum() ** (state.parameters.capital.foreign_created - 1.0)
    return Placement(shares, inflow)
