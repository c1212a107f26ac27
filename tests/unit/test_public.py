"""The names a user imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import hinterland
import sim
from tests.helpers import ROOT


def test_public_names_resolve():
    assert all(callable(getattr(sim, name)) for name in sim.__all__)
    assert {"run", "load", "Comparison", "analysis", "results"} <= set(dir(sim)) <= set(dir(hinterland))
    assert not [name for name in dir(sim) if name.startswith("_")]
    assert all(getattr(sim, name) is not None for name in dir(sim))


@pytest.mark.parametrize(
    "line",
    [
        "import sim; print(sim.analysis.over, sim.results.open_results, sim.world.load_world)",
        "import hinterland; print(hinterland.analysis.over, hinterland.EqualServices, hinterland.Canal)",
        "from hinterland import *; print(Comparison, simulate, over)",
    ],
)
def test_names_are_there_after_one_import(line: str, tmp_path: Path):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", line], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_names_that_are_not_there_are_told():
    for name in ("nothing", "Nothing", "_nothing"):
        with pytest.raises(AttributeError, match=f"module 'hinterland' has no attribute '{name}'"):
            getattr(hinterland, name)


def test_a_run_from_python_opens(tmp_path):
    config = sim.load("small", ["years=2", "firms=4000"])
    outcome = sim.run(config, tmp_path / "out", workers=0)
    assert outcome.ok
    found = sim.open_results(tmp_path / "out")
    assert found.sizes["year"] == 2
    assert float(found["audit_money"].max()) < 1e-9
