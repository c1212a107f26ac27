"""A mechanism that posts every year what a test gives it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from sim.policy.mechanism import Mechanism
from sim.policy.settlement import ORDERS, WEDGES


class Poster(Mechanism):
    """Posts shifts of wedges and purchases of stakes; it hurts whoever pays."""

    writes: ClassVar[frozenset[str]] = frozenset((*WEDGES, *ORDERS))

    kind: Literal["poster"] = "poster"
    shifts: tuple[tuple[str, Any, Any], ...] = ()  # wedge, by, where
    stakes: tuple[tuple[int, int, int, float], ...] = ()  # buyer, seller, region, million yuan

    def planned_cost(self, world: Any, years: int) -> float:
        return 0.0

    def decide(self, view: Any, act: Any, memory: Any) -> None:
        for wedge, by, where in self.shifts:
            act.shift(wedge, by, where)
        for buyer, seller, region, amount in self.stakes:
            act.buy_stakes(buyer, seller, region, amount, "stakes")
