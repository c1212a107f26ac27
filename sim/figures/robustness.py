"""Robustness of policies: regret, satisficing, and scenario discovery."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from sim.analysis import INDICATORS, indicator_unit, readable
from sim.analysis.futures import futures
from sim.analysis.robustness import ALL
from sim.analysis.sweep import years_of
from sim.currency import currency_of
from sim.figures import discovery, robustness, style
from sim.figures.marks import Mark, marks
from sim.figures.names import name_rows

LETTERS = 78  # characters per line of a title as wide as the figure
REGRET_CAPTION = (
    "Regret: loss relative to the best policy in the same future (means over seeds). Dots: futures; bar: interquartile "
    "range with the median; diamond: maximum. Each panel has its own scale."
)
SATISFICING_CAPTION = (
    "Share of futures in which thresholds are met, jointly and individually, with 95 % Wilson intervals over futures."
)
WIDE = 46  # characters per line of a panel title
ROW = 0.30  # inches per policy in a panel


def draw_regret(tables: Mapping[str, pd.DataFrame], currency: str) -> Figure:
    """Return regret by policy, one panel per indicator.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        From `sim.analysis.robustness.robustness_tables`.
    currency : str
        Of the world.
    """
    regrets = tables["regrets"]
    with style.styled():
        if regrets.empty:
            return style.empty("Regret needs at least one future in which every policy has a value.")
        indicators, policies = (list(pd.unique(regrets[name])) for name in ("indicator", "policy"))
        known = marks(policies)
        columns = min(2, len(indicators))
        height = 0.95 + ROW * len(policies)
        figure, axes = style.panels(-(-len(indicators) // columns), columns, height=height)
        for k, (panel, name) in enumerate(zip(axes, indicators, strict=False)):
            _regret_panel(panel, name, regrets[regrets["indicator"] == name], known, currency, names=k % columns == 0)
        for panel in axes[len(indicators) :]:
            panel.set_axis_off()
    return figure


def _regret_panel(
    axes: Axes, name: str, rows: pd.DataFrame, known: Mapping[str, Mark], currency: str, names: bool
) -> None:
    policies = list(pd.unique(rows["policy"]))
    title, unit = _facts(name, currency)
    scale, unit = readable(unit, float(rows["regret"].max()))
    for k, policy in enumerate(policies):
        values = rows.loc[rows["policy"] == policy, "regret"].to_numpy() * scale
        colour = known[policy].colour
        axes.plot(values, k + 0.22 * _spread(len(values)) + 0.2, ".", ms=3, mew=0, alpha=0.45, color=colour)
        low, middle, high = np.percentile(values, [25, 50, 75])
        axes.plot([low, high], [k - 0.18, k - 0.18], lw=4, solid_capstyle="butt", color=colour, alpha=0.75)
        axes.plot(middle, k - 0.18, "|", ms=8, mew=1.6, color=style.INK)
        axes.plot(values.max(), k - 0.18, "D", ms=4.5, mew=0.8, mec=style.INK, color=colour)
    _rows(axes, policies, names)
    axes.set_xlim(left=-0.02 * axes.get_xlim()[1])
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.xaxis.set_major_formatter(style.Thousands())
    axes.set_title(fill(title, WIDE), fontsize=8.5)
    axes.set_xlabel(f"regret [{unit}]")


def _rows(axes: Axes, names: list[str], shown: bool) -> None:
    name_rows(axes, map(style.display_name, names) if shown else [])
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.grid(False, axis="y")


def _spread(count: int) -> np.ndarray:
    """Return quasi-random offsets in (-1, 1): multiples of the golden ratio."""
    return 2 * (np.arange(1, count + 1) * 0.6180339887 % 1) - 1


def _facts(name: str, currency: str) -> tuple[str, str]:
    """Return title and unit of an outcome: an indicator or its difference, ``theil (difference)``."""
    base, bracket, what = name.partition(" (")
    if base not in INDICATORS:
        return style.display_name(name), "1"
    title = INDICATORS[base].title.replace(" of the supporting zone", ", supporting zone")
    return title + bracket + what, indicator_unit(base, years_of(base), currency)


def draw_satisficing(tables: Mapping[str, pd.DataFrame], currency: str) -> Figure:
    """Return the shares of futures in which thresholds are met: jointly in the first panel, then individually.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        From `sim.analysis.robustness.robustness_tables`.
    currency : str
        Of the world.
    """
    table = tables["satisficing"]
    with style.styled():
        if table.empty:
            return style.empty("No thresholds are configured.")
        thresholds, policies = (list(pd.unique(table[name])) for name in ("threshold", "policy"))
        if len(thresholds) == 2:  # with a single threshold both are the same
            thresholds = thresholds[1:]
        known = marks(policies)
        columns = min(3, len(thresholds))
        height = 0.95 + 0.24 * len(policies)
        figure, axes = style.panels(-(-len(thresholds) // columns), columns, height=height)
        for k, (panel, name) in enumerate(zip(axes, thresholds, strict=False)):
            rows = table[table["threshold"] == name]
            _share_panel(panel, rows, known, LETTERS // columns, currency)
            _rows(panel, list(rows["policy"]), shown=k % columns == 0)
            last = k >= len(thresholds) - columns
            panel.set_xlabel("share of futures" if last else "")
        for panel in axes[len(thresholds) :]:
            panel.set_axis_off()
    return figure


def _share_panel(axes: Axes, rows: pd.DataFrame, known: Mapping[str, Mark], width: int, currency: str) -> None:
    for k, row in enumerate(rows.itertuples()):
        if np.isfinite(row.share):
            colour, _, marker = known[row.policy]
            axes.plot([row.share_low, row.share_high], [k, k], lw=2, solid_capstyle="butt", color=colour)
            axes.plot(row.share, k, marker, ms=5.5, color=colour)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    first = rows.iloc[0]
    axes.set_title(fill(_condition(first, currency), width) if first["indicator"] else "All thresholds", fontsize=8.5)


def _condition(row: pd.Series, currency: str) -> str:
    """Return the text of a threshold with its numbers as in the config: title, limits, unit."""
    title, unit = _facts(row["indicator"], currency)
    limits = [(word, float(row[word])) for word in ("least", "most") if np.isfinite(row[word])]
    ends = " and ".join(f"at {word} {value:,.12g}".replace("-", "−") for word, value in limits)
    return f"{title}: {ends}" + ("" if unit == "1" else f" {unit}")


MOST = 6  # policies with a discovery figure; all boxes are in boxes.csv


def captions(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return the available figures with their captions."""
    found = {"regret": robustness.REGRET_CAPTION}
    if len(tables["satisficing"]):
        found["satisficing"] = robustness.SATISFICING_CAPTION
    for policy in _missing(tables):
        found[f"discovery-{policy}"] = f"{style.display_name(policy)}. {discovery.CAPTION}"
    return found


