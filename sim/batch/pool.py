"""Many tasks over processes: one thread each, failures told apart, Ctrl-C clean."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pebble import ProcessExpired, ProcessPool

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


@dataclass(frozen=True)
class Done:
    """How one task ended.

    Attributes
    ----------
    index : int
        Position of the task in the list that was given.
    value : object
        What the function returned; None after a failure.
    error : str
        Empty after success, else the error with its traceback.
    """

    index: int
    value: Any
    error: str = ""


@contextmanager
def threads_each(threads: int) -> Iterator[None]:
    """Set the thread counts that new worker processes read before they import numpy.

    BLAS always gets one: its sums change in the last bit with the number of threads.
    """
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    os.environ["NUMBA_NUM_THREADS"] = str(threads)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def process_context(threads: int = 1) -> multiprocessing.context.BaseContext:
    """Return the forkserver context with the model preloaded; spawn where there is none."""
    # the fork server keeps the thread count it was started with, so other counts start afresh
    if threads != 1 or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sim.model"])
    return context


def default_workers(threads: int = 1) -> int:
    """Return how many workers of so many threads the processors of this process carry."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)) // threads)
    return max(1, (os.cpu_count() or 1) // threads)


def run_tasks(
    function: Callable[..., Any], tasks: Sequence[tuple], workers: int | None = None, threads: int = 1
) -> Iterator[Done]:
    """Yield the end of every task as it comes.

    Parameters
    ----------
    function : callable
        Importable by name; called as ``function(*task)`` in a worker process.
    tasks : sequence of tuple
        Arguments that pickle.
    workers : int, optional
        Processes; the number of processors unless told. 0 runs in this process (for debugging).
    threads : int
        Threads of one worker.

    Yields
    ------
    Done
        One for each task, in order of completion. An exception in a task is a `Done` with an error.
    """
    if not tasks:
        return
    if workers == 0:
        yield from _in_this_process(function, tasks)
        return
    count = min(workers or default_workers(threads), len(tasks))
    with threads_each(threads):
        pool = ProcessPool(max_workers=count, context=process_context(threads))
        try:
            yield from _collect(pool, function, tasks)
        finally:
            # after the last task, an error, Ctrl-C or a closed generator: no worker outlives this call
            pool.stop()
            pool.join()


def _collect(pool: ProcessPool, function: Callable[..., Any], tasks: Sequence[tuple]) -> Iterator[Done]:
    waiting: dict[Any, int] = {pool.schedule(function, args=list(task)): index for index, task in enumerate(tasks)}
    while waiting:
        # a short timeout keeps the main thread able to see Ctrl-C
        finished, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in finished:
            yield _ended(waiting.pop(future), future)


def _ended(index: int, future: Any) -> Done:
    error = future.exception()
    if error is None:
        return Done(index, future.result())
    if isinstance(error, ProcessExpired):
        return Done(index, None, f"the worker process ended early (exit code {error.exitcode})")
    remote = getattr(error, "traceback", "")
    return Done(index, None, f"{type(error).__name__}: {error}\n\n{remote}".rstrip())


def _in_this_process(function: Callable[..., Any], tasks: Sequence[tuple]) -> Iterator[Done]:
    for index, task in enumerate(tasks):
        try:
            yield Done(index, function(*task))
        except Exception as error:  # whatever one run raises, the others go on
            yield Done(index, None, f"{type(error).__name__}: {error}\n\n{traceback.format_exc()}".rstrip())
