"""Types that mark what names regions and sectors: found at any depth, by nothing but the annotation."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import AliasChoices, Field

from sim.parameters import Strict
from sim.policy.mechanism import Mechanism
from sim.policy.targets import Region, RegionMark, Regions, RegionsMark, Sectors, SectorsMark, marked
from sim.world import load_world


class Leg(Strict):
    """A part with places of its own."""

    ends: tuple[Region, Region] = ("centre", "centre")
    weight: float = 1.0


class Toll(Mechanism):
    """A kind that nobody has heard of; it can hurt."""

    per_target = ("partner", "goods")

    kind: Literal["toll"] = "toll"
    partner: Region | None = None
    also: Region | Literal["nobody"] = "nobody"
    goods: Sectors = Field(default_factory=list)
    gates: Regions = Field(default_factory=lambda: ["all"], validation_alias=AliasChoices("gates", "doors"))
    free: Regions = Field(default_factory=list)
    pairs: dict[Region, Region] = Field(default_factory=dict)
    shares: dict[Region, float] = Field(default_factory=dict)
    legs: list[Leg] = Field(default_factory=list)
    some: bool | Annotated[tuple[str, ...], RegionsMark()] = False


CASES = [
    ({"partner": "x"}, [(("partner",), RegionMark, "x")]),
    ({"partner": None, "also": "nobody", "some": True}, []),
    ({"also": "x"}, [(("also",), RegionMark, "x")]),
    ({"goods": ["x", 3]}, [(("goods", 0), SectorsMark, "x")]),
    ({"doors": ["x"]}, [(("doors", 0), RegionsMark, "x")]),
    ({"gates": [], "free": []}, [(("gates",), RegionsMark, None)]),
    ({"pairs": {"x": "y"}}, [(("pairs", "x"), RegionMark, "x"), (("pairs", "x"), RegionMark, "y")]),
    ({"shares": {"x": 1.0}}, [(("shares", "x"), RegionMark, "x")]),
    ({"legs": [{"ends": ["x", 1]}]}, [(("legs", 0, "ends", 0), RegionMark, "x")]),
    ({"some": ["x"]}, [(("some", 0), RegionsMark, "x")]),
    (
        {"overrides": {"x": {"partner": "y", "goods": ["z"]}}},
        [
            (("overrides", "x"), RegionMark, "x"),
            (("overrides", "x", "partner"), RegionMark, "y"),
            (("overrides", "x", "goods", 0), SectorsMark, "z"),
        ],
    ),
    ({"partner": 3, "legs": "x", "pairs": ["x"], "overrides": 1, "unknown": ["x"]}, []),
]  # fmt: skip


@pytest.mark.parametrize("data, found", CASES, ids=[" ".join(data) for data, _ in CASES])
def test_whatever_is_marked_is_found(data: dict, found: list) -> None:
    told = [(path, type(mark), text) for path, mark, text in marked(Toll, data)]
    assert sorted(told, key=str) == sorted(found, key=str)


def test_marks_say_what_is_wrong() -> None:
    world = load_world("guangzhou", 2020)
    assert RegionMark().problems(world, "shenzhen") == SectorsMark().problems(world, "high_tech") == []
    assert "did you mean 'shenzhen'" in RegionMark().problems(world, "shenzhenn")[0]
    assert RegionsMark().problems(world, "leading & supporting") == [
        "'leading & supporting' selects no region; expected at least one"
    ]
    assert "did you mean 'high_tech'" in SectorsMark().problems(world, "hightech")[0]
