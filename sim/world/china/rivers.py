"""Which region's water comes from which."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.world.china.tables import table


def upstream(adcode: pd.Series, region: np.ndarray, n_regions: int) -> np.ndarray:
    """Shares of the river water of each region by the region directly upstream.

    Parameters
    ----------
    adcode : (units,) int
        Codes of the units in the courses of ``sim/data/rivers.csv``, which run from source to mouth.
    region : (units,) int
        Region of each unit.
    n_regions : int

    Returns
    -------
    (R, R) float
        ``out[i, j]``: share of region i's inflow that comes from j, equal among direct upstream regions; a
        row sums to 1, or to 0 where no river enters.
    """
    place = dict(zip(adcode.tolist(), region.tolist(), strict=True))
    enters = np.zeros((n_regions, n_regions))
    for course in table("rivers")["course"]:
        stops = [place[int(code)] for code in course.split("|") if int(code) in place]
        for above, below in zip(stops, stops[1:], strict=False):
            if above != below:
                enters[below, above] = 1.0
    return enters / np.maximum(enters.sum(axis=1, keepdims=True), 1.0)
