"""Index of stored runs: derived from the files and cached in a database that can always be rebuilt."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import NewerVersion, UserError
from sim.paths import absolute
from sim.results.files import kind_of, open_file, read_metas, run_name

INDEX = "index.sqlite"
_FULL = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_SHMSIZE")  # no space left
_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, size INTEGER, time INTEGER, kind TEXT);
CREATE TABLE IF NOT EXISTS runs (
  file TEXT, row INTEGER, name TEXT, run_id TEXT, arm TEXT, replication INTEGER, seconds REAL, PRIMARY KEY (file, row));
"""


@dataclass(frozen=True)
class RunLocation:
    """Location and identity of a stored run.

    Attributes
    ----------
    path : Path
        File of the run.
    row : int
        Row in a bundle; 0 in a single-run file.
    name, run_id, arm : str
    replication : int
    seconds : float
        Computing time.
    """

    path: Path
    row: int
    name: str
    run_id: str
    arm: str
    replication: int
    seconds: float


def runs_in(path: Path) -> tuple[str, list[RunLocation]]:
    """Return the kind of a file (`sim.results.files.kind_of`) and its runs, from the file itself.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    with open_file(path) as file:
        return kind_of(file), [
            RunLocation(path, row, run_name(m), str(m["run_id"]), str(m["arm"]), int(m["replication"]),
                  float(m.get("wall_s", 0.0)))
            for row, m in enumerate(read_metas(file))
        ]  # fmt: skip


class Index:
    """The runs of a results folder.

    Index entries are valid only for unchanged files; other files are read again, and entries of deleted files are
    dropped. The index may therefore be deleted, outdated (a killed process writes the file first) or moved.

    Parameters
    ----------
    folder : path
    keep : bool
        Whether to store the index in ``index.sqlite``; only for the process that runs the experiment.
    """

    def __init__(self, folder: str | Path, keep: bool = False):
        self.folder = absolute(folder)
        self.unreadable: dict[Path, str] = {}
        self._keep = keep
        self._database: sqlite3.Connection | None = None
        self._files: dict[Path, list[RunLocation]] = {}
        self.kinds: dict[Path, str] = {}
        self.refresh()

    def refresh(self) -> None:
        """Synchronise with the files in the folder."""
        found = {path: _stamp(path) for path in files_of(self.folder)}
        stamps, known = self._remembered()
        new = []
        self._files, self.kinds, self.unreadable = {}, {}, {}
        for path, stamp in found.items():
            *same, kind = stamps.get(path.name, (None, None, ""))
            if tuple(same) == stamp and path.parent.name == "runs":
                self._files[path], self.kinds[path] = known.get(path.name, []), kind
                continue
            try:
                self.kinds[path], self._files[path] = runs_in(path)
                new.append(path)
            except NewerVersion:
                raise
            except UserError as error:
                self.unreadable[path] = error.messages[0]
        if self._keep:
            self._write(new, [name for name in stamps if self.folder / "runs" / name not in self._files])

    def add(self, path: Path) -> None:
        """Add a newly written file."""
        self.kinds[path], self._files[path] = runs_in(path)
        if self._keep:
            self._write([path], [])

    def __iter__(self) -> Iterator[RunLocation]:
        """Yield every run once, in the order of files; of duplicates the first."""
        seen = set()
        for path in sorted(self._files):
            for location in self._files[path]:
                if location.run_id not in seen:
                    seen.add(location.run_id)
                    yield location

    def by_id(self) -> dict[str, RunLocation]:
        """Return the runs by id."""
        return {location.run_id: location for location in self}

    def by_name(self) -> dict[str, RunLocation]:
        """Return the runs by name."""
        return {location.name: location for location in self}

    def duplicates(self) -> list[RunLocation]:
        """Return the runs that are also stored in an earlier file."""
        first = {(p.path, p.row) for p in self}
        return [p for path in sorted(self._files) for p in self._files[path] if (p.path, p.row) not in first]

    def runs_in_file(self, path: Path) -> list[RunLocation]:
        """Return the runs of one file."""
        return self._files[path]

    @property
    def files(self) -> list[Path]:
        """The files that hold runs."""
        return sorted(self._files)

    def close(self) -> None:
        """Close the database."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _remembered(self) -> tuple[dict[str, tuple[int, int, str]], dict[str, list[RunLocation]]]:
        try:
            database = self._connect()
            if database is None:
                return {}, {}
            stamps = {row[0]: row[1:] for row in database.execute("SELECT name, size, time, kind FROM files")}
            locations: dict[str, list[RunLocation]] = {}
            columns = "file, row, name, run_id, arm, replication, seconds"
            for name, *rest in database.execute(f"SELECT {columns} FROM runs ORDER BY file, row"):
                locations.setdefault(name, []).append(RunLocation(self.folder / "runs" / name, *rest))
        except sqlite3.DatabaseError:
            self._forget()
            return {}, {}
        return stamps, locations

    def _connect(self) -> sqlite3.Connection | None:
        path = self.folder / INDEX
        if self._database is None:
            if self._keep:
                with _disk_full():
                    self._database = sqlite3.connect(path, timeout=30)
                    self._database.execute("PRAGMA journal_mode=WAL")
                    self._database.execute("PRAGMA synchronous=NORMAL")
                    self._database.executescript(_SCHEMA)
            elif path.is_file():
                # without a write-ahead log no process is writing, and reading creates no files
                how = "mode=ro" if path.with_name(f"{INDEX}-wal").exists() else "mode=ro&immutable=1"
                self._database = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=30)
        return self._database

    def _forget(self) -> None:
        """Delete a damaged index; it is rebuilt."""
        self.close()
        if self._keep:
            for path in self.folder.glob(f"{INDEX}*"):
                path.unlink()

    def _write(self, new: list[Path], gone: list[str]) -> None:
        try:
            self._store(new, gone)
        except sqlite3.OperationalError:  # such as a disk without the locks of a database; it only saves time
            self.close()
            self._keep = False

    def _store(self, new: list[Path], gone: list[str]) -> None:
        database = self._connect()
        assert database is not None  # written only if kept
        rows: list[tuple[Any, ...]] = [
            (path.name, p.row, p.name, p.run_id, p.arm, p.replication, p.seconds)
            for path in new
            for p in self._files[path]
        ]
        names = [(path.name,) for path in new] + [(name,) for name in gone]
        files = [(path.name, *_stamp(path), self.kinds[path]) for path in new]
        with _disk_full(), database:
            database.executemany("DELETE FROM files WHERE name = ?", names)
            database.executemany("DELETE FROM runs WHERE file = ?", names)
            database.executemany("INSERT INTO files VALUES (?, ?, ?, ?)", files)
            database.executemany("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


@contextmanager
def _disk_full() -> Iterator[None]:
    """Raise the error of a full disk as an `OSError`, as other writers do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname in _FULL:
            raise OSError(errno.ENOSPC, f"{INDEX}: {error}") from error
        raise


def _stamp(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def files_of(folder: Path) -> list[Path]:
    """Return the run files of a folder: those in ``runs``, or else in the folder itself."""
    inside = folder / "runs"
    location = inside if inside.is_dir() and any(n.endswith(".h5") for n in os.listdir(inside)) else folder
    if not location.is_dir():
        return []
    return sorted(location / n for n in os.listdir(location) if n.endswith(".h5") and not n.startswith("."))
