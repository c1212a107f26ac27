"""City clusters of national plans and zones inside cities as selectors; lines that can be ordered."""

from __future__ import annotations

import numpy as np
import pytest

from sim.mechanisms.connect.route import line_through, planned_line
from sim.policy.targets import pick
from sim.world import World, line_edges, load_world, select, world_summary
from sim.world.china.tables import table

WATERWAYS = {"East River waterway": ("heyuan", "guangzhou"), "Upper Xiang waterway": ("yongzhou", "hengyang")}


def names() -> list[str]:
    return table("clusters")["cluster"].tolist()


def regions(world: World, selector: str) -> set[str]:
    return set(world.regions.loc[select(world, selector), "id"])


def test_members_are_units_of_the_table_named_once() -> None:
    known, rows = set(table("prefectures")["adcode"]), table("clusters").fillna("")
    assert len(rows) == len(set(rows["cluster"])) == 19
    for row in rows.itertuples():
        members, partly = ([int(code) for code in text.split("|") if code] for text in (row.members, row.partly))
        assert set(members) <= known and len(set(members)) == len(members), row.cluster
        assert set(partly) <= set(members), row.cluster
        assert row.plan and row.basis.startswith(("text", "recalled")), row.cluster


@pytest.mark.parametrize("world", ["guangzhou", "china"])
@pytest.mark.parametrize("year", [2010, 2020])
def test_clusters_select_the_same_regions_in_every_base_year(world: str, year: int) -> None:
    found, latest = load_world(world, year), load_world(world, 2020)
    for name in names():
        assert select(found, name).any()
        assert regions(found, name) == regions(latest, name)


def test_compositions_and_overlaps() -> None:
    china = load_world("china", 2020)
    assert regions(china, "hohhot_baotou_ordos_yulin_cluster") == {"hohhot", "baotou", "ordos", "yulin_shaanxi"}
    assert len(regions(china, "greater_bay_area_cluster")) == 11
    assert regions(china, "greater_bay_area_cluster & guangzhou_circle") == {"guangzhou", "foshan", "zhaoqing"}
    assert regions(china, "central_plains_cluster & beijing_tianjin_hebei_cluster") == {"handan", "xingtai"}
    assert len(regions(china, "yangtze_delta_cluster")) == 27


def test_regions_of_several_units_belong_where_most_of_their_people_live() -> None:
    world, china = load_world("guangzhou", 2020), load_world("china", 2020)
    assert "rest_of_shandong" in regions(world, "shandong_peninsula_cluster")
    assert "rest_of_hubei" in regions(world, "middle_yangtze_cluster")
    # Most people of the rest of Yunnan live outside the cluster, although Yuxi belongs to it.
    assert "yuxi" in regions(china, "central_yunnan_cluster")
    assert regions(world, "central_yunnan_cluster") == {"kunming", "qujing"}


@pytest.mark.parametrize("world", ["guangzhou", "china"])
def test_share_of_clusters_in_the_nation(world: str) -> None:
    # Published: about 80 % of people, 88 % of value added.
    found = load_world(world, 2020)
    inside = select(found, names())
    assert found.people[inside].sum() / found.people.sum() == pytest.approx(0.80, abs=0.04)
    assert found.value_added[inside].sum() / found.value_added.sum() == pytest.approx(0.88, abs=0.02)


@pytest.mark.parametrize("world", ["guangzhou", "china"])
def test_zones_inside_cities(world: str) -> None:
    found = load_world(world, 2020)
    for zone in ("nansha", "knowledge_city", "science_city", "pazhou", "guangzhou_south_station", "airport_zone"):
        assert regions(found, zone) == {"guangzhou"}, zone
    assert regions(found, "guangzhou_foshan_zone") == {"guangzhou", "foshan"}
    assert regions(found, "guangzhou_qingyuan_zone") == {"qingyuan"}
    linked = pick(found, "targets", ["nansha", "hengqin", "qianhai", "hong_kong", "macao", "haikou"])
    assert set(found.regions["id"][linked]) == {"guangzhou", "zhuhai", "shenzhen", "hong_kong", "macao", "haikou"}


@pytest.mark.parametrize("world", ["guangzhou", "china"])
@pytest.mark.parametrize("line", WATERWAYS)
def test_waterways_are_closed_until_they_are_ordered(world: str, line: str) -> None:
    found = load_world(world, 2020)
    assert all(edge.opened == 9999 for edge in line_edges(found, line))
    route = planned_line(found, "plan", line, 1.0)
    assert {edge.mode for edge in route.edges} == {"waterway"}
    ends = [end for edge in route.edges for end in (edge.a, edge.b)]
    once = {found.regions["id"][i] for i in np.unique(ends) if ends.count(i) == 1}
    assert once == set(WATERWAYS[line])


@pytest.mark.parametrize("world", ["guangzhou", "china"])
def test_upper_xiang_leads_to_the_canal_and_the_pinglu_canal_can_be_drawn(world: str) -> None:
    found = load_world(world, 2020)
    ends = [{e.a for e in line_edges(found, name)} | {e.b for e in line_edges(found, name)}
            for name in ("Upper Xiang waterway", "Hunan–Guangxi canal")]  # fmt: skip
    assert {found.regions["id"][i] for i in ends[0] & ends[1]} == {"yongzhou"}
    pinglu = line_through(found, "pinglu", ["nanning", "qinzhou"], [], "waterway", 1.15, 25.0)
    assert len(pinglu.edges) == 1 and 90 < pinglu.km < 135


def test_summary_lists_selectors_and_lines() -> None:
    summary = world_summary(load_world("guangzhou", 2020))
    assert summary["circles"]["guangzhou_circle"] == 6 and summary["points"]["guangzhou_foshan_zone"] == 2
    assert set(names()) <= set(summary["circles"])
    assert summary["lines"]["East River waterway"] == "waterway"
    assert world_summary(load_world("us_states", 2000))["circles"] == {}
