"""One look for all figures: fonts, sizes, colours that colour-blind readers tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import matplotlib
import xarray as xr

matplotlib.use("Agg")  # figures are files; no window system is needed

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from sim.analysis import baseline_of

# Okabe and Ito (2008), the order chosen so that the first four differ most; grey is the baseline
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
SHAPING = ("GSUB", "GPOS", "GDEF", "MATH")

_RC = {
    "font.family": "sans-serif",
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
def styled() -> Iterator[None]:
    """Use the project's style inside the block and nowhere else."""
    with matplotlib.rc_context(_RC):
        yield


def panels(
    rows: int, columns: int, width: float = 7.2, height: float = 2.6, ratios: Sequence[float] | None = None
) -> tuple[Figure, list[Axes]]:
    """Return a figure with a flat list of panels; height (inches) is of one row, ratios are widths of columns."""
    figure, axes = plt.subplots(
        rows, columns, figsize=(width, height * rows), squeeze=False, gridspec_kw={"width_ratios": ratios}
    )
    return figure, list(axes.flat)


def arm_colours(arms: Sequence[str], baseline: str | None = "baseline") -> dict[str, str]:
    """Return a colour per arm: grey for the baseline, the palette in order for the others."""
    colours = {} if baseline is None else {baseline: BASELINE}
    others = [arm for arm in arms if arm != baseline]
    return {**colours, **{arm: PALETTE[i % len(PALETTE)] for i, arm in enumerate(others)}}


def colours_of(ds: xr.Dataset) -> dict[str, str]:
    """Return a colour per arm, the same in every figure of these results."""
    return arm_colours([str(a) for a in ds["arm"].values], baseline_of(ds))


def display_name(name: str) -> str:
    """Return a name for readers.

    Examples
    --------
    >>> display_name("fiscal_transfer")
    'Fiscal transfer'
    """
    text = str(name).replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]


def empty(message: str) -> Figure:
    """Return a figure that says why there is nothing to see."""
    figure, (axes,) = panels(1, 1)
    axes.set_axis_off()
    axes.text(0.5, 0.5, message, ha="center", va="center", transform=axes.transAxes, color=INK)
    return figure


def save(figure: Figure, *paths: Path) -> list[Path]:
    """Write a figure (pictures with 150 dpi), free it, and return the files; their folders are made."""
    with styled(), matplotlib.rc_context({"figure.constrained_layout.use": False}):
        figure.set_dpi(DPI)
        engine = figure.get_layout_engine()
        if engine is not None:
            # the layout is that of all files; solved here, none of them needs a drawing on trial
            engine.execute(figure)
            figure.set_layout_engine(None)
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".pdf":
                _shape_no_more()
            figure.savefig(path, dpi=DPI)
    close(figure)
    return list(paths)


@lru_cache(maxsize=1)
def _shape_no_more() -> None:
    """Leave out of fonts in PDF files the tables by which programs shape text: there each glyph has its place already.

    To cut these tables down to the glyphs that are used was most of the time that a file took.
    """
    from fontTools.subset import Options

    Options._drop_tables_default.extend(SHAPING)


def close(figure: Figure) -> None:
    """Free a figure."""
    plt.close(figure)


class Thousands(ScalarFormatter):
    """Ticks with thousands apart, without a factor or an offset beside the axis."""

    def __init__(self) -> None:
        super().__init__(useOffset=False)
        self.set_scientific(False)

    def __call__(self, x: float, pos: int | None = None) -> str:
        whole, dot, part = super().__call__(x, pos).partition(".")
        return re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", whole) + dot + part
