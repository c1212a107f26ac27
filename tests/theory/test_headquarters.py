"""Headquarters in the relocation of firms and in the tax on their profit (docs/model.md 9.31)."""

from __future__ import annotations

import numpy as np
import pytest

from sim.economy.firms.steps import Firms
from sim.model import RegionalEconomy
from sim.parameters import Industry
from sim.testing import small_world
from sim.testing.playing import scenario_with
from tests.helpers import firms as helpers

HOURS = np.array([[0.5, 2.0, 4.0], [2.0, 0.5, 3.0], [4.0, 3.0, 0.5]])


def moves(wedge=None, **industry):
    """Expected moves of capital between three cities of one sector, (3, 3); all homes are where firms are."""
    params = Industry(size_exponent=0.0, life_cycle=0.0, **industry)
    capital, real = np.array([[50.0], [80.0], [30.0]]), np.full((3, 1), 100.0)
    firms = Firms.create(capital, 150, real, helpers.process(params), params, seed=1)
    more = {} if wedge is None else {"headquarters": wedge}
    choice = helpers.choice(np.zeros((3, 1)), np.zeros((3, 1)), HOURS, **more)
    return firms.expected_moves(choice, params)[:, 0]


@pytest.mark.parametrize("cost", [0.3, 0.0])
def test_only_firms_of_the_home_are_drawn_and_as_the_logit_says(cost):
    wedge = np.zeros((3, 3))
    wedge[0, 2] = 0.7
    before, after = moves(headquarters_cost=cost), moves(wedge, headquarters_cost=cost)
    assert after[1:] == pytest.approx(before[1:], rel=1e-6)
    # Odds of the third city for firms of the first rise by e^.7, all others stay as they are.
    odds = before[0] / (moved_most := 50.0 * share() - before[0].sum())
    expected = odds * np.exp(wedge[0])
    assert after[0] == pytest.approx(50.0 * share() * expected / (1 + expected.sum()), rel=1e-5)
    assert moved_most > 0 and after[0, 2] > 1.5 * before[0, 2]


def share():
    """Share of capital that would move if no one stayed."""
    return -np.expm1(-Industry().relocation_rate) * Industry().moved_share


def test_nothing_posted_uses_the_same_array():
    params = Industry()
    firms = Firms.create(np.ones((3, 1)), 30, np.ones((3, 1)), helpers.process(params), params, seed=1)
    choice = helpers.choice(np.zeros((3, 1)), np.zeros((3, 1)), HOURS, headquarters=np.zeros((3, 3)))
    locations = firms._locations(choice, params)
    assert locations.reach is firms._reach(HOURS) and locations.home_cost == params.headquarters_cost


def economy(share, years=1, home=None):
    scenario = scenario_with([], small_world(), years)
    parameters = scenario.parameters.model_copy(
        update={"government": scenario.parameters.government.model_copy(update={"headquarters_share": share})}
    )
    model = RegionalEconomy(scenario.model_copy(update={"parameters": parameters}), 1)
    if home is not None:
        firms = model.state.firms
        rows = np.flatnonzero(firms.city == home[0])
        firms.put("home", rows, home[1])
    for _ in range(years):
        model.step()
        assert max(float(model.record[k]) for k in model.record if k.startswith("audit_")) <= 1e-9
    return model


def test_the_share_of_local_profit_tax_goes_to_the_home():
    host, home = 3, 0
    plain, shared = economy(0.0, home=(host, home)), economy(0.25, home=(host, home))
    g, m = plain.config.parameters.government, plain.latest.produce.market
    profit = m.kappa * plain.latest.produce.sales[host].sum() / m.sigma
    due = 0.25 * g.city_share * g.profit_tax * (1 - g.value_added_tax) * profit
    change = (shared.state.revenue.own - plain.state.revenue.own) / due
    assert change == pytest.approx(np.eye(8)[home] - np.eye(8)[host], abs=1e-5)
    assert shared.state.outcome.revenue.sum() == pytest.approx(plain.state.outcome.revenue.sum(), rel=1e-12)
    rows = shared.state.ledger.columns(2020)
    rows = rows[rows["purpose"] == shared.state.ledger.purposes.index("profit tax of headquarters")]
    treasury = shared.state.accounts.treasury
    assert (rows["payer"].tolist(), rows["payee"].tolist()) == ([treasury[host]], [treasury[home]])


def test_all_firms_at_home_owe_nothing_elsewhere():
    plain, shared = economy(0.0), economy(0.5)
    assert all(np.array_equal(plain.record[name], shared.record[name]) for name in plain.record)


def test_firms_that_moved_pay_where_they_come_from():
    shared = economy(0.5, years=4)
    assert "profit tax of headquarters" in shared.state.ledger.purposes
