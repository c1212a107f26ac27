"""Before an experiment: estimated run time and disk space."""

from __future__ import annotations

import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim import results
from sim.batch.engine import JOB_BYTES, JOB_SECONDS, MAX_BUNDLE, MAX_FILES, MAX_SINGLE_FILES
from sim.batch.executors import default_workers
from sim.config import Design

_SHORT, _LONG = 1, 3  # years of the two trial runs from which a run is extrapolated


@dataclass(frozen=True)
class Estimate:
    """Estimated resources of an experiment.

    Attributes
    ----------
    seconds : float
        Per run, on one worker.
    size : float, bytes
        Per run.
    files : int
    workers : int
    basis : str
        Basis of the estimate.
    """

    seconds: float
    size: float
    files: int
    workers: int
    basis: str


def estimate(config: Any, design: Design, folder: Path, workers: int | None = None) -> Estimate:
    """Estimate resources from existing runs, or else from two short trial runs.

    Parameters
    ----------
    config : Scenario, Comparison, ...
    design : Design
    folder : Path
        The results folder, which need not exist.
    workers : int, optional
        Processes; the number of processors by default.
    """
    found = None
    if (folder / "experiment.json").is_file():
        status = results.status(folder)
        if status.finished:
            stored = status.finished + status.other
            found = status.seconds, status.size / stored, f"{status.finished:,} finished runs in {folder}"
    seconds, size, basis = found or _trial_runs(design.sample)
    count = workers or default_workers(design.sample.threads)
    together = min(JOB_SECONDS / seconds, JOB_BYTES / size, MAX_BUNDLE) if design.runs > MAX_SINGLE_FILES else 1
    files = math.ceil(design.runs / max(int(together), math.ceil(design.runs / MAX_FILES), 1))
    return Estimate(seconds, size, files, min(count, design.runs), basis)


def _trial_runs(scenario: Any) -> tuple[float, float, str]:
    """Return seconds and bytes of a run, extrapolated from two short trial runs."""
    from sim.model import coordinates, simulate

    simulate(scenario.model_copy(update={"years": _SHORT}), scenario.seed)  # kernels and tables are loaded once
    trials = []
    for years in (_SHORT, _LONG):
        short = scenario.model_copy(update={"years": years})
        begin = time.perf_counter()
        record = simulate(short, scenario.seed)
        with tempfile.TemporaryDirectory() as folder_name:
            path = Path(folder_name) / "run.h5"
            meta = {"config": scenario.model_dump_json(), "seed": 1, "arm": "trial", "replication": 0, "run_id": "0"}
            results.write_run(path, record, coordinates(short), meta)
            trials.append((time.perf_counter() - begin, path.stat().st_size))
    (short_s, short_b), (long_s, long_b) = trials
    factor = (scenario.years - _SHORT) / (_LONG - _SHORT)
    seconds = max(short_s + factor * (long_s - short_s), short_s)
    return seconds, max(short_b + factor * (long_b - short_b), 1.0), f"trial runs of {_SHORT} and {_LONG} years"
