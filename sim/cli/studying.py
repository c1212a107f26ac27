"""The command study: the questions of the source study, section by section."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from sim.cli.output import Json, answer, console, next_steps, quoted, say

Only = Annotated[Optional[list[str]], typer.Option("--only", metavar="SECTION", help="This section; repeatable.")]
Docs = Annotated[Optional[Path], typer.Option("--docs", help="Folder for the text of the answers and its tables.")]


def study(
    only: Only = None,
    out: Annotated[Path, typer.Option("--out", help="Folder of the results.")] = Path("results/study"),
    docs: Docs = None,
    workers: Annotated[Optional[int], typer.Option("--workers", min=1, help="Number of parallel processes.")] = None,
    page: Annotated[bool, typer.Option("--page", help="Run nothing; write the page from existing results.")] = False,
    as_json: Json = False,
) -> None:
    """Run the questions of the source study and write an index page; finished runs are kept.

    All sections take up to three hours on two cores, each up to half an hour.
    """
    from sim.batch.executors import default_workers
    from sim.study.gathering import gather
    from sim.study.page import write_index, write_text
    from sim.study.running import run_sections
    from sim.study.sections import chosen, read_study

    known = read_study()
    sections, complete = chosen(known, only or []), dict[str, bool]()
    if not page:
        options = {"workers": workers, "console": console(as_json), "figure_processes": default_workers()}
        complete = dict(run_sections(known, sections, out, **options))
    tables = gather(known, out)
    files = [write_index(out, known, tables), *(write_text(docs, known, tables) if docs is not None else ())]
    missing = [name for name, done in complete.items() if not done]
    if as_json:
        answer({"folder": str(out), "files": list(map(str, files)), "experiments": complete, "missing": missing})
    else:
        for name, done in complete.items():
            say(f"{name}: {'finished' if done else 'runs are missing'}")
        steps = [f"open {quoted(files[0])}", *(f"hinterland status {quoted(out / name)}" for name in missing)]
        next_steps(f"results: {out}", *steps)
    if missing:
        raise typer.Exit(1)
