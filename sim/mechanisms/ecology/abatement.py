"""Emissions and the cost of their abatement, as instruments of the environment see them."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.parameters import Parameters
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
