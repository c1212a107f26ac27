"""The columns of user-defined worlds, and a template world."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.catalogue import SECTORS
from sim.errors import UserError
from sim.paths import home
from sim.world.own.cells import VALUE
from sim.world.own.folder import EDGES, HEAD, MATRICES, REGIONS
from sim.world.own.schema import EdgeRow, Freeness, Hours, InlineWorld, RegionRow, SectorSpec


def columns() -> list[dict[str, str]]:
    """Describe the files and columns of a world folder.

    Returns
    -------
    list of dict
        ``file, column, need`` (required, or the default), ``unit``, ``accepted`` (values or bounds), ``meaning``.
    """
    found = []
    hidden = ("kind", "regions", "edges", "hours", "freeness", "sectors")
    models: tuple[tuple[str, str, type[BaseModel]], ...] = (
        (HEAD, "", InlineWorld), (HEAD, "sectors.SECTOR.", SectorSpec), (REGIONS, "", RegionRow), (EDGES, "", EdgeRow)
    )  # fmt: skip
    for file, prefix, model in models:
        for name, info in model.model_fields.items():
            if not (model is InlineWorld and name in hidden):
                column = f"{VALUE}SECTOR" if name == "value_added" else prefix + name
                found.append(_column(file, column, info))
    for file, (part, field) in MATRICES.items():
        info = (Hours if part == "hours" else Freeness).model_fields[field]
        found.append(_column(file, "REGION", info) | {"need": "optional file"})
    return found


def column_notes() -> str:
    """Return notes on several columns: sectors, matrices, optional files."""
    return _NOTES


def _column(file: str, column: str, info: FieldInfo) -> dict[str, str]:
    meaning, _, unit = str(info.description).removesuffix("]").partition(" [")
    if info.is_required():
        need = "required"
    else:
        default = info.get_default(call_default_factory=True)
        need = f"default {default}" if default not in (None, "", {}) else "optional"
    found = {"file": file, "column": column, "need": need, "unit": unit, "accepted": _accepted(info)}
    return found | {"meaning": meaning}


def _accepted(info: FieldInfo) -> str:
    """Return the accepted values or bounds of a cell."""
    if get_origin(info.annotation) is Literal:
        return ", ".join(get_args(info.annotation))
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    bounds = [f"{sign} {getattr(m, name):g}" for m in info.metadata for name, sign in signs.items() if hasattr(m, name)]
    return ", ".join(bounds)


def write_template(folder: str | Path) -> list[Path]:
    """Write a small valid world, and a description of its columns.

    Raises
    ------
    UserError
        If the folder is not empty or cannot be written.
    """
    folder = home(folder)
    texts = {**_TEMPLATE, "COLUMNS.txt": _meanings()}
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"{folder}: exists and is not empty; expected the name of a new folder")
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror}); expected the name of a new folder") from error
    return [folder / name for name in texts]


def _meanings() -> str:
    rows = columns()
    wide = {key: max(len(row[key]) for row in rows) for key in ("file", "column", "need")}
    lines = []
    for row in rows:
        unit = f" [{row['unit']}]" if row["unit"] else ""
        accepted = f"; {row['accepted']}" if row["accepted"] else ""
        left = "  ".join(row[key].ljust(width) for key, width in wide.items())
        lines.append(f"{left}  {row['meaning']}{unit}{accepted}")
    return "\n".join(lines) + "\n" + _NOTES


_NOTES = f"""
Sectors are {", ".join(SECTORS)},
unless {HEAD} defines others: one column {VALUE}SECTOR in {REGIONS} for each.
Money is in the currency of the world ({HEAD}: currency, yuan by default), where units say yuan.
Matrices (hours_*.csv, freeness_*.csv) are square: the header and the first column are the ids of {REGIONS}, in order;
row = origin, column = destination, diagonal = internal time of the region. With hours, {EDGES} is not needed.
Without edges and matrices, roads and railways connect neighbouring regions.
"""
_TEMPLATE = {
    HEAD: "# A user-defined world; 'hinterland world check DIR' lists all problems."
    "\nname: own\nyear: 2020\ncurrency: yuan\n",
    REGIONS: "id,name_en,province,zone,lat,lon,workers,talent,area_km2,port_hours,"
    + ",".join(VALUE + s for s in SECTORS)
    + "\nharbour,Harbour,coast,centre,23.1,113.3,9000000,5000000,7400,24,41000,181000,304000,153000,630000,591000"
    + "\ndelta,Delta,coast,leading,22.6,113.9,8000000,3000000,5000,,35000,174000,375000,190000,322000,403000"
    + "\nhills,Hills,inland,supporting,24.8,113.6,3200000,400000,18000,,36000,35000,41000,6000,30000,71000"
    + "\nplain,Plain,inland,supporting,23.6,111.3,4100000,350000,20000,,51000,31000,38000,4000,31000,74000\n",
    EDGES: "a,b,mode,km,speed,opened,line"
    "\nharbour,delta,road,110,60,1990,\nharbour,delta,hsr,105,225,2011,north-south"
    "\nharbour,hills,road,220,60,1990,\nharbour,hills,hsr,215,225,2009,north-south\nharbour,plain,road,250,60,1990,\n",
}
