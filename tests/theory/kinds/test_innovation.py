"""Innovation platforms, joint laboratories and links of zones: who learns, and who pays."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.testing import play, small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded
from tests.helpers.paired import at, effect

HIGH, GOODS = 3, 2


def levels():
    """Return the knowledge after a year without policy, (R, S)."""
    return simulate(scenario_with([], small_world(), 1), 1).series["knowledge"][-1]


def posts(years=2, **fields):
    return play(loaded(small_world()), [MECHANISMS[fields["kind"]](**fields)], years).phases[2 * years - 2]


def test_platform_links_targets_to_the_partner_and_shares_its_work():
    second = posts(kind="innovation_platform", targets=["qingyuan", "nanning"], amount=100.0)
    depth, (j, k, c) = 1 - np.exp(-0.2 * 100 / (6 * 12.7)), at("qingyuan", "nanning", "guangzhou")
    link = second.wedges["knowledge_link"]
    assert link[2:5, [j, k], c] == pytest.approx(0.05 * depth) and np.count_nonzero(link) == 6
    work = 0.2 * 100 / 1000  # research of the artificial outcome: 1,000 a city
    research = second.wedges["research"]
    assert research[[j, k], 2:5] == pytest.approx(np.log1p(0.05 * work)) and research[c, HIGH] == pytest.approx(
        np.log1p(work)
    )
    assert np.count_nonzero(research) == 9


def test_targets_of_a_platform_learn_more_the_further_behind_they_are():
    fields = {"kind": "innovation_platform", "amount": 5000.0, "gain": 0.5, "open": 0.0, "funding": {"nation": 1.0}}
    knowledge, services = effect(6, ("knowledge", "services"), **fields)
    (c,), j = at("guangzhou"), at("qingyuan", "shaoguan", "nanning", "qinzhou", "hengyang")
    assert (knowledge[j][:, [2, 3, 4]] > 0).mean() > 0.5 and knowledge[c, HIGH] > 0
    assert np.abs(knowledge[j, 5]).max() < knowledge[j][:, [2, 3, 4]].max() / 10  # a sector that is not served


def test_a_platform_teaches_nothing_to_who_leads():
    """A target that knows most of all learns nothing of a partner that knows least, and pays for its research."""
    base = levels()[:, HIGH]
    ids = loaded(small_world()).regions["id"].tolist()
    best, worst = ids[int(base.argmax())], ids[int(base.argmin())]
    fields = {"kind": "innovation_platform", "sectors": ["high_tech"], "open": 0.0, "gain": 0.5, "amount": 1000.0}
    knowledge, services = effect(
        4, ("knowledge", "services"), **fields, targets=[best], partner=worst, funding={"host": 1.0}
    )
    (j,), (i,) = at(best), at(worst)
    assert knowledge[j, HIGH] < 0 < knowledge[i, HIGH] and services[j] < 0


def test_members_of_a_laboratory_are_linked_in_pairs_and_share_its_work():
    second = posts(kind="joint_lab", targets=["shenzhen", "foshan"], amount=100.0)
    depth, members = 1 - np.exp(-0.2 * 100 / (6 * 25.3)), at("guangzhou", "shenzhen", "foshan")
    link = second.wedges["knowledge_link"][HIGH]
    assert link[np.ix_(members, members)] == pytest.approx(0.1 * depth * (1 - np.eye(3)))
    assert np.count_nonzero(second.wedges["knowledge_link"]) == 6
    assert second.wedges["research"][members, HIGH] == pytest.approx(np.log1p(0.5 * 0.2 * 100 / 1000))


def test_laboratories_serve_laggards_most_and_cost_the_centre():
    fields = {"kind": "joint_lab", "targets": ["shenzhen", "nanning"], "amount": 5000.0, "gain": 0.5, "share": 0.0}
    knowledge, services = effect(6, ("knowledge", "services"), **fields, funding={"centre": 1.0})
    members = at("guangzhou", "shenzhen", "nanning")
    gains = knowledge[members, HIGH]
    outsiders = np.delete(knowledge[:, HIGH], members)
    assert gains.min() > -1e-4 and gains.max() > 10 * np.abs(outsiders).max() and services[members[0]] < 0
    known = levels()[members, HIGH]
    assert gains[known.argmin()] > gains[known.argmax()]


def zones(share, **more):
    fields = {"kind": "zone_link", "targets": ["guangzhou", "nanning"], "amount": 50.0, "zone_share": share}
    return posts(**fields, **more)


def test_zones_trade_by_the_product_of_their_shares_and_learn_by_the_mean():
    one, two = zones(0.2), zones(0.1)
    depth, (i, j) = 1 - np.exp(-0.2 * 50 / (3 * 25.3)), at("guangzhou", "nanning")
    cut = one.reductions["trade"]
    assert cut[:, i, j] == pytest.approx(0.3 * 0.04 * depth) == cut[:, j, i] and np.count_nonzero(cut) == 12
    assert cut == pytest.approx(4 * two.reductions["trade"])
    link = one.wedges["knowledge_link"]
    assert link[[3, 4], i, j] == pytest.approx(0.3 * 0.2 * depth) and np.count_nonzero(link) == 4
    assert link == pytest.approx(2 * two.wedges["knowledge_link"])
    sooner = one.wedges["adoption"]
    assert sooner[i, j] == pytest.approx(0.3 * depth) == sooner[j, i] and np.count_nonzero(sooner) == 2
    assert (sooner == two.wedges["adoption"]).all()


def test_hosts_of_linked_zones_gain_by_the_square_of_the_share_and_neighbours_lose():
    def change(share):
        fields = {"kind": "zone_link", "targets": ["guangzhou", "nanning"], "amount": 500.0, "link": 0.0, "gain": 0.5}
        return effect(3, ("real_income", "value_added", "people"), **fields, zone_share=share, funding={"nation": 1.0})

    large, small, none = change(0.6), change(0.3), change(0.0)
    i, j = at("guangzhou", "nanning")
    gain, half = (one[0][[i, j]] - none[0][[i, j]] for one in (large, small))
    assert (half > 0).all() and gain / half == pytest.approx(np.full(2, 4.0), rel=0.3)
    (rival,) = at("shenzhen")
    assert (large[2] - none[2])[rival, 1] < 0  # talent


@pytest.mark.slow
def test_the_nation_loses_less_by_a_denial_of_imports_with_a_laboratory():
    """Imports of high technology get dearer after nine years, with and without a laboratory that worked until then."""
    plain = load("small", ["firms=2000", "years=13"]).model_copy(update={"mechanisms": ()})
    shock = MECHANISMS["shock"](sectors=["high_tech"], imports=1.0, start=plain.start + 9)
    lab = MECHANISMS["joint_lab"](targets=["shenzhen", "foshan"], amount=20_000.0, gain=0.5, funding={"nation": 1.0})

    def income(seed: int, *mechanisms) -> float:
        series = simulate(plain.model_copy(update={"mechanisms": mechanisms}), seed).series
        people = series["people"][-3:].sum(axis=2)
        return float((series["real_income"][-3:] * people).sum() / people.sum())

    def loss(seed: int, *others) -> float:
        return 100 * np.log(income(seed, *others) / income(seed, shock, *others))

    losses = np.array([(loss(seed), loss(seed, lab)) for seed in range(3)])
    sys.stdout.write(f"national loss, %: without and with the laboratory, by seed {losses.round(5).tolist()}\n")
    spared = losses[:, 0] - losses[:, 1]
    assert (losses > 0).all() and spared.min() > 0
