"""Machines behind one seam, `concurrent.futures.Executor`: this process, processes, Dask, MPI."""

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

from sim.errors import UserError

if TYPE_CHECKING:
    from sim.config.schema.executor import Dask, Slurm

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
INSTALL = "pip install 'hinterland[{}]'"


@dataclass(frozen=True)
class Pool:
    """An executor and how much it takes at a time.

    Attributes
    ----------
    executor : Executor
    count : callable
        Workers at present: those of a cluster come, and go, as it grants them.
    ahead : int
        Tasks that it is given besides, so that no worker waits for the next.
    """

    executor: Executor
    count: Callable[[], int] = lambda: 1
    ahead: int = 0

    @property
    def slots(self) -> int:
        """Tasks that it is given at a time."""
        return self.count() + self.ahead


class Here(Executor):
    """This very process: a task is done when it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Run the task; an interrupt is not an error of the task."""
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # whatever a task raises, the others go on
            future.set_exception(error)
        return future


class ProcessExecutor(Executor):
    """Processes that can die without taking others down."""

    def __init__(self, workers: int, context: multiprocessing.context.BaseContext):
        self._pool = ProcessPool(max_workers=workers, context=context, initializer=_begin())

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Schedule the task; the death of its process is its `pebble.ProcessExpired`."""
        return self._pool.schedule(fn, args=args, kwargs=kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the workers end, or stop them; none outlives this call."""
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
def threads_each(threads: int) -> Iterator[None]:
    """Set the thread counts that new worker processes read before they import numpy.

    BLAS always gets one: its sums change in the last bit with the number of threads.
    """
    before = {name: os.environ.get(name) for name in (*THREAD_VARIABLES, "PYTHONWARNINGS")}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    os.environ["NUMBA_NUM_THREADS"] = str(threads)
    # numba makes a lock in every worker; one whose worker was stopped is cleared away, and that need not be told
    known = [before["PYTHONWARNINGS"]] if before["PYTHONWARNINGS"] else []
    os.environ["PYTHONWARNINGS"] = ",".join([*known, "ignore:resource_tracker:UserWarning"])
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
    context.set_forkserver_preload(["hinterland", "sim.batch.preload_model"])
    return context


def threads_of(config: Any) -> int:
    """Return the threads of one run of an experiment."""
    return int(getattr(getattr(config, "scenario", config), "threads", 1))


def prepare(machine: Any, workers: int | None, threads: int = 1) -> None:
    """Start to load the model in the process from which workers are forked, so that it is there when they are needed.

    Parameters
    ----------
    machine, workers, threads
        As for `opened_pool`; nothing is done where that would fork no process.
    """
    if workers == 0 or (machine is not None and machine.kind != "processes"):
        return
    if process_context(threads).get_start_method() == "forkserver":
        with threads_each(threads):
            forkserver.ensure_running()


