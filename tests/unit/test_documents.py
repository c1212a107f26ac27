"""The reader of YAML: what is legal but means nothing is told with its place, in files, overrides, presets, worlds."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from sim.config import load
from sim.documents import parse, parse_value
from sim.errors import UserError
from sim.policy.presets import PresetError, make
from sim.world import read_folder, write_template
from sim.yaml_nodes import DEEPEST
from tests.helpers import configs

SCENARIO = """\
kind: scenario
name: s
world: {kind: synthetic, name: tiny, regions: 4}
years: 2
firms: 1000
"""
# What is added to a file: what must be said of it.
LEGAL = {
    "parameters: {<<: 5}": "merges a value that is not a section",
    "parameters: {<<: }": "merges a value that is not a section",
    "parameters: {<<: [{}, 5]}": "merges a value that is not a section",
    "parameters: &p {migration: *p}": "contains itself",
    "title: &t [*t]": "contains itself",
    "demography: !!bool maybe": "'maybe' cannot be read as true or false",
    'seed: !!int ""': "'' cannot be read as an integer",
    "seed: !!float x": "'x' cannot be read as a number",
    "seed: !!int [1]": "has the tag '!!int'",
    "seed: !seed 1": "has the tag '!seed'",
    "parameters: !!set {a, b}": "has the tag '!!set'",
    "seed: " + "1" * 5000: "cannot be read as an integer",
    "? [a, b]\n: c": "a key is a section or list",
    "? {a: b}\n: c": "a key is a section or list",
    "title: " + "[" * 70 + "]" * 70: f"more than {DEEPEST} levels",
    "title: " + "[" * 3000 + "]" * 3000: f"more than {DEEPEST} levels",
    r'title: "\ud800"': "holds U+D800",
    r'title: "\0"': "holds U+0000",
    r'title: "\U99999999"': "not YAML",
    "title: *nothing": "undefined alias",
}


@pytest.mark.parametrize("text", LEGAL, ids=[text[:24] for text in LEGAL])
def test_is_told_with_its_place(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(f"{SCENARIO}{text}\n", "file.yaml").raise_problems()
    (told,) = caught.value.messages
    assert LEGAL[text] in told and told.startswith("file.yaml" if "not YAML" in told else "file.yaml:6:")


SOME = ("parameters: &p {migration: *p}", "title: &t [*t]", 'seed: !!int ""')


@pytest.mark.parametrize("text", SOME)
def test_is_told_once_of_a_config(text: str, tmp_path: Path) -> None:
    (told,) = configs.faults(tmp_path, f"{SCENARIO}{text}\n")
    assert LEGAL[text] in told and told.startswith(f"{tmp_path / 'file.yaml'}:6:")


@pytest.mark.parametrize("text", SOME)
def test_is_told_in_heads_of_worlds_and_in_presets(text: str, tmp_path: Path) -> None:
    write_template(tmp_path / "own")
    head = tmp_path / "own" / "world.yaml"
    head.write_text(head.read_text(encoding="utf-8") + text + "\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_folder(tmp_path / "own")
    assert any(LEGAL[text] in message and "world.yaml" in message for message in caught.value.messages)
    with pytest.raises(PresetError) as refused:
        make(f"kind: canal_of_mine\nof: transport_corridor\n{text}\n", "preset.yaml", "presets")
    assert any(LEGAL[text] in message and "preset.yaml" in message for message in refused.value.messages)


@pytest.mark.parametrize("version", ["1.3", "1.10"])
def test_versions_of_yaml(version: str, tmp_path: Path) -> None:
    told = configs.faults(tmp_path, f"%YAML {version}\n---\n{SCENARIO}")
    assert "file.yaml:1:1: " in told[0] and "expected YAML 1.2" in told[0]
    old = parse("%YAML 1.1\n---\na: yes\nb: 010\n", "old.yaml")
    assert old.data == {"a": True, "b": 8} and not old.problems
    assert parse("a: yes\nb: 010\n", "new.yaml").data == {"a": "yes", "b": 10}


def test_aliases_that_multiply_are_told() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 9)]
    with pytest.raises(UserError, match="aliases repeat more than 100,000 values"):
        parse("\n".join(lines), "laughs.yaml").raise_problems()


def test_halves_of_a_character_are_put_together() -> None:
    text = json.dumps({"title": "Nan\u0307ning 😀 广州"})
    assert r"\ud83d\ude00" in text
    assert parse(text, "title.json").data == {"title": "Nan\u0307ning 😀 广州"}


def test_merges_keep_the_places_of_own_keys() -> None:
    document = parse("one: &one {a: 1, b: 2}\ntwo:\n  a: 3\n  <<: *one\n", "file")
    assert document.data["two"] == {"a": 3, "b": 2}
    assert document.position(("two", "a")) == "file:3:3" and document.position(("two", "b")) == "file:1:18"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("parameters={migration: {talent_mobility: 0.05, talent_mobility: 0.09}}", "duplicate key"),
        ("parameters={<<: 5}", "merges a value that is not a section"),
        ("title=\ud800", "holds U+D800"),
        ("seed=!!int x", "'x' cannot be read as an integer"),
        ("title=" + "[" * 3000 + "]" * 3000, "levels"),
        ("=5", "no value"),
    ],
    ids=lambda text: text[:20].encode("ascii", "replace").decode(),
)
def test_is_told_of_overrides(override: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        load("small", [override])
    assert len(caught.value.messages) == 1 and said in caught.value.messages[0] and "--set" in caught.value.messages[0]


def test_steps_of_overrides_that_look_like_numbers(tmp_path: Path) -> None:
    for step in ("²", "٣", "1" * 5000, "-1", "+0", "0_0"):
        told = configs.faults(tmp_path, SCENARIO, "mechanisms=[{kind: fiscal_transfer}]", f"mechanisms.{step}.name=x")
        assert any(f"no item '{step}'" in message for message in told)


@pytest.mark.parametrize("key", ["kind", "world", "start", "years", "parameters", "mechanisms", "record", "structure"])
def test_a_section_where_a_word_is_expected(key: str, tmp_path: Path) -> None:
    lines = [line for line in SCENARIO.splitlines() if not line.startswith(f"{key}:")]
    for value in ("{a: [1]}", "[{kind: [1]}]"):
        assert configs.faults(tmp_path, "\n".join([*lines, f"{key}: {value}", ""])), value


def test_random_text_never_ends_in_an_error_of_the_program() -> None:
    rng = random.Random(1)
    letters = "abc01:-?[]{},&*!|>'\"%@`#<~= \n\t\\\u200b\ud800"
    for _ in range(1500):
        text = "".join(rng.choice(letters) for _ in range(rng.randrange(1, 25)))
        try:
            parse_value(text, "--set x")
            parse(f"a: {text}", "file").raise_problems()
        except UserError as error:
            assert all(message.strip() for message in error.messages)
