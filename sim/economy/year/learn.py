"""Phase learn: knowledge, services, infrastructure and the environment."""

from __future__ import annotations

import numpy as np

from sim.economy.relations import knowledge_links, relative
from sim.economy.results import Learning, Migration, Policy, Production
from sim.economy.state import State


def learn(state: State, policy: Policy, produced: Production, migration: Migration) -> Learning:
    """Update knowledge, services, infrastructure and the environment."""
    act, c, g, learning = policy.actions, state.constants, state.parameters.government, state.parameters.learning
    services = (policy.services + act.adds_services) / produced.services_price
    infrastructure = (policy.infrastructure + act.adds_infrastructure) / produced.capital_price
    state.services_stock = (1 - g.services_depreciation) * state.services_stock + services
    state.infrastructure_stock = (1 - g.infrastructure_depreciation) * state.infrastructure_stock + infrastructure
    before = migration.people_before
    heads = before.sum(axis=1)
    absorb = np.minimum(learning.absorption_cap, before[:, 1] / heads / (before[:, 1].sum() / heads.sum()))
    research = np.maximum(learning.research_floor, relative(policy.research / heads, c.research_per_head))
    links = knowledge_links(state.links, state.people[:, 1], act.wedges["knowledge_link"])
    q = state.knowledge
    # Region-specific barriers (or advantages) of the base year decay.
    residual = c.learning_residual * np.exp(-learning.barrier_decay * state.age)
    gain = learning.catch_up * absorb[:, None] * np.maximum(0.0, links @ q - q)
    state.knowledge = (1 - learning.forgetting) * q + gain + (learning.research * np.log(research))[:, None] + residual
    # Output is sales over the price of the producer, which is in proportion to unit cost.
    output = produced.sales[:-1] * np.exp(c.log_cost - produced.log_cost)
    intensity = state.world.emission_intensity * np.exp(-learning.emission_decline * state.age)
    emissions = (intensity * output * np.exp(act.wedges["emission_factor"])).sum(axis=1)
    state.pollution = (
        learning.pollution_persistence * state.pollution
        + emissions / state.world.area_km2
        + learning.river_carry * (state.world.upstream @ state.pollution)
    )
    return Learning(emissions)
