"""Compile the model's kernels once per machine, half of them in a second process."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

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
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            _compile()
            mark.touch()


def _compile() -> None:
    code = f"import hinterland; from {__name__} import compile_market; compile_market()"
    # Whatever it fails to compile is compiled here afterwards.
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        compile_firms()
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


def compile_market() -> None:
    """Compile the kernels of the market and of the base year."""
    from sim.economy.base_year.inversion import first_solution, solve_base
    from sim.economy.year.produce import ITERATIONS, MEMORY, TOLERANCE
    from sim.kernels.market import solve_fixed_point
    from sim.parameters import Parameters
    from sim.world import first_hours, load_world

    world = load_world("guangzhou", 2020)
    base = solve_base(world, first_hours(world)[1], Parameters())
    start = first_solution(base, world)
    solve_fixed_point(base.market, start, TOLERANCE, ITERATIONS, MEMORY, 1.0)


def compile_firms() -> None:
    """Compile the firm kernels by running one year with a few firms."""
    from sim.economy.firms.growth import Growth
    from sim.economy.firms.steps import Firms
    from sim.parameters import Industry

    params, cells, none = Industry(), np.ones((2, 2)), np.zeros((0, 2))
    keys = np.zeros(0, np.uint64)
    firms = Firms.create(cells, 100, cells, 5.0, params, 1, base_year=2020)
    firms.exit(cells, 1, 2020, params, 0.05)
    firms.relocate(cells, cells, none, none, keys, np.zeros(0), cells, cells, params, np.ones(2), 1, 2020)
    firms.enter(cells, none, cells, none, cells, keys, 1, 2020, params)
    firms.renew(Growth(firms, none), 1, 2020, params)


def compiled_mark() -> Path:
    """Return the marker file of compiled kernels on this machine."""
    import sim.kernels  # noqa: F401  (sets where compiled kernels are cached)

    return Path(os.environ["NUMBA_CACHE_DIR"]) / "compiled"
