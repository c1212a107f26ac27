"""Functions in place of the model, importable by worker processes."""

from __future__ import annotations

import os
import signal

from sim.errors import RunFailed
from sim.model import simulate
from sim.record import RunRecord


def deadly(scenario, seed: int) -> RunRecord:
    """Kill the process that computes replication 1; all else as the model does it."""
    if seed % 1000 == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return simulate(scenario, seed)


def failing(scenario, seed: int) -> RunRecord:
    """Fail in replication 1."""
    if seed % 1000 == 1:
        raise RunFailed("2021, Bijie: the market does not solve")
    return simulate(scenario, seed)
