"""Firms as columns: they produce, age, exit, move, invest and enter (docs/model.md, industry).

Capital is real (million base-year yuan); a yearly step conserves it to rounding. Draws depend on
(seed, year, purpose, birth identity) only, so that two policies face the same luck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.economy.firms.founding import birth_key, draw_key, ordinary_entrants, site_entrants
from sim.economy.firms.growth import Growth
from sim.economy.firms.lanes import each
from sim.economy.firms.table import (
    COLUMNS,
    EXTERNAL,
    NOBODY,
    OWNERSHIP,
    PRIVATE,
    STATE,
    FirmTable,
    added,
    hill_exponent,
    large_from,
)  # fmt: skip
from sim.kernels import firms as kernels
from sim.kernels import random as rnd
from sim.kernels.firms import CAPITAL, COUNT, WEIGHT, Fate, Orders, Renewal
from sim.kernels.founding import Groups
from sim.kernels.relocation import Places, admit, movers
from sim.parameters import Industry

__all__ = ["COLUMNS", "EXTERNAL", "OWNERSHIP", "PRIVATE", "STATE", "Exits", "Firms", "Moves"]

# By this age the hazard has fallen to its floor: exp(-200 / 5) is nothing.
OLD = 200


class Moves(NamedTuple):
    """Moves of firms and branches between cities, one entry a move."""

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
            Of each city; its own number for flows between cities.
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
    """What a year takes from firms before anybody moves, each (R, S) but for the last."""

    count: np.ndarray  # agents
    real_firms: np.ndarray
    scrapped: np.ndarray  # real capital of firms that have closed
    recovered: np.ndarray  # real capital of theirs that others may use
    tail: float  # Hill exponent of sizes at the beginning


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
        """Close firms, young ones more often, insolvent ones with probability one half; others' capital depreciates.

        Parameters
        ----------
        unit_return : (R, S) float, 1/yr
            After-tax gross yearly return of one unit of capital with z = 1.
        seed, year : int
        params : Industry
        delta : float, 1/yr
            Depreciation.
        site_log_z : (n_sites, S) float, optional

        Returns
        -------
        Exits
        """
        self._close_up()
        sums, n = self.sums, self._size
        fate = self._fate(np.asarray(unit_return, float), params, delta, site_log_z)
        lanes = self._each(kernels.sift, fate, self.power, draw_key(seed, rnd.FATE, year))
        gone, lost, thinking, n_large, excess = zip(*lanes, strict=True)
        closed = added(list(lost)).reshape(sums.shape)
        sums -= closed
        _without_rounding(sums)
        sums[..., CAPITAL:] *= fate.stays
        self._holes = np.concatenate(gone)
        self._thinking = (seed, year, fate.thinks), list(thinking)
        self.version += 1
        capital = self.by_city(closed[..., CAPITAL])
        recovered = params.recovery_share * capital
        return Exits(
            self.by_city(closed[..., COUNT]), self.by_city(closed[..., WEIGHT]), capital - recovered, recovered,
            hill_exponent(n, sum(n_large), sum(excess)),
        )  # fmt: skip

    def _fate(self, unit_return: np.ndarray, params: Industry, delta: float, site_log_z: np.ndarray | None) -> Fate:
        """Return the law of a year before anybody moves."""
        # The return of a firm is unit_return * z^(sigma-1): below which z is it too low?
        least = params.insolvency_return * delta
        with np.errstate(divide="ignore", invalid="ignore"):
            floor = (np.log(least) - np.log(unit_return[self.place_city])) / (self.sigma - 1)
        if site_log_z is not None:
            floor[self.n_regions :] -= site_log_z
        # Nothing is less than a threshold of nothing.
        floor = np.where(np.isnan(floor), -np.inf, floor).astype(np.float32)
        limit, spared = _limits(params.exit_rate, params.insolvency_exit)
        large = large_from(self._rows.capital[: self._size])
        return Fate(limit, spared, floor.ravel(), floor.max(), _thinks(params.relocation_rate), 1.0 - delta, large)

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
        """Let firms that reconsider choose among all cities and open sites, exactly from a logit.

        Those that choose another place move whole, or open a branch there with part of their capital.

        Parameters
        ----------
        ln_unit : (R, S) float
            Log unit profit after the terms offered.
        ln_supply : (R, S) float
            Log supply of ordinary sites.
        site_ln_supply : (n_sites, S) float
            -inf where closed, full or not for the sector.
        site_log_z : (n_sites, S) float
        site_key : (n_sites,) uint64
            Identity of each site in the draws.
        room : (n_sites,) float, million yuan
            Real capital that still fits.
        people_hours : (R, R) float, h
        wedge : (R, S) float
            Attraction of ordinary places, log odds.
        params : Industry
        mean_capital : (S,) float, million yuan
            Size of a firm with relative size 1.
        seed, year : int

        Returns
        -------
        moves : Moves
            Moves within a city are left out.
        branches : (R, S) float
            New agents that are branches.
        """
        self._settle()
        profit = (self.sigma - 1) * np.asarray(site_log_z, float) + ln_unit[self.host]
        cities = params.profit_elasticity * ln_unit + ln_supply + wedge
        attraction = np.concatenate([cities, params.profit_elasticity * profit + site_ln_supply])
        # A site that is closed to newcomers does not evict the firms it has.
        stay = np.where(np.isneginf(attraction), cities[self.place_city], attraction) + math.log(params.inertia)
        entry = np.where(np.arange(len(attraction)) < self.n_regions, params.moving_cost, 0.0)
        sites = rnd.mixes(np.uint64(0), np.asarray(site_key, np.uint64)) >> np.uint64(32)
        identity = np.concatenate([np.arange(self.n_regions), sites])
        places = Places(
            np.ascontiguousarray(attraction.T, np.float32), stay.ravel().astype(np.float32), self._reach(people_hours),
            entry.astype(np.float32), identity.astype(np.uint32), self.place_city, np.asarray(mean_capital, float),
            params.distance_cost, params.headquarters_cost, params.size_exponent,
        )  # fmt: skip
        luck = draw_key(seed, rnd.DESTINATION, year)
        thinking = self._thinkers(seed, year, _thinks(params.relocation_rate))
        found = each(movers, [(self._rows, some, places, luck) for some in thinking])
        row, option, key, capital, cell = (np.concatenate(part) for part in zip(*found, strict=True))
        return self._move(row, option, key, capital, cell, np.array(room, float), seed, year, params)

    def _thinkers(self, seed: int, year: int, thinks: np.uint32) -> list[np.ndarray]:
        """Rows of firms that reconsider their place, by lane: those that `exit` has met, or found anew."""
        if self._thinking is None or self._thinking[0] != (seed, year, thinks):
            return self._each(kernels.thinkers, thinks, draw_key(seed, rnd.FATE, year))
        return self._thinking[1]

    def _reach(self, people_hours: np.ndarray) -> np.ndarray:
        """Log odds of the way from cities to places, (R, R + n_sites) float32; the hours of a year are one array."""
        if self._ways is None or self._ways[0] is not people_hours:
            reach = np.log1p(people_hours).astype(np.float32)
            self._ways = people_hours, np.concatenate([reach, reach[:, self.host]], axis=1)
        return self._ways[1]

    def _move(
        self, row: np.ndarray, option: np.ndarray, key: np.ndarray, capital: np.ndarray, cell: np.ndarray,
        room: np.ndarray, seed: int, year: int, params: Industry,
    ) -> tuple[Moves, np.ndarray]:  # fmt: skip
        """Carry out choices as far as sites have room, in the order of firm keys; some move whole, some branch."""
        sums = self.sums.reshape(-1, 5)
        opens = rnd.uniforms(draw_key(seed, rnd.BRANCH, year), key) < params.branch_share
        # Rounded so that what the firm keeps and what the branch gets add up to the last bit.
        size = np.where(opens, (capital + params.branch_size * capital) - capital, capital)
        coming = np.flatnonzero(option >= self.n_regions)
        coming = coming[np.argsort(key[coming], kind="stable")]
        admitted = np.ones(len(row), bool)
        admitted[coming] = admit(option[coming], size[coming], room, self.n_regions)
        if not admitted.all():
            row, option, key, cell, opens, size = (x[admitted] for x in (row, option, key, cell, opens, size))
        place, sector = np.divmod(cell, np.int32(self.n_sectors))
        origin, destination = self.place_city[place], self.place_city[option]
        into = option * np.int32(self.n_sectors) + sector
        orders = Orders(row, into, size, opens, rnd.mixes(draw_key(0, rnd.BRANCH_KEY, year - self.base_year), key))
        at = self._room(int(np.count_nonzero(opens)))
        kernels.move(self._rows, orders, at, params.branch_size, self.power, sums)
        self._take(at)
        _without_rounding(sums)
        opened = destination[opens] * self.n_sectors + sector[opens]
        branches = np.bincount(opened, minlength=self.n_regions * self.n_sectors).astype(float)
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
        """Found firms with the founding money of their cell or site; sizes are Pareto shares of it.

        Parameters
        ----------
        mean : (R, S) float, firms/yr
            Expected entrants of ordinary places.
        site_mean : (n_sites, S) float, firms/yr
            Expected entrants of sites.
        founding, site_founding : (R, S), (n_sites, S) float, million base-year yuan
            Cells and sites without money get no firm.
        weight : (R, S) float
            Real firms a new agent stands for; in a site as many as the host's firms have for its capital.
        site_key : (n_sites,) uint64
        seed, year : int
        params : Industry

        Returns
        -------
        count : (R, S) float
        leftover, site_leftover : (R, S), (n_sites, S) float, million base-year yuan
            Founding money of the cells and of the sites where nobody entered.
        """
        money = np.concatenate([founding, site_founding])
        age = year - self.base_year + 1
        city, sector = self.place_city.repeat(self.n_sectors), np.tile(np.arange(self.n_sectors), len(self.place_city))
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
        self._found(groups, params, seed)
        by_place = count.reshape(money.shape)
        unused = np.where(by_place > 0, 0.0, money)
        return self.by_city(by_place.astype(float)), unused[: self.n_regions], unused[self.n_regions :]

    def _first_founders(self, founding: np.ndarray) -> np.ndarray | None:
        """Return one firm, (R, S) int, in the cell with most money of every city that has lost all its firms."""
        lost = (self.totals()[0].sum(axis=1) == 0) & (founding.sum(axis=1) > 0)
        if not lost.any():
            return None
        least = np.zeros(founding.shape, dtype=np.int64)
        least[lost, founding[lost].argmax(axis=1)] = 1
        return least

    def renew(self, growth: Growth, seed: int, year: int, params: Industry) -> None:
        """Bring firms into the next year: they invest what is planned, draw productivity and grow older by a year.

        ``ln z`` is AR(1) around the mean of `mean_log_z`.
        """
        if len(self._holes):
            self._close_up()
        before, persistence = self.sums.reshape(-1, 5), params.productivity_persistence
        # The mean of log z is -2 variances times the power.
        mean = -2.0 * params.productivity_sd**2 / (1.0 - persistence**2)
        law = Renewal(
            growth.rate().ravel(), self.power, np.float32(mean), np.float32(persistence),
            np.float32(params.productivity_sd),
        )  # fmt: skip
        after = added(self._each(kernels.renew, law, draw_key(seed, rnd.SHOCK, year), *self._newborn))
        self._newborn = NOBODY
        self._sums = np.concatenate([before[:, :CAPITAL], after], axis=1)


@lru_cache(maxsize=32)
def _limits(exit_rate: float, insolvency_exit: float) -> tuple[np.ndarray, np.ndarray]:
    """Words of 32 bits below which firms close, by age: solvent ones, insolvent ones."""
    # The age factor averages to one over the stationary ages of a constant exit rate.
    leaves = -math.expm1(-exit_rate)
    mean = 0.5 + leaves / (1 - (1 - leaves) * math.exp(-0.2)) if leaves > 0 else 1.0
    survival = np.exp(-exit_rate / mean * (0.5 + np.exp(-np.arange(OLD + 1) / 5.0)))
    return rnd.below(1.0 - survival), rnd.below(1.0 - survival * (1.0 - insolvency_exit))


@lru_cache(maxsize=32)
def _thinks(relocation_rate: float) -> np.uint32:
    """Words of 32 bits below which firms reconsider their place."""
    return rnd.below(-math.expm1(-relocation_rate))[()]


def _without_rounding(sums: np.ndarray) -> None:
    """Clear what rounding has left in the sums of cells that have become empty, in place."""
    sums[sums[..., COUNT] == 0.0] = 0.0
