"""Read the bundled tables and join prefecture-level units into regions."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

GROUP_COLUMNS = ("id", "adcode", "name_en", "name_zh", "province", "area", "zone", "circle", "belts", "points")
EARTH_RADIUS_KM = 6371.0


def slug(text: str) -> str:
    """Return a lower-case identifier: ``"Xi'an"`` becomes ``xian``."""
    return re.sub(r"[^a-z0-9]+", "_", text.replace("'", "").lower()).strip("_")


@lru_cache(maxsize=None)
def table(name: str) -> pd.DataFrame:
    """Read one bundled table; callers copy before they change it."""
    with (resources.files("sim.data") / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)


@lru_cache(maxsize=None)
def definition(name: str) -> dict[str, Any]:
    """Read a world definition such as ``guangzhou.yaml``."""
    with (resources.files("sim.data") / f"{name}.yaml").open(encoding="utf-8") as file:
        return dict(YAML(typ="safe").load(file))


def great_circle(lat: np.ndarray, lon: np.ndarray, lat2: np.ndarray, lon2: np.ndarray) -> np.ndarray:
    """Distance on the sphere, km; arguments in degrees broadcast."""
    a, b, c, d = (np.radians(np.asarray(x, dtype=float)) for x in (lat, lon, lat2, lon2))
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def distance_matrix(regions: pd.DataFrame) -> np.ndarray:
    """Great-circle distances between regions, (R, R) km."""
    lat, lon = regions["lat"].to_numpy(), regions["lon"].to_numpy()
    return great_circle(lat[:, None], lon[:, None], lat[None, :], lon[None, :])


def units(year: int) -> pd.DataFrame:
    """Prefecture-level units with the figures of one census year.

    Parameters
    ----------
    year : {2010, 2020}

    Returns
    -------
    DataFrame
        Figures without the year in their name (``population``, ``va_primary`` ...; million yuan, persons).
    """
    data = table("prefectures").copy()
    other = 2030 - year
    both = ("population", "tertiary")  # the change between the censuses is used as well
    data = data.drop(columns=[c for c in data if c.endswith(f"_{other}") and not c.startswith(both)])
    for column in [c for c in data if c.endswith(f"_{year}")]:
        data[column.removesuffix(f"_{year}")] = data[column]
    return data


def assign(data: pd.DataFrame, world: dict[str, Any]) -> pd.Series:
    """Region id of every unit: its own for a single city, else the rest of its province."""
    single = data["adcode"].isin(world["cities"])
    own = data["name_en"].map(slug)
    return own.where(single, "rest_of_" + data["province"])


def region_table(data: pd.DataFrame, world: dict[str, Any]) -> pd.DataFrame:
    """Describe the regions, single cities first in the order of the definition.

    Parameters
    ----------
    data : DataFrame
        Output of `units` with a column ``region``.
    world : dict
        World definition.
    """
    by_code = data.set_index("adcode")
    order = [by_code.at[code, "region"] for code in world["cities"]]
    order += sorted(set(data["region"]) - set(order))
    rows = []
    for name in order:
        part = data[data["region"] == name]
        weight = part["population"].to_numpy(float)
        first = part.iloc[0]
        rest = name.startswith("rest_of_")
        rows.append(
            {
                "id": name,
                "adcode": int(first["adcode"]) // 10000 * 10000 if rest else int(first["adcode"]),
                "name_en": "Rest of " + first["province"].replace("_", " ").title() if rest else first["name_en"],
                "name_zh": PROVINCES_ZH[first["province"]] + "其他" if rest else first["name_zh"],
                "province": first["province"],
                "area": first["area"],
                "lat": float(np.average(part["lat"], weights=weight)),
                "lon": float(np.average(part["lon"], weights=weight)),
                "fitted": first["area"] != "sar",
            }
        )
    regions = pd.DataFrame(rows)
    regions["zone"] = [_zone(r, p, world) for r, p in zip(regions["id"], regions["province"], strict=True)]
    regions["circle"] = [_memberships(r, world["circles"]) for r in regions["id"]]
    regions["belts"] = [_memberships(r, world["belts"]) for r in regions["id"]]
    regions["points"] = [";".join(k for k, v in world["points"].items() if v == r) for r in regions["id"]]
    return regions[[*GROUP_COLUMNS, "lat", "lon", "fitted"]]


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
