"""A city as a Mesa agent: a view of its row of the model's state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mesa
import numpy as np


def _figure(state: Any, name: str) -> Any:
    """Return an array of the state, or of last year's outcome."""
    return getattr(state, name) if hasattr(state, name) else getattr(state.outcome, name)


class City(mesa.Agent):
    """City ``index`` of the model's world.

    It stores no data: names come from ``model.world.regions``, figures from ``model.state``
    (attributes or a mapping of arrays whose first axis is the city).

    Parameters
    ----------
    model : mesa.Model
        With ``world`` (`sim.world.types.World`) and ``state``.
    index : int
        Row of the city.
    """

    def __init__(self, model: mesa.Model, index: int):
        super().__init__(model)
        self.index = int(index)

    @classmethod
    def populate(cls, model: mesa.Model) -> mesa.agent.AgentSet:
        """Create one agent for each city of the model's world, in the world's order."""
        n = len(model.world.regions)
        return cls.create_agents(model, n, np.arange(n))

    def read(self, name: str) -> Any:
        """Return the city's row of a state array: a float, or a read-only copy.

        Raises
        ------
        AttributeError
            If the state has no such array.
        """
        state = self.model.state
        if isinstance(state, Mapping):
            if name not in state:
                raise AttributeError(f"the state has no '{name}'; it has {', '.join(sorted(state))}")
            column = state[name]
        else:
            column = np.maximum(-state.debt, 0.0) if name == "treasury" else _figure(state, name)
        row = np.asarray(column)[self.index]
        if not isinstance(row, np.ndarray):
            return row.item()
        # A copy: values that a reporter has collected must not change with the state.
        row = row.copy()
        row.flags.writeable = False
        return row

    def _region(self, column: str) -> str:
        """Return the city's entry in a column of the table of regions."""
        return str(self.model.world.regions[column].iat[self.index])

    @property
    def id(self) -> str:
        """Slug, as in configs."""
        return self._region("id")

    @property
    def name(self) -> str:
        """English name."""
        return self._region("name_en")

    @property
    def name_zh(self) -> str:
        """Chinese name."""
        return self._region("name_zh")

    @property
    def province(self) -> str:
        """Slug of the province."""
        return self._region("province")

    @property
    def area(self) -> str:
        """East, central, west or north-east."""
        return self._region("area")

    @property
    def zone(self) -> str:
        """Zone class: centre, pilot, leading or supporting."""
        return self._region("zone")

    @property
    def people(self) -> np.ndarray:
        """Workers and talent, (2,) persons."""
        return self.read("people")

    @property
    def value_added(self) -> np.ndarray:
        """Value added by sector, (S,) million yuan/yr."""
        return self.read("value_added")

    @property
    def capital(self) -> np.ndarray:
        """Real capital by sector, (S,) million base-year yuan."""
        return self.read("capital")

    @property
    def services(self) -> float:
        """Public services per head, base-year national mean 1."""
        return self.read("services")

    @property
    def infrastructure(self) -> float:
        """Public capital per head, base-year national mean 1."""
        return self.read("infrastructure")

    @property
    def knowledge(self) -> np.ndarray:
        """Log knowledge by sector, (S,)."""
        return self.read("knowledge")

    @property
    def treasury(self) -> float:
        """Deposits of the city's treasury, million yuan."""
        return self.read("treasury")

    @property
    def debt(self) -> float:
        """Debt of the city's treasury, million yuan."""
        return self.read("debt")

    def __repr__(self) -> str:
        return f"City({self.id})"
