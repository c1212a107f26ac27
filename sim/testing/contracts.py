"""Contract of every kind of mechanism: one function per rule."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import ValidationError
from ruamel.yaml import YAML

from sim.config import load
from sim.errors import UserError, nearest
from sim.mechanisms import MECHANISMS
from sim.policy.mechanism import Mechanism
from sim.policy.outcome import OUTCOME
from sim.policy.registry import kind_of
from sim.policy.settlement import ORDERS, WEDGES
from sim.policy.targets import marked
from sim.record import RunRecord
from sim.testing.fields import field_problems, kind_problems
from sim.testing.playing import START, Played, differing, play, run, scenario_with
from sim.testing.world import loaded, small_world
from sim.world import World

TOLERANCE = 1e-9  # of every audit of a run
YEARS = 12  # on the artificial outcome: long enough for construction, operation and division of receipts
FEW = 700.0  # million yuan, limit of an account where money is short


class ContractBroken(AssertionError):
    """A kind that breaks the contract.

    Attributes
    ----------
    sentences : list of str
        One for each broken rule or example.
    """

    def __init__(self, sentences: list[str]):
        self.sentences = sentences
        super().__init__("\n".join(sentences))


class Rule(NamedTuple):
    """A rule of the contract for one kind; calling `test` raises `ContractBroken` where it does not hold."""

    name: str
    test: Callable[[], None]


def check_mechanism(cls: type[Mechanism], world: Any = None) -> None:
    """Check a kind of mechanism against every rule.

    Parameters
    ----------
    cls : type
    world : str, InlineWorld or SyntheticWorld, optional
        World of its examples, as in a config; by default `small_world`, eight cities around Guangzhou.

    Raises
    ------
    ContractBroken
        With a sentence for each broken rule.
    """
    check_all(contracts(cls, world))


def check_all(rules: Iterable[Rule]) -> None:
    """Test every rule.

    Raises
    ------
    ContractBroken
        With a sentence for each broken rule; a sentence of an earlier rule is not repeated.
    """
    sentences: list[str] = []
    for rule in rules:
        try:
            rule.test()
        except ContractBroken as broken:
            sentences += [f"{rule.name}: {s}" for s in broken.sentences if not any(s in known for known in sentences)]
    if sentences:
        raise ContractBroken(sentences)


def contracts(cls: type[Mechanism], world: Any = None) -> Iterator[Rule]:
    """Yield the rules for a kind; see `check_mechanism`.

    Examples
    --------
    >>> @pytest.mark.parametrize("rule", contracts(MyKind), ids=lambda rule: rule.name)  # doctest: +SKIP
    ... def test_contract(rule):
    ...     rule.test()
    """
    bench = Bench(cls, small_world() if world is None else world)
    for name, rule in RULES.items():
        yield Rule(name, partial(_test, rule, bench))


class Bench:
    """A kind with its examples and the world in which they are run; results are cached.

    Parameters
    ----------
    cls : type
    given : str, InlineWorld or SyntheticWorld
    """

    def __init__(self, cls: type[Mechanism], given: Any):
        self.cls, self.given = cls, given

    @cached_property
    def world(self) -> World:
        """The world, built."""
        return loaded(self.given)

    @cached_property
    def mechanisms(self) -> list[Mechanism]:
        """The kind with the settings of each example."""
        problems: list[str] = []
        made: list[Mechanism] = []
        for k, example in enumerate(self.cls.examples()):
            named = [mark.problems(self.world, text) for _, mark, text in marked(self.cls, example) if text is not None]
            problems += [f"example {k} {example}: {problem}" for part in named for problem in part]
            if any(named):
                continue
            try:
                made.append(self.cls.model_validate(example))
                made[-1].prepare(self.world, self.play([]).accounts, START)
            except (ValidationError, UserError) as error:
                problems.append(f"example {k} {example} cannot be made: {error}")
        if not made and not problems:
            problems = ["it has no examples; expected `examples` to return settings that make it use all it declares"]
        _demand(problems)
        return made

    @cached_property
    def played(self) -> list[Played]:
        """Each example on the artificial outcome."""
        return [self.play([m], YEARS) for m in self.mechanisms]

    @cached_property
    def baseline(self) -> RunRecord:
        """A run without any mechanism."""
        return self.run([])

    @cached_property
    def companions(self) -> list[Mechanism]:
        """Other mechanisms that the examples need."""
        return [MECHANISMS[given["kind"]].model_validate(given) for given in self.cls.companions()]

    def play(self, mechanisms: list[Mechanism], years: int = 8, available: Any = None) -> Played:
        """Play mechanisms on the artificial outcome; see `sim.testing.playing.play`."""
        return play(self.world, mechanisms, years, available, companions=self.companions)

    def run(self, mechanisms: list[Mechanism]) -> RunRecord:
        """Run mechanisms in a small scenario."""
        return run([*mechanisms, *self.companions], self.given)

    def changed(self, **update: Any) -> Iterator[tuple[str, Mechanism]]:
        """Yield the name of each example in messages, and the example with other values."""
        for k, mechanism in enumerate(self.mechanisms):
            yield f"example {k}", mechanism.model_copy(update=update)


def _demand(sentences: list[str]) -> None:
    if sentences:
        raise ContractBroken(sentences)


def guarded(rule: Callable[[Any], list[str]], bench: Any) -> None:
    """Run a rule; any other error of what is checked breaks it as well."""
    try:
        sentences = rule(bench)
    except ContractBroken:
        raise
    except Exception as error:  # of the kind, whatever it is
        raise ContractBroken([f"{type(error).__name__}: {error}"]) from error
    _demand(sentences)


def _test(rule: Callable[[Bench], list[str]], bench: Bench) -> None:
    with known(bench.cls):
        guarded(rule, bench)


@contextmanager
def known(cls: type[Mechanism]) -> Iterator[None]:
    """Register a kind temporarily."""
    kind = kind_of(cls)
    if kind in MECHANISMS and MECHANISMS[kind] is cls:
        yield
        return
    added = MECHANISMS._added
    before = added.get(kind)
    MECHANISMS.add(cls)
    try:
        yield
    finally:
        added.pop(kind)
        if before is not None:
            added[kind] = before


def _described(bench: Bench) -> list[str]:
    return kind_problems(bench.cls)


def _fields(bench: Bench) -> list[str]:
    return field_problems(bench.cls)


def _declared_names(bench: Bench) -> list[str]:
    cls = bench.cls
    groups = (("reads", "outcome", set(OUTCOME), cls.reads), ("writes", "post", {*WEDGES, *ORDERS}, cls.writes),
              ("per_target", "field", set(cls.model_fields) - {"kind", "name"}, cls.per_target))  # fmt: skip
    return [
        f"{where} names the {what} '{name}', which does not exist{nearest(name, choices)}"
        for where, what, choices, names in groups
        for name in sorted(set(names) - choices)
    ]


def _examples(bench: Bench) -> list[str]:
    return [] if bench.mechanisms else ["it has no examples"]


def _used(bench: Bench) -> list[str]:
    read = set().union(*(p.read for p in bench.played))
    written = set().union(*(p.written for p in bench.played))
    text = "its examples never use it; expected no more than is used, or an example that does"
    return [f"it declares to {verb} '{name}', but {text}" for verb, name in (
        *(("read", name) for name in sorted(bench.cls.reads - read)),
        *(("post", name) for name in sorted(bench.cls.writes - written)),
    )]  # fmt: skip


def _off(bench: Bench) -> list[str]:
    plain = bench.play([]).accounts.labels
    sentences = []
    for name, mechanism in bench.changed(strength=0.0):
        played = bench.play([mechanism], YEARS)
        if new := sorted(set(played.accounts.labels) - set(plain)):
            sentences.append(f"{name} with strength 0 registers the account {new[0]}; expected none")
        sentences += [f"{name} with strength 0 posts {what}; expected nothing" for what in _posted(played)[:1]]
        if mechanism.planned_cost(bench.world, 10) != 0:
            sentences.append(f"{name} with strength 0 plans a cost; expected 0")
    return sentences


def _posted(played: Played, passing: bool = True) -> list[str]:
    """Return descriptions of all posts, without payments of zero and, optionally, of passing accounts."""
    posted = []
    for actions in played.phases:
        for post in actions.posts:
            own = played.accounts.passing[post.payer]
            if passing or post.amount[~own].sum() > 0:
                posted.append(f"{post.kind} '{post.purpose}'")
        posted += [f"the wedge '{shift[2]}'" for shift in actions.shifts]
        posted += [f"the site '{site.name}'" for _, _, site in actions.site_posts]
        posted += ["a link" for _ in (*actions.edge_posts, *actions.slowed)]
        posted += ["a port" for _ in actions.port_posts]
        posted += ["a sale of stakes" for _ in actions.sales if passing]
        posted += ["credit" for _ in actions.credits if passing]
    return posted


def _cost(bench: Bench) -> list[str]:
    stated = bench.cls.cost
    if stated and not (stated.startswith("none:") and stated.partition(":")[2].strip()):
        return [f"its cost is '{stated}'; expected nothing, or 'none: REASON' for a rule that costs no public money"]
    planned = [float(m.planned_cost(bench.world, 10)) for m in bench.mechanisms]
    paid = [p.paid_by(np.ones(len(p.accounts), bool)) for p in bench.played]
    if stated and (any(planned) or any(paid)):
        return [f"its cost is '{stated}', but it pays; expected no stated cost where a kind plans a cost or pays"]
    if not stated and not any(planned) and not any(paid):
        return ["it plans no cost and pays nothing; expected a cost, or cost = 'none: REASON' for a rule"]
    sentences = []
    for k, (plan, p) in enumerate(zip(planned, bench.played, strict=True)):
        if not (np.isfinite(plan) and plan >= 0):
            sentences.append(f"example {k} plans a cost of {plan}; expected 0 or more")
        if plan == 0 and p.paid_by(p.accounts.public) > 0:
            sentences.append(f"example {k} pays from public accounts, but plans no cost; expected planned_cost > 0")
    return sentences


def _not_yet(bench: Bench) -> list[str]:
    posts = ((name, _posted(bench.play([m], 2), passing=False)) for name, m in bench.changed(start=2100))
    return [f"{name} posts {posted[0]} before its start; expected nothing" for name, posted in posts if posted]


def _delivery(bench: Bench) -> list[str]:
    """With delivery 0, at least one of the posts that delivery scales must vanish."""
    if bench.cls.cost:
        return []
    sentences = []
    pairs = zip(bench.changed(delivery=0.0), bench.changed(delivery=1.0), strict=True)
    for (name, nothing), (_, everything) in pairs:
        less, more = (bench.play([m], YEARS).moved() for m in (nothing, everything))
        scaled = [key for key, size in more.items() if less.get(key, 0.0) != size]
        if not scaled:
            sentences.append(f"{name} does the same with delivery 0; expected what is due times delivery")
        elif all(less.get(key, 0.0) > 0 for key in scaled):
            what, item = scaled[0]
            sentences.append(f"{name} with delivery 0 still moves {what} '{item}'; expected nothing of what is due")
    return sentences


def _order(bench: Bench) -> list[str]:
    """Results do not depend on the order of calls, with rivals for scarce money."""
    cls = bench.cls
    rival: Any = MECHANISMS["fiscal_transfer"]
    every = [m.model_copy(update={"name": f"{kind_of(cls)}{k}"}) for k, m in enumerate([*bench.mechanisms] * 2)]
    every += [
        rival(name=name, targets=["all"], funding={"host": 0.5, "centre": 0.5}) for name in ("a_rival", "z_rival")
    ]
    limit = dict.fromkeys(range(bench.world.n_regions), FEW)
    one, two = (bench.play(chosen, available=limit) for chosen in (every, every[::-1]))
    if one.accounts.labels != two.accounts.labels:
        return ["accounts depend on the order of mechanisms; expected names that do not"]
    for a, b in zip(one.phases, two.phases, strict=True):
        totals = ("purchases_investment", "purchases_services", "directed_public", "directed_private", "shortfall")
        differ = [name for name in totals if not np.array_equal(getattr(a, name), getattr(b, name))]
        differ += [name for name in WEDGES if not np.array_equal(a.wedges[name], b.wedges[name])]
        granted = [[(p.mechanism, p.granted.tolist()) for p in x.posts] for x in (a, b)]
        if granted[0] != granted[1] or a.reports != b.reports or differ:
            what = differ[0] if differ else "payments or reports"
            return [f"{what} depend on the order in which mechanisms are called; expected memory as its only state"]
    return []


def _copies(bench: Bench) -> list[str]:
    sentences = []
    for k, mechanism in enumerate(bench.mechanisms):
        if pickle.loads(pickle.dumps(mechanism)) != mechanism:
            sentences.append(f"example {k} is another after pickling")
        if bench.cls.model_validate_json(mechanism.model_dump_json()) != mechanism:
            sentences.append(f"example {k} is another after it is written as JSON and read")
        pickle.dumps(mechanism.prepare(bench.world, bench.play([]).accounts, START))
    return sentences


def _yaml(bench: Bench) -> list[str]:
    scenario = scenario_with([], bench.given).model_dump(mode="json")
    sentences = []
    with tempfile.TemporaryDirectory() as folder:
        for k, (example, mechanism) in enumerate(zip(bench.cls.examples(), bench.mechanisms, strict=True)):
            for given in ({"kind": kind_of(bench.cls), **example}, mechanism.model_dump(mode="json")):
                file = Path(folder) / "scenario.yaml"
                with file.open("w", encoding="utf-8") as handle:
                    YAML(typ="safe", pure=True).dump(
                        {"kind": "scenario", **scenario, "mechanisms": [given, *bench.cls.companions()]}, handle
                    )
                scenario_read: Any = load(file)
                if scenario_read.mechanisms[0] != mechanism:
                    sentences.append(f"example {k} is another after it is written as YAML and loaded")
    return sentences


def _accounts(bench: Bench) -> list[str]:
    """Five years in a small economy: every account balances, and a second run is bit-identical."""
    sentences = []
    for k, mechanism in enumerate(bench.mechanisms):
        one, two = bench.run([mechanism]), bench.run([mechanism])
        sentences += [f"example {k} {problem}" for problem in audit_problems(one)]
        differ = differing(one.series, two.series)
        if differ or one.reports.keys() != two.reports.keys() or one.payments.tobytes() != two.payments.tobytes():
            what = differ[0] if differ else "payments or reports"
            sentences.append(f"example {k} gives other {what} when run again; expected draws by view.draw only")
    return sentences


def audit_problems(record: RunRecord) -> list[str]:
    """Return the accounting identities that a run breaks."""
    worst = {name: np.max(value) for name, value in record.series.items() if name.startswith("audit_")}
    text = f"expected at most {TOLERANCE:g}"
    return [f"breaks {name}: {size:.1e}; {text}" for name, size in worst.items() if not size <= TOLERANCE]


def _off_runs(bench: Bench) -> list[str]:
    return _as_baseline(bench, list(bench.changed(strength=0.0)), "strength 0")


def _amount(bench: Bench) -> list[str]:
    if "amount" not in bench.cls.model_fields:
        return []
    none = []
    for k, example in enumerate(bench.cls.examples()):
        try:
            none.append((f"example {k}", bench.cls.model_validate({**example, "amount": 0.0})))
        except ValidationError as error:
            return [f"example {k} cannot have amount 0: {error.errors()[0]['msg']}; expected 0 to be legal"]
    return _as_baseline(bench, none, "amount 0")


def _as_baseline(bench: Bench, mechanisms: list[tuple[str, Mechanism]], change: str) -> list[str]:
    differ = ((name, differing(bench.run([m]).series, bench.baseline.series)) for name, m in mechanisms)
    return [
        f"{name} with {change} changes {names[0]}; expected the baseline in every bit"
        for name, names in differ
        if names
    ]


RULES: dict[str, Callable[[Bench], list[str]]] = {
    "kind and docstring": _described,
    "fields": _fields,
    "declared names exist": _declared_names,
    "examples": _examples,
    "declared is what is used": _used,
    "strength 0 posts nothing": _off,
    "cost": _cost,
    "nothing before the start": _not_yet,
    "delivery 0": _delivery,
    "order does not matter": _order,
    "pickle and JSON": _copies,
    "YAML": _yaml,
    "accounts balance, runs repeat": _accounts,
    "strength 0 is the baseline": _off_runs,
    "amount 0 is the baseline": _amount,
}
