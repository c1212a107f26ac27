"""The answer of a comparison for other documents: text, numbers and figure; kept up to date between two markers."""

from __future__ import annotations

import csv
import io
import os
import shutil
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from sim import results
from sim.analysis import baseline_of, config_of, has_pairs
from sim.analysis.incidence import incidence
from sim.currency import columns_in, currency_of
from sim.errors import UserError
from sim.paths import absolute, home
from sim.report.answer import Answer, analysis_nearby, answer_of
from sim.report.sentences import Figure, Sentence
from sim.report.trust import provenance

BEGIN, END = "<!-- answer: begin -->", "<!-- answer: end -->"
WIDTH = 120  # of the lines of the text
TEXT, NUMBERS, INCIDENCE, FUTURES = "answer.md", "numbers.csv", "incidence.csv", "futures.csv"
PICTURE = "incidence.png"


def write_brief(
    folder: str | Path, out: str | Path, into: str | Path | None = None, drawn: str | Path | None = None
) -> list[Path]:
    """Write the answer of a comparison as small files for other documents.

    Parameters
    ----------
    folder : path
        Results of a comparison.
    out : path
        A folder, created if needed: ``answer.md`` (the text), ``numbers.csv`` (each number of the text with what it is
        and its value), ``incidence.csv`` (who gains, who loses), ``incidence.png``; if a robustness analysis of the
        arms is in a neighbouring folder, ``futures.csv`` (in which share of futures each arm wins per yuan).
    into : path, optional
        A text file in which the lines between `BEGIN` and `END` are replaced by the text.
    drawn : path, optional
        Folder of the report, with its figures; the results folder by default.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    UserError
        If the results have no answer, or the text file lacks the two markers, in which case nothing is written.
    """
    folder, out = absolute(folder), home(out)
    ds = results.open_results(folder)
    baseline = str(baseline_of(ds))
    answer = answer_of(ds, folder, baseline) if has_pairs(ds, baseline) else None
    if answer is None:
        raise UserError(f"{folder}: no arm with a cost and a baseline; expected the results of a comparison")
    whole = None if into is None else _replaced(Path(into), "")  # refused before anything is written
    facts = _facts(ds, folder)
    where = Path() if into is None else Path(os.path.relpath(out, Path(into).resolve().parent))
    text = _text(answer, facts, where)
    table = columns_in(incidence(ds, baseline), currency_of(ds.attrs))
    written = [
        results.write_text(out / TEXT, text),
        results.write_text(out / NUMBERS, _numbers(answer, facts)),
        results.write_text(
            out / INCIDENCE,
            columns_in(incidence(ds, baseline), currency_of(ds.attrs)).to_csv(index=False, float_format="%.8g"),
        ),
    ]
    if (nearby := analysis_nearby(ds, folder)) is not None:
        table = pd.read_csv(folder.resolve().parent / nearby.name / "winners.csv")
        written.append(results.write_text(out / FUTURES, table.to_csv(index=False, float_format="%.8g")))
    if (picture := home(drawn or folder) / "figures" / PICTURE).is_file():
        shutil.copyfile(picture, out / PICTURE)
        written.append(out / PICTURE)
    if into is not None and whole is not None:
        written.append(results.write_text(Path(into), _replaced(Path(into), text)))
    return written


def _facts(ds: xr.Dataset, folder: Path) -> dict[str, Any]:
    config = config_of(ds)
    return {
        "experiment": str(config.get("name", folder.name)),
        **dict(provenance(results.read_manifest(folder) or {}, config)),
        "seed": str(config.get("seed", "")),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _text(answer: Answer, facts: dict[str, Any], pictures: Path) -> str:
    """Return the answer in Markdown."""
    parts = [f"**{title}.** {text}" for title, text in answer.texts.items()]
    caption = "Who gains, who loses: value added of the last year by group of regions, difference from the baseline"
    made = ", ".join(f"{name} {value}" for name, value in facts.items() if value and name != "experiment")
    parts = [f"**{answer.question}**", *parts, f"*From `hinterland run {facts['experiment']}`: {made}.*"]
    picture = f"![{caption}]({(pictures / PICTURE).as_posix()})"
    lines = [wrapped(part) for part in parts]
    return "\n\n".join([lines[0], picture, *lines[1:]]) + "\n"


def wrapped(text: str) -> str:
    """Return a paragraph in lines of the documents' width."""
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _numbers(answer: Answer, facts: dict[str, Any]) -> str:
    """Return the numbers of the text in their order as CSV: key, value, text."""
    sentences: list[Sentence] = [answer.helps, answer.loses, answer.sure, answer.trust, answer.basis]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["key", "value", "text"])
    for name, value in facts.items():
        writer.writerow([name, "", value])
    for part in (part for sentence in sentences for part in sentence if isinstance(part, Figure)):
        writer.writerow([part.key, repr(float(part.value)), part.text])
    return stream.getvalue()


def _replaced(document: Path, text: str) -> str:
    """Return a document with another text between the markers."""
    if not document.is_file():
        raise UserError(f"{document}: no such file; expected a text file with the lines {BEGIN} and {END}")
    before, found, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise UserError(f"{document}: lacks the lines {BEGIN} and {END}, between which the answer is written")
    return f"{before}{BEGIN}\n{text}{END}{after}"
