"""The map of gains and losses: difference in value added per capita, by arm and region."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.analysis import baseline_of, comparable
from sim.analysis.regions import region_names
from sim.analysis.statistics import clear_of_zero, mean_and_interval, paired_difference
from sim.analysis.zones import by_region, per_head
from sim.currency import money_of
from sim.figures import style
from sim.figures.ground import (
    SOUTH,
    bounding_box,
    circle_areas,
    coordinates,
    draw_circles,
    draw_provinces,
    mark_box,
    surroundings,
)
from sim.figures.labels import freeze_layout, place_labels
from sim.figures.names import room, shortened, wrapped

CAPTION = (
    "Gains and losses: difference from the baseline in value added per capita in the last year, mean of the paired "
    "differences over replications. Filled circles: the 95 % interval excludes zero; hollow: it includes zero. "
    "Circle area: population. The logarithmic colour scale is the same in all panels; the inset shows the surroundings "
    "of the centre and labels the largest changes whose interval excludes zero."
)
NAMED = 5
NEAREST = 25  # regions in the inset of a generated world
INSET = 0.39  # side of the inset, as a share of the panel
MUCH = 0.4  # share of the map beyond which no inset is needed
STEPS = 6  # colour classes on each side of zero

WIDE = 4.4  # inches of a panel


def difference_per_head(ds: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Return mean and half-width of the 95 % interval of the difference in value added per capita.

    Returns
    -------
    mean, half : DataArray (arm, region), yuan/person/yr
        In the last year, for arms other than the baseline.
    """
    heads = 1e6 * per_head(ds).isel(year=-1, drop=True)
    return mean_and_interval(paired_difference(heads, str(baseline_of(ds))))


def limits(values: np.ndarray) -> np.ndarray:
    """Return the bounds of the colour classes: 1, 3, 10, 30 ... on both sides of zero.

    Examples
    --------
    >>> limits(np.array([-900.0, 2.0])).tolist()
    [-300.0, -100.0, -30.0, -10.0, -3.0, -1.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0]
    """
    top = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    power = int(np.floor(np.log10(top)))
    ladder = [step * 10.0**p for p in range(power - STEPS, power + 1) for step in (1, 3)]
    side = np.array([x for x in ladder if x <= top][-STEPS:])
    return np.concatenate([-side[::-1], side])


