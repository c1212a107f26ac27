"""Commuting (docs/model.md 9.28): the law, its bound, people and wages."""

from __future__ import annotations

import numpy as np
import pytest

from sim.config import Scenario
from sim.economy.commuting import (
    MOST_LEAVING,
    NONE,
    Commuters,
    base_commuters,
    commuters_of,
    commuting_friction,
    labour_incomes,
    workplace_shares,
)
from sim.economy.state import State
from sim.kernels.accounts import empty_accounts, incomes
from sim.market import make_market
from sim.model import RegionalEconomy
from sim.parameters import Migration
from sim.policy.settlement import Actions
from sim.testing import small_world
from sim.testing.world import loaded
from tests.helpers.posting import Posting

GUANGZHOU, FOSHAN, QINGYUAN, HENGYANG = 0, 2, 3, 7


@pytest.fixture
def state():
    data = {"name": "x", "world": small_world(), "years": 5, "firms": 1000, "demography": False}
    return RegionalEconomy(Scenario.model_validate(data)).state


def posted(state: State, *pairs: tuple[int, int], gain: float = 1.0) -> Actions:
    """Return actions in which commuting is easier by a gain between pairs, both ways."""
    actions = Actions(state.accounts)
    handle = actions.for_mechanism(Posting(do=None))
    for i, j in pairs:
        handle.shift("commuting", -gain, ([i, j], [j, i]))
    actions.grant({})
    return actions


def test_two_cities_by_hand():
    """A wage ratio of 4 with elasticity 1.5 is worth 8, a friction of ln 8 takes it back."""
    size, wage = np.array([100.0, 100.0]), np.array([1.0, 4.0])
    friction = np.array([[0.0, np.log(8)], [np.log(8), 0.0]])
    assert workplace_shares(size, wage, friction, 1.5) == pytest.approx(np.array([[1 / 2, 1 / 2], [1 / 65, 64 / 65]]))
    eased = workplace_shares(size, wage, friction - np.log(2) * (friction > 0), 1.5)
    assert eased == pytest.approx(np.array([[1 / 3, 2 / 3], [1 / 33, 32 / 33]]))


def test_equal_cities_exchange_people_and_none_on_balance():
    rows = small_world().model_dump(mode="json")
    twin = {**rows["regions"][0], "id": "twin", "zone": "leading", "lat": rows["regions"][0]["lat"] + 0.4}
    world = {**rows, "regions": [rows["regions"][0], twin]}
    state = RegionalEconomy(Scenario.model_validate({"name": "x", "world": world, "years": 5, "firms": 1000})).state
    found = commuters_of(state, posted(state, (0, 1)))
    assert found.persons.min() > 1e4
    assert found.workplaces(state.people) == pytest.approx(state.people, rel=1e-9)


def test_no_wedge_is_no_one(state):
    assert commuters_of(state, posted(state)) is NONE
    assert NONE.workplaces(state.people).tobytes() == state.people.tobytes()


def test_commuters_by_hand_and_people_conserved(state):
    """The change of the shares between the posted and the unposted law, of residents of both ends."""
    wedge, m = posted(state, (GUANGZHOU, QINGYUAN), gain=0.5), state.parameters.migration
    friction = commuting_friction(state.world, m)
    found = commuters_of(state, wedge)
    for g in (0, 1):
        odds = state.world.people[:, g] * state.outcome.wage[:, g] ** m.commuting_elasticity * np.exp(-friction)
        f = friction[QINGYUAN, GUANGZHOU]
        better = odds[QINGYUAN].copy()
        better[GUANGZHOU] *= np.exp(f * (1 - np.exp(-0.5 / f)))
        more = better[GUANGZHOU] / better.sum() - odds[QINGYUAN, GUANGZHOU] / odds[QINGYUAN].sum()
        at = (found.home == QINGYUAN) & (found.work == GUANGZHOU)
        assert found.persons[at, g] == pytest.approx(state.people[QINGYUAN, g] * more, rel=1e-12)
    assert set(found.home) == {GUANGZHOU, QINGYUAN}
    # Who works in Guangzhou now works less often elsewhere.
    assert (found.persons[(found.home == QINGYUAN) & (found.work == FOSHAN)] < 0).all()
    assert found.workplaces(state.people).sum(axis=0) == pytest.approx(state.people.sum(axis=0), rel=1e-14)


