"""The base year: accounts, ownership and supply such that the model reproduces the map's figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.economy.frictions import freeness, investor_friction
from sim.economy.public import Budget, make_budget, national_weights, split_revenue
from sim.errors import UserError
from sim.kernels.accounts import expenditure, incomes
from sim.kernels.market import Market, invert_supply
from sim.kernels.products import turned
from sim.parameters import Parameters
from sim.world.types import Hours, World

TRACE = 1e-9


@dataclass
class Base:
    """Constants of a run, found from the base year.

    Attributes
    ----------
    market : Market
        The base-year market; each year replaces what has changed.
    prices : (N, S); sales : (N, S); book : (12, R)
        Base-year equilibrium, see `sim.kernels.market.incomes`.
    capital : (R, S) million yuan, real
    technology : (R, S)
        Value-added productivity before density, scale, infrastructure and knowledge.
    owners : dict of str to ndarray
        Real capital by owner: households (R, R), treasuries (R, R), nation (R,), abroad (R,).
    investment_residual : (R,)
        Log attraction of each city to savers that returns do not explain.
    budget : Budget
    revenue : tuple
        Base-year own (R,), provincial (P,) and national revenue.
    debt : (R,) million yuan
    growth : float, 1/yr
        Common growth of capital in the base year.
    province_of : (R,) int
    provinces : list of str
    """

    market: Market
    prices: np.ndarray
    sales: np.ndarray
    spent: np.ndarray
    book: np.ndarray
    capital: np.ndarray
    owners: dict[str, np.ndarray]
    investment_residual: np.ndarray
    budget: Budget
    revenue: tuple[np.ndarray, np.ndarray, float]
    debt: np.ndarray
    growth: float
    province_of: np.ndarray
    provinces: list[str]
    inversion_error: float


def _savers_shares(friction: np.ndarray, attraction: np.ndarray) -> np.ndarray:
    weight = attraction[None, :] * np.exp(-friction)
    return weight / weight.sum(axis=1, keepdims=True)


def solve_base(world: World, hours: Hours, parameters: Parameters) -> Base:
    """Find the base year.

    Sales are known from value added, wages and incomes follow; ownership, savings and budgets are a
    fixed point; supply is found by inversion; consumption baskets close each sector.

    Raises
    ------
    UserError
        If a sector's final demand would be negative.
    """
    p, g, h, k = parameters.production, parameters.government, parameters.households, parameters.capital
    r = world.n_regions
    s = world.value_added.shape[1]
    theta = (p.sigma - 1.0) / p.sigma
    sales = np.vstack([world.value_added / (1.0 - theta * world.intermediate_share), world.gateway_sales])
    if world.closed:
        # The gateway trades with itself only; a trace keeps its prices defined.
        sales[-1] = TRACE * sales[:-1].sum(axis=0)
    foreign = sales[-1] if world.closed else world.gateway_demand
    abroad_share, inflow_share = (0.0, 0.0) if world.closed else (k.foreign_share, k.foreign_inflow)
    total_va = world.value_added.sum()
    talent = world.people[:, 1] / world.people.sum(axis=1)
    eta = p.skill_premium * talent / (p.skill_premium * talent + 1.0 - talent)
    names = sorted(set(world.regions["province"]))
    province_of = world.regions["province"].map({n: i for i, n in enumerate(names)}).to_numpy()
    worth = world.capital
    friction = investor_friction(hours.information, parameters)
    attraction = worth.copy()
    inflow = inflow_share * total_va * worth / worth.sum()
    zeros = np.zeros(r)
    private = 1.0 - k.state_share - k.national_share - abroad_share
    free = freeness(world, hours, parameters)
    market = Market(
        capacity=np.ones((r + 1, s)), productivity=np.ones((r + 1, s)),
        freeness=free, freeness_turned=turned(free), trade_class=world.trade_class,
        sigma=p.sigma, kappa=p.capital_share_of_profit, iota=world.intermediate_share,
        eta=np.repeat(eta[:, None], s, axis=1), recipes=np.ascontiguousarray(world.input_output),
        consumption=np.full(s, 1.0 / s), investment=world.investment_basket, government=world.government_basket,
        foreign=foreign / foreign.sum(), people=world.people.astype(float),
        gateway_people=float(sales[-1].sum()),
        household_owners=private * np.eye(r), owned_by_public=np.full(r, k.state_share + k.national_share),
        owned_abroad=np.full(r, abroad_share),
        taxes=np.array([g.value_added_tax, g.profit_tax, g.income_tax]), saving=h.saving_share,
        housing=h.housing_share, housing_supply=h.housing_supply_elasticity,
        services_purchases=zeros, investment_purchases=zeros, household_transfers=zeros, firm_grants=zeros,
        savers_shares=_savers_shares(friction, attraction), directed=zeros, foreign_inflow=inflow,
        value_added_target=float(total_va),
    )  # fmt: skip
    book = np.zeros((12, r))
    people = world.people.sum(axis=1)
    debt = np.zeros(r)
    accounts = incomes(market, sales, book)
    for _ in range(1000):
        before = book.copy()
        own, provinces, nation = split_revenue(world, parameters, book, province_of, len(names), market.owned_by_public)
        budget = make_budget(world, g, own, provinces, nation, people, debt, province_of)
        debt = np.where(world.national_taxes, g.initial_debt * (own + budget.equalisation + budget.provincial), 0.0)
        services = budget.appropriation * (1.0 - g.infrastructure_share)
        services = services + budget.programmes * national_weights(world, people)
        saved = book[8]
        inflow = inflow_share * total_va * attraction / attraction.sum()
        shares = _savers_shares(friction, attraction)
        goal = worth / worth.sum() * (saved.sum() + inflow.sum()) - inflow
        attraction = attraction * goal / (shares.T @ saved)
        shares = _savers_shares(friction, attraction)
        held = shares * saved[:, None]
        market = market._replace(
            services_purchases=services, investment_purchases=budget.appropriation * g.infrastructure_share,
            household_transfers=budget.interest, savers_shares=shares, foreign_inflow=inflow,
            household_owners=np.ascontiguousarray((private * held / held.sum(axis=0)).T),
        )  # fmt: skip
        accounts = incomes(market, sales, book)
        if np.abs(book / np.maximum(np.abs(before), 1e-9) - 1.0)[:9].max() < 1e-13:
            break
    spent = np.empty((r + 1, s))
    goods = (1.0 - h.housing_share) * book[7].sum()
    nothing = market._replace(consumption=np.zeros(s))
    expenditure(nothing, sales, book, accounts[1], spent)
    basket = (sales.sum(axis=0) - spent.sum(axis=0)) / goods
    if basket.min() <= 0:
        raise UserError(
            f"world {world.name}: households would buy a negative amount of {world.sectors[int(basket.argmin())]} "
            "in the base year; expected a lower share of it in investment or government demand, or more output"
        )
    market = market._replace(consumption=basket)
    expenditure(market, sales, book, accounts[1], spent)
    supply, log_price, error = invert_supply(
        market.freeness, market.freeness_turned, market.trade_class, sales, spent, 1.0 - p.sigma, 1e-13, 20000
    )
    prices = np.exp(log_price)
    capital_price = np.exp(log_price[:r] @ world.investment_basket)
    profit = sales[:r] / p.sigma
    capital = (worth / capital_price)[:, None] * profit / profit.sum(axis=1, keepdims=True)
    real = capital.sum(axis=1)
    owners = {
        "households": market.household_owners.T * real,
        "treasuries": k.state_share * np.diag(real),
        "nation": k.national_share * real,
        "abroad": abroad_share * real,
    }
    gross = book[4] / worth
    residual = np.log(attraction) - np.log(real) - k.return_elasticity * np.log(gross)
    growth = book[11].sum() / worth.sum() - k.depreciation
    return Base(
        market._replace(capacity=supply), prices, sales, spent, book, capital, owners,
        residual - residual.mean(), budget, (own, provinces, nation), debt, float(growth),
        province_of, names, float(error),
    )  # fmt: skip


def first_solution(base: Base, world: World) -> np.ndarray:
    """Return the market's solution of the base year, (2R + 1 + 2NS,) logs, as `sim.kernels.market` orders it."""
    wages = np.log(base.book[:2] / world.people.T).ravel()
    return np.concatenate([wages, [0.0], np.log(base.prices).ravel(), np.log(base.sales).ravel()])
