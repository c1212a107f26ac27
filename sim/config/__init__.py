"""Configs: the schema, YAML with places, overrides, bundled names."""

from sim.config.calibration import Calibration
from sim.config.estimation import Estimation
from sim.config.library import bundled, canonical, find, json_schema, template
from sim.config.loader import load, restored
from sim.config.precision import Precision, Selection
from sim.config.ranges import Range
from sim.config.robustness import Robustness, Threshold
from sim.config.schema import Arm, CommonBudget, Comparison, Record, Scenario
from sim.config.sensitivity import Sensitivity
from sim.config.size import CAP, Design, design_of, size
from sim.config.sweep import Sweep
from sim.config.tuning import Tuning
from sim.config.varied import Varied

__all__ = [
    "Arm",
    "CAP",
    "Calibration",
    "CommonBudget",
    "Comparison",
    "Design",
    "Estimation",
    "Precision",
    "Range",
    "Record",
    "Robustness",
    "Scenario",
    "Selection",
    "Sensitivity",
    "Sensitivity",
    "Sweep",
    "Threshold",
    "Tuning",
    "Varied",
    "bundled",
    "canonical",
    "design_of",
    "find",
    "json_schema",
    "load",
    "restored",
    "size",
    "template",
]
