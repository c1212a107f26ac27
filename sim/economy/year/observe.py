"""Phase observe: identities are checked, variables are recorded."""

from __future__ import annotations

import numpy as np

from sim.catalogue import ZONES
from sim.economy.outcome import at_the_end
from sim.economy.relations import relative
from sim.economy.results import Closing, Learning, Migration, Observation, Policy, Production, Renewal
from sim.economy.returns import gross_return
from sim.economy.state import State
from sim.errors import RunFailed
from sim.kernels.market import Market
from sim.kernels.products import spread_one
from sim.world.types import TRADE

BREAK = 1e-8
YUAN = 1e6
POLE_HOURS = 3.0
Recorded = dict[str, np.ndarray | float]


def observe(
    state: State, policy: Policy, produced: Production, closing: Closing, migration: Migration, renewal: Renewal,
    learning: Learning,
) -> Observation:  # fmt: skip
    """Check the identities of the year and return the recorded variables.

    Raises
    ------
    RunFailed
        If an identity is broken or a recorded value is not a number.
    """
    audits = _audits(state, produced, migration, renewal)
    record: dict[str, np.ndarray | float] = (
        _record(state, policy, produced, closing, migration, renewal, learning) | audits
    )
    record |= _flows(state, produced.market, migration, renewal)
    if renewal.classes is not None:
        record |= _by_class(renewal.classes, produced.deflator)
    for name, value in record.items():
        if not np.isfinite(value).all():
            where = np.argwhere(~np.isfinite(np.atleast_1d(value)))[0]
            region = state.world.regions["id"].iloc[int(where[0])] if np.ndim(value) else "the nation"
            raise RunFailed(f"year {state.year}: '{name}' is not a number in {region}")
    state.outcome = at_the_end(state, produced, migration)
    # Flows are new arrays every year, and large: they are not modified, so they are not copied.
    return Observation(
        {k: np.asarray(v) if k.endswith("_flow") else np.array(v, dtype=float) for k, v in record.items()}
    )


def _record(
    state: State, policy: Policy, produced: Production, closing: Closing, migration: Migration, renewal: Renewal,
    learning: Learning,
) -> Recorded:  # fmt: skip
    outcome, deflator, r, m = state.outcome, produced.deflator, state.n, produced.market
    people = migration.people_before
    heads = people.sum(axis=1)
    hours, centre = state.links.hours.people, state.world.centre
    return {
        "people": people, "unregistered": state.unregistered.copy(), "welfare": migration.welfare,
        "births_less_deaths": migration.born, "graduates": migration.graduates,
        "value_added": outcome.value_added / deflator, "sales": produced.sales[:r] / deflator,
        "exports": closing.exports / deflator, "via_centre": via_centre(state), "pole": pole(state),
        "carrying_ratio": carrying_ratio(state, heads), "goods_price": goods_price(state, produced) / deflator,
        "gross_return": mean_gross_return(state, produced), "treasury_outlay": closing.treasury_outlay / deflator,
        "wage": outcome.wage / deflator * YUAN, "price_index": np.exp(produced.log_price[:r]) / deflator,
        "cost_of_living": migration.living / deflator, "rent": migration.rent / deflator,
        "real_income": produced.regional.disposable_income / heads / migration.living * YUAN,
        "employment": produced.employment, "labour_income": produced.regional.labour_income / deflator,
        "labour_paid": (produced.regional.workers_bill + produced.regional.talent_bill) / deflator,
        "commuters_in": _sums(m.commuters_work, m.commuters, r),
        "commuters_out": _sums(m.commuters_home, m.commuters, r),
        "capital": produced.returns.capital, "return_to_capital": produced.returns.return_to_capital,
        "firms": renewal.firms, "real_firms": renewal.real_firms, "firm_entry": renewal.entry,
        "firm_exit": renewal.exit, "firm_branches": renewal.branches, "scrapped": renewal.scrapped,
        "services": migration.services, "infrastructure": outcome.infrastructure, "bid": state.bids,
        "infrastructure_share": state.infrastructure_share, "public_revenue": closing.receipts / deflator,
        "public_spending": closing.outlays / deflator, "treasury": np.maximum(-state.debt, 0.0),
        "debt": np.maximum(state.debt, 0.0), "knowledge": outcome.knowledge, "emissions": learning.emissions,
        "environment": migration.environment, "centre_hours": hours[:, centre],
        **{f"accessible_{k}h": (hours <= k) @ heads for k in (1, 3, 5)}, "hinterland": hinterland(state),
        "deflator": deflator, "foreign_balance": closing.foreign_balance / deflator, "firm_size_tail": renewal.tail,
        "public_outlay": closing.public_outlay / deflator, "public_return": closing.public_return / deflator,
        "public_equity": float(_stakes(state, produced).sum()), "public_claims": _claims(state) / deflator,
        "own_revenue": closing.own_revenue / deflator, "spending_cut": policy.spending_cut,
        "market_iterations": float(produced.iterations),
    }  # fmt: skip


