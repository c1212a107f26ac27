"""Runs of the model from 2010, and what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from ruamel.yaml import YAML

from sim.catalogue import SECTORS
from sim.config import Scenario
from sim.model import simulate
from sim.world.china.history import History, load_history

START, MIDDLE, END = 2010, 2015, 2020
FIGURES = ("people", "talent", "value_added", "secondary", "tertiary")
FIRMS = 100_000  # with fewer agents, chance affects the shares of cities
PATH = "base"  # until 2020 all bundled paths are the observed one
SMALLEST = 1e-5  # of the nation in 2010: the population of a few hundred islands' staff follows no law of cities
PARTS = {
    "primary": ("agriculture",),
    "secondary": ("energy", "manufacturing", "high_tech"),
    "tertiary": ("producer_services", "consumer_services"),
}


@dataclass(frozen=True)
class Hindcast:
    """Runs from 2010 and the observed history.

    Attributes
    ----------
    history : History
    people, value_added : (N, T, R, 2), (N, T, R, S) float
        By replication, year from 2010 on, region, and skill or sector; people at the start of each year.
    """

    history: History
    people: np.ndarray
    value_added: np.ndarray

    def modelled(self, figure: str, year: int) -> np.ndarray:
        """Return the mean of a figure over replications, (R,)."""
        people, added = (values[:, year - START].mean(axis=0) for values in (self.people, self.value_added))
        if figure in PARTS:
            added = added[:, [SECTORS.index(sector) for sector in PARTS[figure]]]
        return {"people": people.sum(axis=1), "talent": people[:, 1]}.get(figure, added.sum(axis=1))

    @property
    def province(self) -> np.ndarray:
        """Province of each region, (R,) str."""
        return provinces_of(self.history)


def run_hindcast(world: str = "china", seeds: Sequence[int] = range(1, 11), **changes: object) -> Hindcast:
    """Run the baseline from 2010 with the defaults of the world.

    Parameters
    ----------
    world : str
    seeds : sequence of int
    **changes
        Changed keys of the scenario, such as ``parameters`` or ``firms``.
    """
    data: dict[str, object] = {
        "name": "hindcast", "world": world, "start": START, "years": END - START + 1, "firms": FIRMS,
        "record": {"flows": False, "payments": False},
    }  # fmt: skip
    scenario = Scenario.model_validate({**data, **changes})
    series = [simulate(scenario, seed).series for seed in seeds]
    people, added = (np.array([run[name] for run in series]) for name in ("people", "value_added"))
    return Hindcast(load_history(world), people, added)


@lru_cache(maxsize=3)
def bundled_hindcast(run: str = "") -> Hindcast:
    """Return runs of ``hinterland validate hindcast``: world ``china``, ten seeds.

    Parameters
    ----------
    run : {"", "path", "B"}
        The parameters of runs from 2010; the same on the observed national path; those fitted to 2015-2020.
    """
    if run == "path":
        return run_hindcast(structure=PATH)
    if run == "B":
        with resources.files("sim.validation.hindcast").joinpath("fold_b.yaml").open(encoding="utf-8") as file:
            return run_hindcast(calibrated=False, parameters=YAML(typ="safe").load(file)["parameters"])
    return run_hindcast()


def provinces_of(history: History) -> np.ndarray:
    """Return the province of each region, (R,) str."""
    return history.world.regions["province"].to_numpy(str)


def eligible(history: History, figure: str) -> np.ndarray:
    """Return the regions on which forecasts of a figure are estimated and scored, (R,) bool.

    Those with published figures that are not vanishingly small.
    """
    people = history.figures["people", START]
    return history.good[figure] & (people > SMALLEST * people.sum())
