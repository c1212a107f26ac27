"""One variable over time for chosen regions, drawn by ``hinterland plot``."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis import agents_of, is_averaged, over, select_regions
from sim.analysis.bands import Bands, bands_of, error_law, nation, reference_arm, share_of_nation
from sim.analysis.forecast_errors import SUPPORTED
from sim.analysis.regions import region_names
from sim.analysis.statistics import mean_and_interval
from sim.catalogue import GROUPS
from sim.errors import UserError, nearest
from sim.figures import style
from sim.figures.marks import draw_paths, legend, marks_of
from sim.figures.names import room, shortened, wrapped
from sim.paths import home

SUFFIXES = (".png", ".pdf", ".svg")
_MANY = 12
_LABEL = 34  # characters per line of the label of an axis
_LETTERS = 16  # of the caption per inch
_BAND = "#E69F00"


class _Panel(NamedTuple):
    """What a panel shows: a variable (arm, replication, year), and its band of errors if one is known."""

    title: str
    values: xr.DataArray
    bands: Bands | None = None


def plot_variable(ds: xr.Dataset, variable: str, regions: Sequence[str] | None, out: Path, share: bool = False) -> Path:
    """Draw the time path of a variable by arm, one panel per region, and write it.

    People and value added of regions are drawn with the 90 % band of the model's errors, where one is known; see
    `sim.analysis.bands`.

    Parameters
    ----------
    ds : Dataset
        From `sim.results.open_results`.
    variable : str
        A recorded variable with the dim year.
    regions : sequence of str, optional
        Selectors or expressions, such as ``supporting & guangxi``, one panel each; by default the nation, as for
        variables without regions.
    out : Path
        File with suffix .png, .pdf or .svg.
    share : bool
        Draw the share of the regions in the nation, per cent; only quantities have one.

    Returns
    -------
    Path
        The written file.

    Raises
    ------
    UserError
        For an unknown variable, region or file type, or a variable without a time path.
    """
    if variable in GROUPS and "people" in ds:  # a group of people is a quantity by region as well
        ds = ds.assign({variable: ds["people"].sel(group=variable, drop=True).assign_attrs(
            long_name=variable.capitalize(), units="persons")})  # fmt: skip
    data = _variable(ds, variable)
    out = home(out)
    if out.suffix.lower() not in SUFFIXES:
        raise UserError(f"--out: '{out.name}' has an unknown file type; expected one of {', '.join(SUFFIXES)}")
    if share and (is_averaged(data) or not regions):
        wrong = f"'{variable}' is averaged over regions" if is_averaged(data) else "there are no regions"
        raise UserError(f"--share: {wrong}; expected a quantity, such as value_added, and --regions")
    panels = _panels(ds, data, list(regions or []), share)
    unit = "% of the nation" if share else data.attrs.get("units", "1")
    label = f"{textwrap.fill(data.attrs.get('long_name', variable), _LABEL)}\n[{unit}]"
    with style.styled():
        figure = _draw(ds, panels, label, _caption(ds, variable, panels, share))
    return style.save(figure, out)[0]


def _variable(ds: xr.Dataset, name: str) -> xr.DataArray:
    plottable = [str(v) for v in ds.data_vars if {"arm", "replication", "year"} <= set(ds[v].dims)]
    if name not in plottable:
        raise UserError(
            f"--variable: unknown variable '{name}'; expected one of {', '.join(sorted(plottable))}"
            + nearest(name, plottable)
        )
    data = ds[name]
    if "origin" in data.dims:
        raise UserError(f"--variable: '{name}' is a flow between pairs of regions; expected a variable by region")
    if "age_class" in data.dims:
        raise UserError(f"--variable: '{name}' is by class of firms; expected a variable by region")
    if "region" in data.dims:
        return data  # aggregated with its regions
    average = is_averaged(data)
    for dim in ("sector", "group"):
        if dim in data.dims:
            data = data.mean(dim, keep_attrs=True) if average else data.sum(dim, keep_attrs=True)
    return data


def _panels(ds: xr.Dataset, data: xr.DataArray, chosen: list[str], share: bool) -> list[_Panel]:
    name = str(data.name)
    if "region" not in data.dims:
        if chosen:
            raise UserError(f"--regions: '{name}' is a national variable; expected no regions")
        return [_Panel("Nation", data)]
    if not chosen:
        title = "Mean of all regions, population-weighted" if is_averaged(data) else "All regions"
        return [_Panel(title, over(ds, name))]
    ids = [str(r) for r in ds["region"].values]
    names = dict(zip(ids, region_names(ds), strict=True))
    panels, problems = [], []
    for text in chosen:
        try:
            mask = select_regions(ds, text, "--regions")
            if share and not mask[nation(ds)].any():
                raise UserError(f"--share: '{text}' is outside the nation; expected regions of the mainland")
            values = 100 * share_of_nation(ds, name, mask) if share else over(ds, name, text)
        except UserError as error:
            problems += error.messages
            continue
        count = int(mask.sum())
        title = names.get(text, style.ZONE_TITLES.get(text, f"{text} ({count}\u00a0region{'s' if count > 1 else ''})"))
        panels.append(_Panel(title, values, bands_of(ds, name, mask, reference_arm(ds))))
    if len(chosen) > _MANY:
        problems.append(f"--regions: {len(chosen)} regions; expected at most {_MANY} in one figure")
    if problems:
        raise UserError(problems)
    return panels


def _caption(ds: xr.Dataset, variable: str, panels: Sequence[_Panel], share: bool) -> str:
    """Return what lines and areas are, and what is known of the model's errors."""
    runs, agents = ds.sizes["replication"], agents_of(ds)
    firms = "" if agents is None else f" of {agents:,} firm agents"
    many = f"{runs} run{'s' if runs > 1 else ''}{firms}"
    parts = [f"Lines: means over {many} in each arm, with the 95 % interval of the mean."]
    bands = [panel.bands for panel in panels if panel.bands is not None]
    if bands:
        given = "" if share else ", given the level of the nation"
        arm = shortened(style.display_name(reference_arm(ds)), 160, 7.0)
        parts.append(
            f"Orange area around {arm}: 90 % band of the model's errors in the "
            f"hindcast of shares{given}; the interval over seeds does not contain them."
        )
        parts += ["All arms share these errors."] if ds.sizes["arm"] > 1 else []
    if any(one.extrapolated.any() for one in bands):
        parts.append(f"Beyond {SUPPORTED:.0f} years it is extrapolated, for errors that grow slowly and fast.")
    if len(bands) < len(panels) and error_law(ds, variable) is not None:
        parts.append("For national levels, and for Hong Kong and Macao, no band of the model's errors is known.")
    return " ".join(parts)


