"""Worlds in folders: ``world.yaml`` and CSV tables, read with the location of every problem."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sim.catalogue import SECTORS
from sim.currency import PATTERN, YUAN, in_currency
from sim.errors import UserError, nearest
from sim.world.own.cells import VALUE, Reading, head, header_problems, number, rows, value_of
from sim.world.own.cross import cross_checks
from sim.world.own.problems import mutual_problems, own_problems
from sim.world.own.schema import EdgeRow, InlineWorld, RegionRow

HEAD = "world.yaml"
REGIONS, EDGES = "regions.csv", "edges.csv"
MATRICES = {
    f"{part}_{field}.csv": (part, field)
    for part, fields in (("hours", ("people", "goods", "information")), ("freeness", ("goods", "services")))
    for field in fields
}
FILES = (HEAD, REGIONS, EDGES, *MATRICES)
# The matrix required by the others of its kind.
FIRST = {"hours": "hours_people.csv", "freeness": "freeness_goods.csv"}
TABLES = (".csv", ".tsv", ".xls", ".xlsx", ".ods")


def digest(folder: str | Path) -> str:
    """Return the sha256 of a world folder's files."""
    content_hash = hashlib.sha256()
    for path in world_files(folder):
        content_hash.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content_hash.hexdigest()


def world_files(folder: str | Path) -> list[Path]:
    """Return the files of a world folder that there are."""
    return [path for path in (Path(folder) / name for name in FILES) if path.is_file()]


