"""The map: regions by value added and zone class, with the largest flows to and from the centre."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.analysis import baseline_of, number, readable
from sim.analysis.regions import region_names
from sim.analysis.zones import centre_index
from sim.currency import money_of
from sim.figures import style
from sim.figures.arrows import COLOURS, Arrow, arrow_points, draw_arrows, largest_flows, width_key
from sim.figures.ground import (
    DELTA,
    LARGEST_AREA,
    Box,
    bounding_box,
    circle_areas,
    coordinates,
    draw_circles,
    draw_provinces,
    mark_box,
    surroundings,
)
from sim.figures.labels import freeze_layout, place_labels
from sim.figures.marks import legend
from sim.figures.names import shortened

CAPTION = (
    "Flows of talent, capital and industry: regions by value added (circle area) and zone class, with the largest "
    "annual flows to and from the centre in the baseline, mean over the last five years and all replications. "
    "Top: the five largest flows in each direction beyond the surroundings of the centre; bottom: the four largest in "
    "each direction within the surroundings (framed above). Arrow widths are proportional to the square root of the "
    "flow and comparable within a column."
)
FLOWS = {
    "talent_flow": ("Talent", "persons/yr"),
    "capital_flow": ("Capital (investment)", "million yuan/yr"),
    "firm_capital_flow": ("Industry (relocating firms)", "million yuan/yr"),
}
BEYOND, WITHIN = 5, 4  # arrows in each direction
NEAREST, NAMED = 10, 14  # regions around the centre of a generated world; labels in the lower panels
YEARS = 5
NAME = 200.0  # points that the name of the scenario takes at most
SCALE = 0.9  # of the circles in the upper panels


def draw(ds: xr.Dataset) -> Figure:
    """Return one column per flow (talent, capital, industry): country above, surroundings of the centre below."""
    late = ds.sel(arm=baseline_of(ds) or ds["arm"].values[0]).isel(year=slice(-YEARS, None))
    value_added = late["value_added"].sum("sector").mean(["replication", "year"]).values
    flows = {name: _mean_flow(late, name) for name in FLOWS if name in ds} or {"": _zero_flow(ds)}
    close = surroundings(ds, DELTA, NEAREST)
    arrows = {name: _arrows(ds, flow, close) for name, flow in flows.items()}
    boxes = _shown(ds, [arrow for top, low in arrows.values() for arrow in top + low], close), close
    with style.styled():
        wide = 3.0
        heights = [wide / max(box.aspect, 0.6) for box in boxes]
        figure = style.new_figure(wide * len(flows) + 0.2, sum(heights) + 1.6)
        axes = figure.subplots(2, len(flows), squeeze=False, gridspec_kw={"height_ratios": heights})
        pending = []
        for column, (name, flow) in enumerate(flows.items()):
            pending += _column(axes[:, column], ds, boxes, arrows[name], value_added)
            _title(axes[0, column], ds, name, flow, arrows[name])
        _legend(figure, ds, value_added, _legend_title(ds, late), bool(FLOWS.keys() & flows))
        freeze_layout(figure)
        _write(ds, pending)
    return figure


def _zero_flow(ds: xr.Dataset) -> np.ndarray:
    return np.zeros((ds.sizes["region"], ds.sizes["region"]))


def _arrows(ds: xr.Dataset, flow: np.ndarray, close: Box) -> tuple[list[Arrow], list[Arrow]]:
    """Return the arrows of the upper and of the lower panel."""
    centre, inside = centre_index(ds), close.contains(*coordinates(ds))
    return largest_flows(flow, centre, ~inside, BEYOND), largest_flows(flow, centre, inside, WITHIN)


def _shown(ds: xr.Dataset, arrows: list[Arrow], close: Box) -> Box:
    """Return the map section with all arrows, the surroundings and the pilot zone; the full map without arrows."""
    lon, lat = coordinates(ds)
    seen = np.isin(ds["zone"].values.astype(str), ["centre", "pilot"])
    ends = [i for arrow in arrows for i in (arrow.start, arrow.end)]
    seen[ends if ends else slice(None)] = True
    corners = [close.west, close.east], [close.south, close.north]
    return bounding_box(np.append(lon[seen], corners[0]), np.append(lat[seen], corners[1]), above=0.07)


def _legend_title(ds: xr.Dataset, late: xr.Dataset) -> str:
    first, last = int(late["year"].values[0]), int(late["year"].values[-1])
    span = f"{last}" if first == last else f"mean of {first}–{last}"
    runs = ds.sizes["replication"]
    arm = shortened(style.display_name(str(late["arm"].values)), NAME, 9.0)
    return f"{arm}, {span}, {runs} replication{'s' if runs > 1 else ''}"


PendingLabels = tuple[Axes, np.ndarray, list[int], list[Arrow]]


def _column(
    panels: np.ndarray,
    ds: xr.Dataset,
    boxes: tuple[Box, Box],
    arrows: tuple[list[Arrow], list[Arrow]],
    value_added: np.ndarray,
) -> list[PendingLabels]:
    """Draw one flow; return the labels to place once the layout is final."""
    lon, lat = coordinates(ds)
    widest = max([arrow.flow for side in arrows for arrow in side], default=0.0)
    pending = []
    for panel, box, side, scale in zip(panels, boxes, arrows, (SCALE, 1.6), strict=True):
        area, close = circle_areas(value_added, scale), box is boxes[1]
        draw_provinces(panel, ds, box, framed=close)
        _zones(panel, ds, box, area)
        draw_arrows(panel, side, lon, lat, area, widest)
        others = box.contains(lon, lat) & close  # the enlarged panel also labels regions without an arrow
        pending.append((panel, area, _regions_to_name(side, value_added, others, centre_index(ds)), side))
    mark_box(panels[0], boxes[1])
    title = "Pearl River delta" if boxes[1] is DELTA else "Around the centre"
    panels[1].set_title(title, fontsize=8, fontweight="normal")
    return pending


def _write(ds: xr.Dataset, pending: list[PendingLabels]) -> None:
    lon, lat = coordinates(ds)
    for panel, area, chosen, arrows in pending:
        place_labels(panel, lon, lat, area, region_names(ds), chosen, arrow_points(panel, arrows, lon, lat))


def _mean_flow(late: xr.Dataset, name: str) -> np.ndarray:
    data = late[name].sum("sector") if "sector" in late[name].dims else late[name]
    return np.nan_to_num(data.mean(["replication", "year"]).values.astype(float))


def _zones(axes: Axes, ds: xr.Dataset, box: Box, area: np.ndarray) -> None:
    colours = [style.ZONE_COLOURS.get(z, style.FAINT) for z in ds["zone"].values.astype(str)]
    draw_circles(axes, ds, box, area, c=colours, edgecolors="white", linewidths=0.4)


def _regions_to_name(arrows: list[Arrow], value_added: np.ndarray, others: np.ndarray, centre: int) -> list[int]:
    """Return the regions to label: the centre, the ends of arrows, other large regions; large ones first."""
    ends = {i for arrow in arrows for i in (arrow.start, arrow.end)}
    more = [int(i) for i in np.argsort(-np.where(others, value_added, -1.0)) if others[i]][:NAMED]
    return sorted({centre, *ends, *more}, key=lambda i: (i != centre, i not in ends, -value_added[i]))


def _title(axes: Axes, ds: xr.Dataset, name: str, flow: np.ndarray, arrows: tuple[list[Arrow], list[Arrow]]) -> None:
    """Add the title of the flow, total inflow and outflow of the centre, and the key of arrow widths."""
    if not name:
        return
    title, unit = map(money_of(ds.attrs), FLOWS[name])
    centre = centre_index(ds)
    off = flow * (1 - np.eye(len(flow)))
    inflow, outflow = float(off[:, centre].sum()), float(off[centre].sum())
    scale, readable_unit = readable(unit, max(inflow, outflow))
    axes.set_title(title, fontsize=9.5, pad=38)
    text = f"to the centre {number(inflow * scale)}, from it {number(outflow * scale)}\n{readable_unit}"
    axes.annotate(text, (0.0, 1.0), (0, 14), xycoords="axes fraction", textcoords="offset points", fontsize=7.5)
    widest = max([arrow.flow for side in arrows for arrow in side], default=0.0)
    if widest > 0:
        width_key(axes, widest, *readable(unit, widest))


def _legend(figure: Figure, ds: xr.Dataset, value_added: np.ndarray, title: str, arrows: bool) -> None:
    present = set(ds["zone"].values.astype(str))
    handles = [
        Line2D([], [], marker="o", ls="", mec="white", ms=7, color=colour, label=style.ZONE_TITLES[zone])
        for zone, colour in style.ZONE_COLOURS.items()
        if zone in present
    ]
    most = float(np.nanmax(value_added))
    reference = _round_figure(most)
    scale, unit = readable(money_of(ds.attrs)("million yuan/yr"), reference)
    size = float(np.sqrt(SCALE * LARGEST_AREA * reference / most))
    label = f"Value added {reference * scale:g} {unit} (top)"
    handles.append(Line2D([], [], marker="o", ls="", mec="white", color="#BBBBBB", ms=size, label=label))
    if arrows:
        labels = {"in": "To the centre", "out": "From the centre"}
        handles += [Line2D([], [], color=COLOURS[direction], lw=2, label=label) for direction, label in labels.items()]
    legend(figure, handles, [str(handle.get_label()) for handle in handles], size=7.5, columnspacing=1.1,
           handletextpad=0.4, handlelength=1.4, title=title, title_fontsize=9)  # fmt: skip


def _round_figure(value: float) -> float:
    power = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return float(max(step for step in (1, 2, 5) if step * power <= value) * power)
