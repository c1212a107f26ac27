"""Reading of the bundled tables and aggregation of prefecture-level units to regions."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from sim.kernels.sphere import great_circle
from sim.world.china.accounts import account_columns, on_one_vintage

WORLDS = ("guangzhou", "china")
GROUP_COLUMNS = ("id", "adcode", "name_en", "name_zh", "province", "area", "zone", "circle", "belts", "points")
UNIT_COLUMNS = ("id", "region", "adcode", "name_en", "name_zh", "province", "area", "lat", "lon", "population")
COUNTIES = 90  # city digits in the codes of directly administered counties and corps cities
MOST = 0.5  # share of a region's people in the units of a cluster above which it belongs to the cluster


def slug(text: str) -> str:
    """Return a lower-case identifier: ``"Xi'an"`` becomes ``xian``."""
    return re.sub(r"[^a-z0-9]+", "_", text.replace("'", "").lower()).strip("_")


@lru_cache(maxsize=None)
def table(name: str) -> pd.DataFrame:
    """Read a bundled table; callers must copy it before modification."""
    with (resources.files("sim.data") / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)


@lru_cache(maxsize=None)
def definition(name: str) -> dict[str, Any]:
    """Read a world definition such as ``guangzhou.yaml``; ``extends`` inherits the keys of another."""
    with (resources.files("sim.data") / f"{name}.yaml").open(encoding="utf-8") as file:
        own = dict(YAML(typ="safe").load(file))
    parent = own.pop("extends", None)
    return {**definition(parent), **own} if parent else own


def distance_matrix(regions: pd.DataFrame) -> np.ndarray:
    """Return great-circle distances between regions, (R, R) km."""
    lat, lon = regions["lat"].to_numpy(), regions["lon"].to_numpy()
    return great_circle(lat[:, None], lon[:, None], lat[None, :], lon[None, :])


@lru_cache(maxsize=None)
def _accounts(year: int) -> np.ndarray:
    """Return value added of the three sectors of each unit on one vintage, (units, 3) million yuan/yr."""
    return on_one_vintage(table("prefectures"), table("sector_totals"), year)


def units(year: int) -> pd.DataFrame:
    """Return prefecture-level units with the figures of a census year.

    Parameters
    ----------
    year : {2010, 2020}

    Returns
    -------
    DataFrame
        Figures without the year in their name (``population``, ``va_primary`` ...; million yuan, persons); the three
        sectors are on one vintage, unlike those of the table.
    """
    data = table("prefectures").copy()
    for each in (2010, 2020):
        data[account_columns(each)] = _accounts(each)
    other = 2030 - year
    # Population of both censuses gives the change between them, accounts of 2020 the split of sectors.
    both = ("population", "tertiary", "va_")
    data = data.drop(columns=[c for c in data if c.endswith(f"_{other}") and not c.startswith(both)])
    for column in [c for c in data if c.endswith(f"_{year}")]:
        data[column.removesuffix(f"_{year}")] = data[column]
    data["id"] = unit_ids(data)
    return data


def unit_ids(data: pd.DataFrame) -> pd.Series:
    """Return the id of every unit: its English name, with the province added if the name is not unique.

    Cities that form separate regions in a world keep the plain name.
    """
    own = data["name_en"].map(slug)
    known = set(definition("guangzhou")["cities"])
    several = data.groupby("province")["adcode"].transform("size") > 1
    taken = own.duplicated(keep=False) & ~data["adcode"].isin(known)
    taken |= own.isin(set(data.loc[several, "province"]))
    return own.where(~taken, own + "_" + data["province"].where(data["province"] != own, "city"))


def assign(data: pd.DataFrame, world: dict[str, Any]) -> pd.Series:
    """Return the region id of every unit.

    Single cities are separate regions. The other units of a province form its rest region, or (``cities: all``)
    small counties and corps cities join the nearest prefecture-level unit of their province.
    """
    if world["cities"] != "all":
        return data["id"].where(data["adcode"].isin(world["cities"]), "rest_of_" + data["province"])
    county = data["adcode"] // 100 % 100 == COUNTIES
    small = county & (data["population_2020"] < world["smallest_county"])
    region = data["id"].copy()
    for row in data[small].itertuples():
        near = data[~county & (data["province"] == row.province)]
        km = great_circle(near["lat"], near["lon"], row.lat, row.lon)
        region[row.Index] = near["id"].iloc[int(np.argmin(km))]
    return region


def city_codes(data: pd.DataFrame, world: dict[str, Any]) -> list[int]:
    """Return the codes of the units that form separate regions, in the order of the regions."""
    return data.loc[data["id"] == data["region"], "adcode"].tolist() if world["cities"] == "all" else world["cities"]


def region_table(data: pd.DataFrame, world: dict[str, Any]) -> pd.DataFrame:
    """Return the region table, single cities first in the order of the definition.

    Parameters
    ----------
    data : DataFrame
        Output of `units` with a column ``region``.
    world : dict
        World definition.
    """
    of_code = dict(zip(data["adcode"], data["region"], strict=True))
    order = [of_code[code] for code in city_codes(data, world)]
    order += sorted(set(data["region"]) - set(order))
    members: dict[str, list[Any]] = {name: [] for name in order}  # plain rows are faster than one table per region
    for unit in data[list(UNIT_COLUMNS)].itertuples(index=False):
        members[unit.region].append(unit)
    rows = []
    for name in order:
        rest = name.startswith("rest_of_")
        # A unit joined by others is located at its own seat.
        part = [unit for unit in members[name] if rest or unit.id == name]
        first, weight = part[0], [float(unit.population) for unit in part]
        rows.append(
            {
                "id": name,
                "adcode": int(first.adcode) // 10000 * 10000 if rest else int(first.adcode),
                "name_en": "Rest of " + first.province.replace("_", " ").title() if rest else first.name_en,
                "name_zh": PROVINCES_ZH[first.province] + "其他" if rest else first.name_zh,
                "province": first.province,
                "area": first.area,
                "lat": float(np.average([unit.lat for unit in part], weights=weight)),
                "lon": float(np.average([unit.lon for unit in part], weights=weight)),
                "fitted": first.area != "sar",
            }
        )
    regions = pd.DataFrame(rows)
    regions["zone"] = [_zone(r, p, world) for r, p in zip(regions["id"], regions["province"], strict=True)]
    groups = {"circle": world["circles"] | clusters(data), "belts": world["belts"], "points": world["points"]}
    for column, named in groups.items():
        regions[column] = [_memberships(r, named) for r in regions["id"]]
    return regions[[*GROUP_COLUMNS, "lat", "lon", "fitted"]]


def clusters(data: pd.DataFrame) -> dict[str, list[str]]:
    """Return the regions of each city cluster of national plans: those with most of their people in its units.

    The people are those of 2020, so that a cluster has the same regions in all base years.

    Parameters
    ----------
    data : DataFrame
        Output of `units` with a column ``region``.
    """
    people = data["population_2020"].groupby(data["region"]).sum()
    found = {}
    for row in table("clusters").itertuples():
        inside = data["adcode"].isin([int(code) for code in row.members.split("|")])
        share = (data["population_2020"] * inside).groupby(data["region"]).sum() / people
        found[row.cluster] = share.index[share > MOST].tolist()
    return found


def _zone(region: str, province: str, world: dict[str, Any]) -> str:
    if region == world["centre"]:
        return "centre"
    for zone, members in world["zones"].items():
        if region in members["regions"] or province in members["provinces"]:
            return str(zone)
    return "supporting"


def _memberships(region: str, groups: dict[str, list[str]]) -> str:
    return ";".join(name for name, members in groups.items() if region in members)


PROVINCES_ZH: dict[str, str] = {
    "hebei": "河北", "shanxi": "山西", "inner_mongolia": "内蒙古", "liaoning": "辽宁", "jilin": "吉林",
    "heilongjiang": "黑龙江", "jiangsu": "江苏", "zhejiang": "浙江", "anhui": "安徽", "fujian": "福建",
    "jiangxi": "江西", "shandong": "山东", "henan": "河南", "hubei": "湖北", "hunan": "湖南",
    "guangxi": "广西", "hainan": "海南", "sichuan": "四川", "guizhou": "贵州", "yunnan": "云南",
    "tibet": "西藏", "shaanxi": "陕西", "gansu": "甘肃", "qinghai": "青海", "ningxia": "宁夏",
    "xinjiang": "新疆",
}  # fmt: skip
