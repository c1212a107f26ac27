"""What a mechanism may see: named arrays of an outcome, read-only, as declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sim.errors import nearest
from sim.parameters import Parameters
from sim.policy.accounts import Accounts
from sim.world.types import Hours, World

OUTCOME: dict[str, str] = {
    "people": "(R, 2) persons",
    "value_added": "(R, S) million yuan/yr",
    "sales": "(R, S) million yuan/yr",
    "wage": "(R, 2) million yuan per person and year",
    "capital": "(R, S) million yuan, real",
    "return_to_capital": "(R, S) 1/yr",
    "services": "(R,) per head, national mean 1",
    "infrastructure": "(R,) per head, national mean 1",
    "knowledge": "(R, S) log",
    "capital_price": "(R,) 1",
    "services_price": "(R,) 1",
    "deflator": "float, base year 1",
    "expected_deflator": "float, of the year being decided; amounts in base-year yuan are paid times this",
    "local_tax": "(R, S) million yuan/yr",
    "revenue": "(R,) million yuan/yr",
    "people_hours": "(R, R) h",
    "information_hours": "(R, R) h",
    "unit_profit": "(R, S) 1",
    "site_capital": "(n_sites,) million yuan, real",
    "site_value_added": "(n_sites, S) million yuan/yr",
    "site_local_tax": "(n_sites,) million yuan/yr",
    "fund_capital": "(n_funds, R) million yuan, real",
    "fund_dividends": "(n_funds,) million yuan/yr",
    "cash": "(A,) million yuan, of funds and sites",
}


class UndeclaredAccess(Exception):
    """A mechanism read or wrote something that it did not declare."""


class View:
    """Last year's outcome as one mechanism may see it.

    Every name of `OUTCOME` that the mechanism declared in ``reads`` is an attribute; its array
    cannot be written to. Any other name raises `UndeclaredAccess`.

    Parameters
    ----------
    outcome : mapping of str to ndarray or float
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
        outcome: Mapping[str, Any],
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
        if name not in self._outcome:
            raise UndeclaredAccess(f"the outcome has no '{name}'{nearest(name, self._outcome)}")
        self.accessed.add(name)
        value = self._outcome[name]
        if not isinstance(value, np.ndarray):
            return value
        # a fresh window, so that closing it does not close the engine's own array
        window = value.view()
        window.flags.writeable = False
        return window

    def index(self, region: str) -> int:
        """Return the index of a region id."""
        return self.world.index(region)
