"""Travel times between stations, and the targets of plans."""

from __future__ import annotations

import numpy as np
import pytest

from sim.policy.posts import Edge
from sim.world import World, edges_in_use, load_world, select, travel_hours
from sim.world.travel import against_targets, minutes_between, travel_targets


@pytest.fixture
def world() -> World:
    return load_world("guangzhou", 2020)


def line(world: World, *cities: str, speed: float = 300.0) -> list[Edge]:
    ends = [world.index(city) for city in cities]
    return [
        Edge(a, b, "hsr", float(world.distances[a, b]), speed, "plan") for a, b in zip(ends, ends[1:], strict=False)
    ]


def test_a_direct_line_takes_its_length_over_its_speed(world: World) -> None:
    edges = edges_in_use(world, 2020, line(world, "guangzhou", "meizhou", speed=500.0))
    minutes = minutes_between(world, edges, world.centre)
    km = world.distances[world.centre, world.index("meizhou")]
    assert minutes[world.index("meizhou")] == pytest.approx(60 * km / 500.0)
    assert minutes[world.centre] == 0.0


def test_a_change_of_mode_takes_its_terminal_times(world: World) -> None:
    a, b, c = (world.index(name) for name in ("guangzhou", "meizhou", "lhasa"))
    alone = edges_in_use(world, 2020).iloc[:0]
    edges = alone.copy()
    for row in ((a, b, "hsr", 300.0, 300.0, 2020, "x"), (b, c, "rail", 100.0, 100.0, 2020, "y")):
        edges.loc[len(edges)] = row
    boarding = world.network.terminal_hours
    expected = 60 * (1.0 + 1.0 + 0.5 * (boarding["hsr"] + boarding["rail"]))
    assert minutes_between(world, edges, a)[c] == pytest.approx(expected)
    assert np.isinf(minutes_between(world, edges, a)[world.index("beijing")])


def test_never_longer_than_from_door_to_door_by_land(world: World) -> None:
    edges = edges_in_use(world, 2020)
    land = edges[edges["mode"] != "air"]
    doors = 60 * travel_hours(world, land).people[world.centre]
    minutes = minutes_between(world, edges, world.centre)
    other = np.arange(world.n_regions) != world.centre
    assert (minutes[other] < doors[other]).all()


@pytest.mark.parametrize("name", ["guangzhou", "china"])
def test_every_target_has_regions_and_a_source(name: str) -> None:
    world = load_world(name, 2020)
    found = against_targets(world, edges_in_use(world, 2020))
    for target in travel_targets():
        assert target.source and target.minutes > 0
        rows = found[found["target"] == target.name]
        assert len(rows) == (select(world, target.regions) & (np.arange(world.n_regions) != world.centre)).sum() > 0
    assert (found["over"] == found["minutes"] - found["goal"]).all()
    assert "guangzhou" not in set(found["region"])


def test_a_line_brings_a_city_within_its_target(world: World) -> None:
    def over(more: list[Edge]) -> float:
        found = against_targets(world, edges_in_use(world, 2020, more)).set_index(["target", "region"])["over"]
        return float(found["province", "meizhou"])

    assert over([]) > 0 > over(line(world, "guangzhou", "meizhou"))
    assert over(line(world, "guangzhou", "meizhou", speed=20.0)) == over([])
