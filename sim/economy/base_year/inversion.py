"""Inversion of the base year: accounts, ownership and supply such that the model reproduces the data."""

from __future__ import annotations

import numpy as np

from sim.economy.base import Base
from sim.economy.base_year.savers import Savers
from sim.economy.frictions import freeness
from sim.economy.public import make_budget, national_weights, split_revenue
from sim.errors import RunFailed, UserError
from sim.kernels.accounts import RegionalAccounts, empty_accounts, expenditure, incomes, variable_cost_share
from sim.kernels.market import Market, invert_supply, solution_of
from sim.kernels.products import transposed
from sim.parameters import Households, Labour, Parameters
from sim.world.types import TRADE, Hours, World

TRACE = 1e-9
ACCOUNTS, SUPPLY = 1000, 20_000  # iterations
SCALINGS = 50
MOST_LOCAL = 0.9  # largest share of local services in a basket
GOOD_ENOUGH = 1e-9  # rounding may keep the error from falling further


def solve_base(world: World, hours: Hours, parameters: Parameters) -> Base:
    """Solve for the base year.

    Sales follow from value added, wages and incomes from sales; ownership, savings and budgets are a
    fixed point; supply is inverted; the consumption basket closes the accounts of each sector.

    Raises
    ------
    UserError
        If a sector's final demand would be negative.
    RunFailed
        If an iteration does not converge.
    """
    p, g, h, k = parameters.production, parameters.government, parameters.households, parameters.capital
    r = world.n_regions
    s = world.value_added.shape[1]
    theta = variable_cost_share(p)
    sales = np.vstack([world.value_added / (1.0 - theta * world.intermediate_share), world.gateway_sales])
    if world.closed:
        # The gateway trades with itself only; a negligible amount keeps its prices defined.
        sales[-1] = TRACE * sales[:-1].sum(axis=0)
    foreign = sales[-1] if world.closed else world.gateway_demand
    abroad_share, inflow_share = (0.0, 0.0) if world.closed else (k.foreign_share, k.foreign_inflow)
    total_va = world.value_added.sum()
    talent = world.people[:, 1] / world.people.sum(axis=1)
    eta = p.skill_premium * talent / (p.skill_premium * talent + 1.0 - talent)
    names = sorted(set(world.regions["province"]))
    province_of = world.regions["province"].map({n: i for i, n in enumerate(names)}).to_numpy()
    worth = world.capital
    savers = Savers(hours.information, world.home, parameters)
    attraction = worth.copy()
    inflow = inflow_share * total_va * worth / worth.sum()
    zeros = np.zeros(r)
    private = 1.0 - k.state_share - k.national_share - abroad_share
    free = freeness(world, hours, parameters)
    market = Market(
        capacity=np.ones((r + 1, s)), productivity=np.ones((r + 1, s)),
        freeness=free, freeness_transposed=transposed(free), trade_class=world.trade_class,
        sigma=p.sigma, kappa=p.capital_share_of_profit, iota=world.intermediate_share,
        eta=np.repeat(eta[:, None], s, axis=1), input_output=np.ascontiguousarray(world.input_output),
        consumption=np.full((r, s), 1.0 / s), investment=world.investment_basket, government=world.government_basket,
        foreign=foreign / foreign.sum(), people=world.people.astype(float),
        gateway_people=float(sales[-1].sum()),
        household_owners=private * np.eye(r), owned_by_public=np.full(r, k.state_share + k.national_share),
        owned_abroad=np.full(r, abroad_share),
        taxes=np.array([g.value_added_tax, g.profit_tax, g.income_tax]), saving=h.saving_share,
        housing=h.housing_share, housing_supply=h.housing_supply_elasticity,
        services_purchases=zeros, investment_purchases=zeros, household_transfers=zeros, firm_grants=zeros,
        keep=np.ones((r, s)),
        savers_shares=savers.shares(attraction), directed=zeros, foreign_inflow=inflow,
        employed=1.0, most_employed=1.0, slack=zeros, reference_wage=zeros, value_added_target=float(total_va),
    )  # fmt: skip
    regional = empty_accounts(r)
    people = world.people.sum(axis=1)
    debt = np.zeros(r)
    totals = incomes(market, sales, regional)
    for _ in range(ACCOUNTS):
        before = np.array(regional)
        revenue = split_revenue(world, parameters, regional, province_of, len(names))
        budget = make_budget(world, g, revenue, people, debt, province_of)
        debt = np.where(
            world.national_taxes, g.initial_debt * (revenue.own + budget.equalisation + budget.provincial), 0.0
        )
        services = budget.appropriation * (1.0 - g.infrastructure_share)
        services = services + budget.programmes * national_weights(world, people)
        saved = regional.saving
        inflow = inflow_share * total_va * attraction / attraction.sum()
        target = worth / worth.sum() * (saved.sum() + inflow.sum()) - inflow
        if not (target > 0.0).all():
            where = world.regions["id"][int(target.argmin())]
            raise RunFailed(
                f"world {world.name}: investment from abroad in {where} is more than all investment there in "
                f"{world.year}; expected a smaller parameters.capital.foreign_inflow"
            )
        savers.keep_at_home(attraction, saved, target)
        attraction = savers.attracted(attraction, saved, target)
        shares = savers.shares(attraction)
        invested = shares * saved[:, None]
        market = market._replace(
            services_purchases=services, investment_purchases=budget.appropriation * g.infrastructure_share,
            household_transfers=budget.interest, savers_shares=shares, foreign_inflow=inflow,
            household_owners=np.ascontiguousarray((private * invested / invested.sum(axis=0)).T),
        )  # fmt: skip
        totals = incomes(market, sales, regional)
        steps = np.abs(np.array(regional) / np.maximum(np.abs(before), 1e-9) - 1.0)[:9]
        if steps.max() < 1e-13:
            break
    else:
        account, region = np.unravel_index(np.argmax(steps), steps.shape)
        name, where = regional._fields[account].replace("_", " "), world.regions["id"][region]
        raise RunFailed(
            f"world {world.name}: {name} of {where} in the base year did not converge in {ACCOUNTS} iterations "
            f"(last step {steps.max():.1e})"
        )
    market = _with_slack(world, market, sales, regional, parameters.labour)
    market, spent = _with_baskets(world, market, sales, regional, totals.dividends_abroad, h)
    supply, log_price, error = invert_supply(
        market.freeness, market.freeness_transposed, market.trade_class, sales, spent, 1.0 - p.sigma, 1e-13, SUPPLY
    )
    if not error < GOOD_ENOUGH:
        raise RunFailed(
            f"world {world.name}: supply of the base year was not found in {SUPPLY} iterations (demand misses output "
            f"by {error:.1e} somewhere); expected regions that trade with each other"
        )
    prices = np.exp(log_price)
    capital_price = np.exp(log_price[:r] @ world.investment_basket)
    profit = sales[:r] / p.sigma
    capital = (worth / capital_price)[:, None] * profit / profit.sum(axis=1, keepdims=True)
    real = capital.sum(axis=1)
    gross = regional.net_profit / worth
    residual = np.log(attraction) - np.log(real) - k.return_elasticity * np.log(gross)
    growth = regional.investment.sum() / worth.sum() - k.depreciation
    return Base(
        market=market._replace(capacity=supply), regional=regional, budget=budget, revenue=revenue,
        provinces=tuple(names), prices=prices, sales=sales, spent=spent, capital=capital,
        household_owned=market.household_owners.T * real,
        treasury_owned=k.state_share * np.diag(real), nation_owned=k.national_share * real,
        abroad_owned=abroad_share * real, investment_residual=residual - np.average(residual, weights=real),
        home_bias=savers.bias, home_reduced=savers.reduced, debt=debt,
        growth=float(growth), province_of=province_of, inversion_error=float(error),
    )  # fmt: skip


