"""Phase policy: budgets are appropriated, mechanisms act, posts are granted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from sim.economy import cities
from sim.economy.outcome import setting_of
from sim.economy.public import Budget, Revenue, make_budget, national_weights
from sim.economy.results import Policy
from sim.economy.state import State
from sim.policy.mechanism import Mechanism
from sim.policy.settlement import Actions
from sim.policy.view import View


def policy(state: State, mechanisms: Sequence[Mechanism]) -> Policy:
    """Appropriate budgets, let cities and mechanisms act on last year's outcome, grant their posts."""
    a, g = state.accounts, state.parameters.government
    heads = state.people.sum(axis=1)
    own, provinces, nation = state.revenue
    provinces = np.maximum(provinces + g.reserve_rate * state.cash[a.provinces], 0.0)
    nation = max(nation + g.reserve_rate * state.cash[a.nation], 0.0)
    debt = state.debt * state.outcome.deflator
    revenue = Revenue(own, provinces, nation)
    budget = make_budget(state.world, g, revenue, heads, debt, state.base.province_of)
    prices = state.outcome.expected_deflator
    price = state.outcome.capital_price * prices / state.outcome.deflator
    act = Actions(a, prices=prices, stakes=state.owners.treasuries * price)
    contribution = cities.decide(state, act)
    for mechanism, view in views(state, mechanisms, act.prices):
        mechanism.decide(view, act.for_mechanism(mechanism), state.memories[mechanism.name])
    available = np.full(len(a), np.inf)
    available[a.treasury] = contribution * budget.appropriation
    available[a.provinces] = g.province_limit * provinces
    available[a.nation] = g.nation_limit * budget.programmes
    for passing in (a.fund, a.site, a.purse):
        available[passing] = state.cash[passing]
    act.grant(available)
    if any(post.kind == "buy_stakes" for post in act.posts):
        treasuries = state.owners.treasuries + act.stakes_bought() / price
        state.owners = state.owners._replace(treasuries=np.maximum(treasuries, 0.0))
    return _spending(state, budget, act, provinces, heads)


def views(state: State, mechanisms: Sequence[Mechanism], prices: float) -> Iterator[tuple[Mechanism, View]]:
    """Yield every mechanism with its view; all views are created before any mechanism acts.

    Parameters
    ----------
    prices : float
        Nominal per base-year yuan, at which posts are paid.
    """
    setting = setting_of(state, prices, [m.name for m in mechanisms])
    loads = [mechanism.load(state.memories[mechanism.name]) for mechanism in mechanisms]
    pools: dict[str, np.ndarray] = {}
    # Sorted by name, so that sums do not depend on the order of calls.
    for _, load in sorted(zip((m.name for m in mechanisms), loads, strict=True), key=lambda pair: pair[0]):
        if load is not None:
            pools[load[0]] = pools.get(load[0], 0.0) + load[1]
    seen = [
        View(
            state.outcome, mechanism.readable, setting, mechanism.name, state.scales.get(mechanism.name, 1.0),
            None if load is None else pools[load[0]],
        )
        for mechanism, load in zip(mechanisms, loads, strict=True)
    ]  # fmt: skip
    yield from zip(mechanisms, seen, strict=True)


def _spending(state: State, budget: Budget, act: Actions, provinces: np.ndarray, heads: np.ndarray) -> Policy:
    """Return ordinary public spending after the outlays of mechanisms."""
    a, g = state.accounts, state.parameters.government
    paid, received = act.balances()
    share = 1.0 - paid[a.provinces] / np.maximum(provinces, 1e-300)
    cut = budget.provincial * (1.0 - share[state.base.province_of])
    budget = replace(budget, provincial=budget.provincial - cut)
    ordinary = np.maximum(budget.appropriation - cut - paid[a.treasury], 0.0)
    programmes = budget.programmes - paid[a.nation]
    spending_cut = _spending_cut(state, budget, act, ordinary.sum() + programmes)
    ordinary, programmes = (amount * (1.0 - spending_cut) for amount in (ordinary, programmes))
    research = 1.0 - g.services_share - g.infrastructure_share
    site_log_z = np.zeros((len(a.site), state.base.capital.shape[1]))
    for site in act.sites:
        site_log_z[site.index] = site.log_productivity
    return Policy(
        act,
        budget,
        received=received,
        spending_cut=spending_cut,
        city_services=ordinary * (1.0 - research - state.infrastructure_share),
        research=ordinary * research,
        infrastructure=ordinary * state.infrastructure_share,
        programmes=programmes * national_weights(state.world, heads),
        site_log_z=site_log_z,
    )


def _spending_cut(state: State, budget: Budget, act: Actions, ordinary: float) -> float:
    """Return the cut in ordinary public spending that keeps private investment at its floor, as a share.

    Public accounts meet private savings in one pool. From last year's revenue and savings the pool's factor
    ``1 + B/S`` is expected; where it would fall below ``private_floor``, ordinary spending is cut.

    Parameters
    ----------
    ordinary : float, million yuan
        Spending of cities and of national programmes.
    """
    revenue, savings = state.outcome.public_revenue, state.outcome.savings
    fixed = (budget.interest + act.purchases_services + act.purchases_investment + act.firm_grants).sum()
    fixed += act.household_grants.sum()
    fixed += (act.directed_public + act.directed_private).sum()
    missing = fixed + ordinary - revenue - (1.0 - state.parameters.government.private_floor) * savings
    return float(np.clip(missing / max(ordinary, 1e-300), 0.0, 1.0))
