"""Alternative implementations of firms behind the calls of a year.

The laws are those of docs/model.md, in a world without enclave sites, which makes these firms faster, not slower.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from benchmarks.ours import Offer, offer
from sim.economy.firms.growth import Growth
from sim.economy.firms.steps import Exits, Moves
from sim.model import RegionalEconomy
from sim.parameters import Industry


class StandIn(ABC):
    """Sums by cell and the laws of a year; a subclass holds the firms and does to each what it says.

    What firms sum to is kept up to date by what each step reports: nothing is read again to know it.

    Parameters
    ----------
    model : RegionalEconomy
        Its firms are taken over as they are.
    """

    def __init__(self, model: RegionalEconomy):
        state = model.state
        if state.accounts.site_names:
            raise ValueError("these firms know no enclave sites")
        self.n_regions, self.n_sectors = state.base.capital.shape
        self.sigma = np.broadcast_to(np.asarray(state.parameters.production.sigma, float), (self.n_sectors,))
        self.count, self.capital, self.real = (np.array(total) for total in state.firms.totals())
        self.place_city, self.host = np.arange(self.n_regions), np.empty(0, int)
        self.rng = np.random.Generator(np.random.SFC64(state.seed))

    # What a subclass does.

    @abstractmethod
    def quality(self, exponent: np.ndarray) -> np.ndarray:
        """Sum ``k z^exponent``, with an exponent a sector, by cell, (R, S)."""

    @abstractmethod
    def close(self, unit_return: np.ndarray, rate: float, threshold: float, chance: float) -> np.ndarray:
        """Close firms at ``rate·(.5 + exp(-age/5))``, insolvent ones also by ``chance``.

        Returns what they were, (3, R, S): firms, capital, real firms.
        """

    @abstractmethod
    def shrink(self, factor: float) -> None:
        """Multiply every firm's capital."""

    @abstractmethod
    def move(self, terms: Offer, branch_share: float, branch_size: float) -> dict[str, np.ndarray]:
        """Let firms choose a place; returns the moves, an array a property.

        ``sector``, ``origin``, ``destination``, ``capital`` and ``weight`` that moved, ``branch``: whether it is one.
        """

    @abstractmethod
    def invest(self, units: np.ndarray, exponent: np.ndarray) -> None:
        """Add units (R, S) to firms by ``k z^exponent``; only cells with firms get any."""

    @abstractmethod
    def found(
        self, city: np.ndarray, sector: np.ndarray, capital: np.ndarray, weight: np.ndarray, mean: np.ndarray, sd: float
    ) -> None:
        """Add firms of age zero whose log z is normal, with the mean (S,) of their sector."""

    @abstractmethod
    def drift(self, mean: np.ndarray, persistence: float, sd: float) -> None:
        """Move log z a year on around the mean of its sector, and let firms age."""

    @abstractmethod
    def sizes(self) -> np.ndarray:
        """Return the capital of every firm, (F,)."""

    # What the model's year calls.

    def totals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.count.copy(), self.capital.copy(), self.real.copy()

    def by_cell(self, sums: np.ndarray) -> np.ndarray:
        """Return the sums by cell of a column, which here is its sums."""
        return sums.copy()

    def by_city(self, value: np.ndarray) -> np.ndarray:
        return value

    def capital_by_site(self) -> np.ndarray:
        return np.zeros((0, self.n_sectors))

    def growth_weight(self, site_log_z: np.ndarray) -> np.ndarray:
        """Return where there are firms: without sites the place of an investment is its cell."""
        return self.count.copy()

    def productive_capital(self, site_log_z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.quality(self.sigma - 1), np.zeros_like(site_log_z)

    def exit(self, unit_return: np.ndarray, seed: int, year: int, params: Industry, delta: float, *_: Any) -> Exits:
        tail = self._tail_exponent()
        leaves = -math.expm1(-params.exit_rate)
        mean = 0.5 + leaves / (1 - (1 - leaves) * math.exp(-0.2)) if leaves > 0 else 1.0
        count, capital, real = self.close(
            unit_return, params.exit_rate / mean, params.insolvency_return * delta, params.insolvency_exit
        )
        self._add(-count, -capital, -real)
        self.shrink(1.0 - delta)
        self.capital *= 1.0 - delta
        recovered = params.recovery_share * capital
        return Exits(count, real, capital - recovered, recovered, tail)

    def relocate(
        self, ln_unit: np.ndarray, ln_supply: np.ndarray, site_ln_supply: Any, site_log_z: Any, site_key: Any,
        room: Any, people_hours: np.ndarray, wedge: np.ndarray, params: Industry, mean_capital: np.ndarray, *_: Any,
    ) -> tuple[Moves, np.ndarray]:  # fmt: skip
        attraction = params.profit_elasticity * ln_unit + ln_supply + wedge
        terms = offer(attraction, people_hours, mean_capital, params)
        moves = self.move(terms, params.branch_share, params.branch_size)
        sector, origin, destination, branch = (moves[k] for k in ("sector", "origin", "destination", "branch"))
        branches = np.zeros((self.n_regions, self.n_sectors))
        np.add.at(branches, (destination[branch], sector[branch]), 1.0)
        totals = (self.count, 1.0 - branch), (self.capital, moves["capital"]), (self.real, moves["weight"])
        for total, amount in totals:
            np.subtract.at(total, (origin, sector), amount)
            np.add.at(total, (destination, sector), amount)
        self.count += branches
        return Moves(sector, origin, destination, moves["capital"]), branches

    def enter(
        self, mean: np.ndarray, site_mean: Any, founding: np.ndarray, site_founding: np.ndarray, weight: np.ndarray,
        site_key: Any, seed: int, year: int, params: Industry,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
        number = self.rng.poisson(np.where(founding > 0, mean, 0.0))
        cell = np.repeat(np.arange(number.size), number.ravel())
        pareto = self.rng.random(cell.size) ** (-1 / params.size_tail)
        capital = _shares(cell, number.size, pareto, params.largest_entrant) * founding.ravel()[cell]
        city, sector = np.divmod(cell, self.n_sectors)
        mean_log_z, spread = self._stationary(params)
        self.found(city, sector, capital, weight.ravel()[cell], mean_log_z, spread)
        self._add(number, np.where(number > 0, founding, 0.0), number * weight)
        return number.astype(float), np.where(number > 0, 0.0, founding), site_founding

    def renew(self, growth: Growth, seed: int, year: int, params: Industry) -> None:
        self.invest(growth.units, (self.sigma - 1) / 4)
        self.capital += growth.units
        self.drift(self._stationary(params)[0], params.productivity_persistence, params.productivity_sd)

    def _tail_exponent(self) -> float:
        sizes = self.sizes()
        n = len(sizes) // 20
        largest = np.partition(sizes, -(n + 1))[-(n + 1) :]
        return n / float(np.log(largest / largest.min()).sum())

    def _stationary(self, params: Industry) -> tuple[np.ndarray, float]:
        """Mean (S,) and standard deviation of log z with which ``E z^(sigma-1) = 1``."""
        variance = params.productivity_sd**2 / (1 - params.productivity_persistence**2)
        return -(self.sigma - 1) * variance / 2, math.sqrt(variance)

    def _add(self, count: np.ndarray, capital: np.ndarray, real: np.ndarray) -> None:
        self.count += count
        self.capital += capital
        self.real += real


def _shares(group: np.ndarray, n: int, pareto: np.ndarray, largest: float) -> np.ndarray:
    """Share of each firm in its group: bounded by a multiple of the mean, and by all others together."""
    number = np.maximum(np.bincount(group, minlength=n), 1)
    pareto = np.minimum(pareto, largest * (np.bincount(group, pareto, n) / number)[group])
    others = np.bincount(group, pareto, n)[group] - pareto
    size = np.where((pareto > others) & (others > 0), others, pareto)
    return size / np.bincount(group, size, n)[group]


def put_in(model: RegionalEconomy, kind: type[StandIn]) -> RegionalEconomy:
    """Let a model's firms be held by a stand-in of this kind from here on; all else of the model stays."""
    from sim.agents import Firm

    model._agents_by_type.pop(Firm, None)
    model.state.firms = kind(model)  # type: ignore[assignment]
    return model
