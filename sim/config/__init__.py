"""Configs: the schema, YAML with places, overrides, bundled names."""

from sim.config.estimation import Estimation
from sim.config.library import bundled, canonical, find, json_schema, template
from sim.config.loader import load
from sim.config.schema import Arm, CommonBudget, Comparison, Record, Scenario

__all__ = [
    "Arm",
    "CommonBudget",
    "Comparison",
    "Estimation",
    "Record",
    "Scenario",
    "bundled",
    "canonical",
    "find",
    "json_schema",
    "load",
    "template",
]
