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

from sim.economy.base import Plots
from sim.economy.firms.chunks import map_chunks
from sim.economy.firms.founding import birth_key, draw_key, ordinary_entrants, site_entrants
from sim.economy.firms.growth import Growth
from sim.economy.firms.productivity import survival_by_age
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
from sim.economy.frictions import inside
from sim.kernels import firms as kernels
from sim.kernels import random as rnd
from sim.kernels.firms import CAPITAL, COUNT, QUALITY, WEIGHT, WEIGHT_UNIT, Relocations, Survival
from sim.kernels.founding import Groups
from sim.kernels.relocation import Locations, admit, enlarge, expected, movers
from sim.parameters import Industry

__all__ = ["COLUMNS", "EXTERNAL", "OWNERSHIP", "PRIVATE", "STATE", "Exits", "Firms", "Moves"]

# Share of the capital of a site above which an agent is divided.
MOST_OF_SITE = 0.05


class Choice(NamedTuple):
    """What firms that reconsider their location choose among."""

    ln_unit: np.ndarray  # (R, S) log unit profit after grants
    plots: Plots  # of the base year
    life_cycle: np.ndarray  # (S,) log odds for sparse regions of a mature firm over a new one
    people_hours: np.ndarray  # (R, R) h
    wedge: np.ndarray  # (R, S) attraction of ordinary locations, log odds
    site_ln_supply: np.ndarray  # (n_sites, S), -inf where closed, full or not open to the sector
    site_log_z: np.ndarray  # (n_sites, S) shift of log z in a site
    site_key: np.ndarray  # (n_sites,) uint64, identity of each site in the draws
    room: np.ndarray  # (n_sites,) million yuan, vacant capacity
    headquarters: np.ndarray = np.zeros((1, 1))  # (R, R) attraction of a city to firms of a home, log odds


