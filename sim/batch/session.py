"""A session: one process working in a results folder, with its index and executor."""

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
from sim.batch import scripts
from sim.batch.executors import Pool, open_pool, threads_of
from sim.batch.modules import keep
from sim.batch.tasks import config_text, version_of
from sim.errors import UserError
from sim.results.text import SESSION

_TRIES = 5  # attempts to lock a folder


@dataclass(frozen=True)
class Options:
    """How an experiment is executed; results do not depend on it.

    Attributes
    ----------
    workers : int, optional
        Processes; the number of processors by default. 0 runs in this process.
    overwrite : bool
        Replace another experiment's results.
    console : Console
        For progress and messages; standard error by default.
    machine : Machine, optional
        Overrides that of the config; see `sim.config.schema.executor`.
    model : callable, optional
        ``(scenario, seed) -> RunRecord`` in place of Hinterland's own model, importable by name.
    stop_on_failure : bool
        Whether to abort at the first failed run.
    only : frozenset of str, optional
        Labels of the runs to compute; all missing runs by default.
    report : bool
        Whether to draw figures and write the report; tables are written in any case.
    figure_processes : int
        Processes that draw the figures of a scenario or comparison. With fewer than two this process draws, which is
        safe for scripts that other processes must not import.
    """

    workers: int | None = None
    overwrite: bool = False
    console: Console = field(default_factory=lambda: Console(stderr=True))
    machine: Any = None
    model: Callable[..., Any] | None = None
    stop_on_failure: bool = False
    only: frozenset[str] | None = None
    report: bool = True
    figure_processes: int = 0


@dataclass
class Session:
    """One process working in a results folder.

    Attributes
    ----------
    folder : Path
    options : Options
    config : object
    token : str
        Identifies this session.
    version : str
        Version of the model.
    index : Index
        The runs in the folder.
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
        """Console for progress and messages."""
        return self.options.console

    @property
    def threads(self) -> int:
        """Number of threads per run."""
        return threads_of(self.config)

    def pool(self) -> Pool:
        """Return the executor, started on first use."""
        if self._pool is None:
            machine = self.options.machine or getattr(self.config, "machine", None)
            script = scripts.needed((self.config, self.options.model))
            self._pool = self._stack.enter_context(open_pool(machine, self.options.workers, self.threads, script))
        return self._pool


@contextmanager
def open_session(config: Any, out: Path, **options: Any) -> Iterator[Session]:
    """Open a results folder for an experiment, locked against other processes.

    Parameters
    ----------
    config : Comparison, Sweep, ...
    out : Path
    **options
        See `Options`.

    Raises
    ------
    UserError
        If the folder holds another experiment, or another process is using it.
    """
    chosen, folder = Options(**options), Path(out).absolute()
    if folder.is_dir() and not chosen.overwrite or folder.is_file():
        results.check_folder(folder, config_text(config))  # before anything is written to it
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        token = stack.enter_context(_locked(folder))
        results.check_folder(folder, config_text(config), chosen.overwrite)
        index = results.Index(folder, keep=True)
        stack.callback(index.close)
        _clean_up(folder, index)
        stack.callback(_remove_partial_files, folder)  # including those of workers killed during the session
        keep(config, folder)
        yield Session(folder, chosen, config, token, version_of(chosen.model), index, stack)


@contextmanager
def _locked(folder: Path) -> Iterator[str]:
    """Lock a folder; the lock is released when this process ends, even if killed."""
    with open(folder / SESSION, "a+", encoding="utf-8") as handle:
        for _ in range(_TRIES):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(0.1)  # a status query holds the lock for a moment
        else:
            raise UserError(
                f"{folder}: in use by {active_process(folder)}; wait for it to finish, or use another folder"
            )
        facts = {"token": uuid.uuid4().hex, "process": os.getpid(), "host": socket.gethostname()}
        handle.truncate(0)
        handle.write(json.dumps(facts))
        handle.flush()
        yield str(facts["token"])


def active_process(folder: Path) -> str | None:
    """Return a description of the process using a folder, or None."""
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


def _remove_partial_files(folder: Path) -> None:
    for path in folder.glob("runs/.*.tmp"):
        path.unlink(missing_ok=True)


def _clean_up(folder: Path, index: results.Index) -> None:
    """Remove what killed workers left behind: partial files, and files with only duplicate runs."""
    _remove_partial_files(folder)
    for path in index.unreadable:
        path.rename(path.with_name(f"{path.name}.damaged"))
    duplicates: dict[Path, int] = {}
    for location in index.duplicates():
        duplicates[location.path] = duplicates.get(location.path, 0) + 1
    redundant = [path for path, count in duplicates.items() if count == len(index.runs_in_file(path))]
    for path in redundant:
        path.unlink()
    if redundant or index.unreadable:
        index.refresh()
