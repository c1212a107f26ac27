"""Configs: the schema, YAML with positions, overrides, bundled names."""

from sim.config.design.arms import arm_scenarios, members_of
from sim.config.design.layout import layout_of
from sim.config.design.policies import policies_of
from sim.config.json_schema import json_schema, schema_text
from sim.config.library import SCHEMA_FILE, bundled, canonical, find, template
from sim.config.loader import load, restored
from sim.config.schema.axes import Range
from sim.config.schema.calibration import Bounds, Calibration, Moment, Target
from sim.config.schema.comparison import Arm, CommonBudget, Comparison, Variant
from sim.config.schema.estimation import Distance, Estimation
from sim.config.schema.executor import Dask, Mpi, Processes, Slurm
from sim.config.schema.factorial import Factor, Factorial
from sim.config.schema.report import Report
from sim.config.schema.robustness import Robustness, Threshold
from sim.config.schema.scenario import Record, Scenario, Shares
from sim.config.schema.sensitivity import Sensitivity
from sim.config.schema.stopping import Precision, Selection
from sim.config.schema.sweep import Sweep
from sim.config.schema.tuning import Constraint, Objective, Tuning
from sim.config.schema.varied import Varied
from sim.config.size import CAP, Design, design_of

__all__ = [
    "Arm",
    "Bounds",
    "CAP",
    "Calibration",
    "CommonBudget",
    "Comparison",
    "Constraint",
    "Dask",
    "Design",
    "Distance",
    "Estimation",
    "Factor",
    "Factorial",
    "Moment",
    "Mpi",
    "Objective",
    "Precision",
    "Processes",
    "Range",
    "Record",
    "Report",
    "Robustness",
    "SCHEMA_FILE",
    "Scenario",
    "Selection",
    "Sensitivity",
    "Shares",
    "Slurm",
    "Sweep",
    "Target",
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
