"""How movers reach a resting place: best response one by one, replicator, or the logit of the calibrated model."""

from __future__ import annotations

import numpy as np

from sim.errors import RunFailed
from sim.kernels import random as rnd
from sim.kernels.flows import logit_shares
from sim.validation.theory.engine import PresetMarket

BETTER = 1e-10  # rewards in logs that differ by less are the same: the market is solved to about 1e-12
RECONSIDER = 0.5  # share of movers who choose anew in a period of the logit regime
RATE = 1.0  # of the replicator; faster ones overshoot where trade is costly
STILL = 1e-11  # the market is solved to about 1e-12


def start_counts(market: PresetMarket) -> np.ndarray:
    """Return the movers (R,) of each region at the start of a preset."""
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
    """Let movers, in a random order, go to the best region if that is strictly better than where they are.

    Prices are solved before every move: a mover compares the reward after its own move with its reward now.

    Parameters
    ----------
    market : Places
    counts : (R,) int
        Movers by region at the start.
    stop : int, optional
        End as soon as a region has that many more or fewer than at the start.
    seed : int
        Of the order of movers.

    Returns
    -------
    (R,) int
        Where nobody wants to move, or where it was stopped.
    """
    first, counts = np.asarray(counts), np.array(counts)
    n = int(counts.sum())
    place = np.repeat(np.arange(market.n), counts)
    order = np.argsort(rnd.uniforms(rnd.stream(seed, rnd.FATE, 0), np.arange(n, dtype=np.uint64)))
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
    raise RunFailed("best response: movers did not come to rest in 200 rounds")


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
    """Let shares (R,) grow with their reward over the mean for a number of steps."""
    shares = np.array(shares, dtype=float)
    for _ in range(steps):
        reward = np.exp(market.rewards(shares))
        shares = shares * (1.0 + RATE * (reward / (shares @ reward) - 1.0))
        shares = np.maximum(shares, 0.0) / np.maximum(shares, 0.0).sum()
    return shares


def logit(market: PresetMarket, shares: np.ndarray) -> np.ndarray:
    """Let part of the movers choose by the engine's logit until nothing changes; return the shares (R,)."""
    shares, n = np.array(shares, dtype=float), market.n
    choice = np.empty((n, n))
    for _ in range(20_000):
        logit_shares(np.ones(n), market.preset.elasticity * market.rewards(shares), np.zeros((n, n)), choice)
        after = (1.0 - RECONSIDER) * shares + RECONSIDER * (shares @ choice)
        if np.abs(after - shares).max() < STILL:
            return after
        shares = after
    raise RunFailed("logit: shares did not come to rest in 20,000 periods")


def equilibrium(market: PresetMarket) -> np.ndarray:
    """Return the shares (R,) at which a preset comes to rest, by its own start and dynamics."""
    counts = start_counts(market)
    kind = market.preset.dynamics
    if kind == "best_response":
        return best_response(market, counts) / counts.sum()
    shares = counts / counts.sum()
    if kind == "logit":
        return logit(market, shares)
    return replicator(market, _nudged(shares), 5000)


def _nudged(shares: np.ndarray, size: float = 1e-3) -> np.ndarray:
    """Move a little from every region to the first, or out of it if all are there."""
    push = size * (np.eye(len(shares))[0] - 1.0 / len(shares))
    return shares - push if shares[0] == 1.0 else shares + push
