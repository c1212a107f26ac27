"""Effects of factors, and pairs that are complements or substitutes: a row per indicator, a colour per size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.analysis import INDICATORS, config_of, readable, years_text
from sim.analysis.factorial import ALONE, ON_TOP
from sim.analysis.paired import CORRECTION
from sim.cells import TIMES, Cells, cells_of
from sim.figures import style
from sim.figures.marks import legend
from sim.figures.names import name_rows, shortened

NAME = "factorial"
MOST_PAIRS = 10  # per panel; all are in pairs.csv
PAIRED = 58.0  # points of each name of a pair
WIDE = 46  # characters per line of a panel title
MARKS = {ALONE: ("<", "alone"), ON_TOP: (">", "on top of all others")}
CAPTION_EFFECTS = (
    "Left: what each factor contributes to the difference from the baseline: its Shapley value with 95 % interval"
)
CAPTION_PAIRS = (
    " Right: interactions of pairs, average differences in differences with 95 % intervals; to the right of zero "
    "factors are complements, to the left substitutes (where lower is better the axis is reversed)."
)


def draw(ds: xr.Dataset, tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Return a row of panels for each indicator that the config shows.

    Parameters
    ----------
    ds : Dataset
        Results of a factorial experiment.
    tables : mapping of str to DataFrame
        From `sim.analysis.factorial.factorial_tables`.
    """
    cells, pairs = cells_of(config_of(ds)), tables["pairs"]
    recorded = set(tables["shapley"]["indicator"])
    shown = [name for name in config_of(ds)["indicators"] if name in recorded]
    with style.styled():
        if not shown:
            return style.empty("None of the indicators of the config was recorded.")
        columns = 2 if len(pairs) else 1
        most = max(len(cells.factors), min(MOST_PAIRS, len(cells.factors) * (len(cells.factors) - 1) // 2))
        height = 1.2 + (0.18 + 0.14 * len(cells.sizes)) * most
        figure, axes = style.panels(len(shown), columns, width=4.9 * columns, height=height)
        for k, name in enumerate(shown):
            _effects(axes[columns * k], name, cells, tables)
            if columns == 2:
                _pairs(axes[columns * k + 1], name, cells, pairs)
        handles = _legend(cells)
        legend(figure, handles, [str(handle.get_label()) for handle in handles], most=3)
    return figure


def caption(ds: xr.Dataset) -> str:
    """Return the caption."""
    cells = cells_of(config_of(ds))
    marks = ", and its effect alone and on top of all others." if cells.fraction.full else "."
    return (
        f"{CAPTION_EFFECTS}{marks}{CAPTION_PAIRS if cells.fraction.pairs else ''} A filled point is clear of zero "
        f"also after the {CORRECTION} correction for all comparisons. Levels are those of the last year, flows are "
        f"sums over all years; {ds.sizes['replication']} seeds."
    )


def save(ds: xr.Dataset, tables: Mapping[str, pd.DataFrame], folder: str | Path) -> list[Path]:
    """Draw the figure and write it as PNG (150 dpi) and PDF; return the files."""
    return style.save(draw(ds, tables), Path(folder) / f"{NAME}.png", Path(folder) / f"{NAME}.pdf")


def _legend(cells: Cells) -> list[Line2D]:
    handles = [
        Line2D([], [], color=colour, marker="o", label=f"size {size:g}" if len(cells.sizes) > 1 else "Shapley value")
        for size, colour in _colours(cells).items()
    ]
    if cells.fraction.full:
        handles += [
            Line2D([], [], ls="", color=style.BASELINE, marker=mark, ms=4, mfc="none", label=label)
            for mark, label in MARKS.values()
        ]
    return handles


def _colours(cells: Cells) -> dict[float, str]:
    return {size: style.PALETTE[i % len(style.PALETTE)] for i, size in enumerate(cells.sizes)}


def _offset(cells: Cells, size: float) -> float:
    """Return the vertical distance of a size from the middle of its row."""
    return 0.7 * ((cells.sizes.index(size) + 0.5) / len(cells.sizes) - 0.5)


def _effects(axes: Axes, name: str, cells: Cells, tables: Mapping[str, pd.DataFrame]) -> None:
    rows = tables["shapley"]
    rows = rows[(rows["indicator"] == name) & rows["factor"].isin(cells.factors)]
    effects = tables["effects"]
    effects = effects[(effects["indicator"] == name) & effects["effect"].isin(list(MARKS))]
    scale = _frame(axes, name, [style.display_name(factor) for factor in cells.factors], [rows, effects])
    for row in rows.to_dict("records"):
        _point(axes, row, cells.factors.index(row["factor"]), cells, scale)
    for row in effects.to_dict("records"):
        y = cells.factors.index(row["factor"]) + _offset(cells, row["size"])
        colour, mark = _colours(cells)[row["size"]], MARKS[row["effect"]][0]
        axes.plot(row["value"] * scale, y, mark, ms=4.5, mfc="white", mec=colour, mew=0.9, zorder=2)


def _pairs(axes: Axes, name: str, cells: Cells, table: pd.DataFrame) -> None:
    rows = table[table["indicator"] == name]
    sizes = rows.assign(value=rows["value"].abs()).groupby(["first", "second"], sort=False)["value"].max()
    shown = list(sizes.nlargest(MOST_PAIRS).index) if len(sizes) > MOST_PAIRS else list(sizes.index)
    names = [TIMES.join(shortened(style.display_name(one), PAIRED, 8.0) for one in pair) for pair in shown]
    scale = _frame(axes, name, names, [rows])
    for row in rows.to_dict("records"):
        if (row["first"], row["second"]) in shown:
            _point(axes, row, shown.index((row["first"], row["second"])), cells, scale)
    reach = 1.15 * max(abs(end) for end in axes.get_xlim())
    axes.set_xlim((reach, -reach) if INDICATORS[name].better < 0 else (-reach, reach))
    axes.set_title("")
    for x, side, word in ((0.0, "left", "← substitutes"), (1.0, "right", "complements →")):
        axes.text(x, 1.02, word, ha=side, va="bottom", transform=axes.transAxes, fontsize=8, color=style.BASELINE)
    axes.set_xlabel(f"Interaction, {axes.get_xlabel()}", fontsize=8)


def _point(axes: Axes, row: Mapping[str, object], k: int, cells: Cells, scale: float) -> None:
    mean, low, high = (float(str(row[column])) * scale for column in ("value", "ci_low", "ci_high"))
    size = float(str(row["size"]))
    clear = float(str(row["adjusted_low"])) > 0 or float(str(row["adjusted_high"])) < 0
    colour, y = _colours(cells)[size], k + _offset(cells, size)
    if np.isfinite(low):
        axes.plot([low, high], [y, y], color=colour, lw=1.8, solid_capstyle="butt", zorder=3)
    axes.plot(mean, y, "o", ms=5.5, mec=colour, mew=1.4, color=colour if clear else "white", zorder=4)


def _frame(axes: Axes, name: str, labels: list[str], tables: list[pd.DataFrame]) -> float:
    """Draw title, zero line and labels of a panel; return the scale of its numbers."""
    facts, head = INDICATORS[name], tables[0].iloc[0]
    largest = max(float(table["value"].abs().max()) for table in tables if len(table))
    scale, unit = readable(str(head["unit"]), largest)
    axes.axvline(0, color=style.BASELINE, lw=0.9)
    name_rows(axes, labels, 2 * PAIRED + 20.0)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.xaxis.set_major_formatter(style.Thousands())
    axes.set_title(fill(facts.title.replace(" of the supporting zone", ", supporting zone"), WIDE), fontsize=8.5)
    axes.set_xlabel(unit + years_text(str(head["years"])), fontsize=8)
    return scale
