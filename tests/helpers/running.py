"""Experiments and commands run in this process, with what they say."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sim.cli import main


def silent(width: int = 200) -> Console:
    """Return a console that prints into a text, ``console.file.getvalue()``."""
    return Console(file=io.StringIO(), width=width)


def run_and_read(run: Callable[..., Any], config: Any, out: Path, width: int = 200, **options: Any) -> tuple[Any, str]:
    """Run an experiment, in this process unless told otherwise; return its outcome and what it printed."""
    console = silent(width)
    outcome = run(config, out, console=console, **{"workers": 0, **options})
    return outcome, console.file.getvalue()  # type: ignore[attr-defined]


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run a command; return its exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as done:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return int(done.value.code or 0), out, err


def call_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any]:
    """Run a command with ``--json``; return its exit code and its answer."""
    code, out, _ = call(capsys, *arguments, "--json")
    return code, json.loads(out)


def read_page(folder: Path) -> str:
    """Return the page of some results without the marks of its numbers, on one line."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    return " ".join(re.sub(r"</?data\b[^>]*>", "", page).split())
