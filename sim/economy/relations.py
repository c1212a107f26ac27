"""Relations of the model: productivity, density, costs of moving and living, knowledge links."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.economy.links import Links
from sim.economy.results import Production
from sim.economy.state import Constants, State
from sim.economy.structure import sector_growth
from sim.kernels.accounts import RegionalAccounts, variable_cost_share
from sim.kernels.market import Market, employment_rate, wage_of
from sim.kernels.products import spread_one
from sim.parameters import Learning, Migration
from sim.world import World

# Largest change of the log of discounted people by travel times.
FASTEST = 0.5
KM = 100.0  # unit of distance in the cost of moving


def relative(amount: np.ndarray, base: np.ndarray | float) -> np.ndarray:
    """Return an amount over its base-year value; 1 where there was none, such as services without taxes."""
    base = np.broadcast_to(np.asarray(base, dtype=float), np.shape(amount))
    return np.divide(amount, base, out=np.ones(base.shape), where=base > 0)


def log_productivity(state: State) -> np.ndarray:
    """Return log value-added productivity (R, S) without policy wedges, from last year's state."""
    p, c = state.parameters.production, state.constants
    heads = state.people.sum(axis=1)
    infrastructure = relative(state.infrastructure_stock / heads, c.infrastructure_mean)
    return (
        c.log_technology
        + p.density_elasticity * log_density(state.links, c, heads)[:, None]
        + p.scale_elasticity * np.log(state.outcome.employment / c.employment)
        + p.infrastructure_elasticity * np.log(infrastructure)[:, None]
        + state.knowledge
        + frontier(state.parameters.learning, state.age)
        + sector_growth(state.parameters.learning, state.world) * state.age
        + momentum(state.parameters.learning, state.age, state.world.growth_trend)[:, None]
    )


def frontier(learning: Learning, age: int) -> float:
    """Return log growth of the frontier since the base year; its rate falls over ``growth_years``."""
    t = float(age)
    ramp = min(t, learning.growth_years)
    slope = (learning.growth_later - learning.growth_now) / learning.growth_years
    return learning.growth_now * ramp + 0.5 * slope * ramp**2 + learning.growth_later * (t - ramp)


def momentum(learning: Learning, age: int, trend: np.ndarray) -> np.ndarray:
    """Return log productivity (R,) from growth before the base year, ``trend`` (R,) 1/yr, that continues and decays."""
    t = float(age)
    years = t if learning.momentum_decay == 0 else -np.expm1(-learning.momentum_decay * t) / learning.momentum_decay
    return learning.momentum * years * trend


class ForeignTrade(NamedTuple):
    """Trade with the world market, million yuan/yr."""

    exports: np.ndarray  # (R, S)
    exported: float  # their sum
    imported: float


def foreign_trade(market: Market, sales: np.ndarray, spent: np.ndarray, log_price: np.ndarray) -> ForeignTrade:
    """Return trade with the world market, given sales, expenditure and log prices, (N, S) each.

    Exports are sales times the gateway's part of demand, ``phi_ix E_x P_x^(sigma-1) / sum_j phi_ij E_j P_j^(sigma-1)``.
    """
    r, power = len(market.people), 1.0 - market.sigma
    exports, exported, imported = np.empty((r, sales.shape[1])), 0.0, 0.0
    for s in range(sales.shape[1]):
        phi, back = market.freeness[market.trade_class[s]], market.freeness_transposed[market.trade_class[s]]
        pressure = spent[:, s] * np.exp(-power * log_price[:, s])
        supply = sales[:, s] / spread_one(back, pressure)
        abroad = supply[:r] * phi[:r, r]
        exports[:, s] = abroad * pressure[r]
        exported += abroad.sum() * pressure[r]
        imported += supply[r] * (phi[r, :r] * pressure[:r]).sum()
    return ForeignTrade(exports, exported, imported)


def employment_by_sector(market: Market, sales: np.ndarray) -> np.ndarray:
    """Return the (R, S) persons employed by sector, the employed split by labour cost."""
    r = len(market.people)
    cost = variable_cost_share(market) * market.keep * (1.0 - market.iota) * sales[:r]
    workers, talent = (1.0 - market.eta) * cost, market.eta * cost + (1.0 - market.kappa) / market.sigma * sales[:r]
    rate = employment_rate(market, wage_of(market, workers.sum(axis=1)))
    employed = market.people * np.column_stack([rate, np.ones(r)])
    return employed[:, :1] * workers / workers.sum(axis=1, keepdims=True) + employed[:, 1:] * talent / talent.sum(
        axis=1, keepdims=True
    )


