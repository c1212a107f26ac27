"""The command in processes of its own, as its users start it, and a Dask cluster on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.batch.executors import THREAD_VARIABLES
from tests.helpers import ROOT

ONE_THREAD = dict.fromkeys(THREAD_VARIABLES, "1")


def command(*arguments: object, before: tuple[str, ...] = ()) -> list[str]:
    """Return the command line of Hinterland, `before` in front of its module."""
    return [
        *before,
        sys.executable,
        "-m",
        *(["mpi4py.futures", "-m"] if before else []),
        "hinterland",
        *map(str, arguments),
    ]


def call(*arguments: object, before: tuple[str, ...] = (), **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(command(*arguments, before=before), capture_output=True, text=True, timeout=1800, check=False,
                          **options)  # type: ignore[call-overload]  # fmt: skip


def printed(folder: Path, *arguments: object) -> str:
    """Run a command in a folder, with the package of this checkout; return what it printed. It must succeed."""
    done = call(*arguments, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    return done.stdout


def result(*arguments: object, before: tuple[str, ...] = ()) -> dict:
    """Run a command with ``--json`` and return what it says; it must succeed."""
    done = call(*arguments, "--json", before=before)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@contextmanager
def dask(folder: Path, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """A Dask scheduler with workers in processes of their own, over loopback TCP."""
    file = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    program = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    scheduler = subprocess.Popen([*program, "--no-dashboard", "--scheduler-file", str(file)], **quiet)
    started = []
    try:
        for _ in range(300):
            if file.is_file() and file.stat().st_size:
                break
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        for k in range(workers):
            worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard",
                      "--no-nanny", "--local-directory", str(folder / f"worker{k}")]  # fmt: skip
            started.append(subprocess.Popen(worker, env={**os.environ, **ONE_THREAD}, **quiet))
        yield address, started
    finally:
        for process in (*started, scheduler):
            process.kill()  # a worker that is asked to end may wait for its scheduler
        for process in (*started, scheduler):
            process.wait(30)
