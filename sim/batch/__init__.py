"""From an experiment to a results folder: arms x replications over processes."""

from sim.batch.outcome import Outcome
from sim.batch.run import run_comparison, run_scenario

__all__ = ["Outcome", "run_comparison", "run_scenario"]
