"""A hindcast without a run: the model's path is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from sim.validation.hindcast.runs import END, START, Hindcast
from sim.world.china.history import History, load_history


@pytest.fixture(scope="session")
def history() -> History:
    return load_history("china")


@pytest.fixture(scope="session")
def made(history: History) -> Callable[..., Hindcast]:
    """Return runs whose figures grow from those of 2010 by a constant log growth per region and year."""

    def make(growth: np.ndarray | float = 0.0, history: History = history) -> Hindcast:
        steps = np.arange(END - START + 1)[:, None, None] * np.broadcast_to(growth, history.world.n_regions)[:, None]
        people, added = (values * np.exp(steps) for values in (history.world.people, history.world.value_added))
        return Hindcast(history, people[None], added[None])

    return make


@pytest.fixture(scope="session")
def changed(history: History) -> Callable[..., History]:
    """Return the history with figures of a year that are multiplied by random factors, in chosen regions."""

    def change(year: int, rows: np.ndarray | None = None) -> History:
        draw = np.random.default_rng(year)
        factor = np.exp(draw.normal(0, 0.5, history.world.n_regions))
        factor = factor if rows is None else np.where(rows, factor, 1.0)
        figures = {key: values * (factor if key[1] == year else 1.0) for key, values in history.figures.items()}
        return replace(history, figures=figures)

    return change
