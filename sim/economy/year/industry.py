"""Phase industry: firms exit, move, enter and grow; owners' claims move with capital."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.economy.directed import created_capital
from sim.economy.firms.chunks import MIN_PARALLEL, map_chunks
from sim.economy.firms.growth import Growth
from sim.economy.firms.steps import Choice, Moves
from sim.economy.results import Policy, Production, Renewal
from sim.economy.returns import gross_return
from sim.economy.sites import left_in_sites, site_money, sites_now, supply_of_capital, vacancies
from sim.economy.state import Owners, State
from sim.kernels.flows import OWNER_BLOCK, carry


class NewCapital(NamedTuple):
    """Investment of a year in real units."""

    by_saver: np.ndarray  # (R, R) million yuan, real, from savers in i to j
    units: np.ndarray  # (R, S) million yuan, real
    scrapped: np.ndarray  # (R,) million yuan, real, directed money that creates no capital
    supply: np.ndarray  # (R, S) million yuan, real, capacity by which investment was allocated
    vacant: np.ndarray  # (n_sites, S) million yuan, real, of it vacant capacity of sites


def industry(state: State, policy: Policy, produced: Production) -> Renewal:
    """Let firms exit and depreciate, relocate, enter and grow; owners' claims move with capital."""
    k, ind, firms, site_z = state.parameters.capital, state.parameters.industry, state.firms, policy.site_log_z
    returns = produced.returns
    classes = _classes(state, policy, produced) if state.setup.records_classes else None
    count, before, real_firms = firms.totals()
    exits = firms.exit(
        returns.unit_return, state.seed, state.year, ind, k.depreciation, site_z, _recovery(state, policy)
    )
    scrapped, total = exits.scrapped.sum(axis=1), before.sum(axis=1)
    left_over = (1.0 - k.depreciation) * (1.0 - scrapped / total)
    recovered = exits.recovered * (1.0 - k.depreciation)
    kept = (1.0 - k.depreciation) * (total - scrapped)
    site_supply, keys, room = sites_now(state, policy.actions)
    choice = Choice(
        np.log(returns.unit_return * returns.grant_factor), state.constants.plots,
        state.constants.life_cycle, state.links.hours.people, policy.actions.wedges["site_attraction"], site_supply,
        site_z, keys, room, policy.actions.wedges["headquarters"],
    )  # fmt: skip
    if state.setup.integer_moves:
        moves, branches = firms.relocate(choice, ind, state.seed, state.year)
    else:
        moves, branches = firms.relocate_expected(choice, ind, state.year), np.zeros_like(count)
    state.owners = _moved(state.owners, moves, left_over, kept)
    new = _new_capital(state, policy, produced, vacancies(state, policy.actions, room))
    entry = _invest(state, policy, produced, new, recovered, keys, real_firms)
    came, left = (np.bincount(city, moves.capital, state.n) for city in (moves.destination, moves.origin))
    expected = kept + came - left + new.units.sum(axis=1)
    have, claims = firms.totals()[1].sum(axis=1), state.owners.total
    return Renewal(
        moves,
        firms=count,
        real_firms=real_firms,
        entry=entry,
        exit=exits.count,
        branches=branches,
        scrapped=scrapped + new.scrapped,
        tail=exits.tail,
        capital_flow=new.by_saver,
        classes=classes,
        audit_capital=float(max(np.abs(have / expected - 1.0).max(), np.abs(claims / expected - 1.0).max())),
    )


def _recovery(state: State, policy: Policy) -> np.ndarray | float:
    """Return the share of the capital of closing firms that is used again, by region, (R, 1)."""
    share, act = state.parameters.industry.recovery_share, policy.actions
    if "recovery" not in act.posted:
        return share
    return 1.0 - (1.0 - share) * np.exp(-act.wedges["recovery"])[:, None]


def _classes(state: State, policy: Policy, produced: Production) -> np.ndarray:
    """Return capital, real firms and value added by zone class, age, size and ownership, as the firms produced."""
    host = state.accounts.site_host
    value = state.outcome.value_added / produced.quality
    sites = value[host] * np.exp(4.0 * state.firms.process.power * policy.site_log_z)
    return state.firms.by_class(state.constants.zone, np.concatenate([value, sites]))


