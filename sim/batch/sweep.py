"""Experiments of many points: every different run once, finished ones kept; then what their kind makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from sim import results
from sim.analysis import measure, summary
from sim.batch import robustness, sensitivity
from sim.batch.experiment import claim, complete
from sim.batch.outcome import Outcome
from sim.batch.sweep_table import rich_summary
from sim.batch.tasks import Task, canonical, replication_seed
from sim.figures import save_sweep
from sim.report import write_report

_LETTERS = 16  # of a run id in a file name


class SweepTask(Task):
    """A run whose file is named by what it is, so that any sweep that holds this run finds it."""

    @property
    def label(self) -> str:
        """Arm, replication and the beginning of the run's id, as in the file's name."""
        return self.path.stem


@dataclass(frozen=True)
class Plan:
    """All runs of a sweep.

    Attributes
    ----------
    tasks : list of Task
        Every different run once, replication by replication.
    names : dict of str to list of list of str
        By arm, point and replication: the name of the run's file.
    """

    tasks: list[Task]
    names: dict[str, list[list[str]]]


def run_sweep(
    config: Any,
    out: Path,
    workers: int | None = None,
    overwrite: bool = False,
    console: Console | None = None,
) -> Outcome:
    """Run every arm at every point with every replication; then tables, figures and the report.

    Parameters
    ----------
    config : Sweep, Sensitivity or Robustness
    out : Path
        Results folder. Finished runs of the same experiment are kept, also where it had other points.
    workers, overwrite, console
        As in `sim.batch.run_scenario`.

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
    layout = config.layout()
    found = plan(layout, config.seed, config.replications, out)
    held = {"axes": {key: asdict(facts) for key, facts in layout.axes.items()}, "points": layout.points}
    claim(out, config, list(found.names), config.replications, overwrite, {**held, "runs": found.names})
    _announce(found, len(layout.points), config.replications, out, console)
    outcome = complete(found.tasks, out, workers, console)
    if outcome.finished:
        FINISHES[config.kind](outcome, config, console)
    return outcome


def plan(layout: Any, seed: int, replications: int, folder: Path) -> Plan:
    """Return all runs of a sweep.

    Parameters
    ----------
    layout : Layout
    seed, replications : int
    folder : Path
    """
    version = results.model_version()
    texts = {id(s): canonical(s) for at in layout.scenarios for s in at.values()}
    arms = list(layout.scenarios[0])
    names: dict[str, list[list[str]]] = {arm: [[] for _ in layout.points] for arm in arms}
    tasks: dict[str, Task] = {}
    for replication in range(replications):
        number = replication_seed(seed, replication)
        for k, at in enumerate(layout.scenarios):
            for arm, scenario in at.items():
                identity = results.run_id(texts[id(scenario)], number, version)
                name = run_name(arm, replication, identity)
                names[arm][k].append(name)
                path = folder / "runs" / f"{name}.h5"
                tasks.setdefault(name, SweepTask(arm, replication, number, scenario, path, identity))
    return Plan(list(tasks.values()), names)


def run_name(arm: str, replication: int, identity: str) -> str:
    """Return the name of a run's file, without its ending."""
    return f"{arm}-{replication:03d}-{identity[:_LETTERS]}"


def _announce(found: Plan, points: int, replications: int, out: Path, console: Console) -> None:
    everywhere = points * len(found.names) * replications
    shared = f"; {everywhere:,} with those that points share" if everywhere > len(found.tasks) else ""
    console.print(
        f"{points:,} points × {len(found.names)} arms × {replications} seeds: {len(found.tasks):,} runs{shared}.",
        highlight=False,
    )
    unused = {path.stem for path in out.glob("runs/*.h5")} - {task.label for task in found.tasks}
    if unused:
        console.print(
            f"{len(unused):,} files in {out / 'runs'} are of other points or of another version of the model; "
            "they are not used here.",
            highlight=False,
        )


def _finish(outcome: Outcome, config: Any, console: Console) -> None:
    """Write and print the summary; then figures and report."""
    ds = results.open_results(outcome.folder)
    measured = measure(ds, config.indicators)
    table = summary(ds, measured)
    outcome.headline["table"] = table.astype(object).replace({np.nan: None}).to_dict(orient="records")
    path = outcome.folder / "summary.csv"
    table.to_csv(path, index=False)
    outcome.files.append(path)
    console.print(rich_summary(ds, table))
    outcome.files += save_sweep(ds, measured, outcome.folder / "figures")
    report = write_report(outcome.folder, draw=False)
    outcome.files.append(report)
    console.print(f"Report: {report}", highlight=False)


FINISHES: dict[str, Callable[[Outcome, Any, Console], None]] = {
    "sweep": _finish,
    "sensitivity": sensitivity.finish,
    "robustness": robustness.finish,
}
