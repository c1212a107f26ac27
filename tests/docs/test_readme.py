"""The configs and links shown in the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.config import load

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=["scenario", "comparison"])
def test_shown_configs_are_valid(text, tmp_path):
    file = tmp_path / "shown.yaml"
    file.write_text(text, encoding="utf-8")
    assert load(str(file), []).name in text


def test_links_and_named_pages_exist():
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    named = re.findall(r"`((?:docs|sim|tests)/[\w./]+\.(?:md|py|png))`", README)
    missing = [name for name in linked + named if not (ROOT / name).exists() and "NAME" not in name]
    assert not missing, missing
