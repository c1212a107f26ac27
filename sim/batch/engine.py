"""The engine: missing runs go to the machine in jobs; what comes back is entered, what fails is written down."""

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
from sim.batch.compiling import tell_compiling
from sim.batch.executors import died, ended, told
from sim.batch.outcome import Outcome
from sim.batch.progress import progress
from sim.batch.session import Session
from sim.batch.tasks import Task, failure_path, sources_of, write_failure
from sim.batch.work import Job, Report, work
from sim.errors import FULL, RunFailed

ALONE = 200  # runs: up to so many each has a file of its own, for people to open, send, delete
FILES = 4000  # the most that an experiment may need
TOGETHER = 64  # runs in a bundle at most
JOB_SECONDS = 5.0  # what a killed worker loses at most, more or less
JOB_BYTES = 2**26
DEATHS = 3  # of workers over one run, before it counts as failed
FAILURES = 1000  # runs that fail before the experiment is given up


def complete(session: Session, tasks: Sequence[Task], console: Console | None = None) -> Outcome:
    """Compute the runs that are not there, with progress; failures are written down and the others go on.

    Parameters
    ----------
    session : Session
    tasks : sequence of Task
        All runs of the experiment.
    console : Console, optional
        In place of the session's.

    Returns
    -------
    Outcome

    Raises
    ------
    KeyboardInterrupt
        After saying how many runs are kept.
    RunFailed
        If the disk is full, or with `stop_on_failure` a run failed. Finished runs are kept.
    """
    console = console or session.console
    known = session.index.by_id()
    only = session.options.only
    todo = [t for t in tasks if t.run_id not in known and (only is None or t.label in only)]
    kept = sum(task.run_id in known for task in tasks)
    if kept:
        console.print(f"{kept:,} of {len(tasks):,} runs are there already and are kept.", highlight=False)
    outcome, begin = Outcome(session.folder, kept), time.perf_counter()
    try:
        if todo:
            _Engine(session, outcome, len(tasks), console).run(todo)
    except KeyboardInterrupt:
        console.print(f"Stopped. {_standing(outcome, tasks)}; the same command runs the missing ones.")
        raise
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise _no_room(session, outcome, tasks, str(error)) from error
    except _Full as error:
        raise _no_room(session, outcome, tasks, str(error)) from error
    outcome.seconds = time.perf_counter() - begin
    there = session.index.by_id()
    outcome.missing = sorted(task.label for task in tasks if task.run_id not in there)
    outcome.ok = not outcome.missing
    if outcome.missing:
        shown = ", ".join(outcome.missing[:10]) + (" ..." if len(outcome.missing) > 10 else "")
        console.print(
            f"[bold red]{len(outcome.missing):,} of {len(tasks):,} runs are missing:[/] {shown}; "
            f"see {session.folder / 'failed'}"
        )
    return outcome


def _standing(outcome: Outcome, tasks: Sequence[Task]) -> str:
    return f"{outcome.finished} of {len(tasks)} runs are finished and kept"


def _no_room(session: Session, outcome: Outcome, tasks: Sequence[Task], error: str) -> RunFailed:
    return RunFailed(
        f"{session.folder}: no room left for results ({error}). {_standing(outcome, tasks)}; "
        "make room, then the same command runs the missing ones"
    )


class _Full(Exception):
    """No room for results."""


@dataclass
class _Engine:
    """The jobs under way.

    Attributes
    ----------
    session : Session
    outcome : Outcome
        Counts what is finished.
    total : int
        Runs of the whole experiment.
    console : Console
    """

    session: Session
    outcome: Outcome
    total: int
    console: Console
    todo: deque[Task] = field(default_factory=deque)
    again: deque[Task] = field(default_factory=deque)
    running: dict[Future, tuple[Task, ...]] = field(default_factory=dict)
    deaths: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    seconds: float = 0.0
    size: float = 0.0

    def run(self, todo: list[Task]) -> None:
        self.todo = deque(todo)
        pool = self.session.pool()
        self.commit = results.commit()
        if self.session.options.model is None:
            tell_compiling(self.console)
        with progress(self.console) as bars:
            bar = bars.add_task("runs", total=len(todo), failed=0, running=0)
            while self.todo or self.again or self.running:
                workers, slots = pool.count(), pool.slots
                while (self.todo or self.again) and len(self.running) < slots:
                    job = self._next(workers)
                    future = pool.executor.submit(work, self._job(job))
                    self.running[future] = job
                for future in ended(self.running):
                    ends = self._ended(self.running.pop(future), future, bars)
                    bars.update(bar, advance=ends, failed=self.failed, running=sum(map(len, self.running.values())))

    def _next(self, workers: int) -> tuple[Task, ...]:
        """Take the runs of the next job: one whose worker died goes alone, others in bundles where there are many."""
        if self.again:
            return (self.again.popleft(),)
        first = self.todo.popleft()
        job, kind = [first], _kind(first)
        while len(job) < self._runs(workers) and self.todo and _kind(self.todo[0]) == kind:
            job.append(self.todo.popleft())
        return tuple(job)

    def _runs(self, workers: int) -> int:
        """Return how many runs a job has, by what the last ones took."""
        if self.total <= ALONE or not self.seconds:
            return 1
        wanted = min(JOB_SECONDS / self.seconds, JOB_BYTES / max(self.size, 1.0), TOGETHER)
        # towards the end jobs get shorter, so that all workers end together
        fair = math.ceil(len(self.todo) / (2 * workers))
        return max(1, min(max(int(wanted), math.ceil(self.total / FILES)), max(fair, 1)))

    def _job(self, tasks: tuple[Task, ...]) -> Job:
        s = self.session
        sources = {kind: digest for task in tasks for kind, digest in sources_of(task.scenario).items()}
        return Job(tasks, str(s.folder), s.token, self.commit, s.version, s.options.model, s.threads, sources)

    def _ended(self, tasks: tuple[Task, ...], future: Future, bars: Progress) -> int:
        """Enter what a job did; return the number of runs that are done with."""
        error = future.exception()
        if error is not None:
            return self._lost(tasks, error, bars)
        report: Report = future.result()
        if report.full:
            raise _Full(report.full)
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

    def _lost(self, tasks: tuple[Task, ...], error: BaseException, bars: Progress) -> int:
        """Try the runs of a dead worker again, one by one, until it is clear that a run kills its worker."""
        ends = 0
        for task in tasks:
            self.deaths[task.run_id] = self.deaths.get(task.run_id, 0) + 1
            if died(error) and self.deaths[task.run_id] < DEATHS:
                self.again.append(task)
            else:
                self._fail(task, told(error), bars)
                ends += 1
        return ends

    def _fail(self, task: Task, error: str, bars: Progress) -> None:
        self.failed += 1
        path = write_failure(self.session.folder, task, error)
        first = error.splitlines()[0]
        bars.console.print(f"[red]{task.label} failed:[/] {first} ({path})")
        if self.session.options.stop_on_failure:
            raise RunFailed(f"{task.label}: {first}; finished runs are kept, the same command runs the missing ones")
        if self.failed >= FAILURES:
            raise RunFailed(f"{self.failed:,} runs failed, the last with {first}; see {path.parent}")


def _kind(task: Task) -> str:
    """Return what the runs of a bundle have in common."""
    scenario: Any = task.scenario
    facts = scenario.model_dump(mode="json", include={"world", "start", "years", "record"})
    return json.dumps(facts, sort_keys=True)
