"""Shares and sums by province of figures by region."""

from __future__ import annotations

import numpy as np

from sim.world.types import World


def share(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return shares of the chosen rows in their sum; the last axis is the regions."""
    chosen = values[..., rows]
    return chosen / chosen.sum(axis=-1, keepdims=True)


def by_province(values: np.ndarray, world: World, rows: np.ndarray) -> np.ndarray:
    """Return sums by province over the chosen rows; the last axis becomes the provinces, sorted by name."""
    _, code = np.unique(world.regions["province"].to_numpy()[rows], return_inverse=True)
    return values[..., rows] @ np.eye(code.max() + 1)[code]
