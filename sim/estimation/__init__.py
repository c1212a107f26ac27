"""Estimation of gravity models from observed flows by Poisson pseudo-maximum likelihood.

Modules are loaded on first use: checking a table needs neither statistics nor figures.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["Estimate", "Fit", "Flows", "estimate", "fit", "notes_of", "read_flows"]

_PUBLIC = {
    "Estimate": "gravity",
    "Fit": "gravity",
    "fit": "gravity",
    "estimate": "gravity",
    "Flows": "table",
    "read_flows": "table",
    "notes_of": "table",
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'sim.estimation' has no attribute '{name}'")
    return getattr(import_module(f"sim.estimation.{_PUBLIC[name]}"), name)
