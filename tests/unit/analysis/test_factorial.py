"""Effects, interactions and Shapley values of games in closed form, from full designs and from fractions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.analysis.factorial import ALONE, AVERAGE, ON_TOP, Outcomes, effects_of, pair_of, relation, shapley_of
from sim.fractions import Fraction, generated


def outcomes(design: Fraction, game: Callable[[set[int]], float]) -> Outcomes:
    """Return the outcomes of a game with one seed."""
    sets = {*design.runs, design.everything}
    return Outcomes(design, {m: np.array([game({i for i in range(design.count) if m >> i & 1})]) for m in sets})


def effect(found: Outcomes, factor: int) -> dict[str, float]:
    return {name: float(values[0]) for name, values in effects_of(found, factor).items()}


OWN = (3.0, -1.0, 0.5, 0.0)


def test_additive_game_gives_every_factor_its_own_effect():
    found = outcomes(Fraction(4), lambda on: 7.0 + sum(OWN[i] for i in on))
    assert shapley_of(found)[:, 0] == pytest.approx(OWN)
    for i, own in enumerate(OWN):
        assert effect(found, i) == pytest.approx({ALONE: own, ON_TOP: own, AVERAGE: own})
    assert all(pair_of(found, i, j)[0] == pytest.approx(0) for i, j in combinations(range(4), 2))


def test_pure_pair_interaction_is_split_equally():
    found = outcomes(Fraction(3), lambda on: 4.0 if {0, 2} <= on else 0.0)
    assert shapley_of(found)[:, 0] == pytest.approx([2, 0, 2])
    assert effect(found, 0) == pytest.approx({ALONE: 0, ON_TOP: 4, AVERAGE: 2})
    assert [float(pair_of(found, *pair)[0]) for pair in ((0, 2), (0, 1), (1, 2))] == pytest.approx([4, 0, 0])


def test_interaction_of_three_distinguishes_shapley_values_from_average_effects():
    found = outcomes(Fraction(3), lambda on: 12.0 if len(on) == 3 else 0.0)
    assert shapley_of(found)[:, 0] == pytest.approx([4, 4, 4])  # a third of the orders complete the set with i
    assert effect(found, 1) == pytest.approx({ALONE: 0, ON_TOP: 12, AVERAGE: 3})  # one of four sets of the others
    assert pair_of(found, 0, 1)[0] == pytest.approx(6)  # 12 with the third on, 0 with it off


GAMES = st.integers(2, 5).flatmap(
    lambda count: arrays(float, (2**count, 3), elements=st.floats(-1e6, 1e6, allow_nan=False))
)


def full(values: np.ndarray) -> Outcomes:
    return Outcomes(Fraction(len(values).bit_length() - 1), dict(enumerate(values)))


@given(GAMES)
@settings(deadline=None)
def test_shapley_values_sum_to_the_total_for_every_seed(values):
    found = full(values)
    np.testing.assert_allclose(
        shapley_of(found).sum(axis=0), found.total, rtol=1e-12, atol=1e-300 + 1e-12 * np.abs(values).max()
    )


@given(arrays(float, (16, 2), elements=st.floats(-1e3, 1e3, allow_nan=False)))
@settings(deadline=None, max_examples=30)
def test_shapley_values_are_means_over_all_orders(values):
    orders = list(permutations(range(4)))
    expected = np.zeros((4, 2))
    for order in orders:
        on = 0
        for i in order:
            expected[i] += (values[on | 1 << i] - values[on]) / len(orders)
            on |= 1 << i
    np.testing.assert_allclose(shapley_of(full(values)), expected, atol=1e-9)


@given(arrays(float, (8, 2), elements=st.floats(-1e3, 1e3, allow_nan=False)), st.permutations(range(3)))
@settings(deadline=None, max_examples=30)
def test_contrasts_follow_their_factors_whatever_the_order(values, order):
    """Factor i of the game becomes factor order[i] of the other."""
    moved = np.empty_like(values)
    for m in range(8):
        moved[sum(1 << order[i] for i in range(3) if m >> i & 1)] = values[m]
    one, other = full(values), full(moved)
    np.testing.assert_allclose(shapley_of(one), shapley_of(other)[list(order)], atol=1e-9)
    for i in range(3):
        for name, contrast in effects_of(one, i).items():
            np.testing.assert_allclose(contrast, effects_of(other, order[i])[name], atol=1e-9)
    for i, j in combinations(range(3), 2):
        np.testing.assert_allclose(pair_of(one, i, j), pair_of(other, order[i], order[j]), atol=1e-9)


def paired_game(on: set[int]) -> float:
    """Own effects 1 to 5, and interactions of 10 for 0 and 1, -4 for 2 and 4."""
    return sum(i + 1.0 for i in on) + 10.0 * ({0, 1} <= on) - 4.0 * ({2, 4} <= on)


def test_resolution_five_recovers_effects_and_pairs():
    everything, fraction = outcomes(Fraction(5), paired_game), outcomes(generated("abcde", {"e": "abcd"}), paired_game)
    assert len(fraction.fraction.runs) == 16
    for i in range(5):
        assert effect(fraction, i) == pytest.approx({AVERAGE: effect(everything, i)[AVERAGE]})
    for i, j in combinations(range(5), 2):
        expected = {(0, 1): 10.0, (2, 4): -4.0}.get((i, j), 0.0)
        assert pair_of(fraction, i, j)[0] == pytest.approx(expected) == pair_of(everything, i, j)[0]
    assert shapley_of(fraction) == pytest.approx(shapley_of(everything))
    assert shapley_of(fraction).sum(axis=0) == pytest.approx(fraction.total)


def test_pairs_are_refused_below_resolution_five():
    for design in (generated("abcd", {"d": "abc"}), generated("abcde", {"d": "ab", "e": "ac"})):
        with pytest.raises(ValueError, match="pairs are aliased"):
            pair_of(outcomes(design, paired_game), 0, 1)


def test_a_fraction_mixes_aliased_effects_and_the_gap_to_the_total_shows():
    found = outcomes(generated("abc", {"c": "ab"}), lambda on: 8.0 if {1, 2} <= on else 0.0)
    # a = -bc: half of the interaction of b and c, in the coding of differences, counts against a
    assert [effect(found, i)[AVERAGE] for i in range(3)] == pytest.approx([-4, 4, 4])
    assert float(shapley_of(found).sum()) == pytest.approx(4) != float(found.total[0]) == 8


def test_a_missing_run_leaves_out_its_seed_only():
    values = np.arange(24.0).reshape(8, 3)
    values[5, 1] = np.nan
    assert np.isfinite(shapley_of(full(values))).tolist() == [[True, False, True]] * 3
    assert np.isfinite(effects_of(full(values), 1)[ALONE]).all()  # needs the runs 0 and 2 only


@pytest.mark.parametrize(
    ("low", "high", "better", "expected"),
    [
        (1, 2, 1, "complements"), (-2, -1, 1, "substitutes"), (1, 2, -1, "substitutes"), (-2, -1, -1, "complements"),
        (1, 2, 0, "complements"), (-1, 2, 1, "undecided"), (0, 0, 1, "undecided"), (np.nan, np.nan, 1, "undecided"),
    ],
)  # fmt: skip
def test_relations(low, high, better, expected):
    assert relation(low, high, better) == expected
