"""Adjustment dynamics: sequential best response, replicator, or the logit of the calibrated model."""

from __future__ import annotations

import numpy as np

from sim.errors import RunFailed
from sim.kernels import random as rnd
from sim.kernels.flows import logit_shares
from sim.validation.theory.engine import PresetMarket

BETTER = 1e-10  # smallest relevant difference of log rewards: the market is solved to about 1e-12
RECONSIDER = 0.5  # share of movers who choose again in a period of the logit regime
RATE = 1.0  # of the replicator; higher rates overshoot at high trade costs
STILL = 1e-11  # convergence tolerance; the market is solved to about 1e-12


def start_counts(market: PresetMarket) -> np.ndarray:
    """Return the initial number of movers (R,) by region."""
    preset, n = market.preset, market.n
    if preset.start == "concentrated":
        share = np.eye(n)[0]
    elif preset.start == "symmetric":
        share = np.full(n, 1.0 / n)
    else:
        share = np.array(preset.start, dtype=float) / sum(preset.start)
    ends = np.floor(np.cumsum(share) * preset.movers + 0.5).astype(np.int64)
    return np.diff(ends, prepend=0)


def best_response(market: PresetMarket, counts: np.ndarray, stop: int | None = None, seed: int = 1) -> np.ndarray:
    """Let movers, in random order, move to the best region if it is strictly better than their own.

    Prices are solved before every move: a mover compares its reward after moving with its current reward.

    Parameters
    ----------
    market : PresetMarket
    counts : (R,) int
        Movers by region at the start.
    stop : int, optional
        Stop as soon as the number of movers in a region has changed by this amount.
    seed : int
        Seed of the order of movers.

    Returns
    -------
    (R,) int
        Movers by region in equilibrium, or when stopped.
    """
    first, counts = np.asarray(counts), np.array(counts)
    n = int(counts.sum())
    place = np.repeat(np.arange(market.n), counts)
    order = np.argsort(rnd.uniforms(rnd.stream(seed, rnd.SURVIVAL, 0), np.arange(n, dtype=np.uint64)))
    content = counts == 0
    for _ in range(200):
        for mover in order:
            here = place[mover]
            if content[here]:
                continue
            there = _best(market, counts, here)
            if there == here:
                content[here] = True
                continue
            counts[here] -= 1
            counts[there] += 1
            place[mover] = there
            content = counts == 0
            if stop is not None and np.abs(counts - first).max() >= stop:
                return counts
        if content.all():
            return counts
    raise RunFailed("best response: no equilibrium after 200 rounds")


def _best(market: PresetMarket, counts: np.ndarray, here: int) -> int:
    n = counts.sum()
    now, chosen = market.rewards(counts / n)[here] + BETTER, here
    for there in range(market.n):
        if there != here:
            after = counts.copy()
            after[here] -= 1
            after[there] += 1
            reward = market.rewards(after / n)[there]
            if reward > now:
                now, chosen = reward, there
    return int(chosen)


def replicator(market: PresetMarket, shares: np.ndarray, steps: int) -> np.ndarray:
    """Return shares (R,) after a number of steps in which they grow with their reward relative to the mean."""
    shares = np.array(shares, dtype=float)
    for _ in range(steps):
        reward = np.exp(market.rewards(shares))
        shares = shares * (1.0 + RATE * (reward / (shares @ reward) - 1.0))
        shares = np.maximum(shares, 0.0) / np.maximum(shares, 0.0).sum()
    return shares


def logit(market: PresetMarket, shares: np.ndarray) -> np.ndarray:
    """Return the fixed point (R,) of repeated logit choices by part of the movers."""
    shares, n = np.array(shares, dtype=float), market.n
    choice = np.empty((n, n))
    for _ in range(20_000):
        logit_shares(np.ones(n), market.preset.elasticity * market.rewards(shares), np.zeros((n, n)), choice)
        after = (1.0 - RECONSIDER) * shares + RECONSIDER * (shares @ choice)
        if np.abs(after - shares).max() < STILL:
            return after
        shares = after
    raise RunFailed("logit: no convergence in 20,000 periods")


def equilibrium(market: PresetMarket) -> np.ndarray:
    """Return the equilibrium shares (R,) of a preset, given its start and dynamics."""
    counts = start_counts(market)
    kind = market.preset.dynamics
    if kind == "best_response":
        return best_response(market, counts) / counts.sum()
    shares = counts / counts.sum()
    if kind == "logit":
        return logit(market, shares)
    return replicator(market, _nudged(shares), 5000)


def _nudged(shares: np.ndarray, size: float = 1e-3) -> np.ndarray:
    """Perturb shares slightly towards the first region, or away from it if all movers are there."""
    push = size * (np.eye(len(shares))[0] - 1.0 / len(shares))
    return shares - push if shares[0] == 1.0 else shares + push
