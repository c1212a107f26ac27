"""Which regions and sectors words of a config mean."""

from __future__ import annotations

import numpy as np

import sim.world as worlds
from sim.errors import UserError, nearest
from sim.world.types import World


def pick(world: World, place: str, words: list[str]) -> np.ndarray:
    """Return the indices of the regions that selectors mean.

    Raises
    ------
    UserError
        If they mean no region.
    """
    found = np.flatnonzero(worlds.select(world, words))
    if not len(found):
        hint = nearest(words[0], world.regions["id"]) if words else ""
        raise UserError(f"{place}: {words} selects no region; expected at least one{hint}")
    return found


def pick_one(world: World, place: str, word: str) -> int:
    """Return the index of the one region that a selector means.

    Raises
    ------
    UserError
        If it means none or several.
    """
    found = pick(world, place, [word])
    if len(found) > 1:
        raise UserError(f"{place}: '{word}' selects {len(found)} regions; expected exactly one")
    return int(found[0])


def sector_mask(world: World, place: str, sectors: list[str]) -> np.ndarray:
    """Return the (S,) mask of named sectors; none named means all.

    Raises
    ------
    UserError
        If the world has no such sector.
    """
    for sector in sectors:
        if sector not in world.sectors:
            hint = nearest(sector, world.sectors)
            raise UserError(f"{place}: no sector '{sector}'; expected some of {', '.join(world.sectors)}{hint}")
    if not sectors:
        return np.ones(len(world.sectors), dtype=bool)
    return np.array([s in sectors for s in world.sectors])
