"""Robustness analyses: levers, uncertainties and constants told apart; from the file to tables, figures and page."""

from __future__ import annotations

import types
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.config import Robustness, layout_of, policies_of
from sim.errors import UserError
from tests.helpers.configs import faults, load_as, swapped
from tests.helpers.models import put_model
from tests.helpers.results import make_record
from tests.helpers.running import read_page, run_and_read

AMOUNT, MOBILITY = "mechanisms.fund.amount", "parameters.migration.talent_mobility"
ROBUST = """\
kind: robustness
name: robust
scenario: {name: robust, years: 2, firms: 4000, calibrated: false, record: {flows: false, payments: false}}
arms:
  baseline: {}
  fund: {mechanisms: [{kind: investment_fund, name: fund, targets: [supporting], start: 2021}]}
  other: {set: {parameters.learning.research: 0.02}}
levers:
  mechanisms.fund.amount: [1000, 2000]
  mechanisms.fund.leverage: {from: 0, to: 1, steps: 2}
uncertainties:
  parameters.migration.talent_mobility: {from: 0, to: 1}
  parameters.capital.depreciation: {}
constants: {parameters.migration.worker_mobility: 0.03}
samples: 8
replications: 2
indicators: [supporting_capital, supporting_welfare_equivalent]
thresholds:
  supporting_capital: {least: 1500, of: difference}
"""
POLICIES = ["baseline", "fund-1000-0", "fund-1000-1", "fund-2000-0", "fund-2000-1", "other"]


def robust(folder: Path, *changes: str, text: str = ROBUST) -> Robustness:
    return load_as(Robustness, folder, text, *changes)


def test_policies_are_arms_crossed_with_the_levers_that_they_have(tmp_path):
    config = robust(tmp_path)
    layout = layout_of(config)
    assert list(layout.scenarios[0]) == POLICIES and len(layout.points) == 8 and layout.different == 8 * 6
    fund = layout.scenarios[3]["fund-2000-1"].mechanisms[0]
    assert (fund.amount, fund.leverage) == (2000, 1)
    for at, point in zip(layout.scenarios, layout.points, strict=True):
        for scenario in at.values():
            assert scenario.parameters.migration.talent_mobility == point[MOBILITY]
            assert scenario.parameters.migration.worker_mobility == 0.03  # the constant
        assert at["other"].parameters.learning.research == 0.02
        assert 0.04 <= point["parameters.capital.depreciation"] <= 0.1  # the table's range
    assert policies_of(config)[2] == {
        "policy": "fund-1000-1",
        "arm": "fund",
        AMOUNT: 1000,
        "mechanisms.fund.leverage": 1,
    }


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("  parameters.capital.depreciation: {}", "  mechanisms.fund.amount: [1, 2]", "13:3", "is in levers too"),
        ("worker_mobility: 0.03", "talent_mobility: 0.03", "14:13", "is in uncertainties too"),
        ("parameters.capital.depreciation: {}", "parameters.migration: {}", "14:13", "is in uncertainties too"),
        ("to: 1, steps: 2}", "to: 1}", "10:3", "has no steps; expected their number: levers are not sampled"),
        ("fund.leverage", "fund.leverge", "10:3", "did you mean 'mechanisms.fund.leverage'?"),
        ("worker_mobility: 0.03", "worker_mobilty: 0.03", "14:13", "worker_mobility'?"),
        ("worker_mobility: 0.03", "worker_mobility: 2", "14:13", "2 is out of range; expected at most 1"),
        ("[1000, 2000]", "[1000, -2]", "9:", "-2 is out of range; expected at least 0"),
        ("mechanisms.fund.amount:", "parameters.learning.research:", "9:3", "the baseline 'baseline' has it"),
        ("mechanisms.fund.amount:", "years:", "9:3", "the same years"),
        ("talent_mobility: {from: 0, to: 1}", "talent_mobility: {from: 0, to: 2}", "12:3", "2 is out of range"),
        ("talent_mobility: {from: 0, to: 1}", "talent_mobility: {from: 1, to: 0}", "12:", "from 1 is not below to 0"),
        ("talent_mobility: {from: 0, to: 1}", "talent_mobilty: {from: 0, to: 1}", "12:3", "talent_mobility'?"),
        ("parameters.capital.depreciation: {}", "firms: {}", "13:3", "no number of the parameter table"),
        ("samples: 8\n", "", "", "samples: missing"),
        ("samples: 8", "samples: 9", "15:1", "9 is not a power of two"),
        ("  supporting_capital: {", "  supporting_talent: {", "19:3", "not among the indicators"),
        ("least: 1500, ", "", "19:", "needs one end"),
        ("least: 1500, ", "least: 1500, most: 2000, ", "19:", "needs one end"),
        ("  other: {", "  fund-1000-0: {", "7:3", "makes a second policy 'fund-1000-0'"),
        ("supporting_welfare_equivalent]", "krugman]", "17:34", "no better end"),
    ],
)
def test_faults_have_their_place(tmp_path, old, new, place, words):
    messages = faults(tmp_path, swapped(ROBUST, old, new))
    assert len(messages) <= 2
    assert f"file.yaml:{place}" in messages[0] and words in messages[0]