def draw(ds: xr.Dataset) -> Figure:
    """Return one panel per arm, with an inset of the surroundings of the centre."""
    with style.styled():
        if not comparable(ds):
            return style.empty("Gains and losses need a baseline and at least one other arm.")
        mean, half = difference_per_head(ds)
        arms = [str(a) for a in mean["arm"].values]
        columns = min(2, len(arms))
        corner = _inset_position(ds)
        relative_width = 1.0 + INSET + 0.03 if corner and corner[0] > 1 else 1.0
        height = max(4.3 / (relative_width * bounding_box(*coordinates(ds)).aspect) + 0.3, 1.6)
        figure, axes = style.panels(-(-len(arms) // columns), columns, width=WIDE * columns, height=height)
        bounds = limits(mean.values)
        colours, norm = _colours(bounds)
        pending = [
            _panel(axes[k], ds, mean.sel(arm=arm), half.sel(arm=arm), colours, norm) for k, arm in enumerate(arms)
        ]
        for panel in axes[len(arms) :]:
            panel.set_axis_off()
        _keys(figure, axes, ds, bounds, colours, norm)
        freeze_layout(figure)
        lon, lat = coordinates(ds)
        for inset, area, chosen in pending:
            place_labels(inset, lon, lat, area, region_names(ds), chosen)
    return figure


def _colours(bounds: np.ndarray) -> tuple[ListedColormap, BoundaryNorm]:
    """Return a red-to-blue map without its pale middle, so that hollow circles are visible; grey is near zero."""
    n = len(bounds) // 2
    low, high = colormaps["RdBu"](np.linspace(0.0, 0.36, n)), colormaps["RdBu"](np.linspace(0.64, 1.0, n))
    steps = np.vstack([low, [[0.72, 0.72, 0.72, 1.0]], high])
    return ListedColormap(steps), BoundaryNorm(bounds, len(steps), extend="both")


def _panel(
    axes: Axes, ds: xr.Dataset, mean: xr.DataArray, half: xr.DataArray, colours: ListedColormap, norm: BoundaryNorm
) -> tuple[Axes, np.ndarray, list[int]]:
    clear = clear_of_zero(mean, half).values
    edge = colours(norm(np.nan_to_num(mean.values)))
    face = np.where(clear[:, None], edge, np.array([1.0, 1.0, 1.0, 1.0]))
    people = by_region(ds, "people").isel(year=-1).mean(["arm", "replication"]).values
    full, close, corner = bounding_box(*coordinates(ds)), surroundings(ds, SOUTH, NEAREST), _inset_position(ds)
    maps = [(axes, full, 0.4)]
    if corner:
        maps.append((axes.inset_axes(corner), close, 0.55))
        mark_box(axes, close)
    for panel, box, scale in maps:
        draw_provinces(panel, ds, box, framed=panel is not axes)
        draw_circles(panel, ds, box, circle_areas(people, scale) + 5.0, c=face, edgecolors=edge, linewidths=1.1)
    axes.set_title(shortened(style.display_name(str(mean["arm"].values)), room(WIDE), 10.0), fontsize=9.5)
    panel, box, scale = maps[-1]
    there = np.flatnonzero(box.contains(*coordinates(ds)) & clear)
    chosen = there[np.argsort(-np.abs(mean.values[there]))][:NAMED]
    return panel, circle_areas(people, scale) + 5.0, [int(i) for i in chosen]


def _inset_position(ds: xr.Dataset) -> tuple[float, float, float, float] | None:
    """Return the position of the inset in shares of the panel: a corner without regions, or next to the map.

    None if the surroundings of the centre cover much of the map.
    """
    lon, lat = coordinates(ds)
    full = bounding_box(lon, lat)
    if surroundings(ds, SOUTH, NEAREST).share_of(full) > MUCH:
        return None
    x, y = (lon - full.west) / (full.east - full.west), (lat - full.south) / (full.north - full.south)
    for a, b in ((0.0, 0.0), (0.0, 1 - INSET), (1 - INSET, 0.0), (1 - INSET, 1 - INSET)):
        if not ((x > a) & (x < a + INSET) & (y > b) & (y < b + INSET)).any():
            return a, b, INSET, INSET
    return 1.03, 0.0, INSET, INSET


def _keys(
    figure: Figure, axes: list[Axes], ds: xr.Dataset, bounds: np.ndarray, colours: ListedColormap, norm: BoundaryNorm
) -> None:
    year, runs, unit = int(ds["year"].values[-1]), ds.sizes["replication"], money_of(ds.attrs)("yuan/person/yr")
    several = figure.get_figwidth() > 1.5 * WIDE  # one panel has less room for the numbers of the bar
    bar = figure.colorbar(
        ScalarMappable(norm, colours),
        ax=axes,
        orientation="horizontal",
        shrink=0.75 if several else 1.0,
        aspect=45,
        pad=0.02,
        ticks=bounds,
    )
    bar.ax.xaxis.set_major_formatter(style.Thousands())
    bar.ax.tick_params(labelsize=7.5 if several else 6.0, length=0)
    text = f"Value added per capita, {year}: difference from the baseline [{unit}], {runs} pairs of runs"
    bar.set_label(wrapped(text, room(figure.get_figwidth()), 8.0), fontsize=8)
    marker: dict[str, Any] = {"marker": "o", "ls": "", "ms": 6, "mec": "#444444", "mew": 1.1}
    labels = {"#444444": "95 % interval excludes zero", "white": "it includes zero"}
    figure.legend(
        handles=[Line2D([], [], mfc=face, label=text, **marker) for face, text in labels.items()],
        loc="outside lower center", ncols=2, fontsize=8,
    )  # fmt: skip
