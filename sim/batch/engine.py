"""The engine: missing runs are submitted in jobs, results are indexed, failures recorded."""

from __future__ import annotations

import json
import math
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from sim import results
from sim.batch.compiling import compile_aloud
from sim.batch.executors import InProcessExecutor, ProcessExecutor, failure_text, wait_for_any, worker_died
from sim.batch.outcome import Outcome
from sim.batch.progress import progress
from sim.batch.screen import styled
from sim.batch.session import Session
from sim.batch.tasks import Task, failure_path, sources_of, write_failure
from sim.batch.work import Job, JobReport, work
from sim.errors import FULL, RunFailed

MAX_SINGLE_FILES = 200  # experiments of up to this many runs have one file per run, easy to open, send and delete
MAX_FILES = 4000  # upper limit on the files of an experiment
MAX_BUNDLE = 64  # runs per bundle at most
JOB_SECONDS = 5.0  # target duration of a job: about what a killed worker loses
JOB_BYTES = 2**26
MAX_DEATHS = 3  # worker deaths on one run before it counts as failed
MAX_FAILURES = 1000  # failed runs before the experiment is aborted


def complete(session: Session, tasks: Sequence[Task], console: Console | None = None) -> Outcome:
    """Compute the missing runs with a progress bar; failures are recorded and do not stop the others.

    Parameters
    ----------
    session : Session
    tasks : sequence of Task
        All runs of the experiment.
    console : Console, optional
        Instead of the session's.

    Returns
    -------
    Outcome

    Raises
    ------
    KeyboardInterrupt
        After printing how many runs are kept.
    RunFailed
        If the disk is full, or with `stop_on_failure` a run failed. Finished runs are kept.
    """
    console = console or session.console
    known = session.index.by_id()
    only = session.options.only
    pending = [t for t in tasks if t.run_id not in known and (only is None or t.label in only)]
    kept = sum(task.run_id in known for task in tasks)
    if kept:
        console.print(f"{kept:,} of {len(tasks):,} runs exist already and are kept.")
    if known and pending and session.outdated and only is None:
        console.print(f"The runs here are of {session.outdated}; {len(pending):,} are computed again.")
        session.outdated = ""  # said once
    outcome, begin = Outcome(session.folder, kept, illustrated=session.options.report), time.perf_counter()
    try:
        if pending:
            _Engine(session, outcome, len(tasks), console).run(pending)
    except KeyboardInterrupt:
        console.print(f"Stopped. {_progress_text(outcome, tasks)}; run the same command again for the missing ones.")
        raise
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise _disk_full(session, outcome, tasks, str(error)) from error
    except _DiskFull as error:
        raise _disk_full(session, outcome, tasks, str(error)) from error
    outcome.seconds = time.perf_counter() - begin
    known = session.index.by_id()
    outcome.missing = sorted(task.label for task in tasks if task.run_id not in known)
    outcome.ok = not outcome.missing
    if outcome.missing:
        shown = ", ".join(outcome.missing[:10]) + (" ..." if len(outcome.missing) > 10 else "")
        console.print(
            styled(
                "[bold red]{} of {} runs are missing:[/] {}; see {}",
                f"{len(outcome.missing):,}",
                f"{len(tasks):,}",
                shown,
                session.folder / "failed",
            )  # fmt: skip
        )
    return outcome


def _progress_text(outcome: Outcome, tasks: Sequence[Task]) -> str:
    return f"{outcome.finished} of {len(tasks)} runs are finished and kept"


def _disk_full(session: Session, outcome: Outcome, tasks: Sequence[Task], error: str) -> RunFailed:
    return RunFailed(
        f"{session.folder}: no space left for results ({error}). {_progress_text(outcome, tasks)}; "
        "free some space, then run the same command again for the missing ones"
    )


class _DiskFull(Exception):
    """No space left for results."""


