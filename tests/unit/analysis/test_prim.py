"""Scenario discovery: planted boxes are found, chance is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.analysis.prim import encoded, find_boxes, inside, quasi_p, refined

NAMES = ["growth", "cost", "risk", "delay", "share"]


def made(count: int, seed: int, noise: float = 0.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return futures and hits where growth is below 0.5 and cost above 0.6, with a share of labels turned round."""
    draw = np.random.default_rng(seed)
    table = pd.DataFrame(draw.random((count, 5)), columns=NAMES)
    hits = ((table["growth"] < 0.5) & (table["cost"] > 0.6)).to_numpy()
    return table, hits ^ (draw.random(count) < noise)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("count", "noise"), [(500, 0.0), (1000, 0.0), (1000, 0.01)])
def test_a_planted_box_is_found(count, noise, seed):
    (box,) = find_boxes(*made(count, seed, noise))
    assert set(box.limits) == {"growth", "cost"}
    assert max(box.quasi_p.values()) < 1e-6
    low, high = box.limits["growth"]
    assert low == -np.inf and high == pytest.approx(0.5, abs=0.03)
    low, high = box.limits["cost"]
    assert low == pytest.approx(0.6, abs=0.03) and high == np.inf
    assert box.coverage > 0.9 and box.density > 0.9
    assert box.mass == pytest.approx(0.2, abs=0.05)
    assert box.p_value == 0.01  # the least that 99 permutations can give


def test_two_boxes_are_found_one_after_the_other():
    draw = np.random.default_rng(4)
    table = pd.DataFrame(draw.random((1000, 4)), columns=NAMES[:4])
    first = (table["growth"] < 0.45) & (table["cost"] > 0.5)
    second = (table["growth"] > 0.7) & (table["cost"] < 0.4)
    boxes = find_boxes(table, (first | second).to_numpy())
    assert [set(box.limits) for box in boxes] == [{"growth", "cost"}] * 2
    assert boxes[0].limits["growth"][0] == -np.inf and boxes[1].limits["growth"][1] == np.inf
    assert sum(box.coverage for box in boxes) > 0.9  # coverage counts each hit once
    assert min(box.density for box in boxes) > 0.9


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.9])
def test_pure_noise_has_no_box(share):
    found = 0
    for seed in range(6):
        draw = np.random.default_rng(seed)
        table = pd.DataFrame(draw.random((200, 5)), columns=NAMES)
        found += bool(find_boxes(table, draw.random(200) < share))
    assert found <= 1  # at most one in twenty is to be expected


def test_nothing_is_said_where_all_or_none_are_hit():
    table, _ = made(100, 0)
    assert find_boxes(table, np.ones(100, bool)) == find_boxes(table, np.zeros(100, bool)) == []


def test_categories_and_truth_values_are_restricted():
    draw = np.random.default_rng(1)
    table, _ = made(600, 1)
    table["rule"] = draw.choice(["cap", "tax", "none"], 600)
    table["open"] = draw.random(600) < 0.5
    hits = ((table["rule"] != "tax") & ~table["open"] & (table["growth"] < 0.6)).to_numpy()
    (box,) = find_boxes(table, hits)
    assert box.limits["rule"] == {"cap", "none"} and box.limits["open"] == {"False"}
    assert box.limits["growth"][1] == pytest.approx(0.6, abs=0.03)
    assert set(box.limits) == {"rule", "open", "growth"} and box.density > 0.95 < box.coverage


def test_levels_of_a_grid_are_peeled_whole():
    levels = np.array([(a, b, c) for a in range(4) for b in range(5) for c in range(6)], dtype=float)
    table = pd.DataFrame(levels, columns=NAMES[:3])
    (box,) = find_boxes(table, ((table["growth"] <= 1) & (table["cost"] >= 3)).to_numpy())
    assert box.limits == {"growth": (-np.inf, 1.0), "cost": (3.0, np.inf)}
    assert box.coverage == box.density == 1.0 and box.mass == 0.2


def test_the_trajectory_starts_with_all_futures_and_ends_with_the_box():
    table, hits = made(500, 2)
    (box,) = find_boxes(table, hits)
    first, last = box.trajectory.iloc[0], box.trajectory.iloc[-1]
    assert (first["coverage"], first["mass"], first["restricted"]) == (1.0, 1.0, 0)
    assert first["density"] == pytest.approx(hits.mean())
    assert (last["stage"], last["coverage"], last["density"]) == ("chosen", box.coverage, box.density)
    assert np.all(np.diff(box.trajectory["mass"][:-1]) < 0)


def test_seed_and_order_of_futures():
    table, hits = made(300, 3, 0.05)
    again = find_boxes(table, hits, seed=0)
    assert [b.limits for b in again] == [b.limits for b in find_boxes(table, hits, seed=0)]
    turned = np.random.default_rng(0).permutation(300)
    moved = find_boxes(table.iloc[turned], hits[turned], seed=0)
    assert [b.limits for b in again] == [b.limits for b in moved]


def test_quasi_p_by_hand():
    # Ten futures, the box holds the four hits; without its limit 4 of 10: 0.4 ** 4.
    table = encoded(pd.DataFrame({"growth": np.arange(10.0)}))
    hits = np.arange(10) < 4
    limits = {"growth": (-np.inf, 3.0)}
    assert inside(table, limits).sum() == 4
    assert quasi_p(table, hits, limits)["growth"] == pytest.approx(0.4**4)


def test_an_end_that_gains_nothing_is_dropped_and_the_other_pasted_back():
    table, hits = made(1000, 5)
    rough = {"growth": (0.02, 0.4), "cost": (0.6, np.inf), "risk": (0.1, np.inf)}
    limits = refined(encoded(table), hits, rough)
    assert set(limits) == {"growth", "cost"}
    assert limits["growth"][0] == -np.inf and limits["growth"][1] == pytest.approx(0.5, abs=0.03)
