"""Who is founded where: identities, numbers and the law of new firms."""

from __future__ import annotations

import hashlib
import math

import numpy as np

from sim.kernels import random as rnd
from sim.kernels.founding import Luck
from sim.parameters import Industry

# A site's firms carry bit 63, and 14 bits of the site's identity in their ordinal.
SITE_BIT = np.uint64(1) << np.uint64(63)
SITE_ENTRANTS = 1 << 10
# Year of birth of the firms that are there when a run begins.
FIRST_DAY = 0


def birth_key(city: np.ndarray, sector: np.ndarray, year: int, ordinal: np.ndarray | int) -> np.ndarray:
    """Identity of firms: ``city << 48 | sector << 40 | year offset << 24 | ordinal``.

    Parameters
    ----------
    city, sector, ordinal : (n,) int
    year : int
        FIRST_DAY, 1 for entrants of the base year, and so on.

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


def luck_of(params: Industry, mean: np.ndarray, ownership: tuple, seed: int, years: float) -> Luck:
    """Return the law of new firms.

    Parameters
    ----------
    params : Industry
    mean : (G,) float32
        Of log productivity by group.
    ownership : (3,) float
        Shares.
    seed : int
    years : float
        Mean age.
    """
    spread = params.productivity_sd / math.sqrt(1 - params.productivity_persistence**2)
    draws = np.array([draw_key(seed, purpose, 0) for purpose in (rnd.SIZE, rnd.PRODUCTIVITY)], np.uint64)
    kinds = rnd.below(np.cumsum(ownership)[:-1])
    return Luck(float(params.size_tail), float(params.largest_entrant), mean, spread, kinds, float(years), draws)


def ordinary_entrants(
    mean: np.ndarray, founding: np.ndarray, seed: int, year: int, least: np.ndarray | None = None
) -> np.ndarray:
    """Draw how many firms enter ordinary places, (R S,) int; a cell without money gets none.

    Parameters
    ----------
    mean : (R, S) float, firms/yr
    founding : (R, S) float, million base-year yuan
    seed, year : int
    least : (R, S) int, optional
        Firms that enter in any case.
    """
    city, sector = np.divmod(np.arange(founding.size), founding.shape[1])
    # Drawn by the identity of the cell: a further city or site changes no other cell's number.
    identity = birth_key(city, sector, FIRST_DAY, 0)
    expected = np.where(founding > 0, np.asarray(mean, float), 0.0).ravel()
    drawn = rnd.poissons(draw_key(seed, rnd.ENTRY, year), identity, expected)
    return drawn if least is None else np.maximum(drawn, least.ravel())


def site_entrants(
    mean: np.ndarray, founding: np.ndarray, host: np.ndarray, site_key: np.ndarray, seed: int, year: int, age: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the firms that enter sites; at most 1,023 a site, sector and year, none without money.

    Parameters
    ----------
    mean : (n_sites, S) float, firms/yr
    founding : (n_sites, S) float, million base-year yuan
    host : (n_sites,) int
    site_key : (n_sites,) uint64
    seed, year : int
    age : int
        Years since the first day, from 1.

    Returns
    -------
    count : (n_sites S,) int
    key : (n_sites S,) uint64
        Of the first firm of each.
    """
    n_sectors = founding.shape[1]
    site, sector = np.divmod(np.arange(len(host) * n_sectors), n_sectors)
    expected = np.where(founding > 0, np.asarray(mean, float), 0.0).ravel()
    identity = np.array([rnd.mix(int(k), s) for k in site_key for s in range(n_sectors)], np.uint64)
    n = rnd.poissons(draw_key(seed, rnd.SITE_ENTRY, year), identity, expected)
    tag = (identity >> np.uint64(50)).astype(np.int64) * SITE_ENTRANTS
    return np.minimum(n, SITE_ENTRANTS - 1), birth_key(host[site], sector, age, tag) | SITE_BIT
