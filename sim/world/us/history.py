"""Observed history of the states: people and income at every census, and in 2009."""

from __future__ import annotations

import numpy as np

from sim.world.china.tables import table
from sim.world.types import History
from sim.world.us.build import income_in, people_in, us_world


def us_history(name: str, start: int) -> History:
    """Return the history of the states, as seen from a base year.

    Parameters
    ----------
    name : str
        ``us_states``.
    start : int
        Base year.
    """
    world = us_world(name, start)
    counted = int(table("us_people").columns[1])
    years = [int(year) for year in table("us_states").columns[1:] if int(year) >= counted]
    figures = {("people", year): people_in(year) for year in years}
    figures |= {("value_added", year): income_in(year) for year in years}
    all_states = np.ones(world.n_regions, dtype=bool)
    return History(world, figures, {"people": all_states, "value_added": all_states})
