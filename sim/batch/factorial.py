"""Factorial experiments: run every arm with every seed; then tables, figure, report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rich.text import Text

from sim import results
from sim.batch.engine import complete
from sim.batch.experiment import write_plan
from sim.batch.outcome import Outcome
from sim.batch.phases import phase
from sim.batch.session import open_session
from sim.batch.tasks import plan
from sim.config import design_of
from sim.currency import columns_in, currency_of


def run_factorial(config: Any, out: Path, **options: Any) -> Outcome:
    """Run a factorial experiment into a results folder.

    Parameters
    ----------
    config : Factorial
    out : Path
        Results folder. Finished runs of the same experiment are kept, missing ones are run.
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
    with open_session(config, out, **options) as session:
        arms, last = design_of(config).arms, config.replications
        tasks, names = plan([arms], config.seed, 0, last, session.version, own=True)
        write_plan(session, last, names)
        outcome = complete(session, tasks)
    if outcome.finished:
        _finish(outcome, config, session.console)
    return outcome


def _finish(outcome: Outcome, config: Any, console: Any) -> None:
    """Write and print the tables; then figure and report."""
    from sim.analysis.factorial import factorial_tables  # these import the plotting libraries
    from sim.batch.contrasts import printed
    from sim.figures import font_note
    from sim.figures.factorial import save
    from sim.report import write_report

    ds = results.open_results(outcome.folder)
    if not ds["finished"].all("arm").any():
        console.print(Text("No seed has finished in every arm: no tables, figure or report.", style="bold red"))
        return
    with phase(console, "computing the tables"):
        tables = factorial_tables(ds)
    for name, table in tables.items():
        if table.empty:  # that of a former design would be of other runs
            (outcome.folder / f"{name}.csv").unlink(missing_ok=True)
        else:
            written = columns_in(table, currency_of(ds.attrs))
            text = written.to_csv(index=False)
            outcome.files.append(results.write_text(outcome.folder / f"{name}.csv", text))
            rows = written.astype(object).replace({np.nan: None}).to_dict(orient="records")
            outcome.headline["table" if name == "effects" else name] = rows
    for view in printed(ds, config, tables):
        console.show(view)
    outcome.illustrate(
        lambda: save(ds, tables, outcome.folder / "figures"),
        lambda: write_report(outcome.folder, draw=False, ds=ds, tables=tables),
        console,
        font_note(ds),
    )
