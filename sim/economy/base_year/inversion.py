"""The base year: accounts, ownership and supply such that the model reproduces the map's figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.economy.public import Budget, make_budget, tax_shares
from sim.errors import UserError
from sim.kernels.accounts import expenditure, incomes
from sim.kernels.market import Market, invert_supply
from sim.kernels.products import turned
from sim.parameters import Parameters
from sim.world.types import Hours, World

REFERENCE_HOURS = 0.5
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


def freeness(world: World, hours: Hours, parameters: Parameters) -> np.ndarray:
    """Return the freeness of trade (2, N, N): goods, services; the gateway is the last node."""
    n = world.n_regions + 1
    if world.freeness is None:
        return _from_hours(world, hours, parameters)
    free = np.zeros((2, n, n))
    free[:, :-1, :-1] = world.freeness
    free[:, -1, -1] = 1.0
    if not world.closed:
        free[:, :-1, -1] = free[:, -1, :-1] = _from_hours(world, hours, parameters)[:, :-1, -1]
    return free


def _from_hours(world: World, hours: Hours, parameters: Parameters) -> np.ndarray:
    p = parameters.production
    n = world.n_regions + 1
    time = np.full((n, n), REFERENCE_HOURS)
    time[:-1, :-1] = hours.goods
    if not world.closed:
        time[:-1, -1] = time[-1, :-1] = hours.gateway
        time[-1, -1] = np.median(hours.gateway)
    province = world.regions["province"].to_numpy()
    border = np.zeros((n, n))
    border[:-1, :-1] = p.provincial_border * (province[:, None] != province[None, :])
    border[:-1, -1] = border[-1, :-1] = p.foreign_border
    zeta = np.array([p.distance_elasticity, p.services_distance_elasticity])[:, None, None]
    free = np.ascontiguousarray((time / REFERENCE_HOURS) ** -zeta * np.exp(-(p.sigma - 1.0) * border))
    if world.closed:
        free[:, :-1, -1] = free[:, -1, :-1] = 0.0
    return free


def investor_friction(information: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Return the (R, R) log odds against investing in j from i: information distance and home bias."""
    k = parameters.capital
    away = 1.0 - np.eye(len(information))
    return k.distance_elasticity * np.log1p(information) + k.home_bias * away


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


def national_weights(world: World, people: np.ndarray) -> np.ndarray:
    """Return the (R,) shares of the nation's programmes: people, in regions that pay national taxes."""
    weight = people * world.national_taxes
    return weight / weight.sum()


def split_revenue(
    world: World, parameters: Parameters, book: np.ndarray, province_of: np.ndarray, n_provinces: int,
    owned_by_public: np.ndarray, treasuries: np.ndarray | None = None, nation_owned: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, float]:  # fmt: skip
    """Return own revenue of treasuries (R,), of provinces (P,) and of the nation, million yuan.

    Parameters
    ----------
    book : (12, R)
        Accounts of the year, see `sim.kernels.market.incomes`.
    treasuries : (R, R), optional
        Share of j's capital owned by treasury i; the base-year shares if not given.
    nation_owned : (R,), optional
        Share of j's capital owned by the nation.
    """
    g, k = parameters.government, parameters.capital
    city, province, nation = tax_shares(world, g)
    kappa = parameters.production.capital_share_of_profit
    income = (1.0 - g.value_added_tax) * (book[0] + book[1]) + book[5]
    taxes = (
        g.value_added_tax * book[2] + g.profit_tax * (1.0 - g.value_added_tax) * kappa * book[3] + g.income_tax * income
    )
    state = k.state_share * book[4] if treasuries is None else treasuries @ book[4]
    national = k.national_share * book[4] if nation_owned is None else nation_owned * book[4]
    own = city * taxes + book[9] + state
    return own, np.bincount(province_of, province * taxes, n_provinces), float((nation * taxes).sum() + national.sum())


def first_solution(base: Base, world: World) -> np.ndarray:
    """Return the market's solution of the base year, (2R + 1 + 2NS,) logs, as `sim.kernels.market` orders it."""
    wages = np.log(base.book[:2] / world.people.T).ravel()
    return np.concatenate([wages, [0.0], np.log(base.prices).ravel(), np.log(base.sales).ravel()])
