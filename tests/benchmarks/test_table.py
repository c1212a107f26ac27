"""The table of benchmarks: verdicts, exit codes, what is written; at sizes that say nothing about speed."""

from __future__ import annotations

import json

import pytest

from benchmarks import __main__ as command
from benchmarks.harness import Figure
from benchmarks.rows import REPORTED, ROWS, Row, at_least, at_most


def row(value: float, bound, name: str = "made") -> Row:
    return Row(name, "something made up", {"one": bound}, lambda plan: {"one": Figure(value, "as told", {"x": 1.0})}, 1)


@pytest.mark.parametrize(
    "value, bound, word",
    [
        (1.0, at_most(2), "ok"), (3.0, at_most(2), "missed"), (3.0, at_least(2), "ok"), (1.0, at_least(2), "missed"),
        (float("nan"), at_least(2), "missed"), (1.0, REPORTED, "reported"),
    ],
)  # fmt: skip
def test_a_row_ends_with_its_verdict_and_a_miss_is_the_exit_code(value, bound, word, capsys):
    assert bound.verdict(value) == word
    assert command.main(["--quick"], [row(value, bound)]) == int(word == "missed")
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("  one"))
    assert line.rstrip().endswith(word)


def test_the_table_is_written_as_json(tmp_path):
    file = tmp_path / "table.json"
    assert command.main(["--quick", "--json", str(file)], [row(1.0, at_most(2))]) == 0
    found = json.loads(file.read_text())
    assert found["rows"][0]["verdict"] == "ok" and {"commit", "cores", "numba"} <= set(found["about"])


def test_an_unknown_row_is_bad_input(capsys):
    assert command.main(["--only", "thread"]) == 2
    assert "did you mean 'threads'" in capsys.readouterr().err


def test_every_row_has_a_name_of_its_own_and_a_target_or_a_report():
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names) and all(row.cases for row in ROWS)
