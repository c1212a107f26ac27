"""Phases connect, invest and produce."""

from __future__ import annotations

import numpy as np

from sim.economy.relations import labour_share_of_sectors, log_productivity
from sim.economy.state import State
from sim.errors import RunFailed
from sim.kernels.accounts import expenditure, incomes
from sim.kernels.market import solve_fixed_point

TOLERANCE, ITERATIONS, MEMORY = 1e-11, 500, 12
TRACE = 1e-6


def produce(state: State) -> None:
    """Solve the market of the year.

    Raises
    ------
    RunFailed
        If it does not converge; names the city and sector that moved most.
    """
    now, base, p = state.now, state.base, state.parameters.production
    act, budget = state.actions, state.budget
    r = state.n
    site_z = now["site_log_z"]
    quality, site_quality = state.firms.productive_capital(site_z)
    # A cell that lost its last firm keeps a trace of capacity, so that its prices stay defined.
    quality = np.maximum(quality, TRACE * state.base.capital)
    now["quality"], now["site_quality"] = quality, site_quality
    kappa = p.capital_share_of_profit
    composite = state.constants["composite"]
    capacity = np.vstack([quality**kappa * composite ** (1 - kappa), base.market.capacity[r:]])
    log_a = log_productivity(state) + act.wedges["productivity"]
    capital = now["owned"] = owned(state)
    public = state.owners["treasuries"].sum(axis=0) + state.owners["nation"] + state.owners["funds"].sum(axis=0)
    total = state.constants["value_added_per_head"] * state.people.sum()
    market = base.market._replace(
        capacity=capacity, productivity=np.vstack([np.exp(log_a), np.ones((1, log_a.shape[1]))]),
        people=state.people.copy(), household_owners=np.ascontiguousarray((state.owners["households"] / capital).T),
        owned_by_public=public / capital, owned_abroad=state.owners["abroad"] / capital,
        services_purchases=now["services_spending"] + act.purchases_services,
        investment_purchases=now["infrastructure_spending"] + act.purchases_investment,
        household_transfers=budget.interest, firm_grants=act.firm_grants, savers_shares=now["savers_shares"],
        directed=(act.directed_public + act.directed_private).sum(axis=(0, 2)),
        foreign_inflow=now["inflow_shares"] * total * (
            0.0 if state.world.closed else state.parameters.capital.foreign_inflow
        ),
        value_added_target=float(total),
    )  # fmt: skip
    x = state.solution.copy()
    iterations, step = solve_fixed_point(market, x, TOLERANCE, ITERATIONS, MEMORY, 1.0)
    if iterations >= ITERATIONS or not np.isfinite(x).all():
        raise RunFailed(_unsolved(state, x, step))
    state.solution, state.market = x, market
    n, s = r + 1, log_a.shape[1]
    now["iterations"] = iterations
    now["log_price"] = x[2 * r + 1 : 2 * r + 1 + n * s].reshape(n, s)
    now["sales"] = np.exp(x[2 * r + 1 + n * s :]).reshape(n, s)
    now["book"] = np.zeros((12, r))
    now["public_balance"], now["abroad"], now["factor"], _ = incomes(market, now["sales"], now["book"])
    now["spent"] = np.empty((n, s))
    expenditure(market, now["sales"], now["book"], now["abroad"], now["spent"])
    now["employment"] = labour_share_of_sectors(market, now["sales"])
    now["deflator"] = deflator(state, now["log_price"])
    now["capital_price"] = np.exp(now["log_price"][:r] @ state.world.investment_basket)
    now["services_price"] = np.exp(now["log_price"][:r] @ state.world.government_basket)
    publish_returns(state, capacity[:r])


def owned(state: State) -> np.ndarray:
    """Return all claims to the capital of each region, (R,) million base-year yuan."""
    return np.sum([v if v.ndim == 1 else v.sum(axis=0) for v in state.owners.values()], axis=0)


def deflator(state: State, log_price: np.ndarray) -> float:
    """Return the national deflator, base year 1: geometric, with base-year domestic spending as weights."""
    change = log_price[: state.n] - np.log(state.base.prices[: state.n])
    return float(np.exp((state.constants["spend_weight"] * change).sum()))


def publish_returns(state: State, capacity: np.ndarray) -> None:
    """Fill unit profit and returns to capital of the year; ``capacity`` is (R, S)."""
    now, p, g = state.now, state.parameters.production, state.parameters.government
    r = state.n
    profit = now["sales"][:r] / p.sigma
    keep = (1.0 - g.profit_tax) * (1.0 - g.value_added_tax)
    kappa = p.capital_share_of_profit
    grants = 1.0 + state.actions.firm_grants / (keep * kappa * profit.sum(axis=1))
    now["grant_factor"] = grants
    pi = profit / capacity
    if kappa < 1:
        wage = now["book"][1] / state.people[:, 1]
        now["unit_profit"] = kappa * pi ** (1 / kappa) * ((1 - kappa) / wage[:, None]) ** ((1 - kappa) / kappa)
        state.constants["composite"] = (1 - kappa) * profit / wage[:, None]
    else:
        now["unit_profit"] = pi
    _, capital, _ = state.firms.totals()
    now["capital"] = capital
    now["unit_return"] = keep * now["unit_profit"] / now["capital_price"][:, None]
    worth = now["capital_price"][:, None] * np.maximum(capital, TRACE * state.base.capital)
    gross = np.where(capital > 0, keep * kappa * profit * grants[:, None] / worth, now["unit_return"])
    now["return_to_capital"] = gross - state.parameters.capital.depreciation


def _unsolved(state: State, x: np.ndarray, step: float) -> str:
    r, s = state.n, len(state.world.sectors)
    moved = np.abs(x - state.solution)[-(r + 1) * s :].reshape(r + 1, s)
    where = np.unravel_index(int(np.nanargmax(np.where(np.isfinite(moved), moved, np.inf))), moved.shape)
    city = "the gateway" if where[0] == r else state.world.regions["id"].iloc[where[0]]
    return (
        f"year {state.year}: the market did not solve in {ITERATIONS} iterations (last step {step:.1e}); "
        f"{state.world.sectors[where[1]]} in {city} moved most"
    )
