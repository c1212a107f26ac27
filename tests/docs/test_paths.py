"""Every path and every dotted name of `sim` that a document quotes exists."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PATH = re.compile(r"(?<![\w./-])((?:sim|docs|configs|experiments|tests|benchmarks)/[\w./-]*)")
DOTTED = re.compile(r"(?<![\w./-])sim(?:\.[A-Za-z_]\w*)+")
# Written in capitals, a part of a path is a placeholder.
PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\b(?!\.md)")


def resolves(name: str) -> bool:
    """Return whether a dotted name is a module, or an attribute of one."""
    module, *rest = name.split(".")
    found = import_module(module)
    for i, part in enumerate(rest):
        if not hasattr(found, part):
            try:
                found = import_module(".".join([module, *rest[: i + 1]]))
            except ModuleNotFoundError:
                return False
        else:
            found = getattr(found, part)
    return True


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_quoted_paths_exist(file: Path):
    quoted = {path.rstrip(".") for path in PATH.findall(file.read_text(encoding="utf-8"))}
    missing = [p for p in sorted(quoted) if not PLACEHOLDER.search(p) and not (ROOT / p).exists()]
    assert not missing, missing


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_quoted_names_of_the_package_exist(file: Path):
    quoted = set(DOTTED.findall(file.read_text(encoding="utf-8")))
    missing = [name for name in sorted(quoted) if not resolves(name)]
    assert not missing, missing


def test_the_architecture_names_every_package():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {name.split("/")[1] for name in PATH.findall(text) if name.startswith("sim/")}
    missing = [file.parent.name for file in (ROOT / "sim").glob("*/__init__.py") if file.parent.name not in named]
    assert not missing, missing


def test_missing_names_are_found():
    assert resolves("sim.economy.year.policy") and resolves("sim.open_results")
    assert not resolves("sim.nothing") and not resolves("sim.run.nothing")
