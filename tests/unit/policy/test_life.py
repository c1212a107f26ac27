"""When mechanisms begin, end, are approved, reversed; who pays with matching; all off by default."""

from __future__ import annotations

import numpy as np
import pytest

from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy, simulate
from sim.policy.mechanism import Approval

TRANSFER = MECHANISMS["fiscal_transfer"]


def scenario(*mechanisms, years=6, **more):
    chosen = load("small", [f"years={years}", "firms=1000"])
    return chosen.model_copy(update={"mechanisms": mechanisms, **more})


def outlays(mechanism, years=6, seed=1):
    """Real outlay by year and payer."""
    model, found = RegionalEconomy(scenario(mechanism, years=years), seed), []
    for _ in range(years):
        model.step()
        granted = model.latest.policy.actions.granted / model.latest.policy.actions.prices
        found.append(granted)
    return np.array(found), model.state.accounts


def test_targets_start_and_end_by_themselves():
    overrides = {"meizhou": {"start": 2022}, "heyuan": {"end": 2022}}
    phased = TRANSFER(targets=["qingyuan", "meizhou", "heyuan"], need_exponent=0.0, overrides=overrides)
    model = RegionalEconomy(scenario(phased))
    seen = []
    for _ in range(4):
        model.step()
        (post,) = model.latest.policy.actions.posts
        seen.append({model.world.regions["id"].iloc[j] for j in post.region})
    both = {"qingyuan", "heyuan"}
    assert seen == [both, both, {"qingyuan", "meizhou"}, {"qingyuan", "meizhou"}]


def test_matching_doubles_the_outlay_for_the_same_cost_of_the_city():
    plain, accounts = outlays(TRANSFER(targets=["meizhou"], funding={"centre": 1.0}), 2)
    more, _ = outlays(TRANSFER(targets=["meizhou"], funding={"centre": 1.0, "matching": {"nation": 1.0}}), 2)
    centre = accounts.treasury[RegionalEconomy(scenario()).world.centre]
    assert more[0, centre] == pytest.approx(plain[0, centre], rel=1e-12)
    assert more[0].sum() == pytest.approx(2 * plain[0].sum(), rel=1e-12)
    assert more[0, accounts.nation] == pytest.approx(plain[0, centre], rel=1e-12)
    spec = TRANSFER(targets=["meizhou"], funding={"centre": 1.0, "matching": {"nation": 1.0}})
    world = RegionalEconomy(scenario()).world
    assert spec.planned_cost(world, 5) == 2 * TRANSFER(targets=["meizhou"]).planned_cost(world, 5)


def test_a_lag_delays_the_effect_and_nothing_else():
    now, _ = outlays(TRANSFER(targets=["meizhou"]), 5)
    late, _ = outlays(TRANSFER(targets=["meizhou"], approval=Approval(lag=3)), 5)
    assert not late[:3].any() and late[3:].sum() > 0
    assert now[:3].sum(axis=1).min() > 0


def test_reversal_ends_it_for_good_and_two_arms_share_the_draw():
    ends = []
    for seed in range(6):
        paid = outlays(TRANSFER(targets=["meizhou"], reversal=0.3), 6, seed)[0].sum(axis=1) > 0
        assert not (np.diff(paid.astype(int)) > 0).any()
        other = outlays(TRANSFER(targets=["heyuan"], reversal=0.3), 6, seed)[0].sum(axis=1) > 0
        assert (paid == other).all()
        ends.append(paid.sum())
    assert 0 < np.mean(ends) < 6 and len(set(ends)) > 1
    assert TRANSFER(reversal=0.3).credibility == pytest.approx(0.25) and TRANSFER().credibility == 1.0


def test_practice_raises_what_arrives():
    paid = outlays(TRANSFER(targets=["meizhou"], delivery=0.5, practice=0.3), 6)[0].sum(axis=1)
    assert (np.diff(paid) > 0).all() and paid[0] == pytest.approx(500, rel=0.1) and paid[-1] > 800


def test_draws_do_not_depend_on_order_or_on_what_else_is_drawn():
    model = RegionalEconomy(scenario(TRANSFER()))
    from sim.policy.view import Setting, View

    setting = Setting(2021, model.world, model.state.parameters, model.state.accounts, seed=7)
    one, two = (View(model.state.outcome, (), setting, "m") for _ in range(2))
    two.draw("other", 3)
    assert np.array_equal(one.draw("meter", 5), two.draw("meter", 5))
    assert np.array_equal(one.draw("meter", 5)[:3], one.draw("meter", 3))
    assert not np.array_equal(one.draw("meter", 5), one.draw("meter", 5, 2022))
    many = one.draw("many", 20_000)
    assert abs(many.mean()) < 0.03 and abs(many.std() - 1.0) < 0.02


def test_the_new_settings_change_no_bit_where_they_are_off():
    plain = simulate(scenario(TRANSFER()), 1)
    off = TRANSFER(
        approval={"lag": 0, "chance": 1.0}, practice=0.0, reversal=0.0, funding={"centre": 1.0, "matching": {}}
    )
    same = simulate(scenario(off), 1)
    assert all(np.array_equal(plain.series[key], same.series[key]) for key in plain.series)
