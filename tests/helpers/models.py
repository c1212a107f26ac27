"""Stand-ins for the model. Functions at the top are importable by worker processes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sim.errors import RunFailed
from sim.model import simulate
from sim.record import RunRecord
from tests.helpers.results import make_coords

if TYPE_CHECKING:
    import pytest


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


def put_module(monkeypatch: pytest.MonkeyPatch, name: str, **content: Any) -> ModuleType:
    """Put a module with this content in place of a real one, and return it."""
    module = ModuleType(name)
    module.__dict__.update(content)
    monkeypatch.setitem(sys.modules, name, module)
    return module


def put_model(monkeypatch: pytest.MonkeyPatch, simulate: Callable[..., Any], **content: Any) -> ModuleType:
    """Put a made-up model, on the made-up world, in place of the real one; return its module."""
    return put_module(
        monkeypatch, "sim.model", simulate=simulate, coordinates=lambda scenario: make_coords(), **content
    )
