"""The command study: the questions of the source study, section by section."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from sim.cli.output import console, next_steps, quoted, say


def study(
    only: Annotated[
        Optional[list[str]], typer.Option("--only", metavar="SECTION", help="Run this section; repeatable.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder of the results.")] = Path("results/study"),
    docs: Annotated[
        Optional[Path], typer.Option("--docs", help="Write the tables and the text of them here as well: study.md.")
    ] = None,
    workers: Annotated[Optional[int], typer.Option("--workers", min=1, help="Number of parallel processes.")] = None,
    page: Annotated[bool, typer.Option("--page", help="Run nothing; write the page from what is there.")] = False,
) -> None:
    """Run the questions of the source study and write the index page; finished runs are kept.

    Everything takes up to three hours on two cores, a section up to half an hour.
    """
    from sim.batch.executors import default_workers
    from sim.study.gathering import gather
    from sim.study.page import write_index, write_text
    from sim.study.running import run_sections
    from sim.study.sections import chosen, read_study

    known = read_study()
    sections = chosen(known, only or [])
    incomplete = []
    if not page:
        options = {"workers": workers, "console": console(False), "figure_processes": default_workers()}
        for name, complete in run_sections(known, sections, out, **options):
            say(f"{name}: {'finished' if complete else 'runs are missing'}")
            incomplete += [] if complete else [name]
    tables = gather(known, out)
    index = write_index(out, known, tables)
    if docs is not None:
        for path in write_text(docs, known, tables):
            say(f"written: {path}")
    steps = [f"open {quoted(index)}", *(f"hinterland status {quoted(out / name)}" for name in incomplete)]
    next_steps(f"results: {out}", *steps)
    if incomplete:
        raise typer.Exit(1)
