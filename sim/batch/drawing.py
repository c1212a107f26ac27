"""Figures and report drawn by separate processes, which load their libraries while the model runs.

This module is light: plotting libraries are imported in those processes only.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sim.batch import scripts
from sim.batch.executors import ProcessExecutor, surroundings, worker_died
from sim.batch.phases import phase

if TYPE_CHECKING:
    import xarray as xr

    from sim.batch.outcome import Outcome
    from sim.batch.screen import Screen

T = TypeVar("T")
Submit = Callable[..., Callable[[], Any]]

SLOW = ("change_map", "map", "paths")  # figures to start first, so that all processes finish at about the same time


def prepare() -> None:
    """Start the fork server, unless it runs, and load the plotting libraries in it."""
    if _forks():
        multiprocessing.get_context("forkserver").set_forkserver_preload(["hinterland", "sim.batch.preload_drawing"])
        with surroundings():
            forkserver.ensure_running()


def scenario(outcome: Outcome, console: Screen, processes: int) -> None:
    """Write figures and report of a scenario like `sim.batch.finish.scenario`, but in separate processes."""
    with _processes(processes) as submit:
        costs = submit(_costs, str(outcome.folder))
        _figures_and_page(outcome, console, submit)
        outcome.headline["costs"] = costs()


def figures_and_page(outcome: Outcome, console: Screen, processes: int) -> None:
    """Draw all figures of a results folder and write its report with several processes."""
    with _processes(processes) as submit:
        _figures_and_page(outcome, console, submit)


def _figures_and_page(outcome: Outcome, console: Screen, submit: Submit) -> None:
    folder = str(outcome.folder)
    with phase(console, "drawing figures"):
        names = submit(_names, folder)()
        drawn = {name: submit(_draw, folder, name) for name in sorted(names, key=lambda name: name not in SLOW)}
        for name in names:
            outcome.files += drawn[name]()
    with phase(console, "writing the report"):
        note = submit(_note, folder)
        page = submit(_page, folder)()
    outcome.add_report(page, console, note())


@contextmanager
def _processes(count: int) -> Iterator[Submit]:
    """Yield a function that submits a task and returns a callable for its result; no process outlives the block."""
    prepare()
    with surroundings():  # of processes that are spawned
        executor = ProcessExecutor(count, scripts.context("forkserver" if _forks() else "spawn"))

    def submit(function: Callable[..., T], *arguments: str) -> Callable[[], T]:
        future = executor.submit(function, *arguments)

        def result() -> T:
            error = future.exception()
            # if the process was killed, this one does the task
            return function(*arguments) if error is not None and worker_died(error) else future.result()

        return result

    try:
        yield submit
    except BaseException:
        executor.shutdown(cancel_futures=True)
        raise
    executor.shutdown()


def _forks() -> bool:
    return "forkserver" in multiprocessing.get_all_start_methods()


@lru_cache(maxsize=1)
def _dataset(folder: str) -> xr.Dataset:
    from sim import results

    return results.open_results(folder)


def _costs(folder: str) -> dict[str, float]:
    from sim.analysis import appraisal_of
    from sim.analysis.costs import realised_costs

    ds = _dataset(folder)
    return realised_costs(ds, appraisal_of(ds).discount)


def _names(folder: str) -> list[str]:
    from sim.figures import names

    return names(_dataset(folder))


def _note(folder: str) -> str:
    from sim.figures import font_note

    return font_note(_dataset(folder))


def _draw(folder: str, name: str) -> list[Path]:
    from sim.figures import save_one

    return save_one(_dataset(folder), name, Path(folder) / "figures")


def _page(folder: str) -> Path:
    from sim.report import write_report

    return write_report(folder, draw=False, ds=_dataset(folder))
