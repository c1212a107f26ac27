"""Experiments with many points: distinct runs once, then the post-processing of their kind."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from sim import results
from sim.analysis import measure, shown_measures, summary
from sim.batch.engine import complete
from sim.batch.experiment import write_plan
from sim.batch.headline import rich_summary
from sim.batch.outcome import Outcome
from sim.batch.phases import phase
from sim.batch.screen import Screen
from sim.batch.session import Session, open_session
from sim.batch.tasks import Names, Task, plan
from sim.config import layout_of
from sim.currency import columns_in, currency_of
from sim.figures import font_note, save_sweep
from sim.kinds import KINDS, resolved
from sim.report import write_report


def run_sweep(config: Any, out: Path, **options: Any) -> Outcome:
    """Run every arm at every point with every replication; then tables, figures and the report.

    Parameters
    ----------
    config : Sweep, Sensitivity or Robustness
    out : Path
        Results folder. Finished runs of the same experiment are kept, even if it had other points.
    **options
        See `sim.batch.session.Options`.

    Returns
    -------
    Outcome
        `ok` is False if a run is missing; its error is stored in ``failed/``.

    Raises
    ------
    UserError
        If the folder holds another experiment and `overwrite` is off, or another process is using it.
    """
    layout = layout_of(config)
    with open_session(config, out, **options) as session:
        tasks, names = plan(layout.scenarios, config.seed, 0, config.replications, session.version)
        axes = {key: asdict(facts) for key, facts in layout.axes.items()}
        write_plan(session, config.replications, names, axes=axes, points=layout.points)
        _announce(session, tasks, names)
        outcome = complete(session, tasks)
    if outcome.finished:
        finish_of_kind = KINDS[config.kind].finish
        assert finish_of_kind is not None, f"'{config.kind}' has no finish"
        resolved(finish_of_kind)(outcome, config, session.console)
    return outcome


def _announce(session: Session, tasks: list[Task], names: Names) -> None:
    points, replications = len(next(iter(names.values()))), session.config.replications
    everywhere = points * len(names) * replications
    shared = f"; {everywhere:,} counting those shared by several points" if everywhere > len(tasks) else ""
    session.console.print(
        f"{points:,} points × {len(names)} arms × {replications} seeds: {len(tasks):,} runs{shared}.", highlight=False
    )
    unused = len(session.index.by_id().keys() - {task.run_id for task in tasks})
    if unused:
        session.console.print(
            f"{unused:,} runs in {session.folder / 'runs'} belong to other points or another version of the model "
            "and are not used here.",
        )


def finish(outcome: Outcome, config: Any, console: Screen) -> None:
    """Write and print the summary; then figures and report."""
    with phase(console, "reading the runs and computing the tables"):
        ds = results.open_results(outcome.folder)
        measured = measure(ds)
        table = summary(ds, measured)
    written = columns_in(table, currency_of(ds.attrs))
    outcome.headline["table"] = written.astype(object).replace({np.nan: None}).to_dict(orient="records")
    path = outcome.folder / "summary.csv"
    written.to_csv(path, index=False)
    outcome.files.append(path)
    console.show(rich_summary(ds, table))
    outcome.illustrate(
        lambda: save_sweep(ds, shown_measures(ds, measured), outcome.folder / "figures"),
        lambda: write_report(outcome.folder, draw=False, ds=ds, measured=measured, table=table),
        console,
        font_note(ds),
    )
