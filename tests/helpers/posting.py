"""A kind that posts whatever a test gives it, every year from its second on; rights and wedges cost nothing."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.model import RegionalEconomy
from sim.policy.mechanism import Mechanism
from sim.policy.posts import ORDERS, WEDGES
from sim.testing import small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded


class Posting(Mechanism):
    """Posts what `do` posts; it hurts as its tests say."""

    writes: ClassVar[frozenset[str]] = frozenset({*WEDGES, *ORDERS})
    cost: ClassVar[str] = "none: a test"

    kind: Literal["posting"] = "posting"
    do: Any = Field(exclude=True, description="Posts, given the handle and the view")

    def planned_cost(self, world: Any, years: int) -> float:
        return 0.0

    def decide(self, view: Any, act: Any, memory: Any) -> None:
        self.do(act, view)


def model_with(do: Any, years: int = 3, seed: int = 1, parameters: Any = None, world: Any = None) -> RegionalEconomy:
    """Return the model of eight cities after some years in which ``do(act, view)`` posts.

    Parameters
    ----------
    do : callable, or None for nothing
    parameters : dict, optional
        Changes of parameters by group.
    """
    mechanisms = [] if do is None else [Posting(do=do)]
    scenario = scenario_with(mechanisms, small_world() if world is None else world, years)
    for group, changes in (parameters or {}).items():
        part = getattr(scenario.parameters, group).model_copy(update=changes)
        scenario = scenario.model_copy(update={"parameters": scenario.parameters.model_copy(update={group: part})})
    model = RegionalEconomy(scenario.model_copy(update={"firms": 400}), seed)
    for _ in range(years):
        model.step()
    return model


def by_id(region: str) -> int:
    """Return the index of one of the eight cities."""
    return loaded(small_world()).index(region)


def change(do: Any, name: str, **more: Any) -> np.ndarray:
    """Return the log change of a recorded variable by what ``do`` posts, same seed."""
    with_it, without = (model_with(which, **more).record[name] for which in (do, None))
    return np.log(with_it / without)
