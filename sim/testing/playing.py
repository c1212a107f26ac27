"""Mechanisms called without an economy, on an artificial outcome, and run in a small economy."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from sim.config import Scenario
from sim.economy.year.policy import views
from sim.model import simulate
from sim.parameters import Parameters
from sim.policy.accounts import Accounts
from sim.policy.mechanism import Mechanism
from sim.policy.settlement import Actions
from sim.record import RunRecord
from sim.testing.world import made_up_outcome
from sim.world import World, first_hours

START = 2021


@dataclass(frozen=True)
class Played:
    """Posts of mechanisms in some years of an artificial outcome.

    Attributes
    ----------
    accounts : Accounts
    phases : list of Actions
        Two a year: of `decide` and of `settle`.
    read, written : set of str
        By any of the mechanisms.
    memories : dict of str to object
        At the end, by name of the mechanism.
    """

    accounts: Accounts
    phases: list[Actions]
    read: set[str]
    written: set[str]
    memories: dict[str, Any]

    def moved(self) -> dict[tuple[str, str], float]:
        """Return the amounts of all years by post: payments by purpose, shifts by wedge, orders."""
        amounts: dict[tuple[str, str], float] = {}

        def add(what: str, name: str, size: float) -> None:
            amounts[what, name] = amounts.get((what, name), 0.0) + size

        for actions in self.phases:
            for post in actions.posts:
                add(post.kind, post.purpose, post.wanted + (0.0 if post.private is None else float(post.private.sum())))
            for _, _, wedge, _, value in actions.shifts:
                add("wedge", wedge, float(np.abs(value).sum()))
            for _, _, site in actions.site_posts:
                add("site", site.name, site.capacity)
            for _, _, edge in actions.edge_posts:
                add("edge", edge.line, edge.km)
            for _, _, link, factor in actions.slowed:
                add("slowed", "-".join(map(str, link)), 1.0 - factor)
            for _, _, region, hours in actions.port_posts:
                add("port", str(region), hours)
            for _, _, fund, share in actions.sales:
                add("sale", str(fund), share)
        return amounts

    def paid_by(self, chosen: np.ndarray) -> float:
        """Return the payments that accounts requested, million yuan.

        Parameters
        ----------
        chosen : (A,) bool
        """
        return float(sum(p.amount[chosen[p.payer]].sum() for actions in self.phases for p in actions.posts))


def play(
    world: World, mechanisms: Sequence[Mechanism], years: int = 8, available: Mapping[int, float] | None = None,
    change: Mapping[str, Any] | None = None, later: Mapping[str, Any] | None = None,
    companions: Sequence[Mechanism] = (),
) -> Played:  # fmt: skip
    """Call the two hooks for some years on one artificial outcome.

    Parameters
    ----------
    world : World
    mechanisms : list of Mechanism
        In the order in which they are called.
    years : int
        From 2021.
    available : mapping of account to float, optional
        What accounts can spend in a phase, million yuan; the rest without limit.
    change, later : mapping of str to value, optional
        Other values of the outcome by name: in all years, and in the last three years.
    companions : list of Mechanism
        Of the same scenario; they are seen by the others, and are not called.
    """
    every = [*mechanisms, *companions]
    accounts = Accounts(
        world,
        [name for m in every for name in m.funds(world)],
        {name: host for m in every for name, host in m.sites(world).items()},
        [name for m in every for name in m.purses(world)],
    )
    outcome = dataclasses.replace(made_up_outcome(world, accounts, len(every)), **(change or {}))
    memories = {m.name: m.prepare(world, accounts, START) for m in every}
    hours = first_hours(world)[1] if isinstance(world, World) else None
    state = SimpleNamespace(
        world=world, parameters=Parameters(), accounts=accounts, links=SimpleNamespace(hours=hours), seed=1,
        memories=memories, outcome=outcome, scales={},
    )  # fmt: skip
    phases, read, written = [], set[str](), set[str]()
    for state.year in range(START, START + years):
        if state.year == START + years - 3:
            state.outcome = dataclasses.replace(outcome, **(later or {}))
        for phase, prices in (("decide", outcome.expected_deflator), ("settle", outcome.deflator)):
            actions = Actions(accounts, cast(Any, phase), prices)
            for mechanism, view in views(cast(Any, state), every, prices):
                if mechanism in companions:
                    continue
                act = actions.for_mechanism(mechanism)
                getattr(mechanism, phase)(view, act, memories[mechanism.name])
                read |= view.accessed
                written |= act.used
            actions.grant(available or {})
            phases.append(actions)
        state.scales = {k: v for m in mechanisms for k, v in m.scales(memories[m.name]).items()}
    pickle.dumps(memories)
    return Played(accounts, phases, read, written, memories)


def scenario_with(mechanisms: Sequence[Mechanism], world: Any, years: int = 5, firms: int = 1000) -> Scenario:
    """Return a small scenario that records everything.

    Parameters
    ----------
    mechanisms : list of Mechanism
    world : str or InlineWorld or SyntheticWorld
        As a config writes it.
    """
    start = getattr(world, "year", Scenario.model_fields["start"].default)
    given = {"name": "contract", "world": world, "start": start, "years": years, "firms": firms, "record": "all"}
    return Scenario.model_validate(given).model_copy(update={"mechanisms": tuple(mechanisms)})


def run(mechanisms: Sequence[Mechanism], world: Any) -> RunRecord:
    """Run mechanisms in a small scenario; see `scenario_with`."""
    return simulate(scenario_with(mechanisms, world))


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return the names of arrays that differ in any bit, or that only one of two mappings has."""
    differ = set(one) ^ set(other)
    for name in set(one) & set(other):
        a, b = np.asarray(one[name]), np.asarray(other[name])
        if (a.dtype, a.shape, a.tobytes()) != (b.dtype, b.shape, b.tobytes()):
            differ.add(name)
    return sorted(differ)
