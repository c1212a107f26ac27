"""Fronts and hypervolumes by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.pareto import front, hypervolume, hypervolume_history

# gain (more is better) and cost (less)
TRIALS = np.array([[1.0, 1.0], [3.0, 3.0], [2.0, 3.0], [3.0, 3.0], [2.0, 2.0], [0.5, 1.0], [9.0, np.nan]])


def test_front_by_hand():
    assert front(TRIALS, [1, -1]).tolist() == [True, True, False, True, True, False, False]
    assert front(TRIALS[:, :1], [1]).tolist() == [False] * 6 + [True]
    assert front(TRIALS[:6, :1], [-1]).tolist() == [False] * 5 + [True]


def test_front_of_three_objectives():
    rows = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]])
    assert front(rows, [1, 1, 1]).tolist() == [True, True, True, False]
    assert front(rows, [-1, -1, -1]).tolist() == [False, False, False, True]


def test_front_agrees_with_the_definition():
    rows = np.random.default_rng(1).integers(0, 5, (80, 3)).astype(float)
    signed = rows * [1, -1, 1]
    beaten = [any((other >= row).all() and (other > row).any() for other in signed) for row in signed]
    assert front(rows, [1, -1, 1]).tolist() == [not b for b in beaten]


def test_hypervolume_by_hand():
    # against gain 0, cost 4: 1 x 3 of the first, and 1 x 2, 1 x 1 more of (2, 2) and (3, 3)
    assert hypervolume(TRIALS, [1, -1], [0, 4]) == 6.0
    assert hypervolume([[1, 1, 1], [2, 2, 0.5]], [1, 1, 1], [0, 0, 0]) == pytest.approx(2.5)
    assert hypervolume([[-1, 9]], [1, -1], [0, 4]) == 0.0  # does not reach the reference
    assert hypervolume(np.empty((0, 2)), [1, -1], [0, 4]) == 0.0


def test_history_by_hand():
    assert hypervolume_history(TRIALS, [1, -1], [0, 4]).tolist() == [3, 5, 5, 5, 6, 6, 6]
    assert hypervolume_history([[np.nan, 1], [1, 1]], [1, -1], [0, 4]).tolist() == [0, 3]


def test_history_of_one_objective_is_the_best_so_far():
    assert hypervolume_history([[3.0], [1.0], [5.0]], [1], [0.0]).tolist() == [3, 3, 5]
