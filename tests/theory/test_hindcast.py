"""From 2010 to 2020 with parameters fitted to 2015; ``-s`` prints every row."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.validation.hindcast import bundled_hindcast, hindcast_rows, run_hindcast
from sim.validation.hindcast.runs import START
from sim.validation.hindcast.scores import mean_errors


@pytest.fixture(scope="module")
def small():
    return run_hindcast("china", (1, 2), firms=30_000)


def test_naive_forecasts_are_the_known_ones(small):
    # Mean absolute errors of shares in percentage points, known of this data.
    known = {
        "people": {"provinces": 0.175, "Guangdong": 0.856}, "talent": {"provinces": 0.338},
        "value_added": {"provinces": 0.354, "Guangdong": 0.485, "within provinces": 1.125},
    }  # fmt: skip
    for figure, levels in known.items():
        found = mean_errors(small, figure)["persistence"]
        for level, error in levels.items():
            assert found[level] == pytest.approx(error, rel=4e-3), (figure, level)


@pytest.mark.parametrize("figure", ["people", "talent", "value_added", "secondary", "tertiary"])
def test_runs_start_from_what_was_observed(small, figure):
    rows = small.history.world.national_taxes
    start, observed = small.modelled(figure, START), small.history.figures[figure, START]
    np.testing.assert_allclose(start[rows], observed[rows], rtol=1e-9)


def test_runs_follow_changes_of_the_scenario(small):
    still = run_hindcast("china", (1, 2), firms=30_000, parameters={"migration": {"target_scale": 0.2}})
    spread = [(run.modelled("people", 2020) / run.modelled("people", 2010)).std() for run in (still, small)]
    assert spread[0] < 0.75 * spread[1]


@pytest.mark.long
def test_every_row_with_a_bar_passes():
    rows = hindcast_rows(bundled_hindcast())
    for row in rows:
        sys.stdout.write(f"{row.verdict} {row.name}: {row.expected}, {row.obtained:.4f}, {row.detail}\n")
    assert not [row.name for row in rows if row.verdict == "fail"]
