"""Heat maps of a sweep over two keys: one cell per pair of values, one panel per indicator and arm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.analysis import Measured, effects, key_title, readable, signed, value_text, years_text
from sim.analysis.statistics import mean_and_interval
from sim.analysis.units import number
from sim.figures import style
from sim.figures.names import distinct, room, shortened, wrapped

MANY = 10  # values per key beyond which numbers do not fit into cells
BOLD = 9.5  # size (points) that stands for that of bold titles


def draw(ds: xr.Dataset, measured: Sequence[Measured]) -> Figure:
    """Return heat maps over the two keys with the largest effects.

    Parameters
    ----------
    ds : Dataset
        Results of a sweep on a grid of two or more keys.
    measured : sequence of Measured
    """
    across, up = chosen_keys(ds, measured)
    arms = [str(a) for a in measured[0].shown["arm"].values]
    columns = len(arms) if len(arms) > 1 else min(2, len(measured))
    rows = len(measured) if len(arms) > 1 else -(-len(measured) // columns)
    size = [len(np.unique(ds[key].values)) for key in (across, up)]
    with style.styled():
        high = float(np.clip(0.42 * size[1] + 1.2, 2.4, 5.6))
        figure, axes = style.panels(rows, columns, width=width(size[0]) * columns, height=high)
        panels = [(item, arm) for item in measured for arm in arms]
        for axis, (item, arm) in zip(axes, panels, strict=False):
            _panel(axis, ds, item, arm, (across, up), named=len(arms) > 1)
        for axis in axes[len(panels) :]:
            axis.set_axis_off()
        for axis in axes[(rows - 1) * columns :]:
            axis.set_xlabel(axis_label(ds, across))
        for axis in axes[::columns]:
            axis.set_ylabel(axis_label(ds, up))
    return figure


def width(values: int) -> float:
    """Return the width of a panel (inches) with this number of columns."""
    return float(np.clip(0.62 * values + 1.5, 3.4, 6.8))


def caption(ds: xr.Dataset, measured: Sequence[Measured]) -> str:
    """Return the caption."""
    across, up = chosen_keys(ds, measured)
    compared = measured[0].differences is not None
    text = (
        "Difference from the baseline at the same point and seed, mean over seeds; blue: increase, red: decrease. In "
        "parentheses with a dotted frame: the 95 % interval includes zero. " if compared else "Mean over seeds. "
    )  # fmt: skip
    others = [key_title(key) for key in effects(ds, measured) if key not in (across, up)]
    if others:
        text += f"The two keys with the largest effects are shown; each cell is a mean over {', '.join(others)}. "
    return text + "Levels are for the last year, flows are sums over all years. Each indicator has its own scale."


def chosen_keys(ds: xr.Dataset, measured: Sequence[Measured]) -> tuple[str, str]:
    """Return the keys of the two axes: those with the largest effects, in the order of the sweep."""
    two = list(effects(ds, measured))[:2]
    first, second = [key for key in ds.attrs["keys"] if key in two]
    return first, second


def axis_label(ds: xr.Dataset, key: str) -> str:
    """Return a key with its unit."""
    unit = ds[key].attrs.get("units", "")
    return style.display_name(key_title(key)) + (f" [{unit}]" if unit not in ("", "1") else "")


def cells(ds: xr.Dataset, values: xr.DataArray, across: str, up: str) -> tuple[np.ndarray, np.ndarray, list, list]:
    """Return mean and half-width of the interval by cell, and the sorted values of both keys.

    Parameters
    ----------
    values : DataArray (point, replication)
        Points of the same cell are averaged by seed, so that the interval refers to the cell.
    """
    columns, rows = (list(dict.fromkeys(sorted(ds[key].values))) for key in (across, up))
    table = values.transpose("point", "replication").values
    by_cell = np.full((len(rows), len(columns), table.shape[1]), np.nan)
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            here = (ds[up].values == row) & (ds[across].values == column)
            by_cell[r, c] = table[here].mean(axis=0)
    mean, half = mean_and_interval(xr.DataArray(by_cell, dims=("row", "column", "replication")))
    return mean.values, half.values, columns, rows


def _panel(axes: Axes, ds: xr.Dataset, item: Measured, arm: str, keys: tuple[str, str], named: bool) -> None:
    mean, half, columns, rows = cells(ds, item.shown.sel(arm=arm), *keys)
    every = np.concatenate([cells(ds, item.shown.sel(arm=a), *keys)[0].ravel() for a in item.shown["arm"].values])
    scale, unit = readable(item.unit, float(np.nanmax(np.abs(every), initial=0.0)))
    mean, half, every = mean * scale, half * scale, every * scale
    colours = _colours(every, item.differences is not None)
    assert isinstance(colours.norm, Normalize)
    axes.pcolormesh(mean, cmap=colours.cmap, norm=colours.norm, edgecolors="white", linewidth=1.0)
    if max(len(columns), len(rows)) <= MANY:
        _numbers(axes, mean, half, colours, item.differences is not None)
    wide, turned = room(width(len(columns)) - 0.7), len(columns) > 6
    space = 72 * 1.2 if turned else wide / len(columns)
    axes.set_xticks(np.arange(len(columns)) + 0.5, distinct([value_text(v) for v in columns], space, 8.0))
    axes.set_yticks(np.arange(len(rows)) + 0.5, distinct([value_text(v) for v in rows], 72 * 1.2, 8.0))
    if turned:
        axes.tick_params(axis="x", labelrotation=90)
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    title = item.title.replace(" of the supporting zone", ", supporting zone")
    head = shortened(style.display_name(arm), wide, BOLD) + ":\n" if named else ""
    head += wrapped(title, wide, BOLD)
    axes.set_title(f"{head}\n{unit}{years_text(item.years)}", fontsize=8.5)
    bar = axes.figure.colorbar(colours, ax=axes, pad=0.02, aspect=25)
    bar.outline.set_visible(False)
    ends = float(np.nanmin(every, initial=0.0)), float(np.nanmax(every, initial=0.0))
    if item.differences is not None and ends[0] < ends[1]:  # omit the unused half of the colour scale
        bar.ax.set_ylim(*ends)
    bar.ax.tick_params(labelsize=7, length=2)


def _colours(mean: np.ndarray, compared: bool) -> ScalarMappable:
    """Return a diverging scale around zero for differences, a sequential one for levels."""
    there = mean[np.isfinite(mean)] if np.isfinite(mean).any() else np.zeros(1)
    if not compared:
        return ScalarMappable(Normalize(there.min(), there.max()), colormaps["YlGnBu"])
    limit = float(np.abs(there).max()) or 1.0
    return ScalarMappable(Normalize(-limit, limit), colormaps["RdBu"])


def _numbers(axes: Axes, mean: np.ndarray, half: np.ndarray, colours: ScalarMappable, compared: bool) -> None:
    for (r, c), value in np.ndenumerate(mean):
        if not np.isfinite(value):
            axes.text(c + 0.5, r + 0.5, "–", ha="center", va="center", fontsize=7, color=style.INK)
            continue
        red, green, blue, _ = colours.to_rgba(value)
        ink = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else style.INK
        # a single run has no interval
        includes = compared and half[r, c] > 0 and abs(value) <= half[r, c]
        text = signed(value) if compared else number(value)
        if includes:
            frame = Rectangle((c + 0.03, r + 0.03), 0.94, 0.94, fill=False, ec=ink, lw=0.9, ls=":")
            axes.add_patch(frame)
            text = f"({text})"
        axes.text(c + 0.5, r + 0.5, text, ha="center", va="center", fontsize=7.2, color=ink)
