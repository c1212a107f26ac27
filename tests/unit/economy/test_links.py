"""Links of a year: what they depend on, kept while it stands; the cost of bulky goods."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim.config import load
from sim.economy.frictions import bulky
from sim.economy.year.connect import connect, terminals
from sim.model import RegionalEconomy
from sim.policy.posts import Edge
from sim.policy.settlement import Actions
from sim.world import Bulk, Terminals, bulk_saving

WRITES = frozenset({"handling", "port", "edge"})


@pytest.fixture(scope="module")
def model() -> RegionalEconomy:
    return RegionalEconomy(load("small", ["firms=1000", "years=1"]))


@pytest.fixture
def act(model) -> Actions:
    return Actions(model.state.accounts)


def hand(act: Actions, name: str = "one"):
    return act.for_mechanism(SimpleNamespace(name=name, writable=WRITES))


def linked(model, act):
    """Return the links of the base year with what was posted."""
    act.grant({})
    state = replace(model.state)
    connect(state, SimpleNamespace(actions=act))
    return state.links


def test_without_posts_links_are_the_same_object(model, act):
    hand(act).shift("handling", 0.0, 3)
    assert linked(model, act) is model.state.links and model.state.links.bulk is None


def test_reductions_of_handling_are_bounded_and_increases_are_not(model, act):
    """Halved at most, whatever the order and the number of those who reduce it."""
    one, two = hand(act), hand(act, "two")
    two.shift("handling", -0.3, 0)
    two.shift("handling", [-0.2, 0.4], [0, 1])
    one.shift("handling", [-0.1, -20.0, 0.9], [1, 2, 3])
    act.grant({})
    most, found = np.log(2.0), terminals(act)
    by_hand = [-most * (1 - np.exp(-0.5 / most)), 0.4 - most * (1 - np.exp(-0.1 / most)), -most, 0.9]
    assert found.handling[:4] == pytest.approx(by_hand) and not np.any(found.handling[4:]) and found.ports == ()
    assert -0.5 < found.handling[0] < -0.3


def test_of_several_ports_in_a_city_the_nearest_counts(act):
    hand(act).open_port(5, 30.0)
    hand(act, "two").open_port(5, 25.0)
    hand(act, "three").open_port(2, 40.0)
    act.grant({})
    assert terminals(act) == Terminals(ports=((2, 40.0), (5, 25.0)))
    with pytest.raises(ValueError, match="more than 0"):
        hand(act, "four").open_port(5, 0.0)


def test_links_are_kept_while_what_was_posted_stands(model, act):
    world = model.world
    canal = Edge(world.index("liuzhou"), world.index("guilin"), "waterway", 150.0, 25.0, "canal", 0.15)
    one = hand(act)
    one.use_edge(canal)
    one.shift("handling", -0.05, world.centre)
    one.open_port(world.index("ganzhou"), 27.0)
    links = linked(model, act)
    again = links.changed(world, model.state.year, (canal,), {}, terminals(act))
    assert again is links and links.bulk is not None
    quicker = links.changed(world, model.state.year, (canal,), {}, Terminals())
    assert quicker is not links and quicker.hours.people is links.hours.people
    np.testing.assert_allclose(
        links.changed(world, model.state.year, (), {}, Terminals()).hours.goods,
        model.state.links.hours.goods,
        rtol=1e-12,
    )


def test_the_cost_of_bulky_goods_is_that_of_their_hours(model):
    """Freeness falls with hours to the power zeta: of a share of trade, with that share of the power."""
    state, world, p = model.state, model.world, model.state.parameters
    canal = (Edge(world.index("liuzhou"), world.index("guilin"), "waterway", 150.0, 25.0, "canal", 0.15),)
    bulk = state.links.changed(world, state.year, canal, {}, Terminals()).bulk_cost
    t = p.transport
    found = bulk_saving(world, state.year, canal, {}, Terminals(), Bulk(t.bulk("speed"), t.bulk("handling")))
    saving = None if found is None else found.saving
    freeness = np.exp((1.0 - p.production.sigma) * bulk)
    np.testing.assert_allclose(freeness, np.exp(-p.production.distance_elasticity * saving), rtol=1e-12)
    assert freeness.max() > 1.01
    cost = np.full((len(world.sectors), *bulk.shape), 0.1)
    both = bulky(cost, world, bulk)
    for k, sector in enumerate(world.sectors):
        assert np.array_equal(both[k], 0.1 + bulk if sector in ("agriculture", "energy") else cost[k])
    assert bulky(cost, world, None) is cost
