"""The work of a worker: compute some runs, write them to one file, report the outcome."""

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
        Runs with the same regions, years and variables; several are written as a bundle.
    folder : str
        The results folder, absolute.
    token : str
        Token of the requesting session. A worker whose session has ended writes nothing.
    commit, version : str
    model : callable or None
        ``(scenario, seed) -> RunRecord`` instead of Hinterland's model.
    threads : int
    sources : dict of str to str
        Digest of the sources of each kind of mechanism and city rule in the runs.
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
class JobReport:
    """Outcome of a job.

    Attributes
    ----------
    path : str
        The file with the finished runs; empty if none finished.
    finished : list of int
        Positions in the job of the runs in the file.
    failed : list of (int, str)
        Positions of the failed runs, with their errors.
    seconds : float
        Mean time per run.
    size : int, bytes
        Size of the file.
    full : str
        Error message if the disk is full; empty otherwise.
    """

    path: str = ""
    finished: list[int] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0.0
    size: int = 0
    full: str = ""


def work(job: Job) -> JobReport:
    """Compute the runs of a job and write them; a failing run does not stop the others.

    Raises
    ------
    RunFailed
        If this worker cannot serve the session: different model version, different disk, or the session has ended.
    """
    _check_session(job)
    if job.model is None:
        _check_worker(job)
    report, runs = JobReport(), []
    begin = time.perf_counter()
    for k, task in enumerate(job.tasks):
        try:
            runs.append(_compute(job, task))
            report.finished.append(k)
        except Exception as error:  # a failing run must not stop the others
            report.failed.append((k, f"{type(error).__name__}: {error}\n\n{traceback.format_exc()}".rstrip()))
    report.seconds = (time.perf_counter() - begin) / len(job.tasks)
    if runs:
        _check_session(job)
        try:
            _write(job, runs, report)
        except OSError as error:
            if error.errno not in FULL:
                raise
            report.full, report.finished = str(error), []
    return report


def _compute(job: Job, task: Task) -> tuple[Any, dict[str, Any]]:
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


def _write(job: Job, runs: list[tuple[Any, dict[str, Any]]], report: JobReport) -> None:
    from sim.model import coordinates

    folder, tasks = Path(job.folder) / "runs", [job.tasks[k] for k in report.finished]
    coords = coordinates(tasks[0].scenario)
    if len(job.tasks) == 1:
        path = folder / f"{tasks[0].label}.h5"
        results.write_run(path, *(runs[0][0], coords, runs[0][1]))
    else:
        digest = hashlib.sha256("".join(task.run_id for task in tasks).encode()).hexdigest()
        path = folder / f"bundle-{digest[:16]}.h5"
        results.write_bundle(path, runs, coords)
    report.path, report.size = str(path), path.stat().st_size


def _check_session(job: Job) -> None:
    """Refuse to continue if the requesting session has ended or its folder is not accessible."""
    try:
        current = json.loads((Path(job.folder) / SESSION).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        where = socket.gethostname()
        raise RunFailed(f"{job.folder}: does not exist on {where}; expected a folder shared by all machines") from error
    if current["token"] != job.token:
        raise RunFailed(f"{job.folder}: another run of the experiment has taken over")


def _check_worker(job: Job) -> None:
    """Check that this worker runs the same model version, and set its number of threads."""
    if results.model_version() != job.version:
        raise RunFailed(f"{socket.gethostname()}: runs another version of the model; expected {job.version[:12]}")
    for task in job.tasks:
        for kind, digest in sources_of(task.scenario).items():
            if job.sources.get(kind, digest) != digest:
                expected = f"expected the sources {job.sources[kind][:12]}"
                raise RunFailed(f"{socket.gethostname()}: has another '{kind}'; {expected}")
    import numba

    numba.set_num_threads(min(job.threads, int(numba.config.NUMBA_NUM_THREADS)))  # type: ignore[attr-defined]
    compile_once()
