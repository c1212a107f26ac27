"""Response curves of a sweep over one key or a list of points, one panel per indicator."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from sim.analysis import Measured, baseline_of, config_of, key_title, readable, value_text, varying, years_text
from sim.analysis.statistics import mean_and_interval
from sim.figures import style
from sim.figures.heatmap import axis_label
from sim.figures.marks import Mark, legend, marks
from sim.figures.names import room, shortened, wrapped

FEW = 8  # points up to which tick labels are horizontal
MANY = 24  # points up to which every tick is labelled
WIDE = 40  # characters per line of a panel title
WIDTH = 3.8  # inches of a panel


def draw(ds: xr.Dataset, measured: Sequence[Measured]) -> Figure:
    """Return lines with 95 % bands along a numeric key; otherwise one marker with its interval per point.

    Parameters
    ----------
    ds : Dataset
        Results of a sweep.
    measured : sequence of Measured
    """
    columns = min(2, len(measured))
    rows = -(-len(measured) // columns)
    arms = [str(a) for a in measured[0].shown["arm"].values]
    known = marks(arms, baseline_of(ds))
    with style.styled():
        figure, axes = style.panels(rows, columns, width=max(4.2, WIDTH * columns), height=2.7)
        for axis, item in zip(axes, measured, strict=False):
            _panel(axis, ds, item, {arm: known[arm] for arm in arms})
        for axis in axes[len(measured) :]:
            axis.set_axis_off()
        if len(arms) > 1:
            handles, labels = axes[0].get_legend_handles_labels()
            legend(figure, handles, labels)
    return figure


def caption(ds: xr.Dataset, measured: Sequence[Measured]) -> str:
    """Return the caption."""
    compared = measured[0].differences is not None
    what = "Difference from the baseline at the same point and seed" if compared else "Outcome"
    shape = "band" if _numeric(ds) else "bar"
    return (
        f"{what} along {', '.join(key_title(key) for key in varying(ds))}: mean over seeds, {shape} = 95 % interval "
        "of the mean. Levels are for the last year, flows are sums over all years. Each panel has its own scale."
    )


def is_log(ds: xr.Dataset, key: str) -> bool:
    """Return whether a key is varied on a log scale."""
    axis = config_of(ds).get("vary", {}).get(ds[key].attrs["key"])
    return isinstance(axis, dict) and axis.get("scale") == "log"


def _numeric(ds: xr.Dataset) -> str | None:
    """Return the only varied key if it is numeric."""
    keys = varying(ds)
    return keys[0] if len(keys) == 1 and np.issubdtype(ds[keys[0]].dtype, np.number) else None


def _panel(axes: Axes, ds: xr.Dataset, item: Measured, known: dict[str, Mark]) -> None:
    mean, half = mean_and_interval(item.shown)
    scale, unit = readable(item.unit, float(np.nanmax(np.abs(mean.values), initial=0.0)))
    key = _numeric(ds)
    x = ds[key].values if key else np.arange(ds.sizes["point"])
    order = np.argsort(x, kind="stable")
    for k, (arm, (colour, line, marker)) in enumerate(known.items()):
        y, width = (part.sel(arm=arm).transpose("point").values[order] * scale for part in (mean, half))
        if key:
            axes.plot(x[order], y, marker=marker, ls=line, ms=3.5, color=colour, label=style.display_name(arm))
            axes.fill_between(x[order], y - width, y + width, color=colour, alpha=0.2, lw=0)
        else:
            x_shifted = x[order] + min(0.16, 0.7 / len(known)) * (k - (len(known) - 1) / 2)
            axes.errorbar(x_shifted, y, width, fmt=marker, ms=4, color=colour, label=style.display_name(arm), capsize=2)
    if item.differences is not None:
        axes.axhline(0, color=style.BASELINE, lw=0.9)
    _along(axes, ds, key)
    axes.yaxis.set_major_formatter(style.Thousands())
    title = item.title.replace(" of the supporting zone", ", supporting zone")
    axes.set_title(f"{fill(title, WIDE)}\n{unit}{years_text(item.years)}", fontsize=8.5)


def _along(axes: Axes, ds: xr.Dataset, key: str | None) -> None:
    if key:
        axes.set_xlabel(axis_label(ds, key))
        if is_log(ds, key):
            style.logarithmic(axes, "x")
            ticks = dict.fromkeys(sorted(ds[key].values))
            if len(ticks) <= MANY:
                axes.xaxis.set_minor_locator(NullLocator())
                axes.set_xticks(list(ticks), [value_text(v) for v in ticks], rotation=0 if len(ticks) <= FEW else 90)
        else:
            axes.xaxis.set_major_formatter(style.Thousands())
        return
    keys = varying(ds)
    few = ds.sizes["point"] <= FEW
    space = room(WIDTH) / ds.sizes["point"] if few else room(1.2)
    names = [
        "\n".join(shortened(value_text(ds[k].values[p]), space, 7) for k in keys) for p in range(ds.sizes["point"])
    ]
    axes.set_xticks(range(len(names)), names if few else [n.replace("\n", ", ") for n in names], fontsize=7)
    axes.tick_params(axis="x", labelrotation=0 if few else 90)
    axes.set_xlabel(wrapped(style.display_name(", ".join(key_title(k) for k in keys)), room(WIDTH), 9.0))
