"""Experiments with design points as one lazy dataset (points x arms x replications), and selection of a point."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.catalogue import VARIABLES
from sim.currency import currency_of, in_currency
from sim.errors import UserError, nearest
from sim.results.index import Index
from sim.results.reading import RunSet, assemble, attributes, describe, named_runs

_DIMS = ("point", "arm", "replication")


class Dataset(xr.Dataset):
    """Results with points: as any other dataset, but that a list of one key makes an index with one level.

    So the line that unstacks a grid is the same for one varied key and for several.
    """

    __slots__ = ()

    def set_index(self, indexes: Any = None, append: bool = False, **indexes_kwargs: Any) -> Any:
        """Return the dataset with other indexes; see `xarray.Dataset.set_index`."""
        chosen = {**(indexes or {}), **indexes_kwargs}
        single = {
            dim: keys[0] for dim, keys in chosen.items() if isinstance(keys, list) and len(keys) == 1 and not append
        }
        rest = {dim: keys for dim, keys in chosen.items() if dim not in single}
        ds = super().set_index(rest, append) if rest else self
        for dim, key in single.items():
            levels = pd.MultiIndex.from_arrays([ds[key].to_numpy()], names=[key])
            ds = ds.drop_vars([dim, key], errors="ignore")
            ds = ds.assign_coords(xr.Coordinates.from_pandas_multiindex(levels, dim))
        return ds


def open_points(path: Path, run_set: RunSet) -> xr.Dataset:
    """Open all runs of an experiment with points, such as a sweep, lazily.

    Parameters
    ----------
    path : Path
    run_set : RunSet
        From `sim.results.reading.find_runs`.

    Returns
    -------
    Dataset
        As of `sim.results.open_results`, with the dimension ``point`` before ``arm`` and ``replication``.
        Every varied key is a coordinate of ``point``, named like the key (prefixed with ``scenario.`` if
        a variable has that name); ``attrs["keys"]`` lists them. A run shared by several points appears at
        each of them; the coordinate ``run`` gives its name. A full grid unstacks:
        ``ds[["capital"]].set_index(point=ds.attrs["keys"]).unstack("point")``.

    Raises
    ------
    UserError
        If a file is corrupt or foreign, or runs of different worlds are mixed.
    """
    manifest, locations = run_set.manifest, run_set.named
    assert manifest is not None and locations is not None  # an experiment with points names its runs
    variables, coords, meta = describe(run_set)
    varied = _varied(manifest, currency_of(meta))
    runs = assemble(locations, _DIMS, variables, coords)
    ds = Dataset(runs.data_vars, runs.coords).assign_coords({**_point_labels(manifest), **varied})
    missing = sorted({str(name) for name in ds["run"].values[~ds["finished"].values] if name})
    return ds.assign_attrs({**attributes(path, manifest, meta, missing), "keys": list(varied)})


def open_subset(path: Path, index: Index, manifest: dict[str, Any]) -> xr.Dataset:
    """Open some points of a running experiment, given a manifest restricted to them; see `open_points`."""
    locations = named_runs(index, manifest)
    assert locations is not None  # it names its runs
    found = [location for location in locations.ravel() if location is not None]
    return open_points(path, RunSet(found, index.kinds, manifest, locations))


def _point_labels(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the labels of points, arms and replications, and the name of each run."""
    runs = [[[name or "" for name in at] for at in manifest["runs"][arm]] for arm in manifest["arms"]]
    names = np.moveaxis(np.array(runs, dtype=str), 0, 1)
    points, _, replications = names.shape
    return {
        "point": np.arange(points),
        "arm": list(manifest["arms"]),
        "replication": np.arange(replications),
        "run": (_DIMS, names),
    }


def _varied(manifest: dict[str, Any], currency: str) -> dict[str, xr.Variable]:
    """Return one coordinate along ``point`` per varied key."""
    found = {}
    for key, facts in manifest["axes"].items():
        values = [point[key] for point in manifest["points"]]
        name = f"scenario.{key}" if key in VARIABLES else key
        attrs = {"key": key, "long_name": facts.get("title", ""), "units": in_currency(facts.get("unit", ""), currency)}
        found[name] = xr.Variable("point", _labels(values), attrs)
    return found


def _labels(values: list[Any]) -> np.ndarray:
    """Return numbers as numbers and everything else as text."""
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return np.array(values)
    return np.array([v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values], dtype=str)


def points_table(ds: xr.Dataset) -> pd.DataFrame:
    """Return the table of runs: point, values of the varied keys, arm, replication, run, finished."""
    table = ds[["run", "finished"]].reset_coords().to_dataframe().reset_index()
    keys = list(ds.attrs["keys"])
    return table[["point", *keys, "arm", "replication", "run", "finished"]]


def at_point(ds: xr.Dataset, chosen: Mapping[str, str]) -> xr.Dataset:
    """Return one point of a sweep as a dataset like that of a comparison.

    Parameters
    ----------
    ds : Dataset
        From `open_points`.
    chosen : mapping of str to str
        A value for each key that takes more than one.

    Raises
    ------
    UserError
        For an unknown key, a missing value, or a combination without a point.
    """
    keys = list(ds.attrs["keys"])
    problems = [
        f"--at {key}: not varied here; expected one of {', '.join(keys)}" + nearest(key, keys)
        for key in chosen
        if key not in keys
    ]
    mask = np.ones(ds.sizes["point"], dtype=bool)
    for key in keys:
        known = dict.fromkeys(str(v) for v in ds[key].values)
        if key in chosen:
            here = np.array([_equals(value, chosen[key]) for value in ds[key].values])
            if not here.any():
                problems.append(f"--at {key}={chosen[key]}: no such value; expected one of {', '.join(known)}")
            mask &= here
        elif len(known) > 1:
            problems.append(f"--at {key}=VALUE: missing; expected one of {', '.join(known)}")
    if not problems and not mask.any():
        problems.append("--at: no point has this combination of values")
    if problems:
        raise UserError(problems)
    return ds.isel(point=int(np.flatnonzero(mask)[0])).reset_coords(["point", "run", *keys], drop=True)


def _equals(value: Any, text: str) -> bool:
    try:
        return bool(np.isclose(float(value), float(text), rtol=1e-9, atol=0.0))
    except ValueError:
        return str(value) == text
