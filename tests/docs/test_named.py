"""What documents, docstrings and hints name is there: names in Python, commands and their options."""

from __future__ import annotations

import re
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest
import typer

from sim.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SOURCES = sorted((ROOT / "sim").rglob("*.py"))
DOTTED = re.compile(r"`{1,2}(sim(?:\.[A-Za-z_]\w*)+)(?=[`(\[])")
# A command in a text: words up to what ends it.
COMMAND = re.compile(r"hinterland ((?:mechanism |city )?[a-z]+)((?: +[^\s`'\"\\:|;)#]+)*)")
PROSE = {"is", "for", "in", "and", "or", "as", "lies", "export", "needs"}


def resolved(name):
    """Import the longest module of a dotted name and take the rest as attributes."""
    parts = name.split(".")
    for k in range(len(parts), 0, -1):
        try:
            module = import_module(".".join(parts[:k]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[k:], module)
    raise AttributeError(name)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_python_names_in_documents_are_there(file):
    for name in DOTTED.findall(file.read_text(encoding="utf-8")):
        resolved(name)


def test_python_names_in_docstrings_are_there():
    for file in SOURCES:
        for name in DOTTED.findall(file.read_text(encoding="utf-8")):
            resolved(name)


def commands():
    """Return the options of every command."""
    found = {}

    def collect(group, before):
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                collect(command, f"{before}{name} ")
            else:
                found[before + name] = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}

    collect(typer.main.get_command(app), "")
    return found


def test_hints_name_commands_and_options_that_exist():
    known, seen = commands(), 0
    for file in (ROOT / "sim").rglob("*.py"):
        if file.parent.name not in ("cli", "results", "batch", "report"):
            continue
        for command, rest in COMMAND.findall(file.read_text(encoding="utf-8")):
            if command in PROSE and command not in known:
                continue
            assert command in known, (file.name, command)
            options = {word.partition("=")[0] for word in rest.split() if word.startswith("--")}
            assert options <= known[command], (file.name, command, options)
            seen += 1
    assert seen > 30
