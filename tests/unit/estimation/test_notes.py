"""What may be a slip in a table of flows is noted: missing pairs, a name on one side only, another separator."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.running import call

ROWS = "origin,destination,flow,hours\na,b,10,1\nb,a,20,1.5\na,c,30,2\nc,a,4,2.5\nb,c,50,3\n"
CONFIG = "kind: estimation\nname: e\ntable: t.csv\ndistance: {column: hours, unit: h, plus: 1}\n"


def check(folder: Path, table: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    (folder / "t.csv").write_text(table, encoding="utf-8")
    (folder / "e.yaml").write_text(CONFIG, encoding="utf-8")
    code, out, err = call(capsys, "check", folder / "e.yaml")
    return code, out + err


def test_a_name_with_a_letter_that_cannot_be_seen_is_noted(tmp_path, capsys):
    code, text = check(tmp_path, ROWS + "\u200bc,b,6,1.2\n", capsys)
    assert code == 0 and "the place '<U+200B>c' is in this column only" in text and "did you mean 'c'?" in text


def test_missing_pairs_are_noted(tmp_path, capsys):
    code, text = check(tmp_path, ROWS, capsys)
    assert code == 0 and "1 of 6 pairs" in text


def test_a_complete_table_has_no_note(tmp_path, capsys):
    code, text = check(tmp_path, ROWS + "c,b,6,1.2\n", capsys)
    assert code == 0 and "note" not in text


def test_semicolons_are_told(tmp_path, capsys):
    code, text = check(tmp_path, ROWS.replace(",", ";"), capsys)
    assert code == 2 and "semicolons" in text
