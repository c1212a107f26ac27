"""Results of other experiments on the same question in neighbouring results folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sim.errors import UserError
from sim.results.manifest import read_manifest


class Robustness(NamedTuple):
    """A robustness analysis of arms of the same names in the same world."""

    name: str
    winners: pd.DataFrame  # of the indicator, see `sim.analysis.switching.WINNERS`
    switching: pd.DataFrame  # likewise, `SWITCHING`; those within their range
    uncertainties: int


def robustness_nearby(folder: Path, config: dict[str, Any], indicator: str) -> Robustness | None:
    """Return the robustness analysis in a neighbouring folder that covers most arms of a comparison.

    Parameters
    ----------
    folder : Path
        Results of the comparison.
    config : dict
        Its config.
    indicator : str
        By which the winners are determined.
    """
    arms = set(config.get("arms") or ()) - {config.get("baseline")}
    world = (config.get("scenario") or {}).get("world")
    found: list[tuple[int, str, Robustness]] = []
    for path in sorted(folder.resolve().parent.glob("*/winners.csv")):
        try:
            other = (read_manifest(path.parent) or {}).get("config") or {}
        except UserError:
            continue
        common = arms & set(other.get("arms") or ())
        if other.get("kind") != "robustness" or len(common) < 2 or other.get("scenario", {}).get("world") != world:
            continue
        winners, switching = pd.read_csv(path), pd.read_csv(path.with_name("switching.csv"))
        winners = winners[winners["indicator"] == indicator]
        switching = switching[(switching["indicator"] == indicator) & switching["switches"]]
        if len(winners):
            count = len(other.get("uncertainties") or ())
            found.append((len(common), path.parent.name, Robustness(path.parent.name, winners, switching, count)))
    return max(found, key=lambda item: item[:2])[2] if found else None