@pytest.fixture
def model(monkeypatch):
    """A made-up model: the zone gains amount x (1 + leverage) x 2 x mobility; welfare only with another policy."""
    whole = make_record(1, 2)
    kept = {name: whole.series[name] for name in whole.series if name.startswith("audit_")}

    def simulate(scenario, seed):
        mobility, research = scenario.parameters.migration.talent_mobility, scenario.parameters.learning.research
        gain = sum(m.amount * (1 + m.leverage) for m in scenario.mechanisms) * 2 * mobility
        capital = np.full_like(whole.series["capital"], 1000.0 + seed + gain / 24)  # 4 supporting regions, 6 sectors
        welfare = np.full_like(whole.series["welfare"], np.log(1.01) if research == 0.02 else 0.0)
        outlay = np.full(2, sum(float(m.amount) for m in scenario.mechanisms) / 2)
        own = {"capital": capital, "welfare": welfare, "public_outlay": outlay, "people": whole.series["people"]}
        return types.SimpleNamespace(**{**vars(whole), "series": {**kept, **own}})

    put_model(monkeypatch, simulate)


go = partial(run_and_read, sim.run, width=100)


def test_regret_and_shares_by_hand_from_file_to_page(model, tmp_path, monkeypatch):
    outcome, text = go(robust(tmp_path), tmp_path / "out")
    assert outcome.ok and outcome.finished == 8 * 6 * 2
    mobility = np.array([p[MOBILITY] for p in layout_of(robust(tmp_path)).points])
    regret = pd.read_csv(tmp_path / "out" / "regret.csv").set_index(["indicator", "policy"])
    capital = regret.loc["supporting_capital"]
    assert list(capital.index) == POLICIES
    # the best fund gains 2000 x 2 x 2 m, the least one 1000 x 2 m, the others nothing
    assert capital.loc["fund-2000-1", ["maximum", "best"]].tolist() == pytest.approx([0, 1], abs=1e-6)
    assert capital.loc["fund-1000-0", "maximum"] == pytest.approx(6000 * mobility.max())
    assert capital.loc["other", "mean"] == pytest.approx(8000 * mobility.mean())
    # the baseline's welfare gain over itself is zero, one arm's is 1 %
    welfare = regret.loc["supporting_welfare_equivalent"]
    assert welfare.loc["baseline", "maximum"] == pytest.approx(0.01) and welfare.loc["other", "maximum"] == 0
    met = pd.read_csv(tmp_path / "out" / "satisficing.csv").set_index(["threshold", "policy"])["met"]
    for policy, gain in zip(POLICIES, (0, 2000, 4000, 4000, 8000, 0), strict=True):
        assert met["supporting_capital (difference) at least 1,500", policy] == (gain * mobility >= 1500).sum()
    policies = pd.read_csv(tmp_path / "out" / "policies.csv")
    assert policies["arm"].tolist() == ["baseline", *["fund"] * 4, "other"] and policies[AMOUNT].tolist()[3] == 2000
    page = read_page(tmp_path / "out")
    words = ("6 policies perform in 8 futures", "Levers of the policies", "Fund 2000 1", "Investment fund", "Regret")
    for word in (*words, "at least 1,500", "data:image/png"):
        assert word in page, word
    assert "Regret: loss relative to the best policy" in text and "Satisficing" in text
    monkeypatch.setattr("sim.batch.robustness.save", lambda ds, tables, folder: [])
    before = {path.name for path in (tmp_path / "out" / "runs").iterdir()}
    more = robust(tmp_path, "samples=16", f"levers.{AMOUNT}=[1000, 2000, 3000]", "indicators=[supporting_capital]")
    assert "96 of 256 runs exist already" in go(more, tmp_path / "out")[1]
    assert before < {path.name for path in (tmp_path / "out" / "runs").iterdir()}
    with pytest.raises(UserError, match="--overwrite"):
        go(robust(tmp_path, "constants.parameters.migration.worker_mobility=0.04"), tmp_path / "out")
