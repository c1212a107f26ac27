"""A baseline from 2010 that knows nothing later beside 2020; ``-s`` prints the table."""

from __future__ import annotations

import sys

import pytest

from sim.validation import drift


@pytest.mark.parametrize("world", ["guangzhou", "china"])
def test_people_of_2020_are_nearer_than_the_shares_of_2010(world):
    summary = drift(world, firms=12_000).summary
    sys.stdout.write(f"{world}\n{summary.to_string()}\n")
    assert set(summary["figure"]) == {"people", "talent", "value_added"}
    people = summary[summary["figure"] == "people"]
    assert (people["model_error"] < people["persistence_error"]).all()
    assert (people["correlation"] > 0.3).all()
    # Known on this data: shares of provinces moved this much (mean absolute, percentage points).
    known = summary[summary["level"] == "province"].set_index("figure")["persistence_error"]
    assert known.to_dict() == pytest.approx({"people": 0.175, "talent": 0.338, "value_added": 0.354}, abs=6e-4)
