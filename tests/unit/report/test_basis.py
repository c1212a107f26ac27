"""Levels say what they rest on: how many runs, how many firm agents in each of them, and which years."""

from __future__ import annotations

import pandas as pd
import pytest

import sim
from sim.analysis import agents_of
from sim.config import load
from sim.figures.variable import _caption
from sim.report.numbers import levels_text
from sim.results import open_results
from tests.helpers.configs import ENOUGH, write
from tests.helpers.models import put_model
from tests.helpers.results import make_record
from tests.helpers.running import read_page, run_and_read

SINGLE = "kind: scenario\nname: one\nyears: 4\nfirms: 4000\ncalibrated: false\n"
SWEEP = """\
kind: sweep
name: levels
scenario: {name: one, years: 4, firms: 4000, calibrated: false}
vary: {%s}
replications: 2
indicators: [supporting_capital]
"""
AGENTS = "4,000 firm agents in each run"


@pytest.fixture
def go(monkeypatch, tmp_path):
    """Run an experiment with a made-up model and without figures; return its folder and what it printed."""
    put_model(monkeypatch, lambda scenario, seed: make_record(seed, 4, "fund" if scenario.mechanisms else "baseline"))
    monkeypatch.setattr("sim.batch.finish.save_all", lambda *_: [])
    monkeypatch.setattr("sim.batch.sweep.save_sweep", lambda *_: [])

    def run(text: str):
        _, said = run_and_read(sim.run, load(write(tmp_path, text)), tmp_path / "out")
        return tmp_path / "out", " ".join(said.split())

    return run


def test_a_comparison_in_terminal_page_and_file(go):
    folder, said = go(ENOUGH)
    ds = open_results(folder)
    runs = int(ds["finished"].sel(arm="baseline").sum())
    assert f"Base: mean of the baseline over {runs} seeds, {AGENTS}, 2020–2023." in said
    assert f"each, {AGENTS}, 2020–2023" in read_page(folder)
    table = pd.read_csv(folder / "headline.csv")
    assert set(table["firms"]) == {4000} and set(table["first_year"]) == {2020} and set(table["last_year"]) == {2023}
    assert (table["n"] <= runs).all()
    assert f"{runs} runs of 4,000 firm agents in each arm" in _caption(ds, "value_added", [], share=False)


def test_a_scenario(go):
    folder, _ = go(SINGLE)
    assert f"1 seed each, {AGENTS}, 2020–2023" in read_page(folder)


def test_a_sweep(go):
    folder, said = go(SWEEP % "parameters.capital.depreciation: [0.05, 0.06]")
    assert f"Mean over 2 seeds, {AGENTS}, 2020–2023" in said
    assert f"2 seeds each, {AGENTS}, 2020–2023" in read_page(folder)


def test_agents_that_differ_between_runs_are_not_one_number(go):
    folder, said = go(SWEEP % "firms: [4000, 5000]")
    ds = open_results(folder)
    assert agents_of(ds) is None and "firm agents" not in said
    assert levels_text(ds, [2, 2]) == "2 seeds, 2020–2023"
