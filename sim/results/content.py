"""Content of results: one hash, and the largest break of each identity."""

from __future__ import annotations

import hashlib
from pathlib import Path

import h5py
import numpy as np

from sim.catalogue import VARIABLES
from sim.results.files import opened, read_array, read_meta
from sim.results.reading import run_files

_STOCKS = ("people", "capital", "firms", "value_added", "treasury", "debt")
_SINGLE = 2.0**-24  # largest relative rounding error of single precision
_TRACE = 1e-6  # smaller accounts are measured against this share of the year's payments


def content_hash(path: str | Path) -> str:
    """Return the sha256 (hex) of all results under a folder or in a file.

    Every dataset counts with its run id, name, type, shape and bytes, sorted; file names, grouping
    into files, attributes (timings, versions) and compression do not.
    """
    lines: list[str] = []
    for file_path in run_files(path):
        with opened(file_path) as file:
            identity = str(read_meta(file)["run_id"])
            names: list[str] = []
            file.visititems(lambda name, item, names=names: names.append(name) if _is_data(item) else None)
            lines += [_line(identity, name, read_array(file[name])) for name in names]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _is_data(item: h5py.Dataset | h5py.Group) -> bool:
    return isinstance(item, h5py.Dataset)


def _line(identity: str, name: str, values: np.ndarray) -> str:
    if values.dtype == object:
        dtype, content = "text", "\0".join(map(str, values.ravel())).encode()
    else:
        dtype, content = values.dtype.str, np.ascontiguousarray(values).tobytes()
    return f"{identity} {name} {dtype} {values.shape} {hashlib.sha256(content).hexdigest()}"


def audit(path: str | Path) -> dict[str, float]:
    """Return the largest relative break of each identity over all runs and years.

    Parameters
    ----------
    path : path
        A results folder or one run's file.

    Returns
    -------
    dict of str to float
        The recorded series ``audit_*`` and, recomputed from what is stored: ``stored_money`` (receipts
        less payments of each account, relative to its volume), ``stored_people`` (change less
        births, graduates and moves, relative to a region's people, beyond the rounding of flows to
        single precision), ``stored_capital`` (negative capital) and ``stored_finite`` (share of
        stored stocks and value added that is not finite). What is not stored is left out.
    """
    worst: dict[str, float] = {}
    for file_path in run_files(path):
        with opened(file_path) as file:
            for name, value in _breaks(file).items():
                # a NaN must not pass as small
                worst[name] = max(worst.get(name, 0.0), np.inf if np.isnan(value) else value)
    return worst


def _breaks(file: h5py.File) -> dict[str, float]:
    recorded = [name for name in VARIABLES if name.startswith("audit_") and name in file]
    found = {name: float(np.max(np.abs(file[name][()]), initial=0.0)) for name in recorded}
    if file["payments/amount"].shape[0]:
        found["stored_money"] = money_break(file)
    flows = ("people", "births_less_deaths", "graduates", "talent_flow", "worker_flow")
    if all(name in file for name in flows):
        found["stored_people"] = people_break(*(file[name][()] for name in flows))
    if "capital" in file:
        capital = file["capital"][()]
        found["stored_capital"] = float(max(0.0, -capital.min(initial=0.0)) / max(capital.max(initial=0.0), 1e-300))
    bad, count = 0, 0
    for name in _STOCKS:
        if name in file:
            values = file[name][()]
            bad, count = bad + int((~np.isfinite(values)).sum()), count + values.size
    found["stored_finite"] = bad / max(count, 1)
    return found


def money_break(file: h5py.File) -> float:
    """Return the largest gap between receipts and payments of an account in a year, relative to its volume.

    An account's volume is the larger of the two, and at least a millionth of the year's total: against
    that total itself a leak of a whole small account would look like rounding.
    """
    group = file["payments"]
    year, amount = group["year"][()], group["amount"][()]
    count = group["accounts"].shape[0]
    labels, index = np.unique(year, return_inverse=True)
    size = len(labels) * count
    receipts = np.bincount(index * count + group["payee"][()], amount, size).reshape(-1, count)
    payments = np.bincount(index * count + group["payer"][()], amount, size).reshape(-1, count)
    total = np.bincount(index, np.abs(amount), len(labels))[:, None]
    volume = np.maximum(np.maximum(receipts, payments), _TRACE * np.maximum(total, 1e-300))
    return float(np.max(np.abs(receipts - payments) / volume))


def people_break(
    people: np.ndarray, births: np.ndarray, graduates: np.ndarray, talent_flow: np.ndarray, worker_flow: np.ndarray
) -> float:
    """Return the largest break of the ledger of people, relative to a region's people.

    Parameters
    ----------
    people : (T, R, 2) float, persons
        Workers and talent at the start of each year.
    births : (T, R, 2) float, persons/yr
    graduates : (T, R) float, persons/yr
    talent_flow, worker_flow : (T, R, R) float, persons/yr
        ``flow[t, i, j]`` moves from i to j.
    """
    if len(people) < 2:
        return 0.0
    scale = np.maximum(people[:-1].sum(axis=2), 1.0)
    worst = 0.0
    for g, (flow, sign) in enumerate(((worker_flow, -1.0), (talent_flow, 1.0))):
        arrivals, leavers = (flow[:-1].sum(axis=axis, dtype=float) for axis in (1, 2))
        # Flows that were not recorded are not a number: places without all of theirs cannot be judged.
        gap = people[1:, :, g] - people[:-1, :, g] - births[:-1, :, g] - sign * graduates[:-1] - arrivals + leavers
        rounding = _SINGLE * (arrivals + leavers) if flow.dtype == np.float32 else 0.0
        broken = np.maximum(np.abs(gap) - rounding, 0.0) / scale
        worst = max(worst, float(np.max(np.where(np.isnan(arrivals + leavers), 0.0, broken))))
    return worst
