"""Structural change: preferences, recipes along a national path, price indices (docs/model.md 9.24)."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from pydantic import ValidationError

from sim.config import Scenario
from sim.economy.structure import consumption_shares, next_structure, priced, sector_growth
from sim.model import RegionalEconomy, simulate
from sim.parameters import Households, Learning, Parameters
from sim.testing import small_world
from sim.world.paths import NationalPath, national_path, path_names

BROAD = np.array([0, 1, 1, 1, 2, 2])
CES = Households(sector_substitution=0.5)
SERVICES = {2020: {"primary": 0.08, "secondary": 0.38, "tertiary": 0.54},
            2030: {"primary": 0.05, "secondary": 0.30, "tertiary": 0.65}}  # fmt: skip
YEARS = 8


def scenario(**given) -> Scenario:
    data = {"name": "x", "world": small_world(), "years": YEARS, "firms": 2000, "record": {"variables": "all"}}
    return Scenario.model_validate({**data, **given})


def composition(values: np.ndarray) -> np.ndarray:
    """Return shares of broad sectors, (T, 3), in value added (T, R, S)."""
    made = values.sum(axis=1)
    return np.array([made[:, k == BROAD].sum(axis=1) for k in range(3)]).T / made.sum(axis=1)[:, None]


def test_shares_of_the_base_year_and_constant_shares_are_nested():
    base = np.random.default_rng(1).dirichlet(np.ones(6), 5)
    np.testing.assert_allclose(consumption_shares(base, np.zeros((5, 6)), BROAD, CES), base, rtol=1e-14)
    change = np.random.default_rng(2).normal(0, 0.3, (5, 6))
    nearly = Households(sector_substitution=1.0 - 1e-9)
    np.testing.assert_allclose(consumption_shares(base, change, BROAD, nearly), base, rtol=1e-7)


def test_homothetic_preferences_are_the_closed_form():
    """With equal exponents shares are those of a CES: in proportion to mu P^(1 - eta)."""
    base = np.random.default_rng(1).dirichlet(np.ones(6), 5)
    change = np.random.default_rng(2).normal(0, 0.3, (5, 6))
    given = Households(sector_substitution=0.4, agriculture_exponent=1.0, services_exponent=1.0)
    weight = base * np.exp(0.6 * change)
    np.testing.assert_allclose(consumption_shares(base, change, BROAD, given), weight / weight.sum(1)[:, None])


@pytest.mark.parametrize("eta", [0.2, 0.5, 0.9])
def test_a_richer_region_buys_more_services_and_less_food(eta):
    base = np.full((3, 6), 1 / 6)
    richer = -np.log([1.0, 1.5, 3.0])[:, None] * np.ones(6)  # prices over spending
    shares = consumption_shares(base, richer, BROAD, Households(sector_substitution=eta))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    food, services = shares[:, 0], shares[:, 4:].sum(axis=1)
    sys.stdout.write(f"eta {eta}: spending x 1, 1.5, 3: food {food.round(3)}, services {services.round(3)}\n")
    assert (np.diff(food) < 0).all() and (np.diff(services) > 0).all()


def test_what_becomes_dearer_takes_a_larger_share_of_spending():
    base, change = np.full((1, 6), 1 / 6), np.zeros((1, 6))
    change[0, 5] = 0.3
    assert consumption_shares(base, change, BROAD, CES)[0, 5] > 1 / 6


def test_a_path_alone_changes_no_unit_cost_in_its_year():
    state = RegionalEconomy(scenario(structure=SERVICES)).state
    market, wages = state.base.market, state.solution[: 2 * state.n].reshape(2, -1)
    path = national_path(scenario(structure=SERVICES).structure)
    log_price = np.log(state.base.prices[:-1])

    def cost(structure) -> np.ndarray:
        labour = wages[0][:, None] - structure.log_productivity
        return (1 - market.iota) * labour + market.iota * (log_price @ structure.inputs.T)

    before = state.structure
    after = next_structure(before, state.base, state.world, Parameters(), path, 2030, state.solution, state.people)
    assert np.abs(after.inputs - before.inputs).max() > 0.01
    np.testing.assert_allclose(cost(after), cost(before), rtol=0, atol=1e-12)
    # At unchanged prices no index changes either, though baskets do.
    spending = np.ones(state.n)
    again = priced(after, before, log_price, log_price, spending)
    for name in ("living", "capital", "services"):
        np.testing.assert_array_equal(getattr(again, name), getattr(before, name))
    assert np.abs(log_price @ after.investment - before.capital).max() > 1e-6


def test_a_path_towards_services_raises_their_share_and_is_no_growth():
    plain, moved = (simulate(scenario(structure=path), 1) for path in (None, SERVICES))
    shares = [composition(run.series["value_added"]) for run in (plain, moved)]
    sys.stdout.write(f"services after {YEARS} years: without {shares[0][-1, 2]:.3f}, with {shares[1][-1, 2]:.3f}\n")
    np.testing.assert_allclose(shares[0][0], shares[1][0], atol=1e-12)
    assert shares[1][-1, 2] > shares[0][-1, 2] + 0.02
    growth = [
        np.log(run.series["value_added"][-1].sum() / run.series["value_added"][0].sum()) for run in (plain, moved)
    ]
    assert abs(growth[1] - growth[0]) / YEARS < 0.004


def test_the_nation_keeps_its_composition_along_a_constant_path():
    constant = {year: SERVICES[2020] for year in (2020, 2030)}
    plain, moved = (simulate(scenario(structure=path), 1) for path in (None, constant))
    np.testing.assert_allclose(moved.series["value_added"], plain.series["value_added"], rtol=1e-8)


def test_preferences_shift_consumption_of_a_growing_nation_to_services():
    plain, moved = (
        simulate(scenario(parameters={"households": {"sector_substitution": eta}}), 1) for eta in (1.0, 0.5)
    )
    shares = [composition(run.series["value_added"])[-1] for run in (plain, moved)]
    sys.stdout.write(f"shares of broad sectors, eta 1 and .5: {shares[0].round(4)}, {shares[1].round(4)}\n")
    assert shares[1][2] > shares[0][2] and shares[1][0] < shares[0][0]


def test_leads_change_the_composition_of_growth_and_not_its_mean():
    world = RegionalEconomy(scenario()).world
    growth = sector_growth(Learning(agriculture_lead=0.02, industry_lead=0.015), world)
    weight = world.value_added.sum(axis=0)
    assert abs((weight * growth).sum()) < 1e-12 * weight.sum()
    assert growth[0] > growth[1] == growth[2] > 0 > growth[4] and growth[0] - growth[4] == pytest.approx(0.02)
    assert not sector_growth(Learning(agriculture_lead=0, industry_lead=0), world).any()


def test_paths_are_linear_between_years_and_constant_beyond():
    path = NationalPath((2020, 2030), np.array([[0.1, 0.4, 0.5], [0.05, 0.35, 0.6]]))
    np.testing.assert_allclose(path.at(2025), [0.075, 0.375, 0.55])
    np.testing.assert_array_equal(path.at(2050), path.at(2030))
    for name in path_names():
        bundled = national_path(name)
        np.testing.assert_allclose(bundled.shares.sum(axis=1), 1.0, atol=2e-3)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("bas", "no path 'bas'; expected base"),
        ({2020: {"primary": 0.1, "secondary": 0.4, "tertiary": 0.6}}, "shares sum to 1.1; expected 1"),
    ],
)
def test_unknown_paths_and_shares_that_do_not_sum_to_one_are_refused(given, words):
    with pytest.raises(ValidationError, match=words):
        scenario(structure=given)
