"""Configs and results of an earlier version (f2f32bb) are still read: stored ones, written by it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.batch.tasks import replication_seed
from sim.config import arm_scenarios, load, restored
from sim.model import simulate
from sim.parameters import Industry
from sim.results import audit, export, payments
from tests.helpers import ROOT
from tests.helpers.running import call_json

STORED = ROOT / "tests" / "golden" / "f2f32bb"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the stored results."""
    return Path(shutil.copytree(STORED / "results", tmp_path / "results"))


def test_its_config_loads_and_means_the_same():
    config = load(STORED / "old.yaml")
    stored = restored(json.loads((STORED / "results" / "experiment.json").read_text())["config"], "stored")
    for found in (config, stored):
        parks, *others = arm_scenarios(found)["parks"].mechanisms
        assert parks.targets == ["supporting"] and parks.kind == "enclave"
        assert [m.kind for m in others] == ["investment_fund", "fiscal_transfer", "transport_corridor"]
    # What is stored keeps the defaults of its version, a config that does not state them has those of this one.
    (was, now) = (arm_scenarios(found)["parks"].parameters.industry.productivity_sd for found in (stored, config))
    assert was == 0.08 and now == Industry().productivity_sd


def test_its_results_open_with_their_figures(folder):
    with sim.open_results(folder) as data:
        assert data.sizes["arm"] == 2 and data.sizes["replication"] == 2
        # what f2f32bb itself read from them
        assert float(data["value_added"].sum()) == pytest.approx(22003975.232960396, rel=1e-12)
        assert float(data["people"].sum()) == 288000000.0
    assert max(v for k, v in audit(folder).items() if k.startswith("audit_")) <= 1e-9
    assert len(payments(folder, "parks", 1)) > 100


def test_commands_take_its_results(folder, capsys):
    code, status = call_json(capsys, "status", folder)[:2]
    assert code == 0 and status["finished"] == 4
    assert call_json(capsys, "verify", folder)[0] == 0
    assert export(folder, folder / "csv")
    table = pd.read_csv(folder / "headline.csv")
    assert set(table["arm"]) == {"parks"}


def test_its_policies_run_in_this_version():
    """Laws of firms have changed since (CHANGELOG.md, results): the policies act, on the same base year."""
    config = load(STORED / "old.yaml")
    runs = {
        arm: simulate(scenario, replication_seed(config.seed, 0)) for arm, scenario in arm_scenarios(config).items()
    }
    assert runs["parks"].series["public_outlay"].sum() > runs["baseline"].series["public_outlay"].sum()
    with sim.open_results(STORED / "results") as data:
        before = data["value_added"].sel(arm="baseline").isel(replication=0, year=0)
        np.testing.assert_allclose(runs["baseline"].series["value_added"][0].sum(), float(before.sum()), rtol=1e-3)
