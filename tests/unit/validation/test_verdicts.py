"""Rows that are only reported are counted apart: in the terminal, on the page, in JSON and in what reports cite."""

from __future__ import annotations

import pandas as pd
import pytest

from sim.analysis.stored import Stored
from sim.analysis.validated import read_validated, tally, write_validated
from sim.report.trust import validation_box
from sim.report.validation import write_validation
from sim.validation import suites
from sim.validation.rows import Row
from tests.helpers.running import call, call_json

KNOWN = Row("hindcast", "a direction", "> 0.5", 0.8, None, True)
REPORTED = Row("hindcast", "an error", "", -21.5, None, None, "90 % interval [-33, -5]")
FAILING = Row("hindcast", "a sum", 1.0, 2.0, 0.1, False)


@pytest.fixture
def suite(monkeypatch):
    def put(*rows: Row) -> None:
        monkeypatch.setitem(suites.SUITES, "hindcast", lambda row: list(rows))

    return put


def test_reported_rows_are_outside_the_count():
    assert tally(row.verdict for row in (KNOWN, REPORTED, REPORTED, FAILING)) == (1, 2, 2)
    assert str(tally(["pass", "pass"])) == "2 of 2 rows pass"


def test_terminal_counts_them_apart_and_they_do_not_fail(suite, capsys):
    suite(KNOWN, REPORTED)
    code, out, _ = call(capsys, "validate", "hindcast")
    assert code == 0 and "1 of 1 rows pass, 1 reported" in out and REPORTED.detail in out
    suite(KNOWN, REPORTED, FAILING)
    assert call(capsys, "validate", "hindcast")[0] == 1


def test_json_has_the_verdict_and_the_detail(suite, capsys):
    suite(KNOWN, REPORTED)
    code, (known, reported) = call_json(capsys, "validate", "hindcast")
    assert code == 0 and "detail" not in known
    assert (reported["verdict"], reported["detail"]) == ("reported", REPORTED.detail)


def test_page_heads_suites_with_the_count(tmp_path):
    page = write_validation([KNOWN, REPORTED], {"an error": "no reason is needed"}, tmp_path / "page.html")
    text = page.read_text(encoding="utf-8")
    assert "Hindcast: 1 of 1 rows pass, 1 reported" in text and REPORTED.detail in text
    assert "no reason is needed" not in text


def test_table_that_reports_cite_has_them(tmp_path):
    path = write_validated([KNOWN, REPORTED, FAILING], {}, tmp_path / "rows.csv")
    rows = pd.read_csv(path, comment="#", keep_default_na=False)
    assert list(rows["verdict"]) == ["pass", "reported", "fail"] and rows["detail"][1] == REPORTED.detail
    box = validation_box(Stored(rows, read_validated().model_version, "2026-11-30"), None)
    assert [one["name"] for one in box["failed"]] == ["a sum"]
    assert ">1</data> of " in box["text"] and "more are reported)" in box["text"]
