"""Runs in HDF5 files, single or bundled: written atomically and never changed afterwards."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import h5py
import numpy as np
import pandas as pd

from sim.catalogue import AGE_CLASSES, GROUPS, OWNERSHIP, SECTORS, SIZE_CLASSES, VARIABLES, ZONES
from sim.currency import YUAN, currency_of, in_currency
from sim.errors import NewerVersion, UserError
from sim.paths import home
from sim.record import PAYMENT_DTYPE, RunRecord
from sim.results.text import replacing

FORMAT = "hinterland-run"
FORMAT_VERSION = 2  # 1: one run per file; 2: also bundles, whose datasets have runs as their first axis
# Dimensions that only runs with classes of firms have, with their labels.
CLASSES = {"zone_class": ZONES, "age_class": AGE_CLASSES, "size_class": SIZE_CLASSES, "ownership": OWNERSHIP}
DIMENSIONS = (
    "year", "region", "sector", "group", "origin", "destination", "origin_zone", "destination_zone", *CLASSES,
)  # fmt: skip
REGION_COORDS = (
    "name", "name_zh", "zone", "province", "circle", "belts", "points", "lat", "lon", "area_km2", "area", "fitted",
)  # fmt: skip
LETTERS = 16  # characters of the run id in a run name
_ALIASES = {
    "id": "region", "ids": "region", "regions": "region", "name_en": "name", "names": "name", "zones": "zone",
    "provinces": "province", "sectors": "sector", "groups": "group",
}  # fmt: skip
_TEXT = h5py.string_dtype("utf-8")
_PACKED: dict[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
_CHUNK = 2**18  # bytes per chunk: one run of a large variable, many runs of a small one
_CACHE = 2**25  # bytes of decompressed chunks cached per open file


def run_path(folder: str | Path, arm: str, replication: int) -> Path:
    """Return the path of the run of an arm and replication in a results folder, if stored as a single file."""
    return Path(folder) / "runs" / f"{arm}-{replication:03d}.h5"


def run_name(meta: Mapping[str, Any]) -> str:
    """Return the name of a run: arm, replication and the beginning of its id."""
    return f"{meta['arm']}-{int(meta['replication']):03d}-{str(meta['run_id'])[:LETTERS]}"


def region_coords(regions: pd.DataFrame) -> dict[str, Any]:
    """Return the coordinates of a world's region table in the form expected by `write_run`.

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
    """Write one run atomically: a killed writer leaves no file at `path`.

    Parameters
    ----------
    path : path
        Its folder is created if needed.
    record : RunRecord
        Series of shape ``(T, *dims)``; flows are stored in single precision, everything else in double.
    coords : mapping
        ``region`` (ids; required), ``sector``, ``group`` (default: the catalogue's), and any of
        `REGION_COORDS`, one value per region.
    meta : mapping
        ``config`` (JSON text), ``seed``, ``arm``, ``replication``, ``run_id``, ``versions`` (dict),
        ``commit``, ``world``, ``wall_s`` (seconds).

    Raises
    ------
    OSError
        If the disk is full; no partial file is left.
    """
    with _image() as (file, content):
        _write_attributes(file, {**meta, **_about(record)})
        scales = _write_coords(file, record, coords)
        rows = {
            name: _write_series(file, scales, name, np.asarray(values)[None], record.currency)
            for name, values in record.series.items()
        }
        payments = [_write_payments(file.create_group("payments"), record)]
        _close(file, rows | _write_reports(file, [record]), payments, bundle=False)
    write_bytes(path, content())


