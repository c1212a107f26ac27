"""Configs in the folder of a test: write one, load it as its kind, collect its faults."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest

from sim.config import load
from sim.errors import UserError

Config = TypeVar("Config")

# A small comparison of two instruments and both together, at equal cost.
COMPARED = """\
kind: comparison
name: mixed
scenario: {name: mixed, world: {kind: synthetic, name: twelve, regions: 12}, years: 4, firms: 1000}
arms:
  baseline: {}
  fund:
    mechanisms:
      - &fund {kind: investment_fund, name: fund, targets: [supporting], amount: 40000, invest_years: 2}
  transfer:
    mechanisms:
      - &transfer {kind: fiscal_transfer, name: transfer, targets: [supporting], amount: 5000}
  both: {mechanisms: [*fund, *transfer]}
replications: 2
common_budget: {amount: 10000, discount: 0.05}
"""
# A comparison whose seeds a rule may add.
ENOUGH = """\
kind: comparison
name: enough
scenario: {name: enough, years: 4, firms: 4000, calibrated: false}
arms:
  baseline: {}
  fund: {mechanisms: [{kind: investment_fund, name: fund, targets: [supporting], start: 2021}]}
  grant: {mechanisms: [{kind: fiscal_transfer, name: grant, targets: [supporting], start: 2021, amount: 100}]}
"""


def write(folder: Path, text: str, name: str = "file.yaml") -> Path:
    """Write a config and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load_as(kind: type[Config], folder: Path, text: str, *changes: str) -> Config:
    """Write a config, load it with overrides, and make sure that it is of this kind."""
    config = load(write(folder, text), list(changes))
    assert isinstance(config, kind)
    return config


def faults(folder: Path, text: str, *changes: str) -> list[str]:
    """Return the messages of a config that is refused."""
    path = write(folder, text)
    with pytest.raises(UserError) as caught:
        load(path, list(changes))
    return caught.value.messages


def swapped(text: str, old: str, new: str) -> str:
    """Replace a part of a text, which must be there."""
    assert old in text
    return text.replace(old, new)
