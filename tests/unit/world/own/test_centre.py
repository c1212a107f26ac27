"""Any region as the centre: of a custom world by a key of its head, of any world by a key of the scenario."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.errors import UserError
from sim.world import load_world, read_folder, write_template


def folder(path: Path, head: str, zones: dict[str, str] | None = None) -> Path:
    """A sound world with some keys in its head, and other zones of some regions."""
    write_template(path)
    (path / "world.yaml").write_text(f"name: own\nyear: 2020\n{head}\n", encoding="utf-8")
    table = (path / "regions.csv").read_text(encoding="utf-8")
    for old, new in (zones or {}).items():
        table = table.replace(f",{old},", f",{new},")
    (path / "regions.csv").write_text(table, encoding="utf-8")
    return path


def zones_of(world) -> dict[str, str]:
    return dict(zip(world.regions["id"], world.regions["zone"], strict=True))


def test_the_head_may_name_the_centre_instead_of_a_zone(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", "centre: hills", {"centre": "leading"})
    world = load_world(str(path), 2020)
    assert world.regions["id"][world.centre] == "hills"
    expected = {"harbour": "leading", "delta": "leading", "hills": "centre", "plain": "supporting"}
    assert zones_of(world) == expected


def test_both_may_agree(tmp_path: Path) -> None:
    world = load_world(str(folder(tmp_path / "a", "centre: harbour")), 2020)
    assert world.regions["id"][world.centre] == "harbour"


@pytest.mark.parametrize(
    ("head", "zones", "error"),
    [
        ("centre: hills", {}, r"world\.yaml:3: centre: 'hills', but the zone centre has 'harbour'; expected the same"),
        ("centre: harbor", {}, r"world\.yaml:3: centre: 'harbor' is not a region; .* did you mean 'harbour'\?"),
        ("centre: 3", {}, r"world\.yaml:3: centre: "),
        ("", {"centre": "leading"}, r"no regions have the zone centre; expected exactly one, or the key centre"),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(tmp_path: Path, head: str, zones: dict[str, str], error: str) -> None:
    with pytest.raises(UserError, match=error):
        read_folder(folder(tmp_path / "a", head, zones))


def test_links_are_checked_from_the_centre_of_the_head(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", "centre: hills", {"centre": "leading"})
    (path / "edges.csv").write_text("a,b,mode,km,speed\nhills,harbour,road,220,60\nplain,delta,road,9,60\n", "utf-8")
    with pytest.raises(UserError, match="no connection for people from 'hills' to 'plain'"):
        read_folder(path)


def test_another_centre_of_a_bundled_world_moves_two_regions_only() -> None:
    before, after = load_world("china", 2020), load_world("china", 2020, "chengdu")
    old, new = zones_of(before), zones_of(after)
    assert {name for name in old if old[name] != new[name]} == {"guangzhou", "chengdu"}
    assert (new["guangzhou"], new["chengdu"]) == ("leading", "centre")
    assert after.regions["id"][after.centre] == "chengdu" and after.network is before.network
    assert after.selectors["centre"].sum() == 1 and not after.selectors["supporting"][after.centre]
    assert load_world("china", 2020, "chengdu") is after  # built once
    assert load_world("china", 2020).regions["id"][before.centre] == "guangzhou"


def test_the_centre_that_it_has_is_the_same_world() -> None:
    assert load_world("guangzhou", 2020, "guangzhou") is load_world("guangzhou", 2020)


def test_an_unknown_centre_is_refused() -> None:
    with pytest.raises(UserError, match="centre: 'chengdo' is not a region of world 'china'; .*did you mean 'chengdu'"):
        load_world("china", 2020, "chengdo")


def test_figures_do_not_depend_on_the_centre() -> None:
    before, after = load_world("guangzhou", 2020), load_world("guangzhou", 2020, "chengdu")
    for name in ("people", "value_added", "capital", "migration_target"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
