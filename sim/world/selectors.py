"""Words that name regions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.errors import UserError, nearest
from sim.world.types import World

ALL = "all"


def _words(world: World) -> dict[str, np.ndarray]:
    """Every valid word with its regions, (R,) bool each; a word of two kinds names the union."""
    regions = world.regions
    found: dict[str, np.ndarray] = {ALL: np.ones(len(regions), dtype=bool)}

    def add(word: str, row: int) -> None:
        if word:
            found.setdefault(word, np.zeros(len(regions), dtype=bool))[row] = True

    for row, region in enumerate(regions.to_dict("records")):
        for column in ("id", "province", "area", "zone"):
            add(str(region[column]), row)
        for column in ("circle", "belts", "points"):
            for word in str(region[column]).split(";"):
                add(word, row)
    return found


def vocabulary(world: World) -> list[str]:
    """Return every word that `select` understands, sorted."""
    return sorted(_words(world))


def select(world: World, words: Iterable[str]) -> np.ndarray:
    """Regions that any of the words names.

    Parameters
    ----------
    world : World
    words : iterable of str
        Region ids, zones, provinces, areas, circles, belts, points, or ``all``.

    Returns
    -------
    (R,) bool

    Raises
    ------
    UserError
        For words that name nothing in this world, one message each.
    """
    known = _words(world)
    asked = [words] if isinstance(words, str) else list(words)
    unknown = [
        f"regions: '{word}' is unknown in world '{world.name}'; expected a region, zone, province, area, circle, "
        f"belt, point or 'all'{nearest(word, known)}"
        for word in asked
        if word not in known
    ]
    if unknown:
        raise UserError(unknown)
    mask = np.zeros(world.n_regions, dtype=bool)
    for word in asked:
        mask |= known[word]
    return mask
