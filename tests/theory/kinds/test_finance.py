"""Finance platform and property exchange: who gains capital, and whose savings leave."""

from __future__ import annotations

import numpy as np
import pytest

from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.parameters import Parameters
from sim.testing import play, small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded
from tests.helpers.paired import at, effect

TARGETS = ["qingyuan", "shaoguan", "nanning", "qinzhou", "hengyang"]
PEOPLE = 25.5  # millions in the targets
DELTA = Parameters().capital.depreciation


def test_platform_posts_information_on_pairs_and_the_spread_at_home():
    platform = MECHANISMS["finance_platform"](amount=100.0)
    second = play(loaded(small_world()), [platform], 2, change={"return_to_capital": np.full((8, 6), 0.1)}).phases[2]
    depth = 1 - np.exp(-0.2 * 100 / (3 * PEOPLE))
    j, (c,) = at(*TARGETS), at("guangzhou")
    expected = np.zeros((8, 8))
    expected[j, c], expected[c, j] = 0.2 * depth, 0.1 * depth
    assert second.reductions["information"] == pytest.approx(expected)
    cheaper = np.zeros((8, 8))
    cheaper[j, j] = np.log(1 + 0.003 * depth / (0.1 + DELTA))
    assert second.wedges["capital_return"] == pytest.approx(cheaper)
    assert second.purchases_services[c] == pytest.approx(100) == second.purchases_services.sum()


def siphon(listing):
    """Return the change of the net flow to the targets, and of their capital."""
    fields = {"kind": "finance_platform", "amount": 2000.0, "info": 0.6, "spread": 0.0, "listing": listing}
    flow, capital = effect(6, ("capital_flow", "capital"), **fields, funding={"nation": 1.0})
    j, c = at(*TARGETS), at("guangzhou")
    return flow[np.ix_(c, j)].sum() - flow[np.ix_(j, c)].sum(), capital[j].mean()


def test_savings_leave_targets_whose_firms_are_not_listed():
    flow, capital = siphon(0.0)
    assert flow < 0 and capital < 0
    listed, gained = siphon(1.0)
    assert listed > flow / 2 and gained > 0


def test_a_smaller_spread_keeps_savings_at_home():
    flow, capital = effect(
        5, ("capital_flow", "capital"), kind="finance_platform", amount=2000.0, info=0.0, spread=0.01,
        funding={"nation": 1.0},
    )  # fmt: skip
    j, (c,) = at(*TARGETS), at("guangzhou")
    assert (flow[j, j] > 0).all() and (capital[j].mean(axis=1) > 0).all() and capital[c].mean() < 0


def test_exchange_weighs_returns_of_other_members_and_recovers_capital():
    exchange = MECHANISMS["property_exchange"](targets=["qingyuan", "nanning"], amount=10.0)
    low, high = at("qingyuan", "nanning")
    returns = np.full((8, 6), 0.1)
    returns[high] = 0.16
    capital = np.full((8, 6), 100.0)
    capital[high] = 300.0
    second = play(loaded(small_world()), [exchange], 2, change={"return_to_capital": returns, "capital": capital})
    depth = 1 - np.exp(-0.2 * 10 / 12.7)
    gap = np.log((0.16 + DELTA) / (0.1 + DELTA))
    wedges = second.phases[2].wedges
    assert wedges["capital_return"][low, high] == pytest.approx(depth * 0.5 * 0.25 * gap)
    assert wedges["capital_return"][high, low] == pytest.approx(-depth * 0.5 * 0.75 * gap)
    assert np.count_nonzero(wedges["capital_return"]) == 2
    assert wedges["recovery"][[low, high]] == pytest.approx(0.05 * depth) and np.count_nonzero(wedges["recovery"]) == 2


def test_disclosure_moves_capital_from_low_to_high_returns():
    base = simulate(scenario_with([], small_world(), 6), 1).series
    gross = (base["return_to_capital"] + DELTA)[-1]
    weight = base["capital"][-1]
    value = np.log((gross * weight).sum(axis=1) / weight.sum(axis=1))
    fields = {"kind": "property_exchange", "targets": ["all"], "recovery": 0.0, "discovery": 2.0, "amount": 300.0}
    (capital,) = effect(6, ("capital",), **fields)
    moved = capital.mean(axis=1)
    order = np.argsort(value)
    assert moved[order[0]] < 0 < moved[order[-1]] and np.corrcoef(value, moved)[0, 1] > 0.5


def test_recovery_alone_scraps_less_and_adds_capital():
    scrapped, capital = effect(
        4, ("scrapped", "capital"), kind="property_exchange", targets=["all"], discovery=0.0, recovery=0.3, amount=300.0
    )
    assert (scrapped < 0).all() and np.mean(capital) > 0
