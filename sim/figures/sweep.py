"""The figure of a sweep: a heat map of a grid, dots of a sample of several keys, else outcomes along the points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import xarray as xr
from matplotlib.figure import Figure

from sim.analysis import Measured, config_of, is_grid, varying
from sim.figures import heatmap, response, scatter, style
from sim.samples import FILLING

_FIGURES: dict[str, ModuleType] = {"heat_map": heatmap, "scatter": scatter, "response": response}


def sweep_figure(ds: xr.Dataset) -> str:
    """Return the name of the figure that fits the points: ``heat_map``, ``scatter`` or ``response``."""
    if len(varying(ds)) > 1 and config_of(ds).get("design") in FILLING:
        return "scatter"
    return "heat_map" if len(varying(ds)) > 1 and is_grid(ds) else "response"


def draw_sweep(ds: xr.Dataset, measured: Sequence[Measured]) -> Figure:
    """Return the figure of a sweep."""
    return _FIGURES[sweep_figure(ds)].draw(ds, measured)


def sweep_caption(ds: xr.Dataset, measured: Sequence[Measured]) -> str:
    """Return its caption."""
    return _FIGURES[sweep_figure(ds)].caption(ds, measured)


def save_sweep(ds: xr.Dataset, measured: Sequence[Measured], folder: str | Path) -> list[Path]:
    """Draw the figure of a sweep and write it as PNG (150 dpi) and PDF.

    Returns
    -------
    list of Path
        The written files.
    """
    name = sweep_figure(ds)
    return style.save(draw_sweep(ds, measured), Path(folder) / f"{name}.png", Path(folder) / f"{name}.pdf")
