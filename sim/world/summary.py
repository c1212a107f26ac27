"""Summary of a world: rail times compared with timetables, totals, data quality."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import scipy

from sim.currency import in_currency
from sim.world.china.build import quality_shares
from sim.world.china.tables import WORLDS, distance_matrix, table
from sim.world.network.connect import line_edges
from sim.world.network.hours import open_edges, shortest
from sim.world.types import World

CHECK_YEAR = 2019
FAST_SHARE = 0.9
# Benchmark: hours as a linear function of distance, fitted from Guangzhou.
LINE_CONSTANT, LINE_PER_KM = 0.45, 0.0053
GROUPS = {"circles": "circle", "belts": "belts", "points": "points"}  # titles of columns of the region table


def rail_hours(world: World, year: int) -> np.ndarray:
    """Return station-to-station hours by rail and high-speed rail, (R, R) h.

    Terminal times count only at changes, as in timetables.
    """
    terminal = world.network.terminal_hours
    modes = ("rail", "hsr")
    found = shortest(open_edges(world.network.edges, year), world.n_regions, modes, terminal)
    return np.maximum(found - min(terminal[m] for m in modes), 0.0)


def check_rail_times(world: World) -> dict[str, float]:
    """Compare rail times with the timetables of 2019.

    Returns
    -------
    dict
        ``median_abs_error``, ``guangzhou_median_abs_error`` (and its rank correlation), ``straight_line_error``
        (from the centre by distance alone), all in hours; ``rank_correlation``; ``n`` pairs; the same with
        ``high_speed_`` for pairs that had a high-speed train.
    """
    rows = table("rail_hours").dropna(subset=["hours_with_hsr"])
    codes = world.regions["adcode"].to_numpy()
    place = {int(c): i for i, c in enumerate(codes) if not world.regions["id"][i].startswith("rest_of_")}
    rows = rows[rows["origin_adcode"].isin(place) & rows["dest_adcode"].isin(place)]
    a = rows["origin_adcode"].map(place).to_numpy(int)
    b = rows["dest_adcode"].map(place).to_numpy(int)
    seen = rows["hours_with_hsr"].to_numpy(float)
    model = rail_hours(world, CHECK_YEAR)[a, b]
    line = LINE_CONSTANT + LINE_PER_KM * distance_matrix(world.regions)[a, b]
    # Pairs with a high-speed train in the timetable, which lists only direct trains; the model allows changes.
    fast = ~(seen >= FAST_SHARE * rows["hours_conventional"].to_numpy(float))
    ours = (a == world.centre) | (b == world.centre)
    return {
        "median_abs_error": float(np.median(np.abs(model - seen))),
        "rank_correlation": float(scipy.stats.spearmanr(model, seen).statistic),
        "n": int(len(rows)),
        "high_speed_median_abs_error": float(np.median(np.abs(model - seen)[fast])),
        "high_speed_rank_correlation": float(scipy.stats.spearmanr(model[fast], seen[fast]).statistic),
        "high_speed_n": int(fast.sum()),
        "guangzhou_median_abs_error": float(np.median(np.abs(model - seen)[ours])),
        "guangzhou_rank_correlation": float(scipy.stats.spearmanr(model[ours], seen[ours]).statistic),
        "straight_line_error": float(np.median(np.abs(line - seen)[ours])),
    }


def _members(world: World, column: str) -> dict[str, int]:
    """Return the number of regions of each selector in a column of the region table."""
    return dict(Counter(name for cell in world.regions[column] for name in str(cell).split(";") if name))


def world_summary(world: World) -> dict[str, Any]:
    """Return the figures shown by ``hinterland world NAME``.

    Returns
    -------
    dict
        ``name, year, centre, currency, regions, zones`` (regions by zone), ``circles``, ``belts``, ``points`` (regions
        by selector), ``lines`` (mode of each line that is not open in the base year), ``totals`` (national sums with
        units in the key), ``sector_shares``, ``quality`` (share of cells by quality per figure), ``transport`` (rail
        check), ``sources``.
    """
    added = world.value_added
    return {
        "name": world.name,
        "year": world.year,
        "centre": str(world.regions["id"][world.centre]),
        "currency": world.currency,
        "regions": world.n_regions,
        "zones": {str(k): int(v) for k, v in world.regions["zone"].value_counts().items()},
        **{title: _members(world, column) for title, column in GROUPS.items()},
        "lines": {line: line_edges(world, line)[0].mode for line in line_edges(world)},
        "totals": {
            "people_persons": float(world.people.sum()),
            "talent_persons": float(world.people[:, 1].sum()),
            "unregistered_persons": float(world.unregistered.sum()),
            in_currency("value_added_million_yuan", world.currency): float(added.sum()),
            in_currency("capital_million_yuan", world.currency): float(world.capital.sum()),
            "capital_over_value_added": float(world.capital.sum() / added.sum()),
            "land_km2": float(world.land.sum()),
            "real_firms": float(world.real_firms.sum()),
        },
        "sector_shares": dict(zip(world.sectors, (added.sum(axis=0) / added.sum()).tolist(), strict=True)),
        "quality": quality_shares(world),
        "transport": check_rail_times(world) if world.name in WORLDS else {},
        "sources": dict(world.sources),
    }
