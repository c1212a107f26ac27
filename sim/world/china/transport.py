"""The transport network of people and goods.

Roads and conventional railways connect near neighbours; high-speed lines connect the single cities along a line; rivers
and the coast carry goods; large airports are connected if they are far apart.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import scipy

from sim.kernels.sphere import great_circle
from sim.world.china.tables import distance_matrix, table
from sim.world.types import Network

COLUMNS = ("a", "b", "mode", "km", "speed", "opened", "line")
ROAD_NEIGHBOURS = 8
RAIL_NEIGHBOURS = 6
NEAR_KM = 350.0
DETOUR = {"road": 1.25, "expressway": 1.25, "rail": 1.2, "hsr": 1.15, "waterway": 1.3, "air": 1.05}
SPEED = {"road": 60.0, "expressway": 85.0, "rail": 80.0, "waterway": 25.0, "air": 650.0}  # km/h, commercial
HSR_SPEED_SHARE = 0.75  # commercial over design speed
AIR_KM = 800.0
ALWAYS, NEVER = 1990, 9999
# Hours for boarding and leaving combined; ``goods_*`` are handling times of freight.
TERMINAL_HOURS = {
    "road": 0.1,
    "expressway": 0.3,
    "rail": 0.8,
    "hsr": 0.8,
    "air": 3.0,
    "metro": 0.3,
    "goods_road": 0.2,
    "goods_expressway": 0.5,
    "goods_rail": 6.0,
    "goods_waterway": 10.0,
}
INTERNAL_RANGE = (0.3, 3.0)


def internal_hours(area_km2: np.ndarray) -> np.ndarray:
    """Return travel time inside each region, (R,) h: half an hour at 10,000 km2, proportional to the root of area."""
    return np.clip(0.5 * np.sqrt(area_km2 / 10_000), *INTERNAL_RANGE)


def _neighbours(distance: np.ndarray, k: int) -> set[tuple[int, int]]:
    """Return pairs among the k nearest within range, and those that keep the network connected."""
    pairs: set[tuple[int, int]] = set()
    for i, row in enumerate(distance):
        for j in np.argsort(row, kind="stable")[1 : k + 1]:
            if row[j] <= NEAR_KM:
                pairs.add((min(i, int(j)), max(i, int(j))))
    tree = scipy.sparse.csgraph.minimum_spanning_tree(np.where(np.isfinite(distance), distance, 0)).tocoo()
    pairs |= {(min(i, j), max(i, j)) for i, j in zip(tree.row.tolist(), tree.col.tolist(), strict=True)}
    return pairs


def _apart(regions: pd.DataFrame, world: dict[str, Any]) -> np.ndarray:
    """Return pairs separated by sea, (R, R) bool."""
    keys = [{row.id, row.province} for row in regions.itertuples()]
    apart = np.zeros((len(keys), len(keys)), dtype=bool)
    for shore, other in [*world["separate_shores"], *world.get("more_separate_shores", [])]:
        here = np.array([bool(k & set(shore)) for k in keys])
        there = np.array([bool(k & set(other)) for k in keys])
        apart |= here[:, None] & there[None, :]
    return apart | apart.T


def _land_edges(regions: pd.DataFrame, distance: np.ndarray, world: dict[str, Any]) -> list[dict[str, Any]]:
    index = {r: i for i, r in enumerate(regions["id"])}
    open_distance = np.where(_apart(regions, world), np.inf, distance)
    crossings = {}
    for a, b, opened, speed in [*world["crossings"], *world.get("more_crossings", [])]:
        i, j = sorted((index[a], index[b]))
        crossings[i, j] = (NEVER if opened == "never" else int(opened), float(speed))
        if opened == "never":
            open_distance[i, j] = open_distance[j, i] = np.inf
        else:
            open_distance[i, j] = open_distance[j, i] = distance[i, j]
    edges = []
    for i, j in sorted(_neighbours(open_distance, ROAD_NEIGHBOURS) | set(crossings)):
        opened, speed = crossings.get((i, j), (ALWAYS, SPEED["road"]))
        if opened == NEVER:
            continue
        km = DETOUR["road"] * distance[i, j]
        edges.append(_edge(i, j, "road", km, speed, opened))
        if (i, j) not in crossings:
            edges.append(_edge(i, j, "expressway", km, SPEED["expressway"], opened))
    macao = index.get("macao")
    for i, j in sorted(_neighbours(open_distance, RAIL_NEIGHBOURS)):
        # Macao has no railway to the mainland; sea crossings carry none but the Hainan train ferry.
        if macao in (i, j) or ((i, j) in crossings and crossings[i, j][0] != ALWAYS):
            continue
        speed = crossings[i, j][1] if (i, j) in crossings else SPEED["rail"]
        edges.append(_edge(i, j, "rail", DETOUR["rail"] * distance[i, j], speed, ALWAYS))
    return edges


def neighbour_edges(regions: pd.DataFrame, year: int = ALWAYS) -> pd.DataFrame:
    """Return roads, expressways and railways between neighbours, the default network of user-defined worlds.

    Parameters
    ----------
    regions : DataFrame
        Columns ``id, province, lat, lon``.
    year : int
        All links are in use by then.
    """
    plain: dict[str, Any] = {"crossings": [], "separate_shores": []}
    edges = pd.DataFrame(_land_edges(regions, distance_matrix(regions), plain), columns=list(COLUMNS))
    return edges.assign(opened=edges["opened"].clip(upper=year))


def _edge(a: int, b: int, mode: str, km: float, speed: float, opened: int, line: str = "") -> dict[str, Any]:
    return dict(zip(COLUMNS, (a, b, mode, float(km), float(speed), int(opened), line), strict=True))


def _line_edges(index: dict[int, int], locations: pd.DataFrame) -> list[dict[str, Any]]:
    """Return high-speed lines and planned canals between consecutive single cities.

    Stations inside a rest region are passed through, also between lines: the length follows them, and the merged edge
    opens with its last section.
    """
    edges = []
    for row in table("lines").itertuples():
        stations = [int(s) for s in str(row.stations).split("|")]
        speed = SPEED["waterway"] if row.mode == "waterway" else HSR_SPEED_SHARE * row.design_speed_kmh
        opened = NEVER if pd.isna(row.opened) else int(row.opened)
        for here, there in zip(stations[:-1], stations[1:], strict=True):
            a, b = locations.loc[here], locations.loc[there]
            km = DETOUR[row.mode] * float(great_circle(a["lat"], a["lon"], b["lat"], b["lon"]))
            edges.append(_edge(here, there, row.mode, km, speed, opened, row.line))
    for station in sorted({e[k] for e in edges for k in ("a", "b")} - set(index)):
        edges = _pass_through(edges, station)
    return [e | {"a": index[e["a"]], "b": index[e["b"]]} for e in edges]


def _pass_through(edges: list[dict[str, Any]], station: int) -> list[dict[str, Any]]:
    """Remove a station and merge the edges that meet there."""
    meeting = [e for e in edges if station in (e["a"], e["b"])]
    joined = [e for e in edges if station not in (e["a"], e["b"])]
    for n, one in enumerate(meeting):
        for two in meeting[n + 1 :]:
            ends = [e["a"] if e["b"] == station else e["b"] for e in (one, two)]
            if ends[0] == ends[1] or one["mode"] != two["mode"]:
                continue
            km = one["km"] + two["km"]
            speed = km / (one["km"] / one["speed"] + two["km"] / two["speed"])
            line = " + ".join(dict.fromkeys(f"{one['line']} + {two['line']}".split(" + ")))
            new = _edge(ends[0], ends[1], one["mode"], km, speed, max(one["opened"], two["opened"]), line)
            if not any(_as_good(old, new) for old in joined):
                joined = [old for old in joined if not _as_good(new, old)] + [new]
    return joined


def _as_good(one: dict[str, Any], two: dict[str, Any]) -> bool:
    """Return whether edge `one` replaces `two`: same ends and mode, not later, not slower."""
    same = {one["a"], one["b"]} == {two["a"], two["b"]} and one["mode"] == two["mode"]
    return bool(same and one["opened"] <= two["opened"] and one["km"] / one["speed"] <= two["km"] / two["speed"])


def _water_edges(index: dict[str, int], distance: np.ndarray, world: dict[str, Any]) -> list[dict[str, Any]]:
    edges = []
    for name, course in world["waterways"].items():
        for a, b in zip(course[:-1], course[1:], strict=True):
            i, j = index[a], index[b]
            edges.append(_edge(i, j, "waterway", DETOUR["waterway"] * distance[i, j], SPEED["waterway"], ALWAYS, name))
    return edges


def _air_edges(index: dict[str, int], distance: np.ndarray, world: dict[str, Any]) -> list[dict[str, Any]]:
    airports = sorted(index[name] for name in world["airports"])
    return [
        _edge(i, j, "air", DETOUR["air"] * distance[i, j], SPEED["air"], ALWAYS)
        for n, i in enumerate(airports)
        for j in airports[n + 1 :]
        if distance[i, j] > AIR_KM
    ]


def build_edges(regions: pd.DataFrame, world: dict[str, Any]) -> pd.DataFrame:
    """Return all edges of a world, one row per edge for both directions.

    Parameters
    ----------
    regions : DataFrame
        Columns ``id, adcode, province, lat, lon``.
    world : dict
        World definition.

    Returns
    -------
    DataFrame
        Columns ``a, b, mode, km, speed, opened, line`` (km, km/h, year; 9999 for plans without a year).
    """
    distance = distance_matrix(regions)
    index = {r: i for i, r in enumerate(regions["id"])}
    single = ~regions["id"].str.startswith("rest_of_")
    codes = {int(code): i for i, code in enumerate(regions["adcode"]) if single[i]}
    locations = table("prefectures").set_index("adcode")[["lat", "lon"]]
    edges = _land_edges(regions, distance, world)
    edges += _line_edges(codes, locations)
    edges += _water_edges(index, distance, world)
    edges += _air_edges(index, distance, world)
    return pd.DataFrame(edges, columns=list(COLUMNS))


def build_network(regions: pd.DataFrame, area_km2: np.ndarray, world: dict[str, Any]) -> Network:
    """Return the network of a bundled world.

    Parameters
    ----------
    regions : DataFrame
    area_km2 : (R,) float, km2
    world : dict
        World definition.
    """
    edges, ports = partial(build_edges, regions, world), port_hours(regions, world)
    return Network(edges, dict(TERMINAL_HOURS), internal_hours(area_km2), ports)


def port_hours(regions: pd.DataFrame, world: dict[str, Any]) -> np.ndarray:
    """Return hours from each region to the world market, (R,) h; infinite without a gateway."""
    extra = np.full(len(regions), np.inf)
    index = {r: i for i, r in enumerate(regions["id"])}
    for kind in world["gateways"].values():
        for place in kind["places"]:
            extra[index[place]] = min(extra[index[place]], float(kind["hours"]))
    return extra
