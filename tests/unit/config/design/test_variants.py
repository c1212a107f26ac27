"""Variants of a comparison in configs: names, scenarios, stored form; each error with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.config import Comparison, arm_scenarios, design_of, load, members_of, restored
from sim.variants import Member, members
from tests.helpers.configs import faults, load_as, swapped, write
from tests.helpers.running import call, call_json

ARMS = """\
kind: comparison
name: rules
scenario: {name: rules, world: {kind: synthetic, name: twelve, regions: 12}, years: 2, firms: 1000}
arms:
  zero: {}
  grant:
    mechanisms: [{kind: fiscal_transfer, name: grant, targets: [supporting], amount: 100}]
    set: {parameters.migration.talent_mobility: 0.08}
baseline: zero
replications: 3
"""
TEXT = (
    ARMS
    + """\
variants:
  quiet: {}
  contest: {set: {parameters.cities.rule: yardstick}, title: Cities compete}
"""
)


def test_names_and_baselines() -> None:
    found = members(["zero", "grant"], "zero", ["contest", "quiet"], "quiet")
    assert found == {
        "zero": Member("zero", "quiet", "zero"),
        "grant": Member("grant", "quiet", "zero"),
        "zero.contest": Member("zero", "contest", "zero.contest", main=False),
        "grant.contest": Member("grant", "contest", "zero.contest", main=False),
    }
    assert members(["zero", "grant"], "zero") == {arm: Member(arm, "", "zero") for arm in ("zero", "grant")}


def test_every_arm_has_the_settings_of_its_variant(tmp_path: Path) -> None:
    config = load_as(Comparison, tmp_path, TEXT)
    scenarios = arm_scenarios(config)
    assert list(scenarios) == ["zero", "grant", "zero.contest", "grant.contest"] == list(members_of(config))
    assert [s.parameters.cities.rule for s in scenarios.values()] == ["passive"] * 2 + ["yardstick"] * 2
    assert [s.parameters.migration.talent_mobility == 0.08 for s in scenarios.values()] == [False, True] * 2
    plain = arm_scenarios(load_as(Comparison, tmp_path, ARMS))
    assert {arm: scenarios[arm] for arm in plain} == plain  # the main variant is the comparison without variants
    assert design_of(config).parts == {"variants": 2, "points": 1, "arms": 2, "seeds": 3}
    assert design_of(config).runs == 12


def test_the_first_is_the_main_one_also_where_keys_are_sorted(tmp_path: Path) -> None:
    config = load_as(Comparison, tmp_path, TEXT)
    assert config.main_variant == "quiet"
    stored = json.loads(json.dumps(config.model_dump(mode="json"), sort_keys=True))
    assert list(stored["variants"]) == ["contest", "quiet"]
    again = restored(stored, str(tmp_path))
    assert set(arm_scenarios(again)) == set(arm_scenarios(config)) and again.main_variant == "quiet"
    other = load_as(Comparison, tmp_path, TEXT + "main_variant: contest\n")
    assert list(arm_scenarios(other)) == ["zero", "grant", "zero.quiet", "grant.quiet"]
    assert arm_scenarios(other)["grant"].parameters.cities.rule == "yardstick"


def test_without_variants_the_stored_config_has_no_such_key(tmp_path: Path) -> None:
    for text, change in ((ARMS, []), (TEXT, ["variants={}"])):
        config = load(write(tmp_path, text), change)
        assert not {"variants", "main_variant"} & set(config.model_dump(mode="json"))
        assert config == load_as(Comparison, tmp_path, ARMS)


@pytest.mark.parametrize(
    ("old", "new", "position", "words"),
    [
        ("baseline: zero", "baseline: zero.contest", "9:1: baseline:", "'zero.contest' is not an arm; expected one of"),
        ("  quiet: {}\n", "", "11:1: variants:", "has one variant; expected at least two"),
        ("replications: 3", "main_variant: quite", "10:1: main_variant:", "did you mean 'quiet'?"),
        ("cities.rule: yard", "cities.rul: yard", "13:19: variants.contest.set.parameters.cities.rul:", "'rule'"),
        ("rule: yardstick", "rule: yardstik", "13:19: variants.contest.set.parameters.cities.rule:", "'yardstik'"),
        ("cities.rule: yardstick", "migration: {}", "8:11: arms.grant.set.", "variant 'contest' sets"),
        ("  zero: {}", "  zero: {}\n  grant.contest: {}", "14:3: variants.contest:", "would be the name of two arms"),
        ("  contest:", f"  {'c' * 60}:", "13:3: variants.ccc", "would have 66 letters; expected"),
        ("{set: {parameters", "{sat: {parameters", "13:13: variants.contest.sat:", "did you mean 'set'?"),
        (
            "replications: 3",
            "precision: {indicator: supporting_capital, half_width: 8, arms: [zero.contest], start: 6, most: 9}",
            "10:66: precision.arms.0:",
            "'zero.contest' is the baseline; expected some of grant, grant.contest",
        ),
    ],
)
def test_errors_have_their_line(tmp_path: Path, old: str, new: str, position: str, words: str) -> None:
    found = faults(tmp_path, swapped(TEXT, old, new))
    assert any(f"file.yaml:{position}" in message and words in message for message in found), found


def test_an_error_of_an_arm_is_reported_once(tmp_path: Path) -> None:
    (message,) = faults(tmp_path, swapped(TEXT, "talent_mobility: 0.08", "talent_mobility: 7"))
    assert "file.yaml:8:11: arms.grant.set.parameters.migration.talent_mobility" in message
    (message,) = faults(tmp_path, swapped(TEXT, "[supporting]", "[suporting]"))
    assert "did you mean 'supporting'?" in message


def test_the_main_variant_needs_variants(tmp_path: Path) -> None:
    (message,) = faults(tmp_path, ARMS + "main_variant: quiet\n")
    assert "'quiet' is not a variant; expected it together with 'variants'" in message


def test_commands_know_variants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, TEXT)
    code, out, _ = call(capsys, "check", file)
    assert code == 0 and "2 variants × 2 arms × 3 seeds: 12 runs: valid" in out
    code, found = call_json(capsys, "plan", file, "--arm", "grant.contest")
    assert code == 0 and found["cities"]["rule"] == "yardstick" and found["mechanisms"]
    code, found = call_json(capsys, "plan", file)
    assert code == 0 and found["name"] == "grant" and found["cities"]["rule"] == "passive"
    code, _, err = call(capsys, "plan", file, "--arm", "grant.contst")
    assert code == 2 and "did you mean 'grant.contest'?" in err


@pytest.mark.parametrize("name", ["main", "precise", "best_arm", "corridor"])
def test_bundled_comparisons_show_passive_and_reactive_cities(name: str) -> None:
    config = load(name)
    assert config.main_variant == "passive"
    known, scenarios = members_of(config), arm_scenarios(config)
    rules = {known[arm].variant: scenario.parameters.cities.rule for arm, scenario in scenarios.items()}
    assert rules == {"passive": "passive", "reactive": "yardstick"} and len(scenarios) == 2 * len(config.arms)
