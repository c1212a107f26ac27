"""What a mechanism may see: named arrays of an outcome, read-only, as declared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from sim.errors import nearest
from sim.parameters import Parameters
from sim.policy.accounts import Accounts
from sim.policy.outcome import OUTCOME, Outcome
from sim.world.types import Hours, World


class UndeclaredAccess(Exception):
    """A mechanism read or wrote something that it did not declare."""


class View:
    """Last year's outcome as one mechanism may see it.

    Every name of `OUTCOME` that the mechanism declared in ``reads`` is an attribute; its array
    cannot be written to. Any other name raises `UndeclaredAccess`.

    Parameters
    ----------
    outcome : Outcome
    reads : iterable of str
        Declared names.
    year : int
        The year being decided.
    world : World
    parameters : Parameters
    accounts : Accounts
    hours : Hours, optional
        Travel times of the year.

    Attributes
    ----------
    accessed : set of str
        Names read so far.
    """

    def __init__(
        self,
        outcome: Outcome,
        reads: Iterable[str],
        year: int,
        world: World,
        parameters: Parameters,
        accounts: Accounts,
        hours: Hours | None = None,
    ):
        self._outcome = outcome
        self._reads = frozenset(reads)
        self.accessed: set[str] = set()
        self.year = year
        self.world = world
        self.parameters = parameters
        self.accounts = accounts
        self.hours = hours

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._reads:
            raise UndeclaredAccess(f"read of '{name}' is not declared; declared: {sorted(self._reads)}")
        if name not in OUTCOME:
            raise UndeclaredAccess(f"the outcome has no '{name}'{nearest(name, OUTCOME)}")
        self.accessed.add(name)
        value = getattr(self._outcome, name)
        if not isinstance(value, np.ndarray):
            return value
        # a fresh window, so that closing it does not close the engine's own array
        window = value.view()
        window.flags.writeable = False
        return window

    def index(self, region: str) -> int:
        """Return the index of a region id."""
        return self.world.index(region)
