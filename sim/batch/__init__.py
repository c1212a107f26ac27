"""From an experiment to a results folder: points x arms x replications over processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.batch.calibration import run_calibration
from sim.batch.experiment import run_comparison, run_scenario
from sim.batch.outcome import Outcome
from sim.batch.sweep import run_sweep
from sim.batch.tuning import run_tuning

__all__ = [
    "Outcome", "run", "run_calibration", "run_comparison", "run_robustness", "run_scenario", "run_sensitivity",
    "run_sweep", "run_tuning",
]  # fmt: skip

run_sensitivity = run_robustness = run_sweep  # what the runs are made into is told by the config's kind

_STARTS = {
    "scenario": run_scenario,
    "comparison": run_comparison,
    "sweep": run_sweep,
    "sensitivity": run_sensitivity,
    "robustness": run_robustness,
    "tuning": run_tuning,
    "calibration": run_calibration,
}


def run(config: Any, out: str | Path, **options: Any) -> Outcome:
    """Run an experiment of any kind into a folder.

    Parameters
    ----------
    config : Scenario, Comparison, Sweep, Sensitivity, Robustness, Tuning, Calibration or Estimation
        As `sim.load` returns it.
    out : path
    **options
        See `sim.batch.session.Options`; an estimation takes ``overwrite`` and ``console``.
    """
    if config.kind == "estimation":
        from sim.estimation import run_estimation  # statistics that runs of the model do not need

        return run_estimation(config, Path(out), **options)
    return _STARTS[config.kind](config, Path(out), **options)
