"""Figures of results, in a common style."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import xarray as xr
from matplotlib.figure import Figure

from sim.analysis import Measured, baseline_of, comparable, config_of, is_grid, of_variant, varying
from sim.figures import (
    change_map,
    cost,
    differences,
    flows,
    heatmap,
    incidence,
    inequality,
    map,
    paths,
    response,
    scatter,
    style,
)
from sim.figures.fonts import font_note
from sim.figures.tuning import save_tuning, tuning_captions
from sim.figures.variable import plot_variable
from sim.samples import SPACE_FILLING

ALL: dict[str, Callable[[xr.Dataset], Figure]] = {
    "incidence": incidence.draw,
    "incidence_narrow": incidence.draw_narrow,
    "paths": paths.draw,
    "differences": differences.draw,
    "change_map": change_map.draw,
    "map": map.draw,
    "cost": cost.draw,
    "inequality": inequality.draw,
    "flows": flows.draw,
}
CAPTIONS: dict[str, str] = {
    "incidence": incidence.CAPTION,
    "incidence_narrow": incidence.CAPTION,
    "paths": paths.CAPTION,
    "differences": differences.CAPTION,
    "change_map": change_map.CAPTION,
    "map": map.CAPTION,
    "cost": cost.CAPTION,
    "inequality": inequality.CAPTION,
    "flows": flows.CAPTION,
}
COMPARING = ("incidence", "incidence_narrow", "differences", "change_map", "cost")  # figures that compare arms
_SWEEP_FIGURES: dict[str, ModuleType] = {"heat_map": heatmap, "scatter": scatter, "response": response}


def save_all(ds: xr.Dataset, folder: str | Path) -> list[Path]:
    """Draw every figure and write it as PNG (150 dpi) and PDF.

    Parameters
    ----------
    ds : Dataset
        From `sim.results.open_results`.
    folder : path
        Created if needed. Figures that compare arms are omitted if there is only one.

    Returns
    -------
    list of Path
        The written files.
    """
    return [file for name in names(ds) for file in save_one(ds, name, Path(folder))]


def names(ds: xr.Dataset) -> list[str]:
    """Return the names of the available figures; those that compare arms need at least two."""
    return [name for name in ALL if name not in COMPARING or comparable(ds)]


def save_one(ds: xr.Dataset, name: str, folder: Path) -> list[Path]:
    """Draw one figure and write it as PNG (150 dpi) and PDF; of several variants the main one."""
    return style.save(ALL[name](of_variant(ds, str(baseline_of(ds)))), folder / f"{name}.png", folder / f"{name}.pdf")


def sweep_figure(ds: xr.Dataset) -> str:
    """Return the name of the figure that suits the design: ``heat_map``, ``scatter`` or ``response``."""
    if len(varying(ds)) > 1 and config_of(ds).get("design") in SPACE_FILLING:
        return "scatter"
    return "heat_map" if len(varying(ds)) > 1 and is_grid(ds) else "response"


def draw_sweep(ds: xr.Dataset, measured: Sequence[Measured]) -> Figure:
    """Return the figure of a sweep."""
    return _SWEEP_FIGURES[sweep_figure(ds)].draw(ds, measured)


def sweep_caption(ds: xr.Dataset, measured: Sequence[Measured]) -> str:
    """Return its caption."""
    return _SWEEP_FIGURES[sweep_figure(ds)].caption(ds, measured)


def save_sweep(ds: xr.Dataset, measured: Sequence[Measured], folder: str | Path) -> list[Path]:
    """Draw the figure of a sweep and write it as PNG (150 dpi) and PDF.

    Returns
    -------
    list of Path
        The written files.
    """
    name = sweep_figure(ds)
    return style.save(draw_sweep(ds, measured), Path(folder) / f"{name}.png", Path(folder) / f"{name}.pdf")


__all__ = [
    "ALL",
    "CAPTIONS",
    "COMPARING",
    "font_note",
    "names",
    "plot_variable",
    "draw_sweep",
    "save_all",
    "save_one",
    "save_sweep",
    "save_tuning",
    "sweep_caption",
    "sweep_figure",
    "tuning_captions",
]
