"""All facts, in the order of `facts.yaml`."""

from __future__ import annotations

from sim.validation.facts import decade, firms, people, policies, trade
from sim.validation.facts.fact import Fact, read_facts

THEMES = (trade, people, decade, firms, policies)
MODELS = {key: model for theme in THEMES for key, model in theme.MODELS.items()}
BARS = {**people.BARS, **decade.BARS}
FACTS: tuple[Fact, ...] = read_facts(MODELS, BARS)
