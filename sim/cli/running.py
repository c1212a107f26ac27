"""Commands on configs: run, check, schema, init."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from sim.cli import previewing
from sim.cli.output import Json, answer, clean, console, next_steps, quoted, say, working

Config = Annotated[str, typer.Argument(metavar="FILE|NAME", help="YAML file or name of a bundled config.")]
Machine = Annotated[
    Optional[str],
    typer.Option("--machine", help="Executor: processes, mpi, the address of a Dask scheduler, or a YAML file."),
]
Set = Annotated[
    Optional[list[str]], typer.Option("--set", metavar="KEY=VALUE", help="Override a dotted key; repeatable.")
]

OVERWRITE = "Replace the results of another experiment, or of this one if it is complete."


def run(
    config: Config,
    out: Annotated[Optional[Path], typer.Option("--out", help="Results folder; default: results/NAME.")] = None,
    overrides: Set = None,
    workers: Annotated[Optional[int], typer.Option("--workers", min=1, help="Number of parallel processes.")] = None,
    machine: Machine = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Estimate number, duration and storage of runs.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm a very large design.")] = False,
    stop_on_failure: Annotated[bool, typer.Option("--stop-on-failure", help="Stop at the first failed run.")] = False,
    as_json: Json = False,
) -> None:
    """Run a scenario or an experiment: comparison, sweep, calibration, estimation and others."""
    from sim.config import load
    from sim.config.loader import machine_of

    with working("reading the config", as_json):
        loaded = load(config, overrides or [])
    folder = out if out is not None else Path("results") / loaded.name
    where = machine_of(machine) if machine else getattr(loaded, "machine", None)
    batch = import_module("sim.batch")
    batch.refuse_unused(loaded, {"workers": workers, "machine": where, "stop_on_failure": stop_on_failure})
    if dry_run:
        previewing.preview(config, loaded, folder, where, workers, as_json)
        return
    previewing.ask(config, loaded, yes)
    from sim.batch.executors import default_workers

    outcome = batch.run(
        loaded, folder, workers=workers, machine=where, overwrite=overwrite, console=console(as_json),
        stop_on_failure=stop_on_failure, figure_processes=default_workers(),
    )  # fmt: skip
    show(loaded, outcome, as_json)


def show(config: Any, outcome: Any, as_json: bool) -> None:
    """Print the outcome of an experiment as its kind does."""
    from sim.kinds import KINDS, resolved

    resolved(KINDS[config.kind].show)(outcome, as_json)


def finish(outcome: Any, as_json: bool) -> None:
    """Print the outcome of an experiment; exit with 1 if a run is missing."""
    if as_json:
        answer(clean(_summary(outcome)))
    else:
        say(f"runs: {outcome.finished} finished, {len(outcome.missing)} missing")
        _print_outcome(outcome)
    if not outcome.ok:
        raise typer.Exit(1)


def _summary(outcome: Any) -> dict[str, Any]:
    return {
        "ok": outcome.ok,
        "folder": str(outcome.folder),
        "finished": outcome.finished,
        "missing": outcome.missing,
        "seconds": outcome.seconds,
        "headline": outcome.headline,
        "files": [str(f) for f in outcome.files],
    }


def _print_outcome(outcome: Any) -> None:
    for name in outcome.missing[:20]:
        say(f"missing: {name}")
    reports = [f for f in outcome.files if Path(f).suffix == ".html"]
    folder, fragments = quoted(outcome.folder), [f for f in outcome.files if Path(f).suffix == ".yaml"]
    steps = [f"open {quoted(report)}" for report in reports]
    if not fragments or (outcome.folder / "runs").is_dir():  # a calibration keeps no runs
        steps += [] if reports else [f"hinterland plot {folder} --variable value_added"]
        steps.append(f"hinterland audit {folder}")
    steps += [f"to use it in a scenario: include: [{fragment}]" for fragment in fragments]
    if outcome.missing:
        again = [f"hinterland status {folder}: lists missing runs and the reasons",
                 f"hinterland rerun {folder}, or repeat the command: finished runs are kept"]  # fmt: skip
        steps = [*again, *(steps if outcome.finished else [])]
    next_steps(f"results: {outcome.folder}", *steps)


def check(config: Config, overrides: Set = None, as_json: Json = False) -> None:
    """Validate a config without running it."""
    from sim.config import design_of, load
    from sim.extras import need
    from sim.kinds import KINDS, resolved

    with working("reading the config", as_json):
        loaded = load(config, overrides or [])
    need(KINDS[loaded.kind].extra, f"'{loaded.kind}'")
    inspect = KINDS[loaded.kind].inspect
    notes: list[str] = resolved(inspect)(loaded) if inspect else []
    design = design_of(loaded)
    if as_json:
        facts = {"kind": loaded.kind, "name": loaded.name, **design.parts, "runs": design.runs}
        answer({"ok": True, **facts, **({"notes": notes} if notes else {})})
        return
    for note in notes:
        say(f"note: {note}")
    runs = f"{previewing.described(design)}{design.runs:,} run{'s' if design.runs > 1 else ''}"
    say(f"{config}: {loaded.kind} '{loaded.name}', {runs}: valid")
    next_steps("", f"hinterland run {quoted(config)}")


def schema(as_json: Json = False) -> None:
    """Print the JSON Schema of configs."""
    from sim.config import json_schema, schema_text

    if as_json:
        answer(json_schema())
        return
    say(schema_text().rstrip())
    next_steps("", "hinterland init: writes a commented config to start from")


def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="File to write.")] = Path("scenario.yaml"),
    as_json: Json = False,
) -> None:
    """Write a commented, runnable config, and next to it the JSON Schema with which editors check and complete it."""
    from sim.config import SCHEMA_FILE, schema_text, template
    from sim.errors import UserError

    try:
        with file.open("x", encoding="utf-8") as handle:
            handle.write(template())
        (file.parent / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")
    except FileExistsError as error:
        raise UserError(f"{file}: already exists; expected a new file name") from error
    except OSError as error:
        reason = f"{file}: cannot be written ({error.strerror})"
        raise UserError(f"{reason}; expected a file in an existing folder") from error
    if as_json:
        answer({"ok": True, "file": str(file), "schema": str(file.parent / SCHEMA_FILE)})
        return
    say(str(file))
    say(str(file.parent / SCHEMA_FILE))
    next_steps(f"config: {file}", f"hinterland check {quoted(file)}", f"hinterland run {quoted(file)}")
