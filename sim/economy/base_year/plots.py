"""Location choice of firms in the base year: residuals with which net relocation is zero (docs/model.md 9.5)."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sim.economy.base import Base, Plots
from sim.economy.firms.chunks import map_chunks
from sim.economy.firms.productivity import mean_age
from sim.economy.frictions import inside
from sim.errors import RunFailed
from sim.kernels.founding import strata
from sim.kernels.relocation import Origins, base_flows
from sim.parameters import Industry
from sim.world import World

# Log odds for sparse regions of a mature firm over a new one, by sector, and of other goods and services: assumption.
LIFE_CYCLE = {
    "agriculture": 0.0, "energy": 0.3, "manufacturing": 0.5, "high_tech": 0.5, "producer_services": 0.3,
    "consumer_services": 0.1,
}  # fmt: skip
OTHER_SECTORS = 0.4, 0.2
SIZES, AGES = 16, 4
ROUNDS, TOLERANCE = 2000, 1e-9
# What leaves the city with most of the capital of a sector arrives from the others, which also exchange with each
# other: it is at most what leaves the second one and this share of what leaves the others.
DOMINANT = 0.7
_solved: OrderedDict[bytes, Plots] = OrderedDict()


class _Sector(NamedTuple):
    """Problem of one sector."""

    origins: Origins
    moving: (
        np.ndarray
    )  # (R,) float, million yuan, expected to leave and to arrive if all reconsider and all of it moves
    cost: np.ndarray
    away: np.ndarray
    thin: np.ndarray


def base_plots(
    world: World, base: Base, ln_unit: np.ndarray, people_hours: np.ndarray, near: np.ndarray, params: Industry
) -> Plots:
    """Return the base-year residuals of the location choice of firms, (R, S).

    Parameters
    ----------
    world : World
    base : Base
    ln_unit : (R, S) float
        Log unit profit.
    people_hours : (R, R) float, h
    near : (R, R) float
        Distance weights of density.
    params : Industry

    Raises
    ------
    RunFailed
        If the iteration does not converge.
    """
    capital = base.capital
    with np.errstate(divide="ignore"):
        supply = np.log(capital / capital.sum(axis=0))
    none = np.zeros(len(capital))
    if not params.own_plot:
        plain = np.log(np.maximum(capital, 1e-300))
        return Plots(plain, plain + math.log(params.inertia), np.zeros_like(plain), none, 0.0, world.home)
    if params.relocation_rate == 0 or params.relocation_share == 0:
        return Plots(
            np.full(capital.shape, -np.inf), 0.0 * capital, np.full(capital.shape, -np.inf), none, 0.0, world.home
        )
    key = hashlib.blake2b(repr(params).encode())
    for array in (capital, world.real_firms, people_hours, near, world.people, world.land, world.home):
        key.update(np.ascontiguousarray(array).tobytes())
    found = _solved.get(key.digest())
    if found is None:
        found = _solve(world, capital, supply, people_hours, near, params)
        _solved[key.digest()] = found
        while len(_solved) > 4:
            _solved.popitem(last=False)
    # Solved with the unit profits of the base year in the residuals, which are what remains without them.
    profit = params.profit_elasticity * ln_unit
    return replace(found, pull=found.pull - profit, stay=found.stay - profit, site=found.site - profit)


def moving_costs(home: np.ndarray, people_hours: np.ndarray, params: Industry) -> np.ndarray:
    """Return log odds (R, R) of moving between ordinary plots for a firm of the reference size."""
    cost = params.moving_cost + params.distance_cost * np.log1p(people_hours)
    return np.where(inside(home), np.inf, cost)


def _solve(
    world: World, capital: np.ndarray, supply: np.ndarray, people_hours: np.ndarray, near: np.ndarray, params: Industry
) -> Plots:
    people = world.people.sum(axis=1)
    density = (near @ people) / (near @ world.land)
    thin = -np.log(density / np.exp(np.average(np.log(density), weights=people)))
    ages = np.floor(-mean_age(params.exit_rate) * np.log1p(-(np.arange(AGES) + 0.5) / AGES))
    mature = -np.expm1(-ages / params.maturing)
    cost = moving_costs(world.home, people_hours, params)
    away = params.headquarters_cost * np.log1p(people_hours)
    problems = []
    for s, psi in enumerate(life_cycle(world, params)):
        friction, weight = _sizes(capital[:, s], world.real_firms[:, s], params)
        moving = _moving(capital[:, s], world.home, params)
        origins = Origins(capital[:, s].copy(), friction, weight, psi * (mature - mature.mean()))
        problems.append((_Sector(origins, moving, cost, away, thin), supply[:, s]))
    solved = map_chunks(_balance, problems)
    for name, (_, _, change) in zip(world.sectors, solved, strict=True):
        if not change < TOLERANCE:
            raise RunFailed(
                f"world {world.name}: the location choice of {name} firms in the base year was not found in {ROUNDS} "
                f"iterations (last step {change:.1e})"
            )
    residual, inertia = (np.array([row[k] for row in solved]).T for k in (0, 1))
    total = np.log(np.maximum(capital.sum(axis=0), 1e-300))
    return Plots(residual + supply, residual + inertia, residual - total, thin, float(mature.mean()), world.home)


def life_cycle(world: World, params: Industry) -> np.ndarray:
    """Return the log odds for sparse regions of a mature firm over a new one, (S,)."""
    by_class = np.where(world.trade_class == 0, *OTHER_SECTORS)
    return params.life_cycle * np.array(
        [LIFE_CYCLE.get(name, other) for name, other in zip(world.sectors, by_class, strict=True)]
    )


def _sizes(capital: np.ndarray, real: np.ndarray, params: Industry) -> tuple[np.ndarray, np.ndarray]:
    """Return factors on the costs of moving and shares of capital of firms, (R, SIZES) each."""
    mean = capital.sum() / max(real.sum(), 1e-9)
    friction, weight = np.ones((len(capital), SIZES)), np.zeros((len(capital), SIZES))
    share, width = np.empty(SIZES), np.empty(SIZES)
    for i in np.flatnonzero((capital > 0) & (real > 0)):
        strata(SIZES, real[i], params.size_tail, share, width)
        weight[i] = share
        friction[i] = (share * capital[i] / (np.maximum(width, 1e-300) * real[i] * mean)) ** params.size_exponent
    return friction, weight


def _moving(capital: np.ndarray, home: np.ndarray, params: Industry) -> np.ndarray:
    """Return the capital (R,), million yuan, that leaves each city if all firms reconsider and move as a whole."""
    if len(np.unique(home)) < 2:
        return np.zeros_like(capital)
    share = params.relocation_share / (-math.expm1(-params.relocation_rate) * params.moved_share)
    place = np.bincount(home, capital)
    moving = place.copy()
    *rest, second, first = np.argsort(place)
    moving[first] = min(moving[first], moving[second] + DOMINANT * moving[rest].sum())
    return share * capital * (moving / np.maximum(place, 1e-300))[home]


def _balance(sector: _Sector, supply: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Solve for residual attraction and log inertia (R,) of a sector; return them and the last step."""
    capital = sector.origins.capital
    used = sector.moving > 0
    residual, inertia = np.zeros(len(capital)), np.full(len(capital), 3.0)
    if np.count_nonzero(used) < 2:
        return residual, inertia, 0.0
    goal = sector.moving[used] / capital[used]
    change = np.inf
    for _ in range(ROUNDS):
        leaving, arriving = base_flows(
            sector.origins, residual + np.maximum(supply, -1e3), residual + inertia, sector.cost, sector.away,
            sector.thin,
        )  # fmt: skip
        pull = np.log(sector.moving[used] / arriving[used])
        stay = np.log(leaving[used] / (1.0 - leaving[used])) - np.log(goal / (1.0 - goal))
        change = max(np.abs(pull).max(), np.abs(stay).max())
        if change < TOLERANCE:
            break
        # What makes a city attractive to others also makes its own firms stay.
        residual[used] += pull
        inertia[used] += stay - pull
        residual[used] -= np.average(residual[used], weights=capital[used])
    inertia[~used] = np.average(inertia[used], weights=capital[used])
    return residual, inertia, float(change)
