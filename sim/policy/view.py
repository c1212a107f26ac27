"""View of a mechanism: the declared arrays of an outcome, read-only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from sim.errors import nearest
from sim.parameters import Parameters
from sim.policy.accounts import Accounts
from sim.policy.outcome import OUTCOME, Outcome
from sim.world.types import Hours, World


class UndeclaredAccess(Exception):
    """A mechanism read or wrote something that it did not declare."""


@dataclass(frozen=True)
class Setting:
    """Data of a year that all mechanisms observe, in addition to the outcome.

    Attributes
    ----------
    year : int
        The year being decided.
    hours : Hours or None
        Travel times of the year.
    seed : int
        Of the run.
    prices : float
        Nominal per base-year yuan, at which posts are paid.
    mechanisms : tuple of str
        Names of all mechanisms, the rows of ``mechanism_outlay``.
    """

    year: int
    world: World
    parameters: Parameters
    accounts: Accounts
    hours: Hours | None = None
    seed: int = 0
    prices: float = 1.0
    mechanisms: tuple[str, ...] = ()


class View:
    """Last year's outcome as observed by one mechanism.

    Every name of `OUTCOME` that the mechanism declared in ``reads`` is an attribute; its array
    cannot be written to. Any other name raises `UndeclaredAccess`.

    Parameters
    ----------
    outcome : Outcome
    reads : iterable of str
        Declared names.
    setting : Setting
    name : str
        Of the mechanism.
    scale : float
        Factor of an evaluation on its money; 1 by default.
    pooled : (R,) float, optional
        Loads of all programmes that share this one's effect; see `sim.policy.programme`.

    Attributes
    ----------
    accessed : set of str
        Names read so far.
    """

    def __init__(
        self, outcome: Outcome, reads: Iterable[str], setting: Setting, name: str = "", scale: float = 1.0,
        pooled: np.ndarray | None = None,
    ):  # fmt: skip
        self._outcome = outcome
        self._reads = frozenset(reads)
        self._seed, self._name = setting.seed, name
        self.accessed: set[str] = set()
        self.year, self.world, self.parameters = setting.year, setting.world, setting.parameters
        self.accounts, self.hours, self.prices = setting.accounts, setting.hours, setting.prices
        self.scale, self.pooled, self.mechanisms = scale, pooled, setting.mechanisms

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
        # a new view, so that the flag does not affect the array of the model
        view = value.view()
        view.flags.writeable = False
        return view

    def index(self, region: str) -> int:
        """Return the index of a region id."""
        return self.world.index(region)

    def draw(self, purpose: str, n: int, year: int | None = None) -> np.ndarray:
        """Return standard normal draws, (n,), independent of earlier draws and of the order of calls.

        Parameters
        ----------
        purpose : str
            Purpose of the draws; with the mechanism's name it determines the stream.
        n : int
        year : int, optional
            The view's by default; a fixed year for draws that are made once.
        """
        from sim.kernels import random as rnd  # compiled code, not needed to check configs

        stream = rnd.stream(self._seed, rnd.POLICY, self.year if year is None else year)
        name = hashlib.sha256(f"{self._name}.{purpose}".encode()).digest()[:8]
        keys = rnd.mixes(np.uint64(int.from_bytes(name, "little")), np.arange(n, dtype=np.uint64))
        return scipy.special.ndtri(rnd.uniforms(np.uint64(stream), keys))


def talent_ratio(view: View) -> np.ndarray:
    """Return the share of talent in the people of each region over that in the nation, (R,); it reads ``people``."""
    people = view.people
    return people[:, 1] / people.sum(axis=1) / (people[:, 1].sum() / people.sum())
