"""Tuning: a search proposes trials, an evaluator runs them, the best are confirmed with fresh seeds and reported."""

from sim.batch.tuning.run import run_tuning

__all__ = ["run_tuning"]
