"""Emissions, the cost of their abatement, and what a carbon market remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.parameters import Parameters
from sim.policy.mechanism import Memory
from sim.world.types import World


def abatement_cost(slope: float, abated: Any) -> Any:
    """Return the cost of abating a share of emissions, yuan per t of all emissions, at linear marginal cost.

    Parameters
    ----------
    slope : float
        Marginal cost of the last tonne, yuan/t CO2.
    abated : float or ndarray
        Share that is abated.
    """
    return 0.5 * slope * abated**2


def emissions_of_base_year(world: World) -> np.ndarray:
    """Return emissions of the base year, (R, S) kt CO2, at the default elasticity of substitution."""
    sigma = Parameters().production.sigma
    return world.emission_intensity * world.value_added / (1.0 - (1.0 - 1.0 / sigma) * world.intermediate_share)


@dataclass(kw_only=True)
class MarketMemory(Memory):
    """Memory of a carbon market; k targets, c sectors covered.

    Attributes
    ----------
    raised : (k, c) float
        Unit cost per unit of output over that without the market, times emissions without over with abatement.
    charge : (k, c) float
        Unit charge of the year, log.
    first : (k,) float
        Emissions covered in the year before the start, kt CO2; empty before.
    level : float
        Price relative to that of the first year.
    """

    targets: np.ndarray
    specs: list[Any]
    sectors: np.ndarray
    raised: np.ndarray
    charge: np.ndarray
    first: np.ndarray
    level: float = 1.0
    price: np.ndarray
    abated: np.ndarray

    @property
    def cells(self) -> tuple[np.ndarray, np.ndarray]:
        """Index of the cells that take part in arrays (R, S)."""
        return self.targets[:, None], self.sectors
