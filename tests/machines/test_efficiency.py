"""What the engine and the store cost beside a bare loop over the model; a large store opened and plotted."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pytest

import sim
from benchmarks.sweeps import FULL, SWEEP, bare
from sim import results
from tests.helpers.processes import result


@pytest.mark.endurance
def test_engine_and_store_against_a_bare_loop(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(SWEEP.format(**FULL), encoding="utf-8")
    rows = []
    for turn in range(3):
        row = {"bare": bare(file)}
        for workers in (1, 2):
            told = result("run", file, "--out", tmp_path / f"{turn}-{workers}", "--workers", workers)
            row[workers] = told["seconds"] / told["finished"]
        row["bare"] = (row["bare"] + bare(file)) / 2  # before and after, for the machine may have got slower
        rows.append(row)
    for row in rows:
        print(f"a run: bare loop {1000 * row['bare']:.0f} ms, one worker {1000 * row[1]:.0f} ms, two workers "
              f"{1000 * row[2]:.0f} ms; two over one {row[1] / row[2]:.2f}, one over bare {row['bare'] / row[1]:.2f}, "
              f"two over bare, by worker {row['bare'] / row[2] / 2:.2f}")  # fmt: skip
    two, one = (np.median([row[1] / row[2] for row in rows]), np.median([row["bare"] / row[1] for row in rows]))
    print(f"median: two workers over one {two:.2f} (wanted 1.8), one worker over a bare loop {one:.2f} (wanted .85)")


LARGE = """\
kind: sweep
name: five_thousand
scenario: {name: five_thousand, world: {kind: synthetic, name: thirty, regions: 30}, years: 40, firms: 1000}
vary:
  parameters.migration.talent_mobility: {from: 0.03, to: 0.1, steps: 25}
  parameters.capital.depreciation: {from: 0.04, to: 0.1, steps: 25}
replications: 8
indicators: [supporting_value_added]
"""
OPEN = """
import json, sys, time
from pathlib import Path
from sim.analysis import measure
from sim.figures import save_sweep
from sim.results import open_results
begin = time.perf_counter()
ds = open_results(sys.argv[1])
opened = time.perf_counter()
files = save_sweep(ds, measure(ds, ["supporting_value_added"]), Path(sys.argv[1]) / "again")
print(json.dumps([opened - begin, time.perf_counter() - opened, int(ds["finished"].sum())]))
"""


@pytest.mark.endurance
def test_five_thousand_runs(tmp_path):
    file, out = tmp_path / "large.yaml", tmp_path / "out"
    file.write_text(LARGE, encoding="utf-8")
    told = result("run", file, "--out", out, "--yes")
    assert told["finished"] == 5000
    found = results.status(out)
    rows = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", OPEN, str(out)], capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout))
    opened, plotted, runs = np.median(rows, axis=0)
    assert runs == 5000
    print(f"{told['seconds']:.0f} s to run; {found.files} files, {found.size / 5000 / 1000:.0f} kB a run; opened in "
          f"{opened:.2f} s (wanted 2), one indicator measured and plotted in {plotted:.2f} s (wanted 5)")  # fmt: skip
    (out / "index.sqlite").unlink()
    begin = time.perf_counter()
    sim.open_results(out)
    print(f"opened without its index in {time.perf_counter() - begin:.2f} s")
