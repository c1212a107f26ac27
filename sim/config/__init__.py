"""Configs: the schema, YAML with places, overrides, bundled names."""

from sim.config.calibration import Calibration
from sim.config.estimation import Estimation
from sim.config.library import bundled, canonical, find, json_schema, template
from sim.config.loader import load, restored
from sim.config.precision import Precision, Selection
from sim.config.ranges import Range
from sim.config.schema import Arm, CommonBudget, Comparison, Record, Scenario
from sim.config.sweep import Sweep

__all__ = [
    "Arm",
    "Calibration",
    "CommonBudget",
    "Comparison",
    "Estimation",
    "Precision",
    "Range",
    "Record",
    "Scenario",
    "Selection",
    "Sweep",
    "bundled",
    "canonical",
    "find",
    "json_schema",
    "load",
    "restored",
    "template",
]
