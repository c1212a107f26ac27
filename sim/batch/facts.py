"""Facts of the base year that calibrations fit and `hinterland validate facts` compares, by name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from sim.config.schema.estimation import Estimation
from sim.economy.base_year.facts import (
    base_moves,
    lifetime_migrants,
    linked_investment,
    migration_facts,
    trade_facts,
)
from sim.economy.base_year.inversion import solve_base
from sim.estimation.gravity import DISTANCE, fit
from sim.estimation.table import read_flows
from sim.parameters import Parameters
from sim.world import World, first_hours

TRADE = ("interprovincial_trade", "own_consumer_services", "goods_exports")
MIGRATION = ("interprovincial_moves", "gross_moves", "birthplace_elasticity")
# The table, the exclusions and the form of the published estimate (experiments/birthplace_2010_places.yaml).
BIRTHPLACE = Estimation(
    name="birthplace", table="birthplace", places="birthplace_places", flow="persons_2010", form="doubly"
)


def base_year_facts(world: World, parameters: Parameters, names: Collection[str]) -> dict[str, float]:
    """Return the facts of the base year among which the named ones are; NaN where a world does not define one.

    Parameters
    ----------
    world : World
    parameters : Parameters
    names : collection of str
        What is not needed is not computed.

    Raises
    ------
    UserError, RunFailed
        If the base year has no solution.
    """
    hours = first_hours(world)[1]
    found: dict[str, float] = {}
    if set(names) & set(TRADE):
        found |= trade_facts(world, solve_base(world, hours, parameters))
    if "linked_investment" in names:
        found["linked_investment"] = linked_investment(world, parameters.capital.distance_elasticity)
    if set(names) & set(MIGRATION):
        moves = base_moves(world, hours, parameters.migration)
        found |= migration_facts(world, moves)
        if "birthplace_elasticity" in names:
            found["birthplace_elasticity"] = birthplace_elasticity(*lifetime_migrants(world, moves))
    return found


def birthplace_elasticity(provinces: np.ndarray, persons: np.ndarray) -> float:
    """Return the distance elasticity of residence by province of birth, estimated as that of the census table.

    Parameters
    ----------
    provinces : (P,) str
    persons : (P, P) float
        By province of birth (row) and of residence (column).

    Returns
    -------
    float
        NaN unless all provinces of the census table are among ``provinces``.
    """
    flows = read_flows(BIRTHPLACE)
    row = {name: k for k, name in enumerate(provinces)}
    if not set(flows.origin) | set(flows.destination) <= set(row):
        return float("nan")
    pairs = [row[a] for a in flows.origin], [row[b] for b in flows.destination]
    return fit(replace(flows, flow=persons[pairs]), BIRTHPLACE)[DISTANCE].value