@dataclass
class _Engine:
    """The jobs in progress.

    Attributes
    ----------
    session : Session
    outcome : Outcome
        Receives the number of finished runs.
    total : int
        Number of runs of the experiment.
    console : Console
    """

    session: Session
    outcome: Outcome
    total: int
    console: Console
    pending: deque[Task] = field(default_factory=deque)
    retries: deque[Task] = field(default_factory=deque)
    running: dict[Future, tuple[Task, ...]] = field(default_factory=dict)
    deaths: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    seconds: float = 0.0
    size: float = 0.0

    def run(self, pending: list[Task]) -> None:
        self.pending = deque(pending)
        pool = self.session.pool()
        self.commit = results.commit()
        local = isinstance(pool.executor, (InProcessExecutor, ProcessExecutor))
        if self.session.options.model is None and local and pending:
            compile_aloud(self.console, apart=isinstance(pool.executor, ProcessExecutor))
        with progress(self.console) as bars:
            bar = bars.add_task("runs", total=len(pending), failed=0, running=0)
            while self.pending or self.retries or self.running:
                workers, slots = pool.count(), pool.slots
                while (self.pending or self.retries) and len(self.running) < slots:
                    job = self._next(workers)
                    future = pool.executor.submit(work, self._job(job))
                    self.running[future] = job
                for future in wait_for_any(self.running):
                    completed = self._collect(self.running.pop(future), future, bars)
                    bars.update(
                        bar, advance=completed, failed=self.failed, running=sum(map(len, self.running.values()))
                    )

    def _next(self, workers: int) -> tuple[Task, ...]:
        """Take the runs of the next job: a run to retry on its own, others in bundles if there are many."""
        if self.retries:
            return (self.retries.popleft(),)
        first = self.pending.popleft()
        job, kind = [first], _kind(first)
        while len(job) < self._runs_per_job(workers) and self.pending and _kind(self.pending[0]) == kind:
            job.append(self.pending.popleft())
        return tuple(job)

    def _runs_per_job(self, workers: int) -> int:
        """Return the number of runs per job, from the time and size of recent runs."""
        if self.total <= MAX_SINGLE_FILES or not self.seconds:
            return 1
        wanted = min(JOB_SECONDS / self.seconds, JOB_BYTES / max(self.size, 1.0), MAX_BUNDLE)
        # towards the end jobs get shorter, so that all workers finish at about the same time
        fair = math.ceil(len(self.pending) / (2 * workers))
        return max(1, min(max(int(wanted), math.ceil(self.total / MAX_FILES)), max(fair, 1)))

    def _job(self, tasks: tuple[Task, ...]) -> Job:
        s = self.session
        sources = {kind: digest for task in tasks for kind, digest in sources_of(task.scenario).items()}
        return Job(tasks, str(s.folder), s.token, self.commit, s.version, s.options.model, s.threads, sources)

    def _collect(self, tasks: tuple[Task, ...], future: Future, bars: Progress) -> int:
        """Record the outcome of a job; return the number of runs completed."""
        error = future.exception()
        if error is not None:
            return self._retry(tasks, error, bars)
        report: JobReport = future.result()
        if report.full:
            raise _DiskFull(report.full)
        if report.path:
            self.session.index.add(Path(report.path))
            self.outcome.finished += len(report.finished)
            self.seconds = report.seconds if not self.seconds else 0.7 * self.seconds + 0.3 * report.seconds
            self.size = report.size / len(report.finished)
            for k in report.finished:
                failure_path(self.session.folder, tasks[k]).unlink(missing_ok=True)
        for k, reason in report.failed:
            self._fail(tasks[k], reason, bars)
        return len(tasks)

    def _retry(self, tasks: tuple[Task, ...], error: BaseException, bars: Progress) -> int:
        """Retry the runs of a dead worker one by one, until it is clear which run kills its worker."""
        completed = 0
        for task in tasks:
            self.deaths[task.run_id] = self.deaths.get(task.run_id, 0) + 1
            if worker_died(error) and self.deaths[task.run_id] < MAX_DEATHS:
                self.retries.append(task)
            else:
                self._fail(task, failure_text(error), bars)
                completed += 1
        return completed

    def _fail(self, task: Task, error: str, bars: Progress) -> None:
        self.failed += 1
        path = write_failure(self.session.folder, task, error)
        first = error.splitlines()[0]
        bars.console.print(styled("[red]{} failed:[/] {} ({})", task.label, first, path))
        if self.session.options.stop_on_failure:
            raise RunFailed(
                f"{task.label}: {first}; finished runs are kept, run the same command again for the missing ones"
            )
        if self.failed >= MAX_FAILURES:
            raise RunFailed(f"{self.failed:,} runs failed, the last with {first}; see {path.parent}")


def _kind(task: Task) -> str:
    """Return the properties that the runs of a bundle must share."""
    scenario: Any = task.scenario
    facts = scenario.model_dump(mode="json", include={"world", "start", "years", "record"})
    return json.dumps(facts, sort_keys=True)
