"""The answer for other documents, and what the rules that add seeds decided."""

from __future__ import annotations

import pandas as pd
import pytest

import sim
from sim.analysis import config_of
from sim.analysis.validated import read_validated, tally
from sim.batch import run_comparison
from sim.config import load
from sim.report.brief import BEGIN, END
from sim.report.sentences import plain
from sim.report.stopping import decided_text
from tests.helpers.configs import COMPARED, swapped, write
from tests.helpers.running import call, read_page, run_and_read

pytestmark = pytest.mark.slow

DOCUMENT = f"# Mine\n\nBefore.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brief")
    text = swapped(COMPARED, "replications: 2", "replications: 3\nquestion: Fund or transfer?")
    run_and_read(run_comparison, load(write(folder, text)), folder / "out")
    return folder / "out"


def test_it_is_written_between_the_markers_and_again_the_same(done, tmp_path, capsys):
    document = tmp_path / "mine.md"
    document.write_text(DOCUMENT, encoding="utf-8")
    code, _, _ = call(capsys, "report", done, "--brief", tmp_path / "answer", "--into", document)
    text = document.read_text(encoding="utf-8")
    assert code == 0 and text.startswith("# Mine\n\nBefore.") and text.endswith("After.\n") and "\nold\n" not in text
    assert "**Fund or transfer?**" in text and "](answer/incidence.png)" in text and "config digest" in text
    for name in ("answer.md", "numbers.csv", "incidence.csv", "incidence.png"):
        assert (tmp_path / "answer" / name).stat().st_size > 100, name
    call(capsys, "report", done, "--brief", tmp_path / "answer", "--into", document)
    assert document.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("document", "message"),
    [(None, "no such file"), ("# Mine\n", "lacks the lines"), (f"{END}\n{BEGIN}\n", "lacks the lines")],
)
def test_a_document_without_markers_is_refused_and_nothing_written(done, tmp_path, capsys, document, message):
    path = tmp_path / "mine.md"
    if document is not None:
        path.write_text(document, encoding="utf-8")
    code, _, said = call(capsys, "report", done, "--brief", tmp_path / "answer", "--into", path)
    assert code == 2 and message in said and BEGIN in said and not (tmp_path / "answer").exists()


def test_into_needs_a_folder_for_the_numbers(done, tmp_path, capsys):
    code, _, said = call(capsys, "report", done, "--into", tmp_path / "mine.md")
    assert code == 2 and "--brief" in said


def test_the_page_says_what_the_data_and_the_validation_are(done):
    page = read_page(done)
    assert "Given by the config, or not recorded" in page  # a synthetic world
    rows = read_validated().rows
    count = tally(rows.loc[rows["suite"] == "theory", "verdict"])
    assert "Validation of the model" in page and f"{count.passed} of {count.counted}" in page and count.counted > 100
    assert "Evidence on the effect of each instrument" in page and "a causal Chinese estimate" not in page


LOOKS = "replications,arm,n,mean,half_width,wanted,reached\n"
BEST = "replications,arm,n,mean,stays,by\n"


@pytest.mark.parametrize(
    ("rule", "looks", "expected"),
    [
        ("precision", LOOKS + "6,fund,6,9000,200,300,True\n", "It ended after 6 seeds with all"),
        ("precision", LOOKS + "6,fund,6,9000,400,300,False\n", "It has not ended; after 6 seeds"),
        ("precision", LOOKS + "30,fund,30,9000,400,300,False\n", "maximum of 30 seeds without reaching the target"),
        ("select", BEST + "6,fund,6,9000,True,\n6,both,6,3000,False,fund\n", "with a lead of 6.00"),
        ("select", BEST + "6,fund,6,9000,True,\n6,both,6,8900,False,fund\n", "too small for the rule to state"),
        ("select", BEST + "30,fund,30,9000,True,\n30,both,30,8900,True,\n", "undecided at the maximum of 30"),
        ("select", BEST + "6,fund,6,9000,True,\n6,both,6,8900,True,\n", "it has not ended; after 6"),
    ],
)  # fmt: skip
def test_what_a_rule_decided(done, tmp_path, rule, looks, expected):
    ds = sim.open_results(done)
    facts = {"indicator": "supporting_value_added", "direction": "highest", "indifference": 500, "most": 30}
    assert not decided_text(ds, tmp_path, {**config_of(ds), rule: facts})  # no interim analysis yet
    (tmp_path / "looks.csv").write_text(looks, encoding="utf-8")
    assert expected in plain(decided_text(ds, tmp_path, {**config_of(ds), rule: facts}))
    assert len(pd.read_csv(tmp_path / "looks.csv")) < 3
