"""Capacity that attracts capital: the mass of regions and cells, vacant capacity of enclave sites."""

from __future__ import annotations

import numpy as np

from sim.economy.firms.founding import site_identity
from sim.economy.state import State
from sim.policy.settlement import Actions

# Share of base-year capital at which a cell without capital still counts as an investment opportunity.
LEAST = 1e-3
# Largest change of the log mass of a cell by regulation (assumption): in the long run capital responds to it with an
# elasticity of 1 / (1 - capital.size_persistence), so that it at most doubles, nearly, at the default of 0.5.
STEERED = 0.3


def sites_now(state: State, actions: Actions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log supply (n, S), keys (n,) and vacant capacity (n,) (million yuan, real) of all sites."""
    names = state.accounts.site_names
    s = state.base.capital.shape[1]
    supply = np.full((len(names), s), -np.inf)
    room = np.zeros(len(names))
    used = state.firms.capital_by_site().sum(axis=1)
    for site in actions.sites:
        left = site.capacity - used[site.index]
        if site.open and left > 0:
            room[site.index] = left
            supply[site.index, site.sectors] = np.log(left)
    keys = np.array([site_identity(name) for name in names], dtype=np.uint64)
    return supply, keys, room


def left_in_sites(state: State, actions: Actions, planned: np.ndarray | float = 0.0) -> np.ndarray:
    """Return vacant capacity of each site, closed ones too, (n_sites,) million yuan.

    Parameters
    ----------
    planned : (n_sites, S) float, million yuan, real
        Investment in the firms of sites that has not been made yet.
    """
    left = np.zeros(len(state.accounts.site_names))
    used = (state.firms.capital_by_site() + planned).sum(axis=1)
    for site in actions.sites:
        left[site.index] = max(0.0, site.capacity - used[site.index])
    return left


def vacancies(state: State, actions: Actions, room: np.ndarray) -> np.ndarray:
    """Return vacant capacity by sector (n_sites, S): as eligible capital of the host, weighted by return.

    It weighs at most as much as the capital that attracts as much investment as the vacant capacity within a year.
    """
    sigma, k = state.parameters.production.sigma, state.parameters.capital
    yearly = max(state.base.growth + k.depreciation, 1e-300)
    vacant = np.zeros((len(room), state.base.capital.shape[1]))
    for site in actions.sites:
        share = site.sectors * state.returns.capital[site.host]
        if room[site.index] > 0 and share.sum() > 0:
            better = np.exp(k.return_elasticity * (sigma - 1.0) * site.log_productivity)
            vacant[site.index] = room[site.index] * share / share.sum() * np.minimum(better, 1.0 / yearly)
    return vacant


def savers_mass(state: State, capital: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Return the mass with which existing capital attracts savers, of regions (R,) or of cells (R, S), million yuan.

    It is a geometric mean of current capital and of base-year capital grown with the nation: the choice of savers is a
    replicator in the former alone. Growth of the nation leaves the weight of a yuan of vacant capacity unchanged.

    Parameters
    ----------
    capital, base : (R,) or (R, S) float, million yuan, real
        Of the present and of the base year.
    """
    persistence = state.parameters.capital.size_persistence
    growth = state.returns.capital.sum() / state.base.capital.sum()
    # What had no capital in the base year is not drawn back to it.
    origin = np.where(base > 0, growth * base, capital)
    return origin ** (1.0 - persistence) * capital**persistence


def steering(actions: Actions) -> np.ndarray:
    """Return the factor (R, S) by which regulation changes the mass of cells for savers, within `STEERED`."""
    return np.exp(np.clip(actions.wedges["investment"], -STEERED, STEERED))


def supply_of_capital(state: State, actions: Actions, capital: np.ndarray, vacant: np.ndarray) -> np.ndarray:
    """Return capacity for capital by cell (R, S), million yuan: mass of existing capital, vacant capacity of sites."""
    supply = savers_mass(state, np.maximum(capital, LEAST * state.base.capital), state.base.capital)
    if "investment" in actions.posted:
        supply *= steering(actions)
    np.add.at(supply, state.accounts.site_host, vacant)
    return supply


def site_money(
    state: State, units: np.ndarray, supply: np.ndarray, vacant: np.ndarray, left: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return investment that founds firms in sites, (n_sites, S), and its sums by cell of the hosts, (R, S).

    A yuan of vacant capacity attracts the same share of its cell's investment as a yuan of the capital's mass; what
    exceeds the capacity ``left``, (n_sites,) million yuan, goes to other firms of the cell.
    """
    host = state.accounts.site_host
    money = vacant * (units / supply)[host]
    money *= np.minimum(1.0, left / np.maximum(money.sum(axis=1), 1e-300))[:, None]
    by_host = np.zeros_like(units)
    np.add.at(by_host, host, money)
    return money, by_host
