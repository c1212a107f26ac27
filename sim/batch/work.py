"""What a worker does: compute some runs, write them into one file, say how it went."""

from __future__ import annotations

import hashlib
import json
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim import results
from sim.batch.compiling import compile_once
from sim.batch.tasks import Task, config_text, sources_of
from sim.errors import FULL, RunFailed
from sim.results.text import SESSION
from sim.world import world_title


@dataclass(frozen=True)
class Job:
    """Runs for one worker.

    Attributes
    ----------
    tasks : tuple of Task
        Runs with the same places, years and variables; several are written as a bundle.
    folder : str
        The results folder, absolute.
    token : str
        Of the session that asks for them. A worker whose session is over writes nothing.
    commit, version : str
    model : callable or None
        ``(scenario, seed) -> RunRecord`` in place of Hinterland's own model.
    threads : int
    sources : dict of str to str
        Digest of the sources of each kind of mechanism in the runs.
    """

    tasks: tuple[Task, ...]
    folder: str
    token: str
    commit: str
    version: str
    model: Callable[..., Any] | None = None
    threads: int = 1
    sources: dict[str, str] = field(default_factory=dict)


@dataclass
class Report:
    """How a job went.

    Attributes
    ----------
    path : str
        The file with the finished runs; empty where there is none.
    finished : list of int
        Places in the job of the runs that are in the file.
    failed : list of (int, str)
        Places of the others, with their errors.
    seconds : float
        What a run took.
    size : int, bytes
        Of the file.
    full : str
        Why nothing more can be written; empty otherwise.
    """

    path: str = ""
    finished: list[int] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0.0
    size: int = 0
    full: str = ""


def work(job: Job) -> Report:
    """Compute the runs of a job and write them; an error of a run is its own, the others go on.

    Raises
    ------
    RunFailed
        If this worker cannot serve the session: another version of the model, another disk, a session that is over.
    """
    _same_session(job)
    if job.model is None:
        _ready(job)
    report, runs = Report(), []
    begin = time.perf_counter()
    for k, task in enumerate(job.tasks):
        try:
            runs.append(_computed(job, task))
            report.finished.append(k)
        except Exception as error:  # whatever one run raises, the others go on
            report.failed.append((k, f"{type(error).__name__}: {error}\n\n{traceback.format_exc()}".rstrip()))
    report.seconds = (time.perf_counter() - begin) / len(job.tasks)
    if runs:
        _same_session(job)
        try:
            _write(job, runs, report)
        except OSError as error:
            if error.errno not in FULL:
                raise
            report.full, report.finished = str(error), []
    return report


def _computed(job: Job, task: Task) -> tuple[Any, dict[str, Any]]:
    begin = time.perf_counter()
    from sim.model import simulate  # only workers load the kernels

    record = (job.model or simulate)(task.scenario, task.seed)
    return record, {
        "config": config_text(task.scenario),
        "seed": task.seed,
        "arm": task.arm,
        "replication": task.replication,
        "run_id": task.run_id,
        "versions": results.versions(),
        "commit": job.commit,
        "world": world_title(task.scenario.world),
        "wall_s": time.perf_counter() - begin,
    }


def _write(job: Job, runs: list[tuple[Any, dict[str, Any]]], report: Report) -> None:
    from sim.model import coordinates

    folder, tasks = Path(job.folder) / "runs", [job.tasks[k] for k in report.finished]
    places = coordinates(tasks[0].scenario)
    if len(job.tasks) == 1:
        path = folder / f"{tasks[0].label}.h5"
        results.write_run(path, *(runs[0][0], places, runs[0][1]))
    else:
        digest = hashlib.sha256("".join(task.run_id for task in tasks).encode()).hexdigest()
        path = folder / f"bundle-{digest[:16]}.h5"
        results.write_bundle(path, runs, places)
    report.path, report.size = str(path), path.stat().st_size


def _same_session(job: Job) -> None:
    """Refuse to go on where the session that asked is over, or where its folder is not."""
    try:
        held = json.loads((Path(job.folder) / SESSION).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        where = socket.gethostname()
        raise RunFailed(f"{job.folder}: not there on {where}; expected a folder that all machines share") from error
    if held["token"] != job.token:
        raise RunFailed(f"{job.folder}: another run of the experiment has taken over")


def _ready(job: Job) -> None:
    """Check that this worker runs the same model, with as many threads as it is given."""
    if results.model_version() != job.version:
        raise RunFailed(f"{socket.gethostname()}: runs another version of the model; expected {job.version[:12]}")
    for task in job.tasks:
        for kind, digest in sources_of(task.scenario).items():
            if job.sources.get(kind, digest) != digest:
                expected = f"expected the sources {job.sources[kind][:12]}"
                raise RunFailed(f"{socket.gethostname()}: has another mechanism '{kind}'; {expected}")
    import numba

    numba.set_num_threads(min(job.threads, int(numba.config.NUMBA_NUM_THREADS)))  # type: ignore[attr-defined]
    compile_once()
