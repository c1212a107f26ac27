"""The record of one run as a dataset, without a file."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

from sim.catalogue import VARIABLES
from sim.currency import in_currency
from sim.errors import UserError
from sim.record import RunRecord
from sim.results.files import labels_of
from sim.results.identity import commit, versions


def dataset(record: RunRecord) -> xr.Dataset:
    """Return a run as `sim.results.open_results` returns it, with one arm and one replication.

    Raises
    ------
    UserError
        If the record does not know its world, as one that was read from a file.
    """
    scenario = record.scenario
    if scenario is None:
        raise UserError("this record has no scenario; expected one that `simulate` returned, or open_results(FOLDER)")
    labels, regions = labels_of(record, record.labels)
    coords: dict[str, Any] = {"arm": [scenario.name], "replication": [scenario.replication]}
    coords |= {name: _plain(values) for name, values in labels.items()}
    coords |= {name: ("region", _plain(values)) for name, values in regions.items()}
    variables = {name: _variable(name, values, record.currency) for name, values in record.series.items()}
    for (mechanism, item), values in record.reports.items():
        attrs = {
            "units": in_currency(record.report_units[mechanism, item], record.currency),
            "long_name": f"{mechanism}: {item}",
        }
        variables[f"{mechanism}.{item}"] = _with_run(("year",), values, attrs)
    about = {
        "path": "", "name": scenario.name, "missing": [], "world": record.world,
        "currency": record.currency, "commit": commit(),
        "config": json.dumps(scenario.model_dump(mode="json"), sort_keys=True),
        "versions": json.dumps(versions(), sort_keys=True),
    }  # fmt: skip
    finished = ("arm", "replication"), np.ones((1, 1), dtype=bool)
    used = {dim for variable in variables.values() for dim in variable.dims}
    coords = {name: value for name, value in coords.items() if isinstance(value, tuple) or name in used}
    return xr.Dataset(variables, {"finished": finished, **coords}, about)


def _variable(name: str, values: np.ndarray, currency: str) -> xr.Variable:
    facts = VARIABLES[name]
    kind = np.float32 if facts.detail == "flows" else np.float64  # as in files
    attrs = {"units": in_currency(facts.unit, currency), "long_name": facts.title}
    return _with_run(("year", *facts.dims), values.astype(kind), attrs)


def _with_run(dims: tuple[str, ...], values: np.ndarray, attrs: dict[str, str]) -> xr.Variable:
    return xr.Variable(("arm", "replication", *dims), np.asarray(values)[None, None], attrs)


def _plain(values: np.ndarray) -> np.ndarray:
    """Return text as objects, as it is read from files."""
    return values.astype(object) if values.dtype.kind in "UST" else values
