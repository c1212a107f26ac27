"""Reading all runs of a folder as one lazy, labelled dataset."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from sim.catalogue import VARIABLES
from sim.currency import currency_of
from sim.errors import UserError
from sim.paths import absolute
from sim.results.files import DIMENSIONS, REGION_COORDS, open_file, read_coords, read_metas
from sim.results.index import Index, RunLocation, runs_in
from sim.results.manifest import read_manifest
from sim.results.stored import StoredRun

BASELINE = "baseline"


class RunsArray(BackendArray):
    """One variable over all runs: reads from each file only the indexed part.

    Parameters
    ----------
    locations : (A, N) or (P, A, N) object
        `RunLocation` of each (point,) arm and replication, or None for a missing run, which reads as NaN.
        A run that occurs several times is read once.
    name : str
        Path of the dataset inside a file.
    shape : tuple of int
        Shape of one run.
    dtype : dtype
    """

    def __init__(self, locations: np.ndarray, name: str, shape: tuple[int, ...], dtype: np.dtype):
        self.locations, self.name = locations, name
        self.shape = (*locations.shape, *shape)
        self.dtype = np.dtype(dtype)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        wanted = [np.atleast_1d(np.arange(n)[k]) for n, k in zip(self.shape, key, strict=True)]
        out = np.full([len(w) for w in wanted], np.nan, dtype=self.dtype)
        if out.size:
            lead = self.locations.ndim
            chosen = self.locations[np.ix_(*wanted[:lead])]
            flat = out.reshape(chosen.size, *out.shape[lead:])
            files: dict[Path, dict[int, list[int]]] = {}
            for at, location in enumerate(chosen.ravel()):
                if location is not None:
                    files.setdefault(location.path, {}).setdefault(location.row, []).append(at)
            for path, rows in files.items():
                self._read_file(path, rows, wanted[lead:], flat)
        dropped = tuple(i for i, k in enumerate(key) if isinstance(k, (int, np.integer)))
        return out.reshape([n for i, n in enumerate(out.shape) if i not in dropped])

    def _read_file(self, path: Path, rows: dict[int, list[int]], wanted: list[np.ndarray], flat: np.ndarray) -> None:
        # one hyperslab that spans the request, then the exact entries: h5py accepts at most one index list
        box = tuple(slice(int(w.min()), int(w.max()) + 1) for w in wanted)
        inside = np.ix_(*[w - w.min() for w in wanted])
        with open_file(path) as file:
            if self.name not in file:
                return
            data = file[self.name]
            if "meta" not in file:
                flat[rows[0]] = data[box][inside]
                return
            low, high = min(rows), max(rows) + 1
            # read a bundle in one block if most of it is needed, otherwise run by run
            block = data[(slice(low, high), *box)] if 2 * len(rows) >= high - low else None
            for row, at in rows.items():
                values = data[(row, *box)] if block is None else block[row - low]
                flat[at] = values[inside]


@dataclass(frozen=True)
class RunSet:
    """The runs stored under a path.

    Attributes
    ----------
    locations : list of RunLocation
        The runs; for an experiment those that belong to it.
    kinds : dict of Path to str
        Kind of each file, see `sim.results.files.kind_of`.
    manifest : dict or None
    named : (P, A, N) object or None
        Locations of the runs listed in the manifest, None for a missing one.
    """

    locations: list[RunLocation]
    kinds: dict[Path, str]
    manifest: dict[str, Any] | None = None
    named: np.ndarray | None = None

    def by_file(self) -> dict[Path, list[RunLocation]]:
        """Return the runs by file."""
        files: dict[Path, list[RunLocation]] = {}
        for location in self.locations:
            files.setdefault(location.path, []).append(location)
        return files


def find_runs(path: str | Path) -> RunSet:
    """Return the runs stored in a folder or a file.

    Raises
    ------
    UserError
        If there are no runs, or a file that may belong to the experiment cannot be read.
    """
    path = absolute(path)
    if path.is_file():
        kind, locations = runs_in(path)
        return RunSet(locations, {path: kind})
    if not path.is_dir():
        raise UserError(f"{path}: no such results folder or file.")
    manifest, index = read_manifest(path), Index(path)
    named = named_runs(index, manifest)
    distinct = index if named is None else {p.run_id: p for p in named.ravel() if p is not None}.values()
    found = list(distinct)
    if index.unreadable and (named is None or (named == np.array(None)).any()):
        raise UserError(next(iter(index.unreadable.values())))
    index.close()
    if not found:
        raise UserError(f"{path}: holds no finished run; expected runs/<arm>-<replication>.h5.")
    return RunSet(found, index.kinds, manifest, named)


def stored_runs(path: str | Path) -> Iterator[tuple[RunLocation, StoredRun]]:
    """Yield every run of a results folder or file, file by file; see `find_runs`."""
    for file_path, locations in find_runs(path).by_file().items():
        with open_file(file_path) as file:
            for location in locations:
                yield location, StoredRun(file, location.row)


def notes_of(path: str | Path) -> dict[str, Any]:
    """Return what the first stored run notes about its base year and uniqueness; empty without a run."""
    for file_path, locations in find_runs(path).by_file().items():
        with open_file(file_path) as file:
            notes: dict[str, Any] = read_metas(file)[locations[0].row].get("notes", {})
            return notes
    return {}


def named_runs(index: Index, manifest: dict[str, Any] | None) -> np.ndarray | None:
    """Return the locations of the runs of an experiment, (P, A, N) object, None for a missing one.

    None if the manifest does not list them, as in older comparisons.
    """
    if manifest is None or "runs" not in manifest:
        return None
    names = np.array([manifest["runs"][arm] for arm in manifest["arms"]], dtype=object)
    there = index.by_name()
    return np.vectorize(there.get, otypes=[object])(np.moveaxis(names, 0, 1))


def describe(run_set: RunSet) -> tuple[dict[str, dict[str, Any]], dict[str, np.ndarray], dict[str, Any]]:
    """Return variables, labels and the metadata of one run; one file of each kind is inspected.

    Raises
    ------
    UserError
        If runs of different worlds, currencies or years are mixed.
    """
    variables: dict[str, dict[str, Any]] = {}
    coords: dict[str, np.ndarray] = {}
    meta: dict[str, Any] = {}
    seen: dict[str, Path] = {}
    for path in dict.fromkeys(location.path for location in run_set.locations):
        if seen.setdefault(run_set.kinds[path], path) != path:
            continue
        with open_file(path) as file:
            new = read_metas(file)[0]
            meta = meta or new
            if currency_of(new) != currency_of(meta):
                raise UserError(f"{path}: money in {currency_of(new)}, that of the other runs in {currency_of(meta)}.")
            coords = _same_coords(coords, read_coords(file), path)
            _collect(file, variables)
    return variables, coords, meta


def _same_coords(known: dict[str, np.ndarray], new: dict[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    for name in DIMENSIONS:
        if known and name in known and name in new and not np.array_equal(known[name], new[name]):
            raise UserError(f"{path}: its {name} labels differ from those of the other runs in this folder.")
    return known | new


def _collect(file: h5py.File, variables: dict[str, dict[str, Any]]) -> None:
    """Add the variables of an open file to those known so far."""
    for name in VARIABLES:
        if name in file and name not in variables:
            variables[name] = _describe(file[name], name, ("year", *VARIABLES[name].dims))
    for key, data in file["reports"].items():
        name = f"{data.attrs['mechanism']}.{data.attrs['item']}"
        if name not in variables:
            variables[name] = _describe(data, f"reports/{key}", ("year",))


def _describe(data: h5py.Dataset, where: str, dims: tuple[str, ...]) -> dict[str, Any]:
    attrs = {"units": str(data.attrs["units"]), "long_name": str(data.attrs["long_name"])}
    return {"where": where, "dims": dims, "shape": data.shape[-len(dims) :], "dtype": data.dtype, "attrs": attrs}


def open_arms(path: Path, run_set: RunSet) -> xr.Dataset:
    """Return the runs of arms as a dataset by arm and replication."""
    variables, coords, meta = describe(run_set)
    manifest = run_set.manifest
    runs: dict[tuple[str, int], RunLocation] = {}
    for location in run_set.locations:
        key = (location.arm, location.replication)
        if key in runs:
            raise UserError(f"{location.path}: arm {key[0]!r}, replication {key[1]} is also in {runs[key].path}.")
        runs[key] = location
    planned = list(manifest["arms"]) if manifest else []
    # the baseline first, then in the order of the experiment
    others = planned + sorted({arm for arm, _ in runs} - set(planned))
    arms = sorted(dict.fromkeys(others), key=lambda arm: arm != BASELINE)
    replications = sorted({k for _, k in runs} | set(range(manifest["replications"] if manifest else 0)))
    locations = np.empty((len(arms), len(replications)), dtype=object)
    for (arm, k), location in runs.items():
        locations[arms.index(arm), replications.index(k)] = location
    planned_runs = (manifest or {}).get("runs")
    missing = [
        f"{arms[a]}-{replications[k]:03d}"
        for a, k in np.argwhere(locations == np.array(None))
        if planned_runs is None or planned_runs[arms[a]][0][k] is not None
    ]
    ds = assemble(locations, ("arm", "replication"), variables, coords)
    ds = ds.assign_coords({"arm": arms, "replication": replications})
    return ds.assign_attrs(attributes(path, manifest, meta, missing))


def assemble(
    locations: np.ndarray, dims: tuple[str, ...], variables: dict[str, dict[str, Any]], coords: dict[str, np.ndarray]
) -> xr.Dataset:
    """Return a lazy dataset of all variables over runs, without labels for the dimensions of the runs."""
    data = {
        name: xr.Variable(
            (*dims, *v["dims"]),
            indexing.LazilyIndexedArray(RunsArray(locations, v["where"], v["shape"], v["dtype"])),
            v["attrs"],
        )
        for name, v in variables.items()
    }
    labels: dict[str, Any] = {"finished": (dims, locations != np.array(None))}
    labels.update({name: coords[name] for name in DIMENSIONS if name in coords})
    labels.update({name: ("region", coords[name]) for name in REGION_COORDS if name in coords})
    return xr.Dataset(data, labels)


def attributes(path: Path, manifest: dict[str, Any] | None, meta: dict[str, Any], missing: list[str]) -> dict[str, Any]:
    """Return the attributes of a dataset; `meta` is the metadata of one run."""
    return {
        "path": str(path),
        "name": manifest["name"] if manifest else path.stem,
        "config": json.dumps(manifest["config"], ensure_ascii=False) if manifest else meta.get("config", ""),
        "missing": missing,
        "world": meta.get("world", ""),
        "currency": currency_of(meta),
        "commit": meta.get("commit", "unknown"),
        "versions": json.dumps(meta.get("versions", {}), sort_keys=True),
    }
