"""Commands that maintain a results folder: status, verify, rerun."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from sim.cli.output import Json, answer, clean, console, next_steps, quoted, say, working
from sim.cli.previewing import amount
from sim.cli.running import Machine, show

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Results folder.")]
SHOWN = 10


def status(folder: Folder, as_json: Json = False) -> None:
    """Report the progress of an experiment: finished, failed and outstanding runs, active processes."""
    from sim.batch.session import active_process
    from sim.results import status

    with working("reading the runs", as_json):
        found, busy = status(folder), active_process(folder)
    if as_json:
        facts = {**vars(found), "missing": len(found.missing), "failed": found.failed, "running": busy}
        answer(clean({"folder": str(folder), **facts}))
        return
    left = len(found.missing) - len(found.failed)
    say(f"{found.kind} '{found.name}': {found.finished:,} of {found.planned:,} runs finished, "
        f"{len(found.failed)} failed, {left:,} outstanding")  # fmt: skip
    rows = [("active", busy or "no process"), ("stored", f"{amount(found.size)} in {found.files:,} files")]
    if found.finished:
        rows.append(("one run", f"{found.seconds:.3g} s (median)"))
    if found.trials:
        rows.append(("trials", f"{found.trials[0]:,} of {found.trials[1]:,}"))
    if found.other:
        rows.append(("unused", f"{found.other:,} runs of other points, or of another version of the model"))
    for name, value in rows:
        say(f"  {name:<8}  {value}")
    for label in found.failed[:SHOWN]:
        say(f"failed: {label}: {_reason(folder, label)}")
    steps = [f"hinterland verify {quoted(folder)}"]
    if found.failed:
        steps = [f"hinterland run {quoted(folder)}/failed/{found.failed[0]}.yaml: repeats this run only",
                 f"hinterland rerun {quoted(folder)} --failed"]  # fmt: skip
    elif found.missing and not busy:
        steps = [f"hinterland rerun {quoted(folder)}: computes the missing runs"]
    elif found.finished:
        steps.insert(0, f"hinterland report {quoted(folder)}")
    next_steps("", *steps)


def _reason(folder: Path, label: str) -> str:
    """Return the first line of the recorded error of a failed run."""
    for path in folder.glob(f"failed/{label}.*"):
        lines = [line.lstrip("# ").rstrip() for line in path.read_text(encoding="utf-8").splitlines()]
        return lines[3] if len(lines) > 3 else ""
    return ""


def verify(folder: Folder, as_json: Json = False) -> None:
    """Verify all stored results: checksums, completeness, schema; exit with 1 on any error."""
    from sim.results import verify as look

    with working("reading all results", as_json):
        found = look(folder)
    if as_json:
        answer({"ok": not found.faults, "files": found.files, "runs": found.runs, "unchecked": found.unchecked,
                "faults": found.faults})  # fmt: skip
    else:
        for problem in found.faults[:SHOWN]:
            say(f"problem: {problem}")
        if len(found.faults) > SHOWN:
            say(f"... and {len(found.faults) - SHOWN:,} more; use --json for all of them")
        old = f"; {found.unchecked:,} runs of older versions have no checksum" if found.unchecked else ""
        problems = f"{len(found.faults)} problem{'' if len(found.faults) == 1 else 's'}"
        say(f"{found.runs:,} runs in {found.files:,} files read, {problems}{old}")
        again = f"hinterland rerun {quoted(folder)}: recomputes damaged and missing runs"
        steps = [again] if found.faults else []
        if found.runs and not found.faults:  # an estimation or a calibration stores no runs
            steps = [f"hinterland report {quoted(folder)}"]
        next_steps(f"verified: {folder}", *steps)
    if found.faults:
        raise typer.Exit(1)


def rerun(
    folder: Folder,
    failed: Annotated[bool, typer.Option("--failed", help="Only failed runs.")] = False,
    workers: Annotated[Optional[int], typer.Option("--workers", min=1, help="Number of parallel processes.")] = None,
    machine: Machine = None,
    as_json: Json = False,
) -> None:
    """Compute the missing runs of an experiment, using the config stored with its results."""
    from sim.batch import inputs, run
    from sim.batch.executors import default_workers
    from sim.config import restored
    from sim.config.loader import machine_of
    from sim.policy.plugins import changed
    from sim.results import read_manifest, status

    found = status(folder)
    manifest = read_manifest(folder)
    assert manifest is not None  # status() would have raised
    config, screen = restored(manifest["config"], str(folder)), console(as_json)
    for file in (*changed(folder), *inputs.changed(folder)):
        screen.print(f"{file} differs from its copy in {folder}; the copy is used")
    outcome = run(
        config, folder, workers=workers, console=screen,
        machine=machine_of(machine) if machine else None, only=frozenset(found.failed) if failed else None,
        figure_processes=default_workers(),
    )  # fmt: skip
    show(config, outcome, as_json)
