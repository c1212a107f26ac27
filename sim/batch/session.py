"""A session: one process working in a results folder, with its index and executor."""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from sim import results
from sim.batch import inputs, modules, scripts
from sim.batch.executors import Pool, open_pool, threads_of
from sim.batch.locks import OWNER, Timeout, locked
from sim.batch.screen import Screen, screen_of
from sim.batch.tasks import config_text, version_of
from sim.batch.uptodate import finished
from sim.errors import UserError
from sim.paths import absolute
from sim.results.text import LOCK, SESSION

_PATIENCE = 0.5  # seconds to wait for a folder: a status query locks it for a moment


@dataclass(frozen=True)
class Options:
    """How an experiment is executed; results do not depend on it.

    Attributes
    ----------
    workers : int, optional
        Processes; the number of processors by default. 0 runs in this process.
    overwrite : bool
        Replace the results of another experiment, or of this one if it is complete; missing runs are added otherwise.
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
    console: Console = field(default_factory=lambda: Screen(stderr=True))
    machine: Any = None
    model: Callable[..., Any] | None = None
    stop_on_failure: bool = False
    only: frozenset[str] | None = None
    report: bool = True
    figure_processes: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "console", screen_of(self.console))


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
    outdated : str
        Of what the runs in the folder are that are no longer those of the experiment; empty if of nothing.
    """

    folder: Path
    options: Options
    config: Any
    token: str
    version: str
    index: results.Index
    outdated: str
    _stack: ExitStack
    _pool: Pool | None = None

    @property
    def console(self) -> Screen:
        """Console for progress, messages and answers."""
        return screen_of(self.options.console)

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
    chosen = Options(**options)
    with ExitStack() as stack:
        opened = stack.enter_context(open_folder(config, out, chosen.overwrite))
        folder, version = opened.folder, version_of(chosen.model)
        index = results.Index(folder, keep=True)
        stack.callback(index.close)
        _clean_up(folder, index)
        stack.callback(_remove_partial_files, folder)  # including those of workers killed during the session
        outdated = "" if opened.former in ("", version) else "another version of the model"
        if opened.renewed:
            outdated = f"another version of {', '.join(opened.renewed)}"
        yield Session(folder, chosen, config, opened.token, version, index, outdated, stack)


class Opened(NamedTuple):
    """A results folder in use.

    Attributes
    ----------
    folder : Path
    token : str
        Identifies this use.
    former : str
        Version of the model of the results that it holds; empty if it holds none.
    renewed : list of str
        Modules of the config that have changed since.
    """

    folder: Path
    token: str
    former: str
    renewed: list[str]


@contextmanager
def open_folder(config: Any, out: str | Path, overwrite: bool) -> Iterator[Opened]:
    """Open a results folder for an experiment, locked against other processes.

    What the experiment reads from files of its user is copied into it.

    Parameters
    ----------
    config : Comparison, Estimation, ...
    out : path
    overwrite : bool
        As of `Options`.

    Raises
    ------
    UserError
        If the folder holds another experiment, or another process is using it; nothing is written then.
    """
    folder, text, digests = absolute(out), config_text(config), inputs.digests(config)
    if folder.is_dir() and not overwrite or folder.is_file():
        results.check_folder(folder, text, inputs=digests)  # before anything is written to it
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder) as token:
        same = results.check_folder(folder, text, overwrite, digests)
        if same and overwrite and finished(folder):
            results.remove_experiment(folder)
            same = False
        former = (results.read_manifest(folder) or {}) if same else {}
        opened = Opened(folder, token, str(former.get("model_version", "")), modules.renewed(config, folder))
        modules.keep(config, folder)
        inputs.keep(digests, folder)
        yield opened


@contextmanager
def _locked(folder: Path) -> Iterator[str]:
    """Lock a folder and note who does; the lock is released when this process ends, even if killed."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder / LOCK, _PATIENCE))
        except Timeout as error:  # of this lock; one of the work in the folder is passed on as it is
            ended = f", or delete {error.lock_file} if it has ended" if error.lock_file.endswith(OWNER) else ""
            expected = f"wait for it to finish{ended}, or use another folder"
            raise UserError(f"{folder}: in use by {_last_process(folder)}; {expected}") from error
        facts = {"token": uuid.uuid4().hex, "process": os.getpid(), "host": socket.gethostname()}
        results.write_text(folder / SESSION, json.dumps(facts))
        yield str(facts["token"])


def active_process(folder: Path) -> str | None:
    """Return a description of the process using a folder, or None."""
    lock = Path(folder) / LOCK
    if not lock.exists():
        return None
    try:
        with locked(lock, 0):
            return None
    except Timeout:
        return _last_process(folder)
    except OSError as error:
        return f"not known, the folder cannot be locked here ({error.strerror})"


def _last_process(folder: Path) -> str:
    """Return a description of the process that used a folder last."""
    path = Path(folder) / SESSION
    facts = json.loads(path.read_text(encoding="utf-8") or "{}") if path.is_file() else {}
    return f"process {facts['process']} on {facts['host']}" if facts else "another process"


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
