"""The bundled world: sums, quality, selectors, hours."""

from __future__ import annotations

import numpy as np
import pytest

from sim.catalogue import GROUPS, QUALITIES, SECTORS, ZONES
from sim.errors import UserError
from sim.policy.posts import Edge
from sim.world import (
    World,
    check_rail_times,
    edges_in_use,
    load_world,
    select,
    travel_hours,
    vocabulary,
    world_names,
    world_summary,
)
from sim.world.china.tables import table

# Censuses (mainland, persons) and national accounts (mainland, million yuan): published totals.
PEOPLE = {2010: 1_332_810_869, 2020: 1_409_778_724}
TALENT = {2010: 118_374_897, 2020: 217_224_651}
GDP = {2010: 41.467e6, 2020: 101.2415e6}
SHAPES = {
    "people": 2, "value_added": 6, "capital": 0, "land": 0, "area_km2": 0, "unregistered": 2, "migration_target": 2,
    "natural_rate": 0, "graduation_rate": 0, "real_firms": 6,
}  # fmt: skip
POSITIVE = ("people", "value_added", "capital", "land", "area_km2", "graduation_rate", "real_firms")


@pytest.fixture(params=(2010, 2020))
def world(request: pytest.FixtureRequest) -> World:
    return load_world("guangzhou", request.param)


@pytest.fixture
def now() -> World:
    return load_world("guangzhou", 2020)


def test_shapes_and_signs(world: World) -> None:
    r = world.n_regions
    assert 110 <= r <= 140
    for name, columns in SHAPES.items():
        values = getattr(world, name)
        assert values.shape == ((r, columns) if columns else (r,)), name
        assert np.isfinite(values).all(), name
    for name in POSITIVE:
        assert (getattr(world, name) > 0).all(), name
    assert (world.unregistered >= 0).all() and (world.unregistered <= world.people).all()
    assert (world.land <= world.area_km2).all()
    assert world.people.shape[1] == len(GROUPS) and world.value_added.shape[1] == len(SECTORS)


def test_sums_match_national_totals(world: World) -> None:
    main = world.national_taxes
    assert (~main).sum() == 2
    assert world.people[main].sum() == pytest.approx(PEOPLE[world.year])
    assert world.people[main, 1].sum() == pytest.approx(TALENT[world.year])
    assert world.value_added[main].sum() == pytest.approx(GDP[world.year], rel=1e-3)
    assert 2.8 < world.capital.sum() / world.value_added.sum() < 3.2
    assert np.abs(world.migration_target.sum(axis=0)).max() < 1
    assert (world.migration_target[~main] == 0).all()


def test_sector_shares_are_those_of_the_nation(now: World) -> None:
    share = now.value_added[now.national_taxes].sum(axis=0)
    share = dict(zip(SECTORS, share / share.sum(), strict=True))
    assert share["agriculture"] == pytest.approx(0.077, abs=0.004)
    assert share["energy"] + share["manufacturing"] + share["high_tech"] == pytest.approx(0.378, abs=0.01)
    assert now.value_added[now.index("shenzhen"), 3] > now.value_added[now.index("guangzhou"), 3]


def test_coefficients_are_shares(world: World) -> None:
    assert world.input_output.sum(axis=1) == pytest.approx(np.ones(len(SECTORS)))
    for basket in (world.investment_basket, world.government_basket):
        assert basket.sum() == pytest.approx(1.0) and (basket > 0).all()
    assert world.intermediate_share.mean() == pytest.approx(0.5)
    assert world.gateway_sales.sum() == pytest.approx(world.gateway_demand.sum())


def test_regions(now: World) -> None:
    regions = now.regions
    assert regions["id"].is_unique and set(regions["zone"]) <= set(ZONES)
    assert regions["id"][now.centre] == "guangzhou" and (regions["zone"] == "centre").sum() == 1
    assert not regions.isna().any().any()
    assert set(regions.loc[~regions["fitted"], "id"]) == {"hong_kong", "macao"}
    assert regions["id"].str.startswith("rest_of_").sum() == now.n_regions - 94


def test_quality_and_sources(world: World) -> None:
    assert list(world.quality.index) == list(world.regions["id"])
    assert set(np.unique(world.quality.to_numpy())) <= set(QUALITIES)
    assert world.quality.loc["hong_kong", "talent"] == "assumed"
    assert world.quality.loc["guangzhou", "people"] == "observed"
    assert all(world.sources.values())


def test_selectors(now: World) -> None:
    assert select(now, ["all"]).all()
    assert not select(now, []).any()
    ids = now.regions["id"].to_numpy()
    assert set(ids[select(now, ["nansha", "hengqin"])]) == {"guangzhou", "zhuhai"}
    assert set(ids[select(now, ["pilot"])]) == {"haikou", "sanya", "rest_of_hainan"}
    assert select(now, ["guangdong"]).sum() == 21
    assert {"sar", "pearl_xijiang_belt", "shenzhen_circle"} <= set(vocabulary(now))
    assert all(select(now, [word]).any() for word in vocabulary(now))


