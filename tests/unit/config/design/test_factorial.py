"""Factorial experiments in configs: arms, strengths, sizes; each error with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.config import Factorial, design_of, json_schema, load, restored
from sim.config.design.factorial import scenarios_of
from sim.kinds import kind_of
from tests.helpers.configs import faults, load_as, swapped, write
from tests.helpers.running import call, call_json

TEXT = """\
kind: factorial
name: mixed
scenario:
  name: mixed
  world: {kind: synthetic, name: twelve, regions: 12}
  years: 3
  firms: 1000
  mechanisms: [{kind: fiscal_transfer, name: before, targets: [supporting], amount: 100}]
factors:
  transfer:
    mechanisms: [{kind: fiscal_transfer, name: transfer, targets: [supporting], amount: 5000, strength: 0.8}]
  fund:
    title: Investment fund
    mechanisms: [{kind: investment_fund, name: fund, targets: [supporting], amount: 40000, invest_years: 2}]
  schools:
    mechanisms: [{kind: fiscal_transfer, name: schools, targets: [supporting], amount: 500}]
sizes: [0.5, 1]
replications: 3
"""
FRACTIONAL = TEXT + "design: fractional\ngenerators: {transfer: [fund, schools]}\n"


def test_arms_add_the_mechanisms_of_their_factors_scaled_by_the_size(tmp_path: Path) -> None:
    config = load_as(Factorial, tmp_path, TEXT)
    arms = scenarios_of(config)
    assert len(arms) == 15 and list(arms)[:4] == ["baseline", "fund.0.5", "schools.0.5", "transfer.0.5"]
    strengths = {arm: {m.name: m.strength for m in scenario.mechanisms} for arm, scenario in arms.items()}
    assert strengths["baseline"] == {"before": 1.0}  # the scenario as it is, at every size
    assert strengths["fund-transfer"] == {"before": 1.0, "fund": 1.0, "transfer": 0.8}
    assert strengths["fund-transfer.0.5"] == {"before": 1.0, "fund": 0.5, "transfer": 0.4}
    assert design_of(config).parts == {"points": 1, "arms": 15, "seeds": 3} and design_of(config).runs == 45


def test_the_order_of_factors_changes_no_arm(tmp_path: Path) -> None:
    config = load_as(Factorial, tmp_path, FRACTIONAL)
    turned = config.model_copy(update={"factors": dict(reversed(config.factors.items()))})
    assert list(turned.factors) != list(config.factors)
    assert list(scenarios_of(turned).items()) == list(scenarios_of(config).items())


def test_a_stored_config_has_the_same_arms(tmp_path: Path) -> None:
    config = load_as(Factorial, tmp_path, FRACTIONAL)
    stored = restored(json.loads(json.dumps(config.model_dump(mode="json"), sort_keys=True)), str(tmp_path))
    assert stored == config and list(scenarios_of(stored).items()) == list(scenarios_of(config).items())


def test_a_fraction_runs_its_arms_and_all_factors_together(tmp_path: Path) -> None:
    arms = scenarios_of(load_as(Factorial, tmp_path, FRACTIONAL, "sizes=[1]"))
    assert list(arms) == ["baseline", "fund-schools", "fund-transfer", "schools-transfer", "fund-schools-transfer"]
    by_resolution = load_as(Factorial, tmp_path, TEXT + "design: fractional\nresolution: 3\n", "sizes=[1]")
    assert list(scenarios_of(by_resolution)) == list(arms)


@pytest.mark.parametrize(
    ("old", "new", "position", "words"),
    [
        ("sizes: [0.5, 1]", "sizes: [0.5, 0]", "17:", "0 is out of range; expected more than 0"),
        ("sizes: [0.5, 1]", "sizes: [0.5, 0.50]", "17:", "0.5 is repeated; expected each size once"),
        ("sizes: [0.5, 1]", "sizes: []", "17:", "sizes"),
        ("[supporting], amount: 500}", "[suporting], amount: 500}", "16:", "did you mean 'supporting'?"),
        ("name: schools,", "name: fund,", "16:", "'fund' is taken; expected a name used once"),
        ("name: schools,", "name: before,", "16:", "'before' is taken"),
        ("  schools:", "  baseline:", "15:", "'baseline' would be the name of two arms"),
        ("  schools:", "  fund-transfer:", "10:", "'fund-transfer.0.5' would be the name of two arms"),
        ("  schools:", f"  {'s' * 60}:", "15:", "letters; expected names of factors of 64 together"),
        ("mechanisms: [{kind: fiscal_transfer, name: schools", "mechanism: [{kind: fiscal_transfer, name: schools",
         "15:", "factors.schools.mechanisms: missing"),
        ("kind: investment_fund", "kind: investment_fond", "14:", "did you mean 'investment_fund'?"),
        ("replications: 3", "indicators: [supporting_valu_added]", "18:", "did you mean 'supporting_value_added'?"),
        ("replications: 3", "indicators: [krugman]", "18:", "no headline indicator 'krugman'"),
        ("replications: 3", "resolution: 3", "18:", "is not used by design: full; expected design: fractional"),
        ("replications: 3", "design: fractional", "18:", "expected resolution (3, 4 or 5) or generators"),
        ("replications: 3", "design: fractional\nresolution: 6", "19:", "resolution"),
        ("replications: 3", "design: fractional\nresolution: 5", "19:",
         "3 factors have no fraction of resolution V; expected 3, or design: full"),
        ("replications: 3", "design: fractional\nresolution: 3\ngenerators: {fund: [transfer, schools]}", "19:",
         "generators are given too"),
        ("replications: 3", "design: fractional\ngenerators: {fund: [transfer, shools]}", "19:",
         "no factor 'shools'; expected some of transfer, schools; did you mean 'schools'?"),
        ("replications: 3", "design: fractional\ngenerators: {fond: [transfer, schools]}", "19:", "you mean 'fund'?"),
        ("replications: 3", "design: fractional\ngenerators: {fund: [transfer, fund]}", "19:", "generated itself"),
        ("replications: 3", "design: fractional\ngenerators: {fund: [transfer, transfer]}", "19:", "is repeated"),
        ("replications: 3", "design: fractional\ngenerators: {fund: [transfer]}", "19:", "has resolution II"),
        ("replications: 3", "baseline: fund", "18:", "unknown key"),
    ],
)  # fmt: skip
def test_errors_have_their_position(tmp_path: Path, old: str, new: str, position: str, words: str) -> None:
    messages = faults(tmp_path, swapped(TEXT, old, new))
    assert len(messages) <= 2, messages
    assert f"file.yaml:{position}" in messages[0] and words in messages[0]


def test_one_factor_is_too_few_and_nine_are_too_many(tmp_path: Path) -> None:
    own = "mechanisms: [{kind: fiscal_transfer, name: NAME, targets: [supporting], amount: 1}]"
    for count in (1, 9):
        factors = "".join(f"  f{i}: {{{own.replace('NAME', f'm{i}')}}}\n" for i in range(count))
        head, _, tail = TEXT.partition("factors:\n")
        text = f"{head}factors:\n{factors}sizes:{tail.partition('sizes:')[2]}"
        assert any("factors" in message and "file.yaml" in message for message in faults(tmp_path, text))


def test_a_mechanism_that_cannot_act_is_found_in_its_factor(tmp_path: Path) -> None:
    text = swapped(TEXT, "[supporting], amount: 500}", "['supporting & centre'], amount: 500}")
    messages = faults(tmp_path, text)
    assert len(messages) == 1 and "file.yaml:16:" in messages[0] and "factors.schools.mechanisms.0" in messages[0]


def test_commands_know_the_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, TEXT)
    assert kind_of({"factors": {}}) == "factorial"
    assert "Factorial" in json_schema()["$defs"] and "generators" in json_schema()["$defs"]["Factorial"]["properties"]
    code, out, _ = call(capsys, "check", file)
    assert code == 0 and "factorial 'mixed', 15 arms × 3 seeds: 45 runs: valid" in out
    assert call(capsys, "check", file, "--set", "sizes=[-1]")[0] == 2
    code, preview = call_json(capsys, "run", file, "--out", tmp_path / "out", "--dry-run")
    assert (code, preview["kind"], preview["runs"], preview["arms"]) == (0, "factorial", 45, 15)
    assert not (tmp_path / "out").exists()
    code, found = call_json(capsys, "plan", file, "--arm", "fund-schools.0.5")
    assert code == 0 and {m["name"] for m in found["mechanisms"]} == {"before", "fund", "schools"}
    assert "factorial_main" in {row["name"] for row in call_json(capsys, "list", "experiments")[1]["experiments"]}


def test_the_bundled_experiment_has_the_instruments_of_main() -> None:
    config, main = load("factorial_main"), load("main")
    assert len(scenarios_of(config)) == 15 and design_of(config).runs == 120
    own = [m for factor in config.factors.values() for m in factor.mechanisms]
    assert sorted(own, key=lambda m: m.name) == sorted(main.arms["combination"].mechanisms, key=lambda m: m.name)
