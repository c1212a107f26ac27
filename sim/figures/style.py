"""Common style of all figures: fonts, sizes, colour-blind safe colours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogFormatterSciNotation, ScalarFormatter

from sim.figures import fonts
from sim.figures.names import room, wrapped

# Okabe and Ito (2008), ordered so that the first four differ most; grey is the baseline
PALETTE: tuple[str, ...] = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C6D1F",
    "#000000",
)
BASELINE = "#6B6B6B"
INK = "#222222"
FAINT = "#D9D9D9"
ZONE_COLOURS: dict[str, str] = {
    "centre": "#D55E00",
    "pilot": "#E69F00",
    "leading": "#0072B2",
    "supporting": "#56B4E9",
}
ZONE_TITLES: dict[str, str] = {
    "centre": "Centre",
    "pilot": "Pilot zone",
    "leading": "Leading zone",
    "supporting": "Supporting zone",
}

DPI = 150
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SHAPING = ("GSUB", "GPOS", "GDEF", "MATH")

_RC: Any = {  # of a type that lists every key of the library
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E8E8E8",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "lines.linewidth": 1.6,
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


@contextmanager
def styled(formulae: bool = False) -> Iterator[None]:
    """Apply the project's style inside the block only, whatever a configuration file of the user sets.

    Parameters
    ----------
    formulae : bool
        Whether text between dollar signs is a formula. Nowhere else, as a dollar sign in a name is a dollar sign.
    """
    with matplotlib.rc_context(), fonts.quiet():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**_RC, "font.family": fonts.families(), "text.parse_math": formulae})
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure (inches) outside of pyplot, whose state and display belong to the user."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def panels(
    rows: int, columns: int, width: float = 7.2, height: float = 2.6, ratios: Sequence[float] | None = None
) -> tuple[Figure, list[Axes]]:
    """Return a figure with a flat list of panels; `height` (inches) is per row, `ratios` are column widths."""
    figure = new_figure(width, height * rows)
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw={"width_ratios": ratios})
    return figure, list(axes.flat)


def display_name(name: str) -> str:
    """Return the display name of an identifier.

    Examples
    --------
    >>> display_name("fiscal_transfer")
    'Fiscal transfer'
    """
    text = str(name).replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]


def empty(message: str) -> Figure:
    """Return a figure with a message instead of data."""
    figure, (axes,) = panels(1, 1)
    axes.set_axis_off()
    lines = "\n".join(wrapped(line, room(figure.get_figwidth()), 9.0) for line in message.split("\n"))
    axes.text(0.5, 0.5, lines, ha="center", va="center", transform=axes.transAxes, color=INK)
    return figure


def save(figure: Figure, *paths: Path) -> list[Path]:
    """Write a figure (bitmaps with 150 dpi) and return the files; folders are created."""
    with styled():
        figure.set_dpi(DPI)
        engine = figure.get_layout_engine()
        if engine is not None:
            # computed once for all files, which saves a trial drawing for each
            engine.execute(figure)
            figure.set_layout_engine(None)
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".pdf":
                _shape_no_more()
                if fonts.outlines("".join(text.get_text() for text in figure.findobj(Text))):
                    matplotlib.rcParams["pdf.fonttype"] = 3
            figure.savefig(path, dpi=DPI)
    return list(paths)


@lru_cache(maxsize=1)
def _shape_no_more() -> None:
    """Drop the text-shaping tables of fonts embedded in PDF files, where each glyph is already positioned.

    Subsetting these tables took most of the time of writing a file.
    """
    from fontTools.subset import Options

    Options._drop_tables_default.extend(SHAPING)


class Thousands(ScalarFormatter):
    """Tick labels with thousands separators, without factor or offset."""

    def __init__(self) -> None:
        super().__init__(useOffset=False)
        self.set_scientific(False)

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the text of a tick, with commas between thousands."""
        whole, dot, part = super().__call__(x, pos).partition(".")
        return re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", whole) + dot + part


class Powers(LogFormatterSciNotation):
    """Tick labels of a log axis in plain text, such as 2×10³, as figures of results have no formulae."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the text of a tick; empty for one without a label."""
        text = super().__call__(x, pos).replace("\\times", "×")
        power = re.search(r"\{([^{^]*)10\^\{(-?\d+)\}\}", text)
        return f"{power[1]}10{power[2].translate(RAISED)}".strip() if power else ""


def logarithmic(axes: Axes, *names: str) -> None:
    """Make the axes of these names, x or y, logarithmic."""
    for name in names:
        axes.set(**{f"{name}scale": "log"})
        axis: Axis = getattr(axes, f"{name}axis")
        axis.set_major_formatter(Powers())
        axis.set_minor_formatter(Powers(labelOnlyBase=False))
