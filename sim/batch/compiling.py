"""Compile the model's kernels once per machine, half of them in a second process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.batch.locks import locked
from sim.batch.phases import phase

if TYPE_CHECKING:
    from rich.console import Console


def compile_aloud(console: Console | Callable[[], Console], apart: bool = False) -> None:
    """Compile the kernels unless done before, and say so and how long it took.

    Parameters
    ----------
    console : Console, or a function that returns one
        See `sim.batch.phases.phase`.
    apart : bool
        Whether to compile in another process, for one that runs no model itself.
    """
    if compiled_mark().exists():
        return
    with phase(console, "compiling the model's kernels, once on this machine", seconds=0):
        if apart:
            code = "import hinterland; from sim.batch.compiling import compile_once; compile_once()"
            # What it fails to compile is compiled where it is needed.
            subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        else:
            compile_once()


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
