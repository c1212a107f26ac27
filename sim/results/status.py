"""Status and verification of a results folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sim.catalogue import VARIABLES
from sim.currency import currency_of, in_currency
from sim.errors import UserError
from sim.paths import home
from sim.results.files import digests, open_file, read_array, read_metas
from sim.results.index import Index
from sim.results.manifest import read_manifest


@dataclass
class Status:
    """Progress of an experiment.

    Attributes
    ----------
    name, kind : str
    planned, finished : int
        Numbers of distinct runs.
    missing : list of str
        Names of the missing runs.
    failed : list of str
        Labels of the runs with a failure record.
    other : int
        Runs in the folder that the experiment does not use.
    files, size : int, bytes
        Number of run files and their total size.
    seconds : float
        Median time per run.
    trials : (int, int), optional
        For a search: completed and planned trials.
    """

    name: str
    kind: str
    planned: int
    finished: int
    missing: list[str]
    failed: list[str]
    other: int
    files: int
    size: int
    seconds: float
    trials: tuple[int, int] | None = None


def status(folder: str | Path) -> Status:
    """Return the progress of the experiment in a results folder, without changing anything there.

    Raises
    ------
    UserError
        If the folder holds no experiment.
    """
    folder = home(folder)
    manifest, index = _read_folder(folder)
    names = _planned(manifest)
    stored = index.by_name()
    planned = set(stored) if names is None else names
    finished = planned & set(stored)
    seconds = [location.seconds for name, location in stored.items() if name in finished]
    return Status(
        name=manifest["name"], kind=str(manifest["config"].get("kind", "scenario")), planned=len(planned),
        finished=len(finished), missing=sorted(planned - finished),
        failed=sorted(p.stem for p in folder.glob("failed/*") if not p.name.startswith(".")),
        other=len(stored) - len(finished), files=len(index.files),
        size=sum(path.stat().st_size for path in index.files),
        seconds=float(np.median(seconds)) if seconds else float("nan"), trials=_trials(folder, manifest["config"]),
    )  # fmt: skip


def _trials(folder: Path, config: dict[str, Any]) -> tuple[int, int] | None:
    """Return the numbers of completed and planned trials of a search."""
    if "trials" not in config:
        return None
    path = folder / "trials.csv"
    lines = path.read_text(encoding="utf-8").count("\n") - 1 if path.is_file() else 0
    return max(lines, 0), int(config["trials"])


def _read_folder(folder: Path) -> tuple[dict[str, Any], Index]:
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; expected the results of an experiment")
    manifest = read_manifest(folder)
    if manifest is None:
        raise UserError(f"{folder}: holds no experiment; expected a results folder with experiment.json")
    index = Index(folder)
    index.close()
    return manifest, index


def _planned(manifest: dict[str, Any]) -> set[str] | None:
    """Return the names of all runs of an experiment; None if the manifest does not list them."""
    if "runs" not in manifest:
        return None
    return {name for arm in manifest["runs"].values() for at in arm for name in at if name}


@dataclass
class Findings:
    """Problems found in a results folder.

    Attributes
    ----------
    faults : list of str
        One sentence each.
    files, runs : int
        Numbers of files and runs checked.
    unchecked : int
        Runs of older versions, which have no checksum.
    """

    faults: list[str] = field(default_factory=list)
    files: int = 0
    runs: int = 0
    unchecked: int = 0


def verify(folder: str | Path) -> Findings:
    """Read everything in a results folder and return its problems: checksums, completeness, schema.

    Raises
    ------
    UserError
        If the folder holds no experiment.
    """
    folder = home(folder)
    manifest, index = _read_folder(folder)
    found = Findings(list(index.unreadable.values()))
    for path in index.files:
        found.files += 1
        found.runs += len(index.runs_in_file(path))
        try:
            with open_file(path) as file:
                found.unchecked += 0 if "digest" in file else len(index.runs_in_file(path))
                found.faults += [f"{path}: {problem}" for problem in _problems(file)]
        except UserError as error:
            found.faults += error.messages
    names = _planned(manifest)
    missing = sorted((names or set()) - set(index.by_name()))
    if missing:
        found.faults.append(f"{folder}: {len(missing):,} runs are missing, the first '{missing[0]}'")
    found.faults += [f"{p.path}: run '{p.name}' is also in another file" for p in index.duplicates()]
    halves = list(folder.glob("runs/.*.tmp")) + list(folder.glob("runs/*.damaged"))
    found.faults += [f"{path}: remains of a file that was not finished, or is damaged" for path in halves]
    return found


def _problems(file: h5py.File) -> list[str]:
    """Return the problems inside one file."""
    problems, currency = [], currency_of(read_metas(file)[0])
    if "digest" in file:
        stored, now = list(read_array(file["digest"])), digests(file)
        problems += [f"run {row}: its checksum differs" for row, pair in enumerate(zip(stored, now, strict=True))
                   if pair[0] != pair[1]]  # fmt: skip
    for name, item in file.items():
        if not isinstance(item, h5py.Dataset) or name not in VARIABLES:
            continue
        variable, dims = VARIABLES[name], ("year", *VARIABLES[name].dims)
        expected = tuple(file[dim].shape[0] for dim in dims)
        if item.shape[-len(dims) :] != expected:
            problems.append(f"{name}: shape {item.shape}, expected {expected} for {', '.join(dims)}")
        unit = in_currency(variable.unit, currency)
        if item.attrs.get("units") != unit:
            problems.append(f"{name}: unit '{item.attrs.get('units')}', expected '{unit}'")
    return problems
