"""The tomahawk diagram: equilibria of model runs over the branches of the closed forms."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.figures import style

CAPTION = (
    "Equilibrium share of movers in region 1 from seven initial shares (dots), over the stable (solid) and unstable "
    "(dashed) branches of the closed form. Dotted: break and sustain point."
)
TITLES = {"footloose-entrepreneur": "Footloose entrepreneur", "core-periphery": "Core and periphery"}
AXES = {"phi": "Freeness of trade $\\phi$", "T": "Trade cost $T$"}
THRESHOLDS = {"phi": ("$\\phi_B$", "$\\phi_S$"), "T": ("$T_B$", "$T_S$")}


def draw(data: pd.DataFrame) -> Figure:
    """Return the figure, one panel per model.

    Parameters
    ----------
    data : DataFrame
        From `sim.validation.theory.tomahawk`.
    """
    models = list(dict.fromkeys(data["model"]))
    with style.styled(formulae=True):
        figure, axes = style.panels(1, len(models), height=3.3)
        for panel, model in zip(axes, models, strict=True):
            _panel(panel, data[data["model"] == model])
        axes[0].set_ylabel("Share of movers in region 1")
        dot = Line2D([], [], ls="", marker="o", ms=3.5, color=style.PALETTE[1], label="Runs of the model")
        lines = [
            Line2D([], [], color=style.INK, lw=1.4, label="Stable"),
            Line2D([], [], color=style.INK, lw=1.0, ls=(0, (4, 3)), label="Unstable"),
        ]
        figure.legend(handles=[dot, *lines], loc="outside lower center", ncols=3)
    return figure


def _panel(axes: Axes, data: pd.DataFrame) -> None:
    axis = data["axis"].iloc[0]
    lines = data[data["kind"] != "run"]
    for (kind, _), part in lines.groupby(["kind", "branch"], sort=False):
        dashed = kind == "unstable"
        axes.plot(
            part["x"], part["share"], color=style.INK, lw=1.0 if dashed else 1.4, ls=(0, (4, 3)) if dashed else "-",
            zorder=2, solid_capstyle="butt",
        )  # fmt: skip
    runs = data[data["kind"] == "run"].drop_duplicates(["x", "share"])
    dots: dict[str, Any] = {"ls": "", "marker": "o", "ms": 3.0, "mew": 0, "zorder": 3, "clip_on": False}
    axes.plot(runs["x"], runs["share"], color=style.PALETTE[1], **dots)
    ends = data[(data["kind"] == "stable")].groupby("branch", sort=False)["x"].last()
    for value, label in zip((ends["symmetry"], ends["core 1"]), THRESHOLDS[axis], strict=True):
        axes.axvline(value, color=style.BASELINE, lw=0.8, ls=":", zorder=1)
        axes.annotate(
            label, (value, 1.02), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=8,
            color=style.INK, annotation_clip=False,
        )  # fmt: skip
    axes.set_ylim(-0.03, 1.03)
    axes.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
    axes.set_xlabel(AXES[axis])
    axes.grid(False)
    sigma, mu, model = (data[c].iloc[0] for c in ("sigma", "mu", "model"))
    axes.set_title(f"{TITLES[model]}, $\\sigma$ = {sigma:g}, $\\mu$ = {mu:g}", pad=16)
