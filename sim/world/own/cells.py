"""The files of a world folder as plain data, with the location of every key and cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from sim import documents
from sim.errors import UserError, nearest

VALUE = "va_"
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_TRUTH = {**dict.fromkeys(("true", "yes", "1", "on", "t", "y"), True),
          **dict.fromkeys(("false", "no", "0", "off", "f", "n"), False)}  # fmt: skip


@dataclass
class Reading:
    """State of reading a folder.

    Attributes
    ----------
    problems : list of str
        ``file:line: column: what is wrong; expected ...``.
    locations : dict of key path to str
        Location of each key of the world; the rest of a longer path is appended to messages.
    complete : bool
        Whether all rows were read, so that consistency across rows can be checked.
    misnamed : dict of str to set of str
        Columns of the tables with an invalid header.
    """

    problems: list[str] = field(default_factory=list)
    locations: dict[tuple[Any, ...], str] = field(default_factory=dict)
    complete: bool = True
    misnamed: dict[str, set[str]] = field(default_factory=dict)

    def add_unreadable(self, problem: str) -> None:
        """Add a problem that makes rows unreadable."""
        self.problems.append(problem)
        self.complete = False

    def located(self, path: Sequence[Any], text: str, otherwise: Path) -> str:
        """Return a problem preceded by the location of its key."""
        for n in range(len(path), 0, -1):
            place = self.locations.get(tuple(path[:n]))
            if place is not None:
                rest = [str(p) for p in path[n:]]
                if rest[:1] == ["value_added"]:
                    rest = [VALUE + (rest[1] if len(rest) > 1 else "SECTOR")]
                return ": ".join([place, *([".".join(rest)] if rest else []), text])
        return f"{otherwise}: {'.'.join(map(str, path))}: {text}"


def text_of(path: Path, reading: Reading) -> str | None:
    """Return the text of a file, or None and a problem."""
    try:
        data = path.read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        reading.add_unreadable(f"{path}: cannot be read ({error.strerror}); expected a file")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reading.add_unreadable(f"{path}:{line}: not UTF-8 text; expected the file saved as UTF-8")
    return None


def head(path: Path, known: Sequence[str], reading: Reading) -> dict[str, Any]:
    """Read ``world.yaml``: its keys, with the line of each."""
    if not path.is_file():
        reading.add_unreadable(
            f"{path}: missing; expected a file with the world's name and year ('hinterland world new DIR')"
        )
        return {}
    text = text_of(path, reading)
    if text is None:
        return {}
    try:
        document = documents.parse(text, str(path), "name and year")
    except UserError as error:
        for message in error.messages:
            reading.add_unreadable(message)
        return {}
    reading.problems += [message for _, message in document.problems]
    for key, (line, _) in document.lines.items():
        reading.locations[key] = f"{path}:{line}: {documents.dotted(key)}"
    for key in document.data:
        if key not in known:
            hint = nearest(str(key), known)
            place = reading.locations[(key,)]
            reading.problems.append(f"{place}: unknown key; expected one of {', '.join(known)}{hint}")
    return {key: value for key, value in document.data.items() if key in known}


def value_of(text: str, annotation: Any) -> Any:
    """Return the value of a cell as its column expects it: a number, a truth value, or the text itself.

    Parameters
    ----------
    text : str
        Without space around it.
    annotation : type
        Of the field; text that does not fit it stays text, which the schema reports.
    """
    expected = (annotation, *get_args(annotation))
    if bool in expected:
        return _TRUTH.get(text.lower(), text)
    return number(text) if float in expected or int in expected else text


def number(text: str) -> float | str:
    """Return the number that a text is, or the text."""
    if not text.isascii():
        return text
    try:
        return int(text) if text.removeprefix("-").isdigit() else float(text)
    except ValueError:
        return text


def rows(path: Path, reading: Reading) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and the rows of matching length, with line numbers."""
    text = text_of(path, reading)
    if text is None:
        return [], []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [h.strip() for h in next(reader, [])]
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        reading.add_unreadable(f"{path}:{reader.line_num}: not CSV ({error}); expected comma-separated cells")
        return [], []
    if not any(header):
        reading.add_unreadable(f"{path}:1: empty; expected a header with the names of columns, and rows")
        return [], []
    if problem := separator_problem(header):
        reading.add_unreadable(f"{path}:1: {problem}")
        return [], []
    for line, row in lines:
        if len(row) != len(header):
            reading.add_unreadable(f"{path}:{line}: has {len(row)} cells; expected {len(header)}, as the header")
    return header, [(line, row) for line, row in lines if len(row) == len(header)]


def separator_problem(header: Sequence[str]) -> str:
    """Return what is wrong with the separator of the cells of a table, by its header, or nothing."""
    found = [word for mark, word in _SEPARATORS.items() if len(header) == 1 and mark in header[0]]
    return f"cells are separated by {found[0]}; expected commas" if found else ""


def header_problems(
    path: Path, header: Sequence[str], known: Sequence[str], needed: Mapping[str, str], reading: Reading
) -> bool:
    """Add problems for unknown, duplicate or missing columns (with their meaning); return whether there are any."""
    before = len(reading.problems)
    for k, column in enumerate(header):
        if column not in known:
            hint = nearest(column, [c for c in known if c not in header])
            what = f"column '{column}'" if column else f"column {k + 1}, without a name"
            reading.problems.append(f"{path}:1: {what}: unknown; expected one of {', '.join(known)}{hint}")
        elif column in header[:k]:
            reading.problems.append(f"{path}:1: column '{column}': appears twice; expected it once")
    for column, meaning in needed.items():
        if column not in header:
            reading.problems.append(f"{path}:1: column '{column}': missing; expected {meaning}")
    return len(reading.problems) > before
