"""Contract of every city rule: one function per requirement."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any

import numpy as np

from sim.economy.cities import CITIES
from sim.errors import nearest
from sim.model import simulate
from sim.parameters import Cities, Parameters
from sim.policy.accounts import Accounts
from sim.policy.cities import City, Decision, RefusedDecision, decide
from sim.policy.outcome import OUTCOME, Outcome
from sim.policy.view import Setting, View
from sim.record import RunRecord
from sim.testing.contracts import Rule, audit_problems, check_all, guarded
from sim.testing.fields import purpose_problems
from sim.testing.playing import START, differing, scenario_with
from sim.testing.world import loaded, made_up_outcome, small_world
from sim.world import World, first_hours

# A city government that cannot decide anything: bids are 0, shares are at their default.
BOUND = {"bid_limit": 0.0, "lowest_share": 1.0, "highest_share": 1.0}


def check_city(cls: type[City], world: Any = None) -> None:
    """Check a city rule against every requirement.

    Parameters
    ----------
    cls : type
    world : str, InlineWorld or SyntheticWorld, optional
        As in a config; by default `small_world`, eight cities around Guangzhou.

    Raises
    ------
    ContractBroken
        With a sentence for each broken requirement.
    """
    check_all(city_contracts(cls, world))


def city_contracts(cls: type[City], world: Any = None) -> Iterator[Rule]:
    """Yield the requirements of a city rule; see `check_city`.

    Examples
    --------
    >>> @pytest.mark.parametrize("rule", city_contracts(MyCity), ids=lambda rule: rule.name)  # doctest: +SKIP
    ... def test_contract(rule):
    ...     rule.test()
    """
    bench = Bench(cls, small_world() if world is None else world)
    for name, rule in RULES.items():
        yield Rule(name, partial(guarded, rule, bench))


class Bench:
    """A city rule, the world in which it is run, and outcomes on which it decides; results are cached.

    Parameters
    ----------
    cls : type
    given : str, InlineWorld or SyntheticWorld
    """

    def __init__(self, cls: type[City], given: Any):
        self.cls, self.given = cls, given

    @cached_property
    def world(self) -> World:
        """The world, built."""
        return loaded(self.given)

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """Artificial outcomes by name: one in which cities differ little, and others drawn around it."""
        accounts = Accounts(self.world, [], {}, [])
        base = made_up_outcome(self.world, accounts)
        return {"an even outcome": base} | {f"drawn outcome {k}": _drawn(base, k) for k in range(1, 6)}

    def views(self) -> Iterator[tuple[str, View]]:
        """Yield every outcome as the rule sees it, under the default parameters and under the strictest."""
        accounts, (_, hours) = Accounts(self.world, [], {}, []), first_hours(self.world)
        for what, parameters in (("", Parameters()), (", bound to the defaults", _bound(Parameters()))):
            setting = Setting(START, self.world, parameters, accounts, hours, seed=1)
            for name, outcome in self.outcomes.items():
                yield name + what, View(outcome, self.cls.reads, setting, CITIES)

    @cached_property
    def decisions(self) -> list[Decision]:
        """Its decision on each view, by new objects."""
        return [decide(self.cls(), view) for _, view in self.views()]

    def run(self, rule: City | None = None, bound: bool = False) -> RunRecord:
        """Run the rule, or passive cities, for five years in a small economy."""
        scenario = scenario_with([], self.given)
        if bound:
            scenario = scenario.model_copy(update={"parameters": _bound(scenario.parameters)})
        return simulate(scenario, cities=rule)


def _drawn(outcome: Outcome, number: int) -> Outcome:
    """Return an outcome in which cities differ, some of them extremely; shares stay shares."""
    draw, rules = np.random.default_rng(number), Parameters().cities
    r = len(outcome.bids)
    changed: dict[str, Any] = {
        name: getattr(outcome, name) * np.exp(draw.normal(0.0, 1.0, np.shape(getattr(outcome, name))))
        for name in ("value_added", "sales", "local_tax", "revenue", "capital", "invested", "public_capital")
    }
    shares = outcome.investment_shares * np.exp(draw.normal(0.0, 2.0, (r, r)))
    return dataclasses.replace(
        outcome,
        growth=draw.normal(0.03, 0.1, r),
        bids=draw.uniform(0.0, rules.bid_limit, r),
        infrastructure_share=outcome.infrastructure_share * draw.uniform(rules.lowest_share, rules.highest_share, r),
        investment_shares=shares / shares.sum(axis=1, keepdims=True),
        **changed,
    )


def _bound(parameters: Parameters) -> Parameters:
    return parameters.model_copy(update={"cities": parameters.cities.model_copy(update=BOUND)})


def _described(bench: Bench) -> list[str]:
    return purpose_problems(bench.cls)


def _declared_names(bench: Bench) -> list[str]:
    groups = (("reads", "outcome", OUTCOME, bench.cls.reads),
              ("settings", "parameter of cities", Cities.model_fields, bench.cls.settings))  # fmt: skip
    return [
        f"{where} names the {what} '{name}', which does not exist{nearest(name, choices)}"
        for where, what, choices, names in groups
        for name in sorted(set(names) - set(choices))
    ]


def _within_bounds(bench: Bench) -> list[str]:
    sentences = []
    for name, view in bench.views():
        try:
            decide(bench.cls(), view)
        except RefusedDecision as error:
            sentences.append(f"on {name}: {error}")
    return sentences


def _used(bench: Bench) -> list[str]:
    used: set[str] = set()
    for _, view in bench.views():
        decide(bench.cls(), view)
        used |= view.accessed
    text = "but never uses it; expected no more than is used"
    return [f"it declares to read '{name}', {text}" for name in sorted(bench.cls.reads - used)]


def _unchanged(bench: Bench) -> list[str]:
    fresh = Bench(bench.cls, bench.given)
    before = {name: pickle.dumps(outcome) for name, outcome in fresh.outcomes.items()}
    for _, view in fresh.views():
        decide(bench.cls(), view)
    changed = [name for name, outcome in fresh.outcomes.items() if pickle.dumps(outcome) != before[name]]
    return [f"it changes {name}; expected a rule that only decides" for name in changed[:1]]


def _repeats(bench: Bench) -> list[str]:
    """One object decides on all views, in another order, as new objects did, each on one."""
    rule = bench.cls()
    again = [decide(rule, view) for _, view in reversed(list(bench.views()))][::-1]
    for (name, _), one, two in zip(bench.views(), bench.decisions, again, strict=True):
        if any(a.tobytes() != b.tobytes() for a, b in zip(one, two, strict=True)):
            return [f"on {name} it decides otherwise after other years; expected a function of the view alone"]
    return []


def _copies(bench: Bench) -> list[str]:
    rule = pickle.loads(pickle.dumps(bench.cls()))
    for (name, view), one in zip(bench.views(), bench.decisions, strict=True):
        if any(a.tobytes() != b.tobytes() for a, b in zip(one, decide(rule, view), strict=True)):
            return [f"on {name} it decides otherwise after pickling"]
    return []


def _baseline(bench: Bench) -> list[str]:
    differ = differing(bench.run(bench.cls(), bound=True).series, bench.run(bound=True).series)
    text = "expected the baseline in every bit where bids are 0 and shares are at their default"
    return [f"with {BOUND} it changes {differ[0]}; {text}"] if differ else []


def _accounts(bench: Bench) -> list[str]:
    one, two = bench.run(bench.cls()), bench.run(bench.cls())
    sentences = [f"it {problem}" for problem in audit_problems(one)]
    if differ := differing(one.series, two.series):
        sentences.append(f"it gives another {differ[0]} when run again; expected draws by view.draw only")
    return sentences


RULES: dict[str, Callable[[Bench], list[str]]] = {
    "docstring": _described,
    "declared names exist": _declared_names,
    "decisions are finite and within bounds": _within_bounds,
    "declared is what is used": _used,
    "the view is left unchanged": _unchanged,
    "same view, same decision": _repeats,
    "pickle": _copies,
    "bound to the defaults it is the baseline": _baseline,
    "accounts balance, runs repeat": _accounts,
}
