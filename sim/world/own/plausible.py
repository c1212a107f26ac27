"""Figures of a world that are out of the ordinary: often a unit that was mistaken, or a row that slipped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim.currency import in_currency
from sim.world.types import World


class Band(NamedTuple):
    """Range of a national ratio in the accounts of countries.

    Attributes
    ----------
    low, high : float
    unit : str
    keys : str
        Keys of a world that the ratio follows from.
    """

    low: float
    high: float
    unit: str
    keys: str


# Assumed, and wide: outside them a mistake is likelier than an unusual economy.
BANDS = {
    "capital over value added": Band(1.0, 8.0, "years", "capital, va_*"),
    "implied growth of capital": Band(-0.05, 0.15, "per year", "capital, va_*"),
    "exports of goods over value added": Band(0.0, 1.0, "", "world_size, port_hours"),
    "talent in people": Band(0.005, 0.6, "", "workers, talent"),
}
RATIO = 20.0  # of a region's figure to that of the median region, either way


def remarks(ratios: dict[str, float]) -> list[str]:
    """Return a sentence for each national ratio outside its band.

    Parameters
    ----------
    ratios : dict
        By the names of `BANDS`; names that are left out are not evaluated.
    """
    return [
        f"{name} is {value:.3g}; expected {BANDS[name].low:g} to {BANDS[name].high:g}{BANDS[name].unit and ' '}"
        f"{BANDS[name].unit} (keys {BANDS[name].keys})"
        for name, value in ratios.items()
        if not BANDS[name].low <= value <= BANDS[name].high
    ]


def outliers(world: World) -> list[str]:
    """Return a sentence for each figure of a region that is far from that of the median region."""
    return [
        f"{column} of '{world.regions['id'][k]}' is {value:.3g} {unit}, {_times(value, middle)} the median"
        for column, unit, values in _per_region(world)
        for middle in [float(np.median(values))]
        for k, value in enumerate(values.tolist())
        if not middle / RATIO <= value <= middle * RATIO
    ]


def _per_region(world: World) -> Iterator[tuple[str, str, np.ndarray]]:
    heads, added = world.people.sum(axis=1), world.value_added.sum(axis=1)
    yield "value added per head (va_*, workers, talent)", in_currency("million yuan", world.currency), added / heads
    yield "capital over value added (capital, va_*)", "years", world.capital / added


def _times(value: float, middle: float) -> str:
    return f"{value / middle:,.0f} times" if value > middle else f"1/{middle / value:,.0f} of"
