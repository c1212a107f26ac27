"""The table of firms: its columns, the initial population, sums over firms."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Self

import numpy as np

from sim.catalogue import AGE_BOUNDS, OWNERSHIP, SIZE_BOUNDS
from sim.economy.firms.chunks import bounds, map_chunks
from sim.economy.firms.founding import INITIAL_YEAR, birth_key, entrant_distribution
from sim.economy.firms.productivity import Process, mean_age
from sim.kernels import firms as kernels
from sim.kernels.classes import Bounds, Cells, sums_by_class
from sim.kernels.firms import CAPITAL, COUNT, GROWTH, QUALITY, WEIGHT, WEIGHT_UNIT, Rows
from sim.kernels.founding import Groups, draw_new
from sim.parameters import Industry

STATE, PRIVATE, EXTERNAL = range(len(OWNERSHIP))
# Public columns; city, sector and site are derived from the cell.
COLUMNS: dict[str, Any] = {
    "key": np.uint64, "city": np.int32, "sector": np.int16, "home": np.uint16, "capital": np.float64,
    "log_z": np.float32, "age": np.int16, "ownership": np.int8, "site": np.int32, "weight": np.float64,
}  # fmt: skip
_DTYPES = {**COLUMNS, "cell": np.int32, "variance": np.float32}
_SUMMED = {"capital", "log_z", "weight", "variance"}
SMALLEST_CELL = 6


class FirmTable:
    """Firms of a run, one entry per firm in every column.

    Columns: ``key`` birth identity, ``cell`` (``location * S + sector``; locations are the cities, then the sites),
    ``home`` (city of the headquarters), ``capital`` (million base-year yuan), ``log_z`` log productivity, ``age``
    (years), ``ownership`` (index of `OWNERSHIP`), ``weight`` (real firms it represents). ``city``, ``sector`` and
    ``site`` (-1: ordinary) are derived from the cell; `put` changes them. Rows of firms that close are reused for new
    firms or filled with the last ones.

    Parameters
    ----------
    n_regions, n_sectors : int
    process : Process
        Process of productivity and growth.
    ownership : (3,) float
        Shares of state, private and external firms among the new ones.
    base_year : int
    host : (n_sites,) int
        City of each enclave site.
    """

    def __init__(
        self, n_regions: int, n_sectors: int, process: Process,
        ownership: tuple[float, float, float] = (0.25, 0.7, 0.05), base_year: int = 0, host: Any = (),
    ):  # fmt: skip
        self.n_regions, self.n_sectors, self.base_year = n_regions, n_sectors, int(base_year)
        self.process, self.law = process, process.law
        # Mean capital of a real firm of each sector in the base year.
        self.mean_size = np.ones(n_sectors)
        self.ownership_shares = tuple(np.asarray(ownership, float) / np.sum(ownership))
        self.host = np.array(host, np.int64).reshape(-1)
        self.location_city = np.concatenate([np.arange(n_regions), self.host])
        self.version = 0
        self._rows = _rows(0)
        # Rows and columns of the firms founded last, until another pass needs them in the table.
        self._new_firms = NO_NEW_FIRMS
        self._size = 0
        self._holes = np.empty(0, np.int32)
        self._sums: np.ndarray | None = None
        # Firms that reconsider their location, as long as no row has changed its firm, and the parameters of the draw.
        self._reconsidering: tuple[tuple, list[np.ndarray]] | None = None
        self._reach_by_hours: tuple[np.ndarray, np.ndarray] | None = None

    @classmethod
    def create(
        cls,
        world_capital: np.ndarray,
        n_agents: int,
        real_firms: np.ndarray,
        process: Process,
        params: Industry,
        seed: int,
        ownership: tuple[float, float, float] = (0.25, 0.7, 0.05),
        base_year: int = 0,
        host: Any = (),
    ) -> Self:
        """Create the initial population; the firms of a cell own its capital.

        Parameters
        ----------
        world_capital : (R, S) float, million yuan
            A cell without capital has no firm.
        n_agents : int
            Target number; a cell has at least `SMALLEST_CELL`.
        real_firms : (R, S) float
        process : Process
        params : Industry
        seed : int
        ownership : (3,) float
        base_year : int
        host : (n_sites,) int

        Returns
        -------
        FirmTable
            Of the class on which it is called.
        """
        n_regions, n_sectors = world_capital.shape
        self = cls(n_regions, n_sectors, process, ownership, base_year, host)
        self.mean_size = world_capital.sum(axis=0) / np.maximum(real_firms.sum(axis=0), WEIGHT_UNIT)
        capital = np.asarray(world_capital, float).ravel()
        root = np.sqrt(capital)
        others = max(0, n_agents - SMALLEST_CELL * np.count_nonzero(capital))
        real = np.asarray(real_firms, float).ravel()
        count = np.where(capital > 0, SMALLEST_CELL + np.floor(others * root / max(root.sum(), 1e-300)), 0)
        # An agent represents at least one real firm, but for cells of fewer than `SMALLEST_CELL`.
        count = np.where(capital > 0, np.clip(np.floor(real), SMALLEST_CELL, count), 0)
        city, sector = np.divmod(np.arange(capital.size), n_sectors)
        groups = Groups(
            np.arange(capital.size, dtype=np.int32), city.astype(np.uint16), birth_key(city, sector, INITIAL_YEAR, 0),
            count.astype(np.int64), capital, real,
        )  # fmt: skip
        self._add_firms(groups, params, seed, mean_age(params.exit_rate) or 1e-9)
        return self

    def _add_firms(self, groups: Groups, params: Industry, seed: int, years: float = 0.0) -> None:
        """Add groups of firms, first in rows of firms that have closed; ``years`` is the mean age of incumbents."""
        self._insert_new()
        at = self._allocate(int(groups.size.sum()))
        new = _rows(len(at))
        distribution = entrant_distribution(params, self.process, self.mean_size, self.ownership_shares, seed, years)
        # Chunks of groups, with about as many firms as chunks of all firms have.
        total, everyone = np.cumsum(groups.size), self._size + len(at)
        ends = np.searchsorted(total, len(at) / max(1, everyone) * np.array(bounds(everyone)[1:-1]))
        parts = [
            (self._rows, at, new, groups, start, stop, distribution, self.law)
            for start, stop in pairwise([0, *ends, len(total)])
        ]
        sums = np.concatenate(map_chunks(draw_new, parts))
        self._mark_used(at)
        self._new_firms = at, new
        if self._sums is not None:
            self._sums[groups.cell] += sums

    def _allocate(self, more: int) -> np.ndarray:
        """Allocate rows for further firms and return them."""
        behind = max(0, more - len(self._holes))
        wanted = self._size + behind
        if wanted > len(self._rows.key):
            # Rows beyond those in use take no memory until they are written. Columns are replaced one at a time, so
            # that each old one is freed.
            size = wanted + wanted // 2
            for name in Rows._fields:
                longer = np.empty(size, _DTYPES[name])
                longer[: self._size] = getattr(self._rows, name)[: self._size]
                self._rows = self._rows._replace(**{name: longer})
        rows = np.arange(self._size, wanted, dtype=np.int32)
        return np.concatenate([self._holes[:more], rows]) if len(self._holes) else rows

    def _mark_used(self, rows: np.ndarray) -> None:
        """Mark rows that `_allocate` has returned as used, once they are written."""
        self._size += max(0, len(rows) - len(self._holes))
        self._holes = self._holes[len(rows) :]
        self.version += 1
        self._reconsidering = None

    def __len__(self) -> int:
        return self._size - len(self._holes)

    def _insert_new(self) -> None:
        """Insert new firms into the table."""
        if self._new_firms is not NO_NEW_FIRMS:
            kernels.write_new(self._rows, *self._new_firms)
            self._new_firms = NO_NEW_FIRMS

    def _compact(self) -> None:
        """Compact the table: insert new firms, fill the rows of closed ones."""
        self._insert_new()
        if len(self._holes):
            self._size = kernels.fill(self._rows, self._size, self._holes)
            self._holes = self._holes[:0]
            self._reconsidering = None

    def __getattr__(self, name: str) -> np.ndarray:
        if name in Rows._fields:
            self._compact()
            # The caller may write into the column.
            if name in _SUMMED:
                self._sums = None
            column = getattr(self._rows, name)[: self._size]
            column.flags.writeable = name != "cell"
            return column
        if name in ("city", "sector", "site"):
            location, sector = np.divmod(self.cell, self.n_sectors)
            if name == "city":
                location = self.location_city[location]
            elif name == "site":
                location = np.maximum(location - self.n_regions, -1)
            column = (sector if name == "sector" else location).astype(COLUMNS[name])
            column.flags.writeable = False
            return column
        raise AttributeError(f"{type(self).__name__} has no '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _DTYPES:
            self.put(name, slice(None), value)
        else:
            super().__setattr__(name, value)

    def put(self, name: str, rows: Any, value: Any) -> None:
        """Write a column of some firms.

        A firm whose ``city`` is set is an ordinary firm there; one whose ``site`` is set is in the site's city.

        Parameters
        ----------
        name : str
            One of `COLUMNS`, or ``cell``.
        rows : index of rows
        value : scalar or (n,)
        """
        self._compact()
        self._sums = self._reconsidering = None
        s = self.n_sectors
        cell = self._rows.cell[: self._size]
        if name == "city":
            cell[rows] = np.asarray(value) * s + cell[rows] % s
        elif name == "sector":
            cell[rows] += np.asarray(value, np.int32) - cell[rows] % s
        elif name == "site":
            location = np.where(np.asarray(value) < 0, self.city[rows], self.n_regions + np.asarray(value))
            cell[rows] = location * s + cell[rows] % s
        else:
            if name == "weight":
                value = np.rint(np.asarray(value, float) / WEIGHT_UNIT) * WEIGHT_UNIT
            getattr(self._rows, name)[: self._size][rows] = value

    @property
    def _cells(self) -> int:
        return len(self.location_city) * self.n_sectors

    def _map_chunks(self, kernel: Callable[..., Any], *given: Any) -> list:
        """Call a kernel on all rows; return its result for each chunk."""
        return map_chunks(kernel, [(self._rows, start, stop, *given) for start, stop in pairwise(bounds(self._size))])

    @property
    def sums(self) -> np.ndarray:
        """Sums over firms by location and sector, (R + n_sites, S, 5); columns as in `sim.kernels.firms.sums`."""
        if self._sums is None:
            self._compact()
            self._sums = add_tables(self._map_chunks(kernels.sums, self.law, self._cells))
        return self._sums.reshape(-1, self.n_sectors, 5)

    def by_city(self, value: np.ndarray) -> np.ndarray:
        """Aggregate sums by location (R + n_sites, S) to cities (R, S)."""
        out = value[: self.n_regions].copy()
        if len(self.host):
            np.add.at(out, self.host, value[self.n_regions :])
        return out

    def by_cell(self, value: np.ndarray) -> np.ndarray:
        """Sum a column by city and sector, (R, S)."""
        cell = self.city.astype(np.int64) * self.n_sectors + self.sector
        size = self.n_regions * self.n_sectors
        return np.bincount(cell, np.asarray(value, float), size).reshape(self.n_regions, -1)

    def totals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Firm agents, real capital (million yuan) and real firms, each (R, S)."""
        sums = self.sums
        return self.by_city(sums[..., COUNT]), self.by_city(sums[..., CAPITAL]), self.by_city(sums[..., WEIGHT])

    def capital_by_site(self) -> np.ndarray:
        """Real capital in each site, (n_sites, S), million yuan."""
        return self.sums[self.n_regions :, :, CAPITAL].copy()

    def productive_capital(self, site_log_z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum of ``k·z^(sigma-1)``, the sites' factor on z included.

        Parameters
        ----------
        site_log_z : (n_sites, S) float
            Shift of log z in a site.

        Returns
        -------
        cells : (R, S) float
            All firms, those in sites too.
        sites : (n_sites, S) float
        """
        quality = self.sums[..., QUALITY].copy()
        quality[self.n_regions :] *= np.exp(4.0 * self.process.power * site_log_z)
        return self.by_city(quality), quality[self.n_regions :]

    def by_class(self, group: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Sum capital, real firms and a value by group of cities and by class of age, size and ownership.

        Parameters
        ----------
        group : (R,) int
        value : (R + n_sites, S) float
            Per unit of ``k·z^(sigma-1)`` of a location, cities then sites.

        Returns
        -------
        (G, 3, 3, 3, 3) float
            By group, age, size and ownership: capital (million base-year yuan), real firms, value.
        """
        self._compact()
        _, capital, firms = self.totals()
        mean = capital.sum(axis=0) / np.maximum(firms.sum(axis=0), 1e-300)
        medium, large = SIZE_BOUNDS
        groups = group[self.location_city].astype(np.int32).repeat(self.n_sectors)
        smallest = np.tile(medium * mean, len(self.location_city))
        cells = Cells(groups, smallest, np.ascontiguousarray(value, dtype=float).ravel())
        bounds = Bounds(*AGE_BOUNDS, large / medium)
        return add_tables(self._map_chunks(sums_by_class, self.law.power, cells, int(group.max()) + 1, bounds))

    def by_home(self, value: np.ndarray) -> np.ndarray:
        """Sum a value by home and city of firms, (R, R).

        Parameters
        ----------
        value : (R + n_sites, S) float
            Per unit of ``k·z^(sigma-1)`` of a location, cities then sites.
        """
        self._compact()
        rows, n = self._rows, self._size
        cell, power = rows.cell[:n], 4.0 * self.process.power
        amount = rows.capital[:n] * np.exp(power * rows.log_z[:n].astype(float)) * np.ravel(value)[cell]
        at = rows.home[:n].astype(np.int64) * self.n_regions + self.location_city[cell // self.n_sectors]
        return np.bincount(at, amount, self.n_regions**2).reshape(self.n_regions, -1)

    def growth_weight(self, site_log_z: np.ndarray) -> np.ndarray:
        """Sum of weights in growth by location, (R + n_sites, S), the sites' factor on z included."""
        weight = self.sums[..., GROWTH].copy()
        weight[self.n_regions :] *= np.exp(self.process.power * site_log_z)
        return weight


def _rows(n: int) -> Rows:
    return Rows(*(np.empty(n, _DTYPES[name]) for name in Rows._fields))


NO_NEW_FIRMS = np.empty(0, np.int32), _rows(0)


def add_tables(tables: list[np.ndarray]) -> np.ndarray:
    """Add the tables of all chunks, in order."""
    total = tables[0]
    for table in tables[1:]:
        total += table
    return total


def large_from(capital: np.ndarray, weight: np.ndarray) -> float:
    """Return a size that about 5 % of real firms exceed, estimated from about 2,000 agents."""
    some = slice(None, None, max(1, len(capital) // 2000))
    firms = weight[some]
    size = capital[some] / np.maximum(firms, WEIGHT_UNIT)
    order = np.argsort(size)
    rank = int(np.searchsorted(np.cumsum(firms[order]), 0.95 * firms.sum()))
    # Between two sizes: no firm has this one, up to rounding.
    return float(size[order][max(rank - 1, 0) : rank + 1].mean()) if len(size) else 0.0


def hill_exponent(n: int, n_large: float, excess: float) -> float:
    """Hill (1975) exponent of the sizes of real firms; NaN below 40 agents.

    Parameters
    ----------
    n : int
        Agents.
    n_large : float
        Firms above a threshold.
    excess : float
        Sum of the log ratios of their sizes to it.
    """
    return n_large / excess if n >= 40 and excess > 0 else math.nan
