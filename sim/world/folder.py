"""Worlds in folders: ``world.yaml`` and CSV tables, read with the place of every fault; a template to start from."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sim.catalogue import SECTORS
from sim.errors import UserError, nearest
from sim.world.spec import EdgeRow, InlineWorld, RegionRow, cross_checks

HEAD = "world.yaml"
MATRICES = {
    f"{part}_{field}.csv": (part, field)
    for part, fields in (("hours", ("people", "goods", "information")), ("freeness", ("goods", "services")))
    for field in fields
}
FILES = (HEAD, "regions.csv", "edges.csv", *MATRICES)
VALUE = "va_"
# One table of where each key of the world stands, for messages.
Places = dict[tuple[Any, ...], str]


def digest(folder: str | Path) -> str:
    """Return the sha256 of a world folder's files."""
    found = hashlib.sha256()
    for name in FILES:
        path = Path(folder) / name
        if path.is_file():
            found.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def read_folder(folder: str | Path) -> InlineWorld:
    """Read a world.

    Parameters
    ----------
    folder : path
        With ``world.yaml`` and ``regions.csv``; ``edges.csv`` and matrices if wanted.

    Raises
    ------
    UserError
        With every fault: ``file:line: column: what is wrong; expected ...``.
    """
    folder = Path(folder)
    faults: list[str] = []
    places: Places = {}
    data = _head(folder, faults)
    sectors = list(data.get("sectors") or SECTORS) if isinstance(data.get("sectors"), (dict, type(None))) else []
    data["regions"] = _table(folder, "regions.csv", RegionRow, sectors, faults, places, required=True)
    data["edges"] = _table(folder, "edges.csv", EdgeRow, [], faults, places, required=False)
    ids = [row.get("id") for row in data["regions"]]
    for name, (part, field) in MATRICES.items():
        matrix = _matrix(folder / name, ids, faults, places, (part, field))
        if matrix is not None:
            data.setdefault(part, {})[field] = matrix
    _unknown_files(folder, faults)
    if not faults:
        spec, faults = _validated(data, folder, places)
        if spec is not None:
            return spec
    raise UserError(list(dict.fromkeys(faults)))


def _head(folder: Path, faults: list[str]) -> dict[str, Any]:
    path = folder / HEAD
    if not path.is_file():
        faults.append(f"{path}: missing; expected a file with the world's name and year ('hinterland world new DIR')")
        return {}
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        faults.append(f"{path}{line}: not YAML ({getattr(error, 'problem', error)}); expected 'key: value' lines")
        return {}
    if not isinstance(data, dict):
        faults.append(f"{path}: holds no keys; expected name and year")
        return {}
    known = [k for k in InlineWorld.model_fields if k not in ("kind", "regions", "edges", "hours", "freeness")]
    for key in data:
        if key not in known:
            faults.append(f"{path}: {key}: unknown key; expected one of {', '.join(known)}{nearest(str(key), known)}")
    return {k: v for k, v in data.items() if k in known}


