"""A session: one process at work in a results folder, with its index and its machine."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from sim import results
from sim.batch.executors import Pool, opened_pool, threads_of
from sim.batch.modules import keep
from sim.batch.tasks import config_text, version_of
from sim.errors import UserError
from sim.results.text import SESSION

_TRIES = 5  # to get the lock of a folder


@dataclass(frozen=True)
class Options:
    """How an experiment is run; results do not depend on it.

    Attributes
    ----------
    workers : int, optional
        Processes; the number of processors unless told. 0 runs in this process.
    overwrite : bool
        Replace another experiment's results.
    console : Console
        Where progress goes; standard error unless told.
    machine : Machine, optional
        In place of the config's; see `sim.config.schema.executor`.
    model : callable, optional
        ``(scenario, seed) -> RunRecord`` in place of Hinterland's own model, importable by name.
    stop_on_failure : bool
        Whether the first run that fails ends the experiment.
    only : frozenset of str, optional
        Labels of the runs to compute; all that are missing unless told.
    drawers : int
        Processes that draw the figures of a scenario or a comparison. Fewer than two: none but this one, as for whoever
        calls from a script that must not be imported by other processes.
    """

    workers: int | None = None
    overwrite: bool = False
    console: Console = field(default_factory=lambda: Console(stderr=True))
    machine: Any = None
    model: Callable[..., Any] | None = None
    stop_on_failure: bool = False
    only: frozenset[str] | None = None
    drawers: int = 0


@dataclass
class Session:
    """One process at work in a results folder.

    Attributes
    ----------
    folder : Path
    options : Options
    config : object
    token : str
        Tells this session from those before.
    version : str
        Of the model.
    index : Index
        Which runs are there.
    """

    folder: Path
    options: Options
    config: Any
    token: str
    version: str
    index: results.Index
    _stack: ExitStack
    _pool: Pool | None = None

    @property
    def console(self) -> Console:
        """Where progress goes."""
        return self.options.console

    @property
    def threads(self) -> int:
        """Threads of one run."""
        return threads_of(self.config)

    def pool(self) -> Pool:
        """Return the executor, started when it is first used."""
        if self._pool is None:
            machine = self.options.machine or getattr(self.config, "machine", None)
            self._pool = self._stack.enter_context(opened_pool(machine, self.options.workers, self.threads))
        return self._pool


@contextmanager
def session(config: Any, out: Path, **options: Any) -> Iterator[Session]:
    """Work in a results folder: it becomes this experiment's, and nobody else's until this ends.

    Parameters
    ----------
    config : Comparison, Sweep, ...
    out : Path
    **options
        See `Options`.

    Raises
    ------
    UserError
        If the folder holds another experiment, or another process is at work in it.
    """
    chosen, folder = Options(**options), Path(out).absolute()
    if folder.is_dir() and not chosen.overwrite or folder.is_file():
        results.check_folder(folder, config_text(config))  # before anything is written there
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        token = stack.enter_context(_locked(folder))
        results.check_folder(folder, config_text(config), chosen.overwrite)
        index = results.Index(folder, keep=True)
        stack.callback(index.close)
        _tidy(folder, index)
        stack.callback(_clear_halves, folder)  # also of workers that were killed meanwhile
        keep(config, folder)
        yield Session(folder, chosen, config, token, version_of(chosen.model), index, stack)


@contextmanager
def _locked(folder: Path) -> Iterator[str]:
    """Hold the lock of a folder; it ends with this process, however that ends."""
    with open(folder / SESSION, "a+", encoding="utf-8") as handle:
        for _ in range(_TRIES):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(0.1)  # whoever only asks for the status holds the lock for a moment
        else:
            raise UserError(f"{folder}: {at_work(folder)} is at work there; expected its end, or another folder")
        facts = {"token": uuid.uuid4().hex, "process": os.getpid(), "host": socket.gethostname()}
        handle.truncate(0)
        handle.write(json.dumps(facts))
        handle.flush()
        yield str(facts["token"])


def at_work(folder: Path) -> str | None:
    """Return which process is at work in a folder, in words, or None."""
    path = Path(folder) / SESSION
    try:
        with open(path, encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                facts = json.loads(handle.read() or "{}")
                return f"process {facts.get('process', '?')} on {facts.get('host', '?')}"
    except FileNotFoundError:
        pass
    return None


def _clear_halves(folder: Path) -> None:
    for path in folder.glob("runs/.*.tmp"):
        path.unlink(missing_ok=True)


def _tidy(folder: Path, index: results.Index) -> None:
    """Clear away what killed workers left: halves of files, and files whose runs are there already."""
    _clear_halves(folder)
    for path in index.unreadable:
        path.rename(path.with_name(f"{path.name}.damaged"))
    twice: dict[Path, int] = {}
    for place in index.twice():
        twice[place.path] = twice.get(place.path, 0) + 1
    whole = [path for path, count in twice.items() if count == len(index.in_file(path))]
    for path in whole:
        path.unlink()
    if whole or index.unreadable:
        index.refresh()
