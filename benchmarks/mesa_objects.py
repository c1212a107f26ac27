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
from benchmarks.stand_in import StandIn
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
    """

    def __init__(
        self, model: mesa.Model, city: int, sector: int, home: int, capital: float, log_z: float, age: int,
        ownership: int, weight: float,
    ):  # fmt: skip
        super().__init__(model)
        self.city, self.sector, self.home = city, sector, home
        self.capital, self.log_z, self.age = capital, log_z, age
        self.ownership, self.weight = ownership, weight

    def add_quality(self, table: list[list[float]], exponent: list[float]) -> None:
        """Add ``k z^exponent`` to the cell's sum, and remember it."""
        self.quality = self.capital * math.exp(exponent[self.sector] * self.log_z)
        table[self.city][self.sector] += self.quality

    def close(
        self,
        gone: list,
        unit_return: list[list[float]],
        power: list[float],
        rate: float,
        threshold: float,
        chance: float,
    ) -> None:
        """Leave, by age and if insolvent."""
        survives = math.exp(-rate * (0.5 + math.exp(-self.age / 5.0)))
        if unit_return[self.city][self.sector] * math.exp(power[self.sector] * self.log_z) < threshold:
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
        attraction, cost, headquarters = tables
        friction = (self.capital / terms.size[self.sector]) ** terms.exponent
        utility = attraction[self.sector] - friction * cost[self.city] - headquarters[self.home]
        utility[self.city] += terms.stay
        odds = np.exp(utility - utility.max()).cumsum()
        chosen = int(odds.searchsorted(self.random.random() * odds[-1]))
        if chosen == self.city:
            return
        if self.random.random() < branch_share:
            part = branch_size * self.capital, branch_size * self.weight
            moves.append((self.sector, self.city, chosen, *part, True))
            self.capital -= part[0]
            self.weight -= part[1]
            ObjectFirm(self.model, chosen, self.sector, self.home, part[0], self.log_z, 0, self.ownership, part[1])
        else:
            moves.append((self.sector, self.city, chosen, self.capital, self.weight, False))
            self.city = chosen

    def invest(self, rate: list[list[float]]) -> None:
        """Take part in the cell's investment by the quality that was added last."""
        self.capital += rate[self.city][self.sector] * self.quality

    def drift(self, mean: list[float], persistence: float, sd: float) -> None:
        """Live a year on: a new productivity, a year older."""
        middle = mean[self.sector]
        self.log_z = middle + persistence * (self.log_z - middle) + self.random.gauss(0.0, sd)
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

    def quality(self, exponent: np.ndarray) -> np.ndarray:
        table = np.zeros((self.n_regions, self.n_sectors)).tolist()
        self.agents.do("add_quality", table, exponent.tolist())
        return np.array(table)

    def close(self, unit_return: np.ndarray, rate: float, threshold: float, chance: float) -> np.ndarray:
        gone: list[ObjectFirm] = []
        self.agents.do("close", gone, unit_return.tolist(), (self.sigma - 1).tolist(), rate, threshold, chance)
        lost = np.zeros((3, self.n_regions, self.n_sectors))
        for firm in gone:
            lost[:, firm.city, firm.sector] += 1.0, firm.capital, firm.weight
        return lost

    def shrink(self, factor: float) -> None:
        self.agents.do("shrink", factor)

    def move(self, terms: Offer, branch_share: float, branch_size: float) -> dict[str, np.ndarray]:
        away = 1.0 - np.eye(self.n_regions)
        cost = away * (terms.entry + terms.distance * terms.way)
        tables = terms.attraction.T.copy(), cost, terms.headquarters * terms.way
        moves: list[tuple] = []
        self.agents.do("reconsider", moves, terms, tables, branch_share, branch_size)
        names = {"sector": int, "origin": int, "destination": int, "capital": float, "weight": float, "branch": bool}
        listed = list(zip(*moves, strict=True)) or [()] * len(names)
        return {name: np.array(values, kind) for (name, kind), values in zip(names.items(), listed, strict=True)}

    def invest(self, units: np.ndarray, exponent: np.ndarray) -> None:
        rate = units / np.maximum(self.quality(exponent), 1e-300)
        self.agents.do("invest", rate.tolist())

    def found(
        self, city: np.ndarray, sector: np.ndarray, capital: np.ndarray, weight: np.ndarray, mean: np.ndarray, sd: float
    ) -> None:
        ownership = self.rng.choice(3, len(city), p=self.ownership_shares).tolist()
        rows = zip(city.tolist(), sector.tolist(), capital.tolist(), weight.tolist(), ownership, strict=True)
        middle = mean.tolist()
        for i, s, k, w, owner in rows:
            ObjectFirm(self.model, i, s, i, k, self.model.random.gauss(middle[s], sd), 0, owner, w)

    def drift(self, mean: np.ndarray, persistence: float, sd: float) -> None:
        self.agents.do("drift", mean.tolist(), persistence, sd)

    def sizes(self) -> np.ndarray:
        return np.array(self.agents.get("capital"))
