"""Compensation on rivers, paired assistance, tailored policy, pilots, partnerships: directions, and laws by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from sim.mechanisms.institutions.reform import Reform
from sim.model import simulate
from sim.testing import play, small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded
from sim.world import load_world, select
from tests.helpers.comparing import baseline, between, change, made, recorded

WORLD = loaded(small_world())
QINGYUAN, FOSHAN = WORLD.index("qingyuan"), WORLD.index("foshan")
RIVER = {"upstream": ["qingyuan", "shaoguan"], "downstream": ["guangzhou"]}
UPSTREAM = ["qingyuan", "shaoguan"]
MANUFACTURING = 2


def river(**fields):
    return made("ecological_compensation", **RIVER, **fields)


def test_money_follows_the_reading_and_abatement_the_effort_by_hand():
    run = play(WORLD, [river(error=0, standard=1, own_effort=500)], 2)
    first, second = ([p for p in run.phases[k].posts if p.purpose.startswith("compensation")] for k in (0, 2))
    people = WORLD.people.sum(axis=1)[[3, 4]]
    share = people / people.sum()
    (post,) = second
    assert not first  # the reference is read
    assert post.granted.tolist() == pytest.approx([*(1000 * share), *(600 * share)])
    assert set(post.payer[:2]) == {run.accounts.treasury[0]} and set(post.payer[2:]) == {run.accounts.nation}
    depth = 1 - np.exp(-0.2 * 500e6 / (300 * people.sum()))
    assert run.phases[2].wedges["emission_factor"][QINGYUAN] == pytest.approx(np.log(1 - 0.3 * depth))
    failed = play(WORLD, [river(error=0, standard=0.9)], 2).phases[2].posts
    post = next(p for p in failed if p.purpose.startswith("compensation"))
    assert post.payer[:2].tolist() == run.accounts.treasury[[3, 4]].tolist() and post.paid == pytest.approx(1000)


def test_a_standard_within_reach_pays_upstream_and_one_beyond_it_does_not():
    met, missed, nothing_done = (river(**f) for f in ({"standard": 1}, {"standard": 0.9}, {"abatement": 0}))
    paid = {name: change("public_revenue", m) for name, m in (("met", met), ("missed", missed))}
    for city in UPSTREAM:
        assert paid["met"][city] > 0.2 and paid["missed"][city] < 0.5 * paid["met"][city]
        assert change("environment", met)[city] > 0.1
        assert change("services", missed)[city] < change("services", met)[city]
        assert abs(change("environment", nothing_done)[city]) < 0.01  # money moves and no water
    assert paid["missed"]["guangzhou"] > paid["met"]["guangzhou"]


def test_aid_by_hand():
    aid = made("paired_assistance", pairs={"guangzhou": "qingyuan", "foshan": "qingyuan"}, amount=100)
    run = play(WORLD, [aid], 2)
    first = run.phases[0]
    assert first.public_outlay == pytest.approx(200)
    assert first.adds_infrastructure[QINGYUAN] == pytest.approx(60)
    assert first.adds_services[QINGYUAN] == pytest.approx(40)
    assert first.purchases_services[QINGYUAN] == pytest.approx(80)
    link, attraction = (run.phases[2].wedges[name] for name in ("knowledge_link", "site_attraction"))
    assert link[:, QINGYUAN, [0, FOSHAN]] == pytest.approx(np.full((6, 2), 0.2 * (1 - np.exp(-100 / 2e4 / 0.01))))
    assert attraction[QINGYUAN] == pytest.approx(0.2 * (1 - np.exp(-200 / 2e4 / 0.01)))


def test_aid_helps_receivers_at_the_donors_cost_and_shifts_them_from_manufacturing():
    pairs = {"pairs": {"guangzhou": "qingyuan"}, "amount": 3000, "attraction": 0, "link": 0}
    aid, market = (
        made("paired_assistance", **pairs, division=division)
        for division in ({}, {"money": 0, "works": 0, "services": 0, "market": 1})
    )
    output, services = change("value_added", aid), change("services", aid)
    assert output["qingyuan"] > 0.1 and services["qingyuan"] > 0.1 and services["guangzhou"] < -0.1
    assert change("value_added", aid, sector=MANUFACTURING)["qingyuan"] < output["qingyuan"] - 0.05
    assert change("value_added", market)["qingyuan"] < output["qingyuan"]


def test_tailored_money_is_the_same_and_follows_needs_as_they_are_seen():
    menus = {}
    for fit, noise in ((0, 0), (2, 0), (2, 3)):
        run = play(WORLD, [made("policy_fit", amount=3000, fit=fit, noise=noise, survey=0.1)], 1)
        assert run.phases[0].public_outlay == pytest.approx(3000)
        menus[fit, noise] = run.memories["policy_fit"].menu[3:]
        assert run.phases[0].adds_services.sum() == pytest.approx(
            0.9 * 3000 * (menus[fit, noise][:, 0] * (size := WORLD.people[3:].sum(axis=1))).sum() / size.sum()
        )
    assert menus[0, 0] == pytest.approx(np.full((5, 3), 1 / 3))
    need = -np.log(0.7 - 0.1 * np.linspace(0, 1, 8))[3:]  # of services; that of infrastructure is the same everywhere
    odds = np.log(menus[2, 0][:, 0] / menus[2, 0][:, 1])
    assert odds == pytest.approx(2 * (need - (size * need).sum() / size.sum()))
    assert np.abs(menus[2, 3] - menus[2, 0]).max() > 0.1


def test_naive_authorities_keep_what_careful_ones_drop():
    from types import SimpleNamespace

    def judged(naive, effect, error):
        spec = SimpleNamespace(mean=-0.01, sd=0.02, noise=0.04, effort=0.02, naive=naive, threshold=0.0)
        reform = Reform(0, effect, 0, np.zeros(1, bool), np.zeros(1))
        reform.judge(spec, error)
        return reform

    seen = -0.01 + 0.02 + 0.04 * 0.5
    assert judged(True, -0.01, 0.5).merit == pytest.approx(seen) and judged(True, -0.01, 0.5).kept
    careful = judged(False, -0.01, 0.5)
    assert careful.merit == pytest.approx(-0.01 + 0.2 * 0.02) and not careful.kept


def test_reforms_are_tried_kept_and_copied_by_hand():
    sure = {"targets": ["foshan"], "adopters": ["supporting"], "mean": 0.02, "sd": 0, "noise": 0, "trial_years": 2}
    run = play(WORLD, [made("pilot_zone", **sure, hazard=1e6, limit=1)], 6)
    productivity = [phase.wedges["productivity"][:, 0] for phase in run.phases[::2]]
    assert [p[FOSHAN] for p in productivity[:4]] == pytest.approx([0, 0.03, 0.02, 0.02 + 0.03])
    share = WORLD.value_added / WORLD.value_added.sum(axis=1, keepdims=True)
    alike = 1 - 0.25 * np.abs(share[QINGYUAN] - share[FOSHAN]).sum()
    assert [p[QINGYUAN] for p in productivity[:4]] == pytest.approx([0, 0, 0, 0.02 * alike])
    assert run.phases[4].public_outlay == pytest.approx(500 + 5 * 500) and run.phases[0].public_outlay == 500
    half = play(WORLD, [made("pilot_zone", **sure, delivery=0.5)], 6)
    assert [len(r.memories["pilot_zone"].reforms) for r in (run, half)] == [3, 2]  # half the money, half the pace


def test_linked_zones_copy_reforms_sooner():
    """The rate at which a region copies is multiplied; in a run it follows the link, which the others do not have."""
    pilots = made(
        "pilot_zone", targets=["foshan"], adopters=["supporting"], mean=0.02, sd=0.001, trial_years=2, hazard=0.3
    )

    def copies(adoption: float) -> int:
        linked = np.zeros((WORLD.n_regions, WORLD.n_regions))
        linked[FOSHAN, QINGYUAN] = adoption
        run = play(WORLD, [pilots], 12, change={"adoption": linked})
        return sum(int(reform.copying[QINGYUAN]) for reform in run.memories["pilot_zone"].reforms)

    assert copies(-30.0) == 0 < copies(0.0) < copies(5.0)
    zone = made("zone_link", targets=["foshan", "qingyuan"], amount=500.0, gain=0.0, link=0.0, adoption=3.0)
    alone = recorded(pilots).reports["pilot_zone", "copies"]
    linked = recorded(pilots, zone).reports["pilot_zone", "copies"]
    assert (linked >= alone).all() and linked.sum() > alone.sum()


def test_replication_helps_those_who_copy_less_where_the_pilot_differs():
    sure = {"targets": ["foshan"], "mean": 0.02, "sd": 0.001, "trial_years": 2, "funding": {"nation": 1.0}}
    alone = change("value_added", made("pilot_zone", **sure))
    copied = change("value_added", made("policy_replication", **sure, hazard=5.0))
    unlike = change("value_added", made("policy_replication", **sure, hazard=5.0, mismatch=1.0))
    assert alone["foshan"] > 1
    for city in ("nanning", "hengyang"):
        assert copied[city] > alone[city] + 0.5 and unlike[city] < copied[city]


def test_naive_copies_of_harmful_reforms_hurt():
    harm = {
        "targets": ["foshan"],
        "mean": -0.02,
        "sd": 0.001,
        "noise": 0.1,
        "effort": 0.03,
        "trial_years": 1,
        "hazard": 5,
    }
    assert change("value_added", made("policy_replication", **harm))["nanning"] < -0.5
    careful = change("value_added", made("policy_replication", **harm, naive=False))
    assert careful["nanning"] > -0.1


def test_partners_spare_the_public_now_and_cost_it_later_more_so_where_money_is_dear():
    work = {"targets": ["qingyuan"], "amount": 10_000}
    public = recorded(made("public_private_partnership", **work, private=0, build_years=5), years=12)
    fair = recorded(made("public_private_partnership", **work, years=8), years=12)
    dear = recorded(made("public_private_partnership", **work, years=8, rate=0.15, saving=0), years=12)
    paid = {name: run.series["public_outlay"] for name, run in (("public", public), ("fair", fair), ("dear", dear))}
    assert (paid["fair"][:3] < 0.7 * paid["public"][:3]).all() and (paid["fair"][6:11] > paid["public"][6:11]).all()
    assert (paid["dear"][3:11] > 1.3 * paid["fair"][3:11]).all() and not paid["fair"][11:].any()
    services = [between(run, baseline(12, ()), "services")[QINGYUAN] for run in (fair, dear)]
    assert services[1] < services[0] < 0


def test_the_deal_has_one_place_in_a_config():
    with pytest.raises(ValidationError, match="is given by private, rate"):
        made("public_private_partnership", funding={"host": 1.0, "private": {"share": 0.5}})


def test_tailored_money_gains_where_needs_are_known_and_loses_where_they_are_not():
    supporting = select(load_world("guangzhou", 2020), ["supporting"])

    def output(**fields):
        mechanism = made("policy_fit", amount=400_000, funding={"nation": 1.0}, **fields)
        scenario = scenario_with([mechanism], "guangzhou", 8).model_copy(update={"firms": 2000})
        return simulate(scenario, 1).series["value_added"][-1][supporting].sum()

    alike = output()
    known, unknown = (np.log(output(fit=4, noise=noise) / alike) for noise in (0, 1))
    assert known > 2e-5 and unknown < -2e-5
