"""The experiment that machines run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.configs import write

SWEEP = """\
kind: sweep
name: tiny
scenario: {name: tiny, world: {kind: synthetic, name: six, regions: 6, ports: 1}, years: 3, firms: 1000}
vary:
  parameters.migration.talent_mobility: {from: 0.03, to: 0.1, steps: 2}
  parameters.capital.depreciation: {from: 0.04, to: 0.1, steps: 2}
replications: 2
indicators: [supporting_value_added]
"""


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """A sweep of eight runs of some hundredths of a second each."""
    return write(tmp_path, SWEEP, "tiny.yaml")
