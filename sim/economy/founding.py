"""Who is founded where: identities, counts and relative sizes of new firms."""

from __future__ import annotations

import hashlib

import numpy as np

from sim.kernels import random as rnd

# A site's firms carry bit 63, and 14 bits of the site's identity in their ordinal.
SITE_BIT = np.uint64(1) << np.uint64(63)
SITE_ENTRANTS = 1 << 10


def birth_key(city: np.ndarray, sector: np.ndarray, year: int, ordinal: np.ndarray) -> np.ndarray:
    """Identity of firms: ``city << 48 | sector << 40 | year offset << 24 | ordinal``.

    Parameters
    ----------
    city, sector, ordinal : (n,) int
    year : int
        0 for the firms of the first day, 1 for entrants of the base year, and so on.

    Returns
    -------
    (n,) uint64
    """
    parts = zip((city, sector, np.int64(year), ordinal), (48, 40, 24, 0), strict=True)
    shifted = [np.asarray(part).astype(np.uint64) << np.uint64(bits) for part, bits in parts]
    return shifted[0] | shifted[1] | shifted[2] | shifted[3]


def site_identity(name: str) -> np.uint64:
    """Identity of a site in all draws, from its name: it does not depend on which other sites exist."""
    return np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))


def draw_key(seed: int, purpose: int, year: int) -> np.uint64:
    """Stream of one purpose; typed, because numba takes a Python int for a signed number."""
    return np.uint64(rnd.stream(seed, purpose, year))


def shares(cell: np.ndarray, n_cells: int, pareto: np.ndarray, largest: float = np.inf) -> np.ndarray:
    """Shares of each firm in its cell; no firm of several holds more than half.

    ``largest`` bounds a size by that many times the untruncated mean of its cell: an agent stands for many
    real firms, so the luck of one must not move a nation.
    """
    mean = np.bincount(cell, pareto, n_cells) / np.maximum(np.bincount(cell, minlength=n_cells), 1)
    pareto = np.minimum(pareto, largest * mean[cell])
    total = np.bincount(cell, pareto, n_cells)[cell]
    others = total - pareto
    size = np.where((pareto > others) & (others > 0), others, pareto)
    return size / np.bincount(cell, size, n_cells)[cell]


def ordinals(counts: np.ndarray) -> np.ndarray:
    """0, 1, .. within each cell, for rows grouped by cell."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def ordinary_entrants(mean: np.ndarray, founding: np.ndarray, seed: int, year: int, base_year: int) -> tuple:
    """Draw the firms that enter ordinary places; a cell without money gets none.

    Parameters
    ----------
    mean : (R, S) float, firms/yr
    founding : (R, S) float, million base-year yuan
    seed, year, base_year : int

    Returns
    -------
    city, sector, site : (n,) int
    key : (n,) uint64
    """
    n_sectors = founding.shape[1]
    city, sector = np.divmod(np.arange(founding.size), n_sectors)
    # Drawn by the identity of the cell: a further city or site changes no other cell's number.
    identity = birth_key(city, sector, 0, np.zeros_like(city))
    expected = np.where(founding > 0, np.asarray(mean, float), 0.0).ravel()
    n = rnd.poissons(draw_key(seed, rnd.ENTRY, year), identity, expected)
    city, sector = np.repeat(city, n), np.repeat(sector, n)
    return city, sector, np.full(len(city), -1), birth_key(city, sector, year - base_year + 1, ordinals(n))


def site_entrants(
    mean: np.ndarray, founding: np.ndarray, host: np.ndarray, site_key: np.ndarray, seed: int, year: int, base_year: int
) -> tuple:
    """Draw the firms that enter sites; at most 1,023 a site, sector and year, none without money.

    Parameters
    ----------
    mean : (n_sites, S) float, firms/yr
    founding : (n_sites, S) float, million base-year yuan
    host : (n_sites,) int
    site_key : (n_sites,) uint64
    seed, year, base_year : int

    Returns
    -------
    city, sector, site : (n,) int
    key : (n,) uint64
    """
    host = np.asarray(host, np.int64)
    n_sectors = founding.shape[1]
    site, sector = np.divmod(np.arange(len(host) * n_sectors), n_sectors)
    expected = np.where(founding > 0, np.asarray(mean, float), 0.0).ravel()
    identity = np.array([rnd.mix(int(k), s) for k in site_key for s in range(n_sectors)], np.uint64)
    n = rnd.poissons(draw_key(seed, rnd.SITE_ENTRY, year), identity, expected)
    n = np.minimum(n, SITE_ENTRANTS - 1)
    tag = np.repeat(identity >> np.uint64(50), n).astype(np.int64) * SITE_ENTRANTS
    site, sector = np.repeat(site, n), np.repeat(sector, n)
    key = birth_key(host[site], sector, year - base_year + 1, tag + ordinals(n)) | SITE_BIT
    return host[site], sector, site, key
