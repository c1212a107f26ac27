"""Initial state of a run: the base year, which is a stationary state of the first year."""

from __future__ import annotations

import numpy as np

from sim.catalogue import ZONES
from sim.economy.base import Base
from sim.economy.base_year.amenities import solve_amenities
from sim.economy.base_year.inversion import first_solution, solve_base
from sim.economy.base_year.plots import base_plots, life_cycle
from sim.economy.firms.productivity import process_of
from sim.economy.firms.steps import Firms
from sim.economy.links import Links
from sim.economy.outcome import outcome_of
from sim.economy.relations import employment_by_sector, foreign_trade, knowledge_links, log_unit_cost, relative
from sim.economy.results import Production
from sim.economy.returns import returns_of
from sim.economy.state import Constants, Owners, Setup, State
from sim.economy.structure import first_structure
from sim.kernels.accounts import empty_accounts, incomes
from sim.parameters import Parameters
from sim.policy.accounts import Accounts, Ledger
from sim.policy.cities import RULES, City
from sim.world import Terminals, World, first_hours
from sim.world.paths import NationalPath
from sim.world.types import TRADE


def start_state(
    world: World, parameters: Parameters, seed: int, n_agents: int, accounts: Accounts, *, demography: bool = True,
    integer_moves: bool = True, records_flows: bool = True, records_payments: bool = True,
    records_classes: bool = False, city_rule: City | None = None, path: NationalPath | None = None,
    mechanisms: int = 0,
) -> State:  # fmt: skip
    """Return the initial state: inversion, firms, ownership, stocks and residual amenities.

    ``city_rule`` is the one that the parameters name by default; ``mechanisms`` is the number of those of the run.
    """
    city_rule = RULES.make(parameters.cities.rule) if city_rule is None else city_rule
    edges, hours = first_hours(world)
    base = solve_base(world, hours, parameters)
    source: tuple = (world.network.open_by(world.year), (), {}, Terminals())
    links = Links(
        edges, hours, source, world.home, base.home_bias, parameters, base.market.freeness,
        base.market.freeness_transposed,
    )  # fmt: skip
    k, g = parameters.capital, parameters.government
    gross = base.regional.net_profit.sum() / world.capital.sum()
    process = process_of(parameters.industry, k, parameters.production.sigma, base.growth, gross)
    firms = Firms.create(
        base.capital, n_agents, world.real_firms, process, parameters.industry, seed,
        (k.state_share, 1.0 - k.state_share - k.foreign_share, k.foreign_share), base_year=world.year,
        host=accounts.site_host,
    )  # fmt: skip
    r = world.n_regions
    people = world.people.astype(float)
    capital_price = _price_of(base, world.investment_basket)
    services = base.market.services_purchases / _price_of(base, world.government_basket)
    services = services / (g.services_depreciation + base.growth)
    infrastructure = base.market.investment_purchases / capital_price
    infrastructure = infrastructure / (g.infrastructure_depreciation + base.growth)
    composite = _composite(base, parameters, people)
    quality, _ = firms.productive_capital(np.zeros((len(accounts.site), base.capital.shape[1])))
    log_cost = _log_cost(base, parameters, quality, composite)
    log_a = _log_productivity(base, log_cost)
    knowledge = parameters.learning.knowledge_share * _known(base, world, people, log_a)
    constants = _constants(
        base, world, parameters, links, firms, people, services, infrastructure, log_cost, log_a, knowledge
    )
    state = State(
        setup=Setup(world, parameters, base, constants, accounts, seed, city_rule, demography, integer_moves,
                    records_flows, records_classes, path),
        ledger=Ledger(accounts, records_payments), firms=firms, links=links, year=world.year,
        owners=Owners(
            base.household_owned.copy(), base.treasury_owned.copy(), base.nation_owned.copy(),
            base.abroad_owned.copy(), np.zeros((len(accounts.fund), r)),
        ),
        revenue=base.revenue, structure=first_structure(base), people=people,
        unregistered=world.unregistered.astype(float),
        services_stock=services, infrastructure_stock=infrastructure, knowledge=knowledge,
        pollution=constants.pollution, debt=base.debt.copy(), cash=np.zeros(len(accounts)),
        fund_book=np.zeros(len(accounts.fund)), solution=first_solution(base, world),
        reference_wage=base.market.reference_wage,
        infrastructure_share=np.full(r, g.infrastructure_share), bids=np.zeros(r),
    )  # fmt: skip
    produced = _production(state, capital_price, composite)
    state.returns = produced.returns
    trade = foreign_trade(base.market, base.sales, base.spent, produced.log_price)
    state.outcome = outcome_of(
        state, base.budget, hours.information, produced, base.revenue.own, trade.exports, _research(base, parameters),
        np.zeros((mechanisms, r)), np.zeros(base.capital.shape), np.zeros((r, r)), None,
    )  # fmt: skip
    return state


