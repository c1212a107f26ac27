"""Firms as columns: they produce, age, exit, move, invest and enter (docs/model.md, industry).

Capital is real (million base-year yuan); a yearly step conserves it to rounding. Draws depend on
(seed, year, purpose, birth identity) only, so that two policies face the same luck.
"""

from __future__ import annotations

import math

import numpy as np

from sim.economy.firm_table import COLUMNS, EXTERNAL, OWNERSHIP, PRIVATE, STATE, FirmTable
from sim.economy.founding import draw_key, ordinary_entrants, site_entrants
from sim.kernels import firms as kernels
from sim.kernels import random as rnd
from sim.parameters import Industry

__all__ = ["COLUMNS", "EXTERNAL", "OWNERSHIP", "PRIVATE", "STATE", "Firms"]


class Firms(FirmTable):
    """All firms of a run and the steps of their year; the columns are those of `FirmTable`."""

    def shock(self, seed: int, year: int, params: Industry) -> None:
        """Draw this year's productivity: AR(1) around the mean of `mean_log_z`; firms age by a year."""
        kernels.shock(
            self.log_z, self.key, self.sector, self.mean_log_z(params), params.productivity_persistence,
            params.productivity_sd, draw_key(seed, rnd.SHOCK, year),
        )
        self.age = np.minimum(self.age, 30000).astype(np.int16) + np.int16(1)

    def exit(
        self, unit_return: np.ndarray, sigma: float | np.ndarray, seed: int, year: int, params: Industry, delta: float,
        site_log_z: np.ndarray | None = None,
    ) -> dict[str, np.ndarray]:
        """Close firms: young ones more often, insolvent ones with probability one half.

        Parameters
        ----------
        unit_return : (R, S) float, 1/yr
            After-tax gross yearly return of one unit of capital with z = 1.
        sigma : float or (S,) float
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
        quality = self.quality(np.asarray(sigma, float) - 1, site_log_z)
        own = np.asarray(unit_return, float).ravel()[self.cell] * quality / np.maximum(self.capital, 1e-300)
        # The age factor averages to one over the stationary ages of a constant exit rate.
        leaves = -math.expm1(-params.exit_rate)
        mean = 0.5 + leaves / (1 - (1 - leaves) * math.exp(-0.2)) if leaves > 0 else 1.0
        draw = draw_key(seed, rnd.EXIT, year)
        gone = kernels.leaving(
            self.key, self.age, own, params.exit_rate / mean, params.insolvency_return * delta,
            params.insolvency_exit, draw,
        )
        lost = self.by_cell(np.where(gone, self.capital, 0.0))
        recovered = params.recovery_share * lost
        out = {
            "count": self.by_cell(gone), "real_firms": self.by_cell(np.where(gone, self.weight, 0.0)),
            "scrapped": lost - recovered, "recovered": recovered,
        }
        self.keep(~gone)
        return out

    def depreciate(self, delta: float) -> None:
        """Take the share ``delta`` off every firm's capital."""
        self.capital = self.capital * (1 - delta)

    def relocate(
        self, ln_unit: np.ndarray, ln_supply: np.ndarray, host: np.ndarray, site_ln_supply: np.ndarray,
        site_log_z: np.ndarray, site_key: np.ndarray, room: np.ndarray, people_hours: np.ndarray,
        wedge: np.ndarray, params: Industry, mean_capital: np.ndarray, seed: int, year: int,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Let firms that reconsider choose among all cities and open sites (exact Gumbel-max).

        Those that choose another place move whole, or open a branch there with part of their capital.

        Parameters
        ----------
        ln_unit : (R, S) float
            Log unit profit after the terms offered.
        ln_supply : (R, S) float
            Log supply of ordinary sites.
        host : (n_sites,) int
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
        count, capital : (S, R, R) float
            Agents and real capital from origin to destination; moves within a city are left out.
        branches : (R, S) float
            New agents that are branches.
        """
        # Copies: read-only arrays are another type to the compiler.
        host = np.array(host, np.int64)
        profit = (self.sigma - 1) * np.asarray(site_log_z, float) + np.asarray(ln_unit, float)[host]
        cities = params.profit_elasticity * np.asarray(ln_unit, float) + ln_supply + wedge
        attraction = np.concatenate([cities, params.profit_elasticity * profit + site_ln_supply])
        friction = (self.capital / np.asarray(mean_capital, float)[self.sector]) ** params.size_exponent
        purposes = (rnd.DESTINATION, rnd.SITE_DESTINATION, rnd.RECONSIDER)
        option = kernels.choose(
            self.key, self.sector, self.city, self.home, self.site, friction, attraction, host,
            np.array(site_key, np.uint64), np.log1p(np.array(people_hours, float, order="C")),
            np.array([params.moving_cost, params.distance_cost, params.headquarters_cost]),
            math.log(params.inertia), -math.expm1(-params.relocation_rate),
            np.array([draw_key(seed, purpose, year) for purpose in purposes], np.uint64),
        )
        return self._move(option, host, np.array(room, float), seed, year, params)

    def _move(
        self, option: np.ndarray, host: np.ndarray, room: np.ndarray, seed: int, year: int, params: Industry
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Carry out choices as far as sites have room, in the order of firm keys; some move whole, some branch."""
        movers = np.flatnonzero(option >= 0)
        movers = movers[np.argsort(self.key[movers], kind="stable")]
        opens = rnd.uniforms(draw_key(seed, rnd.BRANCH, year), self.key[movers]) < params.branch_share
        size = self.capital[movers] * np.where(opens, params.branch_size, 1.0)
        admitted = kernels.admit(option[movers], size, room, self.n_regions)
        movers, opens, size = movers[admitted], opens[admitted], size[admitted]
        chosen = option[movers]
        origin, destination = self.city[movers], np.concatenate([np.arange(self.n_regions), host])[chosen]
        site = np.maximum(chosen - self.n_regions, -1)
        count = np.zeros((self.n_sectors, self.n_regions, self.n_regions))
        moved = np.zeros_like(count)
        kernels.flows(self.sector[movers], origin, destination, size, count, moved)
        whole = movers[~opens]
        self.city[whole], self.site[whole] = destination[~opens], site[~opens]
        self._branch(movers[opens], destination[opens], site[opens], year, params)
        branches = np.zeros((self.n_regions, self.n_sectors))
        np.add.at(branches, (destination[opens], self.sector[movers[opens]]), 1.0)
        return count, moved, branches

    def _branch(
        self, parents: np.ndarray, city: np.ndarray, site: np.ndarray, year: int, params: Industry
    ) -> None:
        """Split branches off firms: the same owner, headquarters and productivity, elsewhere."""
        new = {name: getattr(self, name)[parents] for name in COLUMNS}
        new["key"] = rnd.mixes(draw_key(0, rnd.BRANCH_KEY, year - self.base_year), new["key"])
        new["city"], new["site"], new["age"] = city, site, np.zeros(len(parents))
        for name in ("capital", "weight"):
            new[name] = params.branch_size * new[name]
            getattr(self, name)[parents] *= 1.0 - params.branch_size
        self.add(new)

    def grow(
        self, units: np.ndarray, site_log_z: np.ndarray | None = None, site_room: np.ndarray | None = None
    ) -> np.ndarray:
        """Add investment to the firms of each cell by ``k·z^((sigma-1)/4)``.

        With the full exponent one firm would take half its market within decades. Firms of a site grow into the
        room that it has; what does not fit goes to the ordinary firms of the cell.

        Parameters
        ----------
        units : (R, S) float, million base-year yuan
        site_log_z : (n_sites, S) float, optional
        site_room : (n_sites,) float, million base-year yuan, optional
            Real capital that still fits; without limit if not given.

        Returns
        -------
        (R, S) float
            Units of cells without a firm that could take them.
        """
        units = np.asarray(units, float)
        quality = self.quality((self.sigma - 1) / 4, site_log_z)
        growth, left = self._spread(units, quality)
        inside = self.site >= 0
        if site_room is not None and inside.any():
            wanted = np.bincount(self.site[inside], growth[inside], len(site_room))
            fits = np.minimum(1.0, np.maximum(site_room, 0.0) / np.maximum(wanted, 1e-300))
            refused = np.zeros_like(growth)
            refused[inside] = growth[inside] * (1.0 - fits[self.site[inside]])
            more, unplaced = self._spread(self.by_cell(refused), np.where(inside, 0.0, quality))
            growth, left = growth - refused + more, left + unplaced
        self.capital = self.capital + growth
        return left

    def _spread(self, units: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Share units of cells over firms by weight: what each firm gets, and what cells without weight keep."""
        total = self.by_cell(weight)
        rate = np.where(total > 0, units / np.where(total > 0, total, 1.0), 0.0)
        return rate.ravel()[self.cell] * weight, np.where(total > 0, 0.0, units)

    def grow_sites(self, units: np.ndarray, site_log_z: np.ndarray) -> np.ndarray:
        """Add investment to the firms of each site as `grow` does; return the units of sites without firms.

        Parameters
        ----------
        units : (n_sites, S) float, million base-year yuan
        site_log_z : (n_sites, S) float
        """
        quality = self.quality((self.sigma - 1) / 4, site_log_z)
        total = self.by_site(quality, len(units))
        rate = np.where(total > 0, units / np.where(total > 0, total, 1.0), 0.0)
        inside = self.site >= 0
        self.capital[inside] += rate[self.site[inside], self.sector[inside]] * quality[inside]
        return np.where(total > 0, 0.0, units)

    def enter(
        self, mean: np.ndarray, site_mean: np.ndarray, founding: np.ndarray, site_founding: np.ndarray,
        weight: np.ndarray, host: np.ndarray, site_key: np.ndarray, seed: int, year: int, params: Industry,
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
        host : (n_sites,) int
        site_key : (n_sites,) uint64
        seed, year : int
        params : Industry

        Returns
        -------
        count : (R, S) float
        leftover, site_leftover : (R, S), (n_sites, S) float, million base-year yuan
            Founding money of the cells and of the sites where nobody entered.
        """
        money = np.concatenate([np.asarray(founding, float), np.asarray(site_founding, float)])
        city, sector, site, key = (
            np.concatenate(pair)
            for pair in zip(
                ordinary_entrants(mean, founding, seed, year, self.base_year),
                site_entrants(site_mean, site_founding, host, site_key, seed, year, self.base_year),
                strict=True,
            )
        )
        _, capital, real = self.totals()
        per_yuan = np.divide(real, capital, out=np.zeros_like(real), where=capital > 0).ravel()
        old = len(self)
        self.append(key, city, sector, site, seed, params)
        group = self.founding_group(city, sector, site)
        self.capital[old:] *= money.ravel()[group]
        cell = self.cell[old:]
        ordinary = np.asarray(weight, float).ravel()[cell]
        self.weight[old:] = np.where(site < 0, ordinary, per_yuan[cell] * self.capital[old:])
        entrants = np.bincount(group, minlength=money.size).reshape(money.shape)
        unused = np.where(entrants > 0, 0.0, money)
        size = self.n_regions * self.n_sectors
        count = np.bincount(cell, minlength=size).astype(float).reshape(self.n_regions, -1)
        return count, unused[: self.n_regions], unused[self.n_regions :]
