"""Execution backends behind one interface, `concurrent.futures.Executor`: this process, processes, Dask, MPI."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any

from pebble import ProcessPool

from sim.batch import scripts
from sim.errors import UserError
from sim.extras import need

if TYPE_CHECKING:
    from sim.config.schema.executor import Dask, Slurm

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Pool:
    """An executor and its capacity.

    Attributes
    ----------
    executor : Executor
    count : callable
        Current number of workers; on a cluster it changes as jobs start and end.
    prefetch : int
        Extra tasks submitted in advance so that no worker waits for its next one.
    """

    executor: Executor
    count: Callable[[], int] = lambda: 1
    prefetch: int = 0

    @property
    def slots(self) -> int:
        """Number of tasks in flight."""
        return self.count() + self.prefetch


class InProcessExecutor(Executor):
    """Runs each task in the current process when it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Run the task; a keyboard interrupt propagates instead of counting as a task failure."""
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # a failing task must not stop the others
            future.set_exception(error)
        return future


class ProcessExecutor(Executor):
    """Worker processes; the death of one does not affect the others."""

    def __init__(self, workers: int, context: multiprocessing.context.BaseContext):
        self._pool = ProcessPool(max_workers=workers, context=context, initializer=_begin())

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Schedule the task; if its process dies, the future raises `pebble.ProcessExpired`."""
        return self._pool.schedule(fn, args=args, kwargs=kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for the workers, or stop them; none outlives this call."""
        if cancel_futures:
            self._pool.stop()
        else:
            self._pool.close()
        self._pool.join()


def _begin() -> Callable[[], None] | None:
    """Return what new processes call first: by its name they load this very package, whatever their folder holds."""
    try:
        begin: Callable[[], None] = import_module("hinterland").begin
    except ImportError:  # this package was put together by hand
        return None
    return begin


@contextmanager
def surroundings(threads: int = 1) -> Iterator[None]:
    """Set the environment that new worker processes start in, whatever that of this process is.

    Before they import numpy they read their thread counts. BLAS always gets one: its sums change in the last bit with
    the number of threads. They import nothing from the current folder that their parent does not, and draw to files.
    """
    known = os.environ.get("PYTHONWARNINGS")
    fixed = {
        **dict.fromkeys(THREAD_VARIABLES, "1"),
        "NUMBA_NUM_THREADS": str(threads),
        # numba creates a semaphore in every worker; the cleanup after a stopped worker is not worth a warning
        "PYTHONWARNINGS": ",".join([*([known] if known else []), "ignore:resource_tracker:UserWarning"]),
        "PYTHONSAFEPATH": "1",
        "MPLBACKEND": "agg",
    }
    before = {name: os.environ.get(name) for name in fixed}
    os.environ.update(fixed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def process_context(threads: int = 1, script: bool = False) -> multiprocessing.context.BaseContext:
    """Return the context of worker processes: a fork server with the model preloaded, or spawn if there is none.

    Parameters
    ----------
    threads : int
        Threads of one worker.
    script : bool
        Whether workers import the script that starts them; see `sim.batch.scripts`.
    """
    # the fork server keeps the thread count it was started with, so other counts need new processes
    forks = threads == 1 and "forkserver" in multiprocessing.get_all_start_methods()
    context = scripts.context("forkserver" if forks else "spawn", script)
    if forks:
        context.set_forkserver_preload(["hinterland", "sim.batch.preload_model"])
    return context


def threads_of(config: Any) -> int:
    """Return the number of threads per run of an experiment."""
    return int(getattr(getattr(config, "scenario", config), "threads", 1))


def prepare(machine: Any, workers: int | None, threads: int = 1) -> None:
    """Start loading the model in the fork server ahead of time, so that workers start fast.

    Parameters
    ----------
    machine, workers, threads
        As for `open_pool`; without effect where that forks no process.
    """
    if workers == 0 or (machine is not None and machine.kind != "processes"):
        return
    if process_context(threads).get_start_method() == "forkserver":
        with surroundings(threads):
            forkserver.ensure_running()


def default_workers(threads: int = 1) -> int:
    """Return how many workers with `threads` threads each fit on the available processors."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)) // threads)
    return max(1, (os.cpu_count() or 1) // threads)


@contextmanager
def open_pool(machine: Any, workers: int | None, threads: int = 1, script: bool = False) -> Iterator[Pool]:
    """Yield the executor of a machine; it is always shut down on exit.

    Parameters
    ----------
    machine : Processes, Dask or Mpi of `sim.config.schema.executor`, or None
        None: processes on this machine.
    workers : int, optional
        Processes; 0 is this process. Only for processes.
    threads : int
        Threads of one worker.
    script : bool
        Whether tasks need what the script defines that starts them.

    Raises
    ------
    UserError
        If the machine cannot be reached.
    """
    kind = "processes" if machine is None else machine.kind
    if kind != "processes" and workers is not None:
        raise UserError(
            f"--workers {workers}: only applies to processes; expected no value, as {kind} manages its own workers"
        )
    if kind == "dask":
        with _dask(machine) as pool:
            yield pool
    elif kind == "mpi":
        with _mpi() as pool:
            yield pool
    elif workers == 0:
        yield Pool(InProcessExecutor())
    else:
        count = workers or (machine.workers if machine is not None else None) or default_workers(threads)
        with surroundings(threads):
            executor = ProcessExecutor(count, process_context(threads, script))
            try:
                # one task more than processes: no process waits while the parent writes its index
                yield Pool(executor, lambda: count, 1)
            except BaseException:
                executor.shutdown(cancel_futures=True)
                raise
            executor.shutdown()


@contextmanager
def _dask(machine: Dask) -> Iterator[Pool]:
    need("dask", "a machine of kind 'dask'")
    from distributed import Client

    cluster: Any = None
    try:
        cluster = slurm_cluster(machine.cluster) if machine.cluster else None
        if cluster is not None and machine.cluster is not None:
            cluster.scale(jobs=machine.cluster.jobs)
        try:
            client = Client(cluster or machine.scheduler, timeout=machine.wait)
            # cluster jobs may queue for an unknown time
            client.wait_for_workers(1, timeout=machine.wait if cluster is None else None)
        except (OSError, TimeoutError, ValueError) as error:
            where = machine.scheduler or "the requested cluster"
            raise UserError(
                f"machine: no Dask scheduler with a worker responds at {where} within {machine.wait:g} s ({error}); "
                "expected a running one: 'dask scheduler', 'dask worker ADDRESS'"
            ) from error
        with client:
            if _begin() is not None:
                client.register_worker_callbacks(setup=partial(import_module, "hinterland"))

            def count() -> int:
                return max(1, len(client.scheduler_info(n_workers=-1)["workers"]))

            yield Pool(client.get_executor(pure=False, retries=3), count, count())
    finally:
        if cluster is not None:
            cluster.close()


def slurm_cluster(spec: Slurm) -> Any:
    """Return the dask-jobqueue cluster on SLURM; its ``job_script()`` is what gets submitted."""
    from dask_jobqueue import SLURMCluster

    one_thread = [f"export {name}=1" for name in THREAD_VARIABLES]
    return SLURMCluster(
        queue=spec.queue, account=spec.account, cores=spec.cores, processes=spec.processes, memory=spec.memory,
        walltime=spec.walltime, interface=spec.interface, job_script_prologue=[*one_thread, *spec.before],
        job_extra_directives=list(spec.options), worker_extra_args=["--nthreads", "1"],
    )  # fmt: skip


@contextmanager
def _mpi() -> Iterator[Pool]:
    need("mpi", "a machine of kind 'mpi'")
    command = "mpirun -n RANKS python -m mpi4py.futures -m hinterland run FILE --machine mpi"
    try:
        from mpi4py import MPI
        from mpi4py.futures import MPIPoolExecutor
    except (ImportError, RuntimeError) as error:
        raise UserError(f"machine: mpi4py does not work here ({error}); expected an installed MPI") from error
    ranks = MPI.COMM_WORLD.Get_size()
    if ranks < 2:
        raise UserError(f"machine: not an MPI job of two or more ranks; expected '{command}'")
    with MPIPoolExecutor() as executor:
        yield Pool(executor, lambda: ranks - 1, ranks - 1)


@dataclass(frozen=True)
class TaskResult:
    """Result of one task.

    Attributes
    ----------
    index : int
        Position of the task in the submitted list.
    value : object
        Return value of the function; None after a failure.
    error : str
        Empty on success, otherwise the error with its traceback.
    """

    index: int
    value: Any
    error: str = ""


def run_tasks(function: Callable[..., Any], tasks: Sequence[tuple], pool: Pool) -> Iterator[TaskResult]:
    """Yield the result of every task in order of completion.

    Parameters
    ----------
    function : callable
        Importable by name; called as ``function(*task)`` by a worker.
    tasks : sequence of tuple
        Arguments that pickle.
    pool : Pool

    Yields
    ------
    Done
        One per task. An exception in a task gives a `TaskResult` with an error.
    """
    todo = list(enumerate(tasks))[::-1]
    running: dict[Future, int] = {}
    while todo or running:
        slots = pool.slots
        while todo and len(running) < slots:
            index, task = todo.pop()
            running[pool.executor.submit(function, *task)] = index
        for future in wait_for_any(running):
            yield _result(running.pop(future), future)


def wait_for_any(running: dict[Future, Any]) -> list[Future]:
    """Wait until at least one task has finished; return the finished ones in order of submission."""
    while True:
        # a short timeout keeps the main thread responsive to Ctrl-C
        finished, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
        if finished:
            return [future for future in running if future in finished]


def _result(index: int, future: Future) -> TaskResult:
    error = future.exception()
    return TaskResult(index, future.result()) if error is None else TaskResult(index, None, failure_text(error))


def worker_died(error: BaseException) -> bool:
    """Return whether a task failed because its worker died, so that it may be retried elsewhere."""
    return type(error).__name__ in ("ProcessExpired", "KilledWorker", "BrokenProcessPool", "CommClosedError",
                                    "CancelledError", "FutureCancelledError")  # fmt: skip


def failure_text(error: BaseException) -> str:
    """Return the error of a task with its traceback, or a note that its worker died."""
    if worker_died(error):
        return f"the worker died ({str(error) or type(error).__name__})"
    remote = getattr(error, "traceback", "") or "".join(traceback.format_exception(error))
    return f"{type(error).__name__}: {error}\n\n{remote}".rstrip()