class Arrivals(NamedTuple):
    """What moves into locations in a year of expected moves, (R + n_sites, S) each."""

    capital: np.ndarray  # million base-year yuan
    quality: np.ndarray  # of it
    age: np.ndarray  # of it, million yuan times years
    firms: np.ndarray  # real firms


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
        recovery: np.ndarray | float | None = None,
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
        recovery : float, broadcast to (R, S), optional
            Share of the capital of closing firms that is used again; by default that of the parameters.

        Returns
        -------
        Exits
        """
        self._compact()
        sums, n = self.sums, self._size
        survival = self._survival(np.asarray(unit_return, float), params, delta, site_log_z)
        chunks = self._map_chunks(kernels.screen, survival, self.law, draw_key(seed, rnd.SURVIVAL, year))
        closed_rows, lost, reconsidering, large = zip(*chunks, strict=True)
        closed = add_tables(list(lost)).reshape(sums.shape)
        sums -= closed
        _clear_rounding(sums)
        sums[..., CAPITAL:] *= survival.retained
        self._holes = np.concatenate(closed_rows)
        self._reconsidering = (seed, year, survival.reconsider), list(reconsidering)
        self.version += 1
        capital = self.by_city(closed[..., CAPITAL])
        recovered = (params.recovery_share if recovery is None else recovery) * capital
        return Exits(
            self.by_city(closed[..., COUNT]), self.by_city(closed[..., WEIGHT]), capital - recovered, recovered,
            hill_exponent(n, *np.sum(large, axis=0)),
        )  # fmt: skip

    def _survival(
        self, unit_return: np.ndarray, params: Industry, delta: float, site_log_z: np.ndarray | None
    ) -> Survival:
        """Return the parameters of exit, reconsideration and depreciation of a year."""
        # The return of a firm is unit_return * z^(sigma-1); solve for the z of the insolvency threshold.
        least = params.insolvency_return * delta
        with np.errstate(divide="ignore", invalid="ignore"):
            floor = (np.log(least) - np.log(unit_return[self.location_city])) / (4.0 * self.process.power)
        if site_log_z is not None:
            floor[self.n_regions :] -= site_log_z
        # Where threshold and return are both zero, no firm is insolvent.
        floor = np.where(np.isnan(floor), -np.inf, floor).astype(np.float32)
        limit, limit_insolvent = _exit_limits(params.exit_rate, params.insolvency_exit)
        large = large_from(self._rows.capital[: self._size], self._rows.weight[: self._size])
        return Survival(
            limit,
            limit_insolvent,
            floor.ravel(),
            floor.max(),
            _reconsider_limit(params.relocation_rate),
            1.0 - delta,
            large,
        )

    def relocate(self, choice: Choice, params: Industry, seed: int, year: int) -> tuple[Moves, np.ndarray]:
        """Let firms that reconsider choose among all cities and open sites, by a logit.

        Those that choose another location move with all their capital, or open a branch there with a part of it.

        Parameters
        ----------
        choice : Choice
        params : Industry
        seed, year : int

        Returns
        -------
        moves : Moves
            Without moves within a city.
        branches : (R, S) float
            New branches, agents.
        """
        self._insert_new()
        locations, stream = self._locations(choice, params), draw_key(seed, rnd.DESTINATION, year)
        reconsidering = self._rows_reconsidering(seed, year, _reconsider_limit(params.relocation_rate))
        chosen = map_chunks(movers, [(self._rows, some, locations, stream) for some in reconsidering])
        row, option, key, capital, cell = (np.concatenate(part) for part in zip(*chosen, strict=True))
        return self._move(row, option, key, capital, cell, np.array(choice.room, float), seed, year, params)

    def relocate_expected(self, choice: Choice, params: Industry, year: int) -> Moves:
        """Move the expected capital between locations: every firm keeps its share of it, arrivals enlarge incumbents.

        Incumbents represent the firms that arrive, too, and take on their productivity and age in proportion; in a site
        without firms one agent represents them. Sites admit up to their vacant capacity; a city without firms of a
        sector admits none.

        Parameters
        ----------
        choice : Choice
        params : Industry
        year : int

        Returns
        -------
        Moves
            One entry per sector and pair of cities.
        """
        flow, coming = self._expected(choice, params, apply=True)
        self._sums = None
        empty = self.sums[..., COUNT] == 0
        self._merge(coming, ~empty)
        self._found_in_sites(coming, empty, flow, choice.site_key, year)
        self._sums = None
        between = self._between(flow)
        between[np.arange(self.n_regions), :, np.arange(self.n_regions)] = 0.0
        origin, sector, destination = np.nonzero(between)
        return Moves(sector, origin, destination, between[origin, sector, destination])

    def expected_moves(self, choice: Choice, params: Industry) -> np.ndarray:
        """Return expected moves of capital between cities, (R, S, R) million base-year yuan; firms stay as they are."""
        return self._between(self._expected(choice, params, apply=False)[0])

    def _expected(self, choice: Choice, params: Industry, apply: bool) -> tuple[np.ndarray, Arrivals]:
        """Return expected moves between locations, (R + n_sites, S, R + n_sites), and what arrives where.

        With ``apply`` firms give up what moves.
        """
        self._compact()
        n = self.n_regions
        locations = self._locations(choice, params)
        locations.attraction.T[:n][self.sums[:n, :, CAPITAL] == 0] = -np.inf
        share, power = -math.expm1(-params.relocation_rate) * params.moved_share, np.float32(4.0) * self.law.power
        admitted = np.ones(len(self.location_city))
        for last in (False, apply) if len(choice.room) else (apply,):
            flow = add_tables(self._map_chunks(expected, locations, power, share, admitted, last))
            wanted = flow[:, n:-3].sum(axis=0)
            admitted[n:] = np.minimum(1.0, choice.room / np.maximum(wanted, 1e-300))
        flow = flow.reshape(len(self.location_city), self.n_sectors, -1)
        return flow[..., :-3], Arrivals(flow[..., :-3].sum(axis=0).T, *np.moveaxis(flow[..., -3:], 2, 0))

    def _merge(self, coming: Arrivals, cells: np.ndarray) -> None:
        """Let the incumbents of cells, (R + n_sites, S) bool, represent what arrives there."""
        capital, real, quality = (np.where(cells, self.sums[..., k], 1.0) for k in (CAPITAL, WEIGHT, QUALITY))
        age = np.bincount(self.cell, self._rows.capital[: self._size] * self._rows.age[: self._size], cells.size)
        age = age.reshape(cells.shape)
        more, firms = 1.0 + coming.capital / capital, 1.0 + coming.firms / real
        better = np.log((quality + coming.quality) / (quality * more)) / max(4.0 * self.process.power, 1e-300)
        older = (age + coming.age) / (capital * more) - age / capital
        more, firms, better, older = (
            np.where(cells, x, y) for x, y in ((more, 1), (firms, 1), (better, 0), (older, 0))
        )
        self._map_chunks(enlarge, more.ravel(), firms.ravel(), better.astype(np.float32).ravel(), older.ravel())

    def _found_in_sites(
        self, coming: Arrivals, empty: np.ndarray, flow: np.ndarray, site_key: np.ndarray, year: int
    ) -> None:
        """Let an agent represent what arrives in each cell of a site that is ``empty``, (R + n_sites, S) bool."""
        location, sector = np.nonzero(empty & (coming.capital > 0))
        capital, quality, age, firms = (x[location, sector] for x in coming)
        keys = [rnd.mix(int(site_key[o - self.n_regions]), s) for o, s in zip(location, sector, strict=True)]
        rows = self._allocate(len(location))
        weight = np.maximum(np.rint(firms / WEIGHT_UNIT), 1.0) * WEIGHT_UNIT
        new = {
            "key": rnd.mixes(draw_key(0, rnd.BRANCH_KEY, year - self.base_year), np.array(keys, np.uint64)),
            "cell": location * self.n_sectors + sector,
            "home": [self.location_city[flow[:, s, o].argmax()] for o, s in zip(location, sector, strict=True)],
            "capital": capital, "log_z": np.log(quality / capital) / max(4.0 * self.process.power, 1e-300),
            "age": np.rint(age / capital), "ownership": PRIVATE, "weight": weight,
            "variance": 1.0 / np.maximum(weight, 1.0),
        }  # fmt: skip
        for name, value in new.items():
            getattr(self._rows, name)[rows] = value
        self._mark_used(rows)

    def _between(self, flow: np.ndarray) -> np.ndarray:
        """Sum flows between locations to flows between cities, (R, S, R)."""
        n = self.n_regions
        origin, between = np.zeros((n, *flow.shape[1:])), np.zeros((n, self.n_sectors, n))
        np.add.at(origin, self.location_city, flow)
        np.add.at(between.T, self.location_city, origin.T)
        return between

    def _locations(self, choice: Choice, params: Industry) -> Locations:
        """Return the options of location choice as the kernels need them."""
        beta, plots = params.profit_elasticity, choice.plots
        profit = beta * (4.0 * self.process.power * np.asarray(choice.site_log_z, float) + choice.ln_unit[self.host])
        cities = beta * choice.ln_unit + choice.wedge
        movers_to = np.concatenate([cities + plots.pull, profit + plots.site[self.host] + choice.site_ln_supply])
        if params.own_plot:
            stay = np.concatenate([cities, profit]) + plots.stay[self.location_city]
        else:
            # A site that is closed to entry does not evict its firms.
            stay = np.where(np.isneginf(movers_to), (cities + plots.pull)[self.location_city], movers_to)
            stay += math.log(params.inertia)
        sites = rnd.mixes(np.uint64(0), np.asarray(choice.site_key, np.uint64)) >> np.uint64(32)
        identity = np.concatenate([np.arange(self.n_regions), sites])
        reach = self._reach(choice.people_hours)
        elsewhere = plots.home[:, None] != plots.home[self.location_city][None, :]
        elsewhere[:, self.n_regions :] = False
        if not params.own_plot:
            elsewhere[:, : self.n_regions] = True
        cost = params.moving_cost * elsewhere.astype(np.float32) + np.float32(params.distance_cost) * reach
        cost = cost.astype(np.float32)[self.location_city]
        if params.own_plot:
            cost[: self.n_regions, : self.n_regions][inside(plots.home)] = np.inf
        back = params.headquarters_cost
        if choice.headquarters.any():
            reach = (back * reach - choice.headquarters[:, self.location_city]).astype(np.float32)
            back = 1.0
        _, capital, real = self.totals()
        count = real if params.own_plot else self.totals()[0]
        return Locations(
            np.ascontiguousarray(movers_to.T, np.float32), stay.ravel().astype(np.float32), cost,
            reach, plots.thin[self.location_city].astype(np.float32), identity.astype(np.uint32), self.location_city,
            capital.sum(axis=0) / np.maximum(count.sum(axis=0), 1.0), params.own_plot, back,
            params.size_exponent, choice.life_cycle.astype(np.float32), plots.maturity, params.maturing,
        )  # fmt: skip

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
        share = np.where(branches_off, params.branch_size, 1.0)
        wanted, single = size[coming], self._rows.weight[row[coming]] <= 1.0
        size[coming] = admit(option[coming], wanted, single, room, self.n_regions)
        share[coming] *= size[coming] / wanted
        if not size.all():
            row, option, key, cell, branches_off, size, capital, share = (
                x[size > 0] for x in (row, option, key, cell, branches_off, size, capital, share)
            )
        location, sector = np.divmod(cell, np.int32(self.n_sectors))
        origin, destination = self.location_city[location], self.location_city[option]
        into = option * np.int32(self.n_sectors) + sector
        size = np.where(share < 1.0, (capital + size) - capital, size)
        relocations = Relocations(
            row, into, size, share, rnd.mixes(draw_key(0, rnd.BRANCH_KEY, year - self.base_year), key)
        )
        at = self._allocate(int(np.count_nonzero(share < 1.0)))
        kernels.move(self._rows, relocations, at, self.law, sums)
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
            np.concatenate([np.asarray(weight, float).ravel() * ordinary, dense * site_founding.ravel()]),
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

    def renew(self, growth: Growth, seed: int, year: int) -> None:
        """Advance firms by a year: planned investment, productivity shock, age."""
        if len(self._holes):
            self._compact()
        before, draw = self.sums.reshape(-1, 5), draw_key(seed, rnd.SHOCK, year)
        after = add_tables(self._map_chunks(kernels.renew, growth.rate().ravel(), self.law, draw, *self._new_firms))
        self._new_firms = NO_NEW_FIRMS
        self._sums = np.concatenate([before[:, :CAPITAL], after], axis=1)

    def divide_in_sites(self, year: int) -> None:
        """Divide agents with more than `MOST_OF_SITE` of the capital of their site, unless they are a single firm.

        The result of a site then does not depend on the draws of one agent.

        Parameters
        ----------
        year : int
        """
        if not len(self.host):
            return
        self._compact()
        first = self.n_regions * self.n_sectors
        rows = np.flatnonzero(self._rows.cell[: self._size] >= first).astype(np.int32)
        most = (
            MOST_OF_SITE * self.capital_by_site().sum(axis=1)[self._rows.cell[rows] // self.n_sectors - self.n_regions]
        )
        over = np.ceil(self._rows.capital[rows] / np.maximum(most, 1e-300))
        parts = np.minimum(over, np.ceil(self._rows.weight[rows])).astype(np.int64)
        some = parts > 1
        if not some.any():
            return
        sums, key = self.sums.reshape(-1, 5), draw_key(0, rnd.DIVISION, year - self.base_year)
        at = self._allocate(int((parts[some] - 1).sum()))
        kernels.divide(self._rows, rows[some], parts[some], at, key, self.law, sums)
        self._mark_used(at)


@lru_cache(maxsize=32)
def _exit_limits(exit_rate: float, insolvency_exit: float) -> tuple[np.ndarray, np.ndarray]:
    """Return thresholds of 32 bits for exit by age: of solvent firms, of insolvent firms."""
    survival = survival_by_age(exit_rate)
    return rnd.below(1.0 - survival), rnd.below(1.0 - survival * (1.0 - insolvency_exit))


@lru_cache(maxsize=32)
def _reconsider_limit(relocation_rate: float) -> np.uint32:
    """Return the threshold of 32 bits below which firms reconsider their location."""
    return rnd.below(-math.expm1(-relocation_rate))[()]


def _clear_rounding(sums: np.ndarray) -> None:
    """Set the sums of cells that have become empty to exactly zero, in place."""
    sums[sums[..., COUNT] == 0.0] = 0.0