def _with_baskets(
    world: World, market: Market, sales: np.ndarray, regional: RegionalAccounts, abroad: float, households: Households
) -> tuple[Market, np.ndarray]:
    """Return the market with consumption baskets that balance each sector, and expenditure (N, S), million yuan.

    Where more local services are sold than would be bought with the national basket, people like them more.

    Raises
    ------
    UserError
        If a sector's final demand would be negative.
    """
    n, s = sales.shape
    spent = np.empty((n, s))
    goods = (1.0 - households.housing_share) * regional.consumption
    expenditure(market._replace(consumption=np.zeros((n - 1, s))), sales, regional, abroad, spent)
    basket = (sales.sum(axis=0) - spent.sum(axis=0)) / goods.sum()
    if basket.min() <= 0:
        raise UserError(
            f"world {world.name}: households would buy a negative amount of {world.sectors[int(basket.argmin())]} "
            "in the base year; expected a lower share of it in investment or government demand, or more output"
        )
    taste = np.tile(basket, (n - 1, 1))
    local = (world.trade_class == TRADE.index("local_services")) & (households.local_taste > 0)
    if local.any() and not local.all():
        bought = spent[:-1, local] + goods[:, None] * basket[local]
        share = basket[local] * (sales[:-1, local] / bought) ** households.local_taste
        # Scaled such that the nation spends what balances the sector, and no one spends everything on it.
        for _ in range(SCALINGS):
            share *= basket[local] * goods.sum() / (goods @ share)
            share = np.minimum(share, MOST_LOCAL * share / share.sum(axis=1, keepdims=True))
        taste[:, local] = share
        rest = 1.0 - share.sum(axis=1)
        taste[:, ~local] = basket[~local] * (rest / basket[~local].sum())[:, None]
    market = market._replace(consumption=taste)
    expenditure(market, sales, regional, abroad, spent)
    return market, spent


def _with_slack(world: World, market: Market, sales: np.ndarray, regional: RegionalAccounts, labour: Labour) -> Market:
    """Return the market with the response of employment to wages; in the base year the usual share is employed."""
    if labour.slack == 0:
        return market
    bills = (1.0 - market.iota) * (1.0 - market.eta) * sales[:-1]
    farm = bills[:, world.broad_sector == 0].sum(axis=1) / bills.sum(axis=1)
    employed = 1.0 - labour.unemployment
    return market._replace(
        employed=employed, most_employed=1.0 - labour.lowest_unemployment,
        slack=labour.slack * (1.0 + labour.farm_slack * farm),
        reference_wage=np.log(regional.workers_bill / (employed * world.people[:, 0])),
    )  # fmt: skip


def first_solution(base: Base, world: World) -> np.ndarray:
    """Return the market's solution of the base year, (2R + 1 + 2NS,) logs, as `sim.kernels.market` orders it."""
    wage = base.regional.workers_bill / (base.market.employed * world.people[:, 0])
    return solution_of(wage, base.regional.talent_bill / world.people[:, 1], base.prices, base.sales)
