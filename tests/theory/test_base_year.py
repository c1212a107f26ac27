"""The base year is the map's: the first year of a run reproduces it, and its books close."""

from __future__ import annotations

import numpy as np
import pytest

from sim.config import Scenario, load
from sim.model import RegionalEconomy

AUDITS = ("audit_money", "audit_people", "audit_capital", "audit_market")


@pytest.fixture(scope="module")
def model():
    economy = RegionalEconomy(load("baseline").model_copy(update={"firms": 4000, "years": 3}))
    economy.step()
    return economy


def _error(found, expected):
    expected = np.asarray(expected, dtype=float)
    return float(np.abs(np.asarray(found) - expected).max() / np.abs(expected).max())


def test_value_added_is_reproduced(model):
    error = np.abs(model.record["value_added"] / model.world.value_added - 1.0).max()
    print(f"first year, value added: largest relative error {error:.1e}")
    assert error <= 1e-6


@pytest.mark.parametrize("start", [2010, 2020])
@pytest.mark.parametrize("world", ["guangzhou", "china"])
def test_both_worlds_and_start_years_are_reproduced(world, start):
    economy = RegionalEconomy(Scenario(name="base", world=world, start=start, firms=4000, years=1))
    economy.step()
    error = np.abs(economy.record["value_added"] / economy.world.value_added - 1.0).max()
    print(f"{world} {start}, {economy.world.n_regions} regions: largest relative error of value added {error:.1e}")
    assert error <= 1e-6


def test_sales_prices_and_wages_are_the_base_years(model):
    found, base = model.latest.produce, model.state.base
    assert np.abs(found.sales / base.sales - 1.0).max() <= 1e-6
    assert np.abs(found.log_price - np.log(base.prices)).max() <= 1e-6
    assert np.abs(found.regional.workers_bill / base.regional.workers_bill - 1.0).max() <= 1e-6
    assert np.abs(found.regional.talent_bill / base.regional.talent_bill - 1.0).max() <= 1e-6
    assert abs(model.record["deflator"] - 1.0) <= 1e-6


def test_savers_shares_are_the_base_years(model):
    shares, base = model.latest.invest.savers_shares, model.state.base.market.savers_shares
    print(f"first year, savers' shares: largest error {np.abs(shares - base).max():.1e}")
    assert np.abs(shares.sum(axis=1) - 1.0).max() <= 1e-12
    assert np.abs(shares - base).max() <= 1e-6


@pytest.mark.parametrize("part", ["appropriation", "interest", "equalisation", "provincial", "programmes"])
def test_budget_is_the_base_years(model, part):
    found, expected = getattr(model.latest.policy.budget, part), getattr(model.state.base.budget, part)
    assert _error(found, expected) <= 1e-6


def test_revenue_is_the_base_years(model):
    for found, expected in zip(model.state.revenue, model.state.base.revenue, strict=True):
        assert _error(found, expected) <= 1e-6


def test_ledger_closes(model):
    year = model.state.year - 1
    balance, receipts = model.state.ledger.balances(year), model.state.ledger.receipts(year)
    paid = model.state.ledger.columns()["amount"].sum()
    assert paid > model.world.value_added.sum()
    assert np.abs(balance).max() <= 1e-9 * receipts.max()
    assert abs(balance.sum()) <= 1e-9 * receipts.max()


@pytest.mark.parametrize("audit", AUDITS)
def test_audits(model, audit):
    assert model.record[audit] <= 1e-9
