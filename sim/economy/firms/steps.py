"""Firms as columns: they produce, age, exit, move, invest and enter (docs/model.md, industry).

Capital is real (million base-year yuan); a yearly step conserves it to rounding. Draws depend on
(seed, year, purpose, birth identity) only, so that two policies face the same draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.economy.firms.chunks import map_chunks
from sim.economy.firms.founding import birth_key, draw_key, ordinary_entrants, site_entrants
from sim.economy.firms.growth import Growth
from sim.economy.firms.table import (
    COLUMNS,
    EXTERNAL,
    NO_NEW_FIRMS,
    OWNERSHIP,
    PRIVATE,
    STATE,
    FirmTable,
    add_tables,
    hill_exponent,
    large_from,
)  # fmt: skip
from sim.kernels import firms as kernels
from sim.kernels import random as rnd
from sim.kernels.firms import CAPITAL, COUNT, WEIGHT, Relocations, Renewal, Survival
from sim.kernels.founding import Groups
from sim.kernels.relocation import Locations, admit, movers
from sim.parameters import Industry

__all__ = ["COLUMNS", "EXTERNAL", "OWNERSHIP", "PRIVATE", "STATE", "Exits", "Firms", "Moves"]

# By this age the hazard has fallen to its floor: exp(-200 / 5) is negligible.
OLD = 200


class Moves(NamedTuple):
    """Moves of firms and branches between cities, one entry per move."""

    sector: np.ndarray
    origin: np.ndarray
    destination: np.ndarray
    capital: np.ndarray  # million base-year yuan

    def between(self, n_sectors: int, group: np.ndarray, n_groups: int, value: np.ndarray | None = None) -> np.ndarray:
        """Sum a value, or count moves, by sector and by the groups of origin and destination.

        Parameters
        ----------
        n_sectors : int
        group : (R,) int
            Group of each city; its index for flows between cities.
        n_groups : int
        value : (M,) float, optional

        Returns
        -------
        (n_sectors, n_groups, n_groups) float
        """
        at = (self.sector.astype(np.int64) * n_groups + group[self.origin]) * n_groups + group[self.destination]
        sums = np.bincount(at, np.ones(len(at)) if value is None else value, n_sectors * n_groups**2)
        return sums.reshape(n_sectors, n_groups, n_groups)


@dataclass(frozen=True)
class Exits:
    """Exits of a year, before relocation; each (R, S) but the last."""

    count: np.ndarray  # agents
    real_firms: np.ndarray
    scrapped: np.ndarray  # real capital of firms that have closed
    recovered: np.ndarray  # real capital of theirs that is reinvested
    tail: float  # Hill exponent of firm sizes at the start of the year


class Firms(FirmTable):
    """All firms of a run and the steps of their year; the columns are those of `FirmTable`."""

    def exit(
        self,
        unit_return: np.ndarray,
        seed: int,
        year: int,
        params: Industry,
        delta: float,
        site_log_z: np.ndarray | None = None,
    ) -> Exits:
        """Close firms, with a hazard that falls with age and is higher if insolvent; depreciate the others' capital.

        Parameters
        ----------
        unit_return : (R, S) float, 1/yr
            After-tax gross return of one unit of capital with z = 1.
        seed, year : int
        params : Industry
        delta : float, 1/yr
            Rate of depreciation.
        site_log_z : (n_sites, S) float, optional

        Returns
        -------
        Exits
        """
        self._compact()
        sums, n = self.sums, self._size
        survival = self._survival(np.asarray(unit_return, float), params, delta, site_log_z)
        chunks = self._map_chunks(kernels.screen, survival, self.power, draw_key(seed, rnd.SURVIVAL, year))
        closed_rows, lost, reconsidering, n_large, excess = zip(*chunks, strict=True)
        closed = add_tables(list(lost)).reshape(sums.shape)
        sums -= closed
        _clear_rounding(sums)
        sums[..., CAPITAL:] *= survival.retained
        self._holes = np.concatenate(closed_rows)
        self._reconsidering = (seed, year, survival.reconsider), list(reconsidering)
        self.version += 1
        capital = self.by_city(closed[..., CAPITAL])
        recovered = params.recovery_share * capital
        return Exits(
            self.by_city(closed[..., COUNT]), self.by_city(closed[..., WEIGHT]), capital - recovered, recovered,
            hill_exponent(n, sum(n_large), sum(excess)),
        )  # fmt: skip

    def _survival(
        self, unit_return: np.ndarray, params: Industry, delta: float, site_log_z: np.ndarray | None
    ) -> Survival:
        """Return the parameters of exit, reconsideration and depreciation of a year."""
        # The return of a firm is unit_return * z^(sigma-1); solve for the z of the insolvency threshold.
        least = params.insolvency_return * delta
        with np.errstate(divide="ignore", invalid="ignore"):
            floor = (np.log(least) - np.log(unit_return[self.location_city])) / (self.sigma - 1)
        if site_log_z is not None:
            floor[self.n_regions :] -= site_log_z
        # Where threshold and return are both zero, no firm is insolvent.
        floor = np.where(np.isnan(floor), -np.inf, floor).astype(np.float32)
        limit, limit_insolvent = _exit_limits(params.exit_rate, params.insolvency_exit)
        large = large_from(self._rows.capital[: self._size])
        return Survival(
            limit,
            limit_insolvent,
            floor.ravel(),
            floor.max(),
            _reconsider_limit(params.relocation_rate),
            1.0 - delta,
            large,
        )

    def relocate(
        self,
        ln_unit: np.ndarray,
        ln_supply: np.ndarray,
        site_ln_supply: np.ndarray,
        site_log_z: np.ndarray,
        site_key: np.ndarray,
        room: np.ndarray,
        people_hours: np.ndarray,
        wedge: np.ndarray,
        params: Industry,
        mean_capital: np.ndarray,
        seed: int,
        year: int,
    ) -> tuple[Moves, np.ndarray]:
        """Let firms that reconsider choose among all cities and open sites, by a logit.

        Those that choose another location move with all their capital, or open a branch there with a part of it.

        Parameters
        ----------
        ln_unit : (R, S) float
            Log unit profit after grants.
        ln_supply : (R, S) float
            Log supply of ordinary sites.
        site_ln_supply : (n_sites, S) float
            -inf where closed, full or not open to the sector.
        site_log_z : (n_sites, S) float
        site_key : (n_sites,) uint64
            Identity of each site in the draws.
        room : (n_sites,) float, million yuan
            Vacant capacity, real capital.
        people_hours : (R, R) float, h
        wedge : (R, S) float
            Attraction of ordinary locations, log odds.
        params : Industry
        mean_capital : (S,) float, million yuan
            Reference size.
        seed, year : int

        Returns
        -------
        moves : Moves
            Without moves within a city.
        branches : (R, S) float
            New branches, agents.
        """
        self._insert_new()
        profit = (self.sigma - 1) * np.asarray(site_log_z, float) + ln_unit[self.host]
        cities = params.profit_elasticity * ln_unit + ln_supply + wedge
        attraction = np.concatenate([cities, params.profit_elasticity * profit + site_ln_supply])
        # A site that is closed to entry does not evict its firms.
        stay = np.where(np.isneginf(attraction), cities[self.location_city], attraction) + math.log(params.inertia)
        entry = np.where(np.arange(len(attraction)) < self.n_regions, params.moving_cost, 0.0)
        sites = rnd.mixes(np.uint64(0), np.asarray(site_key, np.uint64)) >> np.uint64(32)
        identity = np.concatenate([np.arange(self.n_regions), sites])
        locations = Locations(
            np.ascontiguousarray(attraction.T, np.float32), stay.ravel().astype(np.float32), self._reach(people_hours),
            entry.astype(np.float32), identity.astype(np.uint32), self.location_city, np.asarray(mean_capital, float),
            params.distance_cost, params.headquarters_cost, params.size_exponent,
        )  # fmt: skip
        stream = draw_key(seed, rnd.DESTINATION, year)
        reconsidering = self._rows_reconsidering(seed, year, _reconsider_limit(params.relocation_rate))
        chosen = map_chunks(movers, [(self._rows, some, locations, stream) for some in reconsidering])
        row, option, key, capital, cell = (np.concatenate(part) for part in zip(*chosen, strict=True))
        return self._move(row, option, key, capital, cell, np.array(room, float), seed, year, params)

    def _rows_reconsidering(self, seed: int, year: int, reconsider: np.uint32) -> list[np.ndarray]:
        """Return the rows of firms that reconsider, by chunk: as listed by `exit`, or computed again."""
        if self._reconsidering is None or self._reconsidering[0] != (seed, year, reconsider):
            return self._map_chunks(kernels.reconsidering, reconsider, draw_key(seed, rnd.SURVIVAL, year))
        return self._reconsidering[1]

    def _reach(self, people_hours: np.ndarray) -> np.ndarray:
        """Return ``ln(1 + hours)`` from cities to locations, (R, R + n_sites) float32; cached by the array of hours."""
        if self._reach_by_hours is None or self._reach_by_hours[0] is not people_hours:
            reach = np.log1p(people_hours).astype(np.float32)
            self._reach_by_hours = people_hours, np.concatenate([reach, reach[:, self.host]], axis=1)
        return self._reach_by_hours[1]

    def _move(
        self, row: np.ndarray, option: np.ndarray, key: np.ndarray, capital: np.ndarray, cell: np.ndarray,
        room: np.ndarray, seed: int, year: int, params: Industry,
    ) -> tuple[Moves, np.ndarray]:  # fmt: skip
        """Carry out moves and branches, up to the capacity of sites, in the order of firm keys."""
        sums = self.sums.reshape(-1, 5)
        branches_off = rnd.uniforms(draw_key(seed, rnd.BRANCH, year), key) < params.branch_share
        # Rounded such that the capital of the firm and of its branch add up exactly.
        size = np.where(branches_off, (capital + params.branch_size * capital) - capital, capital)
        coming = np.flatnonzero(option >= self.n_regions)
        coming = coming[np.argsort(key[coming], kind="stable")]
        admitted = np.ones(len(row), bool)
        admitted[coming] = admit(option[coming], size[coming], room, self.n_regions)
        if not admitted.all():
            row, option, key, cell, branches_off, size = (
                x[admitted] for x in (row, option, key, cell, branches_off, size)
            )
        location, sector = np.divmod(cell, np.int32(self.n_sectors))
        origin, destination = self.location_city[location], self.location_city[option]
        into = option * np.int32(self.n_sectors) + sector
        relocations = Relocations(
            row, into, size, branches_off, rnd.mixes(draw_key(0, rnd.BRANCH_KEY, year - self.base_year), key)
        )
        at = self._allocate(int(np.count_nonzero(branches_off)))
        kernels.move(self._rows, relocations, at, params.branch_size, self.power, sums)
        self._mark_used(at)
        _clear_rounding(sums)
        branch_cells = destination[branches_off] * self.n_sectors + sector[branches_off]
        branches = np.bincount(branch_cells, minlength=self.n_regions * self.n_sectors).astype(float)
        away = origin != destination
        return (
            Moves(sector[away], origin[away], destination[away], size[away]),
            branches.reshape(self.n_regions, self.n_sectors),
        )

    def enter(
        self,
        mean: np.ndarray,
        site_mean: np.ndarray,
        founding: np.ndarray,
        site_founding: np.ndarray,
        weight: np.ndarray,
        site_key: np.ndarray,
        seed: int,
        year: int,
        params: Industry,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Found firms with the founding capital of their cell or site; sizes are Pareto shares of it.

        Parameters
        ----------
        mean : (R, S) float, firms/yr
            Expected entrants of ordinary locations.
        site_mean : (n_sites, S) float, firms/yr
            Expected entrants of sites.
        founding, site_founding : (R, S), (n_sites, S) float, million base-year yuan
            Founding capital; cells and sites without it get no firm.
        weight : (R, S) float
            Real firms that a new agent represents; in a site in proportion to capital, as in the host.
        site_key : (n_sites,) uint64
        seed, year : int
        params : Industry

        Returns
        -------
        count : (R, S) float
        leftover, site_leftover : (R, S), (n_sites, S) float, million base-year yuan
            Founding capital of the cells and of the sites without entrants.
        """
        money = np.concatenate([founding, site_founding])
        age = year - self.base_year + 1
        city, sector = (
            self.location_city.repeat(self.n_sectors),
            np.tile(np.arange(self.n_sectors), len(self.location_city)),
        )
        ordinary = ordinary_entrants(mean, founding, seed, year, self._first_founders(founding))
        in_sites, site_first = site_entrants(site_mean, site_founding, self.host, site_key, seed, year, age)
        n = len(ordinary)
        _, capital, real = self.totals()
        dense = np.divide(real, capital, out=np.zeros_like(real), where=capital > 0)[self.host].ravel()
        count = np.concatenate([ordinary, in_sites])
        groups = Groups(
            np.arange(len(count), dtype=np.int32), city.astype(np.uint16),
            np.concatenate([birth_key(city[:n], sector[:n], age, 0), site_first]), count, money.ravel(),
            np.concatenate([np.asarray(weight, float).ravel(), np.zeros(len(in_sites))]),
            np.concatenate([np.zeros(n), dense]), np.zeros(len(count), np.float32),
        )  # fmt: skip
        self._add_firms(groups, params, seed)
        by_location = count.reshape(money.shape)
        unused = np.where(by_location > 0, 0.0, money)
        return self.by_city(by_location.astype(float)), unused[: self.n_regions], unused[self.n_regions :]

    def _first_founders(self, founding: np.ndarray) -> np.ndarray | None:
        """Return one firm, (R, S) int, in the cell with most founding capital of each city without firms."""
        lost = (self.totals()[0].sum(axis=1) == 0) & (founding.sum(axis=1) > 0)
        if not lost.any():
            return None
        least = np.zeros(founding.shape, dtype=np.int64)
        least[lost, founding[lost].argmax(axis=1)] = 1
        return least

    def renew(self, growth: Growth, seed: int, year: int, params: Industry) -> None:
        """Advance firms by a year: planned investment, productivity shock, age.

        ``ln z`` is AR(1) around the mean of `mean_log_z`.
        """
        if len(self._holes):
            self._compact()
        before, persistence = self.sums.reshape(-1, 5), params.productivity_persistence
        # The mean of log z is -2 variances times the power.
        mean = -2.0 * params.productivity_sd**2 / (1.0 - persistence**2)
        renewal = Renewal(
            growth.rate().ravel(), self.power, np.float32(mean), np.float32(persistence),
            np.float32(params.productivity_sd),
        )  # fmt: skip
        after = add_tables(self._map_chunks(kernels.renew, renewal, draw_key(seed, rnd.SHOCK, year), *self._new_firms))
        self._new_firms = NO_NEW_FIRMS
        self._sums = np.concatenate([before[:, :CAPITAL], after], axis=1)


@lru_cache(maxsize=32)
def _exit_limits(exit_rate: float, insolvency_exit: float) -> tuple[np.ndarray, np.ndarray]:
    """Return thresholds of 32 bits for exit by age: of solvent firms, of insolvent firms."""
    # The age factor averages to one over the stationary ages of a constant exit rate.
    leaves = -math.expm1(-exit_rate)
    mean = 0.5 + leaves / (1 - (1 - leaves) * math.exp(-0.2)) if leaves > 0 else 1.0
    survival = np.exp(-exit_rate / mean * (0.5 + np.exp(-np.arange(OLD + 1) / 5.0)))
    return rnd.below(1.0 - survival), rnd.below(1.0 - survival * (1.0 - insolvency_exit))


@lru_cache(maxsize=32)
def _reconsider_limit(relocation_rate: float) -> np.uint32:
    """Return the threshold of 32 bits below which firms reconsider their location."""
    return rnd.below(-math.expm1(-relocation_rate))[()]


def _clear_rounding(sums: np.ndarray) -> None:
    """Set the sums of cells that have become empty to exactly zero, in place."""
    sums[sums[..., COUNT] == 0.0] = 0.0