def log_unit_cost(market: Market, log_price: np.ndarray, regional: RegionalAccounts) -> np.ndarray:
    """Return log unit cost (R, S) at log prices (N, S) and the wages that labour costs imply."""
    r = len(market.people)
    workers, talent = wage_of(market, regional.workers_bill), np.log(regional.talent_bill / market.people[:, 1])
    labour = (1 - market.eta) * workers[:, None] + market.eta * talent[:, None] - np.log(market.productivity[:r])
    return (1 - market.iota) * labour + market.iota * (log_price[:r] @ market.input_output.T)


def emissions(state: State, produced: Production, factor: np.ndarray) -> np.ndarray:
    """Return emissions (R, S), kt CO2/yr, from output, which is sales over the price of the producer.

    Parameters
    ----------
    factor : (R, S) log
        Of policy on emissions per output.
    """
    output = produced.sales[:-1] * np.exp(state.constants.log_cost - produced.log_cost)
    intensity = state.world.emission_intensity * np.exp(-state.parameters.learning.emission_decline * state.age)
    return intensity * output * np.exp(factor) if factor.any() else intensity * output


def log_density(links: Links, constants: Constants, people: np.ndarray) -> np.ndarray:
    """Return the log of discounted people (R,) over their base-year number.

    Travel times other than those of the base year change it by at most `FASTEST`: beyond, what faster links have been
    observed to do does not carry over.
    """
    near = constants.near @ people
    change = np.log(near / constants.people_near)
    if links.near is constants.near:
        return change
    return change + np.clip(np.log(links.near @ people / near), -FASTEST, FASTEST)


def moving_costs(world: World, log_hours: np.ndarray, m: Migration, group: int) -> np.ndarray:
    """Return the (R, R) log-odds cost of moving of a skill group; zero between regions of one home label.

    Parameters
    ----------
    world : World
    log_hours : (R, R) float
        ``ln(1 + hours)`` of people.
    m : Migration
    group : {0, 1}
        Workers, talent.
    """
    fixed = m.worker_moving_cost if group == 0 else m.talent_moving_cost
    away = (world.home[:, None] != world.home[None, :]).astype(float)
    # A migrant has no residence right, which costs the equivalent of this share of consumption (Ma & Tang 2020).
    rights = (m.worker_elasticity if group == 0 else m.talent_elasticity) * np.log1p(world.residence_cost)
    distance = m.distance_cost * log_hours + m.kilometre_cost * np.log1p(world.distances / KM)
    return away * (fixed + distance + m.provincial_cost * world.across_provinces + rights[None, :])


def without_local_moves(shares: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Let those who choose another part of the same place stay, in place: shares or flows (R, R), labels (R,)."""
    same = home[:, None] == home[None, :]
    if np.count_nonzero(same) > len(home):
        stay = (shares * same).sum(axis=1)
        shares[same] = 0.0
        np.fill_diagonal(shares, stay)
    return shares


def knowledge_links(linked: np.ndarray, talent: np.ndarray) -> np.ndarray:
    """Return the (R, R) knowledge links, rows sum to 1: ``talent`` (R,) there times distance weights ``linked``."""
    weight = talent[None, :] * linked
    return weight / weight.sum(axis=1, keepdims=True)


def leads(links: np.ndarray, knowledge: np.ndarray) -> np.ndarray:
    """Return the leads (R, S) of partners in knowledge (R, S), by the additional links (S, R, R) of policy."""
    out = np.empty_like(knowledge)
    for s, link in enumerate(links):
        q = knowledge[:, s]
        out[:, s] = (link * np.maximum(0.0, q[None, :] - q[:, None])).sum(axis=1)
    return out


def graduations(state: State, services: np.ndarray) -> np.ndarray:
    """Return the (R,) workers who become talent in a year, given services per head relative to the nation."""
    m, counts = state.parameters.migration, state.setup.demography
    return state.world.graduation_rate * state.people[:, 0] * services**m.graduation_response * counts


def cost_of_living(log_goods: np.ndarray, rent: np.ndarray, housing: float) -> np.ndarray:
    """Return the (R,) consumer deflator: log price of other consumption, and rent with the share ``housing``."""
    return np.exp((1.0 - housing) * log_goods + housing * np.log(rent))
