"""Evaluation: what it estimates, how it divides money, and that it sees only what an evaluator sees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.config import Scenario
from sim.errors import UserError
from sim.mechanisms import MECHANISMS
from sim.mechanisms.institutions.estimate import covariates, divide, estimate, scores
from sim.model import RegionalEconomy, simulate
from sim.testing import small_world
from sim.testing.world import loaded

FREE = {"kind": "fiscal_transfer", "name": "free", "targets": ["qingyuan", "nanning"], "amount": 400}
WORKS = {
    "kind": "fiscal_transfer", "name": "works", "targets": ["shaoguan", "hengyang"], "amount": 600,
    "earmark": "infrastructure", "effort": 1.0,
}  # fmt: skip
EVALUATION = {"kind": "evaluation", "managed": ["free", "works"], "every": 2, "noise": 0.0, "covariates": False}


def scenario(*mechanisms, years=7):
    given = {"name": "evaluated", "world": small_world(), "years": years, "firms": 1000, "start": 2020, "record": "all"}
    return Scenario.model_validate({**given, "mechanisms": [{"start": 2022, **m} for m in mechanisms]})


def test_effects_are_recovered_by_least_squares_and_collinear_doses_are_not():
    rng = np.random.default_rng(1)
    controls, dose = rng.standard_normal((200, 3)), rng.random((200, 2))
    change = 1.0 + controls @ [0.5, -0.2, 0.1] + dose @ [2.0, -1.0] + 0.01 * rng.standard_normal(200)
    found = estimate(change, dose, controls)
    assert found.effect == pytest.approx([2.0, -1.0], abs=0.02) and (found.error < 0.01).all()
    twice = estimate(change, np.column_stack([dose[:, 0], 3.0 * dose[:, 0]]), controls)
    assert (twice.error > 1.0).all()
    same = estimate(change, np.column_stack([dose[:, 0], np.ones(200)]), controls)
    assert same.error[1] > 1e6 and same.effect[0] == pytest.approx(2.0, abs=0.3)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0.01, 100.0)] * 2), min_size=2, max_size=6), st.floats(0.15, 2.9))
def test_money_is_divided_within_bounds_and_its_sum_is_kept(cells, level):
    wanted, planned = np.array(cells).T
    envelope = level * planned.sum()
    divided = divide(np.log(wanted), 0.1 * planned, 3.0 * planned, envelope)
    assert divided.sum() == pytest.approx(envelope, rel=1e-12)
    assert (divided >= 0.1 * planned * (1 - 1e-9)).all() and (divided <= 3.0 * planned * (1 + 1e-9)).all()
    inside = (divided > 0.101 * planned) & (divided < 2.99 * planned)
    ratio = (divided / wanted)[inside]
    assert np.allclose(ratio, ratio[:1])


def test_an_envelope_beyond_the_bounds_is_left_over():
    assert divide(np.zeros(2), np.full(2, 0.1), np.full(2, 3.0), 100.0) == pytest.approx([3.0, 3.0])
    assert divide(np.zeros(2), np.full(2, 0.1), np.full(2, 3.0), 0.0) == pytest.approx([0.1, 0.1])


def test_covariates_describe_the_base_year():
    world = loaded(small_world())
    given = covariates(world)
    assert len(given) == 8 and np.isfinite(given).all()
    assert given[:, 1] == pytest.approx(np.log(world.people.sum(axis=1)))


def test_the_sum_of_money_stays_and_moves_to_what_seems_to_work():
    with_it = simulate(scenario(FREE, WORKS, {**EVALUATION, "prior": 0.001, "stop": 99.0}))
    scales = [with_it.reports["evaluation", f"scale of {name}"][-1] for name in ("free", "works")]
    assert min(scales) < 1.0 < max(scales)
    better = int(np.argmax([with_it.reports["evaluation", f"estimate of {n}"][3] for n in ("free", "works")]))
    assert scales[better] == max(scales)
    plain = simulate(scenario(FREE, WORKS))
    one, two = (sum(run.reports[n, "public outlay"][4:] for n in ("free", "works")) for run in (with_it, plain))
    assert one == pytest.approx(two, rel=0.02)  # prices change, the envelope does not


def test_what_harms_is_ended_for_good():
    run = simulate(scenario(FREE, WORKS, {**EVALUATION, "stop": 0.0, "prior": 0.001}))
    ended = run.reports["evaluation", "mechanisms ended"]
    assert ended[-1] == 2 or min(run.reports["evaluation", f"scale of {n}"][-1] for n in ("free", "works")) == 0.0


def test_strength_0_moves_nothing_and_the_order_does_not_matter():
    def series(*mechanisms):
        run = simulate(scenario(*mechanisms))
        return {name: value.tobytes() for name, value in run.series.items()}

    off = {**EVALUATION, "strength": 0.0}
    assert series(FREE, WORKS, off) == series(FREE, WORKS)
    assert series(FREE, WORKS, EVALUATION) == series(EVALUATION, WORKS, FREE)


def test_it_takes_place_only_if_it_is_paid():
    model = RegionalEconomy(scenario(FREE, WORKS, {**EVALUATION, "delivery": 0.0}))
    for _ in range(7):
        model.step()
    assert not model.state.scales


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"managed": ["free", "work"]}, "no mechanism 'work'.*did you mean 'works'"),
        ({"managed": ["free", "free"]}, "named twice"),
        ({"managed": ["free", "evaluation"]}, "no mechanism 'evaluation'"),
    ],
)
def test_what_it_cannot_manage_is_refused(change, text):
    with pytest.raises(ValueError, match=text):
        scenario(FREE, WORKS, {**EVALUATION, **change})


def test_no_mechanism_is_managed_twice_and_no_evaluation_managed():
    with pytest.raises(ValueError, match="is managed by 'other' too"):
        scenario(FREE, WORKS, EVALUATION, {**EVALUATION, "name": "other"})
    with pytest.raises(ValueError, match="is an evaluation itself"):
        third = {**FREE, "name": "third"}
        scenario(FREE, WORKS, third, EVALUATION, {**EVALUATION, "name": "other", "managed": ["third", "evaluation"]})


def test_a_name_that_is_not_managed_is_reported_with_its_line(tmp_path):
    from sim.config import load

    file = tmp_path / "s.yaml"
    file.write_text(
        "kind: scenario\nname: s\nworld: guangzhou\nyears: 3\nmechanisms:\n"
        "  - {kind: fiscal_transfer, name: free}\n"
        "  - kind: evaluation\n    managed: [free, works]\n",
        encoding="utf-8",
    )
    with pytest.raises(UserError, match=r"s\.yaml:8:5: mechanisms\.1\.managed: no mechanism 'works'"):
        load(file)


def test_overstated_growth_is_credited_to_the_money():
    memory = MECHANISMS["evaluation"](managed=["a", "b"]).prepare(loaded(small_world()), None, 2020)
    memory.proxy = [np.zeros(8), np.zeros(8), np.zeros(8)]
    spent = np.zeros((2, 8))
    spent[0, 3], spent[1, 4] = 10.0, 30.0
    memory.outlay = [np.zeros((2, 8)), spent, spent]
    dose = memory.doses(np.full(8, 2.0))
    assert dose[3].tolist() == [10.0, 0.0] and dose[4].tolist() == [0.0, 30.0]
    assert memory.changes(dose, 0, 0.018)[[3, 4, 5]] == pytest.approx([0.018 * 2 * 0.5, 0.018 * 2 * 1.5, 0.0])


def test_money_goes_to_regions_that_grow_anyway_where_regions_are_compared_as_they_are():
    world = small_world().model_dump()
    slow, fast = ["qingyuan", "shaoguan"], ["nanning", "qinzhou"]
    for row in world["regions"]:
        row["natural_rate"] = -0.02 if row["id"] in slow else 0.02 if row["id"] in fast else 0.0
    judge = {**EVALUATION, "managed": ["works", "useless"], "every": 3, "prior": 0.5, "pretrend": False}
    useless = {"kind": "industrial_upgrading", "name": "useless", "gain": 0.0, "grant_share": 0.0, "at_partner": 0.0}
    given = {"name": "chosen", "world": world, "years": 8, "firms": 1000, "start": 2020, "record": "core"}

    def scales(where, other, seed):
        both = {**WORKS, "targets": where, "amount": 3000}, {**useless, "targets": other, "amount": 3000}
        judged = {**judge, "controls": ["supporting", "leading"]}
        mechanisms = [{**m, "start": 2022} for m in (*both, judged)]
        run = simulate(Scenario.model_validate({**given, "mechanisms": mechanisms}), seed)
        return [float(run.reports["evaluation", f"scale of {name}"][-1]) for name in ("works", "useless")]

    for seed in (1, 2):
        works, nothing = scales(slow, fast, seed)
        assert works < 0.5 and nothing > 1.5
        works, nothing = scales(fast, slow, seed)
        assert works > 1.5 and nothing < 0.5


def test_money_for_a_mechanism_is_what_its_scale_says():
    run = simulate(scenario(FREE, WORKS, {**EVALUATION, "prior": 0.001, "stop": 99.0}))
    for name, planned in (("free", FREE["amount"]), ("works", WORKS["amount"])):
        scale, spent = run.reports["evaluation", f"scale of {name}"], run.reports[name, "public outlay"]
        assert spent[4:] == pytest.approx(planned * scale[3:-1], rel=0.05)  # prices differ from those expected
        assert not 0.9 < scale[-1] < 1.1


@pytest.mark.filterwarnings("error")
def test_what_seems_far_better_is_given_all_up_to_the_bounds():
    least, most = np.full(2, 0.1), np.full(2, 3.0)
    assert divide(np.array([0.0, 1e4]), least, most, 2.0) == pytest.approx([0.1, 1.9])
    assert divide(np.array([0.0, -1e4]), least, most, 4.0) == pytest.approx([3.0, 1.0])
    assert divide(np.zeros(0), np.zeros(0), np.zeros(0), 1.0).tolist() == []


def test_an_effect_that_is_hardly_known_says_nothing_about_the_others():
    known = scores(np.array([1.0, 2.0, 3.0]), np.full(3, 0.1), 0.5)
    assert known == pytest.approx(np.array([-1.0, 0.0, 1.0]) / np.hypot(0.1, 0.5))
    with_one = scores(np.array([1.0, 2.0, 3.0, 900.0]), np.array([0.1, 0.1, 0.1, 1e4]), 0.5)
    assert with_one == pytest.approx([*known, 0.09], abs=0.01)
