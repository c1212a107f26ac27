"""Building the world of the 48 contiguous states of the United States, in one sector.

Published are people, income per head, land and the centres of states. Income, net migration and growth before the base
year are derived from them. Everything else is assumed, and equal in all states.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd

from sim.catalogue import Figure, Quality
from sim.errors import UserError
from sim.world.china.tables import definition, distance_matrix, table
from sim.world.china.transport import DETOUR, SPEED, internal_hours
from sim.world.network.hours import with_internal
from sim.world.own.build import user_world
from sim.world.own.schema import Hours, InlineWorld, RegionRow, SectorSpec
from sim.world.types import World

SECTOR = "output"
DECADE = 10  # years between censuses
# Share of the people of 25 years and over with a bachelor's degree or more; in between it grows at a constant rate.
EDUCATED = {1940: 0.05, 2000: 0.24}
EDUCATED_GROWTH = float(np.log(EDUCATED[2000] / EDUCATED[1940]) / 60)  # 1/yr
PEOPLE_PER_FIRM = 40.0  # assumed
QUALITY: dict[Figure, Quality] = {
    "people": "observed", "area_km2": "observed", "value_added": "derived", "migration_target": "derived",
    "growth_trend": "derived",
}  # fmt: skip
SOURCES = {
    "people": "Decennial censuses 1930-2010, resident population (Census Bureau, apportionment data)",
    "value_added": "Personal income: income per head (Bureau of Economic Analysis) times people, current dollars",
    "area_km2": "Land area (Statistical Abstract of the United States 1977)",
    "migration_target": "Change of people in the decade before the base year, less growth at the national rate",
    "growth_trend": "Growth of income per head in the decade before the base year, less that of the nation",
    "natural_rate": "Growth of the people of all states in the decade before the base year, the same everywhere",
    "talent": "People with a bachelor's degree, .05 in 1940 and .24 in 2000 (census), the same everywhere",
    "graduation_rate": "Growth of the share of talent, the same everywhere",
    "sectors": "One sector; assumed to trade like services",
    "capital": "Assumed: three times value added",
    "land": "Assumed: a quarter of the area",
    "real_firms": "Assumed: a firm for 40 people, by value added",
    "unregistered": "None: no residence rights",
    "residence_cost": "None: no residence rights",
}


def people_in(year: int) -> np.ndarray:
    """Return the people of each state, (R,) persons; between censuses at constant rates of growth."""
    known = table("us_people").set_index("state")
    years, logs = known.columns.to_numpy(int), np.log(known.to_numpy(float))
    return np.exp([np.interp(year, years, row) for row in logs])


def income_in(year: int) -> np.ndarray:
    """Return the personal income of each state, (R,) million dollars/yr of the year."""
    return np.asarray(table("us_states")[str(year)].to_numpy(float) * people_in(year) / 1e6)


@lru_cache(maxsize=8)
def us_world(name: str, year: int) -> World:
    """Build the world of the states; its money is million dollars of the base year.

    Parameters
    ----------
    name : str
        ``us_states``.
    year : int
        Base year of the accounts.

    Raises
    ------
    UserError
        For a year without accounts.
    """
    spec = definition(name)
    if year not in spec["years"]:
        years = ", ".join(str(y) for y in spec["years"])
        raise UserError(f"world.year: {year} has no accounts in world '{name}'; expected one of {years}")
    geography = table("us_geography")
    people, income = people_in(year), income_in(year)
    sector = SectorSpec(trade="services", firms_per_value=float(people.sum() / PEOPLE_PER_FIRM / income.sum()))
    inline = InlineWorld(
        name=name, year=year, currency="dollar", sectors={SECTOR: sector}, world_size=0.0, hours=_hours(geography),
        quality=QUALITY,
        regions=tuple(RegionRow.model_validate(row) for row in _rows(geography, people, income, year, spec["centre"])),
    )  # fmt: skip
    world = user_world(inline)
    return replace(world, regions=world.regions.assign(fitted=True), sources=SOURCES)


def _hours(geography: pd.DataFrame) -> Hours:
    """Return hours at the speed and the detour of expressways, the same in all years."""
    internal = internal_hours(geography["land_km2"].to_numpy(float))
    between = distance_matrix(geography) * DETOUR["expressway"] / SPEED["expressway"]
    return Hours(people=tuple(map(tuple, with_internal(between, internal).tolist())))


def _rows(geography: pd.DataFrame, people: np.ndarray, income: np.ndarray, year: int, centre: str) -> list[dict]:
    """Return the keys of `RegionRow` of each state."""
    before, earned = people_in(year - DECADE), income_in(year - DECADE)
    natural = float(np.log(people.sum() / before.sum())) / DECADE
    moves = (people - before) / DECADE - natural * (people + before) / 2
    share = EDUCATED[1940] * np.exp(EDUCATED_GROWTH * (year - 1940))
    growth = np.log(_relative(income, people) / _relative(earned, before)) / DECADE
    return [
        {
            "id": state, "name_en": state.replace("_", " ").title(), "province": division, "lat": lat, "lon": lon,
            "area_km2": area, "zone": "centre" if state == centre else "supporting",
            "workers": people[k] * (1 - share), "talent": people[k] * share, "value_added": {SECTOR: income[k]},
            "migration_workers": moves[k] * (1 - share), "migration_talent": moves[k] * share,
            "natural_rate": natural, "graduation_rate": EDUCATED_GROWTH * share / (1 - share),
            "growth_trend": growth[k],
        }
        for k, (state, division, lat, lon, area) in enumerate(geography.itertuples(index=False, name=None))
    ]  # fmt: skip


def _relative(income: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return income per head over that of the nation, (R,)."""
    return income / people / (income.sum() / people.sum())
