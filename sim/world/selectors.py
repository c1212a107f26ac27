"""Selection of regions of a world by selectors and expressions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.errors import UserError
from sim.selection import evaluate
from sim.world.types import World


def vocabulary(world: World) -> list[str]:
    """Return all selectors of a world, sorted."""
    return sorted(world.selectors)


def select(world: World, selectors: Iterable[str]) -> np.ndarray:
    """Return the regions of any of the selectors or expressions.

    Parameters
    ----------
    world : World
    selectors : str or iterable of str
        Region ids, zones, provinces, areas, circles, belts, points, or ``all``; or expressions such as
        ``supporting & guangxi`` (`sim.selection.evaluate`).

    Returns
    -------
    (R,) bool

    Raises
    ------
    UserError
        For unknown selectors, one message each.
    """
    known = world.selectors
    mask = np.zeros(world.n_regions, dtype=bool)
    problems: list[str] = []
    for text in [selectors] if isinstance(selectors, str) else selectors:
        try:
            mask |= evaluate(text, known, of=f" in world '{world.name}'")
        except UserError as error:
            problems += error.messages
    if problems:
        raise UserError(problems)
    return mask
