"""The files of a world folder as plain data, with the location of every key and cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from sim.errors import nearest

VALUE = "va_"


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
        data = YAML(typ="rt").load(text)
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        reason = str(getattr(error, "problem", None) or error).splitlines()[0]
        reading.add_unreadable(f"{path}{line}: not YAML ({reason}); expected 'key: value' lines")
        return {}
    if not isinstance(data, CommentedMap):
        reading.add_unreadable(f"{path}:1: holds no keys; expected name and year")
        return {}
    _note(data, path, (), reading)
    for key in data:
        if key not in known:
            hint = nearest(str(key), known)
            place = reading.locations[(key,)]
            reading.problems.append(f"{place}: unknown key; expected one of {', '.join(known)}{hint}")
    return {k: _plain(v) for k, v in data.items() if k in known}


def _note(data: Any, path: Path, above: tuple[Any, ...], reading: Reading) -> None:
    """Record the line of every key and item."""
    keyed = isinstance(data, CommentedMap)
    if not keyed and not isinstance(data, CommentedSeq):
        return
    for key, value in data.items() if keyed else enumerate(data):
        try:
            line = (data.lc.key(key) if keyed else data.lc.item(key))[0] + 1
        except (KeyError, TypeError, AttributeError):  # merged keys have no separate line
            continue
        here = (*above, key)
        reading.locations[here] = f"{path}:{line}: {'.'.join(map(str, here))}"
        _note(value, path, here, reading)


def _plain(value: Any) -> Any:
    """Convert to plain dicts and lists."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value


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
    apart = [mark for mark in (";", "\t") if len(header) == 1 and mark in header[0]]
    if apart:
        word = "semicolons" if apart == [";"] else "tabs"
        reading.add_unreadable(f"{path}:1: cells are separated by {word}; expected commas")
        return [], []
    for line, row in lines:
        if len(row) != len(header):
            reading.add_unreadable(f"{path}:{line}: has {len(row)} cells; expected {len(header)}, as the header")
    return header, [(line, row) for line, row in lines if len(row) == len(header)]


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
