"""Upgrading of industry and relief of functions: targets and receivers gain, rivals, payers and sources lose."""

from __future__ import annotations

import numpy as np
import pytest

from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.testing import play, small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded
from tests.helpers.paired import at, effect

GOODS, HIGH = 2, 3


def posts(change=None, years=2, **fields):
    return play(loaded(small_world()), [MECHANISMS[fields["kind"]](**fields)], years, change=change).phases


def test_upgrading_is_taken_up_by_talent_and_paid_half_to_firms():
    world = loaded(small_world())
    fields = {"kind": "industrial_upgrading", "targets": ["nanning", "hengyang"], "amount": 1000.0, "cluster": 0.02}
    first, _, second, _ = posts(**fields)
    j, (c,) = at("nanning", "hengyang"), at("guangzhou")
    size = world.value_added[j][:, [GOODS, HIGH]].sum()
    depth = 1 - np.exp(-0.2 * 1000 / (1.2 * size / 1000))
    people = world.people
    talent = people[:, 1] / people.sum(axis=1) / (people[:, 1].sum() / people.sum())
    added = world.value_added
    quotient = (added / added.sum(axis=1, keepdims=True))[j, GOODS] / (added[:, GOODS].sum() / added.sum())
    share = np.minimum(1.0, talent[j])
    assert share[1] < share[0] <= 1 < quotient.min()
    expected = depth * (0.05 * share + 0.02 * np.log(quotient))
    assert second.wedges["productivity"][j, GOODS] == pytest.approx(expected)
    assert not second.wedges["productivity"][:, [0, 1, 4, 5]].any() and not first.wedges["productivity"].any()
    assert first.purchases_services[c] == pytest.approx(500) == first.firm_grants.sum()
    ((sectors, grants),) = first.grants_by_sectors
    assert sectors.tolist() == [False, False, True, True, False, False] and grants[j].sum() == pytest.approx(500)


def test_upgraded_industry_grows_and_that_of_neighbours_shrinks():
    fields = {"kind": "industrial_upgrading", "targets": ["nanning"], "amount": 2000.0, "gain": 0.1}
    (added,) = effect(5, ("value_added",), **fields, funding={"nation": 1.0})
    (j,) = at("nanning")
    assert added[j, GOODS] > 0 and added[j, HIGH] > 0
    assert (np.delete(added[:, GOODS], j) < 0).all()


def test_hosts_that_pay_too_much_lose_services_and_gain_no_more():
    (j,) = at("nanning")

    def change(amount):
        fields = {"kind": "industrial_upgrading", "targets": ["nanning"], "amount": amount, "grant_share": 0.0}
        services, added = effect(6, ("services", "value_added"), **fields, funding={"host": 1.0})
        return services[j], added[j, GOODS]

    (lost, gain), (more, most) = change(500.0), change(20_000.0)
    assert more < lost < 0 < gain and more < -0.02 and most < 1.5 * gain


def test_upgrading_by_subsidies_alone_raises_returns_and_not_productivity():
    fields = {"kind": "industrial_upgrading", "targets": ["nanning"], "amount": 2000.0, "gain": 0.0, "grant_share": 1.0}
    assert not posts(**fields)[2].wedges["productivity"].any()
    capital, added = effect(5, ("capital", "value_added"), **fields, funding={"nation": 1.0})
    (j,) = at("nanning")
    assert capital[j, [GOODS, HIGH]].min() > 0 and added[j, GOODS] > 0 > capital[j, [0, 1, 4, 5]].max()


RELIEF = {"kind": "function_relief", "targets": ["qingyuan", "nanning"], "sectors": ["manufacturing"]}


def test_relief_posts_its_mean_depth_at_the_source_and_adds_services_for_receivers():
    first, _, second, _ = posts(**RELIEF, amount=500.0)
    j, (c,) = at("qingyuan", "nanning"), at("guangzhou")
    depth = 1 - np.exp(-0.2 * 500 / (100 * 12.7))
    investment = second.wedges["investment"]
    assert investment[j, GOODS] == pytest.approx(0.1 * depth) and investment[c, GOODS] == pytest.approx(-0.1 * depth)
    assert np.count_nonzero(investment) == 3
    assert second.wedges["site_attraction"][c, GOODS] == pytest.approx(-depth)
    assert second.wedges["housing"][c] == pytest.approx(0.05 * depth)
    assert first.adds_services[j].sum() == pytest.approx(500)


def test_relief_lowers_industry_and_rent_at_the_source_raises_receivers_and_adds_nothing_to_the_nation():
    names = ("value_added", "rent", "emissions", "capital")
    fields = RELIEF | {"amount": 2000.0, "gain": 0.3, "funding": {"centre": 1.0}}
    added, rent, emissions, capital = effect(6, names, **fields)
    j, (c,) = at("qingyuan", "nanning"), at("guangzhou")
    assert added[c, GOODS] < 0 and capital[c, GOODS] < -0.01 and rent[c] < 0 and emissions[c] < 0
    assert (added[j, GOODS] > 0).all() and (emissions[j] > 0).all()


def test_relief_does_not_raise_national_output():
    fields = RELIEF | {"amount": 2000.0, "gain": 0.3, "funding": {"centre": 1.0}}
    totals = [
        simulate(scenario_with(chosen, small_world(), 6), 1).series["value_added"][-1].sum()
        for chosen in ([], [MECHANISMS["function_relief"](**fields)])
    ]
    assert totals[1] < totals[0]
