"""Results of other experiments on the same question in neighbouring results folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pydantic import BaseModel, ValidationError

from sim.errors import UserError
from sim.mechanisms import MECHANISMS
from sim.parameters import Parameters
from sim.results.manifest import read_manifest

STRENGTH = "strength"
SIMILAR = 1.25  # ratio of strengths up to which effects per yuan are about the same
TINY = 1e-9


class Robustness(NamedTuple):
    """A robustness analysis of arms of the same names in the same world."""

    name: str
    indicator: str
    winners: pd.DataFrame  # of the indicator, see `sim.analysis.switching.WINNERS`
    switching: pd.DataFrame  # likewise, `SWITCHING`; those within their range
    uncertainties: int
    firms: int  # number of firm agents
    titles: dict[str, str]  # of the varied keys

    @property
    def group(self) -> str:
        """The group of regions on which effects are evaluated."""
        return self.indicator.removesuffix("_value_added")


def robustness_nearby(folder: Path, config: dict[str, Any], indicators: Sequence[str]) -> Robustness | None:
    """Return the robustness analysis in a neighbouring folder that covers most arms of a comparison.

    It is about the same arms if world, years, parameters and settings of the mechanisms are the same except for what it
    varies, and the mechanisms are of similar strength. A setting that was added since one was stored has its default.

    Parameters
    ----------
    folder : Path
        Results of the comparison.
    config : dict
        Its config.
    indicators : sequence of str
        By which the winners are determined: the first that it has.
    """
    factors = _factors(folder)
    found: list[tuple[int, str, Robustness]] = []
    for path in sorted(folder.resolve().parent.glob("*/winners.csv")):
        try:
            manifest = read_manifest(path.parent) or {}
        except UserError:
            continue
        other = manifest.get("config") or {}
        if other.get("kind") != "robustness" or not _same_setting(config, other):
            continue
        common = [arm for arm in _policies(config) if _same_policy(config, other, arm, factors.get(arm, 1.0))]
        if len(common) < 2:
            continue
        winners, switching = pd.read_csv(path), pd.read_csv(path.with_name("switching.csv"))
        has = [name for name in indicators if (winners["indicator"] == name).any()]
        if not has:
            continue
        winners = winners[winners["indicator"] == has[0]]
        switching = switching[(switching["indicator"] == has[0]) & switching["switches"]]
        count, name = len(other.get("uncertainties") or ()), path.parent.name
        firms = int(other["scenario"]["firms"])
        titles = {key: facts.get("title", "") for key, facts in (manifest.get("axes") or {}).items()}
        found.append((len(common), name, Robustness(name, has[0], winners, switching, count, firms, titles)))
    return max(found, key=lambda item: item[:2])[2] if found else None


def _factors(folder: Path) -> dict[str, float]:
    """Return by what the strengths of the arms were multiplied for the common budget."""
    path = folder / "scaled.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {arm: float(facts["factor"]) for arm, facts in found.items()}


def _policies(config: dict[str, Any]) -> list[str]:
    arms = config.get("arms")
    return [arm for arm in arms if arm != config.get("baseline")] if isinstance(arms, dict) else []


def _same_setting(config: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two experiments have the same world, years and parameters, except for those that one varies."""
    one, two = (found.get("scenario") or {} for found in (config, other))
    if any(one.get(key) != two.get(key) for key in ("world", "start", "years")):
        return False
    given, theirs = (_complete(Parameters, found.get("parameters") or {}) for found in (one, two))
    return _fixed(given, "parameters", other) == _fixed(theirs, "parameters", other)


def _complete(cls: type[BaseModel] | None, given: dict[str, Any]) -> dict[str, Any]:
    """Return stored settings with the defaults of those that were added since they were stored."""
    try:
        return given if cls is None else cls.model_validate(given).model_dump(mode="json")
    except ValidationError:  # of a version that had others
        return given


def _same_policy(config: dict[str, Any], other: dict[str, Any], arm: str, factor: float) -> bool:
    """Return whether an arm has the same mechanisms in two experiments, except for what the other one varies."""
    if arm not in _policies(other):
        return False
    one, two = (found["arms"][arm].get("mechanisms") or [] for found in (config, other))
    if len(one) != len(two):
        return False
    for mine, theirs in zip(*([_complete(MECHANISMS.get(m.get("kind")), m) for m in found] for found in (one, two)),
                            strict=True):  # fmt: skip
        here = f"mechanisms.{theirs.get('name')}"
        if _fixed(mine, here, other, STRENGTH) != _fixed(theirs, here, other, STRENGTH):
            return False
        ratio = factor * float(mine.get(STRENGTH, 1.0)) / max(float(theirs.get(STRENGTH, 1.0)), TINY)
        if not 1 / SIMILAR <= ratio <= SIMILAR:
            return False
    return True


def _fixed(values: Any, here: str, other: dict[str, Any], without: str = "") -> Any:
    """Return settings without those that an experiment varies."""
    if not isinstance(values, dict):
        return values
    varied = {*(other.get("uncertainties") or ()), *(other.get("levers") or ())}
    return {
        key: _fixed(value, f"{here}.{key}", other)
        for key, value in values.items()
        if key != without and f"{here}.{key}" not in varied
    }
