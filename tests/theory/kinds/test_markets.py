"""Borders, gateways, sales of regions and shocks: what they post, by hand, and whom they help and harm."""

from __future__ import annotations

import numpy as np
import pytest

from sim import testing
from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy, simulate
from sim.parameters import Parameters
from sim.testing import small_world
from sim.testing.playing import scenario_with
from tests.helpers.effects import SECTOR, WORLD, depth, effect, posted, series

R = WORLD.n_regions
CENTRE, SHENZHEN, FOSHAN, QINGYUAN, SHAOGUAN, NANNING, QINZHOU, HENGYANG = range(R)
GOODS, SERVICES = slice(0, 4), slice(4, 6)
MEMBERS = {"targets": ["guangdong", "guangxi"], "funding": {"host": 1.0}}


def make(kind, **fields):
    return MECHANISMS[kind](**fields)


def test_integration_opens_borders_between_members_of_different_provinces():
    kind = make("market_integration", **MEMBERS, services=0.1)
    trade, border = posted([kind], "trade"), Parameters().production.provincial_border
    d = depth(kind)[NANNING]
    assert trade[0, CENTRE, NANNING] == pytest.approx(-0.3 * border * d) == trade[3, NANNING, CENTRE]
    assert trade[5, CENTRE, NANNING] == pytest.approx(-0.1 * border * d)
    assert not trade[:, CENTRE, FOSHAN].any() and not trade[:, HENGYANG].any() and not trade[:, -1].any()


def test_a_pair_is_as_open_as_the_member_that_lags():
    lagging = make("market_integration", **MEMBERS, overrides={"nanning": {"delivery": 0.25}})
    trade = posted([lagging], "trade")[0]
    full = posted([make("market_integration", **MEMBERS)], "trade")[0]
    assert full[CENTRE, NANNING] < trade[CENTRE, NANNING] == trade[SHENZHEN, NANNING] < 0
    assert trade[CENTRE, QINZHOU] == full[CENTRE, QINZHOU]


@pytest.mark.parametrize(
    ("kind", "fields", "wedge"),
    [
        ("market_integration", MEMBERS, "trade"),
        ("external_gateway", {}, "foreign_capital"),
        ("sales_link", {"link": 0.1, "mutual": True}, "trade"),
        ("sales_link", {"link": 0.1}, "knowledge_link"),
        ("trade_platform", {"import_gain": 0.01}, "trade"),
        ("digital_network", {}, "trade"),
        ("digital_network", {}, "information"),
    ],
)
def test_two_halves_post_what_the_whole_does(kind, fields, wedge):
    whole = make(kind, **fields)
    half = whole.model_copy(update={"amount": whole.amount / 2})
    halves = [half.model_copy(update={"name": name}) for name in ("one", "two")]
    np.testing.assert_allclose(posted(halves, wedge), posted([whole], wedge), rtol=1e-12)


def test_opening_alone_eases_imports_only_and_harms_those_who_compete_with_them():
    alone = make("market_integration", targets=["hengyang"], reciprocal=False, gain=1.0, funding={"host": 1.0})
    trade = posted([alone], "trade")[0]
    assert (trade[:HENGYANG, HENGYANG] < 0).all() and not trade[HENGYANG].any()
    sales = effect(alone, "sales")
    assert sales[HENGYANG, SECTOR["manufacturing"]] < 0 < sales[CENTRE, SECTOR["manufacturing"]]


def test_open_borders_raise_real_incomes_of_supporting_regions_most_and_keep_people_at_home():
    """In the world around Guangzhou, where most of a supporting region's buyers live in other provinces."""
    scenario = load("small", ["years=6", "firms=3000", "record=all"])
    world = scenario.opened()
    everyone = make("market_integration", targets=["all"], amount=10_000, gain=1.0, funding={"host": 1.0})
    one, two = (simulate(scenario.model_copy(update={"mechanisms": m})).series for m in ((everyone,), ()))
    gain = np.log(one["real_income"][-1] / two["real_income"][-1])
    heads = two["people"][-1].sum(axis=1)
    mean = {zone: np.average(gain[where], weights=heads[where]) for zone in ("supporting", "leading")
            for where in [(world.regions["zone"] == zone).to_numpy()]}  # fmt: skip
    assert mean["supporting"] > mean["leading"] > gain[world.centre] > 0
    moves = [
        sum(s[flow][-1][world.across_provinces].sum() for flow in ("worker_flow", "talent_flow")) for s in (one, two)
    ]
    assert 0.97 < moves[0] / moves[1] < 1.0


