"""All runs of a folder as one lazy, labelled dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from sim.catalogue import VARIABLES
from sim.errors import UserError
from sim.results.files import DIMENSIONS, REGION_COORDS, opened, read_coords, read_meta
from sim.results.manifest import read_manifest

BASELINE = "baseline"


class RunsArray(BackendArray):
    """One variable over all runs: reads from each file only what an index asks for.

    Parameters
    ----------
    files : (A, N) or (P, A, N) object
        Path of each (point,) arm and replication, or None for a missing run, which reads as NaN.
        A file that stands at many places is read once.
    name : str
        Path of the dataset inside a file.
    shape : tuple of int
        Shape of one run.
    dtype : dtype
    """

    def __init__(self, files: np.ndarray, name: str, shape: tuple[int, ...], dtype: np.dtype):
        self.files, self.name = files, name
        self.shape = (*files.shape, *shape)
        self.dtype = np.dtype(dtype)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        wanted = [np.atleast_1d(np.arange(n)[k]) for n, k in zip(self.shape, key, strict=True)]
        out = np.full([len(w) for w in wanted], np.nan, dtype=self.dtype)
        if out.size:
            lead = self.files.ndim
            # one hyperslab that spans the request, then the exact rows: h5py takes one list at most
            box = tuple(slice(int(w.min()), int(w.max()) + 1) for w in wanted[lead:])
            inside = np.ix_(*[w - w.min() for w in wanted[lead:]])
            chosen = self.files[np.ix_(*wanted[:lead])]
            read: dict[Path, tuple[int, ...]] = {}
            for place in np.ndindex(chosen.shape):
                path = chosen[place]
                if path in read:
                    out[place] = out[read[path]]
                elif path is not None:
                    self._read_one(path, box, inside, out[place])
                    read[path] = place
        dropped = tuple(i for i, k in enumerate(key) if isinstance(k, (int, np.integer)))
        return out.reshape([n for i, n in enumerate(out.shape) if i not in dropped])

    def _read_one(self, path: Path, box: tuple, inside: tuple, out: np.ndarray) -> None:
        with opened(path) as file:
            if self.name in file:
                out[...] = file[self.name][box][inside]


def run_files(path: str | Path) -> list[Path]:
    """Return the run files under a folder (or the one file given), sorted.

    Of a sweep, those that its points use.

    Raises
    ------
    UserError
        If there is nothing there to read.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UserError(f"{path}: no such results folder or file.")
    named = named_runs(path, read_manifest(path))
    if named is None:
        found = sorted(path.glob("runs/*.h5")) or sorted(path.glob("*.h5"))
    else:
        found = sorted({file for file in named.ravel() if file is not None})
    if not found:
        raise UserError(f"{path}: holds no finished run; expected runs/<arm>-<replication>.h5.")
    return found


def named_runs(folder: Path, manifest: dict[str, Any] | None) -> np.ndarray | None:
    """Return the files of a sweep's runs, (P, A, N) object, None for a missing one; None if it is no sweep."""
    if manifest is None or "runs" not in manifest:
        return None
    names = np.array([manifest["runs"][arm] for arm in manifest["arms"]], dtype=object)
    there = {name: folder / "runs" / f"{name}.h5" for name in set(names.ravel())}
    there = {name: path for name, path in there.items() if path.is_file()}
    return np.vectorize(there.get, otypes=[object])(np.moveaxis(names, 0, 1))


def open_results(path: str | Path) -> xr.Dataset:
    """Open all runs of a results folder, or one run's file, lazily.

    Parameters
    ----------
    path : path
        A results folder or a single ``.h5`` file.

    Returns
    -------
    Dataset
        Dimensions ``arm, replication`` and, as the variable has them, ``year, region, sector, group,
        origin, destination``; region coordinates ``name, zone, province, lat, lon, ...``. Values are
        read when used. Runs that the manifest names but that are missing read as NaN; the coordinate
        ``finished`` (arm, replication) tells which are there. Reports of mechanisms are variables
        ``MECHANISM.ITEM``. Attributes hold ``config``, ``name``, ``missing`` and more. A sweep has ``point``
        before these, see `sim.results.points.open_sweep`.

    Raises
    ------
    UserError
        If there is no run, a file is corrupt or foreign, or runs of different worlds are mixed.
    """
    files = run_files(path)
    manifest = read_manifest(path)  # None for a single file
    if manifest and "runs" in manifest:
        from sim.results.points import open_sweep  # that module needs this one first

        return open_sweep(Path(path), manifest)
    return _open_arms(Path(path), manifest, files)


