"""Reforms: what they change by domain, and how they are evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.policy.mechanism import Memory
from sim.policy.posts import Handle, Post

ROUNDING = 1e-9
# What a reform with an effect of 1 (log) posts in a region j, by wedge: all factors are assumptions.
Domain = Literal["reform", "business", "opening", "ecology", "industry_city", "transfer", "registration"]
DOMAINS: dict[str, dict[str, float]] = {
    "reform": {"productivity": 1.0},
    "business": {"productivity": 1.0, "capital_return": 5.0},  # business environment, for savers of all regions
    "opening": {"trade": -5.0},  # in both directions between j and the world market
    "ecology": {"emission_factor": -5.0},
    "industry_city": {"housing": 5.0},  # homes where industry is
    "transfer": {"site_attraction": 10.0},  # reception of firms that relocate
    "registration": {"moving_cost": 10.0},  # of workers, to j
}


@dataclass(eq=False)
class Reform:
    """A reform: its origin, effect and merit as evaluated; part of its cost paid in each region, (R,)."""

    pilot: int
    effect: float
    number: int
    copying: np.ndarray  # (R,) bool: regions that decided to copy it
    paid: np.ndarray
    merit: float = 0.0
    tried: float = 0.0  # years of trial that were paid
    under_way: float = 0.0  # share of last year's trial that was paid
    kept: bool = False

    def judge(self, spec: Any, error: float) -> None:
        """Judge the reform by its trial, with the error that is made (standard normal); ``spec`` is a `PilotZone`."""
        seen = self.effect + spec.effort + spec.noise * error
        weight = spec.sd**2 / max(spec.sd**2 + spec.noise**2, ROUNDING**2)
        self.merit = seen if spec.naive else spec.mean + weight * (seen - spec.effort - spec.mean)
        self.kept = self.merit > spec.threshold


@dataclass(kw_only=True)
class PilotMemory(Memory):
    """Pilots, regions that may copy, reforms, and this year's payments by reform."""

    pilots: np.ndarray
    specs: list[Any]
    adopters: np.ndarray  # (R,) bool
    reforms: list[Reform]
    trials: list[tuple[Reform, float, Post]]  # with the share of a year's trial that was planned
    copies: list[tuple[Reform, np.ndarray, np.ndarray, Post]]  # with regions, (k,), and the share planned in each
    running: dict[int, Reform]


def post_by_region(act: Handle, wedge: str, value: np.ndarray) -> None:
    """Post a value by region, (R,) log, on a wedge: of pairs, on all that lead to the region."""
    n = np.arange(len(value))
    if wedge in ("productivity", "site_attraction", "emission_factor"):
        act.shift(wedge, value[:, None])
    elif wedge == "trade":  # with the world market, in both directions
        act.shift(wedge, value, (slice(None), n, len(n)))
        act.shift(wedge, value, (slice(None), len(n), n))
    elif wedge == "moving_cost":
        act.shift(wedge, value[None, :] * (1.0 - np.eye(len(n))), (0,))
    else:
        act.shift(wedge, value)