def default_workers(threads: int = 1) -> int:
    """Return how many workers of so many threads the processors of this process carry."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)) // threads)
    return max(1, (os.cpu_count() or 1) // threads)


@contextmanager
def opened_pool(machine: Any, workers: int | None, threads: int = 1) -> Iterator[Pool]:
    """Yield the executor of a machine; it is shut down on the way out, whatever happens.

    Parameters
    ----------
    machine : Processes, Dask or Mpi of `sim.config.schema.executor`, or None
        None: processes on this machine.
    workers : int, optional
        Processes; 0 is this process. Only for processes.
    threads : int
        Threads of one worker.

    Raises
    ------
    UserError
        If the machine cannot be reached.
    """
    kind = "processes" if machine is None else machine.kind
    if kind != "processes" and workers is not None:
        raise UserError(f"--workers {workers}: only for processes; expected none, for {kind} has workers of its own")
    if kind == "dask":
        with _dask(machine) as pool:
            yield pool
    elif kind == "mpi":
        with _mpi() as pool:
            yield pool
    elif workers == 0:
        yield Pool(Here())
    else:
        count = workers or (machine.workers if machine is not None else None) or default_workers(threads)
        with threads_each(threads):
            executor = ProcessExecutor(count, process_context(threads))
            try:
                # one more than there are processes: no process waits while the parent looks after its files
                yield Pool(executor, lambda: count, 1)
            except BaseException:
                executor.shutdown(cancel_futures=True)
                raise
            executor.shutdown()


@contextmanager
def _dask(machine: Dask) -> Iterator[Pool]:
    try:
        from distributed import Client
    except ImportError as error:
        raise UserError(f"machine: Dask is not installed; expected {INSTALL.format('dask')}") from error
    cluster: Any = None
    try:
        cluster = slurm_cluster(machine.cluster) if machine.cluster else None
        if cluster is not None and machine.cluster is not None:
            cluster.scale(jobs=machine.cluster.jobs)
        try:
            client = Client(cluster or machine.scheduler, timeout=machine.wait)
            # a cluster grants its jobs when it can
            client.wait_for_workers(1, timeout=machine.wait if cluster is None else None)
        except (OSError, TimeoutError, ValueError) as error:
            where = machine.scheduler or "the cluster that was asked for"
            raise UserError(
                f"machine: no Dask scheduler with a worker answers at {where} within {machine.wait:g} s ({error}); "
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
    """Return the cluster that dask-jobqueue asks SLURM for; its ``job_script()`` tells what is submitted."""
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as error:
        raise UserError(f"machine: dask-jobqueue is not installed; expected {INSTALL.format('dask')}") from error
    one_thread = [f"export {name}=1" for name in THREAD_VARIABLES]
    return SLURMCluster(
        queue=spec.queue, account=spec.account, cores=spec.cores, processes=spec.processes, memory=spec.memory,
        walltime=spec.walltime, interface=spec.interface, job_script_prologue=[*one_thread, *spec.before],
        job_extra_directives=list(spec.options), worker_extra_args=["--nthreads", "1"],
    )  # fmt: skip


@contextmanager
def _mpi() -> Iterator[Pool]:
    command = "mpirun -n RANKS python -m mpi4py.futures -m hinterland run FILE --machine mpi"
    try:
        from mpi4py import MPI
        from mpi4py.futures import MPIPoolExecutor
    except (ImportError, RuntimeError) as error:
        expected = f"expected {INSTALL.format('mpi')} and an installed MPI"
        raise UserError(f"machine: mpi4py does not work here ({error}); {expected}") from error
    ranks = MPI.COMM_WORLD.Get_size()
    if ranks < 2:
        raise UserError(f"machine: this is no MPI job of two or more ranks; expected '{command}'")
    with MPIPoolExecutor() as executor:
        yield Pool(executor, lambda: ranks - 1, ranks - 1)


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


def run_tasks(function: Callable[..., Any], tasks: Sequence[tuple], pool: Pool) -> Iterator[Done]:
    """Yield the end of every task as it comes.

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
        One for each task, in order of completion. An exception in a task is a `Done` with an error.
    """
    todo = list(enumerate(tasks))[::-1]
    running: dict[Future, int] = {}
    while todo or running:
        slots = pool.slots
        while todo and len(running) < slots:
            index, task = todo.pop()
            running[pool.executor.submit(function, *task)] = index
        for future in ended(running):
            yield _done(running.pop(future), future)


def ended(running: dict[Future, Any]) -> list[Future]:
    """Wait for the first ends, in the order in which the tasks were given."""
    while True:
        # a short timeout keeps the main thread able to see Ctrl-C
        finished, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
        if finished:
            return [future for future in running if future in finished]


def _done(index: int, future: Future) -> Done:
    error = future.exception()
    return Done(index, future.result()) if error is None else Done(index, None, told(error))


def died(error: BaseException) -> bool:
    """Return whether a task ended because its worker did, so that it may be tried again elsewhere."""
    return type(error).__name__ in ("ProcessExpired", "KilledWorker", "BrokenProcessPool", "CommClosedError",
                                    "CancelledError", "FutureCancelledError")  # fmt: skip


def told(error: BaseException) -> str:
    """Return an error of a task with its traceback, or that its worker died."""
    if died(error):
        return f"the worker died ({str(error) or type(error).__name__})"
    remote = getattr(error, "traceback", "") or "".join(traceback.format_exception(error))
    return f"{type(error).__name__}: {error}\n\n{remote}".rstrip()
