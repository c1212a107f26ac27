"""Our firms as the benchmarks see them; with `stand_in` the only place that knows how they are called."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.harness import Plan
from sim.config import Scenario
from sim.economy.firms.steps import Firms
from sim.economy.year.industry import industry
from sim.model import RegionalEconomy
from sim.parameters import Industry

COLUMNS = ("city", "sector", "home", "capital", "log_z", "age", "ownership", "weight")


def scenario(plan: Plan, cities: int, firms: float, **more: Any) -> Scenario:
    """Return a scenario without policy of a nominal number of cities and of firms."""
    given = {"kind": "scenario", "name": "bench", "world": plan.worlds[cities], "start": 2020, "years": 20}
    return Scenario(**{**given, "firms": plan.firms(firms), **more})


def model(plan: Plan, cities: int, firms: float, seed: int = 1) -> RegionalEconomy:
    """Return a model that has lived through its first year."""
    made = RegionalEconomy(scenario(plan, cities, firms), seed)
    made.step()
    return made


def kept(plan: Plan, cities: int, firms: float) -> RegionalEconomy:
    """Return a model that rows share, one after the other: each lets it live on."""
    if (cities, firms) not in plan.models:
        plan.models[cities, firms] = model(plan, cities, firms)
    return plan.models[cities, firms]


def sums(model: RegionalEconomy) -> None:
    """Sum what the market and the returns of a year need of firms."""
    model.state.firms.productive_capital(model.latest.policy.site_log_z)
    model.state.firms.totals()


def firm_phases(model: RegionalEconomy) -> None:
    """Do all of a year that touches firms, prices and public plans staying as they are."""
    sums(model)
    industry(model.state, model.latest.policy, model.latest.produce)
    model.state.year += 1


def columns(firms: Firms) -> dict[str, np.ndarray]:
    """Return copies of what a firm is, an array a property."""
    return {name: np.array(getattr(firms, name)) for name in COLUMNS}


@dataclass(frozen=True)
class Offer:
    """The law of relocation of a year, in a world without enclave sites. R cities, S sectors.

    Attributes
    ----------
    attraction : (R, S) float
        Utility before costs.
    way : (R, R) float
        ``ln(1 + hours)`` of people.
    entry, distance, headquarters : float
        Log odds, the last two per log hour: ``m0``, ``m1``, ``hq``.
    stay : float
        Log odds in favour of staying.
    hazard : float
        Probability of reconsidering.
    size : (S,) float, million yuan
        Capital of a firm whose moving costs are multiplied by one.
    exponent : float
        Of relative size in the multiplier.
    """

    attraction: np.ndarray
    way: np.ndarray
    entry: float
    distance: float
    headquarters: float
    stay: float
    hazard: float
    size: np.ndarray
    exponent: float

    def friction(self, capital: np.ndarray, sector: np.ndarray) -> np.ndarray:
        """Return the multiplier of moving costs of firms."""
        return (capital / self.size[sector]) ** self.exponent


def offer(attraction: np.ndarray, hours: np.ndarray, size: np.ndarray, params: Industry) -> Offer:
    """Return the law of a year.

    Parameters
    ----------
    attraction, hours, size
        As in `Offer`; hours of people.
    params : Industry
    """
    return Offer(
        attraction, np.log1p(hours), params.moving_cost, params.distance_cost, params.headquarters_cost,
        math.log(params.inertia), -math.expm1(-params.relocation_rate), size, params.size_exponent,
    )  # fmt: skip


def offered(model: RegionalEconomy, change: np.ndarray | float = 0.0) -> Offer:
    """Return the law that firms of a state face, log unit profits changed by ``change`` (R, S)."""
    ln_unit, supply, size = _terms(model, change)
    ind = model.state.parameters.industry
    return offer(ind.profit_elasticity * ln_unit + supply, model.state.links.hours.people, size, ind)


def _terms(model: RegionalEconomy, change: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log unit profit and log supply by cell, mean size by sector, as `industry` finds them."""
    count, capital, _ = model.state.firms.totals()
    returns = model.latest.produce.returns
    ln_unit = np.log(returns.unit_return * returns.grant_factor[:, None]) + change
    return ln_unit, np.log(model.state.base.capital), capital.sum(axis=0) / np.maximum(count.sum(axis=0), 1.0)


def relocation(model: RegionalEconomy) -> Callable[[], None]:
    """Return a function that lets firms relocate, another year each time it is called."""
    state = model.state
    n_sectors = state.base.capital.shape[1]
    no_sites = (np.empty((0, n_sectors)), np.empty((0, n_sectors)), np.empty(0, np.uint64), np.empty(0))
    ln_unit, supply, size = _terms(model, 0.0)
    wedge = np.zeros_like(ln_unit)

    def relocate() -> None:
        state.firms.relocate(
            ln_unit,
            supply,
            *no_sites,
            state.links.hours.people,
            wedge,
            state.parameters.industry,
            size,
            state.seed,
            state.year,
        )
        state.year += 1

    return relocate


def choices(model: RegionalEconomy, change: np.ndarray | float, year: int) -> np.ndarray:
    """Return the city that each firm of a model is in after relocating, (F,); the model stays as it is."""
    state = model.state
    n_sectors = state.base.capital.shape[1]
    no_sites = (np.empty((0, n_sectors)), np.empty((0, n_sectors)), np.empty(0, np.uint64), np.empty(0))
    ln_unit, supply, size = _terms(model, change)
    firms = copy.deepcopy(state.firms)
    whole = state.parameters.industry.model_copy(update={"branch_share": 0.0})
    firms.relocate(
        ln_unit, supply, *no_sites, state.links.hours.people, np.zeros_like(ln_unit), whole, size, state.seed, year
    )
    return np.array(firms.city)
