"""The contract of city rules: bundled ones keep to it, and rules with one error each break it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.policy.cities import RULES, City, Decision
from sim.testing import ContractBroken, check_city, city_contracts

BUNDLED = [pytest.param(rule, id=f"{name}: {rule.name}") for name in RULES.own for rule in city_contracts(RULES[name])]


@pytest.mark.parametrize("rule", BUNDLED)
def test_bundled_rules_keep_to_the_contract(rule: Any) -> None:
    rule.test()


class Good(City):
    """Bids a tenth of local taxes where growth is low. It hurts services."""

    reads = frozenset({"growth"})

    def decide(self, view: Any) -> Decision:
        return Decision(np.where(view.growth < 0.03, min(0.1, view.parameters.cities.bid_limit), 0.0))


class Greedy(Good):
    """Bids more than it may. It hurts services."""

    def decide(self, view: Any) -> Decision:
        return Decision(view.growth + 1.0)


class Undecided(Good):
    """Decides nothing at all where growth is negative. It hurts services."""

    def decide(self, view: Any) -> Decision:
        with np.errstate(invalid="ignore"):
            return Decision(0.0 * np.sqrt(view.growth))


class Silent(Good):
    """Reads more than it declares. It hurts services."""

    def decide(self, view: Any) -> Decision:
        return Decision(0.0 * view.growth * view.services)


class Forgetful(Good):
    """Declares more than it reads. It hurts services."""

    reads = frozenset({"growth", "services"})


class Unknown(Good):
    """Declares what does not exist. It hurts services."""

    reads = frozenset({"growth", "hapiness"})
    settings = ("matchin",)


class Remembering(Good):
    """Bids more every time that it is called. It hurts services."""

    calls = 0

    def decide(self, view: Any) -> Decision:
        Remembering.calls += 1
        return Decision(min(0.001 * self.calls, view.parameters.cities.bid_limit) + 0.0 * view.growth)


class Meddling(Good):
    """Changes the outcome behind the view. It hurts everyone."""

    def decide(self, view: Any) -> Decision:
        view._outcome.growth[:] = 0.0
        return super().decide(view)


class Bare(Good):
    def decide(self, view: Any) -> Decision:
        return super().decide(view)


def broken(cls: type[City]) -> dict[str, str]:
    """The requirements that a rule breaks, with their sentences."""
    found = {}
    for rule in city_contracts(cls):
        try:
            rule.test()
        except ContractBroken as error:
            found[rule.name] = str(error)
    return found


def test_a_rule_that_keeps_to_the_contract() -> None:
    check_city(Good)
    assert "tests.contracts" not in "".join(RULES)


@pytest.mark.parametrize(
    "cls, name, words",
    [
        (Greedy, "decisions are finite and within bounds", "on an even outcome: city rule Greedy: bids of 1.03"),
        (Undecided, "decisions are finite and within bounds", "bids of nan"),
        (Silent, "declared is what is used", "read of 'services' is not declared"),
        (Forgetful, "declared is what is used", "it declares to read 'services', but never uses it"),
        (Unknown, "declared names exist", "reads names the outcome 'hapiness', which does not exist"),
        (
            Unknown,
            "declared names exist",
            "settings names the parameter of cities 'matchin', which does not exist; did",
        ),
        (Remembering, "same view, same decision", "it decides otherwise after other years"),
        (Meddling, "the view is left unchanged", "it changes an even outcome"),
        (Bare, "docstring", "it has no docstring"),
    ],
)
def test_an_error_is_found(cls: type[City], name: str, words: str) -> None:
    assert words in broken(cls)[name]


def test_all_sentences_are_reported_at_once() -> None:
    with pytest.raises(ContractBroken) as caught:
        check_city(Unknown)
    assert len(caught.value.sentences) >= 2