def test_who_stays_outside_loses():
    club = make("market_integration", **MEMBERS, amount=5000, gain=1.0)
    outside = effect(club, "real_income")
    assert outside[HENGYANG] < 0 < outside[NANNING]
    assert effect(club, "people")[HENGYANG].sum() < 0


def test_the_gateway_passes_on_what_is_near():
    hub = make("external_gateway", pass_on=0.3)
    d, near = depth(hub)[CENTRE], np.exp(-(0.5 + WORLD.distances[QINGYUAN, CENTRE] / 150.0) / 8.0)
    trade, drawn = posted([hub], "trade"), posted([hub], "foreign_capital")
    assert trade[0, CENTRE, -1] == pytest.approx(-0.02 * d) == trade[3, -1, CENTRE]
    assert np.count_nonzero(trade) == 8
    assert drawn[CENTRE] == pytest.approx(0.2 * d) and drawn[QINGYUAN] == pytest.approx(0.3 * 0.2 * d * near)
    assert not drawn[[SHENZHEN, FOSHAN]].any() and drawn[NANNING] < drawn[QINGYUAN]


def inflow(kind):
    model = RegionalEconomy(scenario_with([kind] if kind else [], small_world(), 4), 1)
    for _ in range(4):
        model.step()
    return model.latest.produce.market.foreign_inflow


def test_the_hinterland_draws_foreign_capital_only_if_some_is_passed_on():
    plain, hinterland = inflow(None), [QINGYUAN, SHAOGUAN, NANNING, QINZHOU, HENGYANG]
    keeps, shares = (inflow(make("external_gateway", foreign=0.5, pass_on=share)) for share in (0.0, 0.8))
    assert (keeps[hinterland] < plain[hinterland]).all() and keeps[CENTRE] > plain[CENTRE]
    assert shares[QINGYUAN] > plain[QINGYUAN] and (shares[hinterland] > keeps[hinterland]).all()


def test_imports_alone_lower_farm_output_around_the_gateway_and_exports_alone_raise_sales_abroad():
    imports, exports = (
        make("external_gateway", direction=way, foreign=0.0, gain=0.1) for way in ("imports", "exports")
    )
    assert effect(imports, "sales")[[CENTRE, FOSHAN, QINGYUAN, SHAOGUAN], SECTOR["agriculture"]].max() < 0
    assert effect(exports, "exports")[CENTRE, GOODS].min() > 0 > effect(exports, "exports")[CENTRE, SERVICES].max()
    share = [series(kind, "exports")[-1, CENTRE].sum() / series(kind, "value_added")[-1, CENTRE].sum()
             for kind in (exports, None)]  # fmt: skip
    assert share[0] > share[1]


def test_a_link_fades_with_travel_time_and_goes_one_way():
    link = make("sales_link", targets=["shaoguan", "nanning"], to=["centre", "world"], reach=6.0, link=0.1)
    trade, d = posted([link], "trade"), depth(link)[NANNING]
    hours = 0.5 + WORLD.distances[NANNING, CENTRE] / 150.0
    assert trade[2, NANNING, CENTRE] == pytest.approx(-0.05 * d * np.exp(-hours / 6.0))
    assert trade[2, NANNING, -1] == pytest.approx(-0.05 * d)  # the world market is not travelled to
    assert not trade[SERVICES].any() and not trade[:, CENTRE].any() and not trade[:, -1].any()
    learnt = posted([link], "knowledge_link")
    assert learnt[2, CENTRE, NANNING] == pytest.approx(0.1 * d * np.exp(-hours / 6.0))
    assert not learnt[:, NANNING].any()


def test_money_at_the_partner_is_spent_there_and_serves_the_targets():
    link = make("sales_link", targets=["shaoguan"], partner="foshan", at_partner=0.75)
    run = testing.play(WORLD, [link], 2)
    spent = run.phases[0].purchases_services
    assert spent[[FOSHAN, SHAOGUAN]] == pytest.approx([375.0, 125.0]) and spent.sum() == pytest.approx(500.0)
    assert run.memories["sales_link"].stock[SHAOGUAN] == pytest.approx(500.0 * (1 + 0.8))


