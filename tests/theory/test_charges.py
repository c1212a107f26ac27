"""Unit charges and emissions by sector (docs/model.md 9.29): closed forms, directions, accounts."""

from __future__ import annotations

import numpy as np
import pytest

from sim.catalogue import SECTORS
from sim.kernels.accounts import empty_accounts, incomes, value_added_share
from sim.market import make_market, solve_market
from sim.model import RegionalEconomy
from sim.testing import small_world
from sim.testing.playing import scenario_with
from tests.helpers.posting import Posting

ENERGY, HOST, RATE = SECTORS.index("energy"), 3, 0.08


def charged(market, charge):
    """The market with unit charges, (R, S) log, as a year solves it."""
    r = len(market.people)
    productivity = market.productivity.copy()
    productivity[:r] *= np.exp(-charge / (1.0 - market.iota))
    return market._replace(productivity=productivity, keep=np.exp(-charge))


def made(iota=0.5):
    rng = np.random.default_rng(4)
    phi = np.exp(-rng.uniform(0.2, 2.0, (3, 3)))
    np.fill_diagonal(phi, 1.0)
    return make_market(
        rng.uniform(1, 3, (3, 2)), rng.uniform(0.8, 1.4, (3, 2)), np.sqrt(phi * phi.T), [10.0, 6.0, 3.0], sigma=5.0,
        intermediate_share=iota, saving=0.3,
    )  # fmt: skip


@pytest.mark.parametrize("charge", [0.1, -0.1])
def test_a_uniform_charge_changes_no_relative_quantity(charge):
    """Receipts are spent as incomes are, on the same basket, and all recipes have the same share of intermediates."""
    market = made()
    before, after = (solve_market(m) for m in (market, charged(market, np.full((3, 2), charge))))
    assert after.sales / after.sales.sum() == pytest.approx(before.sales / before.sales.sum(), rel=1e-9)
    volumes = [x.sales / x.prices for x in (before, after)]
    assert volumes[1] / volumes[1].sum() == pytest.approx(volumes[0] / volumes[0].sum(), rel=1e-9)
    # Prices rise by the charge at every stage of production: by charge/(1 - iota) relative to wages.
    real = [x.wages / x.prices[:, 0] for x in (before, after)]
    assert np.log(real[1] / real[0]) == pytest.approx(-charge / 0.5, rel=1e-9)


def test_what_is_sold_pays_for_inputs_charges_and_profit():
    market = charged(made(iota=0.4), np.array([[0.2, 0.0], [-0.05, 0.1], [0.0, 0.3]]))
    x = solve_market(market)
    regional = empty_accounts(3)
    incomes(market, np.vstack([x.sales, np.ones((1, 2))]), regional)
    theta = 0.8
    assert regional.charges == pytest.approx((theta * (1 - market.keep) * x.sales).sum(axis=1))
    assert regional.value_added == pytest.approx(regional.workers_bill + x.sales.sum(axis=1) / 5.0)
    inputs = (theta * market.iota * market.keep * x.sales).sum(axis=1)
    assert regional.value_added + inputs + regional.charges == pytest.approx(x.sales.sum(axis=1))
    # Final demand is national income: value added and charges.
    assert regional.consumption.sum() + regional.investment.sum() == pytest.approx(
        regional.value_added.sum() + regional.charges.sum()
    )


def model(*shifts, years=3):
    """An economy of eight cities after some years with these shifts."""

    def post(act, view):
        for wedge, by, where in shifts:
            act.shift(wedge, by, where)

    economy = RegionalEconomy(scenario_with([Posting(do=post)], small_world(), years), 1)
    for _ in range(years):
        economy.step()
        assert max(float(economy.record[k]) for k in economy.record if k.startswith("audit_")) <= 1e-9
    return economy


@pytest.fixture(scope="module")
def plain():
    return model()


@pytest.mark.parametrize("rate", [RATE, -RATE])
def test_receipts_are_rate_times_base_and_revenue_of_the_city(plain, rate):
    economy = model(("unit_charge", np.log1p(rate), (HOST, ENERGY)))
    produced, a, year = economy.latest.produce, economy.state.accounts, economy.state.year - 1
    # The base is variable cost before the charge: theta times sales, over 1 + rate.
    base = 0.8 * produced.sales[HOST, ENERGY] / (1 + rate)
    assert produced.regional.charges == pytest.approx(np.eye(8)[HOST] * rate * base)
    rows = economy.state.ledger.columns(year)
    rows = rows[rows["purpose"] == economy.state.ledger.purposes.index("unit charges")]
    firms, treasury = a.activities[HOST], a.treasury[HOST]
    payer, payee = (firms, treasury) if rate > 0 else (treasury, firms)
    assert (rows["payer"].tolist(), rows["payee"].tolist()) == ([payer], [payee])
    assert rows["amount"] == pytest.approx(abs(rate) * base)
    assert economy.state.outcome.charges[HOST, ENERGY] == pytest.approx(rate * base)
    assert value_added_share(produced.market)[HOST, 0] == 1 - 0.8 * produced.market.iota[0]
    # A charge makes output dearer there, a subsidy cheaper; others make up for a part of it.
    more = np.log(economy.record["sales"][HOST, ENERGY] / plain.record["sales"][HOST, ENERGY])
    assert more * rate < 0 and abs(more) > 0.05
    elsewhere = economy.record["sales"].sum(axis=0) - economy.record["sales"][HOST]
    assert (elsewhere / (plain.record["sales"].sum(axis=0) - plain.record["sales"][HOST]) - 1)[ENERGY] * rate > 0


def test_emissions_of_the_sector_named_change_and_no_others(plain):
    economy = model(("emission_factor", -0.5, (HOST, ENERGY)), years=1)
    first = model(years=1)
    assert not np.any(np.asarray(economy.record["sales"]) - first.record["sales"])
    factor = economy.state.outcome.emissions_by_sector / first.state.outcome.emissions_by_sector
    expected = np.ones_like(factor)
    expected[HOST, ENERGY] = np.exp(-0.5)
    assert factor == pytest.approx(expected, rel=1e-14)
    assert economy.record["emissions"] == pytest.approx(economy.state.outcome.emissions_by_sector.sum(axis=1))
    # A scalar holds for all sectors of a region.
    whole = model(("emission_factor", -0.5, [HOST]), years=1).record["emissions"] / first.record["emissions"]
    assert whole == pytest.approx(np.where(np.arange(8) == HOST, np.exp(-0.5), 1.0), rel=1e-14)


def test_a_charge_of_zero_is_none(plain):
    economy = model(("unit_charge", np.zeros((8, len(SECTORS))), None))
    assert all(np.array_equal(economy.record[name], plain.record[name]) for name in plain.record)
