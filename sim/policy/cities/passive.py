"""Passive cities."""

from __future__ import annotations

from sim.policy.cities.rule import City, Decision
from sim.policy.view import View


class Passive(City):
    """Cities bid nothing and keep their default budget shares, which isolates the effect of an instrument.

    It hurts a city that loses firms and does nothing about it.
    """

    def decide(self, view: View) -> Decision:
        """Return the defaults."""
        return Decision()
