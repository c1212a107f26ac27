"""Paired differences of short runs in the world of eight cities."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.testing import small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded

AUDITS = ("audit_money", "audit_people", "audit_capital", "audit_market")


def at(*regions: str) -> list[int]:
    """Return the indices of some of the eight cities."""
    return [loaded(small_world()).index(region) for region in regions]


@lru_cache(maxsize=16)
def _baseline(years: int, seed: int) -> dict[str, np.ndarray]:
    return simulate(scenario_with([], small_world(), years), seed).series


def effect(years: int, variables: tuple[str, ...], seed: int = 1, **fields: Any) -> tuple[np.ndarray, ...]:
    """Return log changes of recorded variables in the last year by one mechanism, same seed; accounts balance.

    Of capital flows and knowledge they are differences.
    """
    mechanism = MECHANISMS[fields["kind"]](**fields)
    two, one = simulate(scenario_with([mechanism], small_world(), years), seed).series, _baseline(years, seed)
    assert max(two[name].max() for name in AUDITS) < 1e-9
    plain = ("capital_flow", "knowledge")
    return tuple(
        two[name][-1] - one[name][-1] if name in plain else np.log(two[name][-1] / one[name][-1]) for name in variables
    )
