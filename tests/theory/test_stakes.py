"""Stakes that treasuries buy from others (docs/model.md 9.30)."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model import RegionalEconomy
from sim.policy.posts import RefusedPost
from sim.testing import small_world
from sim.testing.playing import scenario_with
from tests.helpers.posting import Posting

BUYER, SELLER = 0, 3


def after(years, *stakes):
    """An economy of eight cities after some years, and the capital of treasuries at the start and the end of each."""

    def buy(act, view):
        for stake in stakes:
            act.buy_stakes(*stake, "stakes")

    economy = RegionalEconomy(scenario_with([Posting(do=buy)], small_world(), years), 1)
    owned = [economy.state.owners.treasuries]
    for _ in range(years):
        economy.step()
        assert max(float(economy.record[k]) for k in economy.record if k.startswith("audit_")) <= 1e-9
        owned.append(economy.state.owners.treasuries)
    return economy, owned


def test_stakes_change_hands_at_the_price_of_capital_and_dividends_follow():
    plain, _ = after(1)
    economy, owned = after(1, (BUYER, SELLER, SELLER, 1000.0))
    bought = 1000.0  # at prices of the base year
    price = economy.state.base.prices[SELLER] ** economy.world.investment_basket
    units = bought / float(np.prod(price))
    held, without = (m.latest.produce.market.owned_by_public for m in (economy, plain))
    assert held == pytest.approx(without, rel=1e-12)  # of all treasuries together nothing changes
    rows, purposes, a = economy.state.ledger.columns(2020), economy.state.ledger.purposes, economy.state.accounts
    paid = rows[rows["purpose"] == purposes.index("stakes")]
    assert paid["payer"].tolist() == [a.treasury[BUYER]] and paid["payee"].tolist() == [a.treasury[SELLER]]
    assert paid["amount"] == pytest.approx(bought)
    dividends = rows[rows["purpose"] == purposes.index("dividends")]
    to_buyer = dividends[(dividends["payee"] == a.treasury[BUYER]) & (dividends["payer"] == a.firms[SELLER])]
    per_unit = economy.latest.produce.regional.net_profit[SELLER] / economy.latest.produce.owned[SELLER]
    assert to_buyer["amount"] == pytest.approx(units * per_unit)
    # What is left of it at the end of the year, as of all capital there.
    share = owned[1][BUYER, SELLER] / units
    assert 0.8 < share < 1 - economy.config.parameters.capital.depreciation
    assert owned[1][BUYER, SELLER] / owned[1][SELLER, SELLER] == pytest.approx(
        units / (owned[0][SELLER, SELLER] - units)
    )
    assert economy.state.owners.total == pytest.approx(economy.state.firms.totals()[1].sum(axis=1), rel=1e-9)
    # An outlay of the buyer, which spends less at once; revenue of the seller, which spends more a year later.
    assert economy.record["public_outlay"] == pytest.approx(1000.0 / float(economy.record["deflator"]))
    assert economy.record["public_return"] == 0
    assert economy.latest.policy.received[a.treasury[SELLER]] == pytest.approx(1000.0)


def test_no_more_is_bought_than_the_seller_has():
    plain, before = after(1)
    economy, owned = after(1, (BUYER, SELLER, SELLER, 1e9), (1, SELLER, SELLER, 1e9), (BUYER, 5, SELLER, 10.0))
    assert owned[1][SELLER, SELLER] <= 1e-9 * before[0][SELLER, SELLER]
    mine, theirs = owned[1][BUYER, SELLER], owned[1][1, SELLER]
    assert owned[1].min() >= 0 and mine > 0 and theirs > 0
    assert owned[1].sum(axis=0)[SELLER] == pytest.approx(before[1].sum(axis=0)[SELLER], rel=1e-3)
    # The third has nothing there to sell.
    assert economy.latest.policy.actions.posts[2].paid == 0
    assert np.array_equal(economy.state.outcome.treasury_owned, economy.state.owners.treasuries)
    assert plain.state.outcome.treasury_owned[0, SELLER] == 0


def test_a_treasury_does_not_buy_from_itself():
    with pytest.raises(RefusedPost, match="itself"):
        after(1, (SELLER, SELLER, SELLER, 1.0))
