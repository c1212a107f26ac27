"""Allocation of new capital: investment of cells and sites is divided among their firms at the end of the year."""

from __future__ import annotations

import numpy as np

from sim.economy.firms.table import FirmTable
from sim.kernels.firms import GROWTH


class Growth:
    """New capital by location, allocated in proportion to firms' weights in growth, ``k·z^((sigma-1)/4)`` and a factor.

    Parameters
    ----------
    firms : FirmTable
        State of the firms at the time of allocation.
    site_log_z : (n_sites, S) float
        Shift of log z in a site.

    Attributes
    ----------
    units : (R + n_sites, S) float, million base-year yuan
        New capital of the firms of each location.
    """

    def __init__(self, firms: FirmTable, site_log_z: np.ndarray):
        self.firms = firms
        self.weight = firms.growth_weight(np.asarray(site_log_z, float))
        self.units = np.zeros_like(self.weight)

    def add(self, units: np.ndarray, site_room: np.ndarray | None = None) -> np.ndarray:
        """Add investment of cells.

        Firms of a site grow up to its vacant capacity; the excess goes to the ordinary firms of the cell.

        Parameters
        ----------
        units : (R, S) float, million base-year yuan
        site_room : (n_sites,) float, million base-year yuan, optional
            Vacant capacity; unlimited by default.

        Returns
        -------
        (R, S) float
            Investment of cells that have no firm to receive it.
        """
        f, n = self.firms, self.firms.n_regions
        growth, unallocated = _spread(units, f.by_city(self.weight), self.weight, f.location_city)
        if site_room is not None and len(f.host):
            planned = growth[n:].sum(axis=1)
            fits = np.minimum(1.0, np.maximum(site_room, 0.0) / np.maximum(planned, 1e-300))
            excess = growth[n:] * (1.0 - fits)[:, None]
            growth[n:] -= excess
            excess_by_cell = np.zeros((n, f.n_sectors))
            np.add.at(excess_by_cell, f.host, excess)
            more, unplaced = _spread(excess_by_cell, self.weight[:n], self.weight[:n], f.location_city[:n])
            growth[:n] += more
            unallocated = unallocated + unplaced
        self.units += growth
        return unallocated

    def add_sites(self, units: np.ndarray) -> np.ndarray:
        """Add investment of sites, (n_sites, S); return that of sites without firms."""
        n = self.firms.n_regions
        present = self.weight[n:] > 0
        self.units[n:] += np.where(present, units, 0.0)
        return np.where(present, 0.0, units)

    def rate(self) -> np.ndarray:
        """Return new capital per weight in growth, without the site's factor, (R + n_sites, S)."""
        plain = self.firms.sums[..., GROWTH]
        return np.divide(self.units, plain, out=np.zeros_like(plain), where=plain > 0)


def _spread(
    units: np.ndarray, total: np.ndarray, weight: np.ndarray, city: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Allocate units of cells to locations by weight; return allocations, and the units of cells without weight."""
    rate = np.divide(units, total, out=np.zeros_like(total), where=total > 0)
    return rate[city] * weight, np.where(total > 0, 0.0, units)
