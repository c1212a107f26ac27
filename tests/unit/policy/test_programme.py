"""The common law of programmes: money builds up a stock, whose effect saturates and fades; halves add up."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import pytest

from sim.config import load
from sim.model import RegionalEconomy, simulate
from sim.policy.programme import Programme
from sim.policy.registry import KINDS, kind_of


class Training(Programme):
    """Raises productivity in targets by money spent there; it hurts whoever pays."""

    writes: ClassVar[frozenset[str]] = Programme.writes | {"productivity"}
    kind: Literal["training"] = "training"
    gain: float = 0.02

    def effect(self, view, act, memory):
        act.shift("productivity", self.gain * memory.depth[:, None])


@pytest.fixture(scope="module", autouse=True)
def _known():
    KINDS.add(Training)
    yield
    del KINDS._added[kind_of(Training)]


TARGETS = ["qingyuan", "meizhou", "heyuan"]


def model(*mechanisms, years=6):
    scenario = load("small", [f"years={years}", "firms=1000"])
    return RegionalEconomy(scenario.model_copy(update={"mechanisms": mechanisms}))


def test_a_steady_spend_of_per_head_reaches_63_per_cent():
    world = load("small").world
    economy = model(Training(targets=["qingyuan"], amount=1.0, per_head=1.0), years=1)
    people = economy.world.people[economy.world.index("qingyuan")].sum()
    steady = Training(targets=["qingyuan"], amount=people * 100.0 / 1e6, per_head=100.0, wear=0.5)
    economy = model(steady, years=20)
    for _ in range(20):
        economy.step()
    memory = economy.state.memories["training"]
    j = economy.world.index("qingyuan")
    # prices of a year are not foreseen exactly
    assert memory.depth[j] == pytest.approx(1.0 - np.exp(-1.0), rel=0.03) and world == "guangzhou"
    assert memory.depth.sum() == memory.depth[j]


def test_money_has_diminishing_returns_and_effects_fade():
    depths = []
    for amount in (500.0, 1000.0):
        economy = model(Training(targets=TARGETS, amount=amount, end=2023), years=6)
        path = []
        for _ in range(6):
            economy.step()
            path.append(economy.state.memories["training"].depth.max())
        assert path[0] == 0.0 and path[3] > path[1] > 0 and path[5] < path[4] < path[3]
        depths.append(path[3])
    assert depths[0] < depths[1] < 2 * depths[0]


def test_two_halves_do_what_one_does():
    one = simulate(model(Training(targets=TARGETS, amount=900.0)).config, 1)
    halves = [Training(name=name, targets=TARGETS, amount=450.0) for name in ("a", "b")]
    two = simulate(model(*halves).config, 1)
    for name in ("value_added", "people", "capital", "debt", "real_income"):
        assert np.allclose(one.series[name], two.series[name], rtol=1e-11, atol=1e-6), name
    apart = np.abs(one.series["value_added"] / two.series["value_added"] - 1.0).max()
    print(f"two halves against one: {apart:.1e}")
    assert apart <= 1e-12
    plain = simulate(model().config, 1)
    assert np.abs(one.series["value_added"] / plain.series["value_added"] - 1.0).max() > 1e-6


def test_what_is_not_granted_has_no_effect():
    record = simulate(model(Training(targets=TARGETS, amount=900.0, delivery=0.0)).config, 1)
    plain = simulate(model().config, 1)
    assert all(np.array_equal(record.series[key], plain.series[key]) for key in plain.series)
