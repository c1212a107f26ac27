"""Results of other experiments on the same question in neighbouring results folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sim.errors import UserError
from sim.results.manifest import read_manifest


class Robustness(NamedTuple):
    """A robustness analysis of arms of the same names in the same world."""

    name: str
    indicator: str
    winners: pd.DataFrame  # of the indicator, see `sim.analysis.switching.WINNERS`
    switching: pd.DataFrame  # likewise, `SWITCHING`; those within their range
    uncertainties: int
    titles: dict[str, str]  # of the varied keys

    @property
    def group(self) -> str:
        """The group of regions on which effects are evaluated."""
        return self.indicator.removesuffix("_value_added")


def robustness_nearby(folder: Path, config: dict[str, Any], indicators: Sequence[str]) -> Robustness | None:
    """Return the robustness analysis in a neighbouring folder that covers most arms of a comparison.

    Parameters
    ----------
    folder : Path
        Results of the comparison.
    config : dict
        Its config.
    indicators : sequence of str
        By which the winners are determined: the first that it has.
    """
    arms = set(config.get("arms") or ()) - {config.get("baseline")}
    world = (config.get("scenario") or {}).get("world")
    found: list[tuple[int, str, Robustness]] = []
    for path in sorted(folder.resolve().parent.glob("*/winners.csv")):
        try:
            manifest = read_manifest(path.parent) or {}
        except UserError:
            continue
        other = manifest.get("config") or {}
        common = arms & set(other.get("arms") or ())
        if other.get("kind") != "robustness" or len(common) < 2 or other.get("scenario", {}).get("world") != world:
            continue
        winners, switching = pd.read_csv(path), pd.read_csv(path.with_name("switching.csv"))
        has = [name for name in indicators if (winners["indicator"] == name).any()]
        if not has:
            continue
        winners = winners[winners["indicator"] == has[0]]
        switching = switching[(switching["indicator"] == has[0]) & switching["switches"]]
        count, name = len(other.get("uncertainties") or ()), path.parent.name
        titles = {key: facts.get("title", "") for key, facts in (manifest.get("axes") or {}).items()}
        found.append((len(common), name, Robustness(name, has[0], winners, switching, count, titles)))
    return max(found, key=lambda item: item[:2])[2] if found else None
