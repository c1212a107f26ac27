"""Sharing of services and talent, a common labour market, rights of residents: directions, and laws by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.parameters import Parameters
from sim.testing import play, small_world
from sim.testing.world import loaded
from tests.helpers.comparing import change, made, people_world, recorded

WORLD = loaded(small_world())
QINGYUAN, SHAOGUAN = WORLD.index("qingyuan"), WORLD.index("shaoguan")
TARGETS = {"targets": ["qingyuan", "shaoguan"], "funding": {"nation": 1.0}}
GRADUATES = {**TARGETS, "amount": 20, "per_head": 5, "quality": 0, "boost": 1, "lag": 2, "lent": 0.04, "staff": 0.4}


def shifts(played, year, wedge):
    """Return a wedge of a year of play."""
    return played.phases[2 * year].wedges[wedge]


@pytest.mark.parametrize(("lent", "served"), [(0.02, 0.2 * 1000e6 / 500), (0.004, 0.004 * 5 * 16.6e6)])
def test_people_served_by_lent_staff_by_hand(lent, served):
    sharing = made("education_sharing", targets=["qingyuan", "shaoguan"], lent=lent, lag=2)
    run = play(WORLD, [sharing], 5)
    people = 4.0e6 + 2.85e6
    depth = 1 - np.exp(-served / people)
    services = shifts(run, 1, "services")
    assert services[[QINGYUAN, SHAOGUAN]] == pytest.approx(0.3 * depth)
    assert services[0] == pytest.approx(-0.6 * served / (5 * 16.6e6))
    assert [shifts(run, k, "graduation")[QINGYUAN] for k in (0, 1, 2)] == [0, 0, 0]
    assert shifts(run, 3, "graduation")[QINGYUAN] == pytest.approx(0.3 * depth)
    assert not run.phases[0].adds_services.any()  # the wedge is the service


def test_graduates_help_their_region_unless_they_leave():
    """D1 and D2: the output of a region that trains talent falls where talent moves freely, and its rivals gain."""
    sharing = made("education_sharing", **GRADUATES)
    moving = (("migration", "talent_moving_cost", -3.0), ("migration", "talent_mobility", 0.3))
    integrated = change("value_added", sharing, years=15, changes=moving)
    separated = change("value_added", sharing, years=15, changes=(("migration", "talent_moving_cost", 20.0),))
    for city in ("qingyuan", "shaoguan"):
        assert integrated[city] < -0.5 and separated[city] > 0.2
    for city in ("shenzhen", "foshan"):
        assert integrated[city] > 0.1 and abs(separated[city]) < 0.1


def test_doctors_on_loan_draw_people_from_the_centre():
    people = change("people", made("health_sharing", **TARGETS, amount=2000))
    assert people["qingyuan"] > 0.05 and people["shaoguan"] > 0.05 and people["guangzhou"] < -0.02


def test_shared_talent_by_hand():
    sharing = made(
        "talent_sharing", targets=["qingyuan"], persons=2000, delivery=0.5, funding={"host": 0.5, "centre": 0.5}
    )
    run = play(WORLD, [sharing], 2)
    paid = run.phases[0].household_grants
    assert paid[0] == pytest.approx(1000 * 0.2 * 1.3) and np.count_nonzero(paid) == 1
    hours = 0.5 + WORLD.distances[0, QINGYUAN] / 150
    more = 1000 * (1 - 2 * hours / 40) / WORLD.people[QINGYUAN, 1]
    omega = Parameters().production.skill_premium
    eta = omega * WORLD.people[:, 1] / (omega * WORLD.people[:, 1] + WORLD.people[:, 0])
    productivity = shifts(run, 1, "productivity")
    assert productivity[QINGYUAN] == pytest.approx(eta[QINGYUAN] * np.log1p(more))
    assert productivity[0] == pytest.approx(eta[0] * np.log1p(-0.5 * 1000 / WORLD.people[0, 1]))
    assert shifts(run, 1, "knowledge_link")[:, QINGYUAN, 0] == pytest.approx(0.1 * (1 - np.exp(-more / 0.01)))


def test_shared_talent_helps_targets_at_the_cost_of_the_centre_less_where_the_way_is_long():
    short = change("value_added", made("talent_sharing", **TARGETS, persons=2000))
    long = change("value_added", made("talent_sharing", **TARGETS, persons=2000, visit_hours=6))
    for city in ("qingyuan", "shaoguan"):
        assert short[city] > 0.05 and long[city] < short[city] - 0.01
    assert short["guangzhou"] < 0


def test_a_common_labour_market_by_hand():
    market = made("talent_market", targets=["guangzhou", "qingyuan"], amount=100, training=0.5, groups=["talent"])
    run = play(WORLD, [market], 2)
    moving, per_head = shifts(run, 1, "moving_cost"), 100e6 / (16.6e6 + 4.0e6)
    assert moving[1, 0, QINGYUAN] == pytest.approx(0.5 * (1 - np.exp(-0.2 * per_head / 20)))
    assert moving[1, QINGYUAN, 0] == moving[1, 0, QINGYUAN] and np.count_nonzero(moving) == 2
    assert not shifts(run, 1, "graduation").any()  # no one graduates in this world


def test_a_common_labour_market_raises_moves_and_drains_poor_members():
    market = made("talent_market", targets=["guangdong"], amount=2000, funding={"nation": 1.0})
    moves = change("talent_flow", market, years=6)
    assert moves["qingyuan"] > 5  # out of it, and likewise
    assert change("people", market)["shaoguan"] < 0


def test_opening_undoes_the_cost_of_lacking_rights_as_far_as_it_is_paid():
    world = loaded(people_world())
    rights = made("residence_rights", delivery=0.5, groups=["talent"], funding={"host": 1.0})
    run = play(world, [rights], 2, change={"unregistered": np.full((8, 2), 1e5)})
    assert run.phases[0].adds_services[0] == pytest.approx(0.5 * 0.05 * 1e5 * 0.08)
    assert run.phases[2].rights[0] == pytest.approx([0, 0.5 * 0.05 * 1e5]) and run.phases[2].rights[1:].sum() == 0
    moving = shifts(run, 1, "moving_cost")
    eps = Parameters().migration.talent_elasticity
    assert moving[1, 1:, 0] == pytest.approx(eps * (np.log(1.13) - np.log(1 + 0.13 * 0.5)))
    assert moving[1, 0, 0] == 0 and not moving[0].any() and not moving[:, :, 1:].any()


def test_newcomers_are_paid_as_many_as_came():
    """Where as many lack rights as a year ago, those came who replace the ones that left or gained rights."""
    m = Parameters().migration
    payment = made("residence_rights", openness=0, rate=0, settlement=0.05, funding={"host": 1.0})
    run = play(WORLD, [payment], 3, change={"unregistered": np.full((8, 2), 1e5)})
    came = 1e5 * (m.departure_rate + m.right_rate)
    assert [run.phases[k].household_grants[0] for k in (0, 2)] == pytest.approx([0, 0.05 * came])
    assert shifts(run, 2, "moving_cost")[1, 1, 0] == pytest.approx(m.talent_elasticity * np.log1p(0.05 * 0.05 / 0.2))


def test_open_registration_draws_people_and_hurts_residents_less_where_capital_responds():
    """D6, with the response of savers to returns off and on."""
    rights = made("residence_rights", funding={"nation": 1.0})
    income = {}
    for eta in (0.0, 2.0):
        setting = (("capital", "return_elasticity", eta),)
        assert change("people", rights, years=12, changes=setting)["guangzhou"] > 1
        income[eta] = change("real_income", rights, years=12, changes=setting)["guangzhou"]
    assert income[0.0] < income[2.0] < 0


def test_a_payment_to_new_talent_draws_talent_and_capital_and_leaves_the_mean_wage():
    """D11."""
    payment = made(
        "residence_rights", targets=["qingyuan"], openness=0, rate=0, settlement=0.1, funding={"nation": 1.0}
    )
    one, other = recorded(payment, years=12), recorded(years=12)
    people, wage = (np.stack([run.series[name][-1, QINGYUAN] for run in (one, other)]) for name in ("people", "wage"))
    mean = (people * wage).sum(axis=1) / people.sum(axis=1)
    capital = [run.series["capital"][-1, QINGYUAN].sum() for run in (one, other)]
    assert people[0, 1] / people[1, 1] > 1.01 and capital[0] / capital[1] > 1.002
    assert abs(np.log(mean[0] / mean[1])) < 0.005
    assert wage[0, 1] < wage[1, 1]


def test_a_sponsor_that_visits_only_itself_pays_nothing():
    run = play(WORLD, [made("talent_sharing", targets=["guangzhou"])], 3)
    assert not any(phase.posts or phase.shifts for phase in run.phases)
