"""Output of commands: tables for readers, or a single JSON object for programs."""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from sim.batch.screen import Screen

WIDTH, NARROW, ROOM = 80, 10, 30  # columns of a list; of a column that is not cut; of text that wraps
ABSENT = "-"  # stands for a cell without content
Json = Annotated[bool, typer.Option("--json", help="Print a single JSON object to standard output.")]


def prepare() -> None:
    """Let standard output and error take every character: what their encoding lacks is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _all_characters() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")


def console(as_json: bool = False) -> Screen:
    """Return the console of experiments: messages on standard error, tables and notes on standard output.

    With ``--json`` standard output is for the JSON object, and these go to standard error as well.
    """
    from sim.batch.screen import Screen

    return Screen(stderr=True, soft_wrap=True, answers=Screen(stderr=as_json))


def working(what: str, as_json: bool = False, seconds: float | None = None) -> AbstractContextManager[None]:
    """Say on standard error what takes more than two, or other, seconds, and how long; nothing with ``--json``."""
    from sim.batch.phases import phase

    return nullcontext() if as_json else phase(console, what, seconds)


def say(text: str = "") -> None:
    """Print a line of the answer on standard output."""
    typer.echo(text)


def next_steps(where: str, *steps: str, note: str = "") -> None:
    """Print the location of results, a note on them and suggested next commands on standard error."""
    for line in [*(text for text in (where, note) if text), *(f"next: {_typed(step)}" for step in steps)]:
        typer.echo(line, err=True)


def _typed(step: str) -> str:
    """Return a step with the command as it can be typed here, such as ``.venv/bin/hinterland`` in a checkout."""
    name = "hinterland "
    if not step.startswith(name) or which(name.strip()):
        return step
    called = Path(sys.argv[0])
    if called.stem != name.strip() or called.suffix == ".py":
        return f"{quoted(sys.executable)} -m {step}"
    near = os.path.relpath(called)
    return f"{quoted(near if len(near) < len(str(called)) else called)} {step.removeprefix(name)}"


def quoted(path: object) -> str:
    """Return a path as a word of a command line, whatever characters it holds."""
    return shlex.quote(str(path))


def answer(data: dict[str, Any]) -> None:
    """Print the JSON object of a command."""
    text = json.dumps(data, ensure_ascii=not _all_characters(), default=_plain, allow_nan=False)
    sys.stdout.write(text + "\n")


def clean(value: Any) -> Any:
    """Return JSON-compatible data: arrays as lists, non-finite numbers as None."""
    if isinstance(value, dict):
        return {str(k): clean(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        return clean(value.tolist())
    if isinstance(value, (list, tuple)):
        return [clean(v) for v in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


def _plain(value: Any) -> Any:
    return str(value)


def complain(messages: Iterable[str], as_json: bool) -> None:
    """Print errors: on standard error, or as ``{"error": [...]}`` on standard output."""
    listed = list(messages)
    if as_json:
        answer({"error": listed})
        return
    for message in listed:
        typer.echo(f"error: {message}", err=True)


def wrap(text: str, width: int = WIDTH) -> list[str]:
    """Return the lines of a text, broken at words, and within a word only if it is wider than a line.

    Examples
    --------
    >>> wrap("world 广州和腹地 of 120 regions", 16)  # a Chinese letter takes two columns
    ['world 广州和腹地', 'of 120 regions']
    """
    from rich.cells import cell_len, chop_cells

    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines += chop_cells(word, width) if cell_len(word) > width else [word]
    return lines or [""]


def paragraph(text: str, first: str = "", then: str | None = None) -> None:
    """Print a text on standard output in lines of `WIDTH` columns, indented by `first`, later lines by `then`."""
    from rich.cells import cell_len

    then = first if then is None else then
    for k, line in enumerate(wrap(text, WIDTH - max(cell_len(first), cell_len(then)))):
        say(((then if k else first) + line).rstrip())


def entries(rows: Iterable[Iterable[Any]], headers: Iterable[str], lead: int) -> None:
    """Print rows of many columns: the first `lead` of them as a table, the rest of each row as a text below it."""
    named = list(headers)
    listed = [[str(cell) for cell in row] for row in rows]
    widths = _widths([named, *listed], lead)
    for k, cells in enumerate([named, *listed]):
        for line in zip(*_columns(cells[:lead], widths), strict=True):
            say("  ".join(line).rstrip())
        if rest := "; ".join(cell for cell in cells[lead:] if cell and (k == 0 or cell != ABSENT)):
            paragraph(rest, "    ")


def _widths(lines: list[list[str]], count: int) -> list[int]:
    """Return the widths of columns that fit in `WIDTH` together: the widest ones give way."""
    from rich.cells import cell_len

    widths = [max(cell_len(line[i]) for line in lines) for i in range(count)]
    while sum(widths) + 2 * (count - 1) > WIDTH:
        widths[widths.index(max(widths))] -= 1
    return widths


def _columns(cells: list[str], widths: list[int]) -> list[list[str]]:
    """Return cells as columns of lines, wrapped at words and of the same height."""
    from rich.cells import set_cell_size

    wrapped = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    high = max(map(len, wrapped))
    return [
        [set_cell_size(line, width) for line in [*lines, *[""] * (high - len(lines))]]
        for lines, width in zip(wrapped, widths, strict=True)
    ]


def table(rows: Iterable[Iterable[Any]], headers: Iterable[str], fit: bool = False) -> None:
    """Print an aligned table on standard output; with `fit` its last column wraps at words within `WIDTH`."""
    from rich.cells import cell_len  # a Chinese letter takes two columns

    lines = [[str(h) for h in headers], *([str(c) for c in row] for row in rows)]
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(lines[0]))]
    while fit and len(widths) > 1 and sum(widths) + 2 * len(widths) > WIDTH + 2 and max(widths[:-1]) > NARROW:
        if widths[-1] <= ROOM or sum(widths[:-1]) + 2 * len(widths) + ROOM > WIDTH:
            widths[widths.index(max(widths[:-1]))] -= 1
        else:
            break
    indent = sum(widths[:-1]) + 2 * (len(widths) - 1)
    for line in lines:
        *cells, last = line
        parts = wrap(last, max(WIDTH - indent, 20)) if fit and len(widths) > 1 else [last]
        head = "".join(_sized(cell, w) + "  " for cell, w in zip(cells, widths, strict=False))
        for k, part in enumerate(parts or [""]):
            say(((" " * indent if k else head) + part).rstrip())


def _sized(cell: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    return set_cell_size(cell, width) if cell_len(cell) <= width else set_cell_size(cell, width - 1) + "…"


Year = Annotated[Optional[int], typer.Option("--year", help="Base year; default: 2020, or that of a custom world.")]
