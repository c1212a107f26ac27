"""The table of features: each row says where a feature is and names a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.helpers import ROOT

LINES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "features.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|")
]
ROWS = LINES[2:]  # after the heads and the rule
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def functions_of(file: Path) -> set[str]:
    """Return the names of the functions of a file; none of a file that is not there."""
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_table_is_whole():
    assert LINES[0] == ["feature", "in the field", "in Hinterland", "shown by"]
    assert len(ROWS) >= 20
    assert all(len(row) == 4 and all(row) for row in ROWS), [row for row in ROWS if len(row) != 4 or not all(row)]
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_feature_is_shown_by_a_test_that_exists(row):
    named = NAMED.findall(row[3])
    assert named and "TODO" not in row[3], f"{row[0]}: no test is named"
    missing = [(file, name) for file, name in named if name not in functions_of(ROOT / file)]
    assert not missing, missing
