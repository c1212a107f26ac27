"""Residence by province of birth: the table of the census, and moves of the model in its form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.config.schema.estimation import Estimation
from sim.estimation.gravity import DISTANCE, Estimate, fit
from sim.estimation.table import Flows, read_flows

# The estimate for 2010 with effects of origin and destination (docs/estimation.md).
ESTIMATION = Estimation(
    name="birthplace", table="birthplace", places="birthplace_places", flow="persons_2010", form="doubly"
)


def observed_stock() -> Flows:
    """Return people of 2010 by province of birth and of residence."""
    return read_flows(ESTIMATION)


def between_provinces(matrix: np.ndarray, province: np.ndarray, flows: Flows) -> Flows:
    """Return pairs of provinces with the sums of a matrix of regions (R, R) instead of the observed flows.

    Parameters
    ----------
    matrix : (R, R) float
    province : (R,) str
    flows : Flows
        Pairs of provinces.
    """
    names = np.unique(np.concatenate([flows.origin, flows.destination]).astype(str))
    belongs = (province[:, None] == names[None, :]).astype(float)
    sums = belongs.T @ matrix @ belongs
    rows, columns = (np.searchsorted(names, side.astype(str)) for side in (flows.origin, flows.destination))
    return replace(flows, flow=sums[rows, columns])


def distance_elasticity(flows: Flows) -> Estimate:
    """Return the elasticity of flows between provinces to distance."""
    return fit(flows, ESTIMATION)[DISTANCE]
