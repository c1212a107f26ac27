"""Handling of goods, ports that are opened and bulky goods on water, by hand and against searches from scratch."""

from __future__ import annotations

import numpy as np
import pytest

from sim.catalogue import SECTORS
from sim.parameters import Transport
from sim.policy.posts import Edge
from sim.world import Bulk, InlineWorld, Terminals, World, bulk_saving, edges_in_use, load_world, travel_hours

INTERNAL = 0.5  # h, of 10,000 km2
ROAD, RAIL, RAIL_SPEED = 0.2, 6.0, 0.9  # handling, h; generalised over commercial speed
BULK = Bulk(Transport().bulk("speed"), Transport().bulk("handling"))
YEAR = 2020


def line_of_three(**more) -> World:
    """a - b by rail, 720 km at 80 km/h; b - c by road, 42 km at 60 km/h; a port in c, 24 h from the world market."""
    regions = [
        {
            "id": name, "lat": 23.0, "lon": 110.0 + k, "workers": 1e6, "talent": 1e5,
            "zone": "centre" if name == "a" else "supporting", "value_added": dict.fromkeys(SECTORS, 1e4),
            "port_hours": 24.0 if name == "c" else None,
        }
        for k, name in enumerate("abc")
    ]  # fmt: skip
    edges = [
        {"a": "a", "b": "b", "mode": "rail", "km": 720.0, "speed": 80.0},
        {"a": "b", "b": "c", "mode": "road", "km": 42.0, "speed": 60.0},
    ]
    given = {"kind": "inline", "year": YEAR, "regions": regions} | ({} if "hours" in more else {"edges": edges}) | more
    return load_world(InlineWorld.model_validate(given), YEAR)


@pytest.fixture(scope="module")
def three() -> World:
    return line_of_three()


@pytest.fixture(scope="module")
def china() -> World:
    return load_world("guangzhou", YEAR)


def hours_with(world: World, terminals: Terminals):
    return travel_hours(world, edges_in_use(world, YEAR), None, terminals)


def test_gateway_hours_of_three_cities_by_hand(three):
    rail, road = 720 / (80 * RAIL_SPEED), 42 / (60 * 0.7)
    plain = hours_with(three, Terminals())
    assert plain.gateway == pytest.approx([
        rail + road + RAIL + ROAD + INTERNAL + 24, road + ROAD + INTERNAL + 24, INTERNAL / 2 + 24
    ])  # fmt: skip
    # In b a train is unloaded and a truck loaded; in c a truck is unloaded and a ship loaded.
    for region, there in ((1, [RAIL / 2 + ROAD / 2, ROAD / 2, 0.0]), (2, [ROAD / 2 + 24, ROAD / 2 + 24, 24.0])):
        handling = [0.0, 0.0, 0.0]
        handling[region] = -0.3
        found = hours_with(three, Terminals(tuple(handling)))
        assert found.gateway == pytest.approx(plain.gateway + np.array(there) * np.expm1(-0.3))
        assert (found.people == plain.people).all() and (found.information == plain.information).all()


def test_an_opened_port_shortens_hours_where_it_is_nearer_and_lengthens_none(three):
    plain = hours_with(three, Terminals())
    found = hours_with(three, Terminals(ports=((1, 23.0),)))
    assert found.gateway == pytest.approx([10 + RAIL + INTERNAL + 23, INTERNAL / 2 + 23, INTERNAL / 2 + 24])
    assert hours_with(three, Terminals(ports=((2, 30.0),))).gateway.tolist() == plain.gateway.tolist()
    both = hours_with(three, Terminals((0.0, -0.2, 0.0), ((1, 23.0),)))
    assert both.gateway[1] == pytest.approx(INTERNAL / 2 + 23 * np.exp(-0.2))


def test_without_changes_terminals_are_those_of_the_world_bit_for_bit(china):
    edges = edges_in_use(china, YEAR)
    one, two = travel_hours(china, edges), travel_hours(china, edges, None, Terminals())
    zero = travel_hours(china, edges, None, Terminals((0.0,) * china.n_regions))
    for layer in ("people", "goods", "information", "gateway"):
        assert getattr(one, layer).tobytes() == getattr(two, layer).tobytes() == getattr(zero, layer).tobytes()


def test_hours_of_goods_are_searched_from_scratch_when_handling_changes_and_when_it_is_back(china):
    """Searches from the ends of new links alone would keep the handling of the year before."""
    edges = edges_in_use(china, YEAR)
    more = [Edge(china.index("guangzhou"), china.index("meizhou"), "rail", 330.0, 120.0, "plan")]
    handling = np.zeros(china.n_regions)
    handling[china.index("guangzhou")] = -0.1
    changed = Terminals(tuple(handling.tolist()))
    before, hours = edges, travel_hours(china, edges)
    for after, terminals in ((edges, changed), (edges_in_use(china, YEAR, more), changed), (edges, Terminals())):
        found = travel_hours(china, after, (before, hours), terminals)
        full = travel_hours(china, after, None, terminals)
        for layer in ("people", "goods", "gateway"):
            np.testing.assert_allclose(getattr(found, layer), getattr(full, layer), rtol=1e-12)
        before, hours = after, found
    shorter = travel_hours(china, edges, None, changed)
    assert (shorter.goods <= hours.goods + 1e-12).all() and (shorter.goods < hours.goods - 1e-3).any()
    assert travel_hours(china, edges, (edges, shorter), changed).goods is shorter.goods


def water(a: int, b: int, km: float, share: float) -> Edge:
    return Edge(a, b, "waterway", km, 25.0, "canal", share)


