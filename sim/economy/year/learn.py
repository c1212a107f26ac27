"""Phase learn: knowledge, services, infrastructure and the environment."""

from __future__ import annotations

import numpy as np

from sim.economy.relations import knowledge_links, leads, relative
from sim.economy.results import Connection, Learning, Migration, Policy, Production
from sim.economy.state import State


def learn(state: State, policy: Policy, connection: Connection, produced: Production, migration: Migration) -> Learning:
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
    linked = state.links.linked
    if connection.information is not state.links.hours.information:
        linked = np.exp(-learning.link_decay * connection.information)
    links = knowledge_links(linked, state.people[:, 1])
    q = state.knowledge
    # Region-specific barriers (or advantages) of the base year decay.
    residual = c.learning_residual * np.exp(-learning.barrier_decay * state.age)
    gain = learning.catch_up * absorb[:, None] * np.maximum(0.0, links @ q - q)
    if "knowledge_link" in act.posted:
        gain += learning.catch_up * absorb[:, None] * leads(act.wedges["knowledge_link"], q)
    state.knowledge = (1 - learning.forgetting) * q + gain + (learning.research * np.log(research))[:, None] + residual
    if "research" in act.posted:
        state.knowledge += learning.research * act.wedges["research"]
    emissions = state.outcome.emissions
    state.pollution = (
        learning.pollution_persistence * state.pollution
        + emissions / state.world.area_km2
        + learning.river_carry * (state.world.upstream @ state.pollution)
    )
    return Learning(emissions)
