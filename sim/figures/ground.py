"""The base map: province outlines, regions, map sections."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import Rectangle

from sim.analysis.zones import centre_index

EDGE = "#777777"
LARGEST_AREA = 150.0  # points^2, area of the largest circle
# provinces of the bundled worlds
PROVINCES = (
    "anhui", "beijing", "chongqing", "fujian", "gansu", "guangdong", "guangxi", "guizhou", "hainan", "hebei",
    "heilongjiang", "henan", "hong_kong", "hubei", "hunan", "inner_mongolia", "jiangsu", "jiangxi", "jilin", "liaoning",
    "macao", "ningxia", "qinghai", "shaanxi", "shandong", "shanghai", "shanxi", "sichuan", "tianjin", "tibet",
    "xinjiang", "yunnan", "zhejiang",
)  # fmt: skip


class Box(NamedTuple):
    """A section of the map, in degrees."""

    west: float
    east: float
    south: float
    north: float

    @property
    def aspect(self) -> float:
        """Aspect ratio on paper, where a degree of longitude is shorter than one of latitude."""
        return (self.east - self.west) * np.cos(np.deg2rad((self.south + self.north) / 2)) / (self.north - self.south)

    def share_of(self, other: Box) -> float:
        """Return the area as a share of that of another box."""
        return (
            (self.east - self.west)
            * (self.north - self.south)
            / ((other.east - other.west) * (other.north - other.south))
        )

    def contains(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Return which points lie in the box."""
        return (lon > self.west) & (lon < self.east) & (lat > self.south) & (lat < self.north)


DELTA = Box(112.15, 115.05, 21.85, 23.95)
SOUTH = Box(109.3, 117.4, 20.6, 27.2)  # the delta and the regions that share a border with its province


def coordinates(ds: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude of the regions, (R,) degrees."""
    return ds["lon"].values.astype(float), ds["lat"].values.astype(float)


def bounding_box(lon: np.ndarray, lat: np.ndarray, margin: float = 0.05, above: float = 0.05) -> Box:
    """Return the bounding box of some points, with margins relative to its size and a minimum extent."""
    east, north = float(np.ptp(lon)), float(np.ptp(lat))
    least = max(0.3 * max(east, north), 0.5)
    x, y = (max(least - side, 0.0) / 2 for side in (east, north))
    east, north = max(east, least), max(north, least)
    return Box(
        float(lon.min() - x - margin * east), float(lon.max() + x + margin * east),
        float(lat.min() - y - margin * north), float(lat.max() + y + above * north),
    )  # fmt: skip


def surroundings(ds: xr.Dataset, bundled: Box, count: int) -> Box:
    """Return the map section around the centre: a given one on the bundled map, else around the nearest regions.

    Parameters
    ----------
    ds : Dataset
    bundled : Box
        The section to show if the centre lies in it on the bundled map.
    count : int
        Number of nearest regions shown otherwise; a third of the regions in a small world.
    """
    lon, lat = coordinates(ds)
    centre = centre_index(ds)
    if on_bundled_map(ds) and bundled.contains(lon, lat)[centre]:
        return bundled
    distance = np.hypot((lon - lon[centre]) * np.cos(np.deg2rad(lat[centre])), lat - lat[centre])
    closest = np.argsort(distance, kind="stable")[: 1 + min(count, max(2, lon.size // 3))]
    return bounding_box(lon[closest], lat[closest], 0.12, 0.12)


@lru_cache(maxsize=1)
def outlines() -> tuple[np.ndarray, ...]:
    """Return the rings of all provinces, each of shape (n, 2): longitude, latitude in degrees.

    The source is given in ``sim/data/outlines.json``. Without the file the map has no outlines.
    """
    file = resources.files("sim").joinpath("data", "outlines.json")
    if not file.is_file():
        return ()
    data = json.loads(file.read_text(encoding="utf-8"))
    return tuple(np.asarray(ring, dtype=float) for rings in data["outlines"].values() for ring in rings)


def on_bundled_map(ds: xr.Dataset) -> bool:
    """Return whether the regions lie in the outlined provinces; those of user-defined worlds usually do not."""
    return "province" in ds.coords and bool(np.isin(ds["province"].values.astype(str), PROVINCES).mean() > 0.5)


def draw_provinces(axes: Axes, ds: xr.Dataset, box: Box, framed: bool = False) -> None:
    """Draw the province outlines inside a box, to scale; only on the bundled map."""
    rings = [ring for ring in outlines() if _touches(ring, box)] if on_bundled_map(ds) else []
    axes.add_collection(LineCollection(rings, colors="#C4C4C4", linewidths=0.5, zorder=0))
    axes.set(xlim=(box.west, box.east), ylim=(box.south, box.north), xticks=[], yticks=[])
    axes.set_facecolor("#FAFAFA")
    axes.grid(False)
    axes.set_aspect(1.0 / np.cos(np.deg2rad((box.south + box.north) / 2)), adjustable="box")
    for side in axes.spines.values():
        side.set_visible(framed)
        side.set_color(EDGE)


def mark_box(axes: Axes, box: Box) -> None:
    """Mark the section that another panel enlarges."""
    corner, width, height = (box.west, box.south), box.east - box.west, box.north - box.south
    axes.add_patch(Rectangle(corner, width, height, fill=False, ec=EDGE, lw=0.7, zorder=4))


def circle_areas(values: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Return circle areas proportional to values, points^2."""
    return scale * LARGEST_AREA * np.nan_to_num(values) / np.nanmax(values) + 2.5


def draw_circles(axes: Axes, ds: xr.Dataset, box: Box, area: np.ndarray, **marker_style: Any) -> PathCollection:
    """Draw the regions inside a box as circles, small ones on top.

    Parameters
    ----------
    axes : Axes
    ds : Dataset
    box : Box
    area : (R,) points^2
    **look
        Keywords of ``scatter``; sequences have one entry per region.
    """
    lon, lat = coordinates(ds)
    order = np.argsort(-area)
    order = order[box.contains(lon, lat)[order]]
    chosen = {k: np.asarray(v)[order] if np.ndim(v) else v for k, v in marker_style.items()}
    return axes.scatter(lon[order], lat[order], s=area[order], zorder=2, **chosen)


def _touches(ring: np.ndarray, box: Box) -> bool:
    low, high = ring.min(axis=0), ring.max(axis=0)
    return bool(low[0] < box.east and high[0] > box.west and low[1] < box.north and high[1] > box.south)
