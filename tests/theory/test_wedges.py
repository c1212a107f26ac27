"""What each wedge of policy does to the economy, and that it does nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from sim.economy.frictions import DISTANCE_PART, removable, with_wedges
from sim.economy.relations import leads
from sim.economy.sites import STEERED
from sim.policy.accounts import Accounts
from sim.policy.posts import WEDGES
from sim.policy.settlement import Actions
from sim.testing import small_world
from sim.testing.world import loaded
from tests.helpers.posting import Posting, by_id, change, model_with

AUDITS = ("audit_money", "audit_people", "audit_capital", "audit_market")


def audited(model):
    assert max(model.record[name] for name in AUDITS) < 1e-9
    return model


def shift(wedge, by, where=None):
    return lambda act, view: act.shift(wedge, by, where)


@pytest.mark.parametrize("wedge", sorted(WEDGES))
def test_a_wedge_of_zero_changes_no_bit(wedge):
    one, two = model_with(shift(wedge, 0.0)).record, model_with(None).record
    assert [name for name in two if one[name].tobytes() != two[name].tobytes()] == []


@pytest.mark.parametrize("wedge", sorted(WEDGES))
def test_books_close_with_every_wedge(wedge):
    rng = np.random.default_rng(3)
    size = {"R": 8, "N": 9, "S": 6, "G": 2}
    by = 0.1 * rng.standard_normal([size[d] for d in WEDGES[wedge]])
    audited(model_with(shift(wedge, np.abs(by) if wedge == "knowledge_link" else by)))


def bounded(shifts, most):
    actions = Actions(Accounts(loaded(small_world())))
    handle = actions.for_mechanism(Posting(do=None))
    for by in shifts:
        handle.shift("information", by, (0, 1))
    actions.grant({})
    return actions.within("information", most)[0, 1]


def test_reductions_stay_below_the_friction_and_do_not_depend_on_order():
    assert bounded([-0.2, -0.3, 0.1], 0.4) == pytest.approx(0.1 - 0.4 * (1 - np.exp(-0.5 / 0.4)))
    assert bounded([0.1, -0.3, -0.2], 0.4) == bounded([-0.3, -0.2, 0.1], 0.4)
    assert bounded([-30.0], 0.4) >= -0.4 and bounded([-5.0], 0.0) == 0.0
    assert bounded([2.0], 0.4) == 2.0  # increases enter as they are


def test_the_friction_of_trade_is_the_border_and_a_quarter_of_the_distance():
    model = model_with(None, years=1)
    p, hours = model.state.parameters.production, model.state.links.hours
    most = removable(model.world, hours, model.state.parameters)
    here, there, far = by_id("guangzhou"), by_id("qingyuan"), by_id("nanning")
    distance = DISTANCE_PART * np.log(hours.goods[here, there] / 0.5) / (p.sigma - 1)
    assert most[0, here, there] == pytest.approx(p.distance_elasticity * distance)
    distance = DISTANCE_PART * np.log(hours.goods[here, far] / 0.5) / (p.sigma - 1)
    assert most[1, here, far] == pytest.approx(p.provincial_border + p.services_distance_elasticity * distance)
    assert most[2, -1, far] == p.foreign_border and (most >= 0).all()


def test_sectors_of_equal_wedge_share_a_matrix():
    market = model_with(None, years=1).latest.produce.market
    wedge = np.zeros((6, 9, 9))
    wedge[2, 0, 1] = -0.1
    scaled = with_wedges(market, wedge)
    assert len(scaled.freeness) == len(market.freeness) + 1
    for s in range(6):
        expected = market.freeness[market.trade_class[s]] * np.exp((1 - market.sigma) * wedge[s])
        assert np.array_equal(scaled.freeness[scaled.trade_class[s]], expected)
        assert np.array_equal(scaled.freeness_transposed[scaled.trade_class[s]], expected.T)


def test_cheaper_trade_of_a_pair_helps_both_and_lowers_the_sales_of_a_rival():
    a, b, rival = by_id("guangzhou"), by_id("nanning"), by_id("shenzhen")

    def link(act, view):
        act.shift("trade", -0.2, np.ix_(range(6), [a], [b]))
        act.shift("trade", -0.2, np.ix_(range(6), [b], [a]))

    income = change(link, "real_income", years=2)
    assert income[a] > 0 and income[b] > 0 and income[b] > income[a]  # the smaller market gains more
    assert change(link, "value_added", years=2)[rival].min() < 0


def test_foreign_capital_is_drawn_and_partly_new():
    j, rival = by_id("qinzhou"), by_id("guangzhou")

    def inflow(created, by=0.5):
        model = model_with(
            shift("foreign_capital", by, j), years=1, parameters={"capital": {"foreign_created": created}}
        )
        return audited(model).latest.produce.market.foreign_inflow

    plain = inflow(0.5, 0.0)
    assert inflow(0.0).sum() == pytest.approx(plain.sum(), rel=1e-12)
    assert inflow(0.0)[j] > plain[j] and inflow(0.0)[rival] < plain[rival]
    assert inflow(1.0)[j] == pytest.approx(plain[j] * np.exp(0.5)) and inflow(1.0)[rival] == pytest.approx(plain[rival])
    assert plain.sum() < inflow(0.5).sum() < inflow(1.0).sum()


def test_regulation_moves_investment_between_cells_within_bounds():
    j, s = by_id("guangzhou"), 2

    def units(by, j=j):
        model = audited(model_with(shift("investment", by, (j, s)), years=2))
        return model.latest.industry.capital_flow.sum(axis=0), model.state.returns.capital

    flow, _ = units(0.0)
    less, capital = units(-0.2)
    assert less.sum() == pytest.approx(flow.sum(), rel=5e-3) and less[j] < flow[j]
    assert np.array_equal(units(-3.0)[1], units(-STEERED)[1])
    assert capital[j, s] < units(0.0)[1][j, s]


def test_recovery_lowers_what_is_scrapped_in_its_region_only():
    j = by_id("hengyang")
    ratio = np.exp(change(shift("recovery", 0.3, j), "scrapped", years=1))
    expected = np.ones(8)
    expected[j] = np.exp(-0.3)
    assert ratio == pytest.approx(expected)


def test_housing_lowers_rent_at_given_spending():
    j = by_id("guangzhou")
    ratio = change(shift("housing", 0.1, j), "rent", years=1)
    eps = model_with(None, years=1).state.parameters.households.housing_supply_elasticity
    assert ratio[j] == pytest.approx(-0.1 / (1 + eps)) and np.delete(ratio, j) == pytest.approx(np.zeros(7))


def test_a_link_closes_the_gap_to_a_partner_that_leads_and_only_to_one():
    q = np.array([[0.5, 0.1], [0.0, 0.4], [0.2, 0.2]])
    links = np.zeros((2, 3, 3))
    links[:, 1, 0] = 0.3
    gain = leads(links, q)
    assert gain[1, 0] == pytest.approx(0.3 * 0.5) and gain[1, 1] == 0.0 and not gain[[0, 2]].any()


def test_a_link_to_a_better_partner_teaches_even_a_leader():
    """A city that knows more than its contacts on average learns from the one that knows more still."""
    plain = model_with(None, years=1)
    first = plain.state.knowledge[:, 3]
    best, second = np.argsort(first)[[-1, -2]]
    two = model_with(shift("knowledge_link", 0.5, (3, second, best)), years=1)
    gain = two.state.knowledge - plain.state.knowledge
    assert gain[second, 3] > 0 and np.count_nonzero(gain) == 1


def test_research_raises_knowledge_by_its_elasticity():
    j = by_id("qingyuan")
    plain, two = model_with(None, years=1), model_with(shift("research", np.log(2.0), (j, 3)), years=1)
    gain = two.state.knowledge - plain.state.knowledge
    chi = plain.state.parameters.learning.research
    assert gain[j, 3] == pytest.approx(chi * np.log(2.0)) and np.count_nonzero(gain) == 1


def test_information_reaches_the_ordinary_links():
    far, centre = by_id("hengyang"), by_id("guangzhou")
    two = model_with(shift("information", -0.5, (far, centre)), years=1)
    gain = two.state.knowledge - model_with(None, years=1).state.knowledge
    assert gain[far].sum() > 5e-5 and np.abs(np.delete(gain, far, axis=0)).max() < 1e-6


def test_rights_are_granted_to_those_who_lack_them_and_to_no_more():
    j, years = by_id("guangzhou"), 3

    def lacking(persons):
        def grant(act, view):
            if view.year == view.world.year + years - 1:
                act.grant_rights(j, persons)

        return model_with(grant, years).record["unregistered"]

    plain, some, all_of_them = lacking([0.0, 0.0]), lacking([1e3, 0.0]), lacking([1e12, 1e12])
    assert plain[j] - some[j] == pytest.approx([1e3, 0.0])
    assert np.array_equal(np.delete(plain, j, 0), np.delete(some, j, 0))
    # What is left are the newcomers of the year.
    assert (all_of_them[j] > 0).all() and (all_of_them[j] < some[j]).all()


def test_grants_to_the_firms_of_a_sector_raise_its_return_only():
    j, s = by_id("qingyuan"), 2
    sectors = np.arange(6) == s

    def grant(act, view):
        act.grant_firms(view.accounts.treasury[j], j, 100.0, "upgrade", sectors)

    two, plain = audited(model_with(grant, years=1)), model_with(None, years=1)
    factor = two.latest.produce.returns.grant_factor
    assert factor[j, s] > 1.0 and np.count_nonzero(factor != 1.0) == 1
    regional, p = two.latest.produce.regional, two.state.parameters
    profit = two.latest.produce.sales[j, s] / p.production.sigma
    keep = (1 - p.government.profit_tax) * (1 - p.government.value_added_tax)
    paid = two.latest.produce.market.firm_grants[j]
    assert (factor[j, s] - 1) * keep * profit == pytest.approx(paid) and paid > 0
    assert regional.net_profit[j] > plain.latest.produce.regional.net_profit[j]
