"""From an experiment to a results folder: arms x replications over processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.batch.experiment import run_comparison, run_scenario
from sim.batch.outcome import Outcome

__all__ = ["Outcome", "run", "run_comparison", "run_scenario"]


def run(config: Any, out: str | Path, **options: Any) -> Outcome:
    """Run a scenario, a comparison or an estimation into a folder.

    Parameters
    ----------
    config : Scenario, Comparison or Estimation
        As `sim.load` returns it.
    out : path
    **options
        ``workers``, ``overwrite``, ``console``.
    """
    if config.kind == "estimation":
        from sim.estimation import run_estimation  # statistics that runs of the model do not need

        return run_estimation(config, Path(out), **options)
    start = run_scenario if config.kind == "scenario" else run_comparison
    return start(config, Path(out), **options)
