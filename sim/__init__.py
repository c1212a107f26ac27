"""Hinterland: factor flows between a central city and the regions it serves.

`load` reads a config, `run` runs it, `open_results` opens what a run left behind. They are imported
when they are first used, so that the command line starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["load", "open_results", "run", "simulate"]

_PUBLIC = {
    "load": ("sim.config", "load"),
    "run": ("sim.batch", "run"),
    "simulate": ("sim.model", "simulate"),
    "open_results": ("sim.results", "open_results"),
}


_PACKAGES = ("analysis", "config", "errors", "figures", "indicators", "market", "parameters", "report", "results",
             "testing", "world")  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:  # what documents name as `sim.analysis.over` needs no separate import
        return import_module(f"sim.{name}")
    if name not in _PUBLIC:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    module, attribute = _PUBLIC[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*__all__, *_PACKAGES, "__version__"})
