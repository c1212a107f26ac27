"""How the series of a figure differ: by colour, and beyond the palette by line and marker; their legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis import baseline_of
from sim.analysis.statistics import mean_and_interval
from sim.figures import style
from sim.figures.names import distinct

LINES: tuple[Any, ...] = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")  # one for each time that the palette starts again
DODGED = 0.5  # width (years) over which the arms of a single year are spread
ENTRY = 0.5  # inches of a legend entry but for its text
LINE = 0.175  # inches of a line of a legend


class Mark(NamedTuple):
    """How a series is drawn."""

    colour: str
    line: Any = "-"
    marker: str = "o"

    @property
    def repeats(self) -> bool:
        """Whether another series has its colour."""
        return self.marker != MARKERS[0]


def marks(arms: Sequence[str], baseline: str | None = "baseline") -> dict[str, Mark]:
    """Return a mark per arm, no two the same: grey for the baseline, then the palette in order, time after time."""
    found = {} if baseline is None else {baseline: Mark(style.BASELINE)}
    for k, arm in enumerate(arm for arm in arms if arm != baseline):
        again = k // len(style.PALETTE)
        found[arm] = Mark(
            style.PALETTE[k % len(style.PALETTE)], LINES[again % len(LINES)], MARKERS[again % len(MARKERS)]
        )
    return found


def marks_of(ds: xr.Dataset) -> dict[str, Mark]:
    """Return a mark per arm, the same in every figure of these results."""
    return marks([str(a) for a in ds["arm"].values], baseline_of(ds))


def draw_paths(axes: Axes, data: xr.DataArray, known: Mapping[str, Mark]) -> None:
    """Draw a line with its 95 % band for each arm over the years; a marker with its interval for a single year.

    Parameters
    ----------
    axes : Axes
    data : DataArray (arm, replication, year)
    known : mapping
        Mark by arm; those without data are omitted.
    """
    years = data["year"].values
    arms = [arm for arm in known if arm in data["arm"].values]
    for k, arm in enumerate(arms):
        mean, half = (part.values for part in mean_and_interval(data.sel(arm=arm)))
        mark, name = known[arm], style.display_name(arm)
        if np.isfinite(mean).sum() > 1:
            more: dict[str, Any] = {"marker": mark.marker, "ms": 4} if mark.repeats else {}
            axes.plot(years, mean, ls=mark.line, color=mark.colour, label=name, **more)
            axes.fill_between(years, mean - half, mean + half, color=mark.colour, alpha=0.2, lw=0)
        else:
            at = years + (DODGED * ((k + 0.5) / len(arms) - 0.5) if len(years) == 1 else 0.0)
            axes.errorbar(
                at, mean, np.nan_to_num(half), fmt=mark.marker, ms=4.5, color=mark.colour, capsize=2, label=name
            )
    along_years(axes, years)


def along_years(axes: Axes, years: np.ndarray, ticks: int = 4) -> None:
    """Label an axis of years; a single one has an axis of that year only."""
    if len(years) == 1:
        axes.set_xlim(years[0] - 0.6, years[0] + 0.6)
        axes.set_xticks([int(years[0])])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=ticks))


def legend(
    figure: Figure, handles: Sequence[Artist], labels: Sequence[str], where: str = "outside lower center",
    most: int | None = None, size: float = 8.0, **more: Any,
) -> None:  # fmt: skip
    """Add a legend that is as wide as the figure at most; the figure becomes higher if it takes several lines.

    Parameters
    ----------
    figure : Figure
    handles, labels : sequence
    where : str
        Location, as in `matplotlib.figure.Figure.legend`.
    most : int, optional
        Entries side by side at most.
    size : float
        Of the letters, points.
    **more
        Passed on.
    """
    if not handles:
        return
    wide, high = figure.get_size_inches()
    texts = distinct(list(labels), 72 * (wide - ENTRY - 0.3), size)
    location: Any = where  # a string of a list that the library types one by one
    renderer = FigureCanvasAgg(figure).get_renderer()
    columns = min(most or len(texts), len(texts))
    while True:
        rows = -(-len(texts) // columns)
        columns = -(-len(texts) // rows)  # lines of about the same length
        drawn = figure.legend(handles, texts, loc=location, ncols=columns, fontsize=size, **more)
        if columns == 1 or drawn.get_window_extent(renderer).width <= 0.98 * figure.bbox.width:
            break
        drawn.remove()
        columns -= 1
    figure.set_figheight(high + LINE * (rows - 1))
