"""Our firms as the benchmarks see them; with `stand_in` the only place that knows how they are called."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.harness import Plan
from sim.config import Scenario
from sim.economy.base_year.plots import moving_costs
from sim.economy.firms.steps import Choice, Firms
from sim.economy.year.industry import industry
from sim.model import RegionalEconomy
from sim.parameters import Industry

COLUMNS = ("city", "sector", "home", "capital", "log_z", "age", "ownership", "weight", "variance")


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


class Offer(NamedTuple):
    """The law of relocation of a year, in a world without enclave sites. R cities, S sectors.

    Attributes
    ----------
    attraction : (R, S) float
        Utility of plots elsewhere before costs, log odds.
    stay : (R, S) float
        Utility of a firm's own plot, log odds.
    cost : (R, R) float
        Log odds of moving between cities for a firm of the reference size.
    away : (R, R) float
        Log odds of the distance from headquarters.
    thin : (R,) float
        Log of the mean density over that of the city.
    life_cycle : (S,) float
        Log odds for thin places of a mature firm over a new one.
    maturity : float
        Mean maturity in the base year.
    maturing : float, years
    hazard : float
        Probability of reconsidering.
    size : (S,) float, million yuan
        Capital per real firm for which moving costs are multiplied by one.
    exponent : float
        Of relative size in the multiplier.
    """

    attraction: np.ndarray
    stay: np.ndarray
    cost: np.ndarray
    away: np.ndarray
    thin: np.ndarray
    life_cycle: np.ndarray
    maturity: float
    maturing: float
    hazard: float
    size: np.ndarray
    exponent: float

    def friction(self, capital: np.ndarray, weight: np.ndarray, sector: np.ndarray) -> np.ndarray:
        """Return the multiplier of moving costs of firms."""
        return (capital / (weight * self.size[sector])) ** self.exponent

    def stage(self, age: np.ndarray, sector: np.ndarray) -> np.ndarray:
        """Return the log odds for thin places of firms."""
        return self.life_cycle[sector] * (1.0 - np.exp(age / -self.maturing) - self.maturity)


def offer(choice: Choice, totals: Sequence[np.ndarray], params: Industry) -> Offer:
    """Return the law of a year.

    Parameters
    ----------
    choice : Choice
    totals : (3, R, S) float
        Firms, capital (million yuan), real firms.
    params : Industry
    """
    if not params.own_plot:
        raise ValueError("benchmarks know no other location choice than that with an own plot")
    _, capital, real = totals
    plots, profit = choice.plots, params.profit_elasticity * choice.ln_unit + choice.wedge
    return Offer(
        profit + plots.pull, profit + plots.stay, moving_costs(plots.home, choice.people_hours, params),
        params.headquarters_cost * np.log1p(choice.people_hours), plots.thin, choice.life_cycle, plots.maturity,
        params.maturing, -math.expm1(-params.relocation_rate), capital.sum(axis=0) / np.maximum(real.sum(axis=0), 1.0),
        params.size_exponent,
    )  # fmt: skip


def offered(model: RegionalEconomy, change: np.ndarray | float = 0.0) -> Offer:
    """Return the law that firms of a state face, log unit profits changed by ``change`` (R, S)."""
    state = model.state
    return offer(_choice(model, change), state.firms.totals(), state.parameters.industry)


def _choice(model: RegionalEconomy, change: np.ndarray | float = 0.0) -> Choice:
    """Return what firms choose among, as `industry` finds it."""
    state, returns = model.state, model.latest.produce.returns
    ln_unit = np.log(returns.unit_return * returns.grant_factor) + change
    no_sites = np.empty((0, ln_unit.shape[1]))
    return Choice(
        ln_unit, state.constants.plots, state.constants.life_cycle, state.links.hours.people, np.zeros_like(ln_unit),
        no_sites, no_sites, np.empty(0, np.uint64), np.empty(0),
    )  # fmt: skip


def relocation(model: RegionalEconomy) -> Callable[[], None]:
    """Return a function that lets firms relocate, another year each time it is called."""
    state, choice = model.state, _choice(model)

    def relocate() -> None:
        state.firms.relocate(choice, state.parameters.industry, state.seed, state.year)
        state.year += 1

    return relocate


def choices(model: RegionalEconomy, change: np.ndarray | float, year: int) -> np.ndarray:
    """Return the city that each firm of a model is in after relocating, (F,); the model stays as it is."""
    state = model.state
    firms = copy.deepcopy(state.firms)
    whole = state.parameters.industry.model_copy(update={"branch_share": 0.0})
    firms.relocate(_choice(model, change), whole, state.seed, year)
    return np.array(firms.city)
