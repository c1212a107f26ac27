"""Long tables are worked on in lanes, which threads share; what comes out does not depend on their number."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import accumulate
from typing import Any

import numba

from sim.kernels.firms import BLOCK

# Parts of the work, large ones first: whoever is done early takes small ones, and nobody waits long for the last.
SHARES = (4, 4, 3, 3, 2, 2, 1, 1)
# From here on two threads are faster than one.
MANY = 100_000


def bounds(n: int) -> list[int]:
    """Return where lanes of ``n`` rows begin, and ``n``: from the number of rows only; few rows are one lane."""
    if n < MANY:
        return [0, n]
    return [n * done // sum(SHARES) // BLOCK * BLOCK for done in accumulate(SHARES[:-1], initial=0)] + [n]


def each(kernel: Callable[..., Any], parts: list[tuple]) -> list:
    """Call a kernel, which must let go of Python's lock, with the arguments of each part; what it returns, in order.

    Takes as many threads as numba's kernels may (`numba.set_num_threads`).
    """
    threads = min(numba.get_num_threads(), len(parts)) if len(parts) > 1 else 1
    results: list = [None] * len(parts)
    left = iter(enumerate(parts))

    def work() -> None:
        for number, part in left:
            results[number] = kernel(*part)

    # This thread works, too: it would wait for others longer than a lane takes.
    others = [_pool(threads - 1).submit(work) for _ in range(threads - 1)]
    work()
    for other in others:
        other.result()
    return results


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "lanes")


# The threads of a process do not live on in its copies.
os.register_at_fork(after_in_child=_pool.cache_clear)
