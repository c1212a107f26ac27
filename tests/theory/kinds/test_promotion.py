"""Investment promotion: the target gains capital, most of it is missing elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.testing import play, small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded
from tests.helpers.paired import at, effect

FIELDS = {"kind": "investment_promotion", "homes": ["shenzhen", "foshan"], "funding": {"centre": 1.0}}


def test_promotion_addresses_homes_and_refunds_taxes_for_some_years():
    mechanism = MECHANISMS["investment_promotion"](**FIELDS, amount=100.0, refund=0.5, refund_years=2)
    first, _, second, _, third, _ = play(loaded(small_world()), [mechanism], 3).phases
    (c,), homes = at("guangzhou"), at("shenzhen", "foshan")
    depth = 1 - np.exp(-0.2 * 100 / (20 * 16.6))
    for wedge, size in (("capital_return", 0.2), ("headquarters", 0.5)):
        assert second.wedges[wedge][homes, c] == pytest.approx(size * depth)
        assert np.count_nonzero(second.wedges[wedge]) == 2
    assert first.firm_grants.sum() == 0 == third.firm_grants.sum()
    # local taxes of the artificial outcome: 900 a sector
    assert second.firm_grants[c] == pytest.approx(0.5 * depth * 900)


def test_capital_that_promotion_draws_is_mostly_missing_elsewhere():
    mechanism = MECHANISMS["investment_promotion"](**FIELDS, amount=2000.0, gain=0.6)
    one, two = (simulate(scenario_with(chosen, small_world(), 8), 1).series for chosen in ([], [mechanism]))
    gained = (two["capital"] - one["capital"])[-1].sum(axis=1)
    (c,), homes = at("guangzhou"), at("shenzhen", "foshan")
    assert gained[c] > 0 and (gained[homes] < 0).all()
    assert 0.5 < 1 - gained.sum() / gained[c] < 1
    added = (two["value_added"] - one["value_added"])[-1].sum(axis=1)
    assert added[c] > 0 and added.sum() < 0.1 * added[c]  # the nation gains next to nothing


def test_revenue_gained_does_not_pay_for_a_weak_promotion():
    services, added = effect(6, ("services", "value_added"), **FIELDS, amount=2000.0, gain=0.02, pull=0.0)
    (c,) = at("guangzhou")
    assert services[c] < 0 and abs(added[c].sum()) < 0.02
