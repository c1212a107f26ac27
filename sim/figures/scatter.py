"""A sampled sweep over several keys: outcomes against the keys they depend on most."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import scipy
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis import Measured, baseline_of, readable, value_text, varying
from sim.analysis.statistics import mean_and_interval
from sim.figures import style
from sim.figures.heatmap import axis_label
from sim.figures.marks import Mark, legend, marks
from sim.figures.names import distinct, room
from sim.figures.response import is_log

MOST = 3  # keys side by side
WIDE = 38  # characters per line of a panel title


def draw(ds: xr.Dataset, measured: Sequence[Measured]) -> Figure:
    """Return one row per indicator, one panel for each of the most important keys.

    Parameters
    ----------
    ds : Dataset
        Results of a sweep.
    measured : sequence of Measured
    """
    keys = chosen_keys(ds, measured)
    arms = [str(a) for a in measured[0].shown["arm"].values]
    known = marks(arms, baseline_of(ds))
    with style.styled():
        figure, axes = style.panels(len(measured), len(keys), width=max(5.0, 2.9 * len(keys)), height=2.5)
        for k, (axis, key) in enumerate((a, keys[n % len(keys)]) for n, a in enumerate(axes)):
            item = measured[k // len(keys)]
            _panel(axis, ds, item, key, {arm: known[arm] for arm in arms})
            if k % len(keys) == 0:
                title = item.title.replace(" of the supporting zone", ", supporting zone")
                axis.set_title(fill(title, WIDE), fontsize=8.5)
            else:
                axis.sharey(axes[k - k % len(keys)])
                axis.tick_params(axis="y", labelleft=False)
                axis.set_ylabel("")
        if len(arms) > 1:
            handles, labels = axes[0].get_legend_handles_labels()
            legend(figure, handles, labels)
    return figure


def caption(ds: xr.Dataset, measured: Sequence[Measured]) -> str:
    """Return the caption."""
    compared = measured[0].differences is not None
    what = "Difference from the baseline at the same point and seed" if compared else "Outcome"
    left = len(varying(ds)) - len(chosen_keys(ds, measured))
    others = f"; {left} further keys vary" if left else ""
    return (
        f"{what} at every point: mean over seeds with its 95 % interval, against the keys with the largest rank "
        f"correlation{others}. Levels are for the last year, flows are sums over all years."
    )


def chosen_keys(ds: xr.Dataset, measured: Sequence[Measured]) -> list[str]:
    """Return the keys with the largest rank correlation (mean over outcomes), largest first."""
    found = {key: 0.0 for key in varying(ds)}
    for key in found:
        codes = np.unique(ds[key].values, return_inverse=True)[1]
        for item in measured:
            table = item.shown.mean("replication", skipna=True).transpose("arm", "point").values
            for values in table:
                finite = np.isfinite(values)
                if len(np.unique(values[finite])) > 1 and len(np.unique(codes[finite])) > 1:
                    found[key] += abs(float(scipy.stats.spearmanr(codes[finite], values[finite]).statistic))
    return sorted(found, key=lambda key: -found[key])[:MOST]


def _panel(axes: Axes, ds: xr.Dataset, item: Measured, key: str, known: dict[str, Mark]) -> None:
    mean, half = mean_and_interval(item.shown)
    scale, unit = readable(item.unit, float(np.nanmax(np.abs(mean.values), initial=0.0)))
    numbers = np.issubdtype(ds[key].dtype, np.number)
    names, codes = np.unique(ds[key].values, return_inverse=True)
    x = ds[key].values if numbers else codes
    for arm, (colour, _, marker) in known.items():
        y, width = (part.sel(arm=arm).transpose("point").values * scale for part in (mean, half))
        axes.vlines(x, y - width, y + width, color=colour, lw=0.7, alpha=0.35)
        axes.plot(x, y, marker, ls="", ms=2.8, mew=0, color=colour, label=style.display_name(arm))
    if item.differences is not None:
        axes.axhline(0, color=style.BASELINE, lw=0.9)
    if numbers and is_log(ds, key):
        style.logarithmic(axes, "x")
    elif numbers:
        axes.xaxis.set_major_formatter(style.Thousands())
        axes.locator_params(axis="x", nbins=4)
    else:
        texts = distinct([value_text(name) for name in names], room(2.4) / len(names), 8.0)
        axes.set_xticks(range(len(names)), texts)
    axes.yaxis.set_major_formatter(style.Thousands())
    axes.set_xlabel(fill(axis_label(ds, key), WIDE), fontsize=8)
    axes.set_ylabel(f"{unit}{', all years' if item.years == 'sum' else ''}", fontsize=8)
