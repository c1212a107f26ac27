"""Content of results: their hash, and the largest violation of each accounting identity."""

from __future__ import annotations

import hashlib
from pathlib import Path

import h5py
import numpy as np

from sim.catalogue import VARIABLES
from sim.results.files import digests, open_file
from sim.results.reading import find_runs, stored_runs
from sim.results.stored import StoredRun

_STOCKS = ("people", "capital", "firms", "value_added", "treasury", "debt")
_SINGLE = 2.0**-24  # largest relative rounding error of single precision
_TRACE = 1e-6  # smallest volume of an account, as a share of the year's payments


def content_hash(path: str | Path) -> str:
    """Return the sha256 (hex) of all results under a folder or in a file.

    It covers run id, name, type, shape and bytes of every dataset of every run, but not file names, the grouping
    into files, attributes (timings, versions) or compression.
    """
    lines: list[str] = []
    for file_path, locations in find_runs(path).by_file().items():
        with open_file(file_path) as file:
            found = digests(file)
        lines += [f"{location.run_id} {found[location.row]}" for location in locations]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def audit(path: str | Path) -> dict[str, float]:
    """Return the largest relative violation of each identity over all runs and years.

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
        stored stocks and value added that is not finite). Identities whose variables are not stored are omitted.
    """
    worst: dict[str, float] = {}
    for _, run in stored_runs(path):
        for name, value in _breaks(run).items():
            # NaN must not compare as small
            worst[name] = max(worst.get(name, 0.0), np.inf if np.isnan(value) else value)
    return worst


def _breaks(run: StoredRun) -> dict[str, float]:
    recorded = [name for name in VARIABLES if name.startswith("audit_") and name in run]
    found = {name: float(np.max(np.abs(run[name]), initial=0.0)) for name in recorded}
    payments = run.payments()
    if payments is not None:
        found["stored_money"] = money_break(payments)
    flows = ("people", "births_less_deaths", "graduates", "talent_flow", "worker_flow")
    if all(name in run for name in flows):
        found["stored_people"] = people_break(*(run[name] for name in flows))
    if "capital" in run:
        capital = run["capital"]
        found["stored_capital"] = float(max(0.0, -capital.min(initial=0.0)) / max(capital.max(initial=0.0), 1e-300))
    bad, count = 0, 0
    for name in _STOCKS:
        if name in run:
            values = run[name]
            bad, count = bad + int((~np.isfinite(values)).sum()), count + values.size
    found["stored_finite"] = bad / max(count, 1)
    return found


def money_break(group: h5py.Group) -> float:
    """Return the largest gap between receipts and payments of an account in a year, relative to its volume.

    An account's volume is the larger of the two, and at least a millionth of the year's total. Relative to that total
    itself, the loss of an entire small account would look like rounding.
    """
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
    """Return the largest violation of the population accounts, relative to a region's population.

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
        # Flows that were not recorded are NaN: regions with such flows cannot be checked.
        gap = people[1:, :, g] - people[:-1, :, g] - births[:-1, :, g] - sign * graduates[:-1] - arrivals + leavers
        rounding = _SINGLE * (arrivals + leavers) if flow.dtype == np.float32 else 0.0
        broken = np.maximum(np.abs(gap) - rounding, 0.0) / scale
        worst = max(worst, float(np.max(np.where(np.isnan(arrivals + leavers), 0.0, broken))))
    return worst
