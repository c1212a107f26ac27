"""A city as a Mesa agent: a view of its row of the model's state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import mesa
import numpy as np
import pandas as pd
from mesa.agent import AgentSet

from sim.currency import in_currency


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
    def populate(cls, model: mesa.Model) -> CitySet:
        """Create one agent for each city of the model's world, in the world's order."""
        n = len(model.world.regions)
        cities = CitySet(cls.create_agents(model, n, np.arange(n)), random=model.random)
        model._agents_by_type[cls] = cities
        return cities

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

    def _repr_html_(self) -> str:
        html: str = _table([self]).to_html()
        return html


def _table(cities: Iterable[City]) -> pd.DataFrame:
    """Return the main figures of cities, a row each."""
    rows = {
        city.id: {
            "name": city.name,
            "zone": city.zone,
            "people": city.people.sum(),
            "talent": city.people[1],
            in_currency("value added, million yuan/yr", city.model.world.currency): city.value_added.sum(),
            in_currency("capital, million yuan", city.model.world.currency): city.capital.sum(),
            in_currency("treasury, million yuan", city.model.world.currency): city.treasury,
        }
        for city in cities
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("city")


class CitySet(AgentSet):
    """All cities, or some of them; shown as a table."""

    def table(self) -> pd.DataFrame:
        """Return name, zone class, people, value added, capital and treasury of each city, by its id."""
        return _table(self)

    def __repr__(self) -> str:
        return f"<CitySet: {len(self):,} cities>"

    def _repr_html_(self) -> str:
        html: str = self.table().to_html(max_rows=12, float_format="{:,.0f}".format)
        return html
