"""Long tables are processed in chunks by several threads; results do not depend on the number of threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import accumulate
from typing import Any

import numba

from sim.kernels.firms import BLOCK

# Relative sizes of chunks, in decreasing order, which balances the load of threads.
SHARES = (4, 4, 3, 3, 2, 2, 1, 1)
# Number of rows from which two threads are faster than one.
MIN_PARALLEL = 100_000


def bounds(n: int) -> list[int]:
    """Return the first row of each chunk of ``n`` rows, and ``n``; a table of few rows is one chunk."""
    if n < MIN_PARALLEL:
        return [0, n]
    return [n * done // sum(SHARES) // BLOCK * BLOCK for done in accumulate(SHARES[:-1], initial=0)] + [n]


def map_chunks(kernel: Callable[..., Any], parts: list[tuple]) -> list:
    """Call a kernel with the arguments of each part; return its results in order.

    The kernel must release Python's global lock. Uses as many threads as numba's kernels (`numba.set_num_threads`).
    """
    threads = min(numba.get_num_threads(), len(parts)) if len(parts) > 1 else 1
    results: list = [None] * len(parts)
    left = iter(enumerate(parts))

    def work() -> None:
        for number, part in left:
            results[number] = kernel(*part)

    # This thread takes parts, too.
    others = [_pool(threads - 1).submit(work) for _ in range(threads - 1)]
    work()
    for other in others:
        other.result()
    return results


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "chunks")


# Threads do not survive in a forked process.
os.register_at_fork(after_in_child=_pool.cache_clear)
