"""Grades of evidence, and what kinds say is realised of their plans."""

from __future__ import annotations

import pytest

from sim.analysis.validated import effects_measured, read_validated
from sim.mechanisms import MECHANISMS
from sim.policy.evidence import Finding, finding, grade
from sim.validation.effects import Trial
from sim.world import select

MEASURED = {"row": (0.10, 0.02)}


def size(low: float, high: float, **more: object) -> Finding:
    return Finding(text="x", about="effect", causal=True, row="row", low=low, high=high, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], "C"),
        (["costs 130 million yuan per km"], "C"),  # bears on a setting, not on the effect
        ([size(0.11, 0.11)], "A"),
        ([size(0.05, 0.08)], "A"),  # the published interval reaches ours
        ([size(0.13, 0.13)], "B"),
        ([size(0.10, 0.10, place="elsewhere")], "B"),
        ([Finding(text="x", about="effect", row="row", low=0.1, high=0.1)], "B"),  # descriptive
        ([Finding(text="x", about="effect", causal=True, row="row")], "B"),  # direction only
        ([Finding(text="x", about="effect", causal=True, row="other", low=0.1, high=0.1)], "B"),
    ],
)
def test_grade(findings, expected):
    assert grade(findings, MEASURED) == expected


# Kinds of whose effect no published estimate was found.
UNKNOWN = {
    "canal",
    "evaluation",
    "farm_sales_link",
    "policy_fit",
    "policy_replication",
    "public_private_partnership",
    "sales_link",
    "service_export",
    "shock",
    "supply_link",
}


@pytest.mark.parametrize("kind", list(MECHANISMS))
def test_kinds_name_rows_that_are_validated(kind):
    rows = [one.row for one in map(finding, MECHANISMS[kind].evidence) if one.row]
    assert set(rows) <= set(effects_measured())
    expected = "C" if kind in UNKNOWN else "B"
    assert grade(MECHANISMS[kind].evidence, effects_measured()) == expected


def test_the_table_that_pages_cite_covers_the_suites_and_explains_what_fails():
    known = read_validated()
    assert set(known.rows["suite"]) == {"theory", "identities", "hindcast", "evidence"}
    failed = known.rows[known.rows["verdict"] == "fail"]
    assert failed["reason"].str.len().gt(20).all(), failed
    assert len(known.model_version) == 64 and known.date.startswith("20")


@pytest.mark.parametrize("kind", sorted(MECHANISMS.own))
def test_kinds_state_what_the_study_says_what_is_measured_and_who_loses(kind):
    cls = MECHANISMS[kind]
    assert cls.study
    assert [one for one in map(finding, cls.evidence) if one.measure is not None]
    assert cls.hurts and all(one.measure.sign == -1 for one in cls.hurts)


@pytest.mark.parametrize("kind", sorted(MECHANISMS.own))
def test_kinds_have_a_comparison_with_the_arms_that_are_measured(kind):
    trial = Trial(kind)
    assert set(trial.scenarios) <= {"baseline", "instrument", "hurts"}
    for one in trial.targets:
        for chosen in (one.measure.group, one.measure.to):
            assert not chosen or select(trial.world, list(chosen)).any(), one.text
