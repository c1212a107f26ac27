"""The model: a year is one visible list."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import fields
from html import escape
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar
from weakref import WeakSet

import mesa
import numpy as np
from threadpoolctl import ThreadpoolController

from sim.agents import City, Firm, FirmSet
from sim.catalogue import GROUPS, VARIABLES
from sim.economy.base_year.start import start_state
from sim.economy.results import Year
from sim.economy.state import State
from sim.economy.year.connect import connect
from sim.economy.year.industry import industry
from sim.economy.year.invest import invest
from sim.economy.year.learn import learn
from sim.economy.year.observe import observe
from sim.economy.year.policy import policy
from sim.economy.year.produce import produce
from sim.economy.year.settle import settle
from sim.economy.year.talent import talent
from sim.policy.accounts import Accounts
from sim.policy.cities import City as CityRule
from sim.policy.mechanism import Mechanism
from sim.record import PAYMENT_DTYPE, RunRecord
from sim.world import World, select
from sim.world.paths import national_path

if TYPE_CHECKING:
    from sim.config import Scenario

P = ParamSpec("P")
T = TypeVar("T")


class Call(Protocol):
    """How a phase is called: directly, or for example timed."""

    def __call__(self, phase: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Call a phase and return what it returns."""


def call_directly(phase: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Call a phase."""
    return phase(*given, **named)


def year(state: State, mechanisms: Sequence[Mechanism], call: Call = call_directly) -> Year:
    """Run a year: its phases in order, each with the results it needs of earlier ones."""
    done = call(policy, state, mechanisms)
    connected = call(connect, state, done)
    placed = call(invest, state, done, connected)
    produced = call(produce, state, done, placed)
    closed = call(settle, state, mechanisms, done, connected, produced)
    migrated = call(talent, state, done, produced)
    renewed = call(industry, state, done, produced)
    learned = call(learn, state, done, connected, produced, migrated)
    observed = call(observe, state, done, produced, closed, migrated, renewed, learned)
    state.year += 1
    return Year(done, connected, placed, produced, closed, migrated, renewed, learned, observed)


# Names of the phases, in order.
PHASES = tuple(field.name for field in fields(Year))

# Sums of BLAS and LAPACK depend in the last bit on the number of threads. Looking up the libraries
# takes 2 ms, hence once, after numpy and scipy are imported.
one_thread = ThreadpoolController().wrap(limits=1, user_api="blas")

_models: WeakSet[RegionalEconomy] = WeakSet()


class RegionalEconomy(mesa.Model):
    """Cities, firms and mechanisms on one map; a step is a year, and `running` ends with the scenario's years.

    Parameters
    ----------
    scenario : sim.config.Scenario
    seed : int, optional
        The scenario's own by default.
    call : callable, optional
        How phases are called, for example timed.
    cities : City, optional
        The rule by which city governments decide; by default the one that the parameters name.
    world : World, optional
        Instead of that of the scenario.

    Attributes
    ----------
    config : sim.config.Scenario
        What it runs; newer versions of Mesa define ``scenario`` themselves.
    state : State
        Stocks and fixed data.
    latest : Year
        Results of the phases of the last year; exists after the first step.
    """

    @one_thread
    def __init__(self, scenario: Scenario, seed: int | None = None, call: Call = call_directly,
                 cities: CityRule | None = None, world: World | None = None):  # fmt: skip
        seed = scenario.seed if seed is None else int(seed)
        # A model and its agents form reference cycles, and the garbage collector, which counts objects and not
        # their size, would let dead models accumulate.
        if len(_models) > 2:
            gc.collect()
        _models.add(self)
        super().__init__(rng=seed)
        self.config = scenario
        self.call = call
        world = scenario.opened() if world is None else world
        self.mechanisms = tuple(sorted(scenario.mechanisms, key=lambda m: m.name))
        funds = [name for m in self.mechanisms for name in m.funds(world)]
        sites = {name: host for m in self.mechanisms for name, host in m.sites(world).items()}
        purses = [name for m in self.mechanisms for name in m.purses(world)]
        accounts = Accounts(world, funds, sites, purses)
        self.state: State = start_state(
            world, scenario.parameters, seed, scenario.firms, accounts,
            demography=scenario.demography, integer_moves=scenario.draws == "systematic",
            records_flows=bool(scenario.record.flows), records_payments=scenario.record.payments,
            records_classes=scenario.record.classes, city_rule=cities,
            path=None if scenario.structure is None else national_path(scenario.structure),
            mechanisms=len(self.mechanisms),
        )  # fmt: skip
        self.state.memories = {m.name: m.prepare(world, accounts, scenario.start) for m in self.mechanisms}
        self.world = world
        City.populate(self)
        FirmSet.attach(self, self.state.firms)

    @property
    def record(self) -> dict[str, np.ndarray]:
        """Recorded variables of the last year, by name of `sim.catalogue.VARIABLES`."""
        return self.latest.observe.record

    def __repr__(self) -> str:
        done, cities, firms = self.state.year - self.config.start, self.state.n, len(self.agents_by_type[Firm])
        return (
            f"<{type(self).__name__} {self.config.name}: {self.state.year}, after {done} of {self.config.years} years, "
            f"{cities:,} cities, {firms:,} firms>"
        )

    def _repr_html_(self) -> str:
        return f"<p><code>{escape(repr(self))}</code></p>{self.agents_by_type[City]._repr_html_()}"

    def register_agent(self, agent: mesa.Agent) -> None:
        """Register an agent and number it by a counter of the model.

        Mesa before 3.4.2 counts in a table of the class `mesa.Agent`, which keeps every model alive.
        """
        super().register_agent(agent)
        table = getattr(mesa.Agent, "_ids", None)
        if table is not None:
            table.pop(self, None)
            self._numbered = getattr(self, "_numbered", 0) + 1
            agent.unique_id = self._numbered

    @one_thread
    def step(self) -> None:
        """Run one year."""
        self.latest = year(self.state, self.mechanisms, self.call)
        self.running = self.state.year < self.config.start + self.config.years


@one_thread
def simulate(
    scenario: Scenario, seed: int | None = None, progress: Callable[[int], None] | None = None,
    call: Call = call_directly, cities: CityRule | None = None, world: World | None = None,
    adjust: Callable[[State], None] | None = None,
) -> RunRecord:  # fmt: skip
    """Run a scenario and return its record.

    Parameters
    ----------
    scenario : sim.config.Scenario
    seed : int, optional
    progress : callable, optional
        Called with the year after each step.
    call : callable, optional
    cities : City, optional
    world : World, optional
        See `RegionalEconomy`.
    adjust : callable, optional
        Called with the state before each year, which it may change.

    Raises
    ------
    RunFailed
        If the market does not solve or an identity is broken.
    """
    model = RegionalEconomy(scenario, seed, call, cities, world)
    state = model.state
    series: dict[str, np.ndarray] = {}
    reports: dict[tuple[str, str], np.ndarray] = {}
    units: dict[tuple[str, str], str] = {}
    deflators = []
    hidden = _hidden_flows(scenario, state.world)
    hides = hidden.any()
    for t in range(scenario.years):
        this_year = state.year
        if adjust is not None:
            adjust(state)
        model.step()
        record = model.record
        for name, value in record.items():
            if scenario.record.holds(name):
                if name not in series:
                    series[name] = np.empty((scenario.years, *np.shape(value)))
                series[name][t] = value
                if hides and VARIABLES[name].detail == "flows":
                    series[name][t, ..., hidden] = np.nan
        for key, (value, unit) in model.latest.settle.reports.items():
            reports.setdefault(key, np.full(scenario.years, np.nan))[t] = value
            units[key] = unit
        deflators.append(record["deflator"])
        if progress:
            progress(this_year)
    years = np.arange(scenario.start, scenario.start + scenario.years)
    payments = state.ledger.columns() if scenario.record.payments else np.empty(0, PAYMENT_DTYPE)
    if len(payments):
        payments["amount"] /= np.array(deflators)[payments["year"] - scenario.start]
    # Frees the model immediately: see its constructor.
    vars(model).clear()
    return RunRecord(
        years, series, payments, state.accounts.labels, state.ledger.purposes, reports, units, _notes(state),
        scenario, labels(state.world), state.world.name, state.world.currency,
    )  # fmt: skip


def _notes(state: State) -> dict[str, Any]:
    """Return what a run says about its base year: the error of the inversion, and what was cut."""
    notes: dict[str, Any] = {"inversion_error": state.base.inversion_error, "margin": margin(state.parameters)}
    cut = {
        "clipped_migration_targets": state.constants.clipped_targets,
        "reduced_home_shares": state.constants.reduced_home_shares,
    }
    return notes | {name: list(regions) for name, regions in cut.items() if regions}


def margin(parameters: Any) -> float:
    """Return the margin of docs/model.md, section 6: at or below zero the path is expected to be smooth and unique."""
    p, h, m = parameters.production, parameters.households, parameters.migration
    iota = 0.5
    agglomeration = p.density_elasticity + p.scale_elasticity + 1.0 / ((p.sigma - 1.0) * (1.0 - iota))
    crowding = h.housing_share / (1.0 + h.housing_supply_elasticity)
    spread = (1.0 - m.size_persistence) / max(m.talent_elasticity, m.worker_elasticity)
    return (1.0 - h.housing_share) * agglomeration - crowding - spread


def _hidden_flows(scenario: Scenario, world: World) -> np.ndarray:
    """Return the bilateral cells that are not recorded, (R, R) bool."""
    chosen = scenario.record.flows
    if isinstance(chosen, bool):
        return np.zeros((world.n_regions, world.n_regions), dtype=bool)
    kept = select(world, chosen)
    return ~(kept[:, None] | kept[None, :])


def coordinates(scenario: Scenario) -> dict[str, Any]:
    """Return the labels of the dimensions of a run's results."""
    return labels(scenario.opened())


def labels(world: World) -> dict[str, Any]:
    """Return the labels of the regions, sectors and groups of a world."""
    regions = world.regions
    out: dict[str, Any] = {"region": regions["id"].tolist(), "sector": list(world.sectors), "group": list(GROUPS)}
    for column in ("name_en", "name_zh", "zone", "province", "area", "circle", "belts", "points", "lat", "lon"):
        out[column] = regions[column].tolist()
    out["fitted"] = regions["fitted"].tolist()
    return out
