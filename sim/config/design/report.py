"""What the schema cannot see of indicators and of what a report shows: unknown ones, groups without regions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sim import world as worlds
from sim.config.text.problems import Problem
from sim.errors import UserError, nearest
from sim.groups import LACKING, Group, reported_regions, targeted_regions
from sim.indicators import INDICATORS
from sim.selection import evaluate


def error_of(config: Any, indicator: str) -> str:
    """Return what is wrong with an indicator of an experiment; empty if nothing.

    Parameters
    ----------
    config : object
        Of a kind with a scenario.
    indicator : str
    """
    if indicator not in INDICATORS:
        return f"no indicator '{indicator}'; expected one of 'hinterland list indicators'" + nearest(
            indicator, INDICATORS
        )
    group = INDICATORS[indicator].group
    if group not in LACKING:
        return ""
    data = config.model_dump(mode="json")
    there = reported_regions(data) if group is Group.REGIONS else targeted_regions(data)
    return "" if there else f"'{indicator}': {LACKING[group]}"


def problems_of(config: Any) -> list[Problem]:
    """Return the errors of the section ``report``.

    Parameters
    ----------
    config : Comparison, Sweep or Robustness
        Whose arms have no errors.
    """
    found = ((i, error_of(config, name)) for i, name in enumerate(config.report.indicators))
    problems = [Problem(("report", "indicators", i), text) for i, text in found if text]
    return problems + (list(_regions(config)) if config.report.regions else [])


def _regions(config: Any) -> Iterator[Problem]:
    """Yield the errors of the selectors of regions."""
    world = config.scenario.opened()
    targets = targeted_regions(config.model_dump(mode="json"))
    known = dict(world.selectors)
    if targets:
        known[Group.TARGETS] = worlds.select(world, targets)
    for i, text in enumerate(config.report.regions):
        position = ("report", "regions", i)
        if not targets and re.search(rf"\b{Group.TARGETS}\b", text):
            yield Problem(position, f"'{text}': no arm has a mechanism with targets; expected one, or other regions")
            continue
        try:
            if not evaluate(text, known, of=f" in world '{world.name}'").any():
                yield Problem(position, f"'{text}' selects no region; expected at least one")
        except UserError as error:
            yield from (Problem(position, message.removeprefix("regions: ")) for message in error.messages)
