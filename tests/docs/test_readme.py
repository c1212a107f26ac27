"""What the README shows: configs, links, commands and Python that run."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

import sim
from sim.cli.app import app
from sim.config import load
from sim.config.loader import machine_of
from sim.documents import parse
from sim.report.brief import BEGIN, END
from sim.world import load_world, select, write_template
from tests.helpers import ROOT
from tests.helpers.running import call

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
EXAMPLES = [text for text in BLOCKS if text.startswith("kind: ")]
# Command lines of the sections on regions and worlds, in order.
SHOWN = [
    shlex.split(line, comments=True)[1:]
    for block in re.findall(r"```sh\n(.*?)```", README.split("## Name regions")[-1], flags=re.DOTALL)
    for line in block.splitlines()
    if line.startswith("hinterland ")
]


@pytest.mark.parametrize("text", EXAMPLES, ids=["scenario", "comparison", "sweep"])
def test_shown_configs_are_valid(text, tmp_path):
    file = tmp_path / "shown.yaml"
    file.write_text(text, encoding="utf-8")
    assert load(str(file), []).name in text


EXPERIMENTS = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
KINDS = {text.split()[1]: text for text in re.findall(r"```yaml\n(kind: .*?)```", EXPERIMENTS, flags=re.DOTALL)}


@pytest.mark.parametrize("kind", KINDS)
def test_experiments_of_the_page_are_valid(kind, tmp_path):
    file = tmp_path / "shown.yaml"
    file.write_text(KINDS[kind], encoding="utf-8")
    found = machine_of(str(file)) if kind == "dask" else load(str(file), [])
    assert found.kind == kind and len(KINDS) == 7


def test_links_and_named_pages_exist():
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    named = re.findall(r"`((?:docs|sim|tests)/[\w./]+\.(?:md|py|png))`", README)
    missing = [name for name in linked + named if not (ROOT / name).exists() and "NAME" not in name]
    assert not missing, missing


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the results of two arms of the main comparison, small, where the README puts them."""
    folder = tmp_path_factory.mktemp("readme")
    small = ["replications=1", "scenario.years=2", "scenario.firms=1000", "common_budget=null"]
    config = load("main", small)
    config = config.model_copy(update={"arms": {arm: config.arms[arm] for arm in ("baseline", "fund")}})
    assert sim.run(config, folder / "results" / "main", workers=1).ok
    return folder


def test_shown_python_reads_results(place, monkeypatch):
    monkeypatch.chdir(place)
    (text,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(text, "README.md", "exec"), names)
    shown = eval(text.strip().splitlines()[-1], names)
    assert shown.dims == ("year", "region")
    assert shown.shape[0] == 2 and (shown > 0).all()


# The command table: every row with its alternatives written out, and names put in for its placeholders.
TABLE = [row.replace(r"\|", "|") for row in re.findall(r"^\| `hinterland (.+?)` \|", README, flags=re.MULTILINE)]
VALUES = {
    "FILE|NAME": "small", "FILE": "shown.yaml", "NAME": "guangzhou", "DIR": "results/main", "PATH": "results/main",
    "V": "value_added", "…": "supporting", "key=value": "firms=1000", "FOLDER": "new_world",
    "KIND": "fiscal_transfer", "RULE": "yardstick", "TABLE": "forecast.csv", "YEAR": "2021",
    "REGION": "qingyuan", "SECTION": "transport", "SEEDS": "2", "YEARS": "2", "FIRMS": "1000",
}  # fmt: skip


def calls(row: str) -> list[list[str]]:
    """Return the command lines of a row."""
    row = row.replace("[--out DIR]", "--out other --set years=1").translate({ord("["): None, ord("]"): None})
    words = [[VALUES[word]] if word in VALUES else word.split("|") for word in row.split()]
    return [list(line) for line in itertools.product(*words)]


def test_table_names_every_command_and_no_other():
    real = {command.name for command in (*app.registered_commands, *app.registered_groups)}
    assert {row.split()[0] for row in TABLE} == real


@pytest.mark.parametrize("line", [line for row in TABLE for line in calls(row)], ids=" ".join)
def test_commands_of_the_table_run(line, place, monkeypatch, capsys):
    monkeypatch.chdir(place)
    text = EXAMPLES[0] if "--into" not in line else f"{BEGIN}\n{END}\n"
    (place / "shown.yaml").write_text(text, encoding="utf-8")
    if "new_world" in line:
        shutil.rmtree(place / "new_world", ignore_errors=True)
    if line[:2] == ["world", "check"]:
        write_template(place / "new_world")
    code, out, _ = call(capsys, *line, "--json")
    assert not code, out
    assert json.loads(out)


def test_shown_commands_on_regions_and_worlds_run(place, monkeypatch, capsys):
    monkeypatch.chdir(place)
    assert len(SHOWN) >= 7
    for line in SHOWN:
        small = ["--set", "years=2"] if line[0] == "run" else []
        code, out, _ = call(capsys, *line, *small, "--json")
        assert not code, (line, out)
        assert json.loads(out)


def test_shown_sets_of_regions_are_not_empty():
    (text,) = [block for block in BLOCKS if block.startswith("targets: ")]
    for entry in parse(text, "README.md").data["targets"]:
        assert select(load_world("china", 2020), entry).any(), entry


def test_named_make_targets_exist():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = re.findall(r"(?:`|^)make (?:PYTHON=\S+ )?([a-z]+)", README, flags=re.MULTILINE)
    assert named and set(named) <= set(targets)
