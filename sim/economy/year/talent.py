"""Phase talent: workers and talent choose a city; births, deaths and graduations follow."""

from __future__ import annotations

import numpy as np

from sim.economy.firms.founding import draw_key
from sim.economy.relations import cost_of_living, moving_costs, relative
from sim.economy.state import State
from sim.kernels import random as rnd
from sim.kernels.flows import logit_shares, round_rows


def talent(state: State) -> None:
    """Workers and talent choose a city; births, deaths and graduations follow."""
    now, c, m = state.now, state.constants, state.parameters.migration
    heads = state.people.sum(axis=1)
    h = state.parameters.households
    spent = h.housing_share * now["book"][7] / now["deflator"]
    base = h.housing_share * state.base.book[7]
    now["rent"] = relative(spent, base) ** (1.0 / (1.0 + h.housing_supply_elasticity)) * now["deflator"]
    now["living"] = cost_of_living(state, now["log_price"], now["rent"])
    services = relative(state.services_stock / heads, c["services_mean"])
    first = c["pollution"]
    # A place without emissions stays as clean as it is.
    dirtier = relative(state.pollution, first)
    environment = dirtier**-state.parameters.learning.environment_weight
    now["services"], now["environment"] = services, environment
    now["people_before"] = state.people.copy()
    now["welfare"], now["flows"] = np.zeros((state.n, 2)), []
    extra = state.actions.wedges["amenity"] + np.log(environment)
    quality = m.services_weight * (np.log(services) + state.actions.wedges["services"])
    for group in range(2):
        eps = m.worker_elasticity if group == 0 else m.talent_elasticity
        mobility = m.worker_mobility if group == 0 else m.talent_mobility
        wage = now["book"][group] / state.people[:, group]
        value = eps * (np.log(wage / now["living"]) + c["amenity"][:, group] + quality + extra)
        cost = moving_costs(state, group) - state.actions.wedges["moving_cost"][group]
        size = state.world.people[:, group] ** (1 - m.size_persistence) * state.people[:, group] ** m.size_persistence
        shares = np.empty((state.n, state.n))
        logsum = logit_shares(size, value, cost, shares)
        now["welfare"][:, group] = logsum / eps
        flow = shares * (mobility * state.people[:, group])[:, None]
        if state.integer_moves:
            key = draw_key(state.seed, (rnd.WORKERS, rnd.TALENT)[group], state.year)
            round_rows(flow, rnd.uniforms(key, np.arange(state.n, dtype=np.uint64)))
        np.fill_diagonal(flow, 0.0)
        now["flows"].append(flow)
        inflow = flow.sum(axis=0)
        state.people[:, group] += inflow - flow.sum(axis=1)
        stay = 1.0 - m.departure_rate - m.right_rate
        state.unregistered[:, group] = np.minimum(state.unregistered[:, group] * stay + inflow, state.people[:, group])
    _demography(state, services)


def _demography(state: State, services: np.ndarray) -> None:
    now = state.now
    w, m = state.world, state.parameters.migration
    born = w.natural_rate[:, None] * state.people * state.demography
    graduates = w.graduation_rate * state.people[:, 0] * services**m.graduation_response * state.demography
    state.people = state.people + born
    state.people[:, 0] -= graduates
    state.people[:, 1] += graduates
    now["born"], now["graduates"] = born, graduates