def read_folder(folder: str | Path) -> InlineWorld:
    """Read a world.

    Parameters
    ----------
    folder : path
        With ``world.yaml`` and ``regions.csv``; optionally ``edges.csv`` and matrices.

    Raises
    ------
    UserError
        With all problems: ``file:line: column: what is wrong; expected ...``.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(
            f"{folder}: no such folder; expected the folder of a world ('hinterland world new {folder}' writes one)"
        )
    reading = Reading()
    data = _data(folder, reading)
    _names(folder, data, reading)
    world, problems = own_problems(data)
    if reading.complete:
        problems = problems + (
            cross_checks(world, not reading.problems) if world is not None else mutual_problems(data, problems)
        )
    located = [reading.located(path, text, folder / HEAD) for path, text in problems if not _hidden(path, reading)]
    if reading.problems or located or world is None:
        raise UserError(list(dict.fromkeys(reading.problems + located)))
    return world


def _data(folder: Path, reading: Reading) -> dict[str, Any]:
    keys = [k for k in InlineWorld.model_fields if k not in ("kind", "regions", "edges", "hours", "freeness")]
    data = head(folder / HEAD, keys, reading)
    named = data.get("sectors") or SECTORS
    sectors = [str(s) for s in named] if isinstance(named, (dict, tuple)) else None
    data["regions"] = _table(folder / REGIONS, RegionRow, sectors, reading, _currency(data))
    if (folder / EDGES).exists():
        data["edges"] = _table(folder / EDGES, EdgeRow, [], reading)
    ids = [str(row.get("id", "")) for row in data["regions"]]
    for name, (part, field) in MATRICES.items():
        if (folder / name).exists():
            matrix = _matrix(folder / name, ids, reading, (part, field))
            if matrix is not None:
                data.setdefault(part, {})[field] = matrix
    return data


def _currency(data: Mapping[str, Any]) -> str:
    """Return the currency that the head names; yuan where that is invalid, which is reported otherwise."""
    given = data.get("currency")
    return given if isinstance(given, str) and re.match(PATTERN, given) else YUAN


def _table(
    path: Path, model: type[BaseModel], sectors: list[str] | None, reading: Reading, currency: str = YUAN
) -> list[dict[str, Any]]:
    """Return the rows of a table, with value added by sector as a dict; unchecked if the sectors are unknown."""
    if not path.is_file():
        reading.add_unreadable(f"{path}: missing; expected a table with one row per region")
        return []
    header, lines = rows(path, reading)
    if not header:
        return []
    fields = {f: in_currency(str(i.description), currency) for f, i in model.model_fields.items() if f != "value_added"}
    unit = in_currency("million yuan/yr", currency)
    value = {VALUE + s: f"value added of {s} [{unit}]" for s in sectors or ()}
    if sectors is None:
        value = {h: "value added" for h in header if h.startswith(VALUE)}
    needed = {f: text for f, text in fields.items() if model.model_fields[f].is_required()} | value
    if not {*fields, *value} & set(header):
        reading.add_unreadable(
            f"{path}:1: no header, as no cell names a column; expected {', '.join(needed)} and others"
        )
        return []
    if header_problems(path, header, [*fields, *value], needed, reading):
        reading.misnamed[path.stem] = set(header)
    reading.locations[(path.stem,)] = str(path)
    if not lines:
        reading.add_unreadable(f"{path}:2: no rows; expected at least {2 if model is RegionRow else 1}")
    table: list[dict[str, Any]] = []
    for line, cells in lines:
        place = (path.stem, len(table))
        reading.locations[place] = f"{path}:{line}"
        row = {h: c.strip() for h, c in zip(header, cells, strict=True) if c.strip() and h in {**fields, **value}}
        table.append(_typed(row, model))
    return table


def _typed(row: Mapping[str, str], model: type[BaseModel]) -> dict[str, Any]:
    """Return the values of a row, those of a region with value added by sector as a dict."""
    own = {k: value_of(v, model.model_fields[k].annotation) for k, v in row.items() if k in model.model_fields}
    added = {k.removeprefix(VALUE): number(v) for k, v in row.items() if k.startswith(VALUE)}
    return own | {"value_added": added} if model is RegionRow else own


def _matrix(path: Path, ids: Sequence[str], reading: Reading, key: tuple[str, str]) -> list[list[float | str]] | None:
    """Return a square table whose header and first column name the regions in the order of regions.csv."""
    before, complete = len(reading.problems), reading.complete
    header, lines = rows(path, reading)
    reading.complete = complete  # an invalid matrix does not affect the rows of regions
    if len(reading.problems) > before or not complete:
        return None
    first = [cells[0].strip() for _, cells in lines]
    for names, place in ((header[1:], f"{path}:1: the header"), (first, f"{path}: column 1")):
        if names != list(ids):
            reading.problems.append(f"{place}: {_difference(names, ids)}; expected the ids of {REGIONS} in its order")
            return None
    for i, (line, _) in enumerate(lines):
        for j, column in enumerate(ids):
            reading.locations[(*key, i, j)] = f"{path}:{line}: column '{column}'"
    reading.locations[key] = str(path)
    return [[number(cell.strip()) for cell in cells[1:]] for _, cells in lines]


def _difference(names: Sequence[str], ids: Sequence[str]) -> str:
    for name in names:
        if name not in ids:
            return f"'{name}' is not a region{nearest(name, ids)}"
    for name in ids:
        if name not in names:
            return f"has no '{name}'"
    return "lists regions in another order" if len(names) == len(ids) else "lists a region twice"


def _names(folder: Path, data: dict[str, Any], reading: Reading) -> None:
    """Add problems for tables with unknown names, which would be silently ignored, and for missing first matrices."""
    for path in sorted(folder.iterdir()):
        strange = path.suffix.lower() in TABLES and path.name not in FILES
        if strange or (path.suffix == ".yml" and path.stem == "world"):
            hint = nearest(path.name, FILES)
            reading.problems.append(f"{path}: unknown table name; expected one of {', '.join(FILES)}{hint}")
    for part, first in FIRST.items():
        if part in data and not (folder / first).exists():
            others = [name for name, key in MATRICES.items() if key[0] == part and (folder / name).exists()]
            reading.problems.append(f"{folder / first}: missing; expected together with {', '.join(others)}")
            del data[part]


def _hidden(path: tuple[Any, ...], reading: Reading) -> bool:
    """Return whether a problem only repeats that rows or a column could not be read."""
    if len(path) == 1 and path[0] in ("regions", "edges"):
        return not reading.complete
    if len(path) < 3 or path[0] not in reading.misnamed:
        return False
    column = VALUE + str(path[3]) if path[2] == "value_added" and len(path) > 3 else path[2]
    return column not in reading.misnamed[path[0]]
