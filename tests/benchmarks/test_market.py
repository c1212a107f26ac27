"""The benchmark of mechanisms takes every kind: its bundled scenario, or its first example."""

from __future__ import annotations

from typing import ClassVar, Literal

import pytest

from benchmarks.market import shown
from sim.mechanisms import MECHANISMS
from sim.mechanisms.public.fiscal_transfer import FiscalTransfer


def test_every_kind_is_in_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    class New(FiscalTransfer):
        """Pays. It hurts."""

        kind: Literal["new"] = "new"
        writes: ClassVar[frozenset[str]] = frozenset({"transfer"})

    monkeypatch.setattr(MECHANISMS, "_added", {"new": New})
    for kind, cls in MECHANISMS.items():
        assert len(shown(kind)) == (0 if cls.preset_of else 1)
    assert shown("new")[0].effort == 0.5 and shown("enclave")[0].name == "parks"