def _price_of(base: Base, basket: np.ndarray) -> np.ndarray:
    """Return the base-year price of a basket (S,) in each region, (R,)."""
    return np.exp(np.log(base.prices[:-1]) @ basket)


def _production(state: State, capital_price: np.ndarray, composite: np.ndarray) -> Production:
    """Return the production of the base year, as last year's."""
    base, kappa = state.base, state.parameters.production.capital_share_of_profit
    quality, site_quality = state.firms.productive_capital(np.zeros((len(state.accounts.site), base.capital.shape[1])))
    capacity = quality**kappa * composite ** (1.0 - kappa)
    totals = incomes(base.market, base.sales, empty_accounts(state.n))
    return Production(
        market=base.market, regional=base.regional, iterations=0, log_price=np.log(base.prices),
        log_cost=state.constants.log_cost, sales=base.sales,
        returns=returns_of(
            state, base.sales, base.regional, capacity, capital_price, [], composite, state.people[:, 1]
        ),
        spent=base.spent, public_balance=totals.public_balance, crowding=totals.crowding,
        employment=state.constants.employment, deflator=1.0, capital_price=capital_price,
        services_price=_price_of(base, state.world.government_basket), quality=quality, site_quality=site_quality,
        owned=state.owners.total,
    )  # fmt: skip


def _constants(
    base: Base, world: World, parameters: Parameters, links: Links, firms: Firms, people: np.ndarray,
    services: np.ndarray, infrastructure: np.ndarray, log_cost: np.ndarray, log_a: np.ndarray,
    knowledge: np.ndarray,
) -> Constants:  # fmt: skip
    heads, r = people.sum(axis=1), world.n_regions
    services_mean = services.sum() / heads.sum()
    infrastructure_mean = infrastructure.sum() / heads.sum()
    relative_infrastructure = relative(infrastructure / heads, infrastructure_mean)
    elasticity = parameters.production.infrastructure_elasticity
    amenities = solve_amenities(base, world, parameters, links.log_hours, relative(services / heads, services_mean))
    return Constants(
        firm_weight=_firm_weight(firms), services_mean=services_mean, infrastructure_mean=infrastructure_mean,
        near=links.near, people_near=links.near @ heads, employment=employment_by_sector(base.market, base.sales),
        spend_weight=base.spent[:r] / base.spent[:r].sum(),
        value_added_per_head=base.market.value_added_target / heads.sum(),
        log_cost=log_cost, log_technology=log_a - knowledge - elasticity * np.log(relative_infrastructure)[:, None],
        learning_residual=_learning_residual(parameters, links, people, knowledge),
        research_per_head=_research(base, parameters) / heads, consumption_per_head=base.regional.consumption / heads,
        pollution=_pollution(base, world, parameters), amenity=amenities.now,
        lasting_amenity=amenities.lasting,
        life_cycle=life_cycle(world, parameters.industry),
        plots=base_plots(world, base, _log_unit(base, world, parameters), links.hours.people, links.near,
                         parameters.industry),
        zone=np.array([ZONES.index(zone) for zone in world.regions["zone"]]), clipped_targets=amenities.clipped,
        reduced_home_shares=tuple(world.regions["id"].to_numpy(str)[base.home_reduced]),
    )  # fmt: skip


