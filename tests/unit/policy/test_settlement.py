"""Accounts, ledger, view and actions, by hand on two regions."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.catalogue import SECTORS
from sim.errors import UserError
from sim.parameters import Parameters
from sim.policy.accounts import Accounts, Ledger
from sim.policy.settlement import ORDERS, WEDGES, Actions, RefusedPost
from sim.policy.view import Setting, UndeclaredAccess, View
from sim.record import PAYMENT_DTYPE

EVERYTHING = frozenset((*WEDGES, *ORDERS))


@pytest.fixture
def accounts():
    regions = pd.DataFrame({"id": ["a", "b"], "province": ["p", "q"]})
    return Accounts(SimpleNamespace(regions=regions, sectors=SECTORS), funds=["seed"], sites={"park.b": 1, "park.a": 0})


def hand(actions, name="m", writes=EVERYTHING):
    return actions.for_mechanism(SimpleNamespace(name=name, writable=writes))


def test_labels_and_ids_agree(accounts):
    assert accounts.labels[accounts.treasury[1]] == "treasury:b"
    assert accounts.id("province:q") == accounts.province[1]
    assert accounts.site_names == ["park.a", "park.b"] and accounts.site_index("park.b") == 1
    assert accounts.site_host.tolist() == [0, 1] and len(set(accounts.labels)) == len(accounts)
    with pytest.raises(KeyError, match="nation"):
        accounts.id("natoin")


def test_ledger_balances_and_drops_zeros(accounts):
    ledger = Ledger(accounts)
    ledger.post(2020, "wages", accounts.firms, accounts.households, [3.0, 0.0])
    ledger.post(2020, "tax", accounts.households, accounts.nation, 1.0)
    ledger.post(2021, "tax", accounts.households[0], accounts.nation, 5.0)
    rows = ledger.columns()
    assert rows.dtype == PAYMENT_DTYPE and len(rows) == 4
    assert ledger.purposes == ["wages", "tax"]
    balance = ledger.balances(2020)
    assert balance.sum() == 0
    assert balance[accounts.households[0]] == 2 and balance[accounts.nation] == 2


def test_ledger_turns_negative_amounts(accounts):
    ledger = Ledger(accounts)
    ledger.post(2020, "debt", accounts.treasury[0], accounts.pool, -2.0)
    assert ledger.columns()[0]["payer"] == accounts.pool and ledger.columns()[0]["amount"] == 2
    with pytest.raises(ValueError, match="not finite"):
        ledger.post(2020, "debt", 0, 1, np.nan)


def test_ledger_sums_are_those_of_its_rows(accounts):
    kept, bare = Ledger(accounts), Ledger(accounts, rows=False)
    n = len(accounts)
    payers, payees = accounts.firms, accounts.households[:, None]
    for ledger in (kept, bare):
        rng = np.random.default_rng(1)
        for shape in ((2, 2), (1, 2), (2, 1), ()):
            ledger.post(2020, "dividends", payers, payees, rng.normal(size=shape))
        ledger.post(2020, "tax", payers, accounts.nation, rng.normal(size=2))
    rows = kept.columns()
    received, paid = (np.bincount(rows[side], rows["amount"], n) for side in ("payee", "payer"))
    assert np.allclose(kept.receipts(2020), received, rtol=1e-14, atol=0)
    assert np.allclose(kept.outlays(2020), paid, rtol=1e-14, atol=0)
    assert np.array_equal(bare.receipts(2020), kept.receipts(2020)) and bare.purposes == kept.purposes
    with pytest.raises(ValueError, match="payments: true"):
        bare.columns()
    for account in (-1, n):
        with pytest.raises(ValueError, match="does not exist"):
            bare.post(2020, "tax", account, accounts.nation, 1.0)


def test_view_is_closed_and_read_only(accounts):
    outcome = {"services": np.ones(2), "people": np.ones((2, 2)), "deflator": 1.1}
    view = View(SimpleNamespace(**outcome), {"services", "deflator"}, Setting(2021, None, Parameters(), accounts))
    assert view.deflator == 1.1
    with pytest.raises(ValueError, match="read-only"):
        view.services[0] = 2
    assert outcome["services"].flags.writeable
    with pytest.raises(UndeclaredAccess, match="people"):
        _ = view.people
    assert view.accessed == {"services", "deflator"}


def test_rationing_is_pro_rata_and_recorded(accounts):
    actions = Actions(accounts)
    act = hand(actions)
    payer = accounts.treasury[0]
    one = act.purchase(payer, 1, 30.0, "roads", adds="infrastructure")
    two = act.transfer(payer, accounts.treasury[1], 10.0, "grant")
    free = act.transfer(accounts.nation, accounts.treasury[1], 5.0, "grant")
    actions.grant({payer: 20.0})
    assert (one.paid, two.paid, free.paid) == (15.0, 5.0, 5.0)
    assert actions.shortfall[payer] == 20.0 and actions.shortfall.sum() == 20.0
    assert actions.adds_infrastructure.tolist() == [0, 15] == actions.purchases_investment.tolist()
    assert actions.public_outlay == 25.0
    ledger = Ledger(accounts)
    actions.post_to(ledger, 2021)
    assert ledger.balances(2021)[accounts.treasury[1]] == 10.0


def test_nothing_is_granted_from_an_overdrawn_account(accounts):
    actions = Actions(accounts)
    post = hand(actions).transfer(accounts.nation, accounts.treasury[0], 1.0, "grant")
    actions.grant(np.full(len(accounts), -3.0))
    assert post.paid == 0


def test_fund_spends_what_it_just_received(accounts):
    actions = Actions(accounts)
    act = hand(actions)
    cells = np.zeros((2, len(SECTORS)))
    cells[1, 2] = 10.0
    order = act.invest("seed", cells, 4 * cells)
    act.transfer(accounts.nation, accounts.fund[0], 10.0, "seed")
    actions.grant({int(accounts.nation): 5.0, int(accounts.fund[0]): 1.0})
    assert order.paid == 6.0
    assert actions.directed_public[0, 1, 2] == pytest.approx(6) and actions.directed_private.sum() == pytest.approx(24)
    assert order.private_granted == pytest.approx(24)
    assert actions.payments() == [("seed", np.array([accounts.nation]), np.array([accounts.fund[0]]), np.array([5.0]))]


@pytest.mark.parametrize("bad", [{"created": 1.2}, {"created": np.nan}, {"saturation": 0.0}])
def test_a_fund_cannot_create_more_than_it_pays_for(accounts, bad):
    cells = np.ones((2, len(SECTORS)))
    text = "m: an investment of fund 'seed': expected 'created' between 0 and 1 and 'saturation' above 0"
    with pytest.raises(RefusedPost, match=text):
        hand(Actions(accounts)).invest("seed", cells, cells, **bad)


def test_order_of_mechanisms_does_not_matter(accounts):
    draw = np.random.default_rng(1)
    amounts = draw.uniform(0, 1, (6, 4))
    results = []
    for order in (range(6), reversed(range(6))):
        actions = Actions(accounts)
        for k in order:
            act = hand(actions, f"m{k}")
            for amount in amounts[k]:
                act.shift("amenity", amount)
                act.shift("capital_return", amount / 3, (0, 1))
                act.grant_firms(accounts.nation, k % 2, amount, "grant")
        actions.grant({int(accounts.nation): 7.0})
        results.append((actions.wedges, actions.firm_grants))
    for name in WEDGES:
        assert np.array_equal(results[0][0][name], results[1][0][name])
    assert np.array_equal(results[0][1], results[1][1])
    assert results[0][1].sum() == pytest.approx(7.0)


def test_shift_reaches_the_named_places(accounts):
    actions = Actions(accounts)
    act = hand(actions)
    act.shift("entry", 0.2, (np.array([1]), np.array([3])))
    act.shift("amenity", [0.0, 0.1])
    actions.grant({})
    assert actions.wedges["entry"][1, 3] == 0.2 and actions.wedges["entry"].sum() == 0.2
    assert actions.wedges["moving_cost"].shape == (2, 2, 2)
    assert actions.wedges["amenity"].tolist() == [0, 0.1]


def test_undeclared_and_senseless_posts_are_refused(accounts):
    act = hand(Actions(accounts), writes={"transfer"})
    with pytest.raises(UndeclaredAccess, match="amenity"):
        act.shift("amenity", 0.1)
    with pytest.raises(UndeclaredAccess, match="did you mean 'amenity'"):
        act.shift("amenety", 0.1)
    with pytest.raises(UndeclaredAccess, match="purchase"):
        act.purchase(0, 0, 1.0, "roads")
    with pytest.raises(ValueError, match="-1"):
        act.transfer(0, 1, -1.0, "tax")
    with pytest.raises(ValueError, match="unit"):
        act.report("cost", 1.0, "millions")


def test_only_transfers_in_the_settling_phase(accounts):
    act = hand(Actions(accounts, "settle"))
    act.transfer(0, 1, 1.0, "split")
    with pytest.raises(UndeclaredAccess, match="phase"):
        act.shift("amenity", 0.1)


def test_two_mechanisms_of_one_name_are_refused(accounts):
    actions = Actions(accounts)
    hand(actions)
    with pytest.raises(UserError, match="used twice"):
        hand(actions)


def test_sites_and_sales(accounts):
    actions = Actions(accounts)
    act = hand(actions)
    mask = np.ones(len(SECTORS), dtype=bool)
    act.set_site("park.b", 1, 0, 50.0, mask, 0.1)
    act.set_site("park.a", 0, 1, 0.0, mask, 0.1)
    act.sell_stakes("seed", 0.5)
    actions.grant({})
    assert [s.name for s in actions.sites] == ["park.b"] and actions.sites[0].index == 1
    assert actions.stakes_sold.tolist() == [0.5]