def write_bundle(
    path: str | Path, runs: Sequence[tuple[RunRecord, Mapping[str, Any]]], coords: Mapping[str, Any]
) -> None:
    """Write runs with the same regions, years and variables to one file; see `write_run`.

    Parameters
    ----------
    path : path
    runs : sequence of (RunRecord, meta)
        As for `write_run`.
    coords : mapping
    """
    records = [record for record, _ in runs]
    first, currency = records[0], records[0].currency
    if any(
        set(r.series) != set(first.series) or not np.array_equal(r.years, first.years) or r.currency != currency
        for r in records
    ):
        raise ValueError("runs of one bundle differ in years, variables or currency")
    with _image() as (file, content):
        _write_attributes(file, {"runs": len(runs)})
        metas = json.dumps([{**meta, **_about(record)} for record, meta in runs], sort_keys=True, default=str)
        file.create_dataset("meta", data=np.frombuffer(metas.encode(), dtype="u1"), chunks=True, **_PACKED)
        scales = _write_coords(file, first, coords)
        rows = {
            name: _write_series(
                file, scales, name, np.stack([r.series[name] for r in records]), first.currency, bundle=True
            )
            for name in first.series
        }
        payments = [
            _write_payments(file.create_group(f"payments/{row:03d}"), record) if len(record.payments) else {}
            for row, record in enumerate(records)
        ]
        _close(file, rows | _write_reports(file, records, bundle=True), payments, bundle=True)
    write_bytes(path, content())


@contextmanager
def _image() -> Iterator[tuple[h5py.File, Any]]:
    """Yield an HDF5 file in memory, and a function that returns its bytes once it is closed.

    HDF5 hides the cause of an error on a full disk; writing the finished bytes reports it.
    """
    with h5py.File("image.h5", "w", driver="core", backing_store=False) as file:
        images: list[bytes] = []
        yield file, lambda: images[0]
        file.flush()
        images.append(file.id.get_file_image())


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file atomically and flush it to disk."""
    path = home(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part, open(part, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _about(record: RunRecord) -> dict[str, Any]:
    """Return what a run says about itself, to be stored with its metadata."""
    return {"notes": record.notes, "currency": record.currency}


def _write_attributes(file: h5py.File, meta: Mapping[str, Any]) -> None:
    file.attrs["format"] = FORMAT
    file.attrs["format_version"] = FORMAT_VERSION
    for key, value in meta.items():
        # JSON preserves types (large seeds, dicts); plain text stays readable to other programs
        file.attrs[key] = value if isinstance(value, str) else "json:" + json.dumps(value, sort_keys=True, default=str)


def _write_coords(file: h5py.File, record: RunRecord, coords: Mapping[str, Any]) -> dict[str, h5py.Dataset]:
    """Write the labels of dimensions and regions; return the dimension scales by name."""
    values, regions = labels_of(record, coords)
    scales = {name: _write_array(file, name, array) for name, array in values.items()}
    for name, scale in scales.items():
        scale.make_scale(name)
    for name, array in regions.items():
        _write_array(file, name, array).dims[0].attach_scale(scales["region"])
    return scales


def labels_of(record: RunRecord, coords: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the labels of the dimensions of a run, and the coordinates of its regions; see `write_run`."""
    labels = {_ALIASES.get(key, key): np.asarray(value) for key, value in coords.items()}
    region = labels["region"]
    values = {
        "year": np.asarray(record.years, dtype="<i4"),
        "region": region,
        "sector": labels.get("sector", np.asarray(SECTORS)),
        "group": labels.get("group", np.asarray(GROUPS)),
        "origin": region,
        "destination": region,
        "origin_zone": np.asarray(ZONES),
        "destination_zone": np.asarray(ZONES),
    }
    if any(name in VARIABLES and VARIABLES[name].detail == "classes" for name in record.series):
        values |= {name: np.asarray(classes) for name, classes in CLASSES.items()}
    return values, {name: labels[name] for name in REGION_COORDS if name in labels}


def _write_array(group: h5py.Group, name: str, values: np.ndarray) -> h5py.Dataset:
    if values.dtype.kind in "OUST":
        return group.create_dataset(name, data=[str(v) for v in values], dtype=_TEXT, shape=(len(values),))
    return group.create_dataset(name, data=values)


def _close(file: h5py.File, rows: dict[str, np.ndarray], payments: list[dict[str, np.ndarray]], bundle: bool) -> None:
    """Add the kind of the file and the digests of its runs, computed from the uncompressed arrays."""
    coords = read_coords(file)
    file.attrs["kind"] = _kind(file, coords)
    file.create_dataset("digest", data=_digests(coords, rows, payments, bundle), dtype=_TEXT)


