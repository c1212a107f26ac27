"""Regular fractions: textbook designs by hand, aliases against the columns of the design."""

from __future__ import annotations

import numpy as np
import pytest

from sim.cells import Cells, cells_of
from sim.fractions import Fraction, generated, smallest, word_lengths

A, B, C, D, E = (1 << i for i in range(5))


def column(design: Fraction, effect: int) -> np.ndarray:
    """Return the column of an effect: the product of the columns of its factors, -1 where off and +1 where on."""
    signs = [[1 if run >> i & 1 else -1 for run in design.runs] for i in range(design.count) if effect >> i & 1]
    return np.prod(signs, axis=0)


def test_half_fraction_of_four_factors_by_hand():
    design = generated("abcd", {"d": "abc"})
    assert design.relation == (A | B | C | D,) and design.resolution == 4 and not design.pairs
    assert design.aliases(A) == [(1, B | C | D)] and design.aliases(A | B) == [(1, C | D)]
    assert design.groups() == [
        [(1, A | B), (1, C | D)],
        [(1, A | C), (1, B | D)],
        [(1, A | D), (1, B | C)],
    ]
    assert set(design.runs) == {0, A | B, A | C, A | D, B | C, B | D, C | D, A | B | C | D}


def test_quarter_fraction_of_five_factors_by_hand():
    design = generated("abcde", {"d": "ab", "e": "ac"})
    assert set(design.relation) == {A | B | D, A | C | E, B | C | D | E} and design.resolution == 3
    # I = -ABD = -ACE = BCDE
    assert design.aliases(A) == [(-1, B | D), (-1, C | E), (1, A | B | C | D | E)]
    assert [(1, B), (-1, A | D)] in design.groups() and not design.pairs
    assert len(design.runs) == 8 and design.runs[0] == 0


def test_half_fraction_of_five_factors_separates_pairs():
    design = generated("abcde", {"e": "abcd"})
    assert design.resolution == 5 and design.pairs and design.groups() == []
    assert design.aliases(A) == [(-1, B | C | D | E)] and design.aliases(D | E) == [(-1, A | B | C)]
    assert smallest(5, 5) == design == smallest(5, 4)


# Resolution and word length patterns of designs of minimum aberration: Fries & Hunter (1980), Wu & Hamada (2009), 5A.
KNOWN = {
    (3, 3): (4, 3, [1]), (4, 3): (8, 4, [0, 1]), (4, 4): (8, 4, [0, 1]), (5, 3): (8, 3, [2, 1]),
    (6, 3): (8, 3, [4, 3]), (6, 4): (16, 4, [0, 3]), (6, 5): (32, 6, [0, 0, 0, 1]), (7, 3): (8, 3, [7, 7, 0, 0, 1]),
    (7, 4): (16, 4, [0, 7]), (7, 5): (64, 7, [0, 0, 0, 0, 1]), (8, 4): (16, 4, [0, 14, 0, 0, 0, 1]),
    (8, 5): (64, 5, [0, 0, 2, 1]),
}  # fmt: skip


@pytest.mark.parametrize(("key", "expected"), KNOWN.items(), ids=str)
def test_smallest_designs_are_those_of_the_literature(key, expected):
    design, (runs, resolution, lengths) = smallest(*key), expected
    assert (len(design.runs), design.resolution) == (runs, resolution)
    pattern = word_lengths(design)[2:]
    assert list(pattern) == lengths + [0] * (len(pattern) - len(lengths))


@pytest.mark.parametrize("key", KNOWN, ids=str)
def test_aliases_are_equal_columns_and_no_others(key):
    design = smallest(*key)
    for effect in (m for m in range(1, 2**design.count) if m.bit_count() <= 2):
        own = column(design, effect)
        equal = {
            (int(own @ column(design, other)) // len(own), other)
            for other in range(1, 2**design.count)
            if other != effect and abs(own @ column(design, other)) == len(own)
        }
        assert equal == set(design.aliases(effect)) - {(s, 0) for s in (-1, 1)}


def test_no_fraction_is_a_full_design():
    assert smallest(4, 5) is None and smallest(3, 4) is None
    assert len(Fraction(3).runs) == 8 and Fraction(3).resolution is None and Fraction(3).groups() == []


def test_arms_do_not_depend_on_the_order_of_factors_and_sizes_share_the_baseline():
    cells = cells_of({"factors": {"c": 0, "a": 0, "b": 0}, "sizes": [0.5, 1]})
    assert list(cells.arms)[:5] == ["baseline", "a.0.5", "b.0.5", "c.0.5", "a-b.0.5"] and len(cells.arms) == 15
    assert cells.arms["a-c"] == (0b101, 1.0)
    assert cells == cells_of({"factors": {"b": 0, "c": 0, "a": 0}, "sizes": [0.5, 1]})


def test_all_factors_together_are_run_if_the_fraction_lacks_them():
    cells = cells_of({"factors": dict.fromkeys("abc"), "generators": {"c": ["a", "b"]}})
    assert 0b111 not in cells.fraction.runs and list(cells.arms) == ["baseline", "a-b", "a-c", "b-c", "a-b-c"]
    assert cells.alias_texts() == ["a = −b × c", "b = −a × c", "c = −a × b"]
    assert Cells(("a", "b", "c", "d"), (1.0,), generated("abcd", {"d": "abc"})).sets[-1] == 0b1111
