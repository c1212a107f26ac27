"""National coefficients: assumed, rounded from the input-output tables of 2020.

The order of sectors is `sim.catalogue.SECTORS`. For other years and user-defined worlds the shares of 2020 are
adjusted to the composition of output by one step of the biproportional (RAS) update of input-output tables (Stone
1961).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sim.world.china.sectors import split_sectors
from sim.world.china.tables import units

TRADE_CLASS = np.array([0, 0, 0, 0, 1, 2])  # goods, services, local services
INTERMEDIATE_SHARE = np.array([0.38, 0.58, 0.63, 0.63, 0.39, 0.39])
INPUT_OUTPUT = np.array(
    [
        [0.30, 0.08, 0.30, 0.02, 0.15, 0.15],
        [0.05, 0.50, 0.18, 0.05, 0.17, 0.05],
        [0.14, 0.25, 0.36, 0.07, 0.14, 0.04],
        [0.02, 0.15, 0.25, 0.38, 0.16, 0.04],
        [0.01, 0.08, 0.14, 0.12, 0.50, 0.15],
        [0.10, 0.10, 0.25, 0.06, 0.32, 0.17],
    ]
)
INVESTMENT_BASKET = np.array([0.02, 0.18, 0.36, 0.11, 0.14, 0.19])
GOVERNMENT_BASKET = np.array([0.01, 0.04, 0.10, 0.05, 0.25, 0.55])
EMISSION_SHARES = np.array([0.02, 0.72, 0.13, 0.02, 0.05, 0.06])
EMISSIONS_KT = {2010: 8.617e6, 2020: 10.956e6}  # fossil fuels and cement, Global Carbon Budget 2022
WORLD_SIZE = 3.0  # size of the world market relative to national gross output
WORLD_SALES = np.array([0.06, 0.18, 0.34, 0.22, 0.12, 0.08])
WORLD_DEMAND = np.array([0.06, 0.18, 0.34, 0.22, 0.12, 0.08])
LEGAL_UNITS = {2010: 10.0e6, 2020: 25.0e6}
UNITS_PER_VALUE = np.array([0.6, 0.25, 0.9, 0.5, 1.3, 1.4])  # relative number of firms per yuan of value added
MARKUP_REFERENCE = 0.8  # variable cost over sales at an elasticity of substitution of 5


def gross_output(value_added: np.ndarray) -> np.ndarray:
    """Return gross output implied by value added, (..., S) million yuan/yr."""
    return value_added / (1 - INTERMEDIATE_SHARE * MARKUP_REFERENCE)


@lru_cache(maxsize=1)
def reference_output() -> np.ndarray:
    """Return national gross output of 2020, (S,) million yuan/yr, the reference of the coefficients."""
    return gross_output(split_sectors(units(2020)).sum(axis=0))


def baskets(value_added: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return input-output shares (S, S), investment and government baskets (S,) for a composition of output.

    Parameters
    ----------
    value_added : (R, S) float, million yuan/yr
    """
    output = gross_output(value_added.sum(axis=0))
    reference = reference_output()
    tilt = output / output.sum() / (reference / reference.sum())
    tilted = [shares * tilt for shares in (INPUT_OUTPUT, INVESTMENT_BASKET, GOVERNMENT_BASKET)]
    inputs, investment, government = (t / t.sum(axis=-1, keepdims=True) for t in tilted)
    return inputs, investment, government


def emission_intensity(value_added: np.ndarray, year: int) -> np.ndarray:
    """Return emissions per gross output consistent with the national total, (S,) kt CO2 per million yuan."""
    return EMISSIONS_KT[year] * EMISSION_SHARES / gross_output(value_added.sum(axis=0))


def real_firms(value_added: np.ndarray, year: int) -> np.ndarray:
    """Return legal units by region and sector, (R, S)."""
    weight = value_added * UNITS_PER_VALUE
    return LEGAL_UNITS[year] * weight / weight.sum()


def world_market(value_added: np.ndarray, size: float = WORLD_SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Return sales and spending of the world market by sector, two (S,) million yuan/yr with equal totals.

    ``size`` is its output relative to the nation.
    """
    total = size * gross_output(value_added.sum(axis=0)).sum()
    return total * WORLD_SALES / WORLD_SALES.sum(), total * WORLD_DEMAND / WORLD_DEMAND.sum()