def _write_series(
    file: h5py.File, scales: dict[str, h5py.Dataset], name: str, values: np.ndarray, currency: str, bundle: bool = False
) -> np.ndarray:
    """Write a variable of shape (runs, T, *dims), dropping the first axis outside bundles; return it as written."""
    variable = VARIABLES.get(name)
    if variable is None:
        raise KeyError(f"{name!r} is not in the catalogue")
    dims = ("year", *variable.dims)
    expected = (values.shape[0], *(len(scales[d]) for d in dims))
    if values.shape != expected:
        raise ValueError(f"{name}: shape {values.shape[1:]}, expected {expected[1:]} for {dims}")
    flows = variable.detail == "flows"
    # flows: one chunk per year, the usual unit of reading; otherwise all years of several runs
    together = int(np.clip(_CHUNK // max(8 * int(np.prod(expected[1:])), 1), 1, len(values)))
    chunks = (1, 1, *expected[2:]) if flows else (together, *expected[1:])
    values = values.astype("<f4" if flows else "<f8")
    if not bundle:
        values, chunks = values[0], chunks[1:]
    data = file.create_dataset(name, data=values, chunks=chunks if min(chunks) else None, **_PACKED)
    data.attrs["units"] = in_currency(variable.unit, currency)
    data.attrs["long_name"] = variable.title
    for axis, dim in enumerate(dims):
        data.dims[axis + bundle].attach_scale(scales[dim])
    return values


def _write_payments(group: h5py.Group, record: RunRecord) -> dict[str, np.ndarray]:
    """Write the ledger of a run; return the written arrays by name."""
    payments = np.asarray(record.payments, dtype=PAYMENT_DTYPE)
    columns = {name: np.ascontiguousarray(payments[name]) for name in PAYMENT_DTYPE.names or ()}
    for name, values in columns.items():
        group.create_dataset(name, data=values, **({**_PACKED, "chunks": True} if len(values) else {}))
    group["amount"].attrs["units"] = in_currency("million yuan", record.currency)
    labels = {name: np.array(getattr(record, name), dtype=object) for name in ("accounts", "purposes")}
    for name, values in labels.items():
        _write_array(group, name, values)
    return columns | labels


def _write_reports(file: h5py.File, records: Sequence[RunRecord], bundle: bool = False) -> dict[str, np.ndarray]:
    """Write the reports of mechanisms; return the written arrays by name."""
    group, written = file.create_group("reports"), {}
    keys = dict.fromkeys(key for record in records for key in record.reports)
    for mechanism, item in keys:
        rows = [record.reports.get((mechanism, item), np.full(len(record.years), np.nan)) for record in records]
        units = next(record.report_units.get((mechanism, item), "1") for record in records
                     if (mechanism, item) in record.reports)  # fmt: skip
        values = np.asarray(rows if bundle else rows[0], dtype="<f8")
        data = group.create_dataset(quote(f"{mechanism}.{item}", safe=" ():"), data=values)
        written[data.name.removeprefix("/")] = values
        data.attrs["mechanism"], data.attrs["item"] = mechanism, item
        data.attrs["units"] = in_currency(units, records[0].currency)
        data.attrs["long_name"] = f"{mechanism}: {item}"
        data.dims[values.ndim - 1].attach_scale(file["year"])
    return written


@contextmanager
def open_file(path: str | Path) -> Iterator[h5py.File]:
    """Open a file of runs for reading.

    Raises
    ------
    UserError
        If it is missing, unreadable or not a Hinterland file.
    """
    path = home(path)
    if not path.is_file():
        raise UserError(f"{path}: no such result file; expected a .h5 file of one run.")
    try:
        # files of runs never change: they need no lock, which some disks do not have
        file = h5py.File(path, "r", rdcc_nbytes=_CACHE, locking=False)
    except OSError as error:
        _raise_if_refused(error, path)
        raise UserError(f"{path}: corrupt or not an HDF5 file ({error}); delete it and run again.") from error
    with file:
        if file.attrs.get("format") != FORMAT:
            raise UserError(f"{path}: an HDF5 file, but not a Hinterland run; expected format={FORMAT!r}.")
        if int(file.attrs.get("format_version", 0)) > FORMAT_VERSION:
            raise NewerVersion(f"{path}: written by a newer version; expected format_version <= {FORMAT_VERSION}.")
        try:
            yield file
        except (OSError, RuntimeError) as error:  # raised by h5py on damaged chunks and headers
            _raise_if_refused(error, path)
            raise UserError(f"{path}: damaged result file ({error}); delete it and run again.") from error


def _raise_if_refused(error: OSError | RuntimeError, path: Path) -> None:
    """Raise the system's refusal to read a file, which says nothing about its content."""
    if isinstance(error, OSError) and error.errno:
        raise error if error.filename else OSError(error.errno, os.strerror(error.errno), str(path))


def read_array(data: h5py.Dataset) -> np.ndarray:
    """Return a dataset as an array, text as ``str`` objects."""
    if h5py.check_string_dtype(data.dtype) is not None:
        return np.array(data.asstr()[()], dtype=object).reshape(data.shape)
    return data[()]


def read_metas(file: h5py.File) -> list[dict[str, Any]]:
    """Return the `meta` passed to `write_run`, plus ``notes`` and ``currency``, for every run of an open file."""
    if "meta" in file:
        return json.loads(file["meta"][()].tobytes())
    meta: dict[str, Any] = {}
    for key, value in file.attrs.items():
        if isinstance(value, str) and value.startswith("json:"):
            meta[key] = json.loads(value[5:])
        elif key not in ("format", "format_version", "kind"):
            meta[key] = value
    return [meta]


def read_coords(file: h5py.File) -> dict[str, np.ndarray]:
    """Return dimension labels and region coordinates of an open file."""
    return {name: read_array(file[name]) for name in (*DIMENSIONS, *REGION_COORDS) if name in file}


def kind_of(file: h5py.File) -> str:
    """Return a hash of what the runs of a file share: labels, variables, reports, bundle or not.

    Any file of a kind describes all files of that kind.
    """
    return str(file.attrs["kind"]) if "kind" in file.attrs else _kind(file, read_coords(file))


def _kind(file: h5py.File, coords: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256(f"{'meta' in file} {sorted(file)} {sorted(file['reports'])}".encode())
    if (currency := currency_of(read_metas(file)[0])) != YUAN:
        digest.update(currency.encode())
    for name, values in coords.items():
        content = "\0".join(map(str, values)).encode() if values.dtype == object else values.tobytes()
        digest.update(name.encode() + content)
    return digest.hexdigest()


def digests(file: h5py.File) -> list[str]:
    """Return the sha256 (hex) of the data of each run in an open file, metadata excluded.

    It does not depend on bundling or compression.
    """
    bundle = "meta" in file
    rows = {name: file[name][()] for name in VARIABLES if name in file}
    rows |= {f"reports/{name}": data[()] for name, data in file["reports"].items()}
    count = len(read_metas(file))
    groups = [file.get(f"payments/{row:03d}" if bundle else "payments") for row in range(count)]
    payments = [{} if group is None else {name: read_array(group[name]) for name in group} for group in groups]
    return _digests(read_coords(file), rows, payments, bundle)


def _digests(
    common: dict[str, np.ndarray], rows: dict[str, np.ndarray], payments: list[dict[str, np.ndarray]], bundle: bool
) -> list[str]:
    """Return the digest of each run, from shared arrays, arrays with one row per run, and payments."""

    def line(name: str, values: np.ndarray) -> str:
        if values.dtype == object:
            dtype, content = "text", "\0".join(map(str, values.ravel())).encode()
        else:
            dtype, content = values.dtype.str, np.ascontiguousarray(values).tobytes()
        return f"{name} {dtype} {values.shape} {hashlib.sha256(content).hexdigest()}"

    shared, found = [line(name, values) for name, values in common.items()], []
    for row, paid in enumerate(payments):
        lines = list(shared)
        for name, values in rows.items():
            own = values[row] if bundle else values
            if not (
                bundle and name.startswith("reports/") and np.isnan(own).all()
            ):  # belongs to another run in the bundle
                lines.append(line(name, own))
        if paid and paid["amount"].size:
            lines += [line(f"payments/{name}", values) for name, values in paid.items()]
        found.append(hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest())
    return found
