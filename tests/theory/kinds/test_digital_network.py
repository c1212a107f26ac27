"""A digital network shortens the way of information, not that of people and goods; the uncovered lose capital."""

from __future__ import annotations

import numpy as np
import pytest

from sim.mechanisms import MECHANISMS
from tests.helpers.effects import SECTOR, WORLD, at, depth, effect, posted, series

COVERED = ["guangdong"]


def network(**fields):
    return MECHANISMS["digital_network"](targets=COVERED, amount=1000.0, **fields)


def test_pairs_of_covered_regions_are_nearer_and_firms_more_productive():
    kind = network()
    centre, qingyuan, nanning = at("guangzhou", "qingyuan", "nanning")
    d = depth(kind)[centre]
    information, trade = posted([kind], "information"), posted([kind], "trade")
    assert information[centre, qingyuan] == pytest.approx(-0.15 * d)
    assert not np.diag(information).any() and not information[nanning].any() and not information[:, nanning].any()
    assert trade[SECTOR["consumer_services"], centre, qingyuan] == pytest.approx(-0.01 * d)
    assert not trade[:4].any() and not trade[:, -1].any()
    people = WORLD.people
    share = people[:, 1] / people.sum(axis=1) / (people[:, 1].sum() / people.sum())
    assert share[qingyuan] < 1 < share[centre]
    productivity = posted([kind], "productivity")
    assert productivity[qingyuan] == pytest.approx(0.01 * d * share[qingyuan])
    assert productivity[centre] == pytest.approx(0.01 * d)


def test_hours_of_people_and_goods_stay():
    kind = network()
    assert np.array_equal(series(kind, "centre_hours"), series(None, "centre_hours"))


def test_the_covered_gain_and_the_uncovered_lose_capital():
    far = at("nanning", "qinzhou", "hengyang")
    capital = effect(network(gain=0.4, services=0.0, productivity=0.0), "capital", seeds=(1, 2))
    assert capital[far].mean() < 0
    assert effect(network(), "real_income")[at("guangzhou", "qingyuan")].min() > 0
