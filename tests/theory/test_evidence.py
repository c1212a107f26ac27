"""Signs from published work on the bundled experiments; ``-s`` prints every row."""

from __future__ import annotations

import sys

import pytest

from sim.config import arm_scenarios, load
from sim.validation.evidence import EVIDENCE, evidence_rows

# Fail and are shown as failing. The market clears in full employment, so that demand moves prices more than output; the
# nation's entrants are given, and capital follows talent in firms that grow; talent has a given share of a wage bill.
FAILING = {
    "D13 local spending: at least half of the published multiplier of 0.6",
    "D11 talent subsidy: more firms are founded",
    "D11 talent subsidy: the wage of talent changes by less than a fifth of the rise of talent",
}


def test_every_sign_has_a_bundled_experiment_with_its_arms():
    assert len({e.title for e in EVIDENCE}) == len(EVIDENCE)
    for entry in EVIDENCE:
        arms = arm_scenarios(load(entry.experiment))
        assert {entry.arm, entry.against, *(entry.less or ())} <= set(arms) and abs(entry.sign) == 1


def test_a_sign_is_told_from_its_opposite():
    entry = next(e for e in EVIDENCE if e.name.startswith("D13 local spending: consumer"))
    (row,) = evidence_rows([entry], seeds=2)
    (other,) = evidence_rows([type(entry)(**{**vars(entry), "sign": -1})], seeds=2)
    assert row.passed and not other.passed and row.obtained == other.obtained


def test_the_effect_under_other_circumstances_is_subtracted():
    entry = next(e for e in EVIDENCE if e.less)
    parts = [type(entry)(**{**vars(entry), "less": None, "arm": a, "against": b})
             for a, b in ((entry.arm, entry.against), entry.less)]  # fmt: skip
    both, one, other = (row.obtained for row in evidence_rows([entry, *parts], seeds=2))
    assert both == pytest.approx(one - other) != one


def test_next_to_a_growing_centre_output_falls_and_farther_out_it_rises():
    """D16."""
    near, far = evidence_rows([e for e in EVIDENCE if e.experiment == "evidence_line"], seeds=3)
    assert near.passed and far.passed


@pytest.mark.long
def test_signs_are_those_of_published_work():
    rows = evidence_rows()
    for row in rows:
        sys.stdout.write(f"{row.verdict} {row.name}: {row.expected}, {row.obtained:.6g} +- {row.tolerance:.2g}\n")
    assert {r.name for r in rows if not r.passed} <= {e.title for e in EVIDENCE if e.name in FAILING}
