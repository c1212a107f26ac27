"""Export of results as tables for other programs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.catalogue import VARIABLES
from sim.errors import UserError, nearest
from sim.extras import need
from sim.results.design_points import points_table
from sim.results.files import CLASSES, open_file, read_array
from sim.results.index import RunLocation
from sim.results.opening import open_results
from sim.results.reading import find_runs
from sim.results.stored import StoredRun

FORMATS = ("csv", "parquet", "netcdf")
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


def export(path: str | Path, out: str | Path, to: str = "csv") -> list[Path]:
    """Export all results.

    ``csv`` and ``parquet`` are tidy tables: one file per set of dimensions, one row per observation, one column per
    variable; flows only for pairs with a flow. Also ``mechanisms``, ``payments``, ``places`` and ``dictionary``.
    For an experiment with points every run is written once, with its name in the column ``run``; ``points`` maps
    points to runs. ``netcdf`` is one file with the dataset of `open_results`.

    Parameters
    ----------
    path : path
        A results folder or one file.
    out : path
        Folder for the files; created if needed.
    to : {"csv", "parquet", "netcdf"}

    Returns
    -------
    list of path
        The files written.
    """
    need(to, f"the format '{to}'")  # extras are named for formats
    ds, out = open_results(path), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    if to == "netcdf":
        return [_write_netcdf(ds, out / "results.nc")]
    written = []
    for dims, title in _TABLES.items():
        names = [n for n, v in VARIABLES.items() if v.dims == dims and n in ds]
        if names:
            written.append(_write(_observations(ds, names), out / f"{title}.{to}"))
    reports = sorted(str(n) for n in ds.data_vars if n not in VARIABLES)
    if reports:
        written.append(_write(_observations(ds, reports), out / f"mechanisms.{to}"))
    written.append(_write(_payments(ds, path), out / f"payments.{to}"))
    for title, table in _labels(ds).items():
        written.append(_write([table], out / f"{title}.{to}"))
    return written


def _labels(ds: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return the lookup tables: regions, dictionary of variables, points."""
    locations = [c for c in ds.coords if ds[c].dims == ("region",)]
    dictionary = pd.DataFrame(
        [(str(n), " ".join(map(str, v.dims)), v.attrs["units"], v.attrs["long_name"]) for n, v in ds.data_vars.items()],
        columns=["variable", "dimensions", "unit", "meaning"],
    )
    tables = {"places": pd.DataFrame({str(c): ds[c].to_numpy() for c in locations}), "dictionary": dictionary}
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


def _write(tables: Iterable[pd.DataFrame], path: Path) -> Path:
    """Write tables with the same columns to one file, in the format of its suffix."""
    if path.suffix == ".csv":
        for i, table in enumerate(tables):
            table.to_csv(path, index=False, mode="a" if i else "w", header=i == 0)
        return path
    import pyarrow as pa  # slow to import
    import pyarrow.parquet as pq

    writer = None
    for table in tables:
        rows = pa.Table.from_pandas(table, preserve_index=False, schema=writer.schema if writer else None)
        writer = writer or pq.ParquetWriter(path, rows.schema)
        writer.write_table(rows)
    if writer:
        writer.close()
    return path


def _write_netcdf(ds: xr.Dataset, path: Path) -> Path:
    ds = ds.assign_coords(finished=ds["finished"].astype("i1"))  # netCDF has no booleans
    ds = ds.assign_attrs({k: v if isinstance(v, str) else json.dumps(v) for k, v in ds.attrs.items()})
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        ds.to_netcdf(part, engine="h5netcdf")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path
