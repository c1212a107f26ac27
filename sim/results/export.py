"""Results as tables for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.catalogue import VARIABLES
from sim.errors import UserError, nearest
from sim.results.files import opened, read_array, read_meta, run_path
from sim.results.points import points_table
from sim.results.reading import open_results, run_files

_TABLES = {
    (): "nation",
    ("region",): "regions",
    ("region", "sector"): "regions_by_sector",
    ("region", "group"): "regions_by_group",
    ("origin", "destination"): "flows",
    ("sector", "origin", "destination"): "flows_by_sector",
}


def payments(path: str | Path, arm: str, replication: int) -> pd.DataFrame:
    """Return every payment of one run with labels.

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
    file_path = _find(Path(path), arm, replication)
    with opened(file_path) as file:
        group = file["payments"]
        accounts, purposes = read_array(group["accounts"]), read_array(group["purposes"])
        return pd.DataFrame(
            {
                "year": group["year"][()],
                "payer": pd.Categorical.from_codes(group["payer"][()], accounts),
                "payee": pd.Categorical.from_codes(group["payee"][()], accounts),
                "purpose": pd.Categorical.from_codes(group["purpose"][()], purposes),
                "amount": group["amount"][()],
            }
        )


def _find(path: Path, arm: str, replication: int) -> Path:
    expected = run_path(path, arm, replication)
    candidates = [expected] if expected.is_file() else run_files(path)
    known = []
    for candidate in candidates:
        with opened(candidate) as file:
            meta = read_meta(file)
        if (meta["arm"], meta["replication"]) == (arm, replication):
            return candidate
        known.append(str(meta["arm"]))
    raise UserError(f"{path}: no run of arm {arm!r}, replication {replication}{nearest(arm, sorted(set(known)))}.")


def export_csv(path: str | Path, out: str | Path) -> list[Path]:
    """Write all results as tidy CSV files with a data dictionary.

    One file per set of dimensions, one row per observation, one column per variable; of the
    bilateral flows only the pairs with a flow. Also ``mechanisms.csv``, ``payments.csv``,
    ``places.csv`` and ``dictionary.csv``. Of a sweep every run is written once, with its name in the column
    ``run``; ``points.csv`` tells which run stands at which point.

    Parameters
    ----------
    path : path
        A results folder or one run's file.
    out : path
        Folder for the tables; made if needed.

    Returns
    -------
    list of path
        The files written.
    """
    ds = open_results(path)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for dims, title in _TABLES.items():
        names = [n for n, v in VARIABLES.items() if v.dims == dims and n in ds]
        if names:
            written.append(_write_table(ds, names, out / f"{title}.csv", sparse="origin" in dims))
    reports = sorted(str(n) for n in ds.data_vars if n not in VARIABLES)
    if reports:
        written.append(_write_table(ds, reports, out / "mechanisms.csv", sparse=False))
    written.append(_write_payments(ds, Path(path), out / "payments.csv"))
    return [*written, *_write_labels(ds, out)]


def _write_labels(ds: xr.Dataset, out: Path) -> list[Path]:
    """Write what the other tables refer to: places, meanings of variables, points of a sweep."""
    places = [c for c in ds.coords if ds[c].dims == ("region",)]
    pd.DataFrame({str(c): ds[c].to_numpy() for c in places}).to_csv(out / "places.csv", index=False)
    dictionary = pd.DataFrame(
        [(str(n), " ".join(map(str, v.dims)), v.attrs["units"], v.attrs["long_name"]) for n, v in ds.data_vars.items()],
        columns=["variable", "dimensions", "unit", "meaning"],
    )
    dictionary.to_csv(out / "dictionary.csv", index=False)
    written = [out / "places.csv", out / "dictionary.csv"]
    if "point" in ds.dims:
        written.append(out / "points.csv")
        points_table(ds).to_csv(written[-1], index=False)
    return written


def finished_runs(ds: xr.Dataset) -> list[tuple[str, int]]:
    """Return (arm, replication) of every run that is there."""
    pairs = np.argwhere(ds["finished"].to_numpy())
    return [(str(ds["arm"].to_numpy()[a]), int(ds["replication"].to_numpy()[k])) for a, k in pairs]


def _each_run(ds: xr.Dataset) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    """Yield every run that is there once, with the columns that name it."""
    seen = set()
    for place in np.argwhere(ds["finished"].to_numpy()):
        run = ds.isel(dict(zip(ds["finished"].dims, place, strict=True)))
        names: dict[str, Any] = {"arm": run["arm"].item(), "replication": run["replication"].item()}
        if "run" in run.coords:
            names["run"] = run["run"].item()
        if tuple(names.values()) not in seen:
            seen.add(tuple(names.values()))
            yield run, names


def _write_table(ds: xr.Dataset, names: list[str], path: Path, *, sparse: bool) -> Path:
    # run by run, so that memory holds one run's flows at most
    for i, (run, columns) in enumerate(_each_run(ds)):
        run = run[names]
        run = run.drop_vars([c for c in run.coords if c not in run.dims])
        table = run.to_dataframe().reset_index()
        if sparse:
            table = table[(table[names] != 0).any(axis=1)]
        _append(table, columns, path, i)
    return path


def _write_payments(ds: xr.Dataset, source: Path, path: Path) -> Path:
    for i, (_, columns) in enumerate(_each_run(ds)):
        file = source / "runs" / f"{columns['run']}.h5" if "run" in columns else source
        _append(payments(file, columns["arm"], columns["replication"]), columns, path, i)
    return path


def _append(table: pd.DataFrame, columns: dict[str, Any], path: Path, i: int) -> None:
    for k, (name, value) in enumerate(columns.items()):
        table.insert(k, name, value)
    table.to_csv(path, index=False, mode="a" if i else "w", header=i == 0)
