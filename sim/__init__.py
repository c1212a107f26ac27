"""Hinterland: factor flows between a central city and the regions it serves.

`load` reads a config, `run` runs it, `open_results` opens what a run left behind; configs, policy instruments and
parameters are classes, such as `Comparison`. Names are imported when they are first used, so that the command line
starts quickly. ``import hinterland`` offers the same names.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

__version__ = "0.1.0"

_MODULES = {
    "sim.agents": ("Firm",),
    "sim.analysis": ("indicator_table", "over"),
    "sim.batch.outcome": ("Outcome",),
    "sim.batch": ("run",),
    "sim.config": (
        "Arm", "Bounds", "Calibration", "CommonBudget", "Comparison", "Constraint", "Dask", "Distance", "Estimation",
        "Factor", "Factorial", "Moment", "Mpi", "Objective", "Precision", "Processes", "Range", "Record", "Report",
        "Robustness", "Scenario", "Selection", "Sensitivity", "Shares", "Slurm", "Sweep", "Target", "Threshold",
        "Tuning", "Variant", "load",
    ),
    "sim.errors": ("RunFailed", "UserError"),
    "sim.mechanisms": (
        "Enclave", "FiscalTransfer", "InvestmentFund", "MECHANISMS", "TransportCorridor",
    ),
    "sim.model": ("RegionalEconomy", "simulate"),
    "sim.parameters": (
        "Appraisal", "Capital", "Cities", "Government", "Households", "Industry", "Labour", "Learning", "Migration",
        "Parameters", "Production", "Transport", "setting",
    ),
    "sim.policy.cities": ("City", "Decision", "peers"),
    "sim.policy.funding": ("Funding", "Matching", "Private"),
    "sim.policy.mechanism": ("Approval", "Mechanism", "Memory"),
    "sim.policy.posts": ("Handle",),
    "sim.policy.programme": ("Programme",),
    "sim.policy.targets": ("Region", "Regions", "Sectors", "pick", "pick_one", "sector_mask"),
    "sim.policy.view": ("View",),
    "sim.policy.works": ("Project", "Works", "WorksMemory"),
    "sim.results": ("open_results",),
    "sim.testing": ("check_city", "check_mechanism"),
    "sim.world": ("InlineWorld", "SyntheticWorld", "load_world"),
    "pydantic": ("Field", "model_validator"),
}  # fmt: skip
_PUBLIC = {name: module for module, names in _MODULES.items() for name in names}
__all__ = sorted(_PUBLIC.keys() - {"MECHANISMS"})  # what is called: functions and classes


def public_class(name: str) -> Any:
    """Return the class of a public name; a kind of mechanism of the package has one too. None if there is no such."""
    try:
        found = __getattr__(name)
    except AttributeError:
        return None
    return found if isinstance(found, type) else None


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    if name[:1].isupper():  # presets are kinds of mechanisms too
        kinds = import_module("sim.mechanisms").MECHANISMS
        for kind, path in kinds.own.items():
            if path.endswith(f":{name}"):
                return kinds[kind]
    elif not name.startswith("_") and find_spec(f"sim.{name}") is not None:
        return import_module(f"sim.{name}")
    raise AttributeError(f"module 'sim' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*__all__, *(module.name for module in iter_modules(__path__) if module.name[0] != "_")})
