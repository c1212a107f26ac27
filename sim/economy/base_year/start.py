"""How a run begins: the state of the base year."""

from __future__ import annotations

import numpy as np

from sim.catalogue import GROUPS, ZONES
from sim.economy.base_year.inversion import first_solution, solve_base
from sim.economy.firms.steps import Firms
from sim.economy.relations import (
    cost_of_living,
    density,
    knowledge_links,
    labour_share_of_sectors,
    moving_costs,
    relative,
)
from sim.economy.state import State
from sim.kernels.flows import logit_shares
from sim.parameters import Parameters
from sim.policy.accounts import Accounts, Ledger
from sim.world import World, first_hours


def start_state(
    world: World, parameters: Parameters, seed: int, n_agents: int, accounts: Accounts, *, demography: bool = True,
    integer_moves: bool = True, records_flows: bool = True, records_payments: bool = True,
) -> State:  # fmt: skip
    """Build the base year: inversion, firms, ownership, stocks and residual amenities."""
    edges, hours = first_hours(world)
    base = solve_base(world, hours, parameters)
    firms = Firms.create(
        base.capital, n_agents, world.real_firms, parameters.production.sigma, parameters.industry, seed,
        (parameters.capital.state_share, 1.0 - parameters.capital.state_share - parameters.capital.foreign_share,
         parameters.capital.foreign_share), base_year=world.year, host=accounts.site_host,
    )  # fmt: skip
    r, s = world.value_added.shape
    g = parameters.government
    people = world.people.astype(float)
    heads = people.sum(axis=1)
    solution = first_solution(base, world)
    services_price = np.exp(np.log(base.prices[:r]) @ world.government_basket)
    capital_price = np.exp(np.log(base.prices[:r]) @ world.investment_basket)
    market = base.market
    services = (market.services_purchases / services_price) / (g.services_depreciation + base.growth)
    infrastructure = (market.investment_purchases / capital_price) / (g.infrastructure_depreciation + base.growth)
    state = State(
        world, parameters, base, accounts, Ledger(accounts, records_payments), firms, edges, hours, world.year, seed,
        people, world.unregistered.astype(float), {k: v.copy() for k, v in base.owners.items()}, services,
        infrastructure,
        np.zeros((r, s)), np.zeros(r), base.debt.copy(), np.zeros(len(accounts)), base.revenue, solution,
        np.full(r, g.infrastructure_share), np.zeros(r), demography, integer_moves, records_flows,
        (world.network.open_by(world.year), (), {}),
    )  # fmt: skip
    state.owners["funds"] = np.zeros((len(accounts.fund), r))
    c = state.constants
    c["firm_weight"] = _firm_weight(firms)
    c["services_mean"] = services.sum() / heads.sum()
    c["infrastructure_mean"] = infrastructure.sum() / heads.sum()
    c["market_density"] = density(state, heads)
    c["employment"] = labour_share_of_sectors(market, base.sales)
    c["spend_weight"] = base.spent[:r] / base.spent[:r].sum()
    c["value_added_per_head"] = base.market.value_added_target / heads.sum()
    c["capital_price"] = capital_price
    c["zone"] = np.array([ZONES.index(zone) for zone in world.regions["zone"]])
    _technology(state, capital_price)
    _learning(state)
    _amenities(state)
    return state


def _firm_weight(firms: Firms) -> np.ndarray:
    """Real firms that an agent of a cell stands for when it is founded, (R, S): as on the first day."""
    count, _, real = firms.totals()
    mean = real.sum(axis=0) / np.maximum(count.sum(axis=0), 1.0)
    return np.where(count > 0, real / np.maximum(count, 1.0), mean)