def save(ds: xr.Dataset, tables: Mapping[str, pd.DataFrame], folder: str | Path) -> list[Path]:
    """Draw the figures and write each as PNG (150 dpi) and PDF; return the files.

    Parameters
    ----------
    ds : Dataset
        Results of a robustness analysis.
    tables : mapping of str to DataFrame
        From `sim.analysis.futures.tables_of`.
    folder : path
    """
    currency = currency_of(ds.attrs)
    units = {key: str(ds[key].attrs["units"]) for key in ds.attrs["keys"]}
    drawn = {"regret": robustness.draw_regret(tables, currency)}
    if len(tables["satisficing"]):
        drawn["satisficing"] = robustness.draw_satisficing(tables, currency)
    for policy in _missing(tables):
        drawn[f"discovery-{policy}"] = discovery.draw_discovery(tables, futures(ds), policy, units)
    files = []
    for name, figure in drawn.items():
        files += style.save(figure, Path(folder) / f"{name}.png", Path(folder) / f"{name}.pdf")
    return files


def _missing(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the policies with a box of failures, the most robust first."""
    shares = tables["satisficing"][tables["satisficing"]["threshold"] == ALL].set_index("policy")["share"]
    policies = (str(policy) for policy in pd.unique(tables["boxes"]["policy"]))
    return sorted(policies, key=lambda policy: -shares[policy])[:MOST]
