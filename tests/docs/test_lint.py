"""One list of checks: hooks run what `make lint` runs, and CI runs that."""

from __future__ import annotations

import re
import tomllib

from ruamel.yaml import YAML

from tests.helpers import ROOT


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_hooks_run_the_commands_of_make_lint():
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", read("Makefile"), flags=re.MULTILINE)
    commands = [line.strip().replace("$(VENV)", ".venv") for line in recipe.group(1).splitlines()]
    [repository] = YAML(typ="safe").load(read(".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local"
    assert [hook["entry"] for hook in repository["hooks"]] == commands
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
    assert "make lint\n" in read(".ci/run")


def test_the_citation_names_this_version():
    citation = YAML(typ="safe").load(read("CITATION.cff"))
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
