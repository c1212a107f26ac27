"""The answer in the README is that of its tables, and these are of the main comparison as it is now."""

from __future__ import annotations

import csv
import re

import pandas as pd
import pytest

from sim.batch.tasks import config_text
from sim.config import load
from sim.report.brief import BEGIN, END
from sim.report.trust import config_digest
from tests.helpers import ROOT

FOLDER = ROOT / "docs" / "answer"
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = list(csv.DictReader((FOLDER / "numbers.csv").open(encoding="utf-8")))
NUMBERS = [row for row in ROWS if row["value"]]
FACTS = {row["key"]: row["text"] for row in ROWS if not row["value"]}
IN_BILLIONS = ("headline", "incidence", "region")


def answer_text() -> str:
    return README.split(BEGIN)[1].split(END)[0].strip()


def test_the_readme_has_the_generated_text():
    assert answer_text() == (FOLDER / "answer.md").read_text(encoding="utf-8").strip()


def test_every_number_of_the_text_is_in_the_table_in_order():
    text = answer_text().replace("\n", " ")
    body = text[text.index("**What helps most.**") : text.index("*From `")].replace("95 % intervals", "")
    printed = re.findall(r"[+−]?\d+(?:,\d{3})*(?:\.\d+)?", body)
    assert printed == [row["text"] for row in NUMBERS] and len(printed) > 40


def test_every_text_is_its_value():
    for row in NUMBERS:
        printed = row["text"].replace("−", "-").replace(",", "")
        value = float(row["value"]) * (1e-3 if row["key"].split(":")[0] in IN_BILLIONS else 1.0)
        digits = len(re.sub(r"^[-+0.]*|\.", "", printed)) if "." in printed or len(printed) > 3 else 2
        assert float(printed) == pytest.approx(value, rel=0.6 * 10.0 ** (1 - digits), abs=1e-12), row


def test_losses_are_those_of_the_table_of_groups():
    table = pd.read_csv(FOLDER / "incidence.csv").set_index(["arm", "group"])
    losses = [row for row in NUMBERS if re.fullmatch(r"incidence:\w+:[\w ]+:loss", row["key"])]
    for row in losses:
        _, arm, group, _ = row["key"].split(":")
        assert float(row["value"]) == pytest.approx(-table.loc[(arm, group), "difference"], rel=1e-6)
    lost = {(arm, group) for (arm, group), one in table.iterrows() if one["adjusted_high"] < 0}
    named = {tuple(row["key"].split(":")[1:3]) for row in losses}
    assert named == {pair for pair in lost if pair[0] in {arm for arm, _ in named}}  # nobody who loses is left out


def test_shares_of_futures_are_those_of_the_table():
    shares = pd.read_csv(FOLDER / "futures.csv").set_index(["indicator", "policy"])["share"]
    after = README.split(END)[1].split("\n\n")[1]
    assert re.findall(r"(\d+\.\d) %", after) == [
        f"{100 * shares['supporting_value_added', policy]:.1f}" for policy in ("enclave", "fund")
    ]
    assert float(next(row["value"] for row in NUMBERS if row["key"] == "futures:enclave:share")) == pytest.approx(
        100 * shares["targets_value_added", "enclave"]
    )


def test_the_tables_are_of_the_bundled_comparison():
    assert FACTS["config digest"] == config_digest(config_text(load("main", [])))
    assert set(FACTS) == {"experiment", "config digest", "model version", "seed", "date"}
