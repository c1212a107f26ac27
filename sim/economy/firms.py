"""Firms as columns: they produce, age, exit, move, invest and enter (docs/model.md, industry).

Capital is real (million base-year yuan); a yearly step conserves it to rounding. Draws depend on
(seed, year, purpose, birth identity) only, so that two policies face the same luck.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.economy.firm_table import COLUMNS, EXTERNAL, OWNERSHIP, PRIVATE, STATE, FirmTable
from sim.economy.founding import birth_key, draw_key, ordinary_entrants, site_entrants
from sim.economy.growth import Growth
from sim.kernels import firms as kernels
from sim.kernels import random as rnd
from sim.kernels.firms import CAPITAL, COUNT, WEIGHT
from sim.kernels.founding import Groups
from sim.kernels.places import Places, admit, movers
from sim.parameters import Industry

__all__ = ["COLUMNS", "EXTERNAL", "OWNERSHIP", "PRIVATE", "STATE", "Firms", "Moves"]

# By this age the hazard has fallen to its floor: exp(-200 / 5) is nothing.
OLD = 200


class Moves(NamedTuple):
    """Moves of firms and branches between cities, one entry a move."""

    sector: np.ndarray
    origin: np.ndarray
    destination: np.ndarray
    capital: np.ndarray  # million base-year yuan

    def between(self, n_regions: int, n_sectors: int, value: np.ndarray | None = None) -> np.ndarray:
        """Sum a value, or count moves, by sector, origin and destination: (S, R, R)."""
        at = (self.sector.astype(np.int64) * n_regions + self.origin) * n_regions + self.destination
        sums = np.bincount(at, value, n_sectors * n_regions**2)
        return sums.astype(float).reshape(n_sectors, n_regions, n_regions)


class Firms(FirmTable):
    """All firms of a run and the steps of their year; the columns are those of `FirmTable`."""

    def exit(
        self, unit_return: np.ndarray, seed: int, year: int, params: Industry, delta: float,
        site_log_z: np.ndarray | None = None,
    ) -> dict[str, np.ndarray]:
        """Close firms: young ones more often, insolvent ones with probability one half.

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
        dict of (R, S) float
            ``count`` agents, ``real_firms``, ``scrapped`` and ``recovered`` real capital; both parts
            of the capital have left the firms.
        """
        self._close_up()
        sums = self.sums
        law = self._hazards(np.asarray(unit_return, float), params, delta, site_log_z)
        with self._threads():
            gone, lost = kernels.close(self._rows, self._size, law, draw_key(seed, rnd.EXIT, year))
        lost = lost.reshape(sums.shape)
        sums -= lost
        _without_rounding(sums)
        self._holes = gone
        self.version += 1
        capital = self.by_city(lost[..., CAPITAL])
        recovered = params.recovery_share * capital
        return {
            "count": self.by_city(lost[..., COUNT]), "real_firms": self.by_city(lost[..., WEIGHT]),
            "scrapped": capital - recovered, "recovered": recovered,
        }  # fmt: skip

    def _hazards(
        self, unit_return: np.ndarray, params: Industry, delta: float, site_log_z: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.float32, np.ndarray]:
        """Return the law of exit as `sim.kernels.firms.close` wants it."""
        # The age factor averages to one over the stationary ages of a constant exit rate.
        leaves = -math.expm1(-params.exit_rate)
        mean = 0.5 + leaves / (1 - (1 - leaves) * math.exp(-0.2)) if leaves > 0 else 1.0
        survival = np.exp(-params.exit_rate / mean * (0.5 + np.exp(-np.arange(OLD + 1) / 5.0)))
        # The return of a firm is unit_return * z^(sigma-1): below which z is it too low?
        least = params.insolvency_return * delta
        with np.errstate(divide="ignore", invalid="ignore"):
            floor = (np.log(least) - np.log(unit_return[self.place_city])) / (self.sigma - 1)
        if site_log_z is not None:
            floor[self.n_regions :] -= site_log_z
        # Nothing is less than a threshold of nothing.
        floor = np.where(np.isnan(floor), -np.inf, floor).astype(np.float32)
        insolvent = survival * (1.0 - params.insolvency_exit)
        limits = [rnd.below(1.0 - stays) for stays in (survival, insolvent)]
        return limits[0], limits[1], floor.ravel(), floor.max(), self.power

    def depreciate(self, delta: float) -> None:
        """Take the share ``delta`` off every firm's capital."""
        sums = self.sums
        with self._threads():
            kernels.scale(self._rows.capital[: self._size], 1 - delta)
        sums[..., CAPITAL:] *= 1 - delta

    def relocate(
        self, ln_unit: np.ndarray, ln_supply: np.ndarray, site_ln_supply: np.ndarray, site_log_z: np.ndarray,
        site_key: np.ndarray, room: np.ndarray, people_hours: np.ndarray, wedge: np.ndarray, params: Industry,
        mean_capital: np.ndarray, seed: int, year: int,
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
        profit = (self.sigma - 1) * np.asarray(site_log_z, float) + ln_unit[self.host]
        cities = params.profit_elasticity * ln_unit + ln_supply + wedge
        attraction = np.concatenate([cities, params.profit_elasticity * profit + site_ln_supply])
        # A site that is closed to newcomers does not evict the firms it has.
        stay = np.where(np.isneginf(attraction), cities[self.place_city], attraction) + math.log(params.inertia)
        entry = np.where(np.arange(len(attraction)) < self.n_regions, params.moving_cost, 0.0)
        identity = np.concatenate([np.arange(self.n_regions, dtype=np.uint64), np.asarray(site_key, np.uint64)])
        places = Places(
            np.ascontiguousarray(attraction.T, np.float32), stay.ravel().astype(np.float32), self._reach(people_hours),
            entry.astype(np.float32), identity, self.place_city, np.asarray(mean_capital, float),
            params.distance_cost, params.headquarters_cost, params.size_exponent,
            rnd.below(-math.expm1(-params.relocation_rate)),
        )  # fmt: skip
        draws = np.array([draw_key(seed, purpose, year) for purpose in (rnd.RECONSIDER, rnd.DESTINATION)], np.uint64)
        with self._threads():
            leaving, chosen = movers(self._rows, self._size, places, draws)
        return self._move(leaving, chosen, np.array(room, float), seed, year, params)

    def _reach(self, people_hours: np.ndarray) -> np.ndarray:
        """Log odds of the way from cities to places, (R, R + n_sites) float32; the hours of a year are one array."""
        if self._ways is None or self._ways[0] is not people_hours:
            reach = np.log1p(people_hours).astype(np.float32)
            self._ways = people_hours, np.concatenate([reach, reach[:, self.host]], axis=1)
        return self._ways[1]

    def _move(
        self, movers: np.ndarray, chosen: np.ndarray, room: np.ndarray, seed: int, year: int, params: Industry
    ) -> tuple[Moves, np.ndarray]:
        """Carry out choices as far as sites have room, in the order of firm keys; some move whole, some branch."""
        sums = self.sums.reshape(-1, 5)
        rows = self._rows
        opens = rnd.uniforms(draw_key(seed, rnd.BRANCH, year), rows.key[movers]) < params.branch_share
        capital = rows.capital[movers]
        # Rounded so that what the firm keeps and what the branch gets add up to the last bit.
        size = np.where(opens, (capital + params.branch_size * capital) - capital, capital)
        coming = np.flatnonzero(chosen >= self.n_regions)
        coming = coming[np.argsort(rows.key[movers[coming]], kind="stable")]
        admitted = np.ones(len(movers), bool)
        admitted[coming] = admit(chosen[coming], size[coming], room, self.n_regions)
        movers, chosen, opens, size = movers[admitted], chosen[admitted], opens[admitted], size[admitted]
        place, sector = np.divmod(rows.cell[movers], self.n_sectors)
        origin, destination = self.place_city[place], self.place_city[chosen]
        cell = chosen * self.n_sectors + sector
        kernels.add_rows(rows, movers, self.power, sums, -1.0)
        rows.cell[movers[~opens]] = cell[~opens]
        # Columns may be replaced by longer ones now; the old ones must not be held.
        del rows
        self._branch(movers[opens], cell[opens], size[opens], year, params)
        kernels.add_rows(self._rows, movers, self.power, sums, 1.0)
        _without_rounding(sums)
        branches = np.zeros((self.n_regions, self.n_sectors))
        np.add.at(branches, (destination[opens], sector[opens]), 1.0)
        away = origin != destination
        return Moves(sector[away], origin[away], destination[away], size[away]), branches

    def _branch(self, parents: np.ndarray, cell: np.ndarray, size: np.ndarray, year: int, params: Industry) -> None:
        """Split branches off firms: the same owner, headquarters and productivity, elsewhere."""
        at = self._room(len(parents))
        rows = self._rows
        rows.key[at] = rnd.mixes(draw_key(0, rnd.BRANCH_KEY, year - self.base_year), rows.key[parents])
        rows.cell[at], rows.age[at], rows.capital[at] = cell, 0, size
        for column in (rows.home, rows.log_z, rows.ownership):
            column[at] = column[parents]
        rows.weight[at] = params.branch_size * rows.weight[parents]
        rows.capital[parents] -= size
        rows.weight[parents] -= rows.weight[at]
        self._take(at)

    def enter(
        self, mean: np.ndarray, site_mean: np.ndarray, founding: np.ndarray, site_founding: np.ndarray,
        weight: np.ndarray, site_key: np.ndarray, seed: int, year: int, params: Industry,
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
        ordinary = ordinary_entrants(mean, founding, seed, year)
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

    def renew(self, growth: Growth, seed: int, year: int, params: Industry) -> None:
        """Bring firms into the next year: they invest what is planned, draw productivity and grow older by a year.

        ``ln z`` is AR(1) around the mean of `mean_log_z`.
        """
        self._close_up()
        law = (
            growth.rate().ravel(), self.power,
            np.tile(self.mean_log_z(params), len(self.place_city)).astype(np.float32),
            np.float32(params.productivity_persistence), np.float32(params.productivity_sd),
        )  # fmt: skip
        with self._threads():
            self._sums = kernels.renew(self._rows, self._size, law, draw_key(seed, rnd.SHOCK, year))


def _without_rounding(sums: np.ndarray) -> None:
    """Clear what rounding has left in the sums of cells that have become empty, in place."""
    sums[sums[..., COUNT] == 0.0] = 0.0
