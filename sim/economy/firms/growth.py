"""Where new capital goes: investment of cells and sites, shared by their firms at the end of the year."""

from __future__ import annotations

import numpy as np

from sim.economy.firms.table import FirmTable
from sim.kernels.firms import GROWTH


class Growth:
    """Units of new capital by place, in proportion to ``k·z^((sigma-1)/4)`` of the firms there.

    Parameters
    ----------
    firms : FirmTable
        As they are when the money is shared.
    site_log_z : (n_sites, S) float
        Shift of log z in a site.

    Attributes
    ----------
    units : (R + n_sites, S) float, million base-year yuan
        What the firms of each place get.
    """

    def __init__(self, firms: FirmTable, site_log_z: np.ndarray):
        self.firms = firms
        self.weight = firms.growth_weight(np.asarray(site_log_z, float))
        self.units = np.zeros_like(self.weight)

    def add(self, units: np.ndarray, site_room: np.ndarray | None = None) -> np.ndarray:
        """Add investment of cells.

        Firms of a site grow into the room that it has; what does not fit goes to the ordinary firms of the cell.

        Parameters
        ----------
        units : (R, S) float, million base-year yuan
        site_room : (n_sites,) float, million base-year yuan, optional
            Real capital that still fits; without limit if not given.

        Returns
        -------
        (R, S) float
            Units of cells without a firm that could take them.
        """
        f, n = self.firms, self.firms.n_regions
        growth, left = _spread(units, f.by_city(self.weight), self.weight, f.place_city)
        if site_room is not None and len(f.host):
            wanted = growth[n:].sum(axis=1)
            fits = np.minimum(1.0, np.maximum(site_room, 0.0) / np.maximum(wanted, 1e-300))
            refused = growth[n:] * (1.0 - fits)[:, None]
            growth[n:] -= refused
            back = np.zeros((n, f.n_sectors))
            np.add.at(back, f.host, refused)
            more, unplaced = _spread(back, self.weight[:n], self.weight[:n], f.place_city[:n])
            growth[:n] += more
            left = left + unplaced
        self.units += growth
        return left

    def add_sites(self, units: np.ndarray) -> np.ndarray:
        """Add investment of sites, (n_sites, S); return the units of those without firms."""
        n = self.firms.n_regions
        present = self.weight[n:] > 0
        self.units[n:] += np.where(present, units, 0.0)
        return np.where(present, 0.0, units)

    def rate(self) -> np.ndarray:
        """Return new capital per ``k·z^((sigma-1)/4)`` of a firm, without its site's factor, (R + n_sites, S)."""
        plain = self.firms.sums[..., GROWTH]
        return np.divide(self.units, plain, out=np.zeros_like(plain), where=plain > 0)


def _spread(
    units: np.ndarray, total: np.ndarray, weight: np.ndarray, city: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Share units of cells over places by weight: what each place gets, and what cells without weight keep."""
    rate = np.divide(units, total, out=np.zeros_like(total), where=total > 0)
    return rate[city] * weight, np.where(total > 0, 0.0, units)
