"""Everything that changes in a run, as named arrays, and how a run begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sim.catalogue import GROUPS, ZONES
from sim.economy.base_year.inversion import Base, first_solution, solve_base
from sim.economy.firms.steps import Firms
from sim.economy.public import Budget
from sim.kernels.flows import logit_shares
from sim.kernels.market import Market
from sim.parameters import Parameters
from sim.policy.accounts import Accounts, Ledger
from sim.policy.settlement import Actions
from sim.world import World, first_hours
from sim.world.types import Hours


@dataclass
class State:
    """The state of a run. R regions, S sectors, F funds, P provinces, A accounts.

    Attributes
    ----------
    people, unregistered : (R, 2) persons
    firms : Firms
    edges : DataFrame
        Ways in use; ``hours`` are the travel times on them, ``ways`` what they follow from: how many of the world's
        edges are open, what mechanisms have opened and slowed.
    owners : dict of str to ndarray
        Real capital: households (R, R), treasuries (R, R), nation (R,), abroad (R,), funds (F, R).
    services_stock, infrastructure_stock : (R,) million yuan, real
    knowledge : (R, S) log, relative to the frontier trend
    pollution : (R,) kt CO2 per km2
    debt : (R,) million yuan, real; negative: deposits
    cash : (A,) million yuan, nominal
        Of funds, sites, provinces, nation.
    revenue : tuple
        Last year's own (R,), provincial (P,) and national revenue, nominal.
    solution : (2R + 1 + 2NS,) logs
        Market solution, the warm start of the next.
    infrastructure_share : (R,)
        Infrastructure in each city's ordinary spending.
    bids : (R,)
        Share of their local taxes that cities refund to firms.
    records_flows : bool
        Whether the record of a year has flows between all pairs of regions.
    outcome : dict
        Last year's outcome as mechanisms may see it.
    """

    world: World
    parameters: Parameters
    base: Base
    accounts: Accounts
    ledger: Ledger
    firms: Firms
    edges: pd.DataFrame
    hours: Hours
    year: int
    seed: int
    people: np.ndarray
    unregistered: np.ndarray
    owners: dict[str, np.ndarray]
    services_stock: np.ndarray
    infrastructure_stock: np.ndarray
    knowledge: np.ndarray
    pollution: np.ndarray
    debt: np.ndarray
    cash: np.ndarray
    revenue: tuple[np.ndarray, np.ndarray, float]
    solution: np.ndarray
    infrastructure_share: np.ndarray
    bids: np.ndarray
    demography: bool = True
    integer_moves: bool = True
    records_flows: bool = True
    ways: tuple = ()
    outcome: dict[str, Any] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    derived: dict[Any, tuple[Any, Any]] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    memories: dict[str, dict] = field(default_factory=dict)
    actions: Actions | None = None
    budget: Budget | None = None
    market: Market | None = None
    now: dict[str, Any] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of regions."""
        return self.world.n_regions

    def __getattr__(self, name: str) -> Any:
        """Figures of last year's outcome, for agents that look at their row."""
        if name == "treasury":
            return np.maximum(-self.debt, 0.0)
        outcome = self.__dict__.get("outcome", {})
        if name in outcome:
            return outcome[name]
        raise AttributeError(name)

    @property
    def age(self) -> int:
        """Years since the base year."""
        return self.year - self.world.year

    def since(self, source: Any, name: Any, make: Callable[[], Any]) -> Any:
        """Return what follows from an object and from parameters, made once for as long as the object is the same.

        Parameters
        ----------
        source : object
            Made anew when it changes, such as the hours of a year; compared by identity.
        name : hashable
            Of what follows from it.
        make : callable
            Its result is not to be written to.
        """
        if name not in self.derived or self.derived[name][0] is not source:
            self.derived[name] = source, make()
        return self.derived[name][1]


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
