"""Theoretical limits: presets of the engine compared with closed forms of textbook models."""

from sim.validation.rows import Row
from sim.validation.theory.dynamics import equilibrium
from sim.validation.theory.engine import PresetMarket
from sim.validation.theory.equilibria import preset_checks
from sim.validation.theory.preset import MODELS, Preset, SolowPreset, load_preset, preset_names
from sim.validation.theory.rows import Check
from sim.validation.theory.suite import checks_for, notes, suite
from sim.validation.theory.tomahawk import tomahawk

__all__ = [
    "MODELS", "Check", "Preset", "PresetMarket", "Row", "SolowPreset", "checks_for", "equilibrium", "load_preset",
    "notes", "preset_checks", "preset_names", "suite", "tomahawk",
]  # fmt: skip
