"""The text of the study is that of its tables, and these are of the bundled experiments as they are now."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sim.batch.tasks import config_text
from sim.config import load
from sim.report.trust import config_digest
from sim.study.page import figures_of, markdown, read_tables
from sim.study.sections import file_of, read_study
from tests.helpers import ROOT

STUDY, TABLES = read_study(), read_tables(ROOT / "docs")
TEXT = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")
FIGURES = figures_of(STUDY, TABLES)


def test_the_text_is_made_of_the_tables():
    assert markdown(STUDY, TABLES) == TEXT


def test_every_number_of_the_text_is_a_number_of_a_table():
    known = [figure for figure in FIGURES if figure.key.count(":") > 1]
    assert len(known) > 100
    for figure in known:
        table, *names, column = figure.key.split(":")
        row = TABLES[table].loc[tuple(names) if len(names) > 1 else names[0]]
        assert float(row[column]) == pytest.approx(figure.value, rel=1e-7), figure.key


def test_every_printed_number_is_its_value():
    for figure in FIGURES:
        printed = float(figure.text.replace("−", "-").replace(",", ""))
        value = figure.scale * figure.value
        digits = len(re.sub(r"^[-+−0.]*|[.,]", "", figure.text)) or 1
        assert printed == pytest.approx(value, rel=0.6 * 10.0 ** (1 - digits), abs=1e-12), figure


def test_no_number_stands_in_the_text_without_a_table():
    text = TEXT.replace("95 % intervals", "").replace("4 % a year", "").replace("80 %", "")
    answers = "\n".join(line for line in text.splitlines() if not line.startswith(("#", "*", "|")))
    words = {name for names in (TABLES["arms"]["title"], TABLES["experiments"]["question"]) for name in names}
    for word in sorted(words, key=len, reverse=True):
        answers = answers.replace(word, "")
    printed = set(re.findall(r"(?<![\w.])[+−]?\d+(?:,\d{3})*(?:\.\d+)?", answers))
    names = set(TABLES["bands"].index.get_level_values("delivery"))  # of rows
    assert printed <= {figure.text for figure in FIGURES} | {figure.text.lstrip("+−") for figure in FIGURES} | names


@pytest.mark.parametrize("name", [] if "experiments" not in TABLES else list(TABLES["experiments"].index))
def test_the_tables_are_of_the_bundled_experiments(name):
    assert TABLES["experiments"].loc[name, "digest"] == config_digest(config_text(load(file_of(name))))


def test_losses_are_losses_and_intervals_contain_their_middle():
    assert (TABLES["losers"]["difference"] < 0).all() and (TABLES["losers"]["high"] < 0).all()
    arms = TABLES["arms"].dropna(subset=["per_yuan"])
    assert ((arms["per_yuan_low"] <= arms["per_yuan"]) & (arms["per_yuan"] <= arms["per_yuan_high"])).all()
    assert np.isfinite(arms["outlay"]).all() and arms["priced"].all()