def _sums(index: np.ndarray, persons: np.ndarray, n: int) -> np.ndarray:
    """Sum persons (k, 2) by region, (n, 2)."""
    sums = np.zeros((n, 2))
    np.add.at(sums, index, persons)
    return sums


def _stakes(state: State, produced: Production) -> np.ndarray:
    """Return the stakes of funds at the lower of book and market value, (n_funds,) million yuan, real."""
    return np.minimum(state.fund_book, (state.owners.funds * produced.capital_price).sum(axis=1) / produced.deflator)


def _claims(state: State) -> float:
    """Return the cash less the debt of funds and purses, million yuan; that of sites comes from taxes, not outlay."""
    a = state.accounts
    return float(state.cash[a.fund].sum() + state.cash[a.purse].sum())


def _flows(state: State, market: Market, migration: Migration, renewal: Renewal) -> Recorded:
    """Return flows between zone classes and, if they are recorded, between all pairs of regions."""
    moves, n_sectors, zone = renewal.moves, len(state.world.sectors), state.constants.zone
    belongs = np.eye(len(ZONES))[zone]
    people: dict[str, np.ndarray] = {
        "talent_flow": migration.talent_flow, "worker_flow": migration.workers_flow,
        "capital_flow": renewal.capital_flow,
    }  # fmt: skip
    out = {f"{name}_zones": belongs.T @ flow @ belongs for name, flow in people.items()}
    firms = {"firm_flow": None, "firm_capital_flow": moves.capital}
    out |= {f"{name}_zones": moves.between(n_sectors, zone, len(ZONES), value) for name, value in firms.items()}
    if state.setup.records_flows:
        city = np.arange(state.n)
        out["commuters"] = np.zeros((state.n, state.n))
        out["commuters"][market.commuters_home, market.commuters_work] = market.commuters.sum(axis=1)
        out |= people | {name: moves.between(n_sectors, city, state.n, value) for name, value in firms.items()}
    return out


def _by_class(sums: np.ndarray, deflator: float) -> Recorded:
    """Return sums of firms by class; zone classes without a region are zero."""
    every = np.zeros((len(ZONES), *sums.shape[1:]))
    every[: len(sums)] = sums
    return {
        "capital_by_class": every[..., 0], "real_firms_by_class": every[..., 1],
        "value_added_by_class": every[..., 2] / deflator,
    }  # fmt: skip


def hinterland(state: State) -> np.ndarray:
    """Return 1 where the centre's pull, value added over squared hours, exceeds every other large city's.

    Rivals are cities of at least a third of the centre's value added (Converse 1949, law of retail gravitation);
    regions of one home label are one city.
    """
    home, centre = state.world.home, state.world.centre
    size = np.bincount(home, state.outcome.value_added.sum(axis=1))[home]
    rivals = np.flatnonzero(size >= size[centre] / 3.0)
    field = size[rivals] / np.maximum(state.links.hours.people[:, rivals], 0.5) ** 2
    return (home[rivals[field.argmax(axis=1)]] == home[centre]).astype(float)


