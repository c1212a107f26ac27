"""Everything that changes in a run, as named arrays, and how a run begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sim.economy.base_year.inversion import Base
from sim.economy.firms.steps import Firms
from sim.economy.public import Budget
from sim.kernels.market import Market
from sim.parameters import Parameters
from sim.policy.accounts import Accounts, Ledger
from sim.policy.settlement import Actions
from sim.world import World
from sim.world.types import Hours


@dataclass
class State:
    """The state of a run. R regions, S sectors, F funds, P provinces, A accounts.

    Attributes
    ----------
    people, unregistered : (R, 2) persons
    firms : Firms
    edges : DataFrame
        Ways in use; ``hours`` are the travel times on them, ``ways`` what they follow from: how many of the world's
        edges are open, what mechanisms have opened and slowed.
    owners : dict of str to ndarray
        Real capital: households (R, R), treasuries (R, R), nation (R,), abroad (R,), funds (F, R).
    services_stock, infrastructure_stock : (R,) million yuan, real
    knowledge : (R, S) log, relative to the frontier trend
    pollution : (R,) kt CO2 per km2
    debt : (R,) million yuan, real; negative: deposits
    cash : (A,) million yuan, nominal
        Of funds, sites, provinces, nation.
    revenue : tuple
        Last year's own (R,), provincial (P,) and national revenue, nominal.
    solution : (2R + 1 + 2NS,) logs
        Market solution, the warm start of the next.
    infrastructure_share : (R,)
        Infrastructure in each city's ordinary spending.
    bids : (R,)
        Share of their local taxes that cities refund to firms.
    records_flows : bool
        Whether the record of a year has flows between all pairs of regions.
    outcome : dict
        Last year's outcome as mechanisms may see it.
    """

    world: World
    parameters: Parameters
    base: Base
    accounts: Accounts
    ledger: Ledger
    firms: Firms
    edges: pd.DataFrame
    hours: Hours
    year: int
    seed: int
    people: np.ndarray
    unregistered: np.ndarray
    owners: dict[str, np.ndarray]
    services_stock: np.ndarray
    infrastructure_stock: np.ndarray
    knowledge: np.ndarray
    pollution: np.ndarray
    debt: np.ndarray
    cash: np.ndarray
    revenue: tuple[np.ndarray, np.ndarray, float]
    solution: np.ndarray
    infrastructure_share: np.ndarray
    bids: np.ndarray
    demography: bool = True
    integer_moves: bool = True
    records_flows: bool = True
    ways: tuple = ()
    outcome: dict[str, Any] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    derived: dict[Any, tuple[Any, Any]] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    memories: dict[str, dict] = field(default_factory=dict)
    actions: Actions | None = None
    budget: Budget | None = None
    market: Market | None = None
    now: dict[str, Any] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of regions."""
        return self.world.n_regions

    def __getattr__(self, name: str) -> Any:
        """Figures of last year's outcome, for agents that look at their row."""
        if name == "treasury":
            return np.maximum(-self.debt, 0.0)
        outcome = self.__dict__.get("outcome", {})
        if name in outcome:
            return outcome[name]
        raise AttributeError(name)

    @property
    def age(self) -> int:
        """Years since the base year."""
        return self.year - self.world.year

    def since(self, source: Any, name: Any, make: Callable[[], Any]) -> Any:
        """Return what follows from an object and from parameters, made once for as long as the object is the same.

        Parameters
        ----------
        source : object
            Made anew when it changes, such as the hours of a year; compared by identity.
        name : hashable
            Of what follows from it.
        make : callable
            Its result is not to be written to.
        """
        if name not in self.derived or self.derived[name][0] is not source:
            self.derived[name] = source, make()
        return self.derived[name][1]
