"""One run, one HDF5 file: written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import h5py
import numpy as np
import pandas as pd

from sim.catalogue import GROUPS, SECTORS, VARIABLES
from sim.errors import UserError
from sim.record import PAYMENT_DTYPE, RunRecord

FORMAT = "hinterland-run"
FORMAT_VERSION = 1
DIMENSIONS = ("year", "region", "sector", "group", "origin", "destination")
REGION_COORDS = (
    "name", "name_zh", "zone", "province", "circle", "belts", "points", "lat", "lon", "area_km2", "area", "fitted",
)  # fmt: skip
_ALIASES = {
    "id": "region", "ids": "region", "regions": "region", "name_en": "name", "names": "name", "zones": "zone",
    "provinces": "province", "sectors": "sector", "groups": "group",
}  # fmt: skip
_TEXT = h5py.string_dtype("utf-8")
_PACKED: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


def run_path(folder: str | Path, arm: str, replication: int) -> Path:
    """Return where the run of an arm and replication lies in a results folder."""
    return Path(folder) / "runs" / f"{arm}-{replication:03d}.h5"


def region_coords(regions: pd.DataFrame) -> dict[str, Any]:
    """Return the coordinates of a world's region table, as `write_run` takes them.

    Parameters
    ----------
    regions : DataFrame, R rows
        Columns ``id, name_en, name_zh, zone, province, circle, belts, points, lat, lon``; see `sim.world.types.World`.
    """
    coords: dict[str, Any] = {"region": regions["id"].to_numpy(), "sector": SECTORS, "group": GROUPS}
    for column in regions.columns:
        name = _ALIASES.get(column, column)
        if name in REGION_COORDS:
            coords[name] = regions[column].to_numpy()
    return coords


def write_run(path: str | Path, record: RunRecord, coords: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
    """Write one run; a killed writer leaves no file under `path`.

    Parameters
    ----------
    path : path
        Its folder is made if needed.
    record : RunRecord
        Series of shape ``(T, *dims)``; flows are stored in single precision, all else in double.
    coords : mapping
        ``region`` (ids; required), ``sector``, ``group`` (default: the catalogue's), and any of
        `REGION_COORDS`, one value a region.
    meta : mapping
        ``config`` (JSON text), ``seed``, ``arm``, ``replication``, ``run_id``, ``versions`` (dict),
        ``commit``, ``world``, ``wall_s`` (seconds).
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with h5py.File(temporary, "w") as file:
            _write_attributes(file, record, meta)
            _write_coords(file, record, coords)
            for name, values in record.series.items():
                _write_series(file, name, np.asarray(values))
            _write_payments(file, record)
            _write_reports(file, record)
        _sync(temporary)
        os.replace(temporary, path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_attributes(file: h5py.File, record: RunRecord, meta: Mapping[str, Any]) -> None:
    file.attrs["format"] = FORMAT
    file.attrs["format_version"] = FORMAT_VERSION
    for key, value in meta.items():
        # JSON keeps every type (big seeds, dicts); plain text stays readable to other programs
        file.attrs[key] = value if isinstance(value, str) else "json:" + json.dumps(value, sort_keys=True, default=str)
    file.attrs["notes"] = "json:" + json.dumps(record.notes, sort_keys=True, default=str)


def _write_coords(file: h5py.File, record: RunRecord, coords: Mapping[str, Any]) -> None:
    labels = {_ALIASES.get(key, key): np.asarray(value) for key, value in coords.items()}
    region = labels["region"]
    scales = {
        "year": np.asarray(record.years, dtype="<i4"),
        "region": region,
        "sector": labels.get("sector", np.asarray(SECTORS)),
        "group": labels.get("group", np.asarray(GROUPS)),
        "origin": region,
        "destination": region,
    }
    for name, values in scales.items():
        _write_array(file, name, values).make_scale(name)
    for name in REGION_COORDS:
        if name in labels:
            _write_array(file, name, labels[name]).dims[0].attach_scale(file["region"])


def _write_array(group: h5py.Group, name: str, values: np.ndarray) -> h5py.Dataset:
    if values.dtype.kind in "OUST":
        return group.create_dataset(name, data=[str(v) for v in values], dtype=_TEXT, shape=(len(values),))
    return group.create_dataset(name, data=values)


def _write_series(file: h5py.File, name: str, values: np.ndarray) -> None:
    variable = VARIABLES.get(name)
    if variable is None:
        raise KeyError(f"{name!r} is not in the catalogue")
    dims = ("year", *variable.dims)
    expected = tuple(file[d].shape[0] for d in dims)
    if values.shape != expected:
        raise ValueError(f"{name}: shape {values.shape}, expected {expected} for {dims}")
    # one chunk a year: a year's map or matrix is what readers ask for
    chunks = (1, *expected[1:]) if variable.detail == "flows" else expected
    dtype = "<f4" if variable.detail == "flows" else "<f8"
    data = file.create_dataset(name, data=values.astype(dtype), chunks=chunks if min(chunks) else None, **_PACKED)
    data.attrs["units"] = variable.unit
    data.attrs["long_name"] = variable.title
    for axis, dim in enumerate(dims):
        data.dims[axis].attach_scale(file[dim])


def _write_payments(file: h5py.File, record: RunRecord) -> None:
    group = file.create_group("payments")
    payments = np.asarray(record.payments, dtype=PAYMENT_DTYPE)
    for column in PAYMENT_DTYPE.names or ():
        values = np.ascontiguousarray(payments[column])
        group.create_dataset(column, data=values, **({**_PACKED, "chunks": True} if len(values) else {}))
    group["amount"].attrs["units"] = "million yuan"
    _write_array(group, "accounts", np.asarray(record.accounts, dtype=object))
    _write_array(group, "purposes", np.asarray(record.purposes, dtype=object))


def _write_reports(file: h5py.File, record: RunRecord) -> None:
    group = file.create_group("reports")
    for (mechanism, item), values in record.reports.items():
        name = quote(f"{mechanism}.{item}", safe=" ():")
        data = group.create_dataset(name, data=np.asarray(values, dtype="<f8"))
        data.attrs["mechanism"], data.attrs["item"] = mechanism, item
        data.attrs["units"] = record.report_units.get((mechanism, item), "1")
        data.attrs["long_name"] = f"{mechanism}: {item}"
        data.dims[0].attach_scale(file["year"])


@contextmanager
def opened(path: str | Path) -> Iterator[h5py.File]:
    """Open a run's file for reading.

    Raises
    ------
    UserError
        If it is missing, unreadable or not a run of this program.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such result file; expected a .h5 file of one run.")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise UserError(f"{path}: corrupt or not an HDF5 file ({error}); delete it and run again.") from error
    with file:
        if file.attrs.get("format") != FORMAT:
            raise UserError(f"{path}: an HDF5 file, but not a Hinterland run; expected format={FORMAT!r}.")
        if int(file.attrs.get("format_version", 0)) > FORMAT_VERSION:
            raise UserError(f"{path}: written by a newer version; expected format_version <= {FORMAT_VERSION}.")
        try:
            yield file
        except (OSError, RuntimeError) as error:  # what h5py raises on damaged chunks and headers
            raise UserError(f"{path}: damaged result file ({error}); delete it and run again.") from error


def read_array(data: h5py.Dataset) -> np.ndarray:
    """Return a dataset whole, text as ``str`` objects."""
    if h5py.check_string_dtype(data.dtype) is not None:
        return np.array(data.asstr()[()], dtype=object).reshape(data.shape)
    return data[()]


def read_meta(file: h5py.File) -> dict[str, Any]:
    """Return the root attributes of an open run, as `write_run` got them."""
    meta: dict[str, Any] = {}
    for key, value in file.attrs.items():
        if isinstance(value, str) and value.startswith("json:"):
            meta[key] = json.loads(value[5:])
        elif key not in ("format", "format_version"):
            meta[key] = value
    return meta


def read_coords(file: h5py.File) -> dict[str, np.ndarray]:
    """Return dimension labels and region coordinates of an open run."""
    return {name: read_array(file[name]) for name in (*DIMENSIONS, *REGION_COORDS) if name in file}


def read_run(path: str | Path) -> tuple[RunRecord, dict[str, Any]]:
    """Return one run and its meta data; ``meta["coords"]`` holds the coordinates.

    Raises
    ------
    UserError
        If the file is missing, corrupt or foreign.
    """
    with opened(path) as file:
        meta = read_meta(file)
        group = file["payments"]
        payments = np.zeros(group["year"].shape[0], dtype=PAYMENT_DTYPE)
        for column in PAYMENT_DTYPE.names or ():
            payments[column] = group[column][()]
        reports, units = {}, {}
        for data in file["reports"].values():
            key = (str(data.attrs["mechanism"]), str(data.attrs["item"]))
            reports[key], units[key] = data[()], str(data.attrs["units"])
        record = RunRecord(
            years=file["year"][()],
            series={name: file[name][()] for name in VARIABLES if name in file},
            payments=payments,
            accounts=list(read_array(group["accounts"])),
            purposes=list(read_array(group["purposes"])),
            reports=reports,
            report_units=units,
            notes=meta.pop("notes", {}),
        )
        meta["coords"] = read_coords(file)
    return record, meta
