"""Regular two-level fractional factorial designs: runs, resolution, alias groups, designs of minimum aberration.

A set of factors is an integer: bit i is set where factor i is on. In every run an even number of the factors of a
defining word is on: the fraction is the one that contains the run without any factor. In the coding -1 (off) and
+1 (on) a word of odd length therefore equals -I, one of even length +I.

References
----------
Box & Hunter (1961), The 2^(k-p) fractional factorial designs. Fries & Hunter (1980), Minimum aberration 2^(k-p)
designs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

PAIRS = 5  # least resolution at which main effects and pairs are aliased with neither each other nor themselves
ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII")


@dataclass(frozen=True)
class Fraction:
    """A regular fraction of all combinations of factors; without words, all of them.

    Attributes
    ----------
    count : int
        Number of factors.
    words : tuple of int
        Independent defining words.
    """

    count: int
    words: tuple[int, ...] = ()

    @property
    def full(self) -> bool:
        """Whether all combinations are run."""
        return not self.words

    @property
    def everything(self) -> int:
        """All factors together."""
        return 2**self.count - 1

    @cached_property
    def relation(self) -> tuple[int, ...]:
        """The defining relation without the identity: all products of the words, short ones first."""
        products = {0}
        for word in self.words:
            products |= {word ^ other for other in products}
        return tuple(sorted(products - {0}, key=by_length))

    @property
    def resolution(self) -> int | None:
        """Length of the shortest word of the defining relation; None if all combinations are run."""
        return self.relation[0].bit_count() if self.relation else None

    @property
    def pairs(self) -> bool:
        """Whether pair interactions can be estimated: a full design, or resolution V and more."""
        return self.resolution is None or self.resolution >= PAIRS

    @cached_property
    def runs(self) -> tuple[int, ...]:
        """Sets of factors that are run, few factors first; the run without any is the first."""
        found = (m for m in range(2**self.count) if all((m & word).bit_count() % 2 == 0 for word in self.words))
        return tuple(sorted(found, key=by_length))

    def aliases(self, effect: int) -> list[tuple[int, int]]:
        """Return the effects that the contrast of an effect cannot be distinguished from, short ones first.

        Returns
        -------
        list of (int, int)
            Sign (+1 or -1) and set of factors, in the coding -1 and +1.
        """
        found = (((-1) ** word.bit_count(), effect ^ word) for word in self.relation)
        return sorted(found, key=lambda item: by_length(item[1]))

    def groups(self) -> list[list[tuple[int, int]]]:
        """Return groups of main effects and pairs of which only the signed sum can be estimated; none above IV."""
        groups, seen = [], set()
        for effect in sorted(range(1, 2**self.count), key=by_length):
            if effect.bit_count() > 2 or effect in seen:
                continue
            found = [(1, effect), *(item for item in self.aliases(effect) if 0 < item[1].bit_count() <= 2)]
            seen |= {other for _, other in found}
            groups += [found] if len(found) > 1 else []
        return groups


def by_length(effect: int) -> tuple[int, int]:
    """Return the key by which sets of factors are sorted: few factors first, then the earlier ones.

    Examples
    --------
    >>> sorted(range(1, 8), key=by_length)
    [1, 2, 4, 3, 5, 6, 7]
    """
    bits = [i for i in range(effect.bit_length()) if effect >> i & 1]
    return len(bits), sum((i + 1) * 64 ** (len(bits) - n) for n, i in enumerate(bits))


def generated(factors: Iterable[str], generators: Mapping[str, Iterable[str]]) -> Fraction:
    """Return the fraction in which generated factors are on where an odd number of the factors that they name is on.

    Examples
    --------
    >>> generated("abcd", {"d": "abc"}).resolution
    4
    """
    bits = {name: 1 << i for i, name in enumerate(factors)}
    words = [bits[name] | sum(bits[part] for part in set(product)) for name, product in generators.items()]
    return Fraction(len(bits), tuple(sorted(words)))


def smallest(count: int, resolution: int) -> Fraction | None:
    """Return the smallest fraction of at least a resolution; of these one of minimum aberration.

    Parameters
    ----------
    count : int
        Number of factors, a few: all choices of generators are compared.
    resolution : int

    Returns
    -------
    Fraction or None
        None if only all combinations have this resolution.
    """
    for basic in range(1, count):
        products = [m for m in range(2**basic) if m.bit_count() >= resolution - 1]
        products.sort(key=lambda m: (-m.bit_count(), by_length(m)))
        designs = [
            Fraction(count, tuple(product | 1 << basic + i for i, product in enumerate(chosen)))
            for chosen in combinations(products, count - basic)
        ]
        if suitable := [d for d in designs if (d.resolution or 0) >= resolution]:
            return min(suitable, key=word_lengths)
    return None


def word_lengths(design: Fraction) -> tuple[int, ...]:
    """Return the word length pattern: how many words of the defining relation have one factor, two, ... all.

    Examples
    --------
    >>> word_lengths(Fraction(4, (0b1111,)))
    (0, 0, 0, 1)
    """
    lengths = [word.bit_count() for word in design.relation]
    return tuple(lengths.count(n) for n in range(1, design.count + 1))
