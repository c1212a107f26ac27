"""Configs: the schema, YAML with places, overrides, bundled names."""

from sim.config.library import bundled, canonical, find, json_schema, template
from sim.config.loader import load, restored
from sim.config.schema.axes import Range
from sim.config.schema.calibration import Calibration
from sim.config.schema.estimation import Estimation
from sim.config.schema.robustness import Robustness, Threshold
from sim.config.schema.scenario import Arm, CommonBudget, Comparison, Record, Scenario
from sim.config.schema.sensitivity import Sensitivity
from sim.config.schema.stopping import Precision, Selection
from sim.config.schema.sweep import Sweep
from sim.config.schema.tuning import Tuning
from sim.config.schema.varied import Varied
from sim.config.size import CAP, Design, design_of, size

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
