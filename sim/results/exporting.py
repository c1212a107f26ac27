"""Export of results: which tables there are. How they are written is in `sim.results.formats`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.catalogue import VARIABLES
from sim.errors import UserError, nearest
from sim.extras import need
from sim.paths import home
from sim.results.design_points import points_table
from sim.results.files import CLASSES, open_file, read_array
from sim.results.formats import Target, write_geojson, write_geopackage, write_netcdf
from sim.results.index import RunLocation
from sim.results.opening import open_results
from sim.results.reading import find_runs
from sim.results.stored import StoredRun

_ADDED = (
    "persons",
    "persons/yr",
    "firms",
    "firms/yr",
    "million yuan",
    "million yuan/yr",
)  # sums over parts mean something
_TABLES = {
    (): "nation",
    ("region",): "regions",
    ("region", "sector"): "regions_by_sector",
    ("region", "group"): "regions_by_group",
    ("origin", "destination"): "flows",
    ("sector", "origin", "destination"): "flows_by_sector",
    ("origin_zone", "destination_zone"): "flows_of_zones",
    ("sector", "origin_zone", "destination_zone"): "flows_of_zones_by_sector",
    tuple(CLASSES): "firms_by_class",
}


def payments(path: str | Path, arm: str, replication: int) -> pd.DataFrame:
    """Return all payments of one run with labels.

    Parameters
    ----------
    path : path
        A results folder or the run's file.
    arm : str
    replication : int

    Returns
    -------
    DataFrame
        Columns ``year, payer, payee, purpose, amount`` (million base-year yuan).

    Raises
    ------
    UserError
        If there is no such run.
    """
    arms = []
    for location in find_runs(path).locations:
        if (location.arm, location.replication) == (arm, replication):
            return payments_of(location)
        arms.append(location.arm)
    raise UserError(f"{path}: no run of arm {arm!r}, replication {replication}{nearest(arm, sorted(set(arms)))}.")


def payments_of(location: RunLocation) -> pd.DataFrame:
    """Return the payments of a stored run; see `payments`."""
    columns: dict[str, Any] = dict.fromkeys(("year", "payer", "payee", "purpose", "amount"), [])
    with open_file(location.path) as file:
        group = StoredRun(file, location.row).payments()
        if group is not None:
            accounts, purposes = read_array(group["accounts"]), read_array(group["purposes"])
            columns = {
                "year": group["year"][()],
                "payer": pd.Categorical.from_codes(group["payer"][()], accounts),
                "payee": pd.Categorical.from_codes(group["payee"][()], accounts),
                "purpose": pd.Categorical.from_codes(group["purpose"][()], purposes),
                "amount": group["amount"][()],
            }
    return pd.DataFrame(columns)


def export(path: str | Path, out: str | Path, to: str = "csv", spreadsheets: bool = False) -> list[Path]:
    """Export all results.

    ``csv`` and ``parquet`` are tidy tables: one file per set of dimensions, one row per observation, one column per
    variable; flows only for pairs with a flow. Also ``mechanisms``, ``payments``, ``places`` and ``dictionary``.
    For an experiment with points every run is written once, with its name in the column ``run``; ``points`` maps
    points to runs. ``netcdf`` is one file with the dataset of `open_results`; ``geojson`` a map of the regions for each
    arm, with the values of the last year; ``geopackage`` the same maps as layers of one file.

    Parameters
    ----------
    path : path
        A results folder or one file.
    out : path
        Folder for the files; created if needed.
    to : {"csv", "parquet", "netcdf", "geojson", "geopackage"}
    spreadsheets : bool
        Whether to write CSV files as spreadsheets expect them: with a mark of the encoding, and no text that they
        would take for a formula.

    Returns
    -------
    list of path
        The files written.
    """
    need(to, f"the format '{to}'")  # extras are named for formats
    ds, out = open_results(path), home(out)
    out.mkdir(parents=True, exist_ok=True)
    if to == "netcdf":
        return [write_netcdf(ds, out / "results.nc")]
    if to == "geopackage":
        return [write_geopackage(region_table(ds), _last_year(ds), out / "regions.gpkg")]
    if to == "geojson":
        return [write_geojson(region_table(ds), values, out / f"{name}.geojson") for name, values in _last_year(ds)]
    units = {str(n): {k: str(a) for k, a in ds[n].attrs.items()} for n in ds.variables}
    target, written = Target(out, to, units, spreadsheets), []
    for dims, title in _TABLES.items():
        names = [n for n, v in VARIABLES.items() if v.dims == dims and n in ds]
        if names:
            written.append(target.write(_observations(ds, names), title))
    reports = sorted(str(n) for n in ds.data_vars if n not in VARIABLES)
    if reports:
        written.append(target.write(_observations(ds, reports), "mechanisms"))
    written.append(target.write(_payments(ds, path), "payments"))
    for title, table in _labels(ds).items():
        written.append(target.write([table], title))
    return written


def region_table(ds: xr.Dataset) -> pd.DataFrame:
    """Return the table of regions: their labels and coordinates, and the official code of those that have one."""
    locations = [c for c in ds.coords if ds[c].dims == ("region",)]
    regions = pd.DataFrame({str(c): ds[c].to_numpy() for c in locations})
    codes = _codes(ds)
    if codes is not None:
        regions.insert(1, "adcode", codes)
    return regions


def _codes(ds: xr.Dataset) -> list[int] | None:
    """Return the official codes of the regions of a bundled world; None if they have none."""
    from sim.world import load_world, world_names, world_years

    name, ids = str(ds.attrs.get("world", "")), ds["region"].to_numpy().tolist()
    if name not in world_names():
        return None
    for year in world_years(name):
        known = load_world(name, year).regions.set_index("id")["adcode"]
        if set(ids) <= set(known.index) and (known > 0).all():
            return [int(code) for code in known[ids]]
    return None


def _last_year(ds: xr.Dataset) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a file name and the values by region of the last year, for each arm; without values for other designs."""
    if "point" in ds.dims:
        yield "regions", pd.DataFrame(index=ds["region"].to_numpy())
        return
    names = [n for n, v in VARIABLES.items() if v.dims[:1] == ("region",) and n in ds]
    for arm in ds["arm"].to_numpy():
        last, columns = ds[names].sel(arm=arm).isel(year=-1).mean("replication"), {}
        for name in names:
            parts = VARIABLES[name].dims[1:]
            if not parts or VARIABLES[name].unit in _ADDED:
                columns[name] = last[name].sum(parts).to_numpy()
                continue
            for label, part in last[name].groupby(parts[0]):
                columns[f"{name}.{label}"] = part.to_numpy().ravel()
        yield f"regions_{arm}", pd.DataFrame(columns, index=ds["region"].to_numpy())


