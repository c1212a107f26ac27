"""The key ``centre`` of a scenario: errors, identity, and that a run has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

import sim
from sim.batch.tasks import canonical
from sim.config import load
from sim.errors import UserError
from sim.results.manifest import check_folder, write_manifest
from tests.helpers.configs import faults
from tests.helpers.running import call

SMALL = {"name": "a", "years": 1, "firms": 1000, "world": {"kind": "synthetic", "regions": 6}}
COMPARISON = """
kind: comparison
name: a
scenario: {name: s, years: 2, firms: 1000, world: WORLD}
arms:
  baseline: {}
  other: {set: {CHANGE}}
"""


def test_a_run_has_the_centre_of_its_scenario() -> None:
    plain, moved = (sim.simulate(sim.Scenario(**SMALL, **more)) for more in ({}, {"centre": "c3"}))
    assert plain.labels["zone"][0] == "centre" and plain.labels["zone"].count("centre") == 1
    assert moved.labels["zone"][2] == "centre" and moved.labels["zone"][0] == "leading"
    assert (plain.series["hinterland"] != moved.series["hinterland"]).any()


def test_an_unknown_region_is_one_message_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "check", "small", "--set", "centre=chengdo")
    assert code == 2 and err.count("chengdo' is not a region of world 'guangzhou'") == 1 and "'chengdu'?" in err
    assert "Traceback" not in err
    with pytest.raises(UserError, match="^centre: 'chengdo' is not a region .*did you mean 'chengdu'"):
        sim.Scenario(name="a", centre="chengdo")
    assert call(capsys, "check", "small", "--set", "centre=guangdong")[0] == 2  # a province
    assert call(capsys, "check", "small", "--set", "centre=[chengdu]")[0] == 2


def test_a_folder_has_the_key_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "world", "new", tmp_path / "own")[0] == 0
    override = ("--set", f"world={tmp_path / 'own'}", "--set")
    assert call(capsys, "check", "small", *override, "centre=hills")[0] == 0
    assert "'hils' is not a region of world 'own'" in call(capsys, "check", "small", *override, "centre=hils")[2]


def test_it_belongs_to_the_identity_of_runs_and_experiments(tmp_path: Path) -> None:
    plain, moved = (sim.Scenario(**SMALL, **more) for more in ({}, {"centre": "c3"}))
    assert canonical(plain) != canonical(moved)
    write_manifest(tmp_path, "a", plain.model_dump_json(), ["a"], 1)
    with pytest.raises(UserError, match=r"other settings \(centre: null there, \"c3\" now\)"):
        check_folder(tmp_path, moved.model_dump_json())
    stored = {key: value for key, value in plain.model_dump(mode="json").items() if key != "centre"}
    assert check_folder(tmp_path, stored)  # of a version without the key


def test_it_is_written_and_read(tmp_path: Path) -> None:
    scenario = sim.Scenario(**SMALL, centre="c3")
    (tmp_path / "a.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    assert load(tmp_path / "a.yaml") == scenario
    assert "centre" not in sim.Scenario(**SMALL).to_yaml()
    with pytest.raises(UserError):
        sim.Scenario(**SMALL, centre="C 3")
    with pytest.raises(ValidationError):
        sim.Scenario.model_validate({**SMALL, "centre": 3})


def test_arms_with_another_centre_or_another_currency_are_refused(tmp_path: Path) -> None:
    def found(world: str, change: str) -> list[str]:
        return faults(tmp_path, COMPARISON.replace("WORLD", world).replace("CHANGE", change))

    assert "the arms have different zone classes; expected the same" in "".join(found("guangzhou", "centre: chengdu"))
    assert "different regions or sectors" in "".join(found("guangzhou", "world: china"))
    row = "{id: a, zone: centre, lat: 1, lon: 1, workers: 1e6, talent: 1e5, value_added: {x: 1e5}}"
    two = f"{{kind: inline, sectors: {{x: {{}}}}, regions: [{row}, {row.replace('id: a, zone: centre', 'id: b')}]}}"
    two = two.replace("lon: 1, ", "lon: 2, ", 1)
    assert "the arms have different currencies (yuan, euro)" in "".join(found(two, "world.currency: euro"))


@pytest.mark.parametrize("key", ["centre", "world.centre", "world.currency", "world.quality.people", "world"])
def test_points_have_one_centre_and_one_currency(tmp_path: Path, key: str) -> None:
    text = "kind: sweep\nname: a\nscenario: {name: s, world: {kind: synthetic, regions: 6}}\nvary: {KEY: [c1, c2]}\n"
    assert "cannot be varied" in "".join(faults(tmp_path, text.replace("KEY", key)))


def test_a_policy_without_targets_around_another_centre_is_refused(tmp_path: Path) -> None:
    text = "kind: scenario\nname: a\nyears: 2\ncentre: qingyuan\n"
    text += "mechanisms:\n- {kind: enclave, targets: [qingyuan], start: 2020}\n"
    (error,) = faults(tmp_path, text)
    assert "['qingyuan'] selects the sponsor 'qingyuan' only; expected another region" in error
    world = "world:\n  kind: inline\n  sectors: {x: {}}\n  regions:\n"
    for name, zone, lon in (("a", "centre", 1), ("b", "supporting", 2)):
        people = "workers: 1e6, talent: 1e5, value_added: {x: 1e5}"
        world += f"  - {{id: {name}, zone: {zone}, lat: 1, lon: {lon}, {people}}}\n"
    policy = "mechanisms:\n- {kind: fiscal_transfer, targets: [supporting], start: 2020}\n"
    text = f"kind: scenario\nname: a\nyears: 2\n{world}{policy}"
    (tmp_path / "b.yaml").write_text(text, encoding="utf-8")
    assert load(tmp_path / "b.yaml").opened().centre == 0
    (error,) = faults(tmp_path, f"{text}centre: b\n")
    assert "no region is supporting in world 'own' around 'b'; expected other regions" in error
