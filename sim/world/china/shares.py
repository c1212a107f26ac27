"""Shares and provincial sums of regional figures."""

from __future__ import annotations

import numpy as np

from sim.world.types import World


def share(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return shares of the chosen regions in their sum; the last axis is regions."""
    chosen = values[..., rows]
    return chosen / chosen.sum(axis=-1, keepdims=True)


def by_province(values: np.ndarray, world: World, rows: np.ndarray) -> np.ndarray:
    """Return sums by province over the chosen regions; the last axis becomes provinces, sorted by name."""
    _, code = np.unique(world.regions["province"].to_numpy()[rows], return_inverse=True)
    return values[..., rows] @ np.eye(code.max() + 1)[code]
