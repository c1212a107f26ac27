"""The command profile: time and memory of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from sim.cli.output import Json, answer, clean, console, next_steps, quoted, say
from sim.cli.previewing import amount
from sim.cli.running import Config, Set

if TYPE_CHECKING:
    from rich.table import Table

    from sim.batch.profiling import Cost, Profile

NOTE = "Memory: increase of the peak resident memory of the process."


def profile(
    config: Config,
    arm: Annotated[Optional[str], typer.Option("--arm", help="Profile the first run of this arm.")] = None,
    years: Annotated[Optional[int], typer.Option("--years", min=1, help="Years; default: those of the config.")] = None,
    threads: Annotated[Optional[int], typer.Option("--threads", min=1, help="Number of threads.")] = None,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Profile time and memory of a run: set-up, phases of the year, mechanisms, recording, output."""
    from sim.config import load

    loaded = load(config, overrides or [])
    from sim.batch.compiling import compile_aloud, compile_once
    from sim.batch.profiling import first_run
    from sim.batch.profiling import profile as measure

    task = first_run(loaded, arm)
    scenario = task.scenario if years is None else task.scenario.model_copy(update={"years": years})
    used = _use_threads(threads or scenario.threads, required=threads is not None)
    if not as_json:
        compile_aloud(console)
    compile_once()
    found = measure(scenario, task.seed)
    what = {"kind": loaded.kind, "name": loaded.name, "arm": task.arm, "seed": task.seed, "years": scenario.years,
            "firms": scenario.firms, "threads": used}  # fmt: skip
    if as_json:
        answer(clean({"ok": True, **what, **_facts(found, scenario.years)}))
        return
    say(f"{loaded.kind} '{loaded.name}': run '{task.label}', seed {task.seed}, {scenario.years} years, "
        f"{scenario.firms:,} firms, {used} thread{'s' if used > 1 else ''}")  # fmt: skip

    from sim.batch.screen import Screen

    Screen().print(_table(found, scenario.years))
    say(NOTE)
    next_steps("", f"hinterland run {quoted(config)} --dry-run: estimates the duration of all runs")


def _use_threads(threads: int, required: bool) -> int:
    """Set the number of threads and return it; above the number available, fail if it is required, else reduce it."""
    import numba

    from sim.errors import UserError

    most = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    if required and threads > most:
        raise UserError(f"--threads {threads}: exceeds the number of threads of this machine; expected 1 to {most}")
    numba.set_num_threads(min(threads, most))
    return min(threads, most)


def _rows(found: Profile) -> list[tuple[str, str, Cost]]:
    """Return rows of part, component (or an empty string) and cost: each part, followed by its components."""
    rows = []
    for part, cost in found.parts.items():
        rows.append((part, "", cost))
        rows += [(part, name, inner) for (outer, name), inner in found.within.items() if outer == part]
    return rows


def _facts(found: Profile, years: int) -> dict[str, Any]:
    parts = [
        {"part": part, "within": name, "seconds": cost.seconds, "ms_per_year": 1e3 * cost.seconds / years,
         "share": cost.seconds / found.seconds, "peak_growth_bytes": cost.memory}
        for part, name, cost in _rows(found)
    ]  # fmt: skip
    return {"seconds": found.seconds, "peak_growth_bytes": found.memory, "file_bytes": found.size, "parts": parts}


def _table(found: Profile, years: int) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Part")
    for name in ("Seconds", "ms per year", "Share", "Memory"):
        table.add_column(name, justify="right", no_wrap=True)

    def add(name: str, seconds: float, memory: int) -> None:
        grown = amount(memory) if memory else "–"
        table.add_row(name, f"{seconds:.3f}", f"{1e3 * seconds / years:.2f}", f"{seconds / found.seconds:.1%}", grown)

    for part, name, cost in _rows(found):
        add(f"  {name}" if name else part, cost.seconds, cost.memory)
    table.add_section()
    add("total", found.seconds, found.memory)
    return table
