"""Transport links in use and what depends on their travel times, cached until links change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sim.economy.frictions import freeness, investor_friction
from sim.kernels.products import transposed
from sim.parameters import Parameters
from sim.world import Bulk, BulkSaving, Terminals, World, bulk_saving, edges_in_use, travel_hours
from sim.world.types import Hours


@dataclass(frozen=True)
class Links:
    """Transport links of a year.

    Attributes
    ----------
    edges : DataFrame
        Links in use.
    hours : Hours
        Travel times on them.
    source : tuple
        What they depend on: number of open edges of the world, edges that mechanisms have added and slowed, terminals.
    home : (R,) int
        Home label of each region.
    home_bias : (R,) log odds
        Of savers against other regions.
    freeness, freeness_transposed : (C, N, N)
        Of trade by class.
    bulk : BulkSaving or None
        Of waterways that mechanisms have added; None without any.
    """

    edges: pd.DataFrame
    hours: Hours
    source: tuple[Any, ...]
    home: np.ndarray
    home_bias: np.ndarray
    parameters: Parameters
    freeness: np.ndarray
    freeness_transposed: np.ndarray
    bulk: BulkSaving | None = None

    def changed(self, world: World, year: int, added: tuple, speeds: dict, terminals: Terminals) -> Links:
        """Return the links of a year; this object if no link was added, closed or slowed down and no terminal changed.

        Parameters
        ----------
        world : World
        year : int
        added : tuple of Edge
            Links that mechanisms have added.
        speeds : dict of (a, b, mode) to float
            Factors on the speed of the world's links.
        terminals : Terminals
            Of goods.
        """
        source = world.network.open_by(year), added, speeds, terminals
        if source == self.source:
            return self
        edges = edges_in_use(world, year, added, speeds)
        hours = travel_hours(world, edges, (self.edges, self.hours), terminals)
        free = freeness(world, hours, self.parameters)
        t = self.parameters.transport
        how = Bulk(t.bulk("speed"), t.bulk("handling"))
        bulk = bulk_saving(world, year, added, speeds, terminals, how, self.bulk)
        return Links(edges, hours, source, self.home, self.home_bias, self.parameters, free, transposed(free), bulk)

    @property
    def terminals(self) -> Terminals:
        """Terminals of goods."""
        found: Terminals = self.source[-1]
        return found

    @cached_property
    def bulk_cost(self) -> np.ndarray | None:
        """Change of the cost of trade in bulky goods by waterways that mechanisms have added, (N, N) log, if any."""
        p = self.parameters.production
        return None if self.bulk is None else self.bulk.saving * (p.distance_elasticity / (p.sigma - 1.0))

    @cached_property
    def near(self) -> np.ndarray:
        """Distance weights of people in density, (R, R)."""
        return np.exp(-self.parameters.production.density_decay * self.hours.people)

    @cached_property
    def log_hours(self) -> np.ndarray:
        """``ln(1 + hours)`` of people, (R, R)."""
        return np.log1p(self.hours.people)

    @cached_property
    def linked(self) -> np.ndarray:
        """Distance weights of knowledge, (R, R)."""
        return np.exp(-self.parameters.learning.link_decay * self.hours.information)

    @cached_property
    def friction(self) -> np.ndarray:
        """Log odds against investing elsewhere, (R, R), without wedges of policy."""
        return investor_friction(self.hours.information, self.home, self.home_bias, self.parameters)
