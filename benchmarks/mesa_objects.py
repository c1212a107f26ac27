"""Firms as ordinary Mesa objects: an agent a firm, with attributes and methods, stepped by `AgentSet.do`.

As somebody writes it who knows Mesa and Python and no numerical compiler: tables are nested lists where single
entries are read, numpy where a firm looks at all cities at once.
"""

from __future__ import annotations

import math
from typing import Any

import mesa
import numpy as np

from benchmarks.ours import Offer, columns
from benchmarks.stand_in import StandIn, by_variance
from sim.model import RegionalEconomy


class ObjectFirm(mesa.Agent):
    """One firm.

    Attributes
    ----------
    city, sector, home : int
    capital : float, million base-year yuan
    log_z : float
    age : int, years
    ownership : int
    weight : float
        Real firms that it stands for.
    variance : float
        Of its log productivity, relative to that of a single firm.
    """

    def __init__(
        self, model: mesa.Model, city: int, sector: int, home: int, capital: float, log_z: float, age: int,
        ownership: int, weight: float, variance: float,
    ):  # fmt: skip
        super().__init__(model)
        self.city, self.sector, self.home = city, sector, home
        self.capital, self.log_z, self.age = capital, log_z, age
        self.ownership, self.weight, self.variance = ownership, weight, variance

    def add_quality(self, table: list[list[float]], exponent: float) -> None:
        """Add ``k z^exponent`` to the cell's sum."""
        table[self.city][self.sector] += self.capital * math.exp(exponent * self.log_z)

    def add_pull(self, table: list[list[float]], power: float, growth: list[float]) -> None:
        """Add ``k exp(e z + g)`` to the cell's sum, and remember it."""
        self.pull = self.capital * math.exp(power * self.log_z + by_variance(growth, self.variance))
        table[self.city][self.sector] += self.pull

    def close(
        self,
        gone: list,
        unit_return: list[list[float]],
        power: float,
        rate: float,
        threshold: float,
        chance: float,
    ) -> None:
        """Leave, by age and if insolvent."""
        survives = math.exp(-rate * (0.5 + math.exp(-self.age / 5.0)))
        if unit_return[self.city][self.sector] * math.exp(power * self.log_z) < threshold:
            survives *= 1.0 - chance
        if self.random.random() > survives:
            gone.append(self)
            self.remove()

    def shrink(self, factor: float) -> None:
        """Keep a part of the capital."""
        self.capital *= factor

    def reconsider(self, moves: list, terms: Offer, tables: tuple, branch_share: float, branch_size: float) -> None:
        """Perhaps choose another city, and move there or open a branch."""
        if self.random.random() >= terms.hazard:
            return
        attraction, stay, size, life_cycle = tables
        friction = (self.capital / (self.weight * size[self.sector])) ** terms.exponent
        stage = life_cycle[self.sector] * (1.0 - math.exp(-self.age / terms.maturing) - terms.maturity)
        utility = attraction[self.sector] - friction * terms.cost[self.city]
        utility[self.city] = stay[self.city][self.sector]
        utility += stage * terms.thin - terms.away[self.home]
        odds = np.exp(utility - utility.max()).cumsum()
        chosen = int(odds.searchsorted(self.random.random() * odds[-1]))
        if chosen == self.city:
            return
        if self.random.random() < branch_share:
            part = branch_size * self.capital, branch_size * self.weight
            moves.append((self.sector, self.city, chosen, *part, True))
            self.open_branch(chosen, *part)
        else:
            moves.append((self.sector, self.city, chosen, self.capital, self.weight, False))
            self.city = chosen

    def open_branch(self, city: int, capital: float, weight: float) -> None:
        """Open a branch, which has shocks of its own from then on."""
        whole = self.variance * max(self.weight, 1.0)
        self.capital -= capital
        self.weight -= weight
        self.variance = whole / max(self.weight, 1.0)
        ObjectFirm(
            self.model, city, self.sector, self.home, capital, self.log_z, self.age, self.ownership, weight,
            whole / max(weight, 1.0),
        )  # fmt: skip

    def invest(self, rate: list[list[float]]) -> None:
        """Take part in the cell's investment."""
        self.capital += rate[self.city][self.sector] * self.pull

    def drift(self, mean: list[float], persistence: float, sd: float) -> None:
        """Live a year on: a new productivity, a year older."""
        middle = by_variance(mean, self.variance)
        shock = self.random.gauss(0.0, sd * math.sqrt(self.variance))
        self.log_z = middle + persistence * (self.log_z - middle) + shock
        self.age += 1


class ObjectFirms(StandIn):
    """All firms of a model as agents of it."""

    def __init__(self, model: RegionalEconomy):
        super().__init__(model)
        self.model = model
        table = columns(model.state.firms)
        ObjectFirm.create_agents(self.model, len(table["city"]), **{k: v.tolist() for k, v in table.items()})
        self.ownership_shares = np.bincount(table["ownership"], minlength=3) / len(table["ownership"])

    @property
    def agents(self) -> Any:
        """All firms, a Mesa `AgentSet`."""
        return self.model.agents_by_type[ObjectFirm]

    def _sums(self, method: str, *given: Any) -> np.ndarray:
        """Return what a method of firms adds to the sums of their cells, (R, S)."""
        table = np.zeros((self.n_regions, self.n_sectors)).tolist()
        self.agents.do(method, table, *given)
        return np.array(table)

    def quality(self, exponent: float) -> np.ndarray:
        return self._sums("add_quality", exponent)

    def close(self, unit_return: np.ndarray, rate: float, threshold: float, chance: float) -> np.ndarray:
        gone: list[ObjectFirm] = []
        self.agents.do("close", gone, unit_return.tolist(), 4 * self.process.power, rate, threshold, chance)
        lost = np.zeros((3, self.n_regions, self.n_sectors))
        for firm in gone:
            lost[:, firm.city, firm.sector] += 1.0, firm.capital, firm.weight
        return lost

    def shrink(self, factor: float) -> None:
        self.agents.do("shrink", factor)

    def move(self, terms: Offer, branch_share: float, branch_size: float) -> dict[str, np.ndarray]:
        tables = terms.attraction.T.copy(), *(table.tolist() for table in (terms.stay, terms.size, terms.life_cycle))
        moves: list[tuple] = []
        self.agents.do("reconsider", moves, terms, tables, branch_share, branch_size)
        names = {"sector": int, "origin": int, "destination": int, "capital": float, "weight": float, "branch": bool}
        listed = list(zip(*moves, strict=True)) or [()] * len(names)
        return {name: np.array(values, kind) for (name, kind), values in zip(names.items(), listed, strict=True)}

    def invest(self, units: np.ndarray) -> None:
        pull = self._sums("add_pull", self.process.power, self.process.growth.tolist())
        self.agents.do("invest", (units / np.maximum(pull, 1e-300)).tolist())

    def found(self, **firms: np.ndarray) -> None:
        n = len(firms["city"])
        given = {name: values.tolist() for name, values in firms.items()}
        ownership = self.rng.choice(3, n, p=self.ownership_shares).tolist()
        ObjectFirm.create_agents(self.model, n, home=given["city"], age=[0] * n, ownership=ownership, **given)

    def drift(self) -> None:
        self.agents.do("drift", self.process.mean.tolist(), self.process.persistence, self.process.sd)

    def column(self, name: str) -> np.ndarray:
        return np.array(self.agents.get(name))
