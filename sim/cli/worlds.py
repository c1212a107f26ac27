"""The command on worlds: what one holds, whether an own one is sound, a new one, what its columns mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from sim.cli.output import Json, Year, answer, clean, next_steps, say, table

if TYPE_CHECKING:
    from sim.world import World

BASE_YEAR = 2020
# A base year that is found leaves less than this of any city's sales unexplained.
TOLERANCE = 1e-6

What = Annotated[
    str, typer.Argument(metavar="NAME|DIR|check|new|columns", help="A world, or what to do with one of your own.")
]
Folder = Annotated[Optional[Path], typer.Argument(metavar="[DIR]", help="Folder, for check and new.")]


def world(what: What, folder: Folder = None, year: Year = None, as_json: Json = False) -> None:
    """Print what a world holds; check DIR, write a new DIR, or explain the columns of own worlds.

    A folder that is called check, new or columns is reached as ./check and so on.
    """
    from sim.errors import UserError

    if what in ("check", "new"):
        if folder is None:
            raise UserError(f"world {what}: no folder; expected 'hinterland world {what} DIR'")
        (_check if what == "check" else _new)(folder, as_json)
        return
    if folder is not None:
        expected = "one world, or 'check DIR' or 'new DIR'"
        raise UserError(f"world {what} {folder}: too many words; expected {expected}")
    if what == "columns":
        _columns(as_json)
    else:
        _show(what, year, as_json)


def opened(name: str, year: int | None) -> World:
    """Return a world by name or folder, in its own year unless another is asked for."""
    from sim.errors import UserError
    from sim.world import is_folder, load_world, read_folder

    if is_folder(name):
        return load_world(name, read_folder(name).year if year is None else year)
    if Path(name).is_file():
        raise UserError(f"{name}: is a file; expected the name of a world or a folder with one")
    return load_world(name, BASE_YEAR if year is None else year)


def _show(name: str, year: int | None, as_json: bool) -> None:
    from sim.world import is_folder, world_summary

    summary = world_summary(opened(name, year))
    if as_json:
        answer(clean(summary))
        return
    _tell(summary, "")
    steps = [f"hinterland world check {name}"] if is_folder(name) else ["hinterland init: a config on this world"]
    next_steps("", f"hinterland list regions --world {name}", *steps)


def _check(folder: Path, as_json: bool) -> None:
    from sim.world import load_world, read_folder, world_summary

    spec = read_folder(folder)
    # A folder that is called as a bundled world is still this folder.
    path = str(folder) if folder.is_absolute() else f"./{folder.as_posix()}"
    found = load_world(path, spec.year)
    error = _base_year(found, folder)
    summary = {k: v for k, v in world_summary(found).items() if k not in ("transport", "sources")}
    if as_json:
        answer(clean({"ok": True, "folder": str(folder), "inversion_error": error, **summary}))
        return
    say(f"{folder}: valid; its base year {spec.year} is solved")
    _tell({k: v for k, v in summary.items() if k != "quality"}, "")
    heads, talent = found.people.sum(), found.people[:, 1].sum()
    say(f"per head: value added {1e6 * found.value_added.sum() / heads:,.0f} yuan, talent {talent / heads:.1%}")
    say("quality, share of cells:")
    rows = [(figure, *(f"{share:.0%}" for share in shares.values())) for figure, shares in summary["quality"].items()]
    table(rows, ("figure", *next(iter(summary["quality"].values()))))
    start = f" --set start={spec.year}" if spec.year != BASE_YEAR else ""
    run = f"hinterland run small --set world={folder} --set name={spec.name}{start}"
    next_steps("", f"hinterland list regions --world {folder}", run)


def _base_year(found: World, folder: Path) -> float:
    """Solve the base year as a run does, and return what is left of sales unexplained."""
    import numpy as np

    from sim.economy.base_year.inversion import solve_base
    from sim.errors import UserError
    from sim.parameters import Parameters
    from sim.world import first_hours

    hours = first_hours(found)[1]
    try:
        with np.errstate(all="ignore"):  # figures out of all proportion are told below
            base = solve_base(found, hours, Parameters())
    except UserError as error:
        raise UserError([f"{folder}: {m}" for m in error.messages]) from error
    fine = all(np.isfinite(a).all() for a in (base.prices, base.capital, base.market.capacity, *base.books))
    if not fine or not base.inversion_error < TOLERANCE:
        raise UserError(
            f"{folder}: no prices reproduce the accounts of {found.year} (error {base.inversion_error:.1e}); expected "
            "figures of one order of size, in the units of 'hinterland world columns', and shorter ways between "
            "regions that trade"
        )
    return base.inversion_error


def _new(folder: Path, as_json: bool) -> None:
    from sim.world import write_template

    files = write_template(folder)
    if as_json:
        answer({"ok": True, "folder": str(folder), "files": [str(f) for f in files]})
        return
    for file in files:
        say(str(file))
    next_steps(f"world: {folder}", "fill in your figures", f"hinterland world check {folder}")


def _columns(as_json: bool) -> None:
    from sim.world import column_notes, columns

    rows = columns()
    if as_json:
        answer({"columns": rows, "notes": column_notes()})
        return
    table((row.values() for row in rows), rows[0])
    say(column_notes().rstrip())
    next_steps("", "hinterland world new DIR: a small world to start from")


def _tell(value: Any, indent: str) -> None:
    for key, item in value.items():
        if isinstance(item, dict):
            say(f"{indent}{key}:")
            _tell(item, indent + "  ")
        else:
            say(f"{indent}{key}: {_text(item)}")


def _text(item: Any) -> str:
    if not isinstance(item, float):
        return str(item)
    return f"{item:,.4g}" if abs(item) < 1e4 else f"{item:,.0f}"
