"""Preview of an experiment: its design, duration and storage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.output import answer, clean, console, next_steps, quoted, say, working

if TYPE_CHECKING:
    from sim.config import Design


def described(design: Design) -> str:
    """Return the factors of a design as text, to precede its number of runs."""
    several = {name: n for name, n in design.parts.items() if n > 1}
    parts = " × ".join(f"{n:,} {name}" for name, n in several.items())
    return (f"{parts}: " if parts else "") + ("up to " if design.up_to else "")


def ask(config: str, loaded: Any, yes: bool) -> None:
    """Reject a very large design without confirmation.

    Raises
    ------
    UserError
    """
    from sim.config import CAP, design_of
    from sim.errors import UserError

    design = design_of(loaded)
    if design.runs > CAP and not yes:
        raise UserError(
            f"{config}: {described(design)}{design.runs:,} runs, more than {CAP:,}; "
            "expected --yes, or a smaller design "
            f"('hinterland run {quoted(config)} --dry-run' estimates time and storage)"
        )


def preview(config: str, loaded: Any, folder: Path, machine: Any, workers: int | None, as_json: bool) -> None:
    """Print the number of runs with estimates of their duration and storage."""
    from sim.batch.preview import estimate
    from sim.config import design_of

    design = design_of(loaded)
    if design.sample is None:
        if as_json:
            answer({"ok": True, "kind": loaded.kind, "name": loaded.name, "runs": design.runs, "folder": str(folder)})
            return
        say(f"{loaded.kind} '{loaded.name}': no runs of the model, results in {folder}")
        next_steps("", f"hinterland run {quoted(config)}")
        return
    if not as_json:
        console().print("Timing two short runs ...")
    if getattr(machine, "cluster", None) is not None:
        workers = machine.cluster.jobs * machine.cluster.processes
    with working("timing two short runs", as_json):
        found = estimate(loaded, design, folder, workers or getattr(machine, "workers", None))
    seconds = design.runs * found.seconds / found.workers
    size = design.runs * found.size
    if as_json:
        answer(clean({"ok": True, "kind": loaded.kind, "name": loaded.name, **design.parts, "runs": design.runs,
                      "seconds": seconds, "bytes": size, "files": found.files, "workers": found.workers,
                      "folder": str(folder)}))  # fmt: skip
        return
    say(f"{loaded.kind} '{loaded.name}': {described(design)}{design.runs:,} run{'s' if design.runs > 1 else ''}")
    say(f"per run: {found.seconds:.3g} s, {amount(found.size)}, based on {found.basis}")
    say(f"total: about {_time(seconds)} on {found.workers} worker{'s' if found.workers > 1 else ''}, "
        f"{amount(size)} in {found.files:,} files in {folder}")  # fmt: skip
    if getattr(machine, "cluster", None) is not None:
        from sim.batch.executors import slurm_cluster

        say(f"\nSLURM script, submitted {machine.cluster.jobs} times:\n")
        with slurm_cluster(machine.cluster) as cluster:
            say(cluster.job_script())
    next_steps("", f"hinterland run {quoted(config)}")


def _time(seconds: float) -> str:
    for name, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {name}"
    return f"{seconds:.2g} s"


def amount(size: float) -> str:
    """Return a number of bytes in readable units."""
    for name, unit in (("GB", 1e9), ("MB", 1e6)):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size / 1e3:.3g} kB"
