"""The command world: summarises a world, checks or creates a custom one, documents its columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from sim.cli.output import Json, Year, answer, clean, entries, next_steps, paragraph, quoted, say, table, working

if TYPE_CHECKING:
    from sim.economy.base import Base
    from sim.world import World

BASE_YEAR = 2020
# Largest residual of a city's sales, relative, at which the base year counts as solved.
TOLERANCE = 1e-6

What = Annotated[
    str, typer.Argument(metavar="NAME|DIR|check|new|columns", help="World, or an action on custom worlds.")
]
Folder = Annotated[Optional[Path], typer.Argument(metavar="[DIR]", help="Folder, for check and new.")]


def world(what: What, folder: Folder = None, year: Year = None, as_json: Json = False) -> None:
    """Summarise a world; check DIR, create a new DIR, or document the columns of custom worlds.

    A folder named check, new or columns is given as ./check and so on.
    """
    from sim.errors import UserError

    if what in ("check", "new"):
        if folder is None:
            raise UserError(f"world {what}: missing folder; expected 'hinterland world {what} DIR'")
        (_check if what == "check" else _new)(folder, as_json)
        return
    if folder is not None:
        expected = "a world, 'check DIR' or 'new DIR'"
        raise UserError(f"world {what} {folder}: too many arguments; expected {expected}")
    if what == "columns":
        _columns(as_json)
    else:
        _show(what, year, as_json)


def opened(name: str, year: int | None) -> World:
    """Return a world by name or folder, in the given year or by default in its (latest) base year."""
    from sim.errors import UserError
    from sim.world import ambiguity, is_folder, load_world, located, read_folder, world_names, world_years

    if text := ambiguity(name):
        raise UserError(text)
    name = located(name)
    if is_folder(name):
        return load_world(name, read_folder(name).year if year is None else year)
    if Path(name).is_file():
        raise UserError(f"{name}: is a file; expected the name of a world or the folder of a custom world")
    if year is None:
        year = max(world_years(name)) if name in world_names() else BASE_YEAR
    return load_world(name, year)


def _show(name: str, year: int | None, as_json: bool) -> None:
    from sim.world import is_folder, located, world_summary

    with working("reading the world", as_json):
        summary = world_summary(opened(name, year))
    if as_json:
        answer(clean(summary))
        return
    _print_nested(summary, "")
    own, bundled = f"hinterland world check {quoted(name)}", "hinterland init: a config for this world"
    steps = [own if is_folder(located(name)) else bundled]
    next_steps("", f"hinterland list regions --world {quoted(name)}", *steps)


def _check(folder: Path, as_json: bool) -> None:
    from sim.currency import in_currency
    from sim.world import ambiguity, load_world, located, read_folder, world_summary

    spec = read_folder(folder)
    found = load_world(located(str(folder.absolute())), spec.year)
    with working("solving the base year", as_json):
        base = _base_year(found, folder)
    error = base.inversion_error
    ratios = _ratios(found, base)
    unusual = _unusual(found, ratios)
    summary = {k: v for k, v in world_summary(found).items() if k not in ("transport", "sources")}
    if as_json:
        about = {"ratios": ratios, "unusual": unusual}
        answer(clean({"ok": True, "folder": str(folder), "inversion_error": error, **about, **summary}))
        return
    say(f"{folder}: valid; base year {spec.year} is solved")
    _print_nested({k: v for k, v in summary.items() if k != "quality"}, "")
    heads, talent = found.people.sum(), found.people[:, 1].sum()
    added = f"{1e6 * found.value_added.sum() / heads:,.0f} {in_currency('yuan', found.currency)}"
    paragraph(f"per capita: value added {added}, talent {talent / heads:.1%}")
    paragraph(", ".join(f"{name} {value:.3g}" for name, value in ratios.items()))
    for text in unusual:
        paragraph(f"warning: {text}")
    say("data quality, share of cells:")
    rows = [(figure, *(f"{share:.0%}" for share in shares.values())) for figure, shares in summary["quality"].items()]
    table(rows, ("figure", *next(iter(summary["quality"].values()))))
    start = f" --set start={spec.year}" if spec.year != BASE_YEAR else ""
    path = quoted(f"./{folder}" if ambiguity(str(folder)) else folder)  # not the bundled world of the same name
    run = f"hinterland run small --set world={path} --set name={spec.name}{start}"
    next_steps("", f"hinterland list regions --world {path}", run)


def _ratios(found: World, base: Base | None = None) -> dict[str, float]:
    """Return the national ratios that have a plausible band, as far as they do not need a solved base year."""
    from sim.economy.base_year.facts import trade_facts

    ratios = {
        "capital over value added": float(found.capital.sum() / found.value_added.sum()),
        "talent in people": float(found.people[:, 1].sum() / found.people.sum()),
    }
    if base is not None:
        ratios["implied growth of capital"] = base.growth
        ratios["exports of goods over value added"] = 0.0 if found.closed else trade_facts(found, base)["goods_exports"]
    return ratios


def _unusual(found: World, ratios: dict[str, float]) -> list[str]:
    """Return a sentence for each national ratio and each figure of a region that is out of the ordinary."""
    from sim.world import outliers, remarks

    return [*remarks(ratios), *outliers(found)]


def _suspects(found: World) -> list[str]:
    """Return what is out of the ordinary in a world whose base year has no solution."""
    return [f"out of the ordinary: {text}" for text in _unusual(found, _ratios(found))]


def _base_year(found: World, folder: Path) -> Base:
    """Solve the base year as in a run."""
    import numpy as np

    from sim.economy.base_year.inversion import solve_base
    from sim.errors import RunFailed, UserError
    from sim.parameters import Parameters
    from sim.world import first_hours

    hours = first_hours(found)[1]
    try:
        with np.errstate(all="ignore"):  # implausible data are reported below
            base = solve_base(found, hours, Parameters())
    except UserError as error:
        raise UserError([f"{folder}: {m}" for m in [*error.messages, *_suspects(found)]]) from error
    except RunFailed:
        base = None
    arrays = () if base is None else (base.prices, base.capital, base.market.capacity, *base.regional)
    if base is None or not all(np.isfinite(a).all() for a in arrays) or not base.inversion_error < TOLERANCE:
        reason = "did not converge" if base is None else f"error {base.inversion_error:.1e}"
        raise UserError([
            f"{folder}: no prices reproduce the accounts of {found.year} ({reason}); expected "
            "data of similar magnitude, in the units of 'hinterland world columns', and shorter distances between "
            "regions that trade",
            *(f"{folder}: {text}" for text in _suspects(found)),
        ])  # fmt: skip
    return base


def _new(folder: Path, as_json: bool) -> None:
    from sim.world import write_template

    files = write_template(folder)
    if as_json:
        answer({"ok": True, "folder": str(folder), "files": [str(f) for f in files]})
        return
    for file in files:
        say(str(file))
    next_steps(f"world: {folder}", "replace the example data", f"hinterland world check {quoted(folder)}")


def _columns(as_json: bool) -> None:
    from sim.world import column_notes, columns

    rows = columns()
    if as_json:
        answer({"columns": rows, "notes": column_notes()})
        return
    for file in dict.fromkeys(row["file"] for row in rows):
        say(f"{file}\n")
        shown = [{k: v for k, v in row.items() if k != "file"} for row in rows if row["file"] == file]
        entries((row.values() for row in shown), shown[0], lead=3)
        say()
    for part in column_notes().split("\n"):
        paragraph(part)
    next_steps("", "hinterland world new DIR: creates a small world to start from")


def _print_nested(value: Any, indent: str) -> None:
    for key, item in value.items():
        if item == {}:
            continue
        if isinstance(item, dict):
            say(f"{indent}{key}:")
            _print_nested(item, indent + "  ")
        else:
            paragraph(f"{key}: {_text(item)}", indent, indent + "  ")


def _text(item: Any) -> str:
    if not isinstance(item, float):
        return str(item)
    return f"{item:,.4g}" if abs(item) < 1e4 else f"{item:,.0f}"
