"""What may be a slip in a table of flows, but need not be: missing pairs, locations on one side only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.config.schema.estimation import Estimation
from sim.errors import nearest

if TYPE_CHECKING:
    from sim.estimation.table import Table


def notes(config: Estimation, table: Table, origin: np.ndarray, destination: np.ndarray) -> Iterator[str]:
    """Yield the notes on a table, each with its place.

    Parameters
    ----------
    config : Estimation
    table : Table
    origin, destination : (N,) str
        Locations of each pair.
    """
    both = set(origin) & set(destination)
    if both:  # otherwise the two sides are locations of two kinds
        for column, names in ((config.origin, origin), (config.destination, destination)):
            yield from _one_sided(table, column, list(names), both)
    yield from _missing_pairs(config, table, origin, destination)


def _one_sided(table: Table, column: str, names: list[str], both: set[str]) -> Iterator[str]:
    alone = [name for name in dict.fromkeys(names) if name not in both]
    for name in alone[:1]:
        more = f", and {len(alone) - 1:,} more" if len(alone) > 1 else ""
        at, hint = table.cell(names.index(name), column), nearest(name, sorted(both))
        yield f"{at}: the place {_visible(name)} is in this column only{more}; expected each place in both{hint}"


def _missing_pairs(config: Estimation, table: Table, origin: np.ndarray, destination: np.ndarray) -> Iterator[str]:
    """Yield a note on missing pairs: a pair that is left out is not a flow of zero."""
    apart = not set(origin) & set(destination)
    every = set(origin) | set(destination)
    sides = (set(origin), set(destination)) if apart else (every, every)
    within = 0 if apart or config.within == "dummy" else len(every)
    pairs = len(sides[0]) * len(sides[1]) - within
    absent = pairs - sum(o != d or not within for o, d in zip(origin, destination, strict=True))
    if absent:
        text = f"{absent:,} of {pairs:,} pairs of its locations are missing, and count as unknown, not as a flow of 0"
        yield f"{table.path}: {text}; expected a row for each, with 0 where nothing flows"


def _visible(name: str) -> str:
    """Return a name in quotes, with letters that cannot be seen as their codes."""
    return "'" + "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in name) + "'"
