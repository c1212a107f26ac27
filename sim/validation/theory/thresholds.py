"""Break and sustain points, found by model runs on a grid and bisection."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.errors import RunFailed
from sim.validation.theory.dynamics import best_response, replicator, start_counts
from sim.validation.theory.engine import PresetMarket
from sim.validation.theory.preset import Preset

GRID = 1.0 / (1.0 + np.exp(-np.linspace(-32.0, 8.0, 41)))  # freeness
LEFT = 0.03  # share of movers that must have moved for a run to count as leaving its start
STEPS, NUDGE, TINY = 20, 1e-3, 1e-18  # of the replicator: steps, shares moved from symmetry and from the core


def switch(leaves: Callable[[float], bool], grid: np.ndarray, what: str, precision: float = 1e-7) -> float:
    """Return the value at which runs begin or cease to leave their start.

    Parameters
    ----------
    leaves : callable
        Whether a run at a value leaves its start.
    grid : (n,) float
        Increasing values; exactly one change is expected.
    what : str
        For messages.
    precision : float
        Relative width of the final bracket.

    Raises
    ------
    RunFailed
        If there is not exactly one change.
    """
    seen = [leaves(float(value)) for value in grid]
    changes = [k for k in range(len(grid) - 1) if seen[k] != seen[k + 1]]
    if len(changes) != 1:
        raise RunFailed(f"{what}: {len(changes)} changes between {grid[0]:.2g} and {grid[-1]:.2g}; expected one")
    low, high, below = float(grid[changes[0]]), float(grid[changes[0] + 1]), seen[changes[0]]
    while high - low > precision * high:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if leaves(middle) == below else (low, middle)
    return 0.5 * (low + high)


def leaves_start(preset: Preset) -> bool:
    """Return whether movers leave the start of a preset: symmetric, or concentrated in the first region."""
    market = PresetMarket(preset)
    counts = start_counts(market)
    if preset.dynamics == "best_response":
        stop = max(2, int(LEFT * preset.movers))
        return bool((best_response(market, counts, stop) != counts).any())
    shares = counts / preset.movers
    if preset.start == "concentrated":
        shares = shares + TINY * (1.0 / market.n - shares)
        # The other shares are far below the rounding error of the core: compare them directly.
        return bool(replicator(market, shares, STEPS)[1:].sum() > shares[1:].sum())
    shares = shares + NUDGE * (np.eye(market.n)[0] - shares)
    return bool(replicator(market, shares, STEPS)[0] > shares[0])


def freeness_threshold(preset: Preset, start: str) -> float:
    """Return the freeness at which runs from ``symmetric`` (break) or ``concentrated`` (sustain) change."""
    what = f"{preset.model}, sigma {preset.sigma:g}, mu {preset.mu:g}, from the {start} start"

    def leaves(phi: float) -> bool:
        return leaves_start(preset.model_copy(update={"freeness": phi, "trade_cost": None, "start": start}))

    return switch(leaves, GRID, what)


def housing_threshold(preset: Preset) -> float:
    """Return the housing share at which the stability of symmetry changes (helpman)."""

    def leaves(housing: float) -> bool:
        return leaves_start(preset.model_copy(update={"mu": 1.0 - housing, "start": "symmetric"}))

    return switch(leaves, np.linspace(0.02, 0.72, 15), f"helpman, sigma {preset.sigma:g}")


def multiple_equilibria(preset: Preset, grid: np.ndarray) -> bool:
    """Return whether there are equilibria besides symmetry at some freeness of the grid (helpman)."""
    for phi in grid:
        for start in ("symmetric", "concentrated"):
            market = PresetMarket(preset.model_copy(update={"freeness": float(phi), "start": start}))
            counts = best_response(market, start_counts(market))
            if np.abs(counts - preset.movers / market.n).max() > 1:
                return True
    return False
