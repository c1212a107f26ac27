"""The contract suite finds what it looks for: kinds that keep to it, and kinds with one fault each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from pydantic import Field

from sim.mechanisms import MECHANISMS
from sim.parameters import setting
from sim.policy.mechanism import Mechanism
from sim.policy.targets import Regions, pick
from sim.testing import ContractBroken, check_mechanism, contracts
from sim.testing.fields import hurts, is_number


class Toll(Mechanism):
    """Lets the nation pay the treasuries of its targets. It hurts what the nation pays besides."""

    reads: ClassVar[frozenset[str]] = frozenset({"services"})
    writes: ClassVar[frozenset[str]] = frozenset({"transfer"})

    kind: Literal["toll"] = "toll"
    targets: Regions = Field(default_factory=lambda: ["supporting"], description="Who is paid")
    amount: float = setting(100.0, "million yuan/yr", 10, 1000, "assumption", "Money a year", ge=0)

    def planned_cost(self, world: Any, years: int) -> float:
        return self.strength * self.delivery * self.amount * self.active_years(world, years)

    def decide(self, view: Any, act: Any, memory: Any) -> None:
        targets = pick(view.world, self.name, self.targets)
        poor = targets[view.services[targets] < 1]
        size = self.now(view, memory) * self.delivered(view, memory) * self.amount
        if size > 0 and len(poor):
            act.transfer(view.accounts.nation, view.accounts.treasury[poor], size / len(poor), self.kind)


def variant(**changes: Any) -> type[Mechanism]:
    """A toll with other attributes; a value of `None` takes one away."""
    return type("Variant", (Toll,), {"__module__": __name__, "__doc__": Toll.__doc__, **changes})


def broken(cls: type[Mechanism]) -> dict[str, str]:
    """The rules that a kind breaks, with their sentences."""
    found = {}
    for rule in contracts(cls):
        try:
            rule.test()
        except ContractBroken as error:
            found[rule.name] = str(error)
    return found


def test_a_kind_that_keeps_to_the_contract() -> None:
    before = list(MECHANISMS)
    check_mechanism(Toll)
    assert list(MECHANISMS) == before  # it was known for as long as it was checked


def always(self: Any, view: Any, act: Any, memory: Any) -> None:
    """Pays whatever strength, start and delivery say."""
    act.transfer(view.accounts.nation, view.accounts.treasury[: len(view.services)], 1.0, "always")


def silent(self: Any, view: Any, act: Any, memory: Any) -> None:
    """Pays nothing."""
    _ = view.services


def shifty(self: Any, view: Any, act: Any, memory: Any) -> None:
    """Pays nothing and moves a wedge."""
    _ = view.services
    if self.now(view, memory) > 0:
        act.shift("amenity", 0.01)


def counting() -> Callable[..., None]:
    """Pays by how often it was called, which no seed says."""
    calls = []

    def decide(self: Any, view: Any, act: Any, memory: Any) -> None:
        calls.append(view.services[0])
        size = self.now(view, memory) * self.delivered(view, memory) * self.amount
        act.transfer(view.accounts.nation, view.accounts.treasury[0], size * len(calls), "count")

    return decide


def none(self: Any, world: Any, years: int) -> float:
    return 0.0


@pytest.mark.parametrize(
    "changes, rule, words",
    [
        ({"__doc__": None}, "kind and docstring", "has no docstring; expected what it does"),
        ({"__doc__": "Pays."}, "kind and docstring", "does not say when it hurts"),
        ({"__doc__": "It hurts."}, "kind and docstring", "does not say what it does"),
        ({"evidence": ("",)}, "kind and docstring", "evidence is not a tuple of texts"),
        ({"reads": frozenset({"services", "servces"})}, "declared names exist", "'servces', which does not exist; did"),
        ({"writes": frozenset({"transfr"})}, "declared names exist", "did you mean 'transfer'?"),
        ({"per_target": ("amuont",)}, "declared names exist", "did you mean 'amount'?"),
        (
            {"examples": classmethod(lambda cls: ({"amount": -1},))},
            "examples",
            "example 0 {'amount': -1} cannot be made",
        ),
        ({"examples": classmethod(lambda cls: ({"targets": ["nowhere"]},))}, "examples", "'nowhere'"),
        ({"examples": classmethod(lambda cls: ())}, "examples", "it has no examples"),
        ({"reads": frozenset({"services", "wage"})}, "declared is what is used", "declares to read 'wage'"),
        ({"writes": frozenset({"transfer", "site"})}, "declared is what is used", "declares to post 'site'"),
        ({"reads": frozenset()}, "declared is what is used", "UndeclaredAccess: read of 'services' is not declared"),
        ({"decide": always}, "strength 0 posts nothing", "posts transfer 'always'"),
        ({"decide": always}, "nothing before the start", "posts transfer 'always' before its start"),
        ({"decide": always}, "delivery 0", "does the same with delivery 0"),
        ({"decide": always}, "strength 0 is the baseline", "expected the baseline in every bit"),
        ({"decide": always}, "amount 0 is the baseline", "with amount 0 changes"),
        ({"purses": lambda self, world: ["purse"]}, "strength 0 posts nothing", "registers the account purse:purse"),
        ({"planned_cost": lambda self, world, years: 1.0}, "strength 0 posts nothing", "plans a cost; expected 0"),
        ({"planned_cost": none}, "cost", "pays from public accounts, but plans no cost"),
        ({"planned_cost": Mechanism.planned_cost}, "cost", "NotImplementedError"),
        ({"decide": silent, "planned_cost": none}, "cost", "it plans no cost and pays nothing"),
        ({"cost": "none: it is a rule"}, "cost", "but it pays; expected no stated cost"),
        ({"cost": "free"}, "cost", "its cost is 'free'; expected nothing, or 'none: REASON'"),
        ({"decide": counting()}, "order does not matter", "depend on the order"),
        ({"decide": counting()}, "accounts balance, runs repeat", "when run again"),
    ],
    ids=lambda part: part.replace(" ", "-") if isinstance(part, str) else "-".join(part),
)
def test_what_is_broken_is_reported(changes: dict, rule: str, words: str) -> None:
    (test,) = [found.test for found in contracts(variant(**changes)) if found.name == rule]
    with pytest.raises(ContractBroken) as caught:
        test()
    assert words in str(caught.value)


def test_a_rule_without_cost_says_so() -> None:
    free = {"decide": shifty, "planned_cost": none, "writes": frozenset({"amenity"}), "cost": "none: it is a rule"}
    faults = broken(variant(**free))
    # Its class lies in no module under its name, and it is free whatever its amount.
    assert set(faults) <= {"pickle and JSON", "amount 0 is the baseline", "order does not matter", "delivery 0"}, faults
    assert "delivery 0" not in faults and "cost" not in faults


def test_fields_need_units_and_a_basis() -> None:
    class Bare(Toll):
        """Pays. It hurts."""

        kind: Literal["bare"] = "bare"
        plain: float = Field(1.0, description="A number")
        nothing: str = ""
        based: float = setting(1.0, "1", 0, 2, "", "A share")
        choice: Literal[1, 2] = Field(1, description="No number but a choice")

    faults = broken(Bare)["fields"]
    assert "field 'plain' is a number without a unit; expected it in brackets at the end: 'A number [1]'" in faults
    assert "field 'nothing' has no description" in faults and "field 'based' has no basis" in faults
    assert "choice" not in faults and "amount" not in faults


def test_a_kind_is_a_literal_and_pickles() -> None:
    class Inside(Toll):
        """Pays. It hurts."""

        kind: str = "inside"

    faults = broken(Inside)
    assert (
        "its field kind is not a Literal; expected kind: Literal['inside'] = 'inside'" in faults["kind and docstring"]
    )
    assert "pickle" in faults["pickle and JSON"]


def test_all_broken_rules_come_in_one_error_without_repetition() -> None:
    with pytest.raises(ContractBroken) as caught:
        check_mechanism(variant(examples=classmethod(lambda cls: ({"amount": -1},)), evidence=("",)))
    assert [s.split(":")[0] for s in caught.value.sentences] == ["kind and docstring", "examples"]


def test_words_of_a_docstring_and_numbers_of_a_field() -> None:
    assert hurts("Builds\na park. It hurts when\nempty. More.") == "It hurts when empty."
    assert is_number(float | None) and is_number(dict[str, float]) and not is_number(bool) and not is_number(str)
    assert np.isfinite(Toll().planned_cost(type("W", (), {"year": 2020}), 2))
