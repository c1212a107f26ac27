"""Compile the model's kernels once per machine, half of them in a second process."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.batch.locks import locked

if TYPE_CHECKING:
    from rich.console import Console


def announce_compilation(console: Console) -> None:
    """Print a note if the kernels still have to be compiled."""
    if not compiled_mark().exists():
        console.print("Compiling the model's kernels, once on this machine (10 to 25 s) ...")


@lru_cache(maxsize=1)
def compile_once() -> None:
    """Compile the kernels unless done before; one process compiles, others wait and load the result."""
    mark = compiled_mark()
    if mark.exists():
        return
    folder = mark.parent
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "lock"):
        if not mark.exists():
            _compile()
            mark.touch()


def _compile() -> None:
    code = "import hinterland; from sim.economy.warm_up import warm_up_market; warm_up_market()"
    # Whatever it fails to compile is compiled here afterwards.
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        from sim.economy.warm_up import warm_up_firms

        warm_up_firms()
        other.wait()
    finally:
        other.kill()
        other.wait()
    load_kernels()


def load_kernels() -> None:
    """Load, or compile, every kernel by running one year."""
    from sim.config import load
    from sim.model import simulate

    simulate(load("small", ["years=1", "firms=1000"]), 1)


def compiled_mark() -> Path:
    """Return the marker file of compiled kernels on this machine."""
    import sim.kernels  # noqa: F401  (sets where compiled kernels are cached)

    return Path(os.environ["NUMBA_CACHE_DIR"]) / "compiled"
