"""The answer on the page of a comparison: every number is recomputed from the stored runs, without `sim.analysis`."""

from __future__ import annotations

import re
import sys

import pytest

import sim
from sim.analysis.likelihood import SCALE, word_of
from sim.batch import run_comparison
from sim.config import load
from sim.mechanisms import MECHANISMS
from tests.helpers.configs import COMPARED, swapped, write
from tests.helpers.running import run_and_read
from tests.pages.checking import check
from tests.pages.reading import Page


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answer")
    text = swapped(COMPARED, "replications: 2", "replications: 5\nquestion: Fund or transfer?")
    out = folder / "out"
    _, said = run_and_read(run_comparison, load(write(folder, text)), out)
    written = (out / "report.html").read_text(encoding="utf-8")
    return out, written[: written.index("</section>")], said


@pytest.mark.slow
def test_every_number_of_the_answer_is_that_of_the_store(done):
    verdict = check(done[0])
    sys.stdout.write(f"{verdict.answer} numbers of the answer among {verdict.line}\n")
    assert verdict.answer > 15 and not verdict.wrong and not verdict.unknown, "\n".join(verdict.wrong + verdict.unknown)


def test_no_number_of_the_answer_is_outside_of_those(done):
    out, answer, _ = done
    rest, scale = " ".join(Page(answer).rest).split("Words of certainty")
    rest = rest[: rest.index("Next questions")]  # commands follow
    words, cited = [f"{100 * least:.0f}" for least, _ in SCALE], "2010"
    assert re.findall(r"\d+", scale) == [cited, *words[:5], words[5]]
    kinds = [MECHANISMS[kind] for kind in ("investment_fund", "fiscal_transfer")]
    cited = [str(one) for cls in kinds for one in (*cls.evidence, cls.study)]
    for name in ("95 %", *cited, *sim.open_results(out)["name"].values.astype(str)):
        rest = rest.replace(name, "")
    assert not re.findall(r"\d", rest), rest


def test_the_terminal_says_the_same(done):
    _, answer, said = done
    for text in ("What helps most.", "Who loses.", "How sure.", "Basis."):
        assert text in said
    assert "Fund or transfer?" not in said or Page(answer).numbers


def test_words_follow_the_stated_scale():
    words = {1.0: "virtually certain", 0.66: "likely", 0.659: "about as likely as not", 0.05: "very unlikely"}
    assert {share: word_of(share) for share in words} == words
