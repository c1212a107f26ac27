"""Demand for talent and the skill premium (docs/model.md 9.25); ``-s`` prints figures."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.config import Scenario
from sim.economy.structure import skill_demand
from sim.model import RegionalEconomy
from sim.parameters import Production

YEARS = 12


def premium(bias: float, **given) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean log premium within cities, and the log odds of talent in the nation, by year."""
    data = {"name": "x", "world": "guangzhou", "years": YEARS, "firms": 2000, **given}
    model = RegionalEconomy(Scenario.model_validate({**data, "parameters": {"production": {"skill_bias": bias}}}))
    found = []
    for _ in range(YEARS):
        people = model.state.people.copy()
        model.step()
        wages = model.state.solution[: 2 * model.state.n].reshape(2, -1)
        gap = np.average(wages[1] - wages[0], weights=people.sum(axis=1))
        found.append((gap, np.log(people[:, 1].sum() / people[:, 0].sum())))
    return np.array(found).T


def test_demand_of_the_base_year_is_nested():
    people = np.array([[8.0, 2.0], [5.0, 1.0]])
    share = people[:, 1] / people.sum(axis=1)
    former = 1.8 * share / (1.8 * share + 1.0 - share)
    for bias in (0.0, 0.75):
        np.testing.assert_allclose(skill_demand(people, people, Production(skill_bias=bias)), former)
    more = people * [1.0, 1.5]
    np.testing.assert_array_equal(
        skill_demand(people, more, Production(skill_bias=0.0)), skill_demand(people, people, Production(skill_bias=0.0))
    )


@pytest.mark.parametrize("bias", [0.65, 0.75, 0.85])
def test_the_premium_falls_by_the_part_of_supply_that_demand_does_not_follow(bias):
    gap, odds = premium(bias)
    fall, rise = gap[0] - gap[-1], odds[-2] - odds[0]
    sys.stdout.write(f"b {bias}: premium falls by {fall:.3f}, odds of talent rise by {rise:.3f}\n")
    # Demand follows the odds of last year, and odds of cities do not rise alike.
    assert fall == pytest.approx((1 - bias) * rise + bias * (odds[-1] - odds[-2]), abs=0.03)


def test_the_premium_of_constant_demand_falls_most():
    falls = [np.subtract(*premium(bias)[0][[0, -1]]) for bias in (0.0, 0.65, 0.85)]
    assert falls[0] > falls[1] > falls[2] > 0


def test_more_demand_for_talent_is_no_productivity_in_its_year():
    """At last year's wages unit cost is unchanged."""
    model = RegionalEconomy(
        Scenario.model_validate({
            "name": "x", "world": "guangzhou", "years": 3, "firms": 2000, "structure": None,
            "parameters": {"production": {"skill_bias": 0.75}, "households": {"sector_substitution": 1.0}},
        })
    )  # fmt: skip
    model.step()
    state = model.state
    before, wages = state.structure, state.solution[: 2 * state.n].reshape(2, -1).copy()
    model.step()
    after = state.structure

    def cost(structure) -> np.ndarray:
        eta = structure.talent
        return (1 - eta) * wages[0][:, None] + eta * wages[1][:, None] - structure.log_productivity

    assert (after.talent > before.talent).all()
    np.testing.assert_allclose(cost(after), cost(before), atol=1e-12)