def _technology(state: State, capital_price: np.ndarray) -> None:
    """Find technology such that unit costs give the inverted supply; split off knowledge."""
    w, base, p = state.world, state.base, state.parameters.production
    r = state.n
    quality, _ = state.firms.productive_capital(np.zeros((len(state.accounts.site), base.capital.shape[1])))
    kappa = p.capital_share_of_profit
    profit = base.sales[:r] / p.sigma
    talent_wage = base.book[1] / state.people[:, 1]
    state.constants["composite"] = (1.0 - kappa) * profit / talent_wage[:, None] if kappa < 1 else np.ones_like(profit)
    capacity = quality**kappa * state.constants["composite"] ** (1.0 - kappa)
    log_cost = np.log(base.market.capacity[:r] / capacity) / (1.0 - p.sigma)
    log_price = np.log(base.prices[:r])
    inputs = log_price @ w.input_output.T
    eta = base.market.eta
    labour = (1 - eta) * np.log(base.book[0] / state.people[:, 0])[:, None] + eta * np.log(talent_wage)[:, None]
    log_a = labour - (log_cost - w.intermediate_share * inputs) / (1.0 - w.intermediate_share)
    infra = relative(state.infrastructure_stock / state.people.sum(axis=1), state.constants["infrastructure_mean"])
    w_share = state.parameters.learning.knowledge_share
    state.knowledge = w_share * (log_a - log_a.mean(axis=0))
    state.constants["log_technology"] = log_a - state.knowledge - p.infrastructure_elasticity * np.log(infra)[:, None]


def _learning(state: State) -> None:
    c, learning = state.constants, state.parameters.learning
    talent = state.people[:, 1] / state.people.sum(axis=1)
    c["talent_share"] = state.people[:, 1].sum() / state.people.sum()
    c["absorb"] = np.minimum(learning.absorption_cap, talent / c["talent_share"])
    ahead = np.maximum(0.0, knowledge_links(state) @ state.knowledge - state.knowledge)
    gain = learning.catch_up * c["absorb"][:, None] * ahead
    c["learning_residual"] = learning.forgetting * state.knowledge - gain
    g = state.parameters.government
    research = state.base.budget.appropriation * (1.0 - g.services_share - g.infrastructure_share)
    c["research_per_head"] = research / state.people.sum(axis=1)
    emissions = (state.world.emission_intensity * state.base.sales[:-1] / state.base.prices[:-1]).sum(axis=1)
    state.pollution = c["pollution"] = np.linalg.solve(
        (1.0 - learning.pollution_persistence) * np.eye(state.n) - learning.river_carry * state.world.upstream,
        emissions / state.world.area_km2,
    )


def _amenities(state: State) -> None:
    """Find amenities such that expected net migration of the base year is the target.

    Targets are clipped at 0.8 of the people who reconsider.
    """
    m = state.parameters.migration
    c = state.constants
    c["amenity"] = np.zeros((state.n, 2))
    rent = np.ones(state.n)
    living = cost_of_living(state, np.log(state.base.prices), rent)
    services = relative(state.services_stock / state.people.sum(axis=1), c["services_mean"])
    shares = np.empty((state.n, state.n))
    c["clipped"] = 0
    for group, _ in enumerate(GROUPS):
        eps = m.worker_elasticity if group == 0 else m.talent_elasticity
        mobile = (m.worker_mobility if group == 0 else m.talent_mobility) * state.people[:, group]
        wage = state.base.book[group] / state.people[:, group]
        value = eps * (np.log(wage / living) + m.services_weight * np.log(services))
        limit = 0.8 * mobile
        wanted = m.target_scale * state.world.migration_target[:, group]
        c["clipped"] += int((np.abs(wanted) > limit).sum())
        target = np.clip(wanted, -limit, limit)
        target = target - target.sum() * mobile / mobile.sum()
        goal = mobile + target
        cost = moving_costs(state, group)
        size = state.people[:, group].copy()  # in one piece, as everywhere: else the kernel is compiled twice
        amenity = np.zeros(state.n)
        for _ in range(2000):
            logit_shares(size, value + amenity, cost, shares)
            arrivals = mobile @ shares
            step = np.log(goal / arrivals)
            amenity += step
            if np.abs(step).max() < 1e-12:
                break
        c["amenity"][:, group] = (amenity - amenity.mean()) / eps
