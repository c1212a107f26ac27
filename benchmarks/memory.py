"""Memory bandwidth: the read pass with which firm phases are compared, and the bandwidth of long vectors."""

from __future__ import annotations

import time

import numpy as np
from numba import njit

from benchmarks.harness import GB, Figure, Plan, interleaved

# A firm in the smallest layout that holds it: cell, home, capital, log z, weight, age.
LAYOUT = (np.uint16, np.uint16, np.float32, np.float32, np.float32, np.uint8)
BYTES = sum(np.dtype(kind).itemsize for kind in LAYOUT)
EVICTS = 192_000_000  # bytes: several times the largest cache


@njit(cache=True, error_model="numpy")
def _read(words):
    """Sum words: whole vectors are loaded and added, nothing else is done."""
    total = np.uint64(0)
    # By index: to iterate over the array itself would not be turned into vector instructions.
    for i in range(words.size):
        total += words[i]
    return total


@njit(cache=True, error_model="numpy")
def triad(a, b, c):
    """Do what the triad of STREAM does (McCalpin 1995): ``a = b + 3c``."""
    for i in range(a.size):
        a[i] = b[i] + 3.0 * c[i]


class ReadPass:
    """Columns of 17 bytes a firm, and a pass that reads them.

    Parameters
    ----------
    firms : int
    """

    def __init__(self, firms: int):
        # Read by words of eight bytes, whatever a column holds: without conversion.
        self.words = [np.ones(firms * np.dtype(kind).itemsize // 8, np.uint64) for kind in LAYOUT]
        self.other = np.zeros(EVICTS // 8, np.uint64)

    def _pass(self) -> float:
        begin = time.perf_counter()
        for words in self.words:
            _read(words)
        return time.perf_counter() - begin

    def seconds(self) -> float:
        """Seconds of a pass that finds nothing in a cache, as a year of a run does."""
        # By reading: what was written would still have to go to memory while the pass runs.
        _read(self.other)
        return self._pass()

    def cached(self) -> float:
        """Seconds of a pass right after another one."""
        self._pass()
        return self._pass()


def bandwidth(plan: Plan) -> dict[str, Figure]:
    """GB/s of one thread: a long sum, and the triad, 24 bytes an entry."""
    n = plan.firms(20_000_000)
    a, b, c = np.zeros(n), np.ones(n), np.ones(n)
    words = b.view(np.uint64)
    took = interleaved({"read": lambda: _read(words), "triad": lambda: triad(a, b, c)}, plan.rounds)
    note = f"the best of {plan.rounds} rounds, vectors of {8 * n / 1e6:.0f} MB"
    moved = {"read": 8 * n, "triad": 24 * n}
    return {name: Figure(size / took.best(name) / GB, note, {}) for name, size in moved.items()}
