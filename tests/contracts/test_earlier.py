"""Configs and results of an earlier version (f2f32bb) are still read: stored ones, written by it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.batch.tasks import replication_seed
from sim.config import arm_scenarios, load, restored
from sim.model import simulate
from sim.results import audit, export, payments
from tests.helpers import ROOT, former
from tests.helpers.running import call_json

STORED = ROOT / "tests" / "golden" / "f2f32bb"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the stored results."""
    return Path(shutil.copytree(STORED / "results", tmp_path / "results"))


def test_its_config_loads_and_means_the_same():
    # stored configs keep the defaults of their time
    config = load(STORED / "old.yaml", ["arms.parks.mechanisms.fund.delivery=0.43"])
    stored = restored(json.loads((STORED / "results" / "experiment.json").read_text())["config"], "stored")
    for found in (config, stored):
        parks, *others = arm_scenarios(found)["parks"].mechanisms
        assert parks.targets == ["supporting"] and parks.kind == "enclave"
        assert [m.kind for m in others] == ["investment_fund", "fiscal_transfer", "transport_corridor"]
    assert arm_scenarios(config) == arm_scenarios(stored)


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


def test_its_policies_do_what_they_did(folder):
    """The same config computed now, with the laws of then: the same but for what mechanisms see of the year before."""
    config = load(STORED / "old.yaml", former.overrides("arms.parks.mechanisms.fund"))
    record = simulate(arm_scenarios(config)["parks"], replication_seed(config.seed, 0))
    with sim.open_results(folder) as data:
        before = data["value_added"].sel(arm="parks").isel(replication=0)
        gap = abs(record.series["value_added"] / before.values - 1.0).max()
    print(f"value added: {gap:.1e}")
    assert gap < 1e-3
