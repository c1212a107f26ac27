"""Limits in which the answer is known: presets of the engine beside the closed forms of textbooks."""

from sim.validation.rows import Row
from sim.validation.theory.dynamics import rest
from sim.validation.theory.engine import Places
from sim.validation.theory.equilibria import preset_checks
from sim.validation.theory.preset import MODELS, Preset, SolowPreset, load_preset, preset_names
from sim.validation.theory.rows import Check
from sim.validation.theory.suite import checks_for, notes, suite
from sim.validation.theory.tomahawk import tomahawk

__all__ = [
    "MODELS", "Check", "Places", "Preset", "Row", "SolowPreset", "checks_for", "load_preset", "notes", "preset_checks",
    "preset_names", "rest", "suite", "tomahawk",
]  # fmt: skip
