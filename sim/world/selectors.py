"""Words and expressions that name regions of a world."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.errors import UserError
from sim.selection import evaluate
from sim.world.types import World


def vocabulary(world: World) -> list[str]:
    """Return every word that `select` understands, sorted."""
    return sorted(world.selectors)


def select(world: World, selectors: Iterable[str]) -> np.ndarray:
    """Regions that any of the words or expressions names.

    Parameters
    ----------
    world : World
    selectors : str or iterable of str
        Region ids, zones, provinces, areas, circles, belts, points, or ``all``; or sets of them, such as
        ``supporting & guangxi`` (`sim.selection.evaluate`).

    Returns
    -------
    (R,) bool

    Raises
    ------
    UserError
        For words that name nothing in this world, one message each.
    """
    known = world.selectors
    mask = np.zeros(world.n_regions, dtype=bool)
    faults: list[str] = []
    for text in [selectors] if isinstance(selectors, str) else selectors:
        try:
            mask |= evaluate(text, known, of=f" in world '{world.name}'")
        except UserError as error:
            faults += error.messages
    if faults:
        raise UserError(faults)
    return mask
