"""Effects of mechanisms in the economy of eight cities, paired by seed; and what they post."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np

from sim import testing
from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.policy.posts import BOUNDED
from sim.testing import small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded

WORLD = loaded(small_world())
SECTOR = {name: k for k, name in enumerate(WORLD.sectors)}


def at(*regions: str) -> list[int]:
    """Return the indices of some of the eight cities."""
    return [WORLD.index(region) for region in regions]


@lru_cache(maxsize=64)
def _run(given: str, seed: int, years: int) -> dict[str, np.ndarray]:
    chosen = [MECHANISMS.ready(data["kind"])(**data) for data in json.loads(given)]
    scenario = scenario_with(chosen, small_world(), years).model_copy(update={"seed": seed})
    return simulate(scenario).series


def series(mechanism: Any, name: str, years: int = 6, seed: int = 1) -> np.ndarray:
    """Return a recorded variable with a mechanism, or without any if it is None."""
    given = [] if mechanism is None else [mechanism.model_dump(mode="json")]
    return _run(json.dumps(given), seed, years)[name]


def effect(mechanism: Any, name: str, years: int = 6, seeds: tuple[int, ...] = (1,)) -> np.ndarray:
    """Return the log change of a recorded variable in the last year by a mechanism, mean over seeds."""
    changes = [np.log(series(mechanism, name, years, s)[-1] / series(None, name, years, s)[-1]) for s in seeds]
    return np.mean(changes, axis=0)


def posted(mechanisms: list[Any], wedge: str, year: int = 1, **more: Any) -> np.ndarray:
    """Return what mechanisms post to a wedge in a year of the artificial outcome, before reductions are bounded."""
    actions = testing.play(WORLD, mechanisms, year + 1, **more).phases[2 * year]
    return actions.wedges[wedge] - (actions.reductions[wedge] if wedge in BOUNDED else 0.0)


def depth(mechanism: Any, year: int = 1) -> np.ndarray:
    """Return the depth of a programme that spends all of its amount for some years, by hand, (R,)."""
    people = WORLD.people.sum(axis=1)
    stock = sum((1.0 - mechanism.wear) ** k for k in range(year)) * mechanism.amount
    targets = np.isin(
        np.arange(WORLD.n_regions), mechanism.prepare(WORLD, testing.play(WORLD, []).accounts, 2021).targets
    )
    per_head = stock * 1e6 / people[targets].sum()
    return targets * -np.expm1(-mechanism.wear * per_head / mechanism.per_head)