def pole(state: State) -> np.ndarray:
    """Return 1 where value added per km2 exceeds that of all others within `POLE_HOURS`, (R,).

    Regions of one home label are one city.
    """
    home = state.world.home
    made, area = (np.bincount(home, x)[home] for x in (state.outcome.value_added.sum(axis=1), state.world.area_km2))
    best = np.where(state.links.hours.people <= POLE_HOURS, made / area, 0.0).max(axis=1)
    return (made / area >= best).astype(float)


def carrying_ratio(state: State, people: np.ndarray) -> np.ndarray:
    """Return people (R,) per buildable land, over the mean of the zone class in the base year."""
    zone, land = state.constants.zone, state.world.land
    first, whole = np.bincount(zone, state.world.people.sum(axis=1)), np.bincount(zone, land)
    return people / (land * (first[zone] / whole[zone]))


def goods_price(state: State, produced: Production) -> np.ndarray:
    """Return the price of the goods in the nation's base-year consumption, (R,): geometric mean."""
    base = state.base
    basket = np.average(base.market.consumption, axis=0, weights=base.regional.consumption)
    basket = np.where(state.world.trade_class == TRADE.index("goods"), basket, 0.0)
    return np.exp(produced.log_price[:-1] @ basket / max(basket.sum(), 1e-300))


def mean_gross_return(state: State, produced: Production) -> np.ndarray:
    """Return the return to capital before depreciation, (R,) 1/yr: the mean over the capital of the sectors."""
    capital = produced.returns.capital
    return relative((capital * gross_return(state)).sum(axis=1), capital.sum(axis=1))


def via_centre(state: State) -> np.ndarray:
    """Return 1 where goods to the world market pass the port of the centre, (R,)."""
    home, via = state.world.home, state.outcome.gateway_via
    return ((via >= 0) & (home[via] == home[state.world.centre])).astype(float)


def _audits(state: State, produced: Production, migration: Migration, renewal: Renewal) -> Recorded:
    """Return the largest relative deviation of each identity.

    Raises
    ------
    RunFailed
        If one is broken; names the account, region or node.
    """
    ledger = state.ledger
    balance = ledger.balances(state.year)
    volume = np.maximum(ledger.receipts(state.year), 1e-6 * produced.regional.value_added.sum())
    moved = sum(f.sum(axis=0) - f.sum(axis=1) for f in migration.flows)
    change = state.people.sum(axis=1) - migration.people_before.sum(axis=1) - moved - migration.born.sum(axis=1)
    breaks = {
        "audit_money": np.abs(balance / volume),
        "audit_people": np.abs(change / state.people.sum(axis=1)),
        "audit_capital": np.array([renewal.audit_capital]),
        "audit_market": np.abs(_demand(produced) / produced.sales - 1.0).max(axis=1),
    }
    worst: Recorded = {name: float(sizes.max()) for name, sizes in breaks.items()}
    for name in breaks:
        if not worst[name] <= BREAK:
            where = _broken_at(state, name, int(np.argmax(breaks[name])))
            raise RunFailed(f"year {state.year}: identity '{name}' is broken by {worst[name]:.2e}{where}")
    return worst


def _broken_at(state: State, audit: str, index: int) -> str:
    if audit == "audit_capital":
        return ""
    if audit == "audit_money":
        return f" in account {state.accounts.labels[index]}"
    return f" in {[*state.world.regions['id'], 'the gateway'][index]}"


def _demand(produced: Production) -> np.ndarray:
    """Return demand for the products of each node (N, S) at the solved wages and prices."""
    m, sales = produced.market, produced.sales
    r, cost = len(m.people), produced.log_cost
    gateway = np.log(sales[r].sum() / m.gateway_people)
    cost = np.vstack([cost, np.full((1, cost.shape[1]), gateway)])
    supply = m.capacity * np.exp((1 - m.sigma) * cost)
    out = np.empty_like(supply)
    # Sums by a kernel of the package: results do not depend on the linear algebra library.
    for s, c in enumerate(m.trade_class):
        index = spread_one(m.freeness[c], supply[:, s].copy())
        out[:, s] = supply[:, s] * spread_one(m.freeness_transposed[c], produced.spent[:, s] / index)
    return out