def _open_arms(path: Path, manifest: dict[str, Any] | None, files: list[Path]) -> xr.Dataset:
    runs: dict[tuple[str, int], Path] = {}
    variables: dict[str, dict[str, Any]] = {}
    coords: dict[str, np.ndarray] = {}
    meta: dict[str, Any] = {}
    for file_path in files:
        with opened(file_path) as file:
            meta = read_meta(file)
            key = (str(meta["arm"]), int(meta["replication"]))
            if key in runs:
                raise UserError(f"{file_path}: arm {key[0]!r}, replication {key[1]} is also in {runs[key]}.")
            coords = same_coords(coords, read_coords(file), file_path)
            runs[key] = file_path
            collect(file, variables)
    return _arranged(path, manifest, runs, variables, coords, meta)


def same_coords(known: dict[str, np.ndarray], new: dict[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    """Return the labels that all runs have.

    Raises
    ------
    UserError
        If a run's labels differ from those known so far.
    """
    for name in DIMENSIONS:
        if known and not np.array_equal(known[name], new[name]):
            raise UserError(f"{path}: its {name} labels differ from those of the other runs in this folder.")
    return known or new


def collect(file: h5py.File, variables: dict[str, dict[str, Any]]) -> None:
    """Add what an open run holds to the variables known so far."""
    for name in VARIABLES:
        if name in file and name not in variables:
            variables[name] = _describe(file[name], name, ("year", *VARIABLES[name].dims))
    for key, data in file["reports"].items():
        name = f"{data.attrs['mechanism']}.{data.attrs['item']}"
        if name not in variables:
            variables[name] = _describe(data, f"reports/{key}", ("year",))


def _describe(data: h5py.Dataset, where: str, dims: tuple[str, ...]) -> dict[str, Any]:
    attrs = {"units": str(data.attrs["units"]), "long_name": str(data.attrs["long_name"])}
    return {"where": where, "dims": dims, "shape": data.shape, "dtype": data.dtype, "attrs": attrs}


def _arranged(
    path: Path,
    manifest: dict[str, Any] | None,
    runs: dict[tuple[str, int], Path],
    variables: dict[str, dict[str, Any]],
    coords: dict[str, np.ndarray],
    meta: dict[str, Any],
) -> xr.Dataset:
    planned = list(manifest["arms"]) if manifest else []
    # the baseline first, then the order of the experiment
    others = planned + sorted({arm for arm, _ in runs} - set(planned))
    arms = sorted(dict.fromkeys(others), key=lambda arm: arm != BASELINE)
    replications = sorted({k for _, k in runs} | set(range(manifest["replications"] if manifest else 0)))
    files = np.empty((len(arms), len(replications)), dtype=object)
    for (arm, k), file_path in runs.items():
        files[arms.index(arm), replications.index(k)] = file_path
    planned_by_arm = (manifest or {}).get("planned", {})  # an arm that a selection ruled out has fewer
    missing = [
        f"{arms[a]}-{replications[k]:03d}"
        for a, k in np.argwhere(files == np.array(None))
        if replications[k] < planned_by_arm.get(arms[a], np.inf)
    ]
    ds = assemble(files, ("arm", "replication"), variables, coords)
    ds = ds.assign_coords({"arm": arms, "replication": replications})
    return ds.assign_attrs(attributes(path, manifest, meta, missing))


def assemble(
    files: np.ndarray, dims: tuple[str, ...], variables: dict[str, dict[str, Any]], coords: dict[str, np.ndarray]
) -> xr.Dataset:
    """Return a lazy dataset of all variables over files, without labels of the files' own dims."""
    data = {
        name: xr.Variable(
            (*dims, *v["dims"]),
            indexing.LazilyIndexedArray(RunsArray(files, v["where"], v["shape"], v["dtype"])),
            v["attrs"],
        )
        for name, v in variables.items()
    }
    labels: dict[str, Any] = {"finished": (dims, files != np.array(None))}
    labels.update({name: coords[name] for name in DIMENSIONS})
    labels.update({name: ("region", coords[name]) for name in REGION_COORDS if name in coords})
    return xr.Dataset(data, labels)


def attributes(
    path: Path, manifest: dict[str, Any] | None, meta: dict[str, Any], missing: list[str]
) -> dict[str, Any]:
    """Return the attributes of a dataset; `meta` is that of one run."""
    return {
        "path": str(path),
        "name": manifest["name"] if manifest else path.stem,
        "config": json.dumps(manifest["config"], ensure_ascii=False) if manifest else meta.get("config", ""),
        "missing": missing,
        "world": meta.get("world", ""),
        "commit": meta.get("commit", "unknown"),
        "versions": json.dumps(meta.get("versions", {}), sort_keys=True),
    }
