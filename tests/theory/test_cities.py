"""City governments that look at their peers: a race of subsidies, a common rule against it; ``-s`` prints."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from sim.config import load
from sim.model import RegionalEconomy, simulate

YEARS = 20
ARMS = {
    "passive": {},
    "race": {"reaction": "reactive"},
    "rule": {"reaction": "reactive", "bid_limit": 0.02},
}


@pytest.fixture(scope="module")
def arms() -> dict[str, dict[str, np.ndarray]]:
    """Yearly series of the nation by arm, one seed."""
    found = {}
    for name, settings in ARMS.items():
        base = load("baseline")
        cities = base.parameters.cities.model_copy(update=settings)
        parameters = base.parameters.model_copy(update={"cities": cities})
        scenario = base.model_copy(update={"years": YEARS, "firms": 4000, "parameters": parameters})
        s = simulate(scenario).series
        people = s["people"].sum(axis=2)
        weights = s["people"] / s["people"].sum(axis=(1, 2), keepdims=True)
        found[name] = {
            "bid": s["bid"].mean(axis=1), "services": (s["services"] * people).sum(axis=1) / people.sum(axis=1),
            "welfare": (s["welfare"] * weights).sum(axis=(1, 2)), "value added": s["value_added"].sum(axis=(1, 2)),
            "infrastructure": s["infrastructure_share"].std(axis=1),
        }  # fmt: skip
    return found


def test_passive_cities_bid_nothing(arms):
    assert not arms["passive"]["bid"].any() and not arms["passive"]["infrastructure"].any()


def test_bids_race_upwards(arms):
    bid = arms["race"]["bid"]
    sys.stdout.write(f"mean bid after 5, 10, 20 years: {bid[[4, 9, 19]]}\n")
    assert (np.diff(bid[2:]) > 0).all() and bid[-1] > 3 * bid[5]


def test_a_common_rule_ends_the_race_and_saves_services_and_welfare(arms):
    race, rule = arms["race"], arms["rule"]
    for name in ("services", "welfare", "value added"):
        sys.stdout.write(f"{name}, rule less race, last year: {rule[name][-1] - race[name][-1]:.5g}\n")
    assert rule["bid"].max() <= 0.02
    assert rule["services"][-1] > race["services"][-1]
    assert rule["welfare"][-1] > race["welfare"][-1]


def test_a_city_bids_when_it_grows_less_than_its_peers():
    base = load("baseline")
    cities = base.parameters.cities.model_copy(update={"reaction": "reactive"})
    parameters = base.parameters.model_copy(update={"cities": cities})
    scenario = base.model_copy(update={"firms": 4000, "parameters": parameters})
    model = RegionalEconomy(scenario)
    model.step()
    city = model.world.index("meizhou")
    growth = np.full(model.world.n_regions, 0.05)
    growth[city] = 0.0
    model.state.outcome = replace(model.state.outcome, growth=growth)
    model.step()
    assert model.state.bids[city] > 0
    assert model.state.infrastructure_share[city] > model.state.parameters.government.infrastructure_share
    granted = model.latest.policy.actions.firm_grants[city]
    assert granted > 0 and model.state.outcome.return_to_capital[city].min() > -1
