"""Configs: the schema, YAML with positions, overrides, bundled names."""

from sim.config.design.arms import arm_scenarios, members_of
from sim.config.design.layout import layout_of
from sim.config.design.policies import policies_of
from sim.config.json_schema import json_schema, schema_text
from sim.config.library import SCHEMA_FILE, bundled, canonical, find, template
from sim.config.loader import load, restored
from sim.config.schema.axes import Range
from sim.config.schema.calibration import Calibration
from sim.config.schema.comparison import Arm, CommonBudget, Comparison, Variant
from sim.config.schema.estimation import Estimation
from sim.config.schema.factorial import Factor, Factorial
from sim.config.schema.report import Report
from sim.config.schema.robustness import Robustness, Threshold
from sim.config.schema.scenario import Record, Scenario
from sim.config.schema.sensitivity import Sensitivity
from sim.config.schema.stopping import Precision, Selection
from sim.config.schema.sweep import Sweep
from sim.config.schema.tuning import Tuning
from sim.config.schema.varied import Varied
from sim.config.size import CAP, Design, design_of

__all__ = [
    "Arm",
    "CAP",
    "Calibration",
    "CommonBudget",
    "Comparison",
    "Design",
    "Estimation",
    "Factor",
    "Factorial",
    "Precision",
    "Range",
    "Record",
    "Report",
    "Robustness",
    "SCHEMA_FILE",
    "Scenario",
    "Selection",
    "Sensitivity",
    "Sweep",
    "Threshold",
    "Tuning",
    "Variant",
    "Varied",
    "arm_scenarios",
    "bundled",
    "canonical",
    "design_of",
    "find",
    "json_schema",
    "schema_text",
    "layout_of",
    "load",
    "members_of",
    "policies_of",
    "restored",
    "template",
]
