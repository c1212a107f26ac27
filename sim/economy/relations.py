"""What follows from the state of a year: productivity, density, costs of moving and living, links."""

from __future__ import annotations

import numpy as np

from sim.economy.state import State
from sim.kernels.market import Market


def log_productivity(state: State) -> np.ndarray:
    """Return log value-added productivity (R, S) without policy wedges, from last year's state."""
    p, c = state.parameters.production, state.constants
    heads = state.people.sum(axis=1)
    dense = density(state, heads)
    infrastructure = relative(state.infrastructure_stock / heads, c["infrastructure_mean"])
    employment = state.outcome["employment"]
    return (
        c["log_technology"]
        + p.density_elasticity * np.log(dense / c["market_density"])[:, None]
        + p.scale_elasticity * np.log(employment / c["employment"])
        + p.infrastructure_elasticity * np.log(infrastructure)[:, None]
        + state.knowledge
        + frontier(state)
        + momentum(state)[:, None]
    )


def frontier(state: State) -> float:
    """Return log growth of the frontier since the base year; its rate falls over ``growth_years``."""
    g, t = state.parameters.learning, float(state.age)
    ramp = min(t, g.growth_years)
    slope = (g.growth_later - g.growth_now) / g.growth_years
    return g.growth_now * ramp + 0.5 * slope * ramp**2 + g.growth_later * (t - ramp)


def momentum(state: State) -> np.ndarray:
    """Return log productivity (R,) from growth before the base year that goes on and fades."""
    g, t = state.parameters.learning, float(state.age)
    years = t if g.momentum_decay == 0 else -np.expm1(-g.momentum_decay * t) / g.momentum_decay
    return g.momentum * years * state.world.growth_trend


def labour_share_of_sectors(market: Market, sales: np.ndarray) -> np.ndarray:
    """Return the (R, S) persons employed by sector, people split by labour cost."""
    r = len(market.people)
    theta = (market.sigma - 1.0) / market.sigma
    cost = theta * (1.0 - market.iota) * sales[:r]
    workers, talent = (1.0 - market.eta) * cost, market.eta * cost + (1.0 - market.kappa) / market.sigma * sales[:r]
    return market.people[:, :1] * workers / workers.sum(axis=1, keepdims=True) + market.people[
        :, 1:
    ] * talent / talent.sum(axis=1, keepdims=True)


def relative(amount: np.ndarray, base: np.ndarray | float) -> np.ndarray:
    """Return an amount over its base-year value; 1 where there was none, such as services without taxes."""
    base = np.broadcast_to(np.asarray(base, dtype=float), np.shape(amount))
    return np.divide(amount, base, out=np.ones(base.shape), where=base > 0)


def density(state: State, people: np.ndarray) -> np.ndarray:
    """Return discounted density (R,), persons per km2; unchanged when a city is split on the map."""
    hours, decay = state.hours.people, state.parameters.production.density_decay
    weight = state.since(hours, "near", lambda: np.exp(-decay * hours))
    return (weight @ people) / (weight @ state.world.land)


def moving_costs(state: State, group: int) -> np.ndarray:
    """Return the (R, R) log-odds cost of moving of a skill group, zero on the diagonal."""
    m, hours = state.parameters.migration, state.hours.people
    fixed = m.worker_moving_cost if group == 0 else m.talent_moving_cost
    away = 1.0 - np.eye(state.n)
    # A newcomer has no residence right: that costs as much as this share of consumption (Ma & Tang 2020).
    rights = (m.worker_elasticity if group == 0 else m.talent_elasticity) * np.log1p(state.world.residence_cost)
    far = state.since(hours, "far", lambda: np.log1p(hours))
    return away * (fixed + m.distance_cost * far + rights[None, :])


def knowledge_links(state: State, wedge: np.ndarray | float = 0.0) -> np.ndarray:
    """Return the (R, R) knowledge links, rows sum to 1: talent there, discounted by information hours."""
    hours, decay = state.hours.information, state.parameters.learning.link_decay
    weight = state.people[None, :, 1] * state.since(hours, "linked", lambda: np.exp(-decay * hours))
    if np.any(wedge):
        weight *= np.exp(wedge)
    return weight / weight.sum(axis=1, keepdims=True)


def cost_of_living(state: State, log_price: np.ndarray, rent: np.ndarray) -> np.ndarray:
    """Return the (R,) consumer deflator with housing."""
    h = state.parameters.households.housing_share
    return np.exp((1.0 - h) * (log_price[: state.n] @ state.base.market.consumption) + h * np.log(rent))
