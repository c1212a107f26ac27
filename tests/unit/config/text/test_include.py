"""Fragments of configs: merged before own keys, faults told where they stand."""

from __future__ import annotations

import pytest

from sim.config import Comparison, json_schema, load
from sim.errors import UserError
from tests.helpers import configs

SCENARIO = """\
kind: scenario
name: own
include: [one.yaml, two.yaml]
parameters:
  migration: {talent_mobility: 0.07}
"""
ONE = "years: 7\nparameters:\n  migration:\n    talent_mobility: 0.04\n    distance_cost: 1.1\n"
TWO = "parameters:\n  migration: {distance_cost: 1.2}\n  capital: {home_bias: 2.5}\n"


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        texts = {"own": SCENARIO, "one": ONE, "two": TWO, **files}
        for name, text in texts.items():
            configs.write(tmp_path, text, f"{name}.yaml")
        return tmp_path / "own.yaml"

    return write


def faults(path) -> list[str]:
    with pytest.raises(UserError) as caught:
        load(path)
    return caught.value.messages


def test_own_keys_win_then_later_fragments(folder):
    found = load(folder())
    assert found.years == 7
    assert found.parameters.migration.talent_mobility == 0.07
    assert found.parameters.migration.distance_cost == 1.2
    assert found.parameters.capital.home_bias == 2.5
    assert load(folder(), ["parameters.capital.home_bias=2"]).parameters.capital.home_bias == 2


def test_a_fault_of_a_fragment_has_its_place_there(folder, tmp_path):
    path = folder(two="parameters:\n  capital:\n    home_bais: 2.5\n")
    (message,) = faults(path)
    assert message.startswith(f"{tmp_path / 'two.yaml'}:3:5: parameters.capital.home_bais: unknown key")
    assert message.endswith("did you mean 'home_bias'?")
    (message,) = faults(folder(two="years: 7\nyears: 8\n"))
    assert message.startswith(f"{tmp_path / 'two.yaml'}:2:1: years: duplicate key")


def test_an_own_fault_keeps_its_place(folder, tmp_path):
    (message,) = faults(folder(own=SCENARIO.replace("0.07", "7")))
    assert message.startswith(f"{tmp_path / 'own.yaml'}:5:15: parameters.migration.talent_mobility: 7 is out of range")


def test_a_list_replaces_a_list_and_keeps_no_places_of_the_old_one(folder, tmp_path):
    text = "mechanisms:\n  - {kind: fiscal_transfer, name: a, targets: [supporting]}\n  - {kind: enclave, name: b}\n"
    own = SCENARIO + "mechanisms:\n  - {kind: fiscal_transfer, name: c, targets: [supportin]}\n"
    (message,) = faults(folder(own=own, one=text))
    assert message.startswith(f"{tmp_path / 'own.yaml'}:7:") and "did you mean 'supporting'" in message


@pytest.mark.parametrize(
    "own, words",
    [
        ("include: [three.yaml]", "own.yaml:3:11: include.0: no file 'three.yaml'; expected a YAML file"),
        ("include: one.yaml", "own.yaml:3:1: include: is not a list of files; expected such as [fragment.yaml]"),
        ("include: [loop.yaml]", "'loop.yaml' includes itself"),
        ("include: [broken.yaml]", "broken.yaml:2:1: not YAML"),
    ],
)
def test_fragments_that_cannot_be_read(folder, own, words):
    path = folder(own=f"kind: scenario\nname: own\n{own}\n", loop="include: [loop.yaml]\n", broken="a: [1\n")
    assert any(words in message for message in faults(path))


def test_fragments_of_fragments_and_of_a_comparison(folder, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "base.yaml").write_text("firms: 5000\n", encoding="utf-8")
    path = folder(
        one="include: [deep/base.yaml]\nyears: 6\n",
        own="kind: comparison\nname: own\nscenario: {name: s, include: [one.yaml]}\n"
        "arms: {baseline: {}, b: {set: {seed: 2}}}\n",
    )
    found = load(path)
    assert isinstance(found, Comparison)
    assert (found.scenario.years, found.scenario.firms) == (6, 5000)
    (message,) = faults(folder(one="years: many\n", own=path.read_text(encoding="utf-8")))
    assert message.startswith(f"{tmp_path / 'one.yaml'}:1:1: scenario.years: 'many' is the wrong type")


def test_schema_names_the_key():
    assert json_schema()["$defs"]["Scenario"]["properties"]["include"]["type"] == "array"
