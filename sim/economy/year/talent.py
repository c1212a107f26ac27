"""Phase talent: migration of workers and talent; births, deaths and graduations."""

from __future__ import annotations

import numpy as np

from sim.economy.commuting import labour_incomes
from sim.economy.firms.founding import draw_key
from sim.economy.relations import cost_of_living, graduations, moving_costs, relative, without_local_moves
from sim.economy.results import Migration, Policy, Production
from sim.economy.state import State
from sim.kernels import random as rnd
from sim.kernels.flows import logit_shares, round_rows


def talent(state: State, policy: Policy, produced: Production) -> Migration:
    """Let workers and talent choose a city; then apply births, deaths and graduations."""
    c, h = state.constants, state.parameters.households
    before = state.people.copy()
    heads = before.sum(axis=1)
    spent = h.housing_share * produced.regional.consumption / produced.deflator
    spent = spent * np.exp(-policy.actions.wedges["housing"])
    base = h.housing_share * state.base.regional.consumption
    rent = relative(spent, base) ** (1.0 / (1.0 + h.housing_supply_elasticity)) * produced.deflator
    living = cost_of_living(state.structure.living, rent, h.housing_share)
    services = relative(state.services_stock / heads, c.services_mean)
    # In a region without emissions the environment is constant.
    environment = relative(state.pollution, c.pollution) ** -state.parameters.learning.environment_weight
    wedges = policy.actions.wedges
    extra = wedges["amenity"] + np.log(environment)
    m, quality = state.parameters.migration, np.log(services) + wedges["services"]
    # Net migration of the base year fades, as the past of a region says less and less about its future.
    faded = -np.expm1(-m.target_fade * state.age)
    amenity = c.amenity + (c.lasting_amenity - c.amenity) * faded
    welfare, flows = np.zeros((state.n, 2)), []
    for group, earned in enumerate(labour_incomes(produced.market, produced.regional)):
        weight = m.services_weight / (m.worker_elasticity if group == 0 else m.talent_elasticity)
        value = np.log(earned / state.people[:, group] / living) + amenity[:, group] + weight * quality + extra
        rights = policy.actions.rights[:, group]
        flow, welfare[:, group] = _moves(state, group, value, wedges["moving_cost"][group], rights)
        flows.append(flow)
    born, graduates = _demography(state, services, wedges["graduation"])
    return Migration(
        people_before=before,
        workers_flow=flows[0],
        talent_flow=flows[1],
        welfare=welfare,
        rent=rent,
        living=living,
        services=services,
        environment=environment,
        born=born,
        graduates=graduates,
    )


def _moves(
    state: State, group: int, value: np.ndarray, wedge: np.ndarray, rights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Move people of a skill group; return flows (R, R) and welfare (R,).

    Parameters
    ----------
    value : (R,) log
        Value of living in each city, before costs of moving.
    wedge : (R, R) log odds
        Reduction of costs of moving by policy.
    rights : (R,) persons
        Granted by policy to people who lack the rights of residents.
    """
    m = state.parameters.migration
    eps = m.worker_elasticity if group == 0 else m.talent_elasticity
    mobility = m.worker_mobility if group == 0 else m.talent_mobility
    cost = moving_costs(state.world, state.links.log_hours, m, group) - wedge
    size = state.world.people[:, group] ** (1 - m.size_persistence) * state.people[:, group] ** m.size_persistence
    shares = np.empty((state.n, state.n))
    logsum = logit_shares(size, eps * value, cost, shares)
    flow = shares * (mobility * state.people[:, group])[:, None]
    without_local_moves(flow, state.world.home)
    if state.setup.integer_moves:
        key = draw_key(state.seed, (rnd.WORKERS, rnd.TALENT)[group], state.year)
        round_rows(flow, rnd.uniforms(key, np.arange(state.n, dtype=np.uint64)))
    np.fill_diagonal(flow, 0.0)
    inflow = flow.sum(axis=0)
    state.people[:, group] += inflow - flow.sum(axis=1)
    stay = 1.0 - m.departure_rate - m.right_rate
    lacking = np.maximum(0.0, state.unregistered[:, group] * stay - rights)
    state.unregistered[:, group] = np.minimum(lacking + inflow, state.people[:, group])
    return flow, logsum / eps


def _demography(state: State, services: np.ndarray, wedge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Apply births, deaths and graduations; return births less deaths (R, 2) and graduates (R,).

    Parameters
    ----------
    services : (R,) float
        Per head, relative to the nation of the base year.
    wedge : (R,) log
        Of policy on graduations.
    """
    born = state.world.natural_rate[:, None] * state.people * state.setup.demography
    graduates = graduations(state, services) * np.exp(wedge)
    state.people = state.people + born
    state.people[:, 0] -= graduates
    state.people[:, 1] += graduates
    return born, graduates
