"""Tunings: a search proposes trials, an evaluator runs them, the best are run again, told and drawn."""

from sim.batch.tuning.run import run_tuning

__all__ = ["run_tuning"]
