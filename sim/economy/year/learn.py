"""Phase learn: knowledge, services, infrastructure and the environment move on."""

from __future__ import annotations

import numpy as np

from sim.economy.relations import knowledge_links, relative
from sim.economy.state import State


def learn(state: State) -> None:
    """Knowledge, services, infrastructure and the environment move on."""
    now, act, c = state.now, state.actions, state.constants
    g, learning = state.parameters.government, state.parameters.learning
    services = (now["city_services"] + now["research"] + now["programmes"] + act.adds_services) / now["services_price"]
    infrastructure = (now["infrastructure_spending"] + act.adds_infrastructure) / now["capital_price"]
    state.services_stock = (1 - g.services_depreciation) * state.services_stock + services
    state.infrastructure_stock = (1 - g.infrastructure_depreciation) * state.infrastructure_stock + infrastructure
    heads = now["people_before"].sum(axis=1)
    share = now["people_before"][:, 1] / heads
    absorb = np.minimum(learning.absorption_cap, share / (now["people_before"][:, 1].sum() / heads.sum()))
    research = np.maximum(learning.research_floor, relative(now["research"] / heads, c["research_per_head"]))
    links = knowledge_links(state, act.wedges["knowledge_link"])
    q = state.knowledge
    # What held a region back (or up) in the base year fades.
    held = c["learning_residual"] * np.exp(-learning.barrier_decay * state.age)
    gain = learning.catch_up * absorb[:, None] * np.maximum(0.0, links @ q - q)
    state.knowledge = (1 - learning.forgetting) * q + gain + (learning.research * np.log(research))[:, None] + held
    intensity = state.world.emission_intensity * np.exp(-learning.emission_decline * state.age)
    volume = now["sales"][:-1] / np.exp(now["log_price"][:-1])
    now["emissions"] = (intensity * volume).sum(axis=1) * np.exp(act.wedges["emission_factor"])
    state.pollution = (
        learning.pollution_persistence * state.pollution
        + now["emissions"] / state.world.area_km2
        + learning.river_carry * (state.world.upstream @ state.pollution)
    )
