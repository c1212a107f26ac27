"""Sensitivity analyses: from the file to the indices, against indices that are known."""

from __future__ import annotations

import io
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fake import make_coords, make_record

import sim
from sim import results
from sim.analysis import measure
from sim.analysis.sensitivity import indices, noise_share, pawn_medians
from sim.config import Sensitivity, load
from sim.errors import UserError

# Three parameters of the model stand for x1, x2, x3; the made-up model stretches them from 0..1 to -pi..pi.
INPUTS = ("parameters.households.housing_share", "parameters.migration.talent_mobility", "parameters.capital.state_share")
ENDS = (0.6, 1.0, 1.0)
ISHIGAMI = """\
kind: sensitivity
name: ishigami
scenario: {name: ishigami, years: 1, firms: 1000, calibrated: false, record: {flows: false, payments: false}}
inputs:
  parameters.households.housing_share: {from: 0, to: 0.6}
  parameters.migration.talent_mobility: {from: 0, to: 1}
  parameters.capital.state_share: {from: 0, to: 1}
method: sobol
samples: 128
replications: 1
indicators: [value_added]
"""
# Ishigami & Homma (1990), a = 7, b = .1
FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)


def places(scenario) -> np.ndarray:
    """Return where in -pi..pi the inputs of a scenario lie."""
    p = scenario.parameters
    found = np.array([p.households.housing_share, p.migration.talent_mobility, p.capital.state_share])
    return -np.pi + 2 * np.pi * found / np.array(ENDS)


def ishigami(scenario, seed) -> float:
    x = places(scenario)
    return float(np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))


@pytest.fixture
def model(monkeypatch):
    """The model replaced by one whose value added is a function of the scenario and the seed."""
    fake = types.ModuleType("sim.model")
    fake.function, fake.failing = ishigami, lambda scenario, seed: False
    whole = make_record(1, 1)
    kept = {name: part for name, part in whole.series.items() if name.startswith("audit_")}  # files that write quickly

    def simulate(scenario, seed):
        if fake.failing(scenario, seed):
            raise ValueError("no market clears")
        value = np.zeros_like(whole.series["value_added"])
        value[0, 0, 0] = 100.0 + fake.function(scenario, seed)
        return types.SimpleNamespace(**{**vars(whole), "series": {**kept, "value_added": value}})

    fake.simulate, fake.coordinates = simulate, lambda scenario: make_coords()
    monkeypatch.setitem(sys.modules, "sim.model", fake)
    return fake


def analysis(folder: Path, *changes: str, text: str = ISHIGAMI) -> Sensitivity:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    config = load(path, list(changes))
    assert isinstance(config, Sensitivity)
    return config


def go(config, out: Path, **options):
    console = Console(file=io.StringIO(), width=100)
    return sim.run(config, out, workers=0, console=console, **options), console.file.getvalue()


def values(table: pd.DataFrame, name: str, column: str = "value") -> np.ndarray:
    return table[table["measure"] == name].set_index("input").loc[list(INPUTS), column].to_numpy()


def test_published_indices_through_the_whole_chain(model, tmp_path):
    outcome, text = go(analysis(tmp_path), tmp_path / "out")
    assert outcome.ok and outcome.finished == 128 * 5
    table = pd.read_csv(tmp_path / "out" / "indices.csv")
    for name, published in (("first", FIRST), ("total", TOTAL)):
        assert (values(table, name, "low") <= published).all() and (published <= values(table, name, "high")).all()
        np.testing.assert_allclose(values(table, name), published, atol=0.12)
    assert (table["n"] == 128).all()
