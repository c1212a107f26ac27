"""How many seeds common random numbers save on the enclave programme; `pytest -s -m long` prints it."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.analysis import headline_table
from sim.analysis.indicators import evaluate
from sim.config import load
from tests.helpers import ROOT

EXPERIMENT = ROOT / "experiments" / "precise.yaml"
SHOWN = ["supporting_value_added", "supporting_capital", "supporting_real_income", "theil_between_zones", "value_added"]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pairing_on_enclave_against_baseline(tmp_path):
    outcome = sim.run(load(EXPERIMENT, ["precision.most=20", "variants={}"]), tmp_path / "out")
    assert outcome.ok and outcome.finished == 40
    ds = sim.open_results(tmp_path / "out")
    table = headline_table(ds)
    print("\nEnclave against baseline, 20 seeds: factor by which pairing cuts the seeds needed")
    for name in SHOWN:
        row = table.loc["enclave", name]
        print(f"  {name:24} {row['pairing']:12,.0f}  [{row['pairing_low']:,.0f}, {row['pairing_high']:,.0f}]")
        assert row["n"] == 20 and row["pairing_low"] > 10
        # the same runs, paired with another seed's baseline, are as good as independent ones
        values = evaluate(ds, name).isel(year=-1)
        arm, base = (values.sel(arm=word).to_numpy() for word in ("enclave", "baseline"))
        apart = np.mean([np.var(arm - np.roll(base, k), ddof=1) for k in range(1, 20)])
        assert row["pairing_low"] < apart / np.var(arm - base, ddof=1) < row["pairing_high"]