def _rows(path: Path, faults: list[str]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and rows with their line numbers."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        faults.append(f"{path}: cannot be read as CSV ({error}); expected comma-separated UTF-8 text")
        return [], []
    return [h.strip() for h in header], rows


def _table(
    folder: Path, name: str, model: type[BaseModel], sectors: list[str], faults: list[str], places: Places,
    required: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    path = folder / name
    if not path.is_file():
        if required:
            faults.append(f"{path}: missing; expected a row for each region")
        return []
    header, rows = _rows(path, faults)
    if not _good_header(path, header, model, sectors, faults):
        return []
    if not rows:
        faults.append(f"{path}: holds no rows; expected at least {2 if required else 1}")
    found: list[dict[str, Any]] = []
    for line, row in rows:
        if len(row) != len(header):
            faults.append(f"{path}:{line}: has {len(row)} cells; expected {len(header)}, as the header")
            continue
        at = (name.removesuffix(".csv"), len(found))
        places[at] = f"{path}:{line}"
        found.append(_cells(dict(zip(header, row, strict=True)), sectors))
    return found


def _good_header(path: Path, header: list[str], model: type[BaseModel], sectors: list[str], faults: list[str]) -> bool:
    """Whether all columns are known, there once, and complete."""
    fields = [f for f in model.model_fields if f != "value_added"]
    known = fields + [VALUE + s for s in sectors]
    needed = [f for f in fields if model.model_fields[f].is_required()] + [VALUE + s for s in sectors]
    before = len(faults)
    for k, column in enumerate(header):
        if column not in known:
            hint = nearest(column, known)
            faults.append(f"{path}:1: column '{column}': unknown; expected one of {', '.join(known)}{hint}")
        elif column in header[:k]:
            faults.append(f"{path}:1: column '{column}': stands twice; expected it once")
    for column in needed:
        if column not in header:
            meaning = "value added of the sector [million yuan/yr]"
            if column in model.model_fields:
                meaning = str(model.model_fields[column].description)
            faults.append(f"{path}:1: column '{column}': missing; expected {meaning}")
    return len(faults) == before


def _cells(row: Mapping[str, str], sectors: list[str]) -> dict[str, Any]:
    """Cells as the model takes them: empty ones are left out, value added is put together."""
    filled = {k: v.strip() for k, v in row.items() if v.strip()}
    result: dict[str, Any] = {k: v for k, v in filled.items() if not k.startswith(VALUE)}
    if sectors:
        result["value_added"] = {s: filled[VALUE + s] for s in sectors if VALUE + s in filled}
    return result


def _matrix(
    path: Path, ids: list[Any], faults: list[str], places: Places, key: tuple[str, str]
) -> list[list[str]] | None:
    """A square table: the header and the first column name the regions, in the order of regions.csv."""
    if not path.is_file():
        return None
    header, rows = _rows(path, faults)
    if header[1:] != ids:
        wrong = [h for h in header[1:] if h not in ids] or [str(i) for i in ids if i not in header[1:]] or header[1:]
        faults.append(f"{path}:1: the header names {', '.join(wrong[:3])} ..; expected the ids of regions.csv in order")
        return None
    if [row[0].strip() for _, row in rows] != ids:
        faults.append(f"{path}: the first column; expected the ids of regions.csv in order, a row each")
        return None
    for i, (line, row) in enumerate(rows):
        if len(row) != len(header):
            faults.append(f"{path}:{line}: has {len(row)} cells; expected {len(header)}, as the header")
            return None
        for j, column in enumerate(ids):
            places[(*key, i, j)] = f"{path}:{line}: {column}"
    places[key] = str(path)
    return [[cell.strip() for cell in row[1:]] for _, row in rows]


def _unknown_files(folder: Path, faults: list[str]) -> None:
    """A table under a wrong name would be ignored in silence."""
    for path in sorted(folder.glob("*.csv")):
        if path.name not in FILES:
            faults.append(f"{path}: unknown table; expected one of {', '.join(FILES)}{nearest(path.name, FILES)}")


def _validated(data: dict[str, Any], folder: Path, places: Places) -> tuple[InlineWorld | None, list[str]]:
    try:
        spec = InlineWorld.model_validate(data)
    except ValidationError as error:
        return None, [_told(e["loc"], _fault(e), folder, places) for e in error.errors(include_url=False)]
    faults = [_told(path, text, folder, places) for path, text in cross_checks(spec)]
    return (None, faults) if faults else (spec, [])


def _told(path: Iterable[Any], text: str, folder: Path, places: Places) -> str:
    """Put the place of a key before what is wrong with it."""
    path = tuple(path)
    for n in range(len(path), 0, -1):
        if path[:n] in places:
            rest = [str(p) for p in path[n:]]
            if rest[:1] == ["value_added"]:
                rest = [VALUE + rest[1]] if len(rest) > 1 else [VALUE + "SECTOR"]
            return ": ".join([places[path[:n]], *([".".join(rest)] if rest else []), text])
    return f"{folder / HEAD}: {'.'.join(map(str, path))}: {text}"


def _fault(error: Mapping[str, Any]) -> str:
    """What is wrong with a cell, and what is expected."""
    kind, value, limits = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "missing":
        return "empty; expected a value"
    if "parsing" in kind or kind.endswith("_type"):
        wanted = kind.split("_")[0]
        noun = {"float": "a number", "int": "a whole number", "bool": "true or false"}.get(wanted, f"a {wanted}")
        return f"'{value}' is the wrong type; expected {noun}"
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for name, words in bounds.items():
        if name in limits:
            return f"{value} is out of range; expected {words} {limits[name]:g}"
    if kind == "literal_error":
        choices = [w.strip(" '") for w in limits["expected"].replace(" or ", ",").split(",")]
        return f"'{value}' is unknown; expected one of {', '.join(choices)}{nearest(str(value), choices)}"
    if kind == "finite_number":
        return f"'{value}' is not finite; expected a number"
    if kind == "string_pattern_mismatch":
        return f"'{value}' is no identifier; expected lower-case letters, digits and '_', a letter first"
    if kind == "too_short":
        return f"has {limits['actual_length']}; expected at least {limits['min_length']}"
    if kind == "extra_forbidden":
        return "unknown key; expected it left out"
    return str(error["msg"]).removeprefix("Value error, ")


def columns() -> list[dict[str, str]]:
    """Columns of the tables of a world folder: table, column, whether it is needed, meaning with unit."""
    found = []
    for name, model in (("regions.csv", RegionRow), ("edges.csv", EdgeRow)):
        for field, info in model.model_fields.items():
            column = "va_SECTOR" if field == "value_added" else field
            need = "required" if info.is_required() else "optional"
            found.append({"table": name, "column": column, "need": need, "meaning": str(info.description)})
    return found


def write_template(folder: str | Path) -> list[Path]:
    """Write a small world that checks and runs, and say what its columns mean.

    Raises
    ------
    UserError
        If the folder holds anything already.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder}: exists and is not empty; expected a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    width = max(len(c["column"]) for c in columns())
    meaning = "\n".join(
        f"{c['table']:<12} {c['column']:<{width}} {c['need']:<9} {c['meaning']}" for c in columns()
    )
    texts = {**_TEMPLATE, "COLUMNS.txt": meaning + "\n" + _MATRICES}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


_MATRICES = """
Instead of edges.csv: hours_people.csv, hours_goods.csv, hours_information.csv [h], or freeness_goods.csv,
freeness_services.csv [1]: square tables whose header and first column are the ids of regions.csv, in order;
row = origin, column = destination, the diagonal a region's own time.
Without edges and matrices roads and railways join neighbouring regions.
"""
_TEMPLATE = {
    HEAD: "# A world of your own; 'hinterland world check DIR' tells every fault.\nname: own\nyear: 2020\n",
    "regions.csv": "id,name_en,province,zone,lat,lon,workers,talent,area_km2,port_hours,"
    + ",".join(VALUE + s for s in SECTORS)
    + "\nharbour,Harbour,coast,centre,23.1,113.3,9000000,5000000,7400,24,41000,181000,304000,153000,630000,591000"
    + "\ndelta,Delta,coast,leading,22.6,113.9,8000000,3000000,5000,,35000,174000,375000,190000,322000,403000"
    + "\nhills,Hills,inland,supporting,24.8,113.6,3200000,400000,18000,,36000,35000,41000,6000,30000,71000"
    + "\nplain,Plain,inland,supporting,23.6,111.3,4100000,350000,20000,,51000,31000,38000,4000,31000,74000\n",
    "edges.csv": "a,b,mode,km,speed,opened,line"
    "\nharbour,delta,road,110,60,1990,\nharbour,delta,hsr,105,225,2011,north-south"
    "\nharbour,hills,road,220,60,1990,\nharbour,hills,hsr,215,225,2009,north-south\nharbour,plain,road,250,60,1990,\n",
}
