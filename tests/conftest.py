"""Options of the suite."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Hints name the command, and tests start it, in environments that are not activated as well.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])

pytest.register_assert_rewrite("tests.helpers")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="store the reference figures anew")


@pytest.fixture(autouse=True, scope="session")
def _unhurried() -> Iterator[None]:
    """Announce no phase that takes long, so that what tests read does not depend on the speed of the machine."""
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr("sim.batch.phases.LONG", 1e6)
        yield


@pytest.fixture
def rewrite_golden(request: pytest.FixtureRequest) -> bool:
    """Whether reference figures are stored instead of compared."""
    return bool(request.config.getoption("--rewrite-golden"))