def _invest(
    state: State,
    policy: Policy,
    produced: Production,
    new: NewCapital,
    recovered: np.ndarray,
    keys: np.ndarray,
    real_firms: np.ndarray,
) -> np.ndarray:
    """Let new and recovered capital, (R, S) million yuan, found firms and make existing ones grow.

    Returns
    -------
    (R, S) float
        Firm agents founded.
    """
    ind, firms, units = state.parameters.industry, state.firms, new.units
    pool = units + recovered
    in_sites, into_sites = site_money(state, units, new.supply, new.vacant, left_in_sites(state, policy.actions))
    founding = state.parameters.capital.founding_share * (pool - into_sites)
    # In a city without firms all investment founds firms.
    lost = firms.totals()[0].sum(axis=1) == 0
    founding[lost] = (pool - into_sites)[lost]
    mean = _entry_means(state, policy, produced, real_firms)
    # New agents in sites have as much capital as other new agents of the host.
    host = state.accounts.site_host
    site_mean = in_sites * (mean / np.maximum(founding, 1e-300))[host]
    entry, left, site_left = firms.enter(
        mean, site_mean, founding, in_sites, state.constants.firm_weight, keys, state.seed, state.year, ind
    )
    growth = Growth(firms, policy.site_log_z)
    np.add.at(left, host, growth.add_sites(site_left))
    rest = growth.add(
        pool - into_sites - founding + left, left_in_sites(state, policy.actions, growth.units[state.n :])
    )
    if rest.any():
        # Investment of a cell without firms goes to the other sectors of its city.
        present = (firms.totals()[0] > 0) * (units + 1e-12)
        growth.add(rest.sum(axis=1, keepdims=True) * present / present.sum(axis=1, keepdims=True))
    firms.renew(growth, state.seed, state.year)
    firms.divide_in_sites(state.year)
    return entry


def _moved(owners: Owners, moves: Moves, left_over: np.ndarray, total: np.ndarray) -> Owners:
    """Return claims of owners after depreciation, exit and moves; capital that moves keeps its owners.

    Parameters
    ----------
    left_over : (R,) float
        Share of capital that remains after depreciation and exit.
    total : (R,) float, million yuan
        Capital before moves.
    """
    n = len(total)
    share = moves.capital / total[moves.origin]
    parts: list[tuple] = []
    moved = Owners(*(np.empty(stock.shape) for stock in owners))
    for stock, out in zip(owners, moved, strict=True):
        holders, after = stock.reshape(-1, n), out.reshape(-1, n)
        for low in range(0, len(holders), OWNER_BLOCK):
            some = slice(low, low + OWNER_BLOCK)
            parts.append((holders[some], left_over, moves.origin, moves.destination, share, after[some]))
    if n * len(share) > MIN_PARALLEL:
        map_chunks(carry, parts)  # divided among threads
    else:
        for part in parts:
            carry(*part)
    return moved


def _new_capital(state: State, policy: Policy, produced: Production, vacant: np.ndarray) -> NewCapital:
    """Convert this year's investment to real units and record their owners.

    What directed money does not create is a loss of the fund and the partners who paid for it, and of no other owner.
    Within a city it is allocated to sectors by the mass of existing capital and of vacant sites, and by returns.
    """
    act, k, market, owners = policy.actions, state.parameters.capital, produced.market, state.owners
    price, saved = produced.capital_price, produced.regional.saving
    created = created_capital(act, produced.returns.capital * price[:, None])
    public, private = created.public.sum(axis=2), created.private.sum(axis=(0, 2))
    # Real units by saver, computed in place: these are the largest arrays of a year.
    by_saver = market.savers_shares * (saved * produced.crowding)[:, None]
    by_saver += (saved / saved.sum())[:, None] * private
    by_saver /= price
    sold = act.stakes_sold[:, None] * owners.funds
    households = owners.households + by_saver
    np.einsum("ii->i", households)[:] += sold.sum(axis=0)
    # What public money paid for stakes, less depreciation and what was sold.
    kept = (1.0 - k.depreciation) * (1.0 - act.stakes_sold)
    state.fund_book = kept * state.fund_book + public.sum(axis=1) / produced.deflator
    state.owners = owners._replace(
        households=households,
        abroad=owners.abroad + market.foreign_inflow / price,
        funds=owners.funds - sold + public / price,
    )
    directed = (act.directed_public + act.directed_private).sum(axis=0).sum(axis=1)
    kept = (created.public + created.private).sum(axis=0)
    open_market = produced.regional.investment - directed
    supply = supply_of_capital(state, act, produced.returns.capital, vacant)
    weight = supply * np.maximum(gross_return(state), 1e-9) ** k.return_elasticity
    weight = weight / weight.sum(axis=1, keepdims=True)
    units = (open_market[:, None] * weight + kept) / price[:, None]
    return NewCapital(by_saver, units, (directed - kept.sum(axis=1)) / price, supply, vacant)


def _entry_means(state: State, policy: Policy, produced: Production, before: np.ndarray) -> np.ndarray:
    """Return expected entrants of ordinary locations, (R, S) agents/yr, by real firms: agents of sites are small."""
    ind, weight = state.parameters.industry, state.constants.firm_weight
    count = state.firms.totals()[2] / weight
    # Mean return of the firms of a cell, their productivity included.
    gross = produced.returns.return_to_capital + state.parameters.capital.depreciation
    mean_return = (count * gross).sum() / count.sum()
    pull = (gross / mean_return) ** ind.entry_elasticity * np.exp(policy.actions.wedges["entry"])
    mean = (count + 0.1) * pull
    # Entry responds to relative profit; the national rate is fixed.
    return mean * (ind.entry_rate * (before / weight).sum() / mean.sum())
