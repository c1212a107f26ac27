"""Tables of firms: made, given something to choose among, compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.economy.base import Plots
from sim.economy.firms.productivity import Process, process_of
from sim.economy.firms.steps import COLUMNS, Choice, Firms
from sim.parameters import Capital, Industry


def process(params: Industry, sigma: float = 5.0) -> Process:
    """The process of productivity at the defaults of capital."""
    return process_of(params, Capital(), sigma)


def plots(pull: np.ndarray, stay: np.ndarray | None = None, thin: np.ndarray | None = None) -> Plots:
    """Base-year location choice: attraction of plots elsewhere and of the own plot, every city a place of its own."""
    n = len(pull)
    return Plots(
        pull, np.zeros_like(pull) if stay is None else stay, np.zeros_like(pull),
        np.zeros(n) if thin is None else thin, 0.5, np.arange(n),
    )  # fmt: skip


def choice(ln_unit: np.ndarray, pull: np.ndarray, hours: np.ndarray, **more: Any) -> Choice:
    """What firms choose among; without sites, wedges and life cycle unless given."""
    s = ln_unit.shape[1]
    given: dict[str, Any] = {
        "plots": plots(pull), "life_cycle": np.zeros(s), "wedge": np.zeros_like(ln_unit),
        "site_ln_supply": np.empty((0, s)), "site_log_z": np.empty((0, s)), "site_key": np.empty(0, np.uint64),
        "room": np.empty(0),
    }  # fmt: skip
    return Choice(**{"ln_unit": ln_unit, "people_hours": hours, **given, **more})


def same(a: Firms, b: Firms) -> bool:
    """All columns equal bit for bit."""
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in COLUMNS)
