"""Map labels that avoid each other and, if possible, the circles of regions."""

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
_FONT_SIZE = 6.5
_GAP = 1.5  # points between a circle and its label
_FAR = 4.0  # points of displacement beyond which a leader line is drawn


def positions(
    points: np.ndarray, radii: np.ndarray, sizes: np.ndarray, obstacles: np.ndarray, bounds: Sequence[float]
) -> list[tuple[float, float] | None]:
    """Return the centre of each label, in order of priority; None if it does not fit.

    Parameters
    ----------
    points : (n, 2), points
        Positions of the labelled regions.
    radii : (n,), points
        Radii of their circles.
    sizes : (n, 2), points
        Width and height of the labels.
    obstacles : (m, 4), points
        Circles (x, y, radius) that labels should avoid, and the penalty for covering them.
    bounds : left, right, bottom, top, points
    """
    placed: list[tuple[float, float, float, float]] = []
    found: list[tuple[float, float] | None] = []
    for point, radius, (width, height) in zip(points, radii, sizes, strict=True):
        best, least = None, np.inf
        for rank, reach in enumerate((0.0, 5.0, 11.0)):
            for turn, angle in enumerate(_ANGLES):
                centre = _anchored(point, radius + _GAP + reach, angle, width, height)
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


def _anchored(point: np.ndarray, reach: float, angle: float, width: float, height: float) -> tuple[float, float]:
    """Return the centre of a box whose nearest edge is at distance `reach` from the point in direction `angle`."""
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
) -> None:
    """Label the chosen regions, in order of priority.

    The figure must have its final layout (`freeze_layout`), as available space is measured in points.

    Parameters
    ----------
    axes : Axes
    lon, lat : (R,) degrees
    area : (R,) points^2
        Area of the circles.
    names : (R,) str
    chosen : sequence of int
        Indices of the regions to label.
    lines : (n, 2) pixels, optional
        Points on lines that labels should avoid.
    """
    if not len(chosen):
        return
    to_points = 72.0 / axes.figure.dpi
    at = axes.transData.transform(np.column_stack([lon, lat])) * to_points
    radii = np.sqrt(np.asarray(area) / np.pi)
    window = axes.get_window_extent()
    bounds = [v * to_points for v in (window.x0, window.x1, window.y0, window.y1)]
    sizes = np.array([_size(names[i]) for i in chosen])
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
            fontsize=_FONT_SIZE, color=style.INK, zorder=5,
            path_effects=[withStroke(linewidth=1.8, foreground="white")],
            # a leader line connects a displaced label to its region
            arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "#555555", "shrinkA": 0, "shrinkB": 1} if far else None,
        )  # fmt: skip
        text.set_in_layout(False)  # the layout is final; labels must not change it


@lru_cache(maxsize=1024)
def _size(name: str) -> tuple[float, float]:
    box = TextPath((0, 0), name, size=_FONT_SIZE).get_extents()
    return box.width + 2.0, _FONT_SIZE * 1.15


def freeze_layout(figure: Figure) -> None:
    """Compute the final layout and keep it, so that label positions can be measured."""
    for _ in range(2):  # titles are positioned only after the first pass
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
