"""National paths: shares of the broad sectors in value added by year, given from outside (docs/model.md 9.24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from sim.world.china.tables import table

BROAD = ("primary", "secondary", "tertiary")


@dataclass(frozen=True)
class NationalPath:
    """Shares of the broad sectors in national value added.

    Attributes
    ----------
    years : tuple of int
        Ascending.
    shares : (T, 3) float
        Rows sum to 1; between the years they change linearly, before and after they are constant.
    """

    years: tuple[int, ...]
    shares: np.ndarray

    def at(self, year: int) -> np.ndarray:
        """Return the shares of a year, (3,)."""
        return np.array([np.interp(year, self.years, column) for column in self.shares.T])


def path_names() -> list[str]:
    """Return the names of the bundled paths."""
    return list(dict.fromkeys(table("national_paths")["path"]))


def national_path(given: str | Mapping[int, Any]) -> NationalPath:
    """Return a bundled path by its name, or one given as shares of `BROAD` by year.

    Raises
    ------
    KeyError
        If there is no such path.
    """
    if isinstance(given, str):
        return _bundled(given)
    years = tuple(sorted(given))
    return NationalPath(years, np.array([[getattr(given[year], sector) for sector in BROAD] for year in years]))


@lru_cache(maxsize=None)
def _bundled(name: str) -> NationalPath:
    rows = table("national_paths").set_index("path").loc[[name]].sort_values("year")
    return NationalPath(tuple(int(y) for y in rows["year"]), rows[list(BROAD)].to_numpy(float) / 100.0)
