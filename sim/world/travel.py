"""Travel times between cities as transport plans state them, and the targets of plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from sim.world.china.tables import table
from sim.world.network.hours import layered
from sim.world.selectors import select
from sim.world.types import World

MODES = ("road", "expressway", "rail", "hsr")
COLUMNS = ("target", "region", "goal", "minutes", "over")


@dataclass(frozen=True)
class Target:
    """A travel time that a plan sets.

    Attributes
    ----------
    name, title : str
    origin : str
        Region from which it counts.
    regions : str
        Selector of the regions that are to be reached; the origin itself does not count.
    minutes : float
    source : str
    """

    name: str
    title: str
    origin: str
    regions: str
    minutes: float
    source: str


def travel_targets() -> list[Target]:
    """Return the targets of plans, from ``travel_targets.csv``."""
    return [Target(*row) for row in table("travel_targets").itertuples(index=False, name=None)]


def minutes_between(world: World, edges: pd.DataFrame, origin: int) -> np.ndarray:
    """Return minutes from a region to all on land between stations or junctions, as timetables state them.

    The way inside both cities and the time to board and to leave do not count, a change on the way does.

    Parameters
    ----------
    world : World
    edges : DataFrame
        Links in use, from `sim.world.edges_in_use`.
    origin : int

    Returns
    -------
    (R,) float, min
        Infinite for regions that no road or railway reaches.
    """
    n = world.n_regions
    graph = layered(edges, n, MODES, world.network.terminal_hours)
    starts = [layer * n + origin for layer in range(1, len(MODES) + 1)]
    hours = scipy.sparse.csgraph.dijkstra(graph, directed=False, indices=starts, min_only=True)
    return 60.0 * np.asarray(hours[n:]).reshape(len(MODES), n).min(axis=0)


def against_targets(world: World, edges: pd.DataFrame) -> pd.DataFrame:
    """Compare the travel times on some links with the targets.

    Parameters
    ----------
    world : World
        One in which the regions of the targets are known.
    edges : DataFrame
        Links in use.

    Returns
    -------
    DataFrame
        A row for each target and region: ``target``, ``region``, ``goal`` and ``minutes`` (min), ``over``: the
        minutes beyond the goal, negative or zero where it is met.
    """
    ids = world.regions["id"].to_numpy()
    parts = []
    for target in travel_targets():
        origin = world.index(target.origin)
        reached = select(world, target.regions)
        reached[origin] = False
        minutes = minutes_between(world, edges, origin)[reached]
        found = {"target": target.name, "region": ids[reached], "goal": float(target.minutes), "minutes": minutes}
        parts.append(pd.DataFrame(found).assign(over=minutes - target.minutes))
    return pd.concat(parts, ignore_index=True)
