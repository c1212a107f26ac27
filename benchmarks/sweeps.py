"""Row about sweeps: what the engine and the store leave of the speed of a bare loop over the model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.harness import ROOT, Figure, Plan
from sim.batch.executors import THREAD_VARIABLES

ONE_THREAD = dict.fromkeys(THREAD_VARIABLES, "1")
SWEEP = """\
kind: sweep
name: small_runs
scenario:
  {{name: small_runs, world: {{kind: synthetic, name: thirty, regions: {regions}}}, years: {years}, firms: {firms}}}
vary:
  parameters.migration.talent_mobility: {{from: 0.03, to: 0.1, steps: {steps}}}
  parameters.capital.depreciation: {{from: 0.04, to: 0.1, steps: 5}}
replications: {replications}
indicators: [supporting_value_added]
"""
BARE = """
import json, sys, time
import sim
config = sim.load(sys.argv[1])
scenarios = [s for at in layout_of(config).scenarios for s in at.values()][: int(sys.argv[2])]
sim.simulate(scenarios[0], 1)
begin = time.perf_counter()
for k, scenario in enumerate(scenarios):
    sim.simulate(scenario, 1000 + k)
print(json.dumps((time.perf_counter() - begin) / len(scenarios)))
"""
WORKERS = 2
FULL = {"regions": 30, "years": 40, "firms": 10_000, "steps": 6, "replications": 8}
QUICK = {**FULL, "replications": 2}
TINY = {"regions": 4, "years": 2, "firms": 1000, "steps": 2, "replications": 1}


def bare(file: Path, runs: int = 30) -> float:
    """Return the seconds of a run in a loop that does nothing else, on one thread."""
    program = [sys.executable, "-c", BARE, str(file), str(runs)]
    given = {**os.environ, **ONE_THREAD}
    done = subprocess.run(program, env=given, capture_output=True, text=True, check=True, cwd=ROOT)
    return float(json.loads(done.stdout))


def engine(file: Path, out: Path) -> float:
    """Return the seconds of a run of a sweep by the command, a run and worker."""
    program = [sys.executable, "-m", "sim", "run", str(file), "--out", str(out), "--workers", str(WORKERS), "--json"]
    done = subprocess.run(program, capture_output=True, text=True, check=True, cwd=ROOT)
    answer = json.loads(done.stdout)
    return WORKERS * float(answer["seconds"]) / answer["finished"]


def sweep_over_bare(plan: Plan) -> dict[str, Figure]:
    size = FULL if plan.scale == 1 else QUICK if plan.scale > 0.01 else TINY
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sweep.yaml"
        file.write_text(SWEEP.format(**size), encoding="utf-8")
        loops, runs = [bare(file)], []
        for turn in range(plan.rounds):
            runs.append(engine(file, Path(folder) / str(turn)))
            loops.append(bare(file))
    # The loop before and the one after: the machine may have got slower.
    around = (np.array(loops[:-1]) + loops[1:]) / 2
    loop, run = 1000 * np.median(around), 1000 * np.median(runs)
    note = f"a run {run:.0f} ms a worker of {WORKERS}, {loop:.0f} ms in the loop"
    value = float(np.median(around / runs))
    return {f"{WORKERS} workers, by worker": Figure(value, note, {"run_ms": run, "loop_ms": loop})}
