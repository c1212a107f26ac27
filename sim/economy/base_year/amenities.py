"""Migration of the base year: amenities with which expected net migration is what data say (docs/model.md 9.2)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.catalogue import GROUPS
from sim.economy.base import Base
from sim.economy.base_year.balance import newton_step
from sim.economy.relations import cost_of_living, moving_costs, without_local_moves
from sim.errors import RunFailed
from sim.kernels.flows import logit_shares
from sim.parameters import Migration, Parameters
from sim.world import World

SCALINGS, NEWTON = 2000, 50  # iterations: scaling, then Newton's method where that is slow
TOLERANCE = 1e-12
MOST_LEAVING = 0.8  # of those who reconsider, net


class Attraction(NamedTuple):
    """Attraction of regions to a skill group in the base year, which does not depend on wages or prices.

    Attributes
    ----------
    amenity : (R,) log odds
        On top of the value given.
    moves : (R, R) float, persons/yr
        Expected, from row to column; zero on the diagonal.
    clipped : (R,) bool
        Where more would leave than reconsider.
    """

    amenity: np.ndarray
    moves: np.ndarray
    clipped: np.ndarray


class Amenities(NamedTuple):
    """Amenities of the base year.

    Attributes
    ----------
    now : (R, 2) log
        With which net migration is that of the base year.
    lasting : (R, 2) log
        With which it is zero.
    clipped : tuple of str
        Targets that were clipped: region and group.
    """

    now: np.ndarray
    lasting: np.ndarray
    clipped: tuple[str, ...]


def base_attraction(
    world: World, m: Migration, log_hours: np.ndarray, group: int, value: np.ndarray, scale: float | None = None
) -> Attraction:
    """Solve for the attraction of regions such that expected net migration equals its target.

    Parameters
    ----------
    world : World
    m : Migration
    log_hours : (R, R) float
        ``ln(1 + hours)`` of people.
    group : {0, 1}
        Workers, talent.
    value : (R,) log odds
        Known part of the value of living in a place. Amenities make up the rest, so moves do not depend on it.
    scale : float, optional
        Of the target; that of the parameters by default.

    Raises
    ------
    RunFailed
        If the iteration does not converge.
    """
    n = world.n_regions
    # Contiguous, as everywhere: otherwise the kernel is compiled twice.
    size = world.people[:, group].astype(float)
    mobile = (m.worker_mobility if group == 0 else m.talent_mobility) * size
    limit = MOST_LEAVING * mobile
    unclipped = (m.target_scale if scale is None else scale) * world.migration_target[:, group]
    if not mobile.any():  # no one reconsiders, whatever the attraction
        return Attraction(np.zeros(n), np.zeros((n, n)), unclipped != 0.0)
    target = np.clip(unclipped, -limit, limit)
    centred = target - target.sum() * mobile / mobile.sum()
    # Where more would leave than can, the larger side gives way instead.
    target = centred if (mobile + centred > 0.0).all() else _balanced(target)
    goal = mobile + target
    cost = moving_costs(world, log_hours, m, group)
    amenity, shares = np.zeros(n), np.empty((n, n))
    for iteration in range(SCALINGS + NEWTON):
        logit_shares(size, value + amenity, cost, shares)
        arrivals = mobile @ without_local_moves(shares, world.home)
        step = np.log(goal / arrivals)
        if iteration >= SCALINGS:  # few regions exchange people, so that scaling converges slowly
            amenity += newton_step(shares, mobile, arrivals, goal)
        else:
            amenity += step
        if np.abs(step).max() < TOLERANCE:
            break
    else:
        worst = world.regions["id"].iloc[int(np.abs(step).argmax())]
        raise RunFailed(
            f"world {world.name}: amenities that give the migration of the base year were not found in "
            f"{SCALINGS + NEWTON} iterations ({GROUPS[group]}, last step {np.abs(step).max():.1e} in {worst})"
        )
    moves = shares * mobile[:, None]
    np.fill_diagonal(moves, 0.0)
    return Attraction(amenity, moves, np.abs(unclipped) > limit)


def _balanced(target: np.ndarray) -> np.ndarray:
    """Return net moves that sum to 0, with the larger of gains and losses scaled down."""
    gains, losses = np.maximum(target, 0.0), np.maximum(-target, 0.0)
    least = min(gains.sum(), losses.sum())
    return gains * (least / max(gains.sum(), 1e-300)) - losses * (least / max(losses.sum(), 1e-300))


def solve_amenities(
    base: Base, world: World, parameters: Parameters, log_hours: np.ndarray, services: np.ndarray
) -> Amenities:
    """Return the amenities of the base year, with mean zero over people.

    Parameters
    ----------
    base : Base
    world : World
    parameters : Parameters
    log_hours : (R, R) float
        ``ln(1 + hours)`` of people.
    services : (R,) float
        Services per head, relative to the nation.

    Raises
    ------
    RunFailed
        See `base_attraction`.
    """
    m, n = parameters.migration, world.n_regions
    people = world.people.astype(float)
    amenities, clipped = np.zeros((2, n, 2)), []
    goods = (np.log(base.prices[:-1]) * base.market.consumption).sum(axis=1)
    living = cost_of_living(goods, np.ones(n), parameters.households.housing_share)
    for group, bill in enumerate((base.regional.workers_bill, base.regional.talent_bill)):
        eps = m.worker_elasticity if group == 0 else m.talent_elasticity
        value = eps * np.log(bill / people[:, group] / living) + m.services_weight * np.log(services)
        now = base_attraction(world, m, log_hours, group, value)
        lasting = base_attraction(world, m, log_hours, group, value, 0.0) if m.target_fade > 0 else now
        clipped += [f"{world.regions['id'].iloc[i]} ({GROUPS[group]})" for i in np.flatnonzero(now.clipped)]
        for k, amenity in enumerate((now.amenity, lasting.amenity)):
            amenities[k, :, group] = (amenity - np.average(amenity, weights=people[:, group])) / eps
    return Amenities(amenities[0], amenities[1], tuple(clipped))