def _labels(ds: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return the lookup tables: regions, dictionary of variables, points."""
    dictionary = pd.DataFrame(
        [(str(n), " ".join(map(str, v.dims)), v.attrs["units"], v.attrs["long_name"]) for n, v in ds.data_vars.items()],
        columns=["variable", "dimensions", "unit", "meaning"],
    )
    tables = {"places": region_table(ds), "dictionary": dictionary}
    if "point" in ds.dims:
        tables["points"] = points_table(ds)
    return tables


def finished_runs(ds: xr.Dataset) -> list[tuple[str, int]]:
    """Return (arm, replication) of every finished run."""
    pairs = np.argwhere(ds["finished"].to_numpy())
    return [(str(ds["arm"].to_numpy()[a]), int(ds["replication"].to_numpy()[k])) for a, k in pairs]


def _each_run(ds: xr.Dataset) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    """Yield every finished run once, with its identifying columns."""
    seen = set()
    for location in np.argwhere(ds["finished"].to_numpy()):
        run = ds.isel(dict(zip(ds["finished"].dims, location, strict=True)))
        names: dict[str, Any] = {"arm": run["arm"].item(), "replication": run["replication"].item()}
        if "run" in run.coords:
            names["run"] = run["run"].item()
        if tuple(names.values()) not in seen:
            seen.add(tuple(names.values()))
            yield run, names


def _observations(ds: xr.Dataset, names: list[str]) -> Iterator[pd.DataFrame]:
    """Yield the tables run by run, so that memory holds the flows of at most one run."""
    pairs = any(str(dim).startswith("origin") for dim in ds[names[0]].dims)
    for run, columns in _each_run(ds):
        run = run[names]
        table = run.drop_vars([c for c in run.coords if c not in run.dims]).to_dataframe().reset_index()
        yield _named(table[(table[names] != 0).any(axis=1)] if pairs else table, columns)


def _payments(ds: xr.Dataset, path: str | Path) -> Iterator[pd.DataFrame]:
    locations = {location.name: location for location in find_runs(path).locations}
    by_arm = {(location.arm, location.replication): location for location in locations.values()}
    for _, columns in _each_run(ds):
        location = locations[columns["run"]] if "run" in columns else by_arm[columns["arm"], columns["replication"]]
        yield _named(payments_of(location).astype({"payer": str, "payee": str, "purpose": str}), columns)


def _named(table: pd.DataFrame, columns: dict[str, Any]) -> pd.DataFrame:
    for k, (name, value) in enumerate(columns.items()):
        table.insert(k, name, value)
    return table
