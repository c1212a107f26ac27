"""Cells of a factorial experiment: which factors are on, at which size, and the arm that has them.

Factors are in alphabetical order, so that neither arms nor results depend on their order in a config.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.fractions import Fraction, generated, smallest

BASELINE = "baseline"
JOIN = "-"  # between the factors of an arm
MOST_FACTORS = 8
TIMES = " × "  # between the factors of an interaction


@dataclass(frozen=True)
class Cells:
    """The arms of a factorial experiment.

    Attributes
    ----------
    factors : tuple of str
        In alphabetical order; bit i of a set of factors is the i-th.
    sizes : tuple of float
        Factors on the strengths of all mechanisms; the design is run at each.
    fraction : Fraction
        Sets of factors that are run.
    """

    factors: tuple[str, ...]
    sizes: tuple[float, ...]
    fraction: Fraction

    @cached_property
    def sets(self) -> tuple[int, ...]:
        """Sets of factors at each size: the fraction, and all factors together if it lacks them, for the total."""
        extra = {self.fraction.everything} - set(self.fraction.runs)
        return (*self.fraction.runs, *extra)

    @cached_property
    def arms(self) -> dict[str, tuple[int, float]]:
        """Set of factors and size of each arm; the baseline, first, is the same at every size."""
        found = {BASELINE: (0, 1.0)}
        return found | {self.arm(on, size): (on, size) for size in self.sizes for on in self.sets if on}

    def names(self, on: int) -> list[str]:
        """Return the names of a set of factors."""
        return [name for i, name in enumerate(self.factors) if on >> i & 1]

    def arm(self, on: int, size: float) -> str:
        """Return the name of an arm: its factors, and its size unless that is 1."""
        if not on:
            return BASELINE
        return JOIN.join(self.names(on)) + ("" if size == 1 else f".{size:g}")

    def alias_texts(self) -> list[str]:
        """Return the alias groups of main effects and pairs as equations.

        Examples
        --------
        >>> Cells(("a", "b", "c"), (1.0,), Fraction(3, (0b111,))).alias_texts()[0]
        'a = −b × c'
        """
        groups = self.fraction.groups()
        return [" = ".join(("−" if sign < 0 else "") + TIMES.join(self.names(on)) for sign, on in g) for g in groups]


def cells_of(config: Mapping[str, Any]) -> Cells:
    """Return the cells of a valid config as plain data, as it is stored with results."""
    factors = tuple(sorted(config["factors"]))
    sizes = tuple(float(size) for size in config.get("sizes") or (1.0,))
    return Cells(factors, sizes, fraction_of(factors, config.get("generators") or {}, config.get("resolution")))


def fraction_of(factors: Sequence[str], generators: Mapping[str, Any], resolution: int | None) -> Fraction:
    """Return the fraction of some factors: by its generators, by its resolution, or all combinations."""
    if generators:
        return generated(factors, generators)
    found = smallest(len(factors), resolution) if resolution else None
    return found or Fraction(len(factors))
