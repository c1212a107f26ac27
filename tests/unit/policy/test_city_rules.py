"""City rules: the registry, bounds of decisions, the bundled rules on artificial outcomes; ``-s`` prints figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.errors import UserError
from sim.parameters import Parameters
from sim.policy.cities import RULES, City, Decision, RefusedDecision, decide, peers
from sim.policy.cities.best_response import (
    BestResponse,
    elasticity_of_capital,
    elasticity_of_value_added,
    profit,
)
from sim.policy.outcome import OUTCOME
from sim.policy.view import UndeclaredAccess, View
from sim.testing.cities import Bench
from sim.testing.world import small_world

BENCH = Bench(BestResponse, small_world())
SIZE = 8


class Free(City):
    """Decides what a test wants."""

    reads = frozenset(OUTCOME)

    def __init__(self, decision: Any = Decision(), act: Callable[[View], Any] | None = None):
        self.decision, self.act = decision, act

    def decide(self, view: View) -> Any:
        return self.decision if self.act is None else self.act(view)


def views(cls: type[City] = Free) -> Iterator[View]:
    """Yield the artificial outcomes, as a rule sees them under the default parameters."""
    for name, view in Bench(cls, small_world()).views():
        if "bound" not in name:
            yield view


def seen(outcome: Any = None, **cities: Any) -> View:
    """An outcome as best responses see it, under other parameters of cities."""
    view = next(views(BestResponse))
    if outcome is not None:
        view._outcome = outcome
    changed = view.parameters.cities.model_copy(update=cities)
    view.parameters = view.parameters.model_copy(update={"cities": changed})
    return view


# --- registry ---


def test_bundled_rules_come_first_and_others_are_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RULES, "_added", {"mine:Free": Free})
    assert list(RULES) == ["passive", "yardstick", "best_response", "mine:Free"] and len(RULES) == 4
    assert RULES["mine:Free"] is Free and isinstance(RULES.make("passive"), City)
    assert RULES[f"{BestResponse.__module__}:BestResponse"] is BestResponse


@pytest.mark.parametrize(
    "name, words",
    [
        (
            "yardstik",
            "unknown rule 'yardstik'; expected one of passive, yardstick, best_response, or MODULE:CLASS; did",
        ),
        ("no_module:Rule", "cannot be imported (ModuleNotFoundError"),
        ("numpy:no_class", "cannot be imported (AttributeError"),
        ("numpy:ndarray", "expected a class derived from hinterland.City that defines decide"),
        ("sim.policy.cities:City", "that defines decide"),
    ],
)
def test_what_is_not_a_rule_is_refused_with_what_is_expected(name: str, words: str) -> None:
    assert name not in RULES and words in RULES.problem(name)
    with pytest.raises(UserError, match=r"parameters\.cities\.rule: "):
        RULES.make(name)


# --- decisions ---


def test_one_number_stands_for_all_cities_and_none_for_the_default() -> None:
    view = next(views())
    found = decide(Free(Decision(0.2, contribution=np.full(SIZE, 0.1))), view)
    assert [a.shape for a in found] == [(SIZE,)] * 3 and all(a.flags.writeable for a in found)
    assert (found.bids == 0.2).all() and (found.contribution == 0.1).all()
    assert (found.infrastructure_share == Parameters().government.infrastructure_share).all()


@pytest.mark.parametrize(
    "decision, words",
    [
        (Decision(0.51), "bids of 0.51 in guangzhou; expected 0 to 0.5"),
        (Decision(np.where(np.arange(SIZE) == 4, np.nan, 0.0)), "bids of nan in shaoguan"),
        (Decision(0.0, 0.1), "infrastructure_share of 0.1 in guangzhou; expected 0.15 to 0.4"),
        (Decision(0.0, None, -0.1), "contribution of -0.1 in guangzhou; expected 0 to 0.5"),
        (Decision(np.zeros(3)), "expected one number, or one for each of the 8 cities"),
        (Decision("much"), "expected one number"),
        (0.1, "decide returned 0.1; expected a Decision"),
    ],
)
def test_decisions_out_of_bounds_are_refused_by_city(decision: Any, words: str) -> None:
    with pytest.raises(RefusedDecision, match="city rule Free: ") as caught:
        decide(Free(decision), next(views()))
    assert words in str(caught.value)


def test_infrastructure_leaves_research_its_share() -> None:
    view = seen(highest_share=4.0)
    government = view.parameters.government.model_copy(update={"infrastructure_share": 0.4, "services_share": 0.5})
    view.parameters = view.parameters.model_copy(update={"government": government})
    assert City.bounds(view).infrastructure_share[1] == pytest.approx(0.9)


def test_a_rule_reads_what_it_declares_and_writes_nothing() -> None:
    view = next(views(BestResponse))
    with pytest.raises(UndeclaredAccess):
        decide(Free(act=lambda v: Decision(v.growth)), view)
    with pytest.raises(ValueError, match="read-only"):
        decide(Free(act=lambda v: v.capital.fill(0.0)), view)


def test_peers_are_near_cities_of_the_same_class() -> None:
    view = next(views())
    weight, zone = peers(view), view.world.regions["zone"].to_numpy()
    assert weight.sum(axis=1) == pytest.approx(1.0) and not np.diag(weight).any()
    assert not weight[1, zone != "leading"].any()  # shenzhen: foshan is its only peer
    assert (weight[0, 1:] > 0).all()  # the centre is alone in its class


# --- best response ---


def objective(view: View, bids: np.ndarray) -> np.ndarray:
    """What cities maximise, as docs/model.md 9.16 says it, at bids of their own; those of the others are given."""
    budget, made = view.revenue, view.value_added.sum(axis=1)
    grants = bids * view.local_tax.sum(axis=1)
    gain = view.parameters.cities.growth_weight * made * elasticity_of_value_added(view) * elasticity_of_capital(view)
    return budget * np.log(1.0 - grants / budget) + gain * np.log1p(grants / profit(view))


@pytest.mark.parametrize("weight", [1.0, 10.0, 14.0, 18.0, 60.0])
def test_the_bid_maximises_the_objective(weight: float) -> None:
    """On a grid of 1,001 bids of each city, in every artificial outcome."""
    inside, every = 0, [*views(BestResponse), seen(plausible())]
    for view in every:
        view.parameters = seen(growth_weight=weight, bid_limit=1.0).parameters
        found, limit = decide(BestResponse(), view).bids, view.parameters.cities.bid_limit
        # a city cannot promise more than its revenue, which artificial outcomes do not know
        most = np.minimum(limit, 0.999 * view.revenue / view.local_tax.sum(axis=1))
        grid = np.linspace(0.0, 1.0, 1001)[:, None] * most
        best = grid[np.array([objective(view, bids) for bids in grid]).argmax(axis=0), np.arange(SIZE)]
        assert np.abs(np.minimum(found, most) - best).max() <= 1.01 * most.max() / 1000
        inside += int(((best > 0) & (best < most)).sum())
    print(f"weight {weight:g}: {inside} of {len(every) * SIZE} bids inside the bounds")


def test_the_elasticity_of_capital_is_that_of_the_logit() -> None:
    """Against the allocation of all savers at a return that is a little higher, one city at a time."""
    view = next(views(BestResponse))
    p, step = view.parameters.capital, 1e-6
    kept = (1.0 - p.depreciation) * view.capital_price * view.capital.sum(axis=1)
    inflow = view.invested @ view.investment_shares
    for j in range(SIZE):
        pull = np.where(np.arange(SIZE) == j, (1.0 + step) ** p.return_elasticity, 1.0)
        shares = view.investment_shares * pull
        more = view.invested @ (shares / shares.sum(axis=1, keepdims=True))
        slope = np.log((kept[j] + more[j]) / (kept[j] + inflow[j])) / np.log1p(step)
        assert elasticity_of_capital(view)[j] == pytest.approx(slope, rel=1e-5)


def test_value_added_responds_to_capital_less_where_wages_rise_more() -> None:
    """With intermediates only, wages matter less; the two elasticities add up to one."""
    view = next(views(BestResponse))
    sigma = view.parameters.production.sigma
    assert elasticity_of_value_added(view) == pytest.approx(1 / (1 + (sigma - 1) * (1 - 0.5 * sigma / (sigma - 1))))


def response(outcome: Any = None, **cities: Any) -> Decision:
    return decide(BestResponse(), seen(outcome, **{"bid_limit": 1.0, **cities}))


def test_cities_that_value_growth_more_bid_and_build_more() -> None:
    """Interior in an outcome whose taxes and profits are those of the bundled worlds."""
    outcome = plausible()
    less, more = (response(outcome, growth_weight=weight) for weight in (14.0, 15.0))
    print(f"mean bid {less.bids.mean():.3f} and {more.bids.mean():.3f} at weights 14 and 15")
    assert (more.bids > less.bids).all()
    shares = [response(outcome, growth_weight=w).infrastructure_share.mean() for w in (14.0, 20.0, 25.0, 40.0)]
    print(f"mean share of infrastructure at weights 14, 20, 25, 40: {np.round(shares, 3)}")
    assert (np.diff(shares) >= 0).all() and shares[-1] > shares[0]
    assert not response(outcome, growth_weight=0.0).bids.any()


def plausible() -> Any:
    """An outcome with the ratios of the base year of `guangzhou`."""
    outcome = BENCH.outcomes["an even outcome"]
    made = outcome.value_added.sum(axis=1)
    return replace(
        outcome, local_tax=0.07 * outcome.value_added, revenue=0.25 * made, sales=outcome.value_added / 0.6,
        capital=2.5 * outcome.value_added, invested=0.22 * made, public_capital=0.8 * made,
        investment_shares=np.tile(made / made.sum(), (SIZE, 1)),
    )  # fmt: skip


def test_a_city_with_much_of_its_investors_money_bids_less() -> None:
    """Small regions undercut large ones (Bucovetsky 1991): they are a small part of the choice of all savers."""
    outcome = plausible()
    spread = response(outcome, growth_weight=14.0).bids
    size = outcome.value_added.sum(axis=1)
    print(f"bids from the largest to the smallest city: {np.round(spread[np.argsort(-size)], 3)}")
    assert np.corrcoef(spread, size)[0, 1] < -0.9
    home = 0.5 * np.eye(SIZE) + 0.5 * outcome.investment_shares
    at_home = response(replace(outcome, investment_shares=home), growth_weight=14.0).bids
    print(f"mean bid {spread.mean():.3f}; where half of investment is from the city itself {at_home.mean():.3f}")
    assert (at_home < spread).all()


def test_responses_to_the_bids_of_others_fall() -> None:
    """Others who bid draw savers away: the slope of the reaction function is negative (Chirinko & Wilson 2017)."""
    outcome, parameters = plausible(), Parameters()
    before = response(outcome, growth_weight=14.0).bids[0]
    made = outcome.local_tax.sum(axis=1)
    returns = 1.0 + 0.2 * made / profit(seen(outcome))
    pull = np.where(np.arange(SIZE) == 0, 1.0, returns**parameters.capital.return_elasticity)
    shares = outcome.investment_shares * pull
    rivals = replace(outcome, investment_shares=shares / shares.sum(axis=1, keepdims=True))
    after = response(rivals, growth_weight=14.0).bids[0]
    print(f"slope of the reaction function: {(after - before) / 0.2:.3f}")
    assert after < before


def test_capital_that_responds_more_is_bid_for_more() -> None:
    view = seen(plausible(), growth_weight=14.0, bid_limit=1.0)
    few = decide(BestResponse(), view).bids
    capital = view.parameters.capital.model_copy(update={"return_elasticity": 1.1})
    view.parameters = view.parameters.model_copy(update={"capital": capital})
    assert (decide(BestResponse(), view).bids > few).all()


def test_scarce_public_capital_is_built() -> None:
    outcome = plausible()
    scarce = replace(outcome, public_capital=outcome.public_capital * np.where(np.arange(SIZE) == 3, 0.9, 1.0))
    one, two = response(outcome).infrastructure_share, response(scarce).infrastructure_share
    assert two[3] > one[3] and np.array_equal(np.delete(one, 3), np.delete(two, 3))
