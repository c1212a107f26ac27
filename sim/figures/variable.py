"""One variable over time for chosen regions, drawn by ``hinterland plot``."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis import is_averaged, over, select_regions
from sim.analysis.regions import region_names
from sim.analysis.statistics import mean_and_interval
from sim.errors import UserError, nearest
from sim.figures import style
from sim.figures.style import colours_of

SUFFIXES = (".png", ".pdf", ".svg")
_MANY = 12
_TITLE = 42  # characters per line of a panel title


def plot_variable(ds: xr.Dataset, variable: str, regions: Sequence[str] | None, out: Path) -> Path:
    """Draw the time path of a variable by arm, one panel per region, and write it.

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

    Returns
    -------
    Path
        The written file.

    Raises
    ------
    UserError
        For an unknown variable, region or file type, or a variable without a time path.
    """
    data = _variable(ds, variable)
    out = Path(out)
    if out.suffix.lower() not in SUFFIXES:
        raise UserError(f"--out: '{out.name}' has an unknown file type; expected one of {', '.join(SUFFIXES)}")
    panels = _panels(ds, data, list(regions or []))
    with style.styled():
        figure = _draw(data, variable, panels, colours_of(ds))
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


def _panels(ds: xr.Dataset, data: xr.DataArray, chosen: list[str]) -> dict[str, xr.DataArray]:
    name = str(data.name)
    if "region" not in data.dims:
        if chosen:
            raise UserError(f"--regions: '{name}' is a national variable; expected no regions")
        return {"Nation": data}
    if not chosen:
        return {"Mean of all regions, population-weighted" if is_averaged(data) else "All regions": over(ds, name)}
    ids = [str(r) for r in ds["region"].values]
    names = dict(zip(ids, region_names(ds), strict=True))
    panels, problems = {}, []
    for text in chosen:
        try:
            count = int(select_regions(ds, text, "--regions").sum())
        except UserError as error:
            problems += error.messages
            continue
        title = names.get(text, style.ZONE_TITLES.get(text, f"{text} ({count} region{'s' if count > 1 else ''})"))
        panels[textwrap.fill(title, _TITLE)] = over(ds, name, text)
    if len(chosen) > _MANY:
        problems.append(f"--regions: {len(chosen)} regions; expected at most {_MANY} in one figure")
    if problems:
        raise UserError(problems)
    return panels


def _draw(data: xr.DataArray, variable: str, panels: dict[str, xr.DataArray], colours: dict[str, str]) -> Figure:
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = style.panels(rows, columns, width=max(4.2, 3.0 * columns), height=2.8)
    for axis, (title, values) in zip(axes, panels.items(), strict=False):
        for arm, colour in colours.items():
            if arm not in values["arm"].values:
                continue
            mean, half = mean_and_interval(values.sel(arm=arm))
            axis.plot(values["year"], mean, color=colour, label=style.display_name(arm))
            axis.fill_between(values["year"], mean - half, mean + half, color=colour, alpha=0.2, lw=0)
        axis.set(title=title, xlabel="Year")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    for axis in axes[::columns]:
        axis.set_ylabel(f"{data.attrs.get('long_name', variable)}\n[{data.attrs.get('units', '1')}]")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure
