"""Sensitivity of outcomes to inputs: indices with intervals, or the Morris plot of μ* and σ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis import Measured, config_of, key_title, readable
from sim.analysis.sensitivity import DUMMY, RANKING
from sim.figures import style
from sim.figures.names import room, shortened, wrapped

NAME = "sensitivity"
INPUTS = 150.0  # points that the name of an input takes at most
MOST = 15  # inputs per panel; all are in indices.csv
BAR = {"sobol": 0.34, "pawn": 0.22}  # inches per input in a panel
MARKED = 10  # inputs labelled in the Morris plot, at most
SMALL = 0.01  # share of the largest μ* below which inputs are not labelled
MEASURES = {"first": "first-order", "total": "total-order", "pawn_median": "median distance", "mu_star": "μ*"}
AXES = {
    "sobol": "Share of the variance of the outcome",
    "pawn": "Distance between distributions (PAWN, median)",
}


def draw(ds: xr.Dataset, measured: Sequence[Measured], table: pd.DataFrame) -> Figure:
    """Return one panel per outcome and arm.

    Parameters
    ----------
    ds : Dataset
        Results of a sensitivity analysis.
    measured : sequence of Measured
    table : DataFrame
        From `sim.analysis.sensitivity.indices`.
    """
    method = str(config_of(ds)["method"])
    panels = [(item, str(arm)) for item in measured for arm in item.shown["arm"].values]
    several = len(panels) > len(measured)
    inputs = min(MOST, table.loc[table["measure"] == RANKING[method][0], "input"].nunique())
    with style.styled():
        if method == "morris":
            figure, axes = style.panels(len(panels), 2, width=7.6, height=3.1, ratios=[1.4, 1.0])
        else:
            columns = min(2, len(panels))
            rows = -(-len(panels) // columns)
            figure, axes = style.panels(rows, columns, width=max(5.2, 4.8 * columns), height=1.1 + BAR[method] * inputs)
        for k, (item, arm) in enumerate(panels):
            rows_here = table[(table["indicator"] == item.name) & (table["arm"] == arm)]
            if method == "morris":
                _plane(axes[2 * k], axes[2 * k + 1], item, rows_here)
            else:
                _bars(axes[k], rows_here, method)
            axes[2 * k if method == "morris" else k].set_title(_head(item, arm if several else ""), fontsize=8.5)
        for axis in axes[len(panels) :] if method != "morris" else ():
            axis.set_axis_off()
        if method == "sobol":
            handles, labels = axes[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def caption(ds: xr.Dataset, measured: Sequence[Measured]) -> str:
    """Return the caption."""
    config = config_of(ds)
    what = "difference from the baseline at the same point and seed" if measured[0].differences is not None else "level"
    seeds = ds.sizes["replication"]
    outcome = f"Outcome: {what}, mean over {seeds} seeds; levels are for the last year, flows are sums over all years."
    if config["method"] == "morris":
        return (
            "Morris screening. Horizontal: μ*, the mean absolute elementary effect over the full range of an input, "
            "with its 95 % interval over trajectories; vertical: σ, the standard deviation of the elementary effects. "
            "Above the line σ exceeds μ*: the effect is non-linear or depends on other inputs. Numbers rank inputs. "
            f"{outcome}"
        )
    if config["method"] == "pawn":
        return (
            "PAWN: distance between the distribution of outcomes conditional on an input, within a tenth of its range, "
            "and the unconditional one (0: identical, 1: no overlap), with 95 % bootstrap intervals. Grey: a dummy "
            f"input; influential inputs exceed the upper end of its interval, the dashed line. {outcome}"
        )
    return (
        "Sobol' indices: the share of the variance of the outcome due to an input alone (first-order) and including "
        "all its interactions (total-order; these sum to more than one if inputs interact); 95 % bootstrap intervals. "
        f"{outcome}"
    )


def save(ds: xr.Dataset, measured: Sequence[Measured], table: pd.DataFrame, folder: str | Path) -> list[Path]:
    """Draw the figure and write it as PNG (150 dpi) and PDF; return the files."""
    return style.save(draw(ds, measured, table), Path(folder) / f"{NAME}.png", Path(folder) / f"{NAME}.pdf")


def _head(item: Measured, arm: str) -> str:
    title = item.title.replace(" of the supporting zone", ", supporting zone")
    return wrapped(f"{style.display_name(arm)}: {title}" if arm else title, room(4.4), 9.5)


def _ranked(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    return rows[rows["measure"] == measure].sort_values("value", ascending=False, kind="stable").set_index("input")


def _bars(axes: Axes, rows: pd.DataFrame, method: str) -> None:
    ranking = RANKING[method]
    first = _ranked(rows, ranking[0])
    if not first["value"].max() > 0:
        _no_variation(axes)
        return
    shown = list(first.index[:MOST])
    if DUMMY in first.index and DUMMY not in shown:
        shown[-1] = DUMMY
    high = 0.8 / len(ranking)
    for k, measure in enumerate(ranking):
        part = _ranked(rows, measure).loc[shown]
        positions = np.arange(len(shown)) + (k - (len(ranking) - 1) / 2) * high
        colours = [style.BASELINE if name == DUMMY else style.PALETTE[k] for name in shown]
        axes.barh(positions, part["value"], high * 0.92, color=colours, label=style.display_name(MEASURES[measure]))
        axes.hlines(positions, part["low"], part["high"], color=style.INK, lw=0.9)
    axes.axvline(0, color=style.INK, lw=0.7)
    if DUMMY in first.index:
        axes.axvline(first.loc[DUMMY, "high"], color=style.BASELINE, lw=0.8, ls="--")
    axes.set_yticks(range(len(shown)), [_input_title(name) for name in shown], fontsize=7)
    axes.invert_yaxis()
    axes.grid(False, axis="y")
    axes.set_xlabel(AXES[method], fontsize=8)


def _plane(axes: Axes, legend_axes: Axes, item: Measured, rows: pd.DataFrame) -> None:
    star = _ranked(rows, "mu_star")
    legend_axes.set_axis_off()
    largest = float(star["value"].max())
    if not largest > 0:
        _no_variation(axes)
        return
    scale, unit = readable(item.unit, largest)
    x = star["value"].to_numpy() * scale
    y = _ranked(rows, "sigma").loc[star.index, "value"].to_numpy() * scale
    marked = min(MARKED, int((x >= SMALL * x[0]).sum()))
    axes.hlines(y, star["low"] * scale, star["high"] * scale, color=style.FAINT, lw=1.4, zorder=1)
    axes.plot(x[marked:], y[marked:], "o", ms=4, color=style.BASELINE, zorder=2, clip_on=False)
    axes.plot(x[:marked], y[:marked], "o", ms=11, color=style.PALETTE[0], mec="white", zorder=3)
    for k in range(marked):
        axes.text(x[k], y[k], str(k + 1), ha="center", va="center", fontsize=6.5, color="white", zorder=4)
    top, right = 1.1 * max(float(y.max()), 0.02 * x[0]), 1.06 * max(float(np.nanmax(star["high"])) * scale, x[0])
    axes.plot([0, min(top, right)], [0, min(top, right)], color=style.INK, lw=0.8, ls=":", zorder=1)
    axes.set(xlim=(min(0.0, float(np.nanmin(star["low"])) * scale), right), ylim=(-0.07 * top, top))
    axes.set_xlabel(f"Mean absolute elementary effect (μ*), {unit}", fontsize=8)
    axes.set_ylabel("Standard deviation (σ)", fontsize=8)
    axes.xaxis.set_major_formatter(style.Thousands())
    axes.yaxis.set_major_formatter(style.Thousands())
    lines = [f"{k + 1}  {_input_title(name)}" for k, name in enumerate(star.index[:marked])]
    if len(star) > marked:
        lines.append(f"grey: {len(star) - marked} more")
    legend_axes.text(
        0, 1, "\n".join(lines), ha="left", va="top", transform=legend_axes.transAxes, fontsize=7.5, linespacing=1.5
    )


def _no_variation(axes: Axes) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, "The outcome does not vary.", ha="center", va="center", transform=axes.transAxes)


def _input_title(name: str) -> str:
    return name if name == DUMMY else shortened(key_title(name), INPUTS, 7.0)
