"""The figure of a sweep: a heat map of a grid of two keys or more, else outcomes along the points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from sim.analysis import Measured, is_grid, varying
from sim.figures import heatmap, response, style


def sweep_figure(ds: xr.Dataset) -> str:
    """Return the name of the figure that fits the points: ``heat_map`` or ``response``."""
    return "heat_map" if len(varying(ds)) > 1 and is_grid(ds) else "response"


def draw_sweep(ds: xr.Dataset, measured: Sequence[Measured]) -> Figure:
    """Return the figure of a sweep."""
    return (heatmap if sweep_figure(ds) == "heat_map" else response).draw(ds, measured)


def sweep_caption(ds: xr.Dataset, measured: Sequence[Measured]) -> str:
    """Return its caption."""
    return (heatmap if sweep_figure(ds) == "heat_map" else response).caption(ds, measured)


def save_sweep(ds: xr.Dataset, measured: Sequence[Measured], folder: str | Path) -> list[Path]:
    """Draw the figure of a sweep and write it as PNG (150 dpi) and PDF.

    Returns
    -------
    list of Path
        The written files.
    """
    name = sweep_figure(ds)
    return style.save(draw_sweep(ds, measured), Path(folder) / f"{name}.png", Path(folder) / f"{name}.pdf")
