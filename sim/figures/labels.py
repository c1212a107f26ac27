"""Names of places that lie neither on each other nor, where it can be helped, on the places."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.textpath import TextPath

from sim.figures import style

_ANGLES = np.deg2rad([90, 270, 0, 180, 45, 135, 315, 225])
_GAP = 1.5  # points between a place and its name
_FAR = 4.0  # points from which on a line ties them together


def positions(
    points: np.ndarray, radii: np.ndarray, sizes: np.ndarray, obstacles: np.ndarray, bounds: Sequence[float]
) -> list[tuple[float, float] | None]:
    """Return the centre of each name, the first names choosing first; None where there is no room.

    Parameters
    ----------
    points : (n, 2), points
        The places to name.
    radii : (n,), points
        Of their circles.
    sizes : (n, 2), points
        Width and height of the names.
    obstacles : (m, 4), points
        Circles (x, y, radius) that names should not cover, and how bad it is if they do.
    bounds : left, right, bottom, top, points
    """
    placed: list[tuple[float, float, float, float]] = []
    found: list[tuple[float, float] | None] = []
    for point, radius, (width, height) in zip(points, radii, sizes, strict=True):
        best, least = None, np.inf
        for rank, reach in enumerate((0.0, 5.0, 11.0)):
            for turn, angle in enumerate(_ANGLES):
                centre = _beside(point, radius + _GAP + reach, angle, width, height)
                box = (centre[0] - width / 2, centre[0] + width / 2, centre[1] - height / 2, centre[1] + height / 2)
                outside = box[0] < bounds[0] or box[1] > bounds[1] or box[2] < bounds[2] or box[3] > bounds[3]
                if outside or any(_overlap(box, other) for other in placed):
                    continue
                cost = _covered(box, obstacles) + 4.0 * rank + 0.3 * turn
                if cost < least:
                    best, least = (centre, box), cost
        found.append(best[0] if best else None)
        placed += [best[1]] if best else []
    return found


def _beside(point: np.ndarray, reach: float, angle: float, width: float, height: float) -> tuple[float, float]:
    """Return the centre of a box whose nearest edge is so far from the point in that direction."""
    x, y = np.cos(angle), np.sin(angle)
    return float(point[0] + x * (reach + width / 2)), float(point[1] + y * (reach + height / 2))


def _overlap(one: tuple, other: tuple) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def _covered(box: tuple[float, float, float, float], obstacles: np.ndarray) -> float:
    dx = obstacles[:, 0] - np.clip(obstacles[:, 0], box[0], box[1])
    dy = obstacles[:, 1] - np.clip(obstacles[:, 1], box[2], box[3])
    return float(obstacles[np.hypot(dx, dy) < obstacles[:, 2], 3].sum())


def place_labels(
    axes: Axes,
    lon: np.ndarray,
    lat: np.ndarray,
    area: np.ndarray,
    names: Sequence[str],
    chosen: Sequence[int],
    lines: np.ndarray | None = None,
    size: float = 6.5,
) -> None:
    """Write the names of chosen places, first ones first.

    The figure must have its final layout (`freeze_layout`), as room is measured on paper.

    Parameters
    ----------
    axes : Axes
    lon, lat : (R,) degrees
    area : (R,) points^2
        Of the circles.
    names : (R,) str
    chosen : sequence of int
        Indices of the places to name.
    lines : (n, 2) pixels, optional
        Points on lines that names should keep off.
    size : float, points
    """
    if not len(chosen):
        return
    to_points = 72.0 / axes.figure.dpi
    at = axes.transData.transform(np.column_stack([lon, lat])) * to_points
    radii = np.sqrt(np.asarray(area) / np.pi)
    window = axes.get_window_extent()
    bounds = [v * to_points for v in (window.x0, window.x1, window.y0, window.y1)]
    sizes = np.array([_size(names[i], size) for i in chosen])
    obstacles = [np.column_stack([at, radii, np.full(len(at), 10.0)])]
    if lines is not None:
        obstacles.append(np.column_stack([lines * to_points, np.ones(len(lines)), np.full(len(lines), 2.0)]))
    where = positions(at[list(chosen)], radii[list(chosen)], sizes, np.vstack(obstacles), bounds)
    for i, size_of, centre in zip(chosen, sizes, where, strict=True):
        if centre is None:
            continue
        offset = np.array(centre) - at[i]
        far = bool((np.abs(offset) - size_of / 2).max() > radii[i] + _FAR)
        text = axes.annotate(
            names[i], (lon[i], lat[i]), xytext=tuple(offset), textcoords="offset points", ha="center", va="center",
            fontsize=size, color=style.INK, zorder=5, path_effects=[withStroke(linewidth=1.8, foreground="white")],
            # a name that had to move away is tied to its place
            arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "#555555", "shrinkA": 0, "shrinkB": 1} if far else None,
        )  # fmt: skip
        text.set_in_layout(False)  # the layout is final; a name must not move the panel under it


@lru_cache(maxsize=1024)
def _size(name: str, size: float) -> tuple[float, float]:
    box = TextPath((0, 0), name, size=size).get_extents()
    return box.width + 2.0, size * 1.15


def freeze_layout(figure: Figure) -> None:
    """Give the figure its final layout, so that room on paper can be measured."""
    for _ in range(2):  # titles find their place only after the first
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