def test_selector_errors_name_the_nearest_word(now: World) -> None:
    with pytest.raises(UserError) as caught:
        select(now, ["guangzhuo", "all", "suportting"])
    assert len(caught.value.messages) == 2
    assert "'guangzhou'" in caught.value.messages[0] and "'supporting'" in caught.value.messages[1]


@pytest.mark.parametrize(("name", "year"), [("guangzho", 2020), ("guangzhou", 2019)])
def test_unknown_world(name: str, year: int) -> None:
    with pytest.raises(UserError, match="expected"):
        load_world(name, year)


def test_hours(now: World) -> None:
    hours = travel_hours(now, edges_in_use(now, 2020))
    for matrix in (hours.people, hours.goods, hours.information):
        assert np.isfinite(matrix).all() and (matrix > 0).all()
        assert np.allclose(matrix, matrix.T)
    assert np.diag(hours.people) == pytest.approx(now.network.internal_hours)
    port = now.network.port_hours[now.centre] + 0.5 * now.network.internal_hours[now.centre]
    assert hours.gateway[now.centre] == pytest.approx(port)
    assert (hours.gateway > 0).all() and np.isfinite(hours.gateway).all()
    # The time from door to door keeps the triangle, apart from the way inside the middle city.
    middle = hours.people[:, [now.centre]] + hours.people[[now.centre], :]
    assert (hours.people <= middle + 1e-9).all()


def test_lines_only_shorten(now: World) -> None:
    early, late = (travel_hours(now, edges_in_use(now, y)) for y in (2010, 2026))
    assert (late.people <= early.people + 1e-9).all() and (late.people < early.people - 0.1).any()


def _more(world: World) -> list[Edge]:
    a, b, c = (world.index(r) for r in ("guangzhou", "meizhou", "ganzhou"))
    return [Edge(a, b, "hsr", 330.0, 260.0, "plan"), Edge(b, c, "hsr", 190.0, 260.0, "plan")]


def test_added_ways_shorten_and_slower_ones_lengthen(now: World) -> None:
    a, b = now.index("guangzhou"), now.index("meizhou")
    plain = travel_hours(now, edges_in_use(now, 2020)).people
    assert travel_hours(now, edges_in_use(now, 2020, _more(now))).people[a, b] < plain[a, b] - 0.5
    slow = {(min(i, j), max(i, j), mode): 0.2 for i in (a, b) for j in range(now.n_regions) for mode in ("hsr", "rail")}
    assert travel_hours(now, edges_in_use(now, 2020, (), slow)).people[a, b] > plain[a, b] + 0.1


@pytest.mark.parametrize("name", ["guangzhou", "china"])
def test_updates_where_ways_changed_are_exact(name: str) -> None:
    world = load_world(name, 2020)
    before = edges_in_use(world, 2020)
    hours = travel_hours(world, before)
    slow = {(world.index("guangzhou"), world.index("foshan"), "expressway"): 0.5}
    for after in (edges_in_use(world, 2025, _more(world)), edges_in_use(world, 2020, (), slow), before):
        found, full = travel_hours(world, after, (before, hours)), travel_hours(world, after)
        for layer in ("people", "goods", "information", "gateway"):
            np.testing.assert_allclose(getattr(found, layer), getattr(full, layer), rtol=1e-12)


def test_rail_times(now: World) -> None:
    check = check_rail_times(now)
    assert check["n"] > 2000
    assert check["guangzhou_median_abs_error"] < 0.6 < check["straight_line_error"]
    assert check["guangzhou_rank_correlation"] > 0.95
    assert check["rank_correlation"] > 0.8


def test_rivers_run_from_source_to_mouth(world: World) -> None:
    sums = world.upstream.sum(axis=1)
    assert np.all((np.abs(sums - 1) < 1e-12) | (sums == 0))
    assert not np.diag(world.upstream).any()
    at = world.index
    assert world.upstream[at("huizhou"), at("heyuan")] > 0
    assert world.upstream[at("heyuan"), at("huizhou")] == 0
    assert world.upstream[at("zhaoqing"), at("wuzhou")] > 0
    assert sums[at("chenzhou")] == 0


def test_every_course_is_a_chain_of_known_units() -> None:
    known = set(table("prefectures")["adcode"])
    for course in table("rivers")["course"]:
        stops = [int(code) for code in course.split("|")]
        assert len(stops) > 1
        assert set(stops) <= known
        assert len(set(stops)) == len(stops)


def test_residence_costs(now: World) -> None:
    cost = {name: now.residence_cost[now.index(name)] for name in ("guangzhou", "shanghai", "beijing", "meizhou")}
    assert cost == pytest.approx({"guangzhou": 0.13, "shanghai": 0.24, "beijing": 0.08, "meizhou": 0.0})


def test_summary(now: World) -> None:
    assert world_names() == ["guangzhou", "china", "us_states"]
    summary = world_summary(now)
    assert summary["regions"] == now.n_regions
    for shares in summary["quality"].values():
        assert sum(shares.values()) == pytest.approx(1.0)
