"""Consistency checks across rows of a user-defined world: ids, ends of edges, sums, connectivity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import scipy

from sim.catalogue import SECTORS, ZONES
from sim.currency import in_currency
from sim.errors import nearest
from sim.selection import ALL, OPERATORS
from sim.world.network.hours import GOODS_MODES, PEOPLE_MODES
from sim.world.own.schema import LEAST, OPTIONAL, InlineWorld, Matrix, RegionRow

# A problem: the path of its key in the world, and the message.
Problem = tuple[tuple[Any, ...], str]
RESERVED = (ALL, "nation", *OPERATORS, *ZONES)


def cross_checks(world: InlineWorld, links: bool = True) -> list[Problem]:
    """Return inconsistencies across rows: key path in the world, message.

    Parameters
    ----------
    world : InlineWorld
    links : bool
        Whether to check connectivity, too; off if edges or hours are only partly known.
    """
    ids = [r.id for r in world.regions]
    sectors = list(world.sectors) or list(SECTORS)
    found = _ids(ids) + _zones(world) + _qualities(world) + (_distinct_locations(world) if links else [])
    for k, row in enumerate(world.regions):
        found += [
            (("regions", k, *path), text) for path, text in [*_row(row), *_value_added(row, sectors, world.currency)]
        ]
    found += _edges(world, ids)
    for part in ("hours", "freeness"):
        for field, matrix in getattr(world, part) or ():
            found += [((part, field, *place), text) for place, text in _matrix(part, matrix, len(ids))]
    found += _sectors(world)
    # Connectivity is checked once the ends of links and the centre are known.
    unclear = any(path[0] == "edges" or path[-1] in ("id", "zone", "centre") for path, _ in found)
    return found + (_disconnected(world, ids) if links and not unclear else [])


def _ids(ids: Sequence[str]) -> list[Problem]:
    found: list[Problem] = []
    seen: set[str] = set()
    for k, name in enumerate(ids):
        if name in seen:
            found.append((("regions", k, "id"), f"'{name}' appears in two rows; expected a unique id"))
        elif name in RESERVED:
            text = f"'{name}' is reserved; expected an id other than {', '.join(RESERVED)}"
            found.append((("regions", k, "id"), text))
        seen.add(name)
    return found


def _zones(world: InlineWorld) -> list[Problem]:
    centres = [k for k, r in enumerate(world.regions) if r.zone == "centre"]
    if world.centre is not None:
        return _stated_centre(world, world.centre, [world.regions[k].id for k in centres])
    if len(centres) == 1:
        return []
    place = ("regions", centres[1] if centres else 0, "zone")
    text = f"{len(centres) or 'no'} regions have the zone centre; expected exactly one, or the key centre of the world"
    return [(place, text)]


def _stated_centre(world: InlineWorld, centre: str, zoned: Sequence[str]) -> list[Problem]:
    """Return what is wrong with the key ``centre``: an unknown region, or another one of the zone centre."""
    ids = [r.id for r in world.regions]
    if centre not in ids:
        return [(("centre",), not_a_region(centre, ids))]
    if others := [name for name in zoned if name != centre]:
        text = f"'{centre}', but the zone centre has '{others[0]}'; expected the same region, or one of the two only"
        return [(("centre",), text)]
    return []


def centre_of(world: InlineWorld) -> str:
    """Return the id of the central region of a world that is valid so far."""
    return world.centre or next(r.id for r in world.regions if r.zone == "centre")


def _qualities(world: InlineWorld) -> list[Problem]:
    """Return the figures whose quality is stated although no row has them."""
    return [
        (("quality", figure), f"no region has {OPTIONAL[figure]}; expected that column, or no quality of it")
        for figure in world.quality
        if figure in OPTIONAL and not any(OPTIONAL[figure] in r.model_fields_set for r in world.regions)
    ]


def not_a_region(name: str, ids: Sequence[str], world: str = "") -> str:
    """Return the problem of a name that no region has, of a world that may be named."""
    some = ", ".join(ids[:6]) + (" .." if len(ids) > 6 else "")
    of = f" of world '{world}'" if world else ""
    return f"'{name}' is not a region{of}; expected one of the region ids, {some}{nearest(name, ids)}"


def _distinct_locations(world: InlineWorld) -> list[Problem]:
    """Without links and hours, links are built from distances, so that locations must differ."""
    if world.edges or world.hours is not None:
        return []
    seen: dict[tuple[float, float], str] = {}
    found: list[Problem] = []
    for k, row in enumerate(world.regions):
        other = seen.setdefault((row.lat, row.lon), row.id)
        if other != row.id:
            text = f"{row.lat:g} and lon {row.lon:g} are those of '{other}'; expected another location, edges, or hours"
            found.append((("regions", k, "lat"), text))
    return found


def _row(row: RegionRow) -> Iterable[Problem]:
    if row.land is not None and row.land > row.area_km2:
        yield ("land",), f"{row.land:g} is larger than area_km2 {row.area_km2:g}; expected at most the area"
    for group in ("workers", "talent"):
        people, name = getattr(row, group), f"unregistered_{group}"
        if getattr(row, name) > people:
            yield (name,), f"{getattr(row, name):g} is larger than {group} {people:g}; expected at most all of them"
        moves = getattr(row, f"migration_{group}")
        if abs(moves) > people:
            yield (f"migration_{group}",), f"{moves:g} is more than the {group} {people:g}; expected a part of them"


def _value_added(row: RegionRow, sectors: list[str], currency: str) -> Iterable[Problem]:
    unit = in_currency("million yuan/yr", currency)
    for name in sectors:
        value = row.value_added.get(name)
        if value is None:
            yield ("value_added", name), f"missing; expected value added of at least {LEAST:g} [{unit}]"
        elif value < LEAST:
            text = f"{value:g} is too small; expected value added of at least {LEAST:g} [{unit}]"
            yield ("value_added", name), text
    for name in row.value_added:
        if name not in sectors:
            yield (
                ("value_added", name),
                f"unknown sector '{name}'; expected {', '.join(sectors)}{nearest(name, sectors)}",
            )


def _edges(world: InlineWorld, ids: Sequence[str]) -> list[Problem]:
    found: list[Problem] = []
    known = set(ids)
    for k, edge in enumerate(world.edges):
        for end, name in (("a", edge.a), ("b", edge.b)):
            if name not in known:
                found.append((("edges", k, end), not_a_region(name, ids)))
        if edge.a == edge.b:
            found.append((("edges", k, "b"), f"the edge connects '{edge.a}' to itself; expected two regions"))
    return found


def _matrix(part: str, matrix: Matrix | None, n: int) -> list[Problem]:
    if matrix is None:
        return []
    if len(matrix) != n or any(len(row) != n for row in matrix):
        lengths = " or ".join(str(k) for k in sorted({len(row) for row in matrix}))
        return [((), f"has {len(matrix)} rows of {lengths} numbers; expected {n} rows of {n}, one per region")]
    top = 1.0 if part == "freeness" else float("inf")
    word = "a freeness above 0 and at most 1" if part == "freeness" else "hours above 0"
    return [
        ((i, j), f"{value:g} is out of range; expected {word}")
        for i, row in enumerate(matrix)
        for j, value in enumerate(row)
        if not 0 < value <= top
    ]


def _sectors(world: InlineWorld) -> list[Problem]:
    found: list[Problem] = []
    for name, sector in world.sectors.items():
        for product, share in sector.inputs.items():
            place = ("sectors", name, "inputs", product)
            if product not in world.sectors:
                text = (
                    f"unknown sector '{product}'; expected {', '.join(world.sectors)}{nearest(product, world.sectors)}"
                )
                found.append((place, text))
            elif share < 0:
                found.append((place, f"{share:g} is negative; expected a share"))
        if sector.inputs and not sum(sector.inputs.values()) > 0:
            found.append((("sectors", name, "inputs"), "sum to 0; expected shares above 0, or no inputs"))
    for basket in ("investment", "government", "foreign"):
        weights = [getattr(s, basket) for s in world.sectors.values()]
        if weights and not sum(weights) > 0:
            text = f"the weights of all sectors in {basket} are 0; expected one above 0"
            found.append((("sectors", next(iter(world.sectors)), basket), text))
    return found


def _disconnected(world: InlineWorld, ids: Sequence[str]) -> list[Problem]:
    """Return regions that people or goods cannot reach from the centre in the base year."""
    if world.hours is not None or not world.edges:
        return []
    centre = ids.index(centre_of(world))
    index = {name: k for k, name in enumerate(ids)}
    found: list[Problem] = []
    for who, modes in (("people", PEOPLE_MODES), ("goods", GOODS_MODES)):
        links = [e for e in world.edges if e.mode in modes and e.opened <= world.year]
        ends = np.array([[index[e.a], index[e.b]] for e in links], dtype=int).reshape(-1, 2)
        graph = scipy.sparse.coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(ids), len(ids)))
        _, part = scipy.sparse.csgraph.connected_components(graph, directed=False)
        for k in np.flatnonzero(part != part[centre]).tolist():
            text = (
                f"no connection for {who} from '{ids[centre]}' to '{ids[k]}' in {world.year}; expected edges of "
                f"{', '.join(modes)} that connect them"
            )
            found.append((("regions", k, "id"), text))
    return found
