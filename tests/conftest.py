"""Options of the suite."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.helpers")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="store the reference figures anew")


@pytest.fixture
def rewrite_golden(request: pytest.FixtureRequest) -> bool:
    """Whether reference figures are stored instead of compared."""
    return bool(request.config.getoption("--rewrite-golden"))
