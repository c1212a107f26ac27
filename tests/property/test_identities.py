"""Identities with drawn inputs; `sim.validation.identities` measures them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from sim.errors import UserError
from sim.validation import choices, identities, markets
from sim.validation import invariance as whole_runs

SEEDS = st.integers(0, 2**32 - 1)
QUICK = settings(max_examples=40, deadline=None, derandomize=True)
FEW = settings(max_examples=10, deadline=None, derandomize=True)
MANY = settings(max_examples=60, deadline=None, derandomize=True)


@QUICK
@given(seed=SEEDS, spread=st.floats(0.0, 2.0))
def test_walras_law_holds_at_any_prices(seed, spread):
    market, x = markets.small_market()
    elsewhere = x + spread * np.random.default_rng(seed).normal(size=x.size)
    assert markets.walras_break(market, elsewhere) <= 1e-11


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS, spread=st.floats(0.0, 0.4))
def test_every_market_clears_at_the_solution(seed, spread):
    market, x = markets.small_market()
    shocked, solved = markets.solve_shocked(market, x, np.random.default_rng(seed), spread)
    assert markets.clearing_break(shocked, solved) <= 1e-8
    assert markets.walras_break(shocked, solved) <= 1e-12


def test_the_base_year_clears_by_the_equations_written_out():
    assert markets.clearing_break(*markets.small_market()) <= 1e-8


@QUICK
@given(seed=SEEDS, n=st.integers(3, 12), share=st.floats(0.2, 0.9))
def test_odds_of_two_cities_do_not_depend_on_others(seed, n, share):
    rng = np.random.default_rng(seed)
    kept = np.flatnonzero(rng.uniform(size=n) < share)
    assume(len(kept) >= 2)
    assert choices.iia_break(*choices.random_choice(rng, n), kept) <= 1e-12


@QUICK
@given(seed=SEEDS)
def test_a_firm_keeps_its_place_when_another_closes(seed):
    assert choices.closing_break(seed, 500) == 0


@QUICK
@given(seed=SEEDS, n=st.integers(2, 10))
def test_the_logsum_is_the_expected_maximum_and_its_slope_the_probability(seed, n):
    choice = choices.random_choice(np.random.default_rng(seed), n)
    assert choices.logsum_break(*choice) <= 1e-8
    assert choices.derivative_break(*choice) <= 1e-8


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**31))
def test_firms_draw_from_the_exact_probabilities(seed):
    assert choices.sampling_score(seed, 20_000) <= 4.0


@pytest.mark.parametrize("seed", range(6))
def test_a_wrong_probability_would_be_seen(seed):
    """The check has power: draws of one choice refuse the probabilities of a slightly different one."""
    place = choices.random_location_choice(np.random.default_rng(seed))
    p = place.probabilities()
    drawn = np.bincount(place.draw(400_000, seed), minlength=5)
    wrong = 0.98 * p + 0.02 * (p > 0) / (p > 0).sum()
    chi = ((drawn - 400_000 * wrong) ** 2)[p > 0] / (400_000 * wrong)[p > 0]
    assert chi.sum() > 20 or np.abs(wrong - p).max() < 0.003


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=SEEDS, n=st.integers(4, 16))
def test_doubly_constrained_gravity_has_the_margins_of_the_table(seed, n):
    assert identities.margins_break(seed, n) <= 1e-8


@FEW
@given(seed=st.integers(1, 1000), power=st.floats(-3, 3))
def test_money_has_no_natural_unit(seed, power):
    assert whole_runs.money_break(10.0**power, seed) <= 1e-7


@FEW
@given(seed=SEEDS)
def test_the_order_of_regions_does_not_matter(seed):
    assert whole_runs.order_break(seed) <= 1e-7


def conserves(seed: int) -> bool:
    """Whether a random world conserves; worlds whose accounts do not add up are refused before they run."""
    try:
        people, capital = whole_runs.conservation_breaks(seed)
    except UserError:
        reject()
    return people <= 1e-12 and capital <= 1e-9


@FEW
@given(seed=SEEDS)
def test_people_and_capital_are_conserved(seed):
    assert conserves(seed)


@pytest.mark.long
@MANY
@given(seed=SEEDS, power=st.floats(-4, 4))
def test_whole_runs_in_numbers(seed, power):
    try:
        whole_runs.run_small(whole_runs.small_world(seed))
    except UserError:
        # No base year has the figures that were drawn.
        reject()
    assert whole_runs.money_break(10.0**power, seed) <= 1e-6
    assert whole_runs.order_break(seed) <= 1e-6
    assert conserves(seed)


def test_rows_all_hold():
    rows = identities.rows()
    assert len(rows) == 12 and len({row.name for row in rows}) == 12
    assert [row.name for row in rows if not row.holds] == []
    assert not identities.Row("x", 0.0, float("nan"), 1.0).holds