def test_what_is_out_of_reach_stays_out_of_reach(state):
    assert np.isinf(commuting_friction(state.world, state.parameters.migration)[GUANGZHOU, HENGYANG])
    assert not commuters_of(state, posted(state, (GUANGZHOU, HENGYANG), gain=5.0)).persons.any()


def test_a_home_label_has_no_border():
    given = small_world().model_dump(mode="json")
    away = commuting_friction(loaded(given), m := Migration())
    for city in (GUANGZHOU, FOSHAN):
        given["regions"][city]["home"] = "one"
    within = commuting_friction(loaded(given), m)
    assert away[GUANGZHOU, FOSHAN] - within[GUANGZHOU, FOSHAN] == pytest.approx(m.commuting_border)
    assert away[GUANGZHOU, QINGYUAN] == within[GUANGZHOU, QINGYUAN]


def test_reductions_tend_to_the_friction_and_increases_are_full(state):
    """The one bound of reductions, with the friction as its limit."""
    f = commuting_friction(state.world, m := state.parameters.migration)[QINGYUAN, GUANGZHOU]
    for gain, change in ((1e-6, -1e-6), (1.0, f * np.expm1(-1 / f)), (100.0, -f), (-3.0, 3.0)):
        found = commuters_of(state, posted(state, (GUANGZHOU, QINGYUAN), gain=gain))
        at = (found.home == QINGYUAN) & (found.work == GUANGZHOU)
        friction = commuting_friction(state.world, m)[[QINGYUAN]]
        eased = friction.copy()
        eased[0, GUANGZHOU] += change
        before, after = (
            workplace_shares(state.world.people[:, 0], state.outcome.wage[:, 0], x, m.commuting_elasticity)
            for x in (friction, eased)
        )
        more = state.people[QINGYUAN, 0] * (after - before)[0, GUANGZHOU]
        assert found.persons[at, 0].sum() == pytest.approx(more, rel=1e-3)


def test_a_region_never_loses_all_its_people(state):
    """A small town between large cities that loses its in-commuters as well as its residents."""
    state.people[QINGYUAN] = [500.0, 50.0]
    wedge = posted(state, (GUANGZHOU, FOSHAN), gain=50.0)
    left = commuters_of(state, wedge).workplaces(state.people)
    assert left[QINGYUAN] == pytest.approx((1 - MOST_LEAVING) * state.people[QINGYUAN])
    assert left.sum() == pytest.approx(state.people.sum(), rel=1e-12)


def test_base_year_commuters_are_those_of_the_law_without_policy(state):
    found = base_commuters(state)
    assert not np.diag(found).any() and found[QINGYUAN, GUANGZHOU] > found[GUANGZHOU, QINGYUAN]
    more = commuters_of(state, posted(state, (GUANGZHOU, QINGYUAN), gain=1e-6))
    elasticity = more.persons[(more.home == QINGYUAN) & (more.work == GUANGZHOU)].sum() / 1e-6
    assert elasticity == pytest.approx(found[QINGYUAN, GUANGZHOU], rel=0.1)


def test_wages_are_taken_home():
    """Of 10 workers and 4 talents of the second region 2 and 1 live in the first."""
    people = np.array([[20.0, 5.0], [10.0, 4.0]])
    market = make_market(np.ones((2, 1)), np.ones((2, 1)), np.eye(2), people, sigma=5.0, talent_share=0.4)
    pair = Commuters(np.array([0]), np.array([1]), np.array([[2.0, 1.0]]))
    market = market._replace(commuters_home=pair.home, commuters_work=pair.work, commuters=pair.persons)
    sales = np.array([[30.0], [50.0], [1.0]])
    regional = empty_accounts(2)
    incomes(market, sales, regional)
    pay = 0.2 * regional.workers_bill[1] + 0.25 * regional.talent_bill[1]
    bills = regional.workers_bill + regional.talent_bill
    assert regional.labour_income == pytest.approx(bills + [pay, -pay])
    assert labour_incomes(market, regional).sum(axis=0) == pytest.approx(regional.labour_income)
    spent = regional.consumption / regional.consumption.sum()
    incomes(market._replace(commuters_home=pair.home[:0], commuters_work=pair.work[:0], commuters=pair.persons[:0]),
            sales, regional)  # fmt: skip
    assert spent[0] > regional.consumption[0] / regional.consumption.sum()
