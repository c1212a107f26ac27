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
from sim.economy.firms.steps import Choice, Exits, Moves
from sim.economy.firms.table import hill_exponent, large_from
from sim.kernels.founding import strata
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
        self.process, self.mean_size = state.firms.process, state.firms.mean_size
        # Firms, capital and real firms by cell.
        self.total = np.array(state.firms.totals())
        self.location_city, self.host = np.arange(self.n_regions), np.empty(0, int)
        self.rng = np.random.Generator(np.random.SFC64(state.seed))

    # What a subclass does.

    @abstractmethod
    def quality(self, exponent: float) -> np.ndarray:
        """Sum ``k z^exponent`` by cell, (R, S)."""

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
    def invest(self, units: np.ndarray) -> None:
        """Add units (R, S) to firms by ``k exp(e z + g)``; only cells with firms get any."""

    @abstractmethod
    def found(self, **firms: np.ndarray) -> None:
        """Add firms of age zero: ``city``, ``sector``, ``capital``, ``log_z``, ``weight`` and ``variance`` of each."""

    @abstractmethod
    def drift(self) -> None:
        """Move log z a year on around its mean, and let firms age."""

    @abstractmethod
    def column(self, name: str) -> np.ndarray:
        """Return a property of every firm, (F,)."""

    # What the model's year calls.

    def totals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        count, capital, real = self.total.copy()
        return count, capital, real

    def by_cell(self, sums: np.ndarray) -> np.ndarray:
        """Return the sums by cell of a column, which here is its sums."""
        return sums.copy()

    def by_city(self, value: np.ndarray) -> np.ndarray:
        return value

    def capital_by_site(self) -> np.ndarray:
        return np.zeros((0, self.n_sectors))

    def growth_weight(self, site_log_z: np.ndarray) -> np.ndarray:
        """Return where there are firms: without sites the place of an investment is its cell."""
        return self.total[0].copy()

    def productive_capital(self, site_log_z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.quality(4 * self.process.power), np.zeros_like(site_log_z)

    def exit(self, unit_return: np.ndarray, seed: int, year: int, params: Industry, delta: float, *_: Any) -> Exits:
        tail = self._tail_exponent()
        leaves = -math.expm1(-params.exit_rate)
        mean = 0.5 + leaves / (1 - (1 - leaves) * math.exp(-0.2)) if leaves > 0 else 1.0
        count, capital, real = lost = self.close(
            unit_return, params.exit_rate / mean, params.insolvency_return * delta, params.insolvency_exit
        )
        self.total -= lost
        self.shrink(1.0 - delta)
        self.total[1] *= 1.0 - delta
        recovered = params.recovery_share * capital
        return Exits(count, real, capital - recovered, recovered, tail)

    def relocate(self, choice: Choice, params: Industry, *_: Any) -> tuple[Moves, np.ndarray]:
        moves = self.move(offer(choice, self.total, params), params.branch_share, params.branch_size)
        sector, origin, destination, branch = (moves[k] for k in ("sector", "origin", "destination", "branch"))
        branches = np.zeros((self.n_regions, self.n_sectors))
        np.add.at(branches, (destination[branch], sector[branch]), 1.0)
        for total, amount in zip(self.total, (1.0 - branch, moves["capital"], moves["weight"]), strict=True):
            np.subtract.at(total, (origin, sector), amount)
            np.add.at(total, (destination, sector), amount)
        self.total[0] += branches
        return Moves(sector, origin, destination, moves["capital"]), branches

    def enter(
        self, mean: np.ndarray, site_mean: Any, founding: np.ndarray, site_founding: np.ndarray, weight: np.ndarray,
        site_key: Any, seed: int, year: int, params: Industry,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
        number = self.rng.poisson(np.where(founding > 0, mean, 0.0))
        # A city that has lost all its firms gets at least one.
        lost = np.flatnonzero((self.total[0].sum(axis=1) == 0) & (founding.sum(axis=1) > 0))
        first = lost, founding[lost].argmax(axis=1)
        number[first] = np.maximum(number[first], 1)
        self.found(**self._entrants(number, founding, number * weight, params))
        self.total += number, np.where(number > 0, founding, 0.0), number * weight
        return number.astype(float), np.where(number > 0, 0.0, founding), site_founding

    def _entrants(
        self, number: np.ndarray, founding: np.ndarray, real: np.ndarray, params: Industry
    ) -> dict[str, np.ndarray]:
        """Return what the entrants of cells are, an array a property; the real firms of a cell are ``real``."""
        shares = [_strata(*group, params.size_tail) for group in zip(number.flat, real.flat, strict=True)]
        part, width = np.concatenate(shares, axis=1)
        cell = np.repeat(np.arange(number.size), number.ravel())
        city, sector = np.divmod(cell, self.n_sectors)
        capital, weight = part * founding.ravel()[cell], width * real.ravel()[cell]
        firms = np.maximum(weight, 1.0)
        larger = np.maximum(capital / (firms * self.mean_size[sector]), 1.0)
        variance = larger ** (-2 * params.size_volatility) / firms
        spread = self.process.sd**2 * variance / (1 - self.process.persistence**2)
        log_z = self.process.entry - 2 * self.process.power * spread
        log_z += np.sqrt(spread) * self.rng.standard_normal(len(cell))
        return {"city": city, "sector": sector, "capital": capital, "log_z": log_z, "weight": weight,
                "variance": variance}  # fmt: skip

    def renew(self, growth: Growth, *_: Any) -> None:
        self.invest(growth.units)
        self.total[1] += growth.units
        self.drift()

    def divide_in_sites(self, year: int) -> None:
        """Without sites there is nothing to divide."""
        assert not len(self.host)

    def _tail_exponent(self) -> float:
        capital, weight = self.column("capital"), self.column("weight")
        large = large_from(capital, weight)
        some = capital > large * weight
        return hill_exponent(
            len(capital), weight[some].sum(), weight[some] @ np.log(capital[some] / (large * weight[some]))
        )


def by_variance(coefficients: Any, variance: Any) -> Any:
    """Return a function of firms' relative variance ``h``, with coefficients of 1, ``h``, ``h^2`` and ``h^3``."""
    zeroth, first, second, third = coefficients
    return zeroth + variance * (first + variance * (second + variance * third))


def _strata(number: int, real: float, tail: float) -> np.ndarray:
    """Shares of capital and of real firms of the entrants of a cell, (2, number)."""
    shares = np.empty((2, number))
    if number:
        strata(number, real, tail, *shares)
    return shares


def put_in(model: RegionalEconomy, kind: type[StandIn]) -> RegionalEconomy:
    """Let a model's firms be held by a stand-in of this kind from here on; all else of the model stays."""
    from sim.agents import Firm

    model._agents_by_type.pop(Firm, None)
    model.state.firms = kind(model)  # type: ignore[assignment]
    return model
