"""The index page of the study and its text for the documentation, both made from the small tables alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sim import results
from sim.report.brief import wrapped
from sim.report.page import filled
from sim.report.sentences import Figure, Sentence, marked, plain
from sim.study.others import answer_of
from sim.study.sections import Section, Study
from sim.study.tables import ASSUMED, INDEX, indexed
from sim.study.text import NONE, Answer, Grid, Row, Tables


class Part(NamedTuple):
    """A section and the answers that exist."""

    section: Section
    answers: list[Answer]


def parts_of(study: Study, tables: Tables) -> list[Part]:
    """Return the sections with the answers of their experiments that have been run."""
    there = set(tables["experiments"].index) if "experiments" in tables else set()
    return [Part(one, [answer_of(tables, name) for name in one.experiments if name in there])
            for one in study.sections]  # fmt: skip


def summary(parts: Sequence[Part], tables: Tables) -> Grid:
    """Return questions, answers, effects, intervals, seeds, share of draws and run time."""
    heads = ["Question", "Best arm per yuan", "Value added of the targets, %", "Yuan per yuan", "Seeds", "Runs",
             "First in % of draws", "Minutes"]  # fmt: skip
    rows: list[list[Sentence]] = []
    for part in parts:
        for one in part.answers:
            facts = Row(tables, "experiments", one.experiment)
            cells: list[Sentence] = [[NONE], [NONE], [NONE], [NONE]]
            best = _best(tables, one.experiment)
            if best is not None:
                drawn: Sentence = [best.number("first", 100.0)] if best.known("first") else [NONE]
                cells = [[str(best["title"])], best.estimate("percent"), best.estimate("per_yuan", sign=False), drawn]
            minutes: Sentence = [facts.number("seconds", 1 / 60, 2)] if facts.known("seconds") else [NONE]
            numbers: list[Sentence] = [[facts.number("n")], [facts.number("runs")]]
            rows.append([[one.question], *cells[:3], *numbers, cells[3], minutes])
    return Grid(heads, rows)


def _best(tables: Tables, experiment: str) -> Row | None:
    """Return the arm with the largest effect per yuan; without prices the one with the largest effect."""
    if "arms" not in tables or experiment not in tables["arms"].index.get_level_values(0):
        return None
    own = tables["arms"].loc[experiment]
    ranked = own[own["per_yuan"].notna() & (own["grade"] != ASSUMED)]
    best = own["percent"].idxmax() if ranked.empty else ranked["per_yuan"].idxmax()
    return Row(tables, "arms", experiment, str(best))


def write_index(out: Path, study: Study, tables: Tables) -> Path:
    """Write ``index.html`` with links to the pages of the experiments."""
    parts = parts_of(study, tables)
    content = {
        "summary": _html(summary(parts, tables)),
        "sections": [
            {"name": part.section.name, "title": part.section.title, "rows": ", ".join(part.section.rows),
             "answers": [_shown(one, out) for one in part.answers], "missing": _missing(part)} for part in parts
        ],
        "versions": _versions(tables),
    }  # fmt: skip
    return results.write_text(out / "index.html", filled(content, "index.html.j2", "sim.study"))


def _shown(answer: Answer, out: Path) -> dict[str, Any]:
    page, picture = f"{answer.experiment}/report.html", f"{answer.experiment}/figures/incidence.png"
    return {
        "question": answer.question, "paragraphs": [(head, marked(text)) for head, text in answer.paragraphs],
        "basis": marked(answer.basis), "grids": [_html(grid) for grid in answer.grids], "name": answer.experiment,
        "page": page if (out / page).is_file() else "",
        "picture": picture if (out / picture).is_file() else "",
    }  # fmt: skip


def _html(grid: Grid) -> dict[str, Any]:
    return {"heads": grid.heads, "rows": [[marked(cell) for cell in row] for row in grid.rows]}


def _missing(part: Part) -> list[str]:
    there = {one.experiment for one in part.answers}
    return [name for name in part.section.experiments if name not in there]


def _versions(tables: Tables) -> list[str]:
    found = tables["experiments"]["model_version"] if "experiments" in tables else pd.Series(dtype=str)
    return [str(version)[:12] for version in dict.fromkeys(found)]


def write_text(folder: Path, study: Study, tables: Tables) -> list[Path]:
    """Write the tables into ``FOLDER/study`` and the text of them as ``FOLDER/study.md``.

    Returns
    -------
    list of Path
    """
    written = []
    for name, table in tables.items():
        text = table.reset_index().to_csv(index=False, float_format="%.8g")
        written.append(results.write_text(folder / "study" / f"{name}.csv", text))
    # of the tables as written, with their digits
    return [results.write_text(folder / "study.md", markdown(study, read_tables(folder))), *written]


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables that `write_text` has written, the existing ones."""
    paths = {name: folder / "study" / f"{name}.csv" for name in INDEX}
    return {name: indexed(name, pd.read_csv(path)) for name, path in paths.items() if path.is_file()}


def markdown(study: Study, tables: Tables) -> str:
    """Return the study as Markdown."""
    parts = parts_of(study, tables)
    head = (
        "Answers of the model to the questions of the source study; `hinterland study` runs them and writes this text."
    )
    blocks = ["# The study's questions", wrapped(head), _table(summary(parts, tables))]
    for part in parts:
        blocks.append(f"## {part.section.title}")
        for one in part.answers:
            blocks.append(f"### {one.question}")
            blocks += [wrapped(f"**{title}.** {plain(text)}") for title, text in one.paragraphs]
            blocks += [_table(grid) for grid in one.grids]
            blocks.append(wrapped(f"*{plain(one.basis)} From `hinterland run study/{one.experiment}`.*"))
        if missing := _missing(part):
            blocks.append(f"Not run: {', '.join(f'`study/{name}`' for name in missing)}.")
    return "\n\n".join(blocks) + "\n"


def _table(grid: Grid) -> str:
    rows = [grid.heads, ["---"] * len(grid.heads), *([plain(cell) for cell in row] for row in grid.rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def figures_of(study: Study, tables: Tables) -> list[Figure]:
    """Return the numbers of the text in their order."""
    found: list[Figure] = []
    parts = parts_of(study, tables)

    def add(sentence: Sentence) -> None:
        found.extend(part for part in sentence if isinstance(part, Figure))

    for row in summary(parts, tables).rows:
        for cell in row:
            add(cell)
    for part in parts:
        for one in part.answers:
            for _, sentence in one.paragraphs:
                add(sentence)
            for grid in one.grids:
                for row in grid.rows:
                    for cell in row:
                        add(cell)
            add(one.basis)
    return found
