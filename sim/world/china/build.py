"""Building the bundled worlds from tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd

from sim.catalogue import FIGURES, QUALITIES, SECTORS
from sim.currency import YUAN
from sim.errors import UserError
from sim.world.china import national
from sim.world.china.capital import growth_trend, unit_capital
from sim.world.china.people import (
    graduation_rate,
    migration,
    natural_rate,
    people_by_skill,
    residence_cost,
    unregistered,
)
from sim.world.china.sectors import split_sectors
from sim.world.china.tables import assign, definition, region_table, table, units
from sim.world.china.transport import build_network
from sim.world.types import World

ASSUMED = ("land", "natural_rate", "real_firms")
# Share of buildable land, by terrain of the province (plain, hills, mountains, plateau); assumed.
TERRAIN = {
    0.60: ("shanghai", "tianjin", "jiangsu"),
    0.45: ("anhui", "shandong", "henan", "hebei", "beijing"),
    0.25: ("guangdong", "zhejiang", "hubei", "hunan", "jiangxi", "liaoning", "jilin", "heilongjiang", "hainan",
           "hong_kong", "macao"),
    0.15: ("fujian", "guangxi", "chongqing", "shanxi", "shaanxi", "ningxia", "sichuan", "guizhou", "yunnan"),
    0.05: ("inner_mongolia", "gansu", "qinghai", "xinjiang", "tibet"),
}  # fmt: skip
LAND_PER_PERSON_KM2 = 200e-6
LAND_CAP = 0.85
BENCHMARK_TOLERANCE = 0.005


def _land(data: pd.DataFrame) -> np.ndarray:
    """Return the buildable land of each unit, (units,) km2."""
    share = {province: s for s, names in TERRAIN.items() for province in names}
    area = data["area_km2"].to_numpy(float)
    need = LAND_PER_PERSON_KM2 * data["population_2020"].to_numpy(float)
    return np.minimum(np.maximum(area * data["province"].map(share).to_numpy(float), need), LAND_CAP * area)


def _quality(regions: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """Return the data quality of every figure by region."""
    sar = (regions["area"] == "sar").to_numpy()
    # Accounts rescaled to revised provincial totals are not published figures any more.
    published = data["gdp_status"].isin(["observed", "observed_converted"])
    published &= (data["benchmark_factor"] - 1).abs() < BENCHMARK_TOLERANCE
    published = published.groupby(data["region"]).all().reindex(regions["id"]).to_numpy()
    quality = pd.DataFrame("derived", index=regions["id"], columns=list(FIGURES))
    quality[["people", "talent", "area_km2"]] = "observed"
    quality["value_added"] = np.where(published, "observed", "derived")
    for column in ASSUMED:
        quality[column] = "assumed"
    observed = table("residence").query("quality == 'derived'")["adcode"]
    quality["residence_cost"] = np.where(regions["adcode"].isin(observed), "derived", "assumed")
    assumed = ("talent", "sectors", "capital", "unregistered", "migration_target", "graduation_rate", "growth_trend")
    for column in assumed:
        quality.loc[sar, column] = "assumed"
    return quality


def upstream(adcode: pd.Series, region: np.ndarray, n_regions: int) -> np.ndarray:
    """Return the shares of river inflow of each region by the region directly upstream.

    Parameters
    ----------
    adcode : (units,) int
        Unit codes, as in the river courses of ``sim/data/rivers.csv``, which run from source to mouth.
    region : (units,) int
        Region of each unit.
    n_regions : int

    Returns
    -------
    (R, R) float
        ``out[i, j]``: share of the inflow of region i from j, equal among direct upstream regions; rows sum to 1,
        or to 0 without inflow.
    """
    place = dict(zip(adcode.tolist(), region.tolist(), strict=True))
    enters = np.zeros((n_regions, n_regions))
    for course in table("rivers")["course"]:
        stops = [place[int(code)] for code in course.split("|") if int(code) in place]
        for above, below in zip(stops, stops[1:], strict=False):
            if above != below:
                enters[below, above] = 1.0
    return enters / np.maximum(enters.sum(axis=1, keepdims=True), 1.0)


@lru_cache(maxsize=8)
def bundled_world(name: str, year: int) -> World:
    """Build a bundled world.

    Parameters
    ----------
    name : str
        One of `sim.world.china.tables.WORLDS`.
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
    data = units(year)
    data["region"] = assign(data, spec)
    regions = region_table(data, spec)
    codes = pd.Index(regions["id"]).get_indexer(data["region"])

    def total(values: np.ndarray) -> np.ndarray:
        result = np.zeros((len(regions), *values.shape[1:]))
        np.add.at(result, codes, values)
        return result

    people, added = people_by_skill(data, year), split_sectors(data)
    area = total(data["area_km2"].to_numpy(float))
    return World(
        name=name,
        year=year,
        currency=YUAN,
        sectors=SECTORS,
        trade_class=national.TRADE_CLASS.copy(),
        regions=regions,
        capital=total(unit_capital(data, added, table("provinces"), year)),
        land=total(_land(data)),
        area_km2=area,
        upstream=upstream(data["adcode"], codes, len(regions)),
        national_taxes=(regions["area"] != "sar").to_numpy(),
        network=build_network(regions, area, spec),
        quality=_quality(regions, data),
        sources=dict(zip(table("sources")["column"], table("sources")["source"], strict=True)),
        **_population(data, people, year, total),
        **_accounts(data, added, year, total),
    )


def _population(
    data: pd.DataFrame, people: np.ndarray, year: int, total: Callable[[np.ndarray], np.ndarray]
) -> dict[str, np.ndarray]:
    """Return population, residence rights and rates of change by region; `total` sums units to regions."""
    head, workers = total(people).sum(axis=1), people[:, 0]
    return {
        "people": total(people),
        "unregistered": total(unregistered(data, people)),
        "residence_cost": total(residence_cost(data) * people.sum(axis=1)) / head,
        "migration_target": total(migration(data, people, year)),
        "natural_rate": total(natural_rate(data, year) * people.sum(axis=1)) / head,
        "graduation_rate": total(graduation_rate(data, year) * workers) / total(workers),
    }


def _accounts(
    data: pd.DataFrame, added: np.ndarray, year: int, total: Callable[[np.ndarray], np.ndarray]
) -> dict[str, np.ndarray]:
    """Return value added by region and sector with the national coefficients; `total` sums units to regions."""
    value_added = total(added)
    sales, spending = national.world_market(value_added)
    inputs, investment, government = national.baskets(value_added)
    trend = total(growth_trend(data, table("provinces"), year) * added.sum(axis=1)) / value_added.sum(axis=1)
    return {
        "value_added": value_added,
        "growth_trend": trend,
        "emission_intensity": national.emission_intensity(value_added, year),
        "real_firms": national.real_firms(value_added, year),
        "intermediate_share": national.INTERMEDIATE_SHARE.copy(),
        "input_output": inputs,
        "investment_basket": investment,
        "government_basket": government,
        "gateway_sales": sales,
        "gateway_demand": spending,
    }


def quality_shares(world: World) -> dict[str, dict[str, float]]:
    """Return the share of the cells of each figure by quality."""
    return {c: {q: float((world.quality[c] == q).mean()) for q in QUALITIES} for c in world.quality}
