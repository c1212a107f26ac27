"""Timing: functions in turn, round after round; ratios of the same round; medians of rounds."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numba
import numpy as np
from threadpoolctl import threadpool_limits

GB = 1e9
ROOT = Path(__file__).resolve().parents[1]


class NotTried(Exception):
    """A row that cannot be measured here, with the reason: neither met nor missed."""


@dataclass(frozen=True)
class Figure:
    """What was measured for one case of a row.

    Attributes
    ----------
    value : float
        What the target is about.
    note : str
        The absolute values behind it.
    measured : dict of str to float
        The same, for programs.
    """

    value: float
    note: str
    measured: dict[str, float]


def number(value: float) -> str:
    """Return three digits of a positive number, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _synthetic(regions: int) -> dict[str, Any]:
    return {"kind": "synthetic", "name": f"cities_{regions}", "regions": regions}


# By the number of cities that the table speaks of.
WORLDS: Mapping[int, Any] = {30: _synthetic(30), 340: "china", 2800: _synthetic(2800)}


@dataclass(frozen=True)
class Plan:
    """How large and how often to measure.

    Parameters
    ----------
    rounds : int
    scale : float
        Of the number of firms.
    worlds : mapping of int to str or dict, optional
        World of a scenario for the number of cities that the table speaks of.

    Attributes
    ----------
    models : dict
        Models that several rows use.
    """

    rounds: int = 5
    scale: float = 1.0
    worlds: Mapping[int, Any] = field(default_factory=lambda: WORLDS)
    models: dict[tuple, Any] = field(default_factory=dict)

    def firms(self, number: float) -> int:
        """Return the firms to take where the table says ``number``."""
        return max(1000, int(number * self.scale))


def full() -> Plan:
    """Return the plan of the table: its sizes, five rounds."""
    return Plan()


def quick() -> Plan:
    """Return the plan of a short look: a tenth of the firms, two rounds, fewer cities."""
    return Plan(2, 0.1, {**WORLDS, 2800: _synthetic(700)})


def tiny() -> Plan:
    """Return a plan that shows no more than that the rows work."""
    return Plan(1, 0.001, {30: _synthetic(4), 340: _synthetic(6), 2800: _synthetic(8)})


class Rounds:
    """Seconds by name, one entry a round."""

    def __init__(self, seconds: Mapping[str, list[float]]):
        self.seconds = {name: np.array(values) for name, values in seconds.items()}

    def __getitem__(self, name: str) -> float:
        return float(np.median(self.seconds[name]))

    def best(self, name: str) -> float:
        """Return the shortest seconds of a name: what the machine can do."""
        return float(self.seconds[name].min())

    def __add__(self, more: Rounds) -> Rounds:
        """Return the rounds of both."""
        return Rounds({name: [*seconds, *more.seconds[name]] for name, seconds in self.seconds.items()})

    def ratio(self, above: str, below: str) -> float:
        """Return the median over rounds of the ratio within the round."""
        return float(np.median(self.seconds[above] / self.seconds[below]))


def interleaved(functions: Mapping[str, Callable[[], Any]], rounds: int, warm: bool = True) -> Rounds:
    """Time functions in turn, so that a machine that gets slower does so for all.

    Parameters
    ----------
    functions : mapping of str to callable
        One that returns a float has timed itself.
    rounds : int
    warm : bool
        Whether each is called once before, which compiles it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    # As in a run: matrix products take one thread.
    with threadpool_limits(1, "blas"):
        for turn in range(-warm, rounds):
            for name, function in functions.items():
                gc.collect()
                begin = time.perf_counter()
                returned = function()
                took = time.perf_counter() - begin
                if turn >= 0:
                    seconds[name].append(returned if isinstance(returned, float) else took)
    return Rounds(seconds)


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Run kernels on this many threads, as far as there are cores."""
    before = numba.get_num_threads()
    numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))
    try:
        yield
    finally:
        numba.set_num_threads(before)


def exponents(sizes: list[int], seconds: list[np.ndarray]) -> np.ndarray:
    """Return the slope of log seconds in log size of every round."""
    return np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
