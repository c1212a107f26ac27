"""Founding of firms: identities, numbers and the distribution of entrants."""

from __future__ import annotations

import hashlib

import numpy as np

from sim.economy.firms.productivity import Process
from sim.kernels import random as rnd
from sim.kernels.founding import EntrantDistribution
from sim.parameters import Industry

# Firms founded in a site have bit 63 set, and 14 bits of the site's identity in their ordinal.
SITE_BIT = np.uint64(1) << np.uint64(63)
SITE_ENTRANTS = 1 << 10
# Year of birth of the firms that exist in the initial state.
INITIAL_YEAR = 0


def birth_key(city: np.ndarray, sector: np.ndarray, year: int, ordinal: np.ndarray | int) -> np.ndarray:
    """Identity of firms: ``city << 48 | sector << 40 | year offset << 24 | ordinal``.

    Parameters
    ----------
    city, sector, ordinal : (n,) int
    year : int
        INITIAL_YEAR for initial firms, 1 for entrants of the base year, and so on.

    Returns
    -------
    (n,) uint64
    """
    parts = zip((city, sector, np.int64(year), ordinal), (48, 40, 24, 0), strict=True)
    shifted = [np.asarray(part).astype(np.uint64) << np.uint64(bits) for part, bits in parts]
    return shifted[0] | shifted[1] | shifted[2] | shifted[3]


def site_identity(name: str) -> np.uint64:
    """Return the identity of a site in all draws, from its name; independent of the other sites."""
    return np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))


def draw_key(seed: int, purpose: int, year: int) -> np.uint64:
    """Return the key of the stream of a purpose, typed: numba would type a Python int as signed."""
    return np.uint64(rnd.stream(seed, purpose, year))


def entrant_distribution(
    params: Industry, process: Process, mean_size: np.ndarray, ownership: tuple, seed: int, years: float = 0.0
) -> EntrantDistribution:
    """Return the distribution of new firms.

    Parameters
    ----------
    params : Industry
    process : Process
    mean_size : (S,) float, million base-year yuan
        Capital of a real firm in the base year.
    ownership : (3,) float
        Shares.
    seed : int
    years : float
        Mean age of the firms of the base year; 0 for entrants.
    """
    return EntrantDistribution(
        float(params.size_tail), rnd.below(np.cumsum(ownership)[:-1]), float(years), draw_key(seed, rnd.FOUNDING, 0),
        years > 0, process.entry, process.centre.astype(np.float32), process.width.astype(np.float32),
        params.size_volatility, mean_size,
    )  # fmt: skip


def ordinary_entrants(
    mean: np.ndarray, founding: np.ndarray, seed: int, year: int, least: np.ndarray | None = None
) -> np.ndarray:
    """Draw the number of entrants in ordinary locations, (R S,) int; a cell without founding capital gets none.

    Parameters
    ----------
    mean : (R, S) float, firms/yr
    founding : (R, S) float, million base-year yuan
    seed, year : int
    least : (R, S) int, optional
        Minimum number of entrants.
    """
    city, sector = np.divmod(np.arange(founding.size), founding.shape[1])
    # Drawn by the identity of the cell: adding a city or a site changes the number of no other cell.
    identity = birth_key(city, sector, INITIAL_YEAR, 0)
    expected = np.where(founding > 0, np.asarray(mean, float), 0.0).ravel()
    drawn = rnd.poissons(draw_key(seed, rnd.ENTRY, year), identity, expected)
    return drawn if least is None else np.maximum(drawn, least.ravel())


def site_entrants(
    mean: np.ndarray, founding: np.ndarray, host: np.ndarray, site_key: np.ndarray, seed: int, year: int, age: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the number of entrants in sites; at most 1,023 per site, sector and year, none without founding capital.

    Parameters
    ----------
    mean : (n_sites, S) float, firms/yr
    founding : (n_sites, S) float, million base-year yuan
    host : (n_sites,) int
    site_key : (n_sites,) uint64
    seed, year : int
    age : int
        Years since the initial state, from 1.

    Returns
    -------
    count : (n_sites S,) int
    key : (n_sites S,) uint64
        Identity of the first firm of each.
    """
    n_sectors = founding.shape[1]
    site, sector = np.divmod(np.arange(len(host) * n_sectors), n_sectors)
    expected = np.where(founding > 0, np.asarray(mean, float), 0.0).ravel()
    identity = np.array([rnd.mix(int(k), s) for k in site_key for s in range(n_sectors)], np.uint64)
    n = rnd.poissons(draw_key(seed, rnd.SITE_ENTRY, year), identity, expected)
    tag = (identity >> np.uint64(50)).astype(np.int64) * SITE_ENTRANTS
    return np.minimum(n, SITE_ENTRANTS - 1), birth_key(host[site], sector, age, tag) | SITE_BIT
