"""Commands on results: export, plot, hash, audit, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from sim.cli.output import Json, answer, clean, next_steps, quoted, say, table, working

# Identities hold up to rounding; larger deviations are errors (docs/model.md).
TOLERANCE = 1e-9
SPREADSHEETS = "spreadsheets"

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Results folder.")]
Results = Annotated[Path, typer.Argument(metavar="PATH", help="Results folder or file.")]


def existing(path: Path) -> Path:
    """Return the path of results.

    Raises
    ------
    UserError
        If there is no such folder or file.
    """
    from sim.errors import UserError, nearest

    if not path.exists():
        siblings = [str(path.parent / p.name) for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UserError(f"{path}: no such folder or file; expected the results of a run" + nearest(str(path), siblings))
    return path


def export(
    folder: Folder,
    to: Annotated[str, typer.Option("--to", help="Format: csv, parquet, netcdf, geojson, geopackage.")] = "csv",
    reader: Annotated[
        Optional[str], typer.Option("--for", help="With csv: 'spreadsheets', in which every character shows.")
    ] = None,
    out: Annotated[Optional[Path], typer.Option("--out", help="Target folder; default: DIR/FORMAT.")] = None,
    as_json: Json = False,
) -> None:
    """Export results for use in other software."""
    from sim.errors import UserError, nearest
    from sim.results import FORMATS
    from sim.results import export as write

    if to not in FORMATS:
        raise UserError(f"--to {to}: unknown format; expected one of {', '.join(FORMATS)}" + nearest(to, FORMATS))
    if reader not in (None, SPREADSHEETS):
        raise UserError(
            f"--for {reader}: unknown reader; expected {SPREADSHEETS}" + nearest(str(reader), [SPREADSHEETS])
        )
    if reader and to != "csv":
        raise UserError(f"--for {reader}: only applies to csv; expected no value with --to {to}")
    source = existing(folder)
    target = out if out is not None else (source if source.is_dir() else source.parent) / to
    with working("reading the runs and writing tables", as_json):
        files = write(source, target, to, reader == SPREADSHEETS)
    if as_json:
        answer({"folder": str(target), "files": [str(f) for f in files]})
        return
    for file in files:
        say(str(file))
    next_steps(f"tables: {target}", "open them in any spreadsheet or statistical software")


def plot(
    folder: Folder,
    variable: Annotated[str, typer.Option("--variable", help="Recorded variable, such as value_added.")],
    regions: Annotated[
        Optional[str],
        typer.Option("--regions", help="Region selectors, one panel each: 'meizhou, supporting & guangxi'."),
    ] = None,
    share: Annotated[bool, typer.Option("--share", help="Draw shares of the regions in the nation.")] = False,
    at: Annotated[
        Optional[list[str]], typer.Option("--at", metavar="KEY=VALUE", help="Point of a sweep: one value per key.")
    ] = None,
    out: Annotated[Optional[Path], typer.Option("--out", help="Image file; default: DIR/VARIABLE.png.")] = None,
    as_json: Json = False,
) -> None:
    """Plot a variable over time, people and value added of regions with the band of the model's errors."""
    source = existing(folder)
    from sim.figures import font_note, plot_variable
    from sim.results import open_results

    wanted = [r.strip() for r in regions.split(",") if r.strip()] if regions else None
    # The image of a single result file is written to its folder.
    target = out if out is not None else (source if source.is_dir() else source.parent) / f"{variable}.png"
    with working("reading the runs and drawing", as_json), open_results(source) as dataset:
        file = plot_variable(_at(dataset, at or [], folder), variable, wanted, target, share)
        note = font_note(dataset)
    if as_json:
        answer({"file": str(file), "variable": variable, "regions": wanted})
        return
    say(str(file))
    next_steps(f"figure: {file}", f"hinterland report {quoted(folder)}", note=note)


def _at(dataset: Any, texts: list[str], folder: Path) -> Any:
    """Return the requested design point of a sweep; other results unchanged."""
    from sim.errors import UserError

    if "point" in getattr(dataset, "dims", ()):
        from sim.results import at_point

        return at_point(dataset, dict(text.partition("=")[::2] for text in texts))
    if texts:
        raise UserError(f"--at {texts[0]}: {folder} is not a sweep; expected no --at")
    return dataset


def hash_(path: Results, as_json: Json = False) -> None:
    """Print a hash of the content of results, to compare runs on the same machine."""
    source = existing(path)
    from sim.results import content_hash

    with working("reading the runs", as_json):
        digest = content_hash(source)
    if as_json:
        answer({"path": str(path), "hash": digest})
        return
    say(digest)
    next_steps(f"hashed: {path}", "equal hashes imply identical results; compare on the same machine only")


def audit(path: Results, as_json: Json = False) -> None:
    """Print the largest relative violation of each accounting identity; exit with 1 above the tolerance."""
    source = existing(path)
    from sim.results import audit as largest_breaks

    with working("reading the runs", as_json):
        breaks = largest_breaks(source)
    # NaN does not count as satisfied.
    satisfied = {name: bool(value <= TOLERANCE) for name, value in breaks.items()}
    ok = bool(satisfied) and all(satisfied.values())
    if as_json:
        answer(clean({"ok": ok, "tolerance": TOLERANCE, "breaks": breaks}))
    else:
        rows = ((name, f"{v:.2e}", "holds" if satisfied[name] else "VIOLATED") for name, v in breaks.items())
        table(rows, ("identity", "violation", ""))
        step = (
            f"hinterland report {quoted(path)}"
            if ok
            else "do not use these results; rerun them and report the violation"
        )
        next_steps(f"audited: {path}", step)
    if not ok:
        raise typer.Exit(1)


def report(
    folder: Folder,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for page and figures; default: the results folder.")
    ] = None,
    brief: Annotated[
        Path | None, typer.Option("--brief", help="Folder for the answer of a comparison: text, numbers, figure.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option("--into", help="With --brief: a text file whose lines between the markers it replaces."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the figures and the offline report of a results folder, and its answer for other documents."""
    from sim.errors import UserError

    source = existing(folder)
    if into is not None and brief is None:
        raise UserError(f"--into {into}: valid only with --brief FOLDER, in which the numbers of the text are stored")
    from sim.report import write_report

    with working("reading the runs, drawing figures, writing the report", as_json):
        file = write_report(source, out=out)
        written: list[Path] = []
        if brief is not None:
            from sim.report.brief import write_brief

            written = write_brief(source, brief, into, out)
    if as_json:
        answer({"file": str(file), **({"brief": [str(path) for path in written]} if written else {})})
        return
    say(str(file))
    next_steps(f"report: {file}", f"open {file} in a browser; it works offline", note=_note(source))


def _note(source: Path) -> str:
    """Return a note on the figures of some results; empty for experiments without runs."""
    from sim.figures import font_note
    from sim.results import open_results

    return font_note(open_results(source)) if (source / "runs").is_dir() else ""
