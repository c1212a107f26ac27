"""City rules in the economy: a race of subsidies, a common rule against it, best responses; ``-s`` prints."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from sim.config import load
from sim.config.schema.scenario import Scenario
from sim.model import RegionalEconomy, simulate
from sim.policy.cities import City, Decision, peers
from sim.policy.cities.best_response import BestResponse
from sim.testing import differing, small_world

YEARS = 20
ARMS = {
    "passive": {},
    "race": {"rule": "yardstick"},
    "rule": {"rule": "yardstick", "bid_limit": 0.02},
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
    cities = base.parameters.cities.model_copy(update={"rule": "yardstick"})
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


def economy(years: int = 5, mechanisms: tuple = (), **cities: object) -> Scenario:
    """Return a small scenario of eight cities with settings of cities."""
    return Scenario.model_validate({
        "name": "cities", "world": small_world(), "years": years, "firms": 1000, "record": "all",
        "parameters": {"cities": cities}, "mechanisms": mechanisms,
    })  # fmt: skip


class Former(City):
    """What `reaction: reactive` was, as it was written; it hurts services."""

    reads = frozenset({"bids", "growth", "infrastructure_share"})

    def decide(self, view):
        rules, government = view.parameters.cities, view.parameters.government
        weight = peers(view)
        gap = np.einsum("ij,j->i", weight, view.growth) - view.growth
        above = np.maximum(np.einsum("ij,j->i", weight, view.bids) - view.bids, 0.0)
        bids = (1.0 - rules.bid_decay) * view.bids + rules.matching * above + rules.bid_response * gap
        middle = government.infrastructure_share
        back = rules.bid_decay * (view.infrastructure_share - middle)
        share = view.infrastructure_share - back + rules.share_response * gap
        return Decision(
            np.clip(bids, 0.0, rules.bid_limit),
            np.clip(share, rules.lowest_share * middle, rules.highest_share * middle),
        )


def test_yardstick_is_the_former_reaction_bit_for_bit():
    found = simulate(economy(rule="yardstick"))
    assert not differing(found.series, simulate(economy(), cities=Former()).series)
    assert differing(found.series, simulate(economy()).series) and found.series["bid"].max() > 0


class Bidders(City):
    """All cities but the last bid the same; it hurts services."""

    def __init__(self, bid: float):
        self.bid = bid

    def decide(self, view):
        return Decision(np.where(np.arange(view.world.n_regions) < view.world.n_regions - 1, self.bid, 0.0))


def test_a_best_response_falls_when_the_others_bid():
    """In the economy, after three years in which the other seven cities bid nothing, or half of their taxes."""
    found = []
    for bid in (0.0, 0.5):
        model = RegionalEconomy(economy(growth_weight=18.0, bid_limit=1.0), cities=Bidders(bid))
        for _ in range(3):
            model.step()
        model.state.setup = replace(model.state.setup, city_rule=BestResponse())
        model.step()
        found.append(model.state.bids[-1])
    sys.stdout.write(f"response to others' bids of 0 and .5: {found[0]:.3f} and {found[1]:.3f}\n")
    assert 0 < found[1] < found[0]


def test_simultaneous_best_responses_do_not_cycle():
    """Each year's responses are to last year's bids; after the first year they hardly change, and some are interior."""
    bids = simulate(economy(12, rule="best_response", growth_weight=22.0, bid_limit=1.0)).series["bid"]
    change = np.abs(np.diff(bids, axis=0)).mean(axis=1)
    sys.stdout.write(f"bids in the last year: {np.round(bids[-1], 3)}; mean change by year: {np.round(change, 3)}\n")
    assert ((bids[-1] > 0) & (bids[-1] < 1)).sum() >= 2 and change.max() < 0.1


def test_the_default_share_of_infrastructure_is_the_nations_best_choice_at_the_default_weight():
    """The basis of `growth_weight`: the weight at which the last yuan of infrastructure and of services are equal."""
    model = RegionalEconomy(load("baseline", ["firms=1000"]))
    outcome, p = model.state.outcome, model.state.parameters
    made = outcome.value_added.sum(axis=1)
    iota = (1.0 - made / outcome.sales.sum(axis=1)) * p.production.sigma / (p.production.sigma - 1.0)
    by_productivity = 1.0 - 1.0 / (1.0 + (p.production.sigma - 1.0) * (1.0 - iota))
    per_yuan = p.production.infrastructure_elasticity * by_productivity * made
    weight = (outcome.capital_price * outcome.public_capital).sum() / per_yuan.sum()
    sys.stdout.write(f"weight at which the default share is optimal: {weight:.1f}\n")
    assert weight == pytest.approx(p.cities.growth_weight, rel=0.1)


class Unwilling(City):
    """Cities contribute nothing to mechanisms, or less than they may; it hurts joint projects."""

    def __init__(self, contribution: float):
        self.contribution = contribution

    def decide(self, view):
        return Decision(contribution=self.contribution)


def test_what_cities_do_not_contribute_is_not_paid():
    transfer = {"kind": "fiscal_transfer", "amount": 5e5, "targets": ["supporting"], "funding": {"centre": 1.0}}
    paid = [
        simulate(economy(2, (transfer,)), cities=rule).series["public_outlay"].sum()
        for rule in (Unwilling(0.0), Unwilling(0.1), Unwilling(0.5), None)
    ]
    sys.stdout.write(f"paid at contributions 0, .1, .5: {np.round(paid[:3])} million yuan\n")
    assert paid[0] == 0 < paid[1] < paid[2] == paid[3]
