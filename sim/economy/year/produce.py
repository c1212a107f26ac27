"""Phase produce: the market of the year."""

from __future__ import annotations

import numpy as np

from sim.economy.base_year.inversion import first_solution
from sim.economy.commuting import commuters_of
from sim.economy.frictions import bulky, removable, with_wedges
from sim.economy.relations import employment_by_sector, log_productivity, log_unit_cost, relative
from sim.economy.results import Placement, Policy, Production
from sim.economy.returns import TRACE, returns_of
from sim.economy.state import State
from sim.economy.structure import Structure, next_structure, priced
from sim.errors import RunFailed
from sim.kernels.accounts import RegionalAccounts, empty_accounts, expenditure, incomes
from sim.kernels.market import Market, log_prices, log_sales, solve_fixed_point, wage_of

TOLERANCE, ITERATIONS, MEMORY = 2e-12, 500, 12
PLAIN = 5000  # iterations without acceleration


def produce(state: State, policy: Policy, placement: Placement) -> Production:
    """Solve the market of the year.

    Raises
    ------
    RunFailed
        If it does not converge; names the city and sector with the largest step.
    """
    quality, site_quality = state.firms.productive_capital(policy.site_log_z)
    # A cell without firms keeps a negligible capacity, so that its prices stay defined.
    quality = np.maximum(quality, TRACE * state.base.capital)
    kappa = state.parameters.production.capital_share_of_profit
    capacity = quality**kappa * state.returns.composite ** (1 - kappa)
    owned = state.owners.total
    last, before = state.structure, log_prices(state.solution, *capacity.shape)[:-1].copy()
    structure = _structure(state)
    market = _market(state, policy, placement, capacity, owned, structure)
    x, iterations, step = _solve(state, market)
    if not step < TOLERANCE:
        raise RunFailed(_unsolved(state, x, step))
    state.solution = x
    r, s = capacity.shape
    log_price, sales = log_prices(x, r, s), np.exp(log_sales(x, r, s))
    regional, spent = empty_accounts(r), np.empty(sales.shape)
    totals = incomes(market, sales, regional)
    expenditure(market, sales, regional, totals.dividends_abroad, spent)
    spending = relative(regional.consumption / state.people.sum(axis=1), state.constants.consumption_per_head)
    state.structure = priced(structure, last, before, log_price[:-1], spending)
    capital_price = np.exp(state.structure.capital)
    returns = returns_of(
        state, sales, regional, capacity, capital_price, policy.actions.grants_by_sectors, state.returns.composite,
        market.people[:, 1],
    )  # fmt: skip
    state.returns = returns
    state.reference_wage = _next_reference(state, market, regional)
    return Production(
        market,
        regional,
        returns,
        iterations=iterations,
        log_price=log_price,
        log_cost=log_unit_cost(market, log_price, regional),
        sales=sales,
        spent=spent,
        public_balance=totals.public_balance,
        crowding=totals.crowding,
        employment=employment_by_sector(market, sales),
        deflator=_deflator(state, log_price),
        capital_price=capital_price,
        services_price=np.exp(state.structure.services),
        quality=quality,
        site_quality=site_quality,
        owned=owned,
    )


def _structure(state: State) -> Structure:
    """Return the baskets, recipes and skill demand of the year."""
    if not state.setup.structure_changes:
        return state.structure
    return next_structure(
        state.structure, state.base, state.world, state.parameters, state.setup.path, state.year, state.solution,
        state.outcome.people,
    )  # fmt: skip


def _solve(state: State, market: Market) -> tuple[np.ndarray, int, float]:
    """Solve the market; return the solution, iterations and the last step (not below the tolerance if unsolved).

    It starts from last year's solution. Where a city has lost its firms, or a single one attracts them all, that is far
    from this year's: then from the base year, at last without acceleration, which overshoots.
    """
    iterations, x, step = 0, state.solution, np.inf
    for start, limit, depth, weight in (
        (state.solution, ITERATIONS, MEMORY, 1.0),
        (first_solution(state.base, state.world), ITERATIONS, MEMORY, 1.0),
        (first_solution(state.base, state.world), PLAIN, 1, 0.5),
    ):
        x = start.copy()
        more, step = solve_fixed_point(market, x, TOLERANCE, limit, depth, weight)
        iterations += more
        if step < TOLERANCE and np.isfinite(x).all():
            break
    return x, iterations, step


def _market(
    state: State, policy: Policy, placement: Placement, capacity: np.ndarray, owned: np.ndarray, structure: Structure
) -> Market:
    """Return the exogenous data of the market of the year."""
    base, act, owners = structure.in_market(state.market), policy.actions, state.owners
    bulk = state.links.bulk_cost
    if "trade" in act.posted or bulk is not None:
        cost = removable(state.world, state.links.hours, state.parameters)
        base = with_wedges(base, bulky(act.within("trade", cost[base.trade_class]), state.world, bulk))
    log_a = log_productivity(state) + act.wedges["productivity"] + structure.log_productivity
    charge = act.wedges["unit_charge"]
    if charge.any():
        # A charge on a unit of output raises its cost, of which the producer keeps the rest.
        log_a = log_a - charge / (1.0 - base.iota)
        base = base._replace(keep=np.exp(-charge))
    total = state.constants.value_added_per_head * state.people.sum()
    abroad = 0.0 if state.world.closed else state.parameters.capital.foreign_inflow
    commuters = commuters_of(state, act)
    return base._replace(
        capacity=np.vstack([capacity, base.capacity[state.n :]]),
        productivity=np.vstack([np.exp(log_a), np.ones((1, log_a.shape[1]))]),
        people=commuters.workplaces(state.people),
        commuters_home=commuters.home,
        commuters_work=commuters.work,
        commuters=commuters.persons,
        reference_wage=state.reference_wage,
        household_owners=np.ascontiguousarray((owners.households / owned).T),
        owned_by_public=owners.public / owned,
        owned_abroad=owners.abroad / owned,
        services_purchases=policy.services + act.purchases_services,
        investment_purchases=policy.infrastructure + act.purchases_investment,
        household_transfers=policy.budget.interest + act.household_grants,
        firm_grants=act.firm_grants,
        savers_shares=placement.savers_shares,
        directed=(act.directed_public + act.directed_private).sum(axis=(0, 2)),
        foreign_inflow=placement.inflow_shares * total * abroad,
        value_added_target=float(total),
    )


def _next_reference(state: State, market: Market, regional: RegionalAccounts) -> np.ndarray:
    """Return next year's reference wage, (R,) log: it follows the wage."""
    if not market.slack.any():
        return state.reference_wage
    part = state.parameters.labour.wage_adjustment
    return np.log((1.0 - part) * np.exp(state.reference_wage) + part * np.exp(wage_of(market, regional.workers_bill)))


def _deflator(state: State, log_price: np.ndarray) -> float:
    """Return the national deflator, base year 1: geometric, with base-year domestic spending as weights."""
    change = log_price[: state.n] - np.log(state.base.prices[: state.n])
    return float(np.exp((state.constants.spend_weight * change).sum()))


def _unsolved(state: State, x: np.ndarray, step: float) -> str:
    moved = np.abs(log_sales(x - state.solution, state.n, len(state.world.sectors)))
    where = np.unravel_index(int(np.nanargmax(np.where(np.isfinite(moved), moved, np.inf))), moved.shape)
    city = "the gateway" if where[0] == state.n else state.world.regions["id"].iloc[where[0]]
    return (
        f"year {state.year}: the market did not solve in {ITERATIONS} iterations (last step {step:.1e}); "
        f"{state.world.sectors[where[1]]} in {city} moved most"
    )