def test_tourism_lifts_services_of_sellers_and_draws_from_their_other_sectors():
    kind = make("tourism_link", targets=["shaoguan"], gain=0.15)
    sales = effect(kind, "sales")
    assert sales[SHAOGUAN, SECTOR["consumer_services"]] > 0 > sales[SHAOGUAN, SECTOR["manufacturing"]]
    assert effect(kind, "real_income")[SHAOGUAN] > 0
    dirt = effect(kind, "emissions")[SHAOGUAN] - np.log(
        series(kind, "value_added")[-1, SHAOGUAN].sum() / series(None, "value_added")[-1, SHAOGUAN].sum()
    )
    assert dirt < 0


def test_a_link_of_farms_harms_other_farms():
    kind = make("farm_sales_link", targets=["nanning", "qinzhou"], gain=0.15)
    farms = effect(kind, "sales")[:, SECTOR["agriculture"]]
    assert min(farms[[NANNING, QINZHOU]]) > 0 > max(farms[[QINGYUAN, SHAOGUAN, HENGYANG]])


def test_supplies_come_from_the_targets_and_not_from_rivals():
    kind = make("supply_link", targets=["shaoguan"], gain=0.15)
    energy = effect(kind, "sales")[:, SECTOR["energy"]]
    assert energy[SHAOGUAN] > 0 > energy[QINGYUAN]


def test_services_of_the_city_displace_local_ones_and_teach():
    kind = make("service_export", to=["qingyuan"], gain=0.15)
    services = effect(kind, "sales")[:, SECTOR["producer_services"]]
    assert services[CENTRE] > 0 > services[QINGYUAN]
    learnt = series(kind, "knowledge")[-1] - series(None, "knowledge")[-1]
    assert learnt[QINGYUAN, SECTOR["producer_services"]] > 1e-5


def test_a_trade_platform_sells_abroad_and_serves_from_the_centre():
    kind = make("trade_platform", import_gain=0.003)
    trade, d = posted([kind], "trade"), depth(kind)
    assert trade[1, NANNING, -1] == pytest.approx(-kind.gain * d[NANNING])
    assert trade[SECTOR["producer_services"], CENTRE, NANNING] == pytest.approx(-kind.services * d[NANNING])
    assert trade[2, -1, CENTRE] == pytest.approx(-0.003 * d[NANNING])
    assert np.count_nonzero(trade) == 4 * 5 + 5 + 4


def test_a_trade_platform_raises_exports_of_targets_and_lowers_industry_of_the_centre():
    kind = make("trade_platform", gain=0.02, services=0.02)
    exports, sales = effect(kind, "exports"), effect(kind, "sales")
    assert exports[[SHAOGUAN, NANNING, QINZHOU, HENGYANG], GOODS].min() > 0
    assert sales[CENTRE, SECTOR["manufacturing"]] < 0 and sales[CENTRE, SECTOR["producer_services"]] > 0


def test_a_shock_to_imports_helps_producers_and_harms_buyers_while_it_lasts():
    shock = make("shock", start=2022, end=2024)
    trade = posted([shock], "trade", year=1)
    assert (trade[SECTOR["energy"], -1, :R] == 0.5).all() and np.count_nonzero(trade) == R
    assert not posted([shock], "trade", year=3).any()
    ratio = series(shock, "real_income") / series(None, "real_income")
    heads = series(None, "people")[2].sum(axis=1)
    assert (ratio[1] == 1).all() and np.average(ratio[2], weights=heads) < 1 - 5e-4
    assert np.abs(ratio[-1] - 1).max() < 0.5 * np.abs(ratio[2] - 1).max()
    energy = [series(kind, "sales")[-1, :, SECTOR["energy"]].sum() for kind in (make("shock"), None)]
    assert energy[0] > 1.02 * energy[1]


def test_presets_of_a_kind_whose_price_is_unknown_have_none_either():
    assert not MECHANISMS["sales_link"].priced and not MECHANISMS["tourism_link"].priced
    assert MECHANISMS["digital_network"].priced
