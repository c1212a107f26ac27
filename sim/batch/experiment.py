"""Experiments: plan the runs, keep finished ones, run the rest, then tables, figures, report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from sim import results
from sim.batch import finish
from sim.batch.budget import Scaled, scale_arms
from sim.batch.outcome import Outcome
from sim.batch.pool import default_workers, run_tasks
from sim.batch.progress import progress
from sim.batch.sequential import in_rounds
from sim.batch.tasks import Task, config_text, execute, failure_path, is_finished, plan, replication_seed, write_failure


def run_scenario(
    config: Any,
    out: Path,
    workers: int | None = None,
    overwrite: bool = False,
    console: Console | None = None,
) -> Outcome:
    """Run one scenario into a results folder.

    Parameters
    ----------
    config : Scenario
    out : Path
        Results folder. A finished run of the same scenario is kept.
    workers : int, optional
        Processes; the number of processors unless told.
    overwrite : bool
        Replace another experiment's results.
    console : Console, optional
        Where progress goes; standard error unless told.

    Returns
    -------
    Outcome

    Raises
    ------
    UserError
        If the folder holds another experiment and `overwrite` is off.
    """
    console = console or Console(stderr=True)
    out = Path(out)
    claim(out, config, [config.name], 1, overwrite)
    outcome = complete(plan({config.name: config}, config.seed, 1, out), out, workers, console)
    if outcome.finished:
        finish.scenario(outcome, console)
    return outcome


def run_comparison(
    config: Any,
    out: Path,
    workers: int | None = None,
    overwrite: bool = False,
    console: Console | None = None,
) -> Outcome:
    """Run every arm of a comparison with every replication; then tables, figures and the report.

    Parameters
    ----------
    config : Comparison
    out : Path
        Results folder. Finished runs of the same comparison are kept, missing ones are run.
    workers, overwrite, console
        As in `run_scenario`.

    Returns
    -------
    Outcome
        `ok` is False where a run is missing; its error lies in ``failed/``.

    Raises
    ------
    UserError
        If the folder holds another experiment and `overwrite` is off.
    """
    console = console or Console(stderr=True)
    out = Path(out)
    arms = config.arm_scenarios()
    claim(out, config, list(arms), config.seeds[0], overwrite)
    arms, scaled = _common_budget(config, arms, out, workers, console)
    found = {arm: asdict(facts) for arm, facts in scaled.items()}
    if found:  # the report reads it
        results.write_text(out / "scaled.json", json.dumps(found, indent=1) + "\n")
    if config.precision or config.select:
        outcome = in_rounds(config, list(arms), out, partial(_some, config, arms, out, workers, console), console)
    else:
        outcome = complete(plan(arms, config.seed, config.replications, out), out, workers, console)
    outcome.headline["budget"] = found
    if outcome.finished:
        finish.comparison(outcome, config, console)
    return outcome


def _some(
    config: Any, arms: dict[str, Any], out: Path, workers: int | None, console: Console,
    done: dict[str, int], planned: dict[str, int],
) -> Outcome:  # fmt: skip
    """Complete the replications of each arm from one number up to another; the manifest tells what is planned."""
    most = max(planned.values())
    claim(out, config, list(arms), most, False, {"planned": planned})
    tasks = [t for t in plan(arms, config.seed, most, out) if done[t.arm] <= t.replication < planned[t.arm]]
    return complete(tasks, out, workers, console)


def claim(
    out: Path,
    config: Any,
    arms: list[str],
    replications: int,
    overwrite: bool,
    sweep: Mapping[str, Any] | None = None,
) -> None:
    """Make the folder this experiment's, before anything else is written there; see `results.write_manifest`."""
    text = config_text(config)
    results.check_folder(out, text, overwrite)
    results.write_manifest(out, config.name, text, arms, replications, sweep)


def _common_budget(
    config: Any, arms: dict[str, Any], out: Path, workers: int | None, console: Console
) -> tuple[dict[str, Any], dict[str, Scaled]]:
    budget = config.common_budget
    if budget is None:
        return arms, {}
    console.print(f"Scaling {len(arms) - 1} arms to {budget.amount:,.0f} million yuan (present value) ...")
    seed = replication_seed(config.seed, 0)
    arms, scaled, errors = scale_arms(
        arms,
        seed,
        budget.amount,
        budget.discount,
        out / "budget.json",
        results.model_version(),
        workers,
        baseline=config.baseline,
        threads=config.scenario.threads,
    )
    for found in scaled.values():
        mark = "" if found.reached else f"  [bold yellow]budget not reached: {found.note}[/]"
        console.print(f"  {found.arm}: strength × {found.factor:.4g}, cost {found.cost:,.0f} million yuan{mark}")
    for arm, error in errors.items():
        console.print(f"  [bold red]{arm}: the pilot run failed; run as written[/] ({error.splitlines()[0]})")
    return arms, scaled


def complete(tasks: Sequence[Task], out: Path, workers: int | None, console: Console) -> Outcome:
    """Run the tasks that are not finished, with progress; failures are written down and the others go on.

    Raises
    ------
    KeyboardInterrupt
        After saying how many runs are kept.
    """
    todo = [task for task in tasks if not is_finished(task)]
    kept = len(tasks) - len(todo)
    if kept:
        console.print(f"{kept} of {len(tasks)} runs are there already and are kept.")
    outcome = Outcome(out, kept)
    try:
        _run(todo, out, workers, console, outcome)
    except KeyboardInterrupt:
        console.print(
            f"Stopped. {outcome.finished} of {len(tasks)} runs are finished and kept; "
            "the same command runs the missing ones."
        )
        raise
    outcome.missing.sort()
    outcome.ok = not outcome.missing
    if outcome.missing:
        console.print(
            f"[bold red]{len(outcome.missing)} of {len(tasks)} runs failed:[/] {', '.join(outcome.missing)}; "
            f"see {out / 'failed'}"
        )
    return outcome


def _run(todo: list[Task], out: Path, workers: int | None, console: Console, outcome: Outcome) -> None:
    if not todo:
        return
    commit = results.commit()
    threads = max(task.scenario.threads for task in todo)
    count = default_workers(threads) if workers is None else workers
    description = f"{len(todo)} runs, {max(1, min(count, len(todo)))} at a time"
    with progress(console) as bars:
        bar = bars.add_task(description, total=len(todo), failed=0)
        ended: Iterator = run_tasks(execute, [(task, commit) for task in todo], workers, threads)
        with closing(ended):  # type: ignore[type-var]
            for done in ended:
                task = todo[done.index]
                if done.error:
                    outcome.missing.append(task.label)
                    path = write_failure(out, task, done.error)
                    bars.console.print(f"[red]{task.label} failed:[/] {done.error.splitlines()[0]} ({path})")
                else:
                    outcome.finished += 1
                    failure_path(out, task).unlink(missing_ok=True)
                bars.update(bar, advance=1, failed=len(outcome.missing))
