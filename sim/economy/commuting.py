"""Commuting: residents work in another region for the day and take their wages home (docs/model.md 9.28)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.economy.state import State
from sim.kernels.accounts import RegionalAccounts
from sim.kernels.market import NO_ONE, NO_PAIR, Market
from sim.parameters import Migration
from sim.policy.settlement import Actions
from sim.world import World, first_hours

# Largest net loss of people employed in a region, as a share of residents: something is always produced.
MOST_LEAVING = 0.9


class Commuters(NamedTuple):
    """Commuters beyond those of the base year, by pair of regions."""

    home: np.ndarray  # (k,) region of residence
    work: np.ndarray  # (k,) region of work
    persons: np.ndarray  # (k, 2) negative: fewer than in the base year

    def workplaces(self, people: np.ndarray) -> np.ndarray:
        """Return people where they work (R, 2), given people where they live."""
        found = people.copy()
        np.add.at(found, self.work, self.persons)
        np.subtract.at(found, self.home, self.persons)
        return found


NONE = Commuters(NO_PAIR, NO_PAIR, NO_ONE)


def commuting_friction(world: World, m: Migration) -> np.ndarray:
    """Return the log odds against working elsewhere, (R, R): travel time of the base year, border of a home label.

    Infinite out of reach; at home there is the time within the region.
    """
    hours = first_hours(world)[1].people
    away = (world.home[:, None] != world.home[None, :]).astype(float)
    friction = m.commuting_cost * hours + m.commuting_border * away
    friction[(hours > m.commuting_reach) & ~np.eye(world.n_regions, dtype=bool)] = np.inf
    return friction


def workplace_shares(size: np.ndarray, wage: np.ndarray, friction: np.ndarray, elasticity: float) -> np.ndarray:
    """Return the shares of residents by region of work, (n, R), rows sum to 1, or to 0 where no work is within reach.

    Parameters
    ----------
    size : (R,) persons
        Of the base year.
    wage : (R,) float
        Relative wages matter only.
    friction : (n, R) log odds
    elasticity : float
    """
    odds = size * np.maximum(wage, 0.0) ** elasticity * np.exp(-friction)
    total = odds.sum(axis=1, keepdims=True)
    return np.divide(odds, total, out=np.zeros_like(odds), where=total > 0)


def base_commuters(state: State) -> np.ndarray:
    """Return the commuters that the law implies at the state's people and wages without any policy, (R, R) persons.

    They are inside the data of the base year, which count output and wages where people work.
    """
    friction, m = commuting_friction(state.world, state.parameters.migration), state.parameters.migration
    found = np.zeros_like(friction)
    for g in (0, 1):
        size, wage = state.world.people[:, g], state.outcome.wage[:, g]
        found += state.people[:, g, None] * workplace_shares(size, wage, friction, m.commuting_elasticity)
    np.fill_diagonal(found, 0.0)
    return found


def commuters_of(state: State, act: Actions) -> Commuters:
    """Return the commuters beyond those of the base year, by the wedge ``commuting``.

    It changes the friction, of which nothing can be reduced out of reach.
    """
    if "commuting" not in act.posted:
        return NONE
    m, people = state.parameters.migration, state.people
    friction = commuting_friction(state.world, m)
    change = act.within("commuting", np.where(np.isfinite(friction), friction, 0.0))
    rows = np.flatnonzero(change.any(axis=1))
    friction = friction[rows]
    eased = friction + change[rows]
    more = np.empty((2, len(rows), state.n))
    for g in (0, 1):
        before, after = (
            workplace_shares(state.world.people[:, g], state.outcome.wage[:, g], f, m.commuting_elasticity)
            for f in (friction, eased)
        )
        more[g] = people[rows, g, None] * (after - before)
        more[g, np.arange(len(rows)), rows] = 0.0
        more[g] *= _possible(more[g], rows, people[:, g])
    row, work = np.nonzero(more.any(axis=0))
    return Commuters(rows[row], work, np.ascontiguousarray(more[:, row, work].T))


def _possible(more: np.ndarray, rows: np.ndarray, people: np.ndarray) -> float:
    """Return the share of the change by which no region loses more than `MOST_LEAVING` of those employed there."""
    loss = -more.sum(axis=0)
    loss[rows] += more.sum(axis=1)
    allowed = MOST_LEAVING * people
    over = loss > allowed
    return float((allowed[over] / loss[over]).min()) if over.any() else 1.0


def commuters_pay(market: Market, regional: RegionalAccounts) -> np.ndarray:
    """Return the wages that commuters of each pair take home, (k, 2) million yuan, before taxes."""
    bills = np.column_stack([regional.workers_bill, regional.talent_bill])
    wages = np.divide(bills, market.people, out=np.zeros_like(bills), where=bills > 0)
    return market.commuters * wages[market.commuters_work]


def labour_incomes(market: Market, regional: RegionalAccounts) -> np.ndarray:
    """Return the labour income of residents, (2, R) million yuan, before taxes: of workers, of talent."""
    earned = np.array([regional.workers_bill, regional.talent_bill])
    pay = commuters_pay(market, regional)
    np.add.at(earned.T, market.commuters_home, pay)
    np.subtract.at(earned.T, market.commuters_work, pay)
    return earned
