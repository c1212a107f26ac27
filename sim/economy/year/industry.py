"""Phases talent, industry and learn: people, firms and stocks move on."""

from __future__ import annotations

import numpy as np

from sim.economy.firms.growth import Growth
from sim.economy.firms.lanes import MANY, each
from sim.economy.firms.sites import left_in_sites, site_money, sites_now, supply_of_capital, vacancies
from sim.economy.state import State
from sim.economy.year.invest import gross_return
from sim.economy.year.produce import owned
from sim.kernels.flows import HOLDERS, carry


def industry(state: State) -> None:
    """Firms exit and depreciate, relocate, enter and grow; owners' claims move with capital."""
    now, k, ind = state.now, state.parameters.capital, state.parameters.industry
    firms, site_z = state.firms, now["site_log_z"]
    now["firms"], before, now["real_firms"] = firms.totals()
    gone = firms.exit(now["unit_return"], state.seed, state.year, ind, k.depreciation, site_z)
    now["exit"], now["scrapped"], now["tail"] = gone.count, gone.scrapped.sum(axis=1), gone.tail
    total = before.sum(axis=1)
    left_over = (1.0 - k.depreciation) * (1.0 - now["scrapped"] / total)
    recovered = gone.recovered * (1.0 - k.depreciation)
    kept = (1.0 - k.depreciation) * (total - now["scrapped"])
    site_supply, keys, room = sites_now(state)
    count, capital, _ = firms.totals()
    now["moves"], now["branches"] = firms.relocate(
        np.log(now["unit_return"] * now["grant_factor"][:, None]), np.log(state.base.capital), site_supply, site_z,
        keys, room, state.hours.people, state.actions.wedges["site_attraction"], ind,
        capital.sum(axis=0) / np.maximum(count.sum(axis=0), 1.0), state.seed, state.year,
    )  # fmt: skip
    moves = now["moves"]
    _move_owners(state, left_over, kept)
    vacant = vacancies(state, room)
    units = _new_capital(state, vacant)
    _invest(state, units, recovered, vacant, keys)
    came, left = (np.bincount(city, moves.capital, state.n) for city in (moves.destination, moves.origin))
    expected = kept + came - left + units.sum(axis=1)
    have = firms.totals()[1].sum(axis=1)
    claims = owned(state)
    now["audit_capital"] = max(np.abs(have / expected - 1.0).max(), np.abs(claims / expected - 1.0).max())


def _invest(state: State, units: np.ndarray, recovered: np.ndarray, vacant: np.ndarray, keys: np.ndarray) -> None:
    """New and recovered capital, (R, S) million yuan, founds firms and lets those that are there grow."""
    now, ind, firms = state.now, state.parameters.industry, state.firms
    pool = units + recovered
    in_sites, into_sites = site_money(state, units, vacant)
    founding = state.parameters.capital.founding_share * (pool - into_sites)
    mean = _entry_means(state)
    # Agents of sites start with as much capital as other new agents of the host.
    host = state.accounts.site_host
    site_mean = in_sites * (mean / np.maximum(founding, 1e-300))[host]
    now["entry"], left, site_left = firms.enter(
        mean, site_mean, founding, in_sites, state.constants["firm_weight"], keys, state.seed, state.year, ind
    )
    growth = Growth(firms, now["site_log_z"])
    np.add.at(left, host, growth.add_sites(site_left))
    rest = growth.add(pool - into_sites - founding + left, left_in_sites(state, growth))
    if rest.any():
        # A cell without any firm hands its money to the other sectors of its city.
        present = (firms.totals()[0] > 0) * (units + 1e-12)
        growth.add(rest.sum(axis=1, keepdims=True) * present / present.sum(axis=1, keepdims=True))
    firms.renew(growth, state.seed, state.year, ind)


def _move_owners(state: State, left_over: np.ndarray, total: np.ndarray) -> None:
    """Owners keep a part (R,) of their capital; what leaves a city, which had ``total`` (R,), takes its mix along."""
    moves = state.now["moves"]
    share = moves.capital / total[moves.origin]
    parts: list[tuple] = []
    for name, held in state.owners.items():
        state.owners[name] = moved = np.empty(held.shape)
        holders, after = held.reshape(-1, state.n), moved.reshape(-1, state.n)
        for low in range(0, len(holders), HOLDERS):
            some = slice(low, low + HOLDERS)
            parts.append((holders[some], left_over, moves.origin, moves.destination, share, after[some]))
    if state.n * len(share) > MANY:
        each(carry, parts)  # much work, which threads share
    else:
        for part in parts:
            carry(*part)


def _new_capital(state: State, vacant: np.ndarray) -> np.ndarray:
    """Turn this year's investment into real units (R, S) and book their owners.

    Within a city it goes to sectors by capital in place, vacant room of sites included, and by returns.
    """
    now, act, k = state.now, state.actions, state.parameters.capital
    price, market = now["capital_price"], state.market
    saved = now["book"][8]
    public = act.directed_public.sum(axis=2)
    private = act.directed_private.sum(axis=(0, 2))
    # Real units by saver, in place: these are the largest arrays of a year.
    units = market.savers_shares * (saved * now["factor"])[:, None]
    units += (saved / saved.sum())[:, None] * private
    units /= price
    now["capital_flow"] = units
    sold = act.stakes_sold[:, None] * state.owners["funds"]
    households = state.owners["households"] + units
    np.einsum("ii->i", households)[:] += sold.sum(axis=0)
    state.owners["households"] = households
    state.owners["abroad"] = state.owners["abroad"] + market.foreign_inflow / price
    state.owners["funds"] = state.owners["funds"] - sold + public / price
    directed = (act.directed_public + act.directed_private).sum(axis=0)
    open_market = now["book"][11] - directed.sum(axis=1)
    mass = supply_of_capital(state, vacant)
    weight = mass * np.maximum(gross_return(state), 1e-9) ** k.return_elasticity
    weight = weight / weight.sum(axis=1, keepdims=True)
    return (open_market[:, None] * weight + directed) / price[:, None]


def _entry_means(state: State) -> np.ndarray:
    """Expected entrants of ordinary places, (R, S) agents/yr, by real firms: agents of sites are small."""
    now, ind = state.now, state.parameters.industry
    weight = state.constants["firm_weight"]
    count = state.firms.totals()[2] / weight
    # What firms of the cell earn on average, their productivity included.
    gross = now["return_to_capital"] + state.parameters.capital.depreciation
    mean_return = (count * gross).sum() / count.sum()
    pull = (gross / mean_return) ** ind.entry_elasticity * np.exp(state.actions.wedges["entry"])
    mean = (count + 0.1) * pull
    # Entry responds to relative profit; its national level stays at the entry rate.
    return mean * (ind.entry_rate * (now["real_firms"] / weight).sum() / mean.sum())
