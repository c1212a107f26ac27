"""Flows to and from the centre as arrows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from sim.analysis import number

BEND = 0.13  # curvature that separates the two directions of a pair
COLOURS = {"in": "#1B7837", "out": "#762A83"}
WIDEST = 2.6  # points


class Arrow(NamedTuple):
    """One arrow: origin, destination, direction as seen from the centre, size."""

    start: int
    end: int
    direction: str
    flow: float


def largest_flows(flow: np.ndarray, centre: int, partners: np.ndarray, count: int) -> list[Arrow]:
    """Return the largest flows between the centre and its partners, `count` in each direction.

    Parameters
    ----------
    flow : (R, R)
        ``flow[i, j]`` from i to j.
    centre : int
    partners : (R,) bool
        Eligible partners; the centre itself is excluded.
    count : int

    Returns
    -------
    list of Arrow
        Smallest first, so that large ones are drawn on top.
    """
    found = []
    for direction, values in (("in", flow[:, centre]), ("out", flow[centre])):
        shown = np.where(partners, np.nan_to_num(values), 0.0)
        shown[centre] = 0.0
        for i in np.argsort(-shown)[:count]:
            if shown[i] > 0:
                ends = (int(i), centre) if direction == "in" else (centre, int(i))
                found.append(Arrow(*ends, direction, float(shown[i])))
    return sorted(found, key=lambda arrow: arrow.flow)


def draw_arrows(
    axes: Axes, arrows: list[Arrow], lon: np.ndarray, lat: np.ndarray, area: np.ndarray, widest: float
) -> None:
    """Draw arrows between regions, from the edge of one circle to the edge of the other.

    Parameters
    ----------
    axes : Axes
    arrows : list of Arrow
    lon, lat : (R,) degrees
    area : (R,) points^2
        Area of the circles.
    widest : float
        Flow of the widest arrow; widths are proportional to the square root.
    """
    radius = np.sqrt(area / np.pi)
    for arrow in arrows:
        weight = float(np.sqrt(arrow.flow / widest))
        patch = FancyArrowPatch(
            (lon[arrow.start], lat[arrow.start]),
            (lon[arrow.end], lat[arrow.end]),
            connectionstyle=f"arc3,rad={BEND}",
            arrowstyle="-|>",
            mutation_scale=4.5 + 3.5 * weight,
            linewidth=WIDEST * weight,
            color=COLOURS[arrow.direction],
            alpha=0.8,
            shrinkA=radius[arrow.start],
            shrinkB=radius[arrow.end] + 0.5,
            zorder=1.5,
        )
        patch.set_in_layout(False)
        axes.add_patch(patch)


def arrow_points(axes: Axes, arrows: list[Arrow], lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return points along the arrows, (n, 2) pixels, which labels should avoid."""
    if not arrows:
        return np.empty((0, 2))
    t = np.linspace(0.1, 0.9, 15)[:, None]
    at = axes.transData.transform(np.column_stack([lon, lat]))
    points = []
    for arrow in arrows:
        start, end = at[arrow.start], at[arrow.end]
        step = end - start
        middle = (start + end) / 2 + BEND * np.array([step[1], -step[0]])
        points.append((1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end)
    return np.vstack(points)


def width_key(axes: Axes, widest: float, scale: float, unit: str) -> None:
    """Add a key above a panel: the flow of the widest arrow, and of one half as wide."""
    labels = {1.0: f"widest: {number(widest * scale)} {unit}", 0.5: f"half: {number(widest * scale / 4)}"}
    handles = [Line2D([], [], color="#555555", lw=WIDEST * share, label=label) for share, label in labels.items()]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, fontsize=7, handlelength=1.5,
                columnspacing=1.0, borderpad=0.2, borderaxespad=0.0, handletextpad=0.4)  # fmt: skip
