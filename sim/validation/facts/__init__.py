"""Stylised facts: published figures and those of the model, and whether a parameter was fitted to them."""

from __future__ import annotations

from sim.validation.facts.fact import Fact
from sim.validation.facts.runs import Runs
from sim.validation.facts.table import FACTS

__all__ = ["FACTS", "Fact", "Runs"]
