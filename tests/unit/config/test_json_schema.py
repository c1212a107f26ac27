"""The JSON Schema says what the loader says: of bundled files, of the examples in the docs, of files with one slip."""

from __future__ import annotations

import copy
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sim.config import SCHEMA_FILE, json_schema, schema_text, template
from sim.config.loader import interpret
from sim.config.text.problems import validate
from sim.documents import Document, parse, read
from sim.errors import UserError
from sim.kinds import KINDS, resolved
from sim.validation.theory.preset import understood
from tests.helpers import ROOT
from tests.helpers.mutants import mutant

BUNDLED = sorted([*ROOT.glob("configs/*.yaml"), *ROOT.glob("configs/theory/*.yaml"), *ROOT.glob("experiments/*.yaml")])
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
SHOWN = [text for page in PAGES for text in re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)]
WHOLE = [text for text in SHOWN if re.search(r"^kind: ", text, flags=re.MULTILINE) and "\nof: " not in text]
# Of these a mutant is checked in milliseconds.
QUICK = ("small", "own_inline", "synthetic", "enclave", "fiscal_transfer", "investment_fund", "solow", "hub")
# Codes of errors that are found beyond the types, keys, words and bounds of single values.
BEYOND = re.compile(r"value_error|.*\..*")
SHORT = """\
kind: sensitivity
name: short
scenario: {name: short, record: all, structure: {2025: {primary: 0.1, secondary: 0.4, tertiary: 0.5}}}
inputs: [parameters.migration, parameters.capital.depreciation]
method: morris
samples: 2
machine: processes
"""


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    Draft202012Validator.check_schema(json_schema())
    return Draft202012Validator(json_schema())


def refused(data: dict[str, Any], folder: Path) -> list[str]:
    """Return what the loader of a file says against it."""
    document = Document("file", copy.deepcopy(data))
    try:
        understood(document) if data.get("kind") == "theory" else interpret(document, [], folder)
    except UserError as error:
        return error.messages
    return []


def by_type(data: dict[str, Any], folder: Path) -> list[str]:
    """Return what the classes say against single values of a file; nothing of what is wrong between them."""
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        return []
    _, problems = validate(resolved(KINDS[kind].schema), data)
    return [p.sentence for p in problems if p.code not in ("union_tag_invalid",) and not BEYOND.fullmatch(p.code)]


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_files_are_valid_and_name_the_schema(path: Path, schema: Draft202012Validator) -> None:
    assert schema.is_valid(read(path).data)
    (named,) = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", path.read_text("utf-8"), flags=re.MULTILINE)
    assert (path.parent / named).resolve() == ROOT / "configs" / SCHEMA_FILE


def test_bundled_schema_is_that_of_the_classes() -> None:
    made = subprocess.run([sys.executable, "-m", "sim", "schema"], capture_output=True, text=True, check=True).stdout
    text = "expected it made again: hinterland schema > configs/hinterland.schema.json"
    assert (ROOT / "configs" / SCHEMA_FILE).read_text("utf-8") == made, text


@pytest.mark.parametrize("text", [*WHOLE, SHORT, template()], ids=lambda text: "-".join(text.split()[:4]))
def test_examples_are_valid(text: str, schema: Draft202012Validator) -> None:
    errors = [f"{list(e.absolute_path)}: {e.message}" for e in schema.iter_errors(parse(text, "example").data)]
    assert len(WHOLE) > 10 and not errors


def test_forms_and_kinds(schema: Draft202012Validator) -> None:
    found = json_schema()
    assert set(found["discriminator"]["mapping"]) == {*KINDS, "theory", "processes", "dask", "mpi"}
    own = {"kind": "scenario", "name": "a"}
    assert schema.is_valid(own) and schema.is_valid({**own, "record": "all"}) and schema.is_valid({**own, "years": 5.0})
    for wrong in ({"name": "a"}, {**own, "years": True}, {**own, "kind": "senario"}, {**own, "record": "most"},
                  {**own, "title": "\0"}, {**own, "world": {"name": "a", "regions": 4}}, {**own, "start": 1e30},
                  {**own, "mechanisms": [{"targets": ["all"]}]}, {**own, "mechanisms": [{"kind": "x"}]}):  # fmt: skip
        assert not schema.is_valid(wrong), wrong
    assert schema.is_valid({**own, "mechanisms": [{"kind": "twinning"}], "mechanisms_from": "twinning.py"})
    assert schema.is_valid({"include": ["rest.yaml"]}) and schema.is_valid({"kind": "sweep", "include": ["rest.yaml"]})
    arms = {"kind": "comparison", "name": "a", "scenario": "small", "arms": {"baseline": {}, "b": {}}}
    key = "parameters.migration.talent_mobility"
    assert schema.is_valid({**arms, "arms": {"baseline": {}, "b": {"set": {key: 0.1}}}})
    assert not schema.is_valid({**arms, "arms": {"baseline": {}, "b": {"set": {key: "much"}}}})
    assert schema_text().endswith("}\n")


def compared(count: int, names: list[Path], schema: Draft202012Validator, seed: int) -> tuple[Counter[str], list[str]]:
    """Return how many mutants both take or refuse, and where they disagree."""
    rng, found, disagreements = random.Random(seed), Counter[str](), []
    texts = {path: read(path).data for path in names}
    for _ in range(count):
        path = rng.choice(names)
        what, data = mutant(texts[path], rng)
        taken, said = schema.is_valid(data), refused(data, path.parent)
        if not taken and not said:
            disagreements.append(f"{path.stem}: {what}: the schema refuses, the loader takes")
        elif taken and said and (beyond := by_type(data, path.parent)):
            disagreements.append(f"{path.stem}: {what}: the schema takes, the loader refuses: {beyond[0]}")
        found["both take" if taken and not said else "both refuse" if not taken and said else "other rules refuse"] += 1
    return found, disagreements


def test_some_mutants(schema: Draft202012Validator) -> None:
    found, disagreements = compared(120, [p for p in BUNDLED if p.stem in QUICK], schema, seed=1)
    assert not disagreements and min(found["both take"], found["both refuse"]) > 10


@pytest.mark.long
def test_a_thousand_mutants(schema: Draft202012Validator, capsys: pytest.CaptureFixture[str]) -> None:
    # The first two take seconds each; the schema cannot know the kind that the third loads.
    names = [path for path in BUNDLED if path.stem not in ("robust_main", "screen_main", "evidence_graduates")]
    found, disagreements = compared(1000, names, schema, seed=19)
    with capsys.disabled():
        print(f"\n1,000 mutants of {len(names)} files: {dict(found)}; {len(disagreements)} disagreements")
    assert not disagreements, disagreements


def test_numbers_of_worlds_are_bounded():
    """Sums of squares of numbers without bounds are not finite."""

    def numbers(node):
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            if isinstance(child, dict) and child.get("type") in ("number", "integer"):
                yield child
            yield from numbers(child)

    found = [node for one in ("InlineWorld", "RegionRow", "EdgeRow", "SectorSpec", "Hours", "SyntheticWorld")
             for node in numbers(json_schema()["$defs"][one])]  # fmt: skip
    assert len(found) > 40 and all({"maximum", "exclusiveMaximum"} & node.keys() for node in found)