def _draw(ds: xr.Dataset, panels: Sequence[_Panel], label: str, caption: str) -> Figure:
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    width = max(4.2, 3.0 * columns)
    figure, axes = style.panels(rows, columns, width=width, height=2.8)
    for axis, panel in zip(axes, panels, strict=False):
        if panel.bands is not None:
            _band(axis, mean_and_interval(panel.values.sel(arm=reference_arm(ds)))[0], panel.bands)
        draw_paths(axis, panel.values, marks_of(ds))
        axis.set(title=wrapped(panel.title, room(width / columns), 11.0), xlabel="Year")
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    for axis in axes[::columns]:
        axis.set_ylabel(label)
    entries: dict[str, Artist] = {}
    for axis in axes[: len(panels)]:
        entries |= {text: handle for handle, text in zip(*axis.get_legend_handles_labels(), strict=True)}
    text, ncols = textwrap.fill(caption, int(_LETTERS * width)), max(2, 2 * columns - 1)
    figure.set_figheight(2.8 * rows + 0.12 * text.count("\n") + 0.17)
    legend(figure, list(entries.values()), list(entries), "outside lower left", ncols, alignment="left", title=text,
           title_fontproperties={"size": 7})  # fmt: skip
    return figure


def _band(axis: Axes, mean: xr.DataArray, bands: Bands) -> None:
    """Draw the band of errors, beyond the horizon of the hindcast for errors that grow slowly and fast."""
    years = mean["year"].to_numpy()
    low, high = (mean.to_numpy() * end / bands.share for end in (bands.low, bands.high))
    first = int(np.argmax(bands.extrapolated)) if bands.extrapolated.any() else len(years)
    known, beyond = slice(0, first), slice(first - 1, None)
    axis.fill_between(
        years[known], low[0, known], high[0, known], color=_BAND, alpha=0.3, lw=0, label="90 % band of errors"
    )
    if first < len(years):
        ends, words = np.stack([low, high], axis=-1)[:, beyond], "extrapolated, errors grow"
        axis.plot(years[beyond], ends[0], color=_BAND, ls="--", lw=0.9, label=[f"{words} slowly", None])
        axis.fill_between(years[beyond], *ends[1].T, color=_BAND, alpha=0.12, lw=0, label=f"{words} fast")
