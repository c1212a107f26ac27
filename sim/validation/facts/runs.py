"""The runs on which facts are measured: each is made once, when a fact first asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from sim.config import Comparison, Scenario, arm_scenarios, load
from sim.economy.base import Base
from sim.economy.base_year.inversion import solve_base
from sim.model import simulate
from sim.record import RunRecord
from sim.world import World, first_hours, load_world

START, END = 2010, 2020
CHINA = "china"
FAST = "hsr"
# The two lines from Guangzhou to the south-west, opened in December 2014.
SOUTHWEST = ("Guiyang–Guangzhou", "Nanning–Guangzhou")
STORED = ("wage", "rent")  # in addition to what every run stores
FIRST = 2021  # in which the mechanisms of bundled comparisons start
HORIZONS = (3, 10, 15)  # years from the first payment on


T = TypeVar("T")


class Snapshot(NamedTuple):
    """A map in one year.

    Attributes
    ----------
    world : World
    people : (R,) float, persons
    value_added : (R, S) float, million yuan/yr
    """

    world: World
    people: np.ndarray
    value_added: np.ndarray


class Runs:
    """Runs with the defaults of the bundled worlds; equal seeds have the same random draws in all of them.

    Parameters
    ----------
    seeds : sequence of int
        Figures are means over them.
    firms : int
        Firm agents at the start.
    """

    def __init__(self, seeds: Sequence[int] = (1, 2, 3, 4), firms: int = 100_000) -> None:
        self.seeds = tuple(seeds)
        self.firms = firms
        self._made: dict[tuple[object, ...], Any] = {}

    def scenario(
        self, world: str = CHINA, start: int = START, years: int = END - START + 1, **changes: Any
    ) -> Scenario:
        """Return a scenario without policies, by default the map of China from 2010 to 2020."""
        record = {"variables": STORED, "flows": True}
        data = {"name": "facts", "world": world, "start": start, "years": years, "firms": self.firms, "record": record}
        return Scenario.model_validate(data | changes)

    def once(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """Return what was made under a key, or make it."""
        if key not in self._made:
            self._made[key] = make()
        found: T = self._made[key]
        return found

    def mean(self, runs: Sequence[RunRecord], measure: Callable[[RunRecord], float]) -> float:
        """Return the mean of a measure over runs."""
        return float(np.mean([measure(run) for run in runs]))

    @cached_property
    def history(self) -> list[RunRecord]:
        """China from 2010 to 2020; lines open in their years."""
        return self._all(self.scenario())

    @cached_property
    def without_southwest(self) -> list[RunRecord]:
        """The same without the lines of `SOUTHWEST`."""
        lines = without(load_world(CHINA, START), lambda edges: edges["line"].isin(SOUTHWEST))
        return self._all(self.scenario(record={"variables": STORED}), lines)

    @cached_property
    def frozen(self) -> list[RunRecord]:
        """The same without any high-speed line that opens after 2010."""
        late = without(load_world(CHINA, START), lambda edges: (edges["mode"] == FAST) & (edges["opened"] > START))
        return self._all(self.scenario(), late)

    def first_year(self, year: int) -> RunRecord:
        """Return the base year of China alone, with expected moves."""
        scenario = self.scenario(start=year, years=1, draws="expected")
        return self.once(("first year", year), lambda: simulate(scenario, self.seeds[0]))

    @cached_property
    def base(self) -> Base:
        """The base year 2020 of China, as solved by inversion."""
        world = load_world(CHINA, END)
        return solve_base(world, first_hours(world)[1], self.scenario(start=END).parameters)

    def arm(self, comparison: str, name: str) -> list[RunRecord]:
        """Return the runs of an arm of a bundled comparison, until the last of `HORIZONS`."""
        return self.once((comparison, name), lambda: self._arm(comparison, name))

    def _arm(self, comparison: str, name: str) -> list[RunRecord]:
        config = load(comparison)
        assert isinstance(config, Comparison)
        scenario = arm_scenarios(config)[name]
        record = scenario.record.model_copy(update={"flows": False, "payments": False, "classes": False})
        years = FIRST - scenario.start + max(HORIZONS)
        return self._all(scenario.model_copy(update={"record": record, "years": years, "firms": self.firms}))

    def observed(self, year: int) -> Snapshot:
        """Return census and accounts of a year, by the regions of China."""
        world = load_world(CHINA, year)
        return Snapshot(world, world.people.sum(axis=1), world.value_added)

    def modelled(self, run: RunRecord, year: int = END) -> Snapshot:
        """Return a year of a run from 2010."""
        t = year - START
        return Snapshot(load_world(CHINA, START), run.series["people"][t].sum(axis=1), run.series["value_added"][t])

    def _all(self, scenario: Scenario, world: World | None = None) -> list[RunRecord]:
        return [_slim(simulate(scenario, seed, world=world)) for seed in self.seeds]


def without(world: World, drop: Callable[[pd.DataFrame], pd.Series]) -> World:
    """Return a world without some of the edges of its network.

    Parameters
    ----------
    world : World
    drop : callable
        (edges) to (E,) bool: those that are removed.
    """

    def edges() -> pd.DataFrame:
        every = world.network.edges
        return every[~drop(every)].reset_index(drop=True)

    return replace(world, network=replace(world.network, build_edges=edges))


def _slim(run: RunRecord) -> RunRecord:
    """Drop the largest series that no fact needs: of bilateral flows, all but those of capital."""
    for name in ("firm_flow", "firm_capital_flow", "worker_flow", "talent_flow"):
        run.series.pop(name, None)
    return run
