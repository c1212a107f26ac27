"""Output of commands: tables for readers, or a single JSON object for programs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from rich.console import Console

Json = Annotated[bool, typer.Option("--json", help="Print a single JSON object to standard output.")]


def prepare() -> None:
    """Let standard output and error take every character: what their encoding lacks is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _all_characters() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")


def console() -> Console:
    """Return the console for messages: standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str = "") -> None:
    """Print a line of the answer on standard output."""
    typer.echo(text)


def next_steps(where: str, *steps: str, note: str = "") -> None:
    """Print the location of results, a note on them and suggested next commands on standard error."""
    for line in [*(text for text in (where, note) if text), *(f"next: {step}" for step in steps)]:
        typer.echo(line, err=True)


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


def table(rows: Iterable[Iterable[Any]], headers: Iterable[str]) -> None:
    """Print an aligned table on standard output."""
    lines = [[str(h) for h in headers], *([str(c) for c in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        say("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip())


Year = Annotated[Optional[int], typer.Option("--year", help="Base year; default: 2020, or that of a custom world.")]
