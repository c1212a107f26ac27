"""Facts of the base year that calibrations fit, by name."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from sim.economy.base_year.facts import (
    LIFETIME,
    base_moves,
    linked_investment,
    migration_facts,
    moved_after,
    trade_facts,
)
from sim.economy.base_year.inversion import solve_base
from sim.estimation.birthplace import between_provinces, distance_elasticity, observed_stock
from sim.parameters import Parameters
from sim.world import World, first_hours

TRADE = ("interprovincial_trade", "own_consumer_services", "goods_exports")
MIGRATION = ("interprovincial_migrants", "five_year_moves", "birthplace_elasticity")


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
        flows = base_moves(world, hours, parameters.migration)
        found |= migration_facts(world, flows)
        if "birthplace_elasticity" in names:
            found["birthplace_elasticity"] = birthplace_elasticity(world, flows)
    return found


def birthplace_elasticity(world: World, flows: np.ndarray, years: int = LIFETIME) -> float:
    """Return the distance elasticity of residence by province of birth, estimated as that of the census table.

    Parameters
    ----------
    world : World
    flows : (2, R, R) float, persons/yr
        Moves by skill.
    years : int
        Of such moves.

    Returns
    -------
    float
        NaN unless all provinces of the census table are in the world.
    """
    observed, province = observed_stock(), world.regions["province"].to_numpy(str)
    if not set(observed.origin) | set(observed.destination) <= set(province):
        return float("nan")
    stock = moved_after(flows, world.people.astype(float), years)
    return distance_elasticity(between_provinces(stock, province, observed)).value
