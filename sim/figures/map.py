"""The map: regions by value added and zone class, the largest flows to and from the centre."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import withStroke

from sim.figures import style
from sim.figures.outlines import outlines
from sim.figures.stats import centre_index, region_names

CAPTION = (
    "Regions by value added (area of the circle) and zone class, with the largest yearly flows of "
    "talent and of capital between the centre and other regions: mean of the last five years and "
    "all replications of the baseline (width: square root of the flow; the main map shows the largest "
    "beyond the delta, the inset those within the Pearl River delta)."
)
FLOWS = {"talent_flow": ("Talent", "persons/yr"), "capital_flow": ("Capital", "million yuan/yr")}
FLOW_COLOURS = {"out": "#7B3294", "in": "#008837"}
DELTA = (112.0, 115.0, 21.8, 24.1)  # west, east, south, north in degrees
LARGEST = 8


def draw(ds: xr.Dataset) -> Figure:
    """Return one panel a flow (talent, capital), each with an inset of the delta."""
    arm = "baseline" if "baseline" in ds["arm"].values else ds["arm"].values[0]
    late = ds.sel(arm=arm).isel(year=slice(-5, None))
    value_added = late["value_added"].sum("sector").mean(["replication", "year"]).values
    names = [name for name in FLOWS if name in ds] or [""]
    west, east, south, north = _extent(ds)
    # the height of the page follows from the ground shown, so that no blank paper is left
    height = 5.2 * (north - south) / ((east - west) * np.cos(np.deg2rad((south + north) / 2))) + 0.9
    with style.styled():
        figure, axes = style.panels(1, len(names), width=5.2 * len(names), height=float(height))
        for panel, name in zip(axes, names, strict=True):
            flow = late[name].mean(["replication", "year"]).values if name else None
            _panel(panel, ds, value_added, flow, name)
        _legend(figure, ds, value_added, bool(names[0]))
    return figure


def _extent(ds: xr.Dataset) -> tuple[float, float, float, float]:
    lon, lat = ds["lon"].values.astype(float), ds["lat"].values.astype(float)
    return float(lon.min() - 1.2), float(lon.max() + 1.2), float(lat.min() - 1.0), float(lat.max() + 1.0)


def _panel(axes: Axes, ds: xr.Dataset, value_added: np.ndarray, flow: np.ndarray | None, name: str) -> None:
    lon, lat = ds["lon"].values.astype(float), ds["lat"].values.astype(float)
    extent = _extent(ds)
    inset = axes.inset_axes((0.0, 0.0, 0.36, 0.37))  # the south-west corner is the emptiest
    delta = _inside(lon, lat, DELTA)
    for panel, box, scale, ends in ((axes, extent, 1.0, ~delta), (inset, DELTA, 1.6, delta)):
        _ground(panel, box)
        _circles(panel, ds, value_added, box, scale)
        if flow is not None:
            _arrows(panel, ds, flow, ends)
    _names(axes, ds, value_added, skip=delta, count=12)
    _names(inset, ds, value_added, skip=~delta, count=9)
    inset.set_title("Pearl River delta", fontsize=7, fontweight="normal", pad=2)
    for side in inset.spines.values():
        side.set_visible(True)
        side.set_color("#888888")
    axes.indicate_inset(
        (DELTA[0], DELTA[2], DELTA[1] - DELTA[0], DELTA[3] - DELTA[2]), edgecolor="#888888", linewidth=0.7
    )
    if name:
        title, unit = FLOWS[name]
        total_in, total_out = _centre_totals(ds, flow)
        axes.set_title(f"{title}\ncentre receives {total_in:,.0f}, sends {total_out:,.0f} {unit}", fontsize=9)


def _centre_totals(ds: xr.Dataset, flow: np.ndarray) -> tuple[float, float]:
    centre = centre_index(ds)
    off = np.nan_to_num(flow) * (1 - np.eye(flow.shape[0]))
    return float(off[:, centre].sum()), float(off[centre].sum())


def _ground(axes: Axes, box: tuple[float, float, float, float]) -> None:
    rings = [ring for ring in outlines() if _touches(ring, box)]
    axes.add_collection(LineCollection(rings, colors="#BDBDBD", linewidths=0.5, zorder=0))
    axes.set(xlim=box[:2], ylim=box[2:], xticks=[], yticks=[])
    axes.set_facecolor("#FAFAFA")
    axes.grid(False)
    # at this latitude a degree of longitude is shorter than one of latitude
    axes.set_aspect(1.0 / np.cos(np.deg2rad((box[2] + box[3]) / 2)), adjustable="box")
    for side in axes.spines.values():
        side.set_visible(False)


def _touches(ring: np.ndarray, box: tuple[float, float, float, float]) -> bool:
    low, high = ring.min(axis=0), ring.max(axis=0)
    return bool(low[0] < box[1] and high[0] > box[0] and low[1] < box[3] and high[1] > box[2])


def _inside(lon: np.ndarray, lat: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    return (lon > box[0]) & (lon < box[1]) & (lat > box[2]) & (lat < box[3])


def _sizes(value_added: np.ndarray, scale: float = 1.0) -> np.ndarray:
    return scale * 170.0 * np.nan_to_num(value_added) / np.nanmax(value_added) + 1.5


def _circles(axes: Axes, ds: xr.Dataset, value_added: np.ndarray, box: tuple, scale: float) -> None:
    lon, lat = ds["lon"].values.astype(float), ds["lat"].values.astype(float)
    zone = ds["zone"].values.astype(str)
    order = np.argsort(-value_added)  # small circles on top of large ones
    order = order[_inside(lon, lat, box)[order]]
    axes.scatter(
        lon[order],
        lat[order],
        s=_sizes(value_added, scale)[order],
        c=[style.ZONE_COLOURS.get(z, style.FAINT) for z in zone[order]],
        edgecolors="white",
        linewidths=0.4,
        alpha=0.9,
        zorder=2,
    )


def _arrows(axes: Axes, ds: xr.Dataset, flow: np.ndarray, ends: np.ndarray) -> None:
    lon, lat = ds["lon"].values.astype(float), ds["lat"].values.astype(float)
    centre = centre_index(ds)
    other = np.arange(lon.size) != centre
    pairs = {"in": np.nan_to_num(flow[:, centre]), "out": np.nan_to_num(flow[centre])}
    top = max(float(values[other].max(initial=0.0)) for values in pairs.values())
    if top <= 0:
        return
    for way, values in pairs.items():
        shown = np.where(other & ends, values, 0.0)
        for i in np.argsort(-shown)[:LARGEST]:
            if shown[i] <= 0:
                break
            start, end = ((lon[i], lat[i]), (lon[centre], lat[centre]))
            if way == "out":
                start, end = end, start
            axes.add_patch(_arrow(start, end, float(np.sqrt(values[i] / top)), FLOW_COLOURS[way]))


def _arrow(start: tuple, end: tuple, weight: float, colour: str) -> FancyArrowPatch:
    return FancyArrowPatch(
        start,
        end,
        connectionstyle="arc3,rad=0.18",  # the two ways of a pair bend apart
        arrowstyle="-|>",
        mutation_scale=4 + 5 * weight,
        linewidth=0.3 + 2.0 * weight,
        color=colour,
        alpha=0.75,
        shrinkA=3,
        shrinkB=4,
        zorder=3,
    )


def _names(axes: Axes, ds: xr.Dataset, value_added: np.ndarray, skip: np.ndarray, count: int) -> None:
    names = region_names(ds)
    ranked = np.argsort(-np.where(skip, -1.0, np.nan_to_num(value_added)))[:count]
    lon, lat = ds["lon"].values.astype(float), ds["lat"].values.astype(float)
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    width, height = 0.2 * (east - west), 0.06 * (north - south)
    placed: list[int] = []
    for i in ranked:
        name = names[i]
        # a name that would lie on a larger city's name is left out; boxes are shares of the panel
        near = [abs(lon[i] - lon[k]) < width and abs(lat[i] - lat[k]) < height for k in placed]
        if skip[i] or name.startswith("Rest of ") or any(near):
            continue
        placed.append(int(i))
        axes.annotate(
            name,
            (float(ds["lon"].values[i]), float(ds["lat"].values[i])),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            fontsize=6,
            color=style.INK,
            zorder=5,
            path_effects=[withStroke(linewidth=1.6, foreground="white")],
        )


def _legend(figure: Figure, ds: xr.Dataset, value_added: np.ndarray, arrows: bool) -> None:
    present = set(ds["zone"].values.astype(str))
    handles = [
        Line2D([], [], marker="o", ls="", mec="white", ms=7, color=colour, label=style.ZONE_TITLES[zone])
        for zone, colour in style.ZONE_COLOURS.items()
        if zone in present
    ]
    reference = _round_figure(float(np.nanmax(value_added)))
    area = 170.0 * reference / float(np.nanmax(value_added)) + 1.5
    label = f"{reference / 1e6:,.2g} trillion yuan/yr" if reference >= 1e6 else f"{reference:,.0f} million yuan/yr"
    handles.append(Line2D([], [], marker="o", ls="", color="#BBBBBB", ms=float(np.sqrt(area)), label=label))
    if arrows:
        handles += [
            Line2D([], [], color=FLOW_COLOURS["in"], lw=2, label="To the centre"),
            Line2D([], [], color=FLOW_COLOURS["out"], lw=2, label="From the centre"),
        ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8, columnspacing=1.4)


def _round_figure(value: float) -> float:
    power = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return float(max(step for step in (1, 2, 5) if step * power <= value) * power)
