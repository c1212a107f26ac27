"""Unemployment and wages (docs/model.md 9.26), in an economy of eight cities; ``-s`` prints figures."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.config import Scenario
from sim.kernels.market import employment_rate, wage_of, workers_wage
from sim.market import make_market
from sim.model import RegionalEconomy
from sim.testing import small_world

ELASTICITIES = (0.0, 0.53, 1.5)
CITY = 3  # Qingyuan


def economy(slack: float, **labour: float) -> RegionalEconomy:
    data = {"name": "x", "world": small_world(), "years": 20, "firms": 2000, "demography": False}
    return RegionalEconomy(Scenario.model_validate({**data, "parameters": {"labour": {"slack": slack, **labour}}}))


def rates(model: RegionalEconomy) -> np.ndarray:
    """Return the share of workers employed by city, after a year."""
    produced = model.latest.produce
    return employment_rate(produced.market, wage_of(produced.market, produced.regional.workers_bill))


def test_full_employment_is_nested_bit_for_bit():
    bill, people = np.array([3.0, 8.0]), np.array([2.0, 3.0])
    assert workers_wage(bill, people, 1.0, 1.0, 0.0, 0.0).tobytes() == np.log(bill / people).tobytes()
    market = make_market(np.ones((2, 1)), np.ones((2, 1)), np.eye(2), people, sigma=5.0)
    assert (employment_rate(market, wage_of(market, bill)) == 1.0).all()


@pytest.mark.parametrize("slack", [0.53, 2.0])
def test_wage_and_employment_share_the_bill(slack):
    """Half way between a wage that takes up all of demand and employment that does; never beyond the limit."""
    people, reference = 100.0, np.log(2.0)
    usual = 0.95 * people * 2.0
    assert np.exp(workers_wage(usual, people, 0.95, 0.98, slack, reference)) == pytest.approx(2.0)
    wage = np.exp(workers_wage(1.01 * usual, people, 0.95, 0.98, slack, reference))
    employed = 1.01 * usual / wage
    assert wage == pytest.approx(2.0 * 1.01 ** (1 / (1 + slack)))
    assert employed == pytest.approx(0.95 * people * (wage / 2.0) ** slack)
    wage = np.exp(workers_wage(2 * usual, people, 0.95, 0.98, slack, reference))
    assert 2 * usual / wage == pytest.approx(0.98 * people)


@pytest.mark.parametrize("slack", ELASTICITIES)
def test_the_base_year_is_reproduced_with_its_unemployment(slack):
    model = economy(slack)
    model.step()
    assert model.latest.produce.iterations == 1
    assert np.allclose(rates(model), 0.95 if slack else 1.0, atol=1e-9)
    added = model.latest.observe.record["value_added"]
    assert np.allclose(added, model.world.value_added, rtol=1e-9)


def after_demand(slack: float, years: int) -> tuple[np.ndarray, np.ndarray]:
    """Return employment rates and real value added of the city by year, over those without demand for its services."""
    found = []
    for more in (0.0, 0.1):
        model, path = economy(slack), []
        for _ in range(years):
            state = model.state
            state.revenue.own[CITY] *= 1.0 + more
            model.step()
            path.append((rates(model)[CITY], model.latest.observe.record["value_added"][CITY].sum()))
        found.append(np.array(path))
    return found[1][:, 0] - found[0][:, 0], found[1][:, 1] / found[0][:, 1] - 1.0


def test_demand_raises_employment_and_output_the_more_the_more_elastic_it_is():
    results = {slack: after_demand(slack, 8) for slack in ELASTICITIES}
    for slack, (employed, added) in results.items():
        sys.stdout.write(f"e {slack}: employment {employed[1]:+.4f}, value added {added[1]:+.4%} in the second year\n")
    employed = [results[slack][0].max() for slack in ELASTICITIES]
    assert employed[0] == 0 < employed[1] < employed[2]
    assert results[0.0][1][1] < results[0.53][1][1] < results[1.5][1][1]


def test_the_effect_fades_as_the_usual_wage_follows():
    slow, fast = (economy(1.0, wage_adjustment=part) for part in (0.2, 1.0))
    gaps = []
    for model in (slow, fast):
        for _ in range(6):
            model.step()
        gaps.append(np.abs(rates(model) - 0.95).max())
    assert gaps[1] < gaps[0]


def test_surplus_labour_on_farms_makes_employment_more_elastic_there():
    plain, farms = (economy(0.5, farm_slack=k).state.base.market.slack for k in (0.0, 2.0))
    assert (plain == 0.5).all() and (farms >= 0.5).all()
    assert farms[CITY] > farms[0]  # Qingyuan, Guangzhou
