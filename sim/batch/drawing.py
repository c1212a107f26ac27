"""Figures and the page, made by processes that load what they need while the model runs.

This module is light: what draws is imported where it is used, in the processes.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sim.batch.executors import ProcessExecutor, died

if TYPE_CHECKING:
    import xarray as xr
    from rich.console import Console

    from sim.batch.outcome import Outcome

T = TypeVar("T")
Ask = Callable[..., Callable[[], Any]]

SLOW = ("change_map", "map", "paths")  # figures that are begun first, so that all processes end together


def prepare() -> None:
    """Start to load the libraries that draw, in the process from which the others are forked, unless there is one."""
    if _forks():
        multiprocessing.get_context("forkserver").set_forkserver_preload(["hinterland", "sim.batch.preload_drawing"])
        forkserver.ensure_running()


def scenario(outcome: Outcome, console: Console, processes: int) -> None:
    """Write figures and report of a scenario's results, as `sim.batch.finish.scenario` does in this process."""
    with _processes(processes) as ask:
        costs = ask(_costs, str(outcome.folder))
        _figures_and_page(outcome, console, ask)
        outcome.headline["costs"] = costs()


def figures_and_page(outcome: Outcome, console: Console, processes: int) -> None:
    """Draw all figures of a results folder and write its page, by so many processes."""
    with _processes(processes) as ask:
        _figures_and_page(outcome, console, ask)


def _figures_and_page(outcome: Outcome, console: Console, ask: Ask) -> None:
    folder = str(outcome.folder)
    names = ask(_names, folder)()
    drawn = {name: ask(_draw, folder, name) for name in sorted(names, key=lambda name: name not in SLOW)}
    for name in names:
        outcome.files += drawn[name]()
    report: Path = ask(_page, folder)()
    outcome.files.append(report)
    console.print(f"Report: {report}", highlight=False)


@contextmanager
def _processes(count: int) -> Iterator[Ask]:
    """Yield what gives a task to the processes, and returns what waits for its end; none outlives the block."""
    prepare()
    executor = ProcessExecutor(count, multiprocessing.get_context("forkserver" if _forks() else "spawn"))

    def ask(function: Callable[..., T], *arguments: str) -> Callable[[], T]:
        future = executor.submit(function, *arguments)

        def end() -> T:
            error = future.exception()
            # the figures of a process that was killed are drawn by this one
            return function(*arguments) if error is not None and died(error) else future.result()

        return end

    try:
        yield ask
    except BaseException:
        executor.shutdown(cancel_futures=True)
        raise
    executor.shutdown()


def _forks() -> bool:
    return "forkserver" in multiprocessing.get_all_start_methods()


@lru_cache(maxsize=1)
def _opened(folder: str) -> xr.Dataset:
    from sim import results

    return results.open_results(folder)


def _costs(folder: str) -> dict[str, float]:
    from sim.analysis.costs import realised_costs

    return realised_costs(_opened(folder), 0.0)


def _names(folder: str) -> list[str]:
    from sim.figures import names

    return names(_opened(folder))


def _draw(folder: str, name: str) -> list[Path]:
    from sim.figures import save_one

    return save_one(_opened(folder), name, Path(folder) / "figures")


def _page(folder: str) -> Path:
    from sim.report import write_report

    return write_report(folder, draw=False)
