"""Configs: the schema, YAML with places, overrides, bundled names."""

from sim.config.calibration import Calibration
from sim.config.estimation import Estimation
from sim.config.library import bundled, canonical, find, json_schema, template
from sim.config.loader import load
from sim.config.ranges import Range
from sim.config.schema import Arm, CommonBudget, Comparison, Record, Scenario
from sim.config.sweep import Sweep
from sim.config.trials import most_runs
from sim.config.tuning import Tuning

__all__ = [
    "Arm",
    "Calibration",
    "CommonBudget",
    "Comparison",
    "Estimation",
    "Range",
    "Record",
    "Scenario",
    "Sweep",
    "Tuning",
    "bundled",
    "canonical",
    "find",
    "json_schema",
    "load",
    "most_runs",
    "template",
]
