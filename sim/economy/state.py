"""Fixed data of a run and its stocks, which change from year to year."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from sim.economy.base import Base, Plots
from sim.economy.firms.steps import Firms
from sim.economy.links import Links
from sim.economy.public import Revenue
from sim.economy.structure import Structure
from sim.kernels.market import Market
from sim.parameters import Parameters
from sim.policy.accounts import Accounts, Ledger
from sim.policy.cities import City
from sim.policy.outcome import Outcome
from sim.policy.quantity import of
from sim.world import World
from sim.world.paths import NationalPath


class Owners(NamedTuple):
    """Real capital by owner, million yuan; columns are the regions of location."""

    households: np.ndarray  # (R, R)
    treasuries: np.ndarray  # (R, R)
    nation: np.ndarray  # (R,)
    abroad: np.ndarray  # (R,)
    funds: np.ndarray  # (F, R)

    @property
    def total(self) -> np.ndarray:
        """All claims to the capital of each region, (R,) million yuan."""
        return np.sum([stock if stock.ndim == 1 else stock.sum(axis=0) for stock in self], axis=0)

    @property
    def public(self) -> np.ndarray:
        """Claims of treasuries, the nation and funds, (R,) million yuan."""
        return self.treasuries.sum(axis=0) + self.nation + self.funds.sum(axis=0)


class Returns(NamedTuple):
    """Returns to capital; (R, S) unless noted."""

    capital: np.ndarray  # million yuan, real
    unit_profit: np.ndarray  # million yuan per unit of quality
    unit_return: np.ndarray  # 1/yr, after tax, of a unit of capital with z = 1
    return_to_capital: np.ndarray  # 1/yr, net of depreciation
    grant_factor: np.ndarray  # gross profit with grants, relative to without
    composite: np.ndarray  # real talent combined with capital


@dataclass(frozen=True)
class Constants:
    """Constants determined by the base year."""

    firm_weight: np.ndarray = of("(R, S)", "real firms that a new agent represents")
    services_mean: float = of("", "million yuan per person, national mean")
    infrastructure_mean: float = of("", "million yuan per person, national mean")
    near: np.ndarray = of("(R, R)", "1, distance weights of people in density")
    people_near: np.ndarray = of("(R,)", "persons, discounted")
    employment: np.ndarray = of("(R, S)", "persons")
    spend_weight: np.ndarray = of("(R, S)", "1, shares of domestic spending")
    value_added_per_head: float = of("", "million yuan per person and year")
    log_technology: np.ndarray = of("(R, S)", "log")
    log_cost: np.ndarray = of("(R, S)", "log, unit cost")
    learning_residual: np.ndarray = of("(R, S)", "log per year")
    research_per_head: np.ndarray = of("(R,)", "million yuan per person and year")
    pollution: np.ndarray = of("(R,)", "kt CO2 per km2")
    amenity: np.ndarray = of("(R, 2)", "log")
    lasting_amenity: np.ndarray = of("(R, 2)", "log, with which net migration would be zero")
    consumption_per_head: np.ndarray = of("(R,)", "million yuan per person and year")
    zone: np.ndarray = of("(R,)", "index of the zone class")
    life_cycle: np.ndarray = of("(S,)", "log odds for sparse regions of a mature firm over a new one")
    plots: Plots = field(kw_only=True)
    clipped_targets: tuple[str, ...] = ()
    reduced_home_shares: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setup:
    """Fixed data of a run.

    Attributes
    ----------
    city_rule : City
        How city governments decide.
    demography : bool
        Whether births, deaths and education change the population.
    integer_moves : bool
        Whether migration flows are drawn as integers, or are their expected values.
    records_flows : bool
        Whether the record of a year has flows between all pairs of regions.
    records_classes : bool
        Whether it has sums of firms by class.
    path : NationalPath, optional
        Shares of the broad sectors along which recipes and national baskets change.
    """

    world: World
    parameters: Parameters
    base: Base
    constants: Constants
    accounts: Accounts
    seed: int
    city_rule: City
    demography: bool = True
    integer_moves: bool = True
    records_flows: bool = True
    records_classes: bool = False
    path: NationalPath | None = None

    @property
    def structure_changes(self) -> bool:
        """Whether baskets, recipes or skill demand change over time."""
        given = self.parameters
        fixed = given.households.sector_substitution == 1.0 and given.production.skill_bias == 0.0
        return self.path is not None or not fixed


@dataclass
class State:
    """The stocks of a run. R regions, S sectors, P provinces, A accounts.

    Attributes
    ----------
    setup : Setup
        Fixed data.
    ledger : Ledger
        Payments so far.
    structure : Structure
        Baskets, recipes and price indices of last year.
    returns : Returns
        Of last year's production.
    outcome : Outcome
        Last year's outcome, as observed by mechanisms and cities.
    memories : dict of str to object
        Memory of each mechanism, by its name.
    scales : dict of str to float
        Factors by which evaluations scale the money of mechanisms, by name; 1 by default.
    """

    setup: Setup
    ledger: Ledger
    firms: Firms
    links: Links
    year: int
    owners: Owners
    revenue: Revenue
    structure: Structure
    returns: Returns = field(init=False)
    outcome: Outcome = field(init=False)
    people: np.ndarray = of("(R, 2)", "persons")
    unregistered: np.ndarray = of("(R, 2)", "persons")
    services_stock: np.ndarray = of("(R,)", "million yuan, real")
    infrastructure_stock: np.ndarray = of("(R,)", "million yuan, real")
    knowledge: np.ndarray = of("(R, S)", "log, relative to the frontier trend")
    pollution: np.ndarray = of("(R,)", "kt CO2 per km2")
    debt: np.ndarray = of("(R,)", "million yuan, real; negative: deposits")
    cash: np.ndarray = of("(A,)", "million yuan, nominal, of funds, sites, provinces, nation")
    fund_book: np.ndarray = of("(n_funds,)", "million yuan, real, book value of the stakes of funds")
    solution: np.ndarray = of("(2R + 1 + 2NS,)", "logs, warm start of the market of the next year")
    reference_wage: np.ndarray = of("(R,)", "log, wage of workers at which the usual share is employed")
    infrastructure_share: np.ndarray = of("(R,)", "1, of each city's ordinary spending")
    bids: np.ndarray = of("(R,)", "1, of local taxes that cities refund to firms")
    memories: dict[str, Any] = field(default_factory=dict)
    scales: dict[str, float] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The world of the run."""
        return self.setup.world

    @property
    def parameters(self) -> Parameters:
        """Parameters of the run."""
        return self.setup.parameters

    @property
    def base(self) -> Base:
        """The base year."""
        return self.setup.base

    @property
    def constants(self) -> Constants:
        """Constants determined by the base year."""
        return self.setup.constants

    @property
    def accounts(self) -> Accounts:
        """Accounts that can pay and be paid."""
        return self.setup.accounts

    @property
    def seed(self) -> int:
        """Seed of all draws."""
        return self.setup.seed

    @property
    def n(self) -> int:
        """Number of regions."""
        return self.setup.world.n_regions

    @property
    def age(self) -> int:
        """Years since the base year."""
        return self.year - self.setup.world.year

    @property
    def market(self) -> Market:
        """The base-year market on the links of the year."""
        return self.base.market._replace(
            freeness=self.links.freeness, freeness_transposed=self.links.freeness_transposed
        )