def saved(world: World, links, terminals: Terminals = Terminals()) -> np.ndarray:
    found = bulk_saving(world, YEAR, links, {}, terminals, BULK)
    assert found is not None
    return found.saving


def test_bulky_goods_of_three_cities_by_hand():
    world = line_of_three(edges=[
        {"a": "a", "b": "b", "mode": "road", "km": 700.0, "speed": 60.0},
        {"a": "b", "b": "c", "mode": "expressway", "km": 40.0, "speed": 80.0},
    ])  # fmt: skip
    found = saved(world, [water(0, 1, 800.0, 0.2)])
    road, ship = 700 / (60 * 0.7) + 0.2, 800 / (25 * 8) + 3.0
    truck = 40 / (80 * 0.5) + 0.5
    expected = np.zeros((4, 4))
    expected[0, 1] = np.log((ship + INTERNAL) / (road + INTERNAL))
    expected[0, 2] = np.log((ship + truck + INTERNAL) / (road + truck + INTERNAL))
    expected[0, 3] = np.log((ship + truck + INTERNAL + 24) / (road + truck + INTERNAL + 24))
    assert found == pytest.approx(0.2 * (expected + expected.T), abs=1e-15)
    # A port inland, at the end of the canal, is part of both routes.
    found = saved(world, [water(0, 1, 800.0, 0.2)], Terminals(ports=((1, 24.0),)))
    assert found[0, 3] == pytest.approx(0.2 * np.log((ship + INTERNAL + 24) / (road + INTERNAL + 24)))


def test_only_ordered_waterways_that_carry_bulky_goods_count(china):
    a, b = china.index("nanning"), china.index("qinzhou")
    others = [Edge(a, b, "rail", 130.0, 120.0, "rail"), water(a, b, 135.0, 0.0)]
    assert bulk_saving(china, YEAR, others, {}, Terminals(), BULK) is None
    with_rail = saved(china, [*others, water(a, b, 135.0, 0.15)])
    assert with_rail[china.index("guigang"), b] < 0


def test_hours_never_rise_and_stay_off_the_waterway(china):
    a, b = china.index("nanning"), china.index("qinzhou")
    found = saved(china, [water(a, b, 135.0, 0.15)])
    assert (found <= 0).all() and (found == found.T).all() and found.shape == (china.n_regions + 1,) * 2
    assert min(found[china.index("liuzhou"), b], found[china.index("guigang"), -1]) < -0.01  # by river, then canal
    north = [china.index(city) for city in ("beijing", "tianjin")]
    assert not found[np.ix_([*north, -1], [*north, -1])].any() and not np.diag(found).any()


def test_waterways_of_different_shares_count_each_with_its_share():
    """Of the trade .1 can use both, .3 the long one only; dividing a canal, or another order, changes nothing."""
    world = line_of_three()
    long, short = water(0, 1, 800.0, 0.4), water(1, 2, 30.0, 0.1)

    def saving(*links: Edge) -> np.ndarray:
        return saved(world, links)

    both = saving(water(0, 1, 800.0, 1.0), water(1, 2, 30.0, 1.0))
    one = saving(water(0, 1, 800.0, 1.0))
    assert saving(long, short) == pytest.approx(0.3 * one + 0.1 * both)
    assert (saving(long, short) == saving(short, long)).all()
    assert (saving(long, long) == saving(long)).all()


def test_a_closed_nation_and_hours_as_matrices():
    closed = line_of_three(world_size=0)
    link = [water(0, 1, 100.0, 0.15)]
    found = saved(closed, link)
    assert found[0, 1] < 0 and np.isfinite(found).all()
    table = [[0.5, 40.0, 41.0], [40.0, 0.5, 2.0], [41.0, 2.0, 0.5]]
    stated = line_of_three(hours={"people": table})
    found = saved(stated, link)
    assert found[0, 1] == pytest.approx(0.15 * np.log((100 / 200 + 3.0) / 40.0))
    goods = travel_hours(stated, edges_in_use(stated, YEAR, link)).goods
    assert goods[0, 1] == pytest.approx(100 / (25 * 3.0) + 10.0) and goods[1, 2] == 2.0


def test_hours_updated_after_faster_handling_and_added_links_are_those_of_a_search(china):
    """A shortest path is either the old one or passes a city of faster handling or an end of an added link."""
    draw, n = np.random.default_rng(3), china.n_regions
    a, b, c = (china.index(city) for city in ("nanning", "qinzhou", "liuzhou"))
    years = [
        (Terminals(), [water(a, b, 135.0, 0.15)]),
        (Terminals(tuple(-0.3 * (draw.random(n) < 0.02))), [water(a, b, 135.0, 0.15), water(a, c, 300.0, 0.3)]),
        (Terminals(tuple(-0.2 * (draw.random(n) < 0.02))), [water(a, b, 135.0, 0.15), water(a, c, 300.0, 0.3)]),
        (Terminals(), [water(a, c, 300.0, 0.3)]),
    ]
    hours, saving = None, None
    for terminals, links in years:
        edges = edges_in_use(china, YEAR, links)
        hours = (edges, travel_hours(china, edges, hours, terminals))
        full = travel_hours(china, edges, None, terminals)
        np.testing.assert_allclose(hours[1].goods, full.goods, rtol=1e-12)
        saving = bulk_saving(china, YEAR, links, {}, terminals, BULK, saving)
        assert saving is not None
        np.testing.assert_allclose(saving.saving, saved(china, links, terminals), rtol=1e-9, atol=1e-12)
