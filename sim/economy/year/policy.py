"""Phase policy: budgets are appropriated, mechanisms act, what they post is settled."""

from __future__ import annotations

import numpy as np

from sim.economy import cities
from sim.economy.public import Budget, make_budget, national_weights
from sim.economy.state import State
from sim.policy.settlement import Actions
from sim.policy.view import View


def policy(state: State, mechanisms: tuple) -> None:
    """Appropriate budgets, let mechanisms act on last year's outcome, settle what they posted."""
    a, g = state.accounts, state.parameters.government
    own, provinces, nation = state.revenue
    deflator = state.outcome["deflator"]
    heads = state.people.sum(axis=1)
    provinces = np.maximum(provinces + g.reserve_rate * state.cash[a.provinces], 0.0)
    nation = max(nation + g.reserve_rate * state.cash[a.nation], 0.0)
    debt = state.debt * deflator
    budget = make_budget(state.world, g, own, provinces, nation, heads, debt, state.base.province_of)
    act = Actions(a)
    cities.decide(state, act)
    for mechanism in mechanisms:
        view = View(state.outcome, mechanism.reads, state.year, state.world, state.parameters, a, state.hours)
        mechanism.decide(view, act.for_mechanism(mechanism), state.memories[mechanism.name])
    available = np.full(len(a), np.inf)
    available[a.treasury] = g.city_limit * budget.appropriation
    available[a.provinces] = g.province_limit * provinces
    available[a.nation] = g.nation_limit * budget.programmes
    available[a.fund], available[a.site] = state.cash[a.fund], state.cash[a.site]
    act.settle(available)
    state.actions, state.budget = act, budget
    out, free = mechanism_balances(act, len(a))
    share = 1.0 - out[a.provinces] / np.maximum(provinces, 1e-300)
    cut = budget.provincial * (1.0 - share[state.base.province_of])
    budget.provincial = budget.provincial - cut
    ordinary = np.maximum(budget.appropriation - cut - out[a.treasury], 0.0)
    programmes = budget.programmes - out[a.nation]
    now = state.now = {"free": free}
    now["spending_cut"] = spending_cut(state, budget, act, ordinary.sum() + programmes)
    ordinary, programmes = (amount * (1.0 - now["spending_cut"]) for amount in (ordinary, programmes))
    now["programmes"] = programmes * national_weights(state.world, heads)
    research = 1.0 - g.services_share - g.infrastructure_share
    now["city_services"] = ordinary * (1.0 - research - state.infrastructure_share)
    now["research"] = ordinary * research
    now["infrastructure_spending"] = ordinary * state.infrastructure_share
    now["services_spending"] = now["city_services"] + now["research"] + now["programmes"]
    now["site_log_z"] = np.zeros((len(a.site), state.base.capital.shape[1]))
    for site in act.sites:
        now["site_log_z"][site.index] = site.log_productivity


def spending_cut(state: State, budget: Budget, act: Actions, ordinary: float) -> float:
    """Return the share of ordinary public spending to cut, so that private investment keeps its floor.

    Public accounts meet private savings in one pool. From last year's revenue and savings the pool's factor
    ``1 + B/S`` is foreseen; where it would fall below ``private_floor``, ordinary spending gives way.

    Parameters
    ----------
    ordinary : float, million yuan
        Spending of cities and of national programmes.
    """
    revenue, savings = state.outcome["public_revenue"], state.outcome["savings"]
    fixed = (budget.interest + act.purchases_services + act.purchases_investment + act.firm_grants).sum()
    fixed += (act.directed_public + act.directed_private).sum()
    missing = fixed + ordinary - revenue - (1.0 - state.parameters.government.private_floor) * savings
    return float(np.clip(missing / max(ordinary, 1e-300), 0.0, 1.0))


def mechanism_balances(act: Actions, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what mechanisms take out of (A,) and add to (A,) each account, net by mechanism, million yuan."""
    net: dict[str, np.ndarray] = {}
    for post in act.posts:
        row = net.setdefault(post.mechanism, np.zeros(n))
        row[post.payer] -= post.granted
        row[post.payee] += post.granted
    out, free = np.zeros(n), np.zeros(n)
    for name in sorted(net):
        out += np.maximum(-net[name], 0.0)
        free += np.maximum(net[name], 0.0)
    return out, free