def _research(base: Base, parameters: Parameters) -> np.ndarray:
    """Return public spending on research, (R,) million yuan."""
    g = parameters.government
    return base.budget.appropriation * (1.0 - g.services_share - g.infrastructure_share)


def _log_unit(base: Base, world: World, parameters: Parameters) -> np.ndarray:
    """Return the log of the unit return (R, S) of firms of mean productivity in the base year; 0 without capital."""
    p, g = parameters.production, parameters.government
    keep = (1.0 - g.profit_tax) * (1.0 - g.value_added_tax) * p.capital_share_of_profit
    worth = base.capital * _price_of(base, world.investment_basket)[:, None]
    unit = np.divide(keep * base.sales[:-1] / p.sigma, worth, out=np.ones_like(worth), where=worth > 0)
    return np.log(unit)


def _firm_weight(firms: Firms) -> np.ndarray:
    """Return the real firms that a new agent of a cell represents, (R, S): as in the initial population."""
    count, _, real = firms.totals()
    mean = real.sum(axis=0) / np.maximum(count.sum(axis=0), 1.0)
    return np.where(count > 0, real / np.maximum(count, 1.0), mean)


def _composite(base: Base, parameters: Parameters, people: np.ndarray) -> np.ndarray:
    """Return real talent combined with capital, (R, S); 1 where capital earns all operating profit."""
    kappa = parameters.production.capital_share_of_profit
    profit = base.sales[:-1] / parameters.production.sigma
    wage = base.regional.talent_bill / people[:, 1]
    return (1.0 - kappa) * profit / wage[:, None] if kappa < 1 else np.ones_like(profit)


def _log_cost(base: Base, parameters: Parameters, quality: np.ndarray, composite: np.ndarray) -> np.ndarray:
    """Return log unit cost (R, S) such that capacity implies the inverted supply."""
    p = parameters.production
    kappa = p.capital_share_of_profit
    return np.log(base.market.capacity[:-1] / (quality**kappa * composite ** (1.0 - kappa))) / (1.0 - p.sigma)


def _log_productivity(base: Base, log_cost: np.ndarray) -> np.ndarray:
    """Return log productivity (R, S) that implies the unit cost, which is one at a productivity of one."""
    at_one = log_unit_cost(base.market, np.log(base.prices), base.regional)
    return (at_one - log_cost) / (1.0 - base.market.iota)


def _known(base: Base, world: World, people: np.ndarray, log_a: np.ndarray) -> np.ndarray:
    """Return log productivity relative to the nation (R, S), as far as it is observed.

    Productivity of services is what they earn per effective worker, in proportion to the wage: the inverted one depends
    on prices where services are bought mostly locally.
    """
    wage = np.log(base.regional.workers_bill / people[:, 0])[:, None]
    level = np.where(world.trade_class == TRADE.index("goods"), log_a, wage)
    return level - np.average(level, axis=0, weights=people.sum(axis=1))


def _learning_residual(parameters: Parameters, links: Links, people: np.ndarray, knowledge: np.ndarray) -> np.ndarray:
    """Return the residual that keeps knowledge (R, S) constant in the base year, log per year."""
    learning = parameters.learning
    talent = people[:, 1] / people.sum(axis=1)
    absorb = np.minimum(learning.absorption_cap, talent / (people[:, 1].sum() / people.sum()))
    ahead = np.maximum(0.0, knowledge_links(links.linked, people[:, 1]) @ knowledge - knowledge)
    return learning.forgetting * knowledge - learning.catch_up * absorb[:, None] * ahead


def _pollution(base: Base, world: World, parameters: Parameters) -> np.ndarray:
    """Return stationary pollution, (R,) kt CO2 per km2, at base-year emissions."""
    learning = parameters.learning
    emissions = (world.emission_intensity * base.sales[:-1]).sum(axis=1)
    carried = (1.0 - learning.pollution_persistence) * np.eye(world.n_regions) - learning.river_carry * world.upstream
    return np.linalg.solve(carried, emissions / world.area_km2)
