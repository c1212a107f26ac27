"""Discrete choices of people and firms: IIA, the logsum, exact draws."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import integrate, stats

from sim.kernels import random as rnd
from sim.kernels.firms import Rows
from sim.kernels.flows import logit_shares
from sim.kernels.relocation import Locations, movers


def random_choice(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return size (R,), value (R,) and cost (R, R) of a choice among n cities."""
    return np.exp(rng.normal(size=n)), rng.normal(scale=2.0, size=n), rng.exponential(2.0, size=(n, n))


def iia_break(size: np.ndarray, value: np.ndarray, cost: np.ndarray, kept: np.ndarray) -> float:
    """Return the largest relative change of odds when the choice set is restricted."""
    full, part = np.empty_like(cost), np.empty((len(kept), len(kept)))
    logit_shares(size, value, cost, full)
    logit_shares(size[kept], value[kept], np.ascontiguousarray(cost[np.ix_(kept, kept)]), part)
    inside = full[np.ix_(kept, kept)]
    odds = (inside / inside[:, :1]) / (part / part[:, :1])
    return float(np.abs(odds - 1).max())


def logsum_break(size: np.ndarray, value: np.ndarray, cost: np.ndarray) -> float:
    """Return the largest difference of the logsum from the expected maximum, by integration over Gumbel draws."""
    logsum = logit_shares(size, value, cost, np.empty_like(cost))
    worst = 0.0
    for i, found in enumerate(logsum):
        u = np.log(size) + value - cost[i]

        # E max = int (1 - F) over positive minus int F over negative numbers; F = product of Gumbel distributions
        def below(t: float, u: np.ndarray = u) -> float:
            return float(np.exp(-np.exp(u - t).sum()))

        middle = float(u.max())
        upper = integrate.quad(lambda t: 1 - below(t), middle, middle + 60, epsabs=1e-11, limit=400)[0]
        lower = integrate.quad(below, middle - 60, middle, epsabs=1e-11, limit=400)[0]
        worst = max(worst, abs(middle + upper - lower - np.euler_gamma - found))
    return worst


def derivative_break(size: np.ndarray, value: np.ndarray, cost: np.ndarray, step: float = 1e-4) -> float:
    """Return the largest difference of a derivative of the logsum (five points) from its choice probability."""
    shares, other = np.empty_like(cost), np.empty_like(cost)
    logit_shares(size, value, cost, shares)
    worst = 0.0
    for j in range(len(value)):
        moved = {k: logit_shares(size, value + k * step * np.eye(len(value))[j], cost, other) for k in (-2, -1, 1, 2)}
        slope = (8 * (moved[1] - moved[-1]) - (moved[2] - moved[-2])) / (12 * step)
        worst = max(worst, float(np.abs(slope - shares[:, j]).max()))
    return worst


@dataclass(frozen=True)
class LocationChoice:
    """A small location choice of firms: three cities and two sites, one of them closed to movers."""

    attraction: np.ndarray
    host: np.ndarray
    cost: np.ndarray
    scale: np.ndarray
    stay: np.ndarray
    thin: np.ndarray
    stage: float
    city: int
    home: int
    site: int
    friction: float

    @property
    def here(self) -> int:
        """Index of the option where the firm is located."""
        return self.city if self.site < 0 else len(self.cost) + self.site

    @property
    def place(self) -> np.ndarray:
        """City of each option."""
        return np.concatenate([np.arange(len(self.cost)), self.host])

    @property
    def moving(self) -> np.ndarray:
        """Costs of moving from each city to each option for a firm of the reference size."""
        entry = self.scale[0] * (np.arange(len(self.attraction)) < len(self.cost))
        return entry + self.scale[1] * self.cost[:, self.place]

    def probabilities(self) -> np.ndarray:
        """Return the exact probability of each option, from docs/model.md 9.5."""
        u = self.attraction[:, 0] - self.moving[self.city] * self.friction
        u[self.here] = self.stay[self.here]
        u = u - self.scale[2] * self.cost[self.home, self.place] + self.stage * self.thin[self.place]
        weight = np.exp(u - u.max())
        return weight / weight.sum()

    def draw(self, n: int, seed: int) -> np.ndarray:
        """Return the options that n firms choose."""
        here, place = self.here, self.place
        rows = Rows(
            rnd.mix(np.uint64(seed), np.uint64(1)) + np.arange(n, dtype=np.uint64), np.full(n, here, np.int32),
            np.full(n, self.home, np.uint16), np.ones(n), np.zeros(n, np.float32), np.zeros(n, np.int16),
            np.zeros(n, np.int8), np.ones(n), np.ones(n, np.float32),
        )  # fmt: skip
        # A firm of relative size 16 and the exponent log16(friction) has this friction; new firms have a maturity of 0.
        locations = Locations(
            self.attraction.T.astype(np.float32), self.stay.astype(np.float32), self.moving[place].astype(np.float32),
            self.cost[:, place].astype(np.float32), self.thin[place].astype(np.float32),
            np.concatenate([np.arange(len(self.cost)), 101 + np.arange(len(self.host))]).astype(np.uint32), place,
            np.full(1, 1.0 / 16.0), True, float(self.scale[2]), float(np.log(self.friction) / np.log(16.0)),
            np.array([self.stage], np.float32), -1.0, 8.0,
        )  # fmt: skip
        moved, chosen, *_ = movers(rows, np.arange(n, dtype=np.int32), locations, np.uint64(seed + 1))
        option = np.full(n, here)
        option[moved] = chosen
        return option


def random_location_choice(rng: np.random.Generator) -> LocationChoice:
    """Return a small location choice with random incentives."""
    cost = rng.uniform(0.1, 1.5, (3, 3))
    attraction = rng.normal(scale=0.7, size=(5, 1))
    attraction[4] = -np.inf
    city, site = int(rng.integers(3)), int(rng.integers(-1, 2))
    host = np.array([0, 2])
    if site >= 0:
        city = int(host[site])
    return LocationChoice(
        attraction, host, cost, rng.uniform(0.1, 0.8, 3), rng.normal(0.5, 0.7, 5), rng.normal(size=3),
        float(rng.normal(0, 0.5)), city, int(rng.integers(3)), site, float(rng.uniform(0.5, 1.5)),
    )  # fmt: skip


def sampling_score(seed: int, n: int) -> float:
    """Return the deviation of drawn choices from exact probabilities: the chi-square as a standard normal score.

    Smaller deviations than expected count as 0, impossible choices as infinity.
    """
    place = random_location_choice(np.random.default_rng(seed))
    p = place.probabilities()
    drawn = np.bincount(place.draw(n, seed + 1000), minlength=len(p))
    if drawn[p == 0].any():
        return float("inf")
    used = p > 0
    chi = ((drawn[used] - n * p[used]) ** 2 / (n * p[used])).sum()
    return float(max(0.0, stats.norm.isf(max(stats.chi2.sf(chi, used.sum() - 1), 1e-300))))


def closing_break(seed: int, n: int) -> float:
    """Return the share of firms that change their choice when an option they did not choose is closed."""
    place = random_location_choice(np.random.default_rng(seed))
    before = place.draw(n, seed)
    closed = next(k for k in range(3) if k not in (place.here, place.city))
    attraction = place.attraction.copy()
    attraction[closed] = -np.inf
    after = replace(place, attraction=attraction).draw(n, seed)
    others = before != closed
    return float((before[others] != after[others]).mean()) if not (after == closed).any() else 1.0
