"""Arms run with many seeds on two processes, and the interval of a mean over seeds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from scipy import stats

from sim.batch.executors import process_context, surroundings

WORKERS = 2
Figures = dict[str, float]


def measured_by_arm(
    measure: Callable[[str, int], Figures], arms: tuple[str, ...], seeds: int
) -> dict[str, list[Figures]]:
    """Measure every arm with every seed; ``measure`` must be importable by its name."""
    jobs = [(arm, seed) for seed in range(seeds) for arm in arms]
    with surroundings(1), ProcessPoolExecutor(WORKERS, mp_context=process_context()) as pool:
        done = list(pool.map(measure, *zip(*jobs, strict=True)))
    return {arm: [d for (a, _), d in zip(jobs, done, strict=True) if a == arm] for arm in arms}


def half_width(values: np.ndarray) -> float:
    """Half the width of the 95 % t interval of a mean."""
    return float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
