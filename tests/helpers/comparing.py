"""Small worlds with and without mechanisms, at the same seed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.policy.mechanism import Mechanism
from sim.record import RunRecord
from sim.testing import small_world
from sim.testing.playing import scenario_with

Changes = tuple[tuple[str, str, float], ...]  # group of parameters, parameter, value
CITIES = ("guangzhou", "shenzhen", "foshan", "qingyuan", "shaoguan", "nanning", "qinzhou", "hengyang")


def made(kind: str, **fields: Any) -> Mechanism:
    """Return a mechanism."""
    return MECHANISMS[kind].model_validate({"kind": kind, **fields})


def people_world() -> Any:
    """Return the eight cities with graduates, and with many in Guangzhou who lack the rights of residents."""
    world = small_world()
    lacking = {"residence_cost": 0.13, "unregistered_workers": 4e6, "unregistered_talent": 1e6}
    regions = tuple(
        one.model_copy(update={"graduation_rate": 0.01} | (lacking if one.id == "guangzhou" else {}))
        for one in world.regions
    )
    return world.model_copy(update={"regions": regions})


def recorded(*mechanisms: Mechanism, years: int = 8, changes: Changes = ()) -> RunRecord:
    """Return a run of `people_world`."""
    scenario = scenario_with(mechanisms, people_world(), years)
    for group, name, value in changes:
        part = getattr(scenario.parameters, group).model_copy(update={name: value})
        scenario = scenario.model_copy(update={"parameters": scenario.parameters.model_copy(update={group: part})})
    return simulate(scenario, 1)


@lru_cache(maxsize=8)
def baseline(years: int, changes: Changes) -> RunRecord:
    """Return the run without mechanisms."""
    return recorded(years=years, changes=changes)


def change(
    name: str, *mechanisms: Mechanism, years: int = 8, changes: Changes = (), sector: int | None = None
) -> dict[str, float]:
    """Return the change of a recorded variable of each city, in %, mean of the last three years.

    Sectors, or skill groups, are added up, unless one is given.
    """
    runs = recorded(*mechanisms, years=years, changes=changes), baseline(years, changes)
    return dict(zip(CITIES, between(*runs, name, sector), strict=True))


def between(one: RunRecord, other: RunRecord, name: str, sector: int | None = None) -> np.ndarray:
    """Return the difference of two runs in a variable, see `change`."""
    a, b = (run.series[name][-3:] for run in (one, other))
    a, b = (x if x.ndim < 3 else x.sum(axis=2) if sector is None else x[:, :, sector] for x in (a, b))
    return 100.0 * np.log(a / b).mean(axis=0)
