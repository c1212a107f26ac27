"""The columns of firms: who they are, how a world is populated, what is summed from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from sim.economy.founding import birth_key, draw_key, ordinals, shares
from sim.kernels import firms as kernels
from sim.kernels import random as rnd
from sim.parameters import Industry

STATE, PRIVATE, EXTERNAL = range(3)
OWNERSHIP = ("state", "private", "external")
COLUMNS: dict[str, Any] = {
    "key": np.uint64,
    "city": np.int32,
    "sector": np.int16,
    "home": np.int32,
    "capital": np.float64,
    "log_z": np.float64,
    "age": np.int16,
    "ownership": np.int8,
    "site": np.int32,
    "weight": np.float64,
}
SMALLEST_CELL = 6


class FirmTable:
    """Firms of a run, one entry a firm in every column.

    Columns: ``key`` birth identity, ``city``, ``sector``, ``home`` (city of the
    headquarters), ``capital`` (million base-year yuan), ``log_z`` log productivity, ``age`` (years),
    ``ownership`` (index of `OWNERSHIP`), ``site`` (-1: ordinary), ``weight`` (real firms it stands for).

    Parameters
    ----------
    n_regions, n_sectors : int
    sigma : float or (S,) float
        Elasticity of substitution.
    ownership : (3,) float
        Shares of state, private and external firms among the new ones.
    base_year : int
    """

    def __init__(
        self, n_regions: int, n_sectors: int, sigma: float | np.ndarray,
        ownership: tuple[float, float, float] = (0.25, 0.7, 0.05), base_year: int = 0,
    ):  # fmt: skip
        self.n_regions, self.n_sectors, self.base_year = n_regions, n_sectors, int(base_year)
        self.sigma = np.broadcast_to(np.asarray(sigma, float), (n_sectors,)).copy()
        self.ownership_shares = tuple(np.asarray(ownership, float) / np.sum(ownership))
        for name, dtype in COLUMNS.items():
            setattr(self, name, np.empty(0, dtype))

    @classmethod
    def create(
        cls, world_capital: np.ndarray, n_agents: int, real_firms: np.ndarray, sigma: float | np.ndarray,
        params: Industry, seed: int, ownership: tuple[float, float, float] = (0.25, 0.7, 0.05), base_year: int = 0,
    ) -> Self:
        """Populate a world; each cell's firms hold exactly its capital.

        Parameters
        ----------
        world_capital : (R, S) float, million yuan
            A cell without capital gets no firm.
        n_agents : int
            Wanted number; a cell has at least `SMALLEST_CELL`.
        real_firms : (R, S) float
        sigma : float or (S,) float
        params : Industry
        seed : int
        ownership : (3,) float
        base_year : int

        Returns
        -------
        FirmTable
            Of the class it is called on.
        """
        n_regions, n_sectors = world_capital.shape
        self = cls(n_regions, n_sectors, sigma, ownership, base_year)
        capital = np.asarray(world_capital, float).ravel()
        root = np.sqrt(capital)
        spare = max(0, n_agents - SMALLEST_CELL * np.count_nonzero(capital))
        counts = np.where(capital > 0, SMALLEST_CELL + np.floor(spare * root / max(root.sum(), 1e-300)), 0)
        counts = counts.astype(np.int64)
        cell = np.repeat(np.arange(capital.size), counts)
        city, sector = np.divmod(cell, self.n_sectors)
        key = birth_key(city, sector, 0, ordinals(counts))
        self.append(key, city, sector, np.full(cell.size, -1), seed, params)
        # Firms that have grown by k z^((sigma-1)/4) for years are the productive ones: without this the
        # first decade would show the sorting of capital towards good firms as growth.
        self.capital *= capital[cell] * np.exp((self.sigma[sector] - 1) / 4 * self.log_z)
        self.capital *= (capital / np.maximum(np.bincount(cell, self.capital, capital.size), 1e-300))[cell]
        self.weight = np.asarray(real_firms, float).ravel()[cell] / counts[cell]
        leaves = -math.expm1(-params.exit_rate)
        if leaves > 0:
            old = np.log(rnd.uniforms(draw_key(seed, rnd.AGE, 0), key)) / math.log1p(-leaves)
            self.age = np.minimum(old, 200).astype(np.int16)
        return self

    def __len__(self) -> int:
        return len(self.key)

    @property
    def cell(self) -> np.ndarray:
        """Index ``city * S + sector`` of each firm, (F,) int64."""
        return self.city.astype(np.int64) * self.n_sectors + self.sector

    def mean_log_z(self, params: Industry) -> np.ndarray:
        """Mean of log z, (S,), with which ``E z^(sigma-1) = 1`` in the stationary state."""
        variance = params.productivity_sd**2 / (1 - params.productivity_persistence**2)
        return -(self.sigma - 1) * variance / 2

    def append(
        self, key: np.ndarray, city: np.ndarray, sector: np.ndarray, site: np.ndarray, seed: int, params: Industry
    ) -> None:
        """Add firms of age 0 whose capital is their share in their cell or site; the caller scales it."""
        group = self.founding_group(city, sector, site)
        draw = [rnd.uniforms(draw_key(seed, purpose, 0), key) for purpose in (rnd.SIZE, rnd.OWNERSHIP)]
        spread = params.productivity_sd / math.sqrt(1 - params.productivity_persistence**2)
        normals = rnd.normals(draw_key(seed, rnd.PRODUCTIVITY, 0), key)
        new = {
            "key": key, "city": city, "sector": sector, "home": city, "site": site,
            "capital": shares(
                group, group.max(initial=-1) + 1, draw[0] ** (-1 / params.size_tail),
                params.largest_entrant,
            ),
            "log_z": self.mean_log_z(params)[sector] + spread * normals,
            "age": np.zeros(len(key)),
            "ownership": np.minimum(np.searchsorted(np.cumsum(self.ownership_shares), draw[1]), EXTERNAL),
            "weight": np.ones(len(key)),
        }
        self.add(new)

    def add(self, new: Mapping[str, np.ndarray]) -> None:
        """Add rows, a column a name."""
        for name, dtype in COLUMNS.items():
            setattr(self, name, np.concatenate([getattr(self, name), np.asarray(new[name]).astype(dtype)]))

    def founding_group(self, city: np.ndarray, sector: np.ndarray, site: np.ndarray) -> np.ndarray:
        """Whose founding money a new firm shares: that of its cell ``0..R·S-1``, or of its site, counted on."""
        place = np.where(np.asarray(site) < 0, city, self.n_regions + np.asarray(site))
        return place.astype(np.int64) * self.n_sectors + sector

    def keep(self, rows: np.ndarray) -> None:
        """Drop all other rows; the survivors keep their order."""
        for name in COLUMNS:
            setattr(self, name, getattr(self, name)[rows])

    def by_cell(self, value: np.ndarray) -> np.ndarray:
        """Sum a column by city and sector, (R, S)."""
        value = np.asarray(value, float)
        return kernels.cell_sums(self.cell, value, self.n_regions * self.n_sectors).reshape(self.n_regions, -1)

    def by_site(self, value: np.ndarray, n_sites: int) -> np.ndarray:
        """Sum a column by site and sector, (n_sites, S)."""
        cell = np.where(self.site < 0, -1, self.site.astype(np.int64) * self.n_sectors + self.sector)
        sums = kernels.cell_sums(cell, np.asarray(value, float), n_sites * self.n_sectors)
        return sums.reshape(n_sites, self.n_sectors)

    def totals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Firm agents, real capital (million yuan) and real firms, each (R, S)."""
        return self.by_cell(np.ones(len(self))), self.by_cell(self.capital), self.by_cell(self.weight)

    def capital_by_site(self, n_sites: int) -> np.ndarray:
        """Real capital in each site, (n_sites, S), million yuan."""
        return self.by_site(self.capital, n_sites)

    def quality(self, exponent: float | np.ndarray, site_log_z: np.ndarray | None) -> np.ndarray:
        """Return ``k·z^exponent`` of each firm, the site's factor included."""
        exponent = np.broadcast_to(np.asarray(exponent, float), (self.n_sectors,)).copy()
        n_sites = int(self.site.max(initial=-1)) + 1
        shift = np.zeros((n_sites, self.n_sectors)) if site_log_z is None else np.array(site_log_z, float, order="C")
        return kernels.quality(self.capital, self.log_z, self.sector, self.site, exponent, shift)

    def productive_capital(self, sigma: float | np.ndarray, site_log_z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum of ``k·z^(sigma-1)``, the sites' factor on z included.

        Parameters
        ----------
        sigma : float or (S,) float
        site_log_z : (n_sites, S) float
            Shift of log z in a site.

        Returns
        -------
        cells : (R, S) float
            All firms, those in sites too.
        sites : (n_sites, S) float
        """
        quality = self.quality(np.asarray(sigma, float) - 1, site_log_z)
        return self.by_cell(quality), self.by_site(quality, len(site_log_z))

    def tail_exponent(self) -> float:
        """Hill exponent of the largest 5 % of firms by capital; NaN below 40 firms."""
        n = len(self) // 20
        if n < 2:
            return math.nan
        largest = np.sort(self.capital)[-(n + 1) :]
        return float(n / np.log(largest[1:] / largest[0]).sum())
