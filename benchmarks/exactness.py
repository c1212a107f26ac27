"""Rows for exactness: common random numbers across policies, the same results for any threads, conservation."""

from __future__ import annotations

import numpy as np

from benchmarks import naive, ours
from benchmarks.harness import Figure, Plan, threads
from sim.economy.state import State

RAISED, EVERY = 0.05, 5  # log unit profit of every fifth city
SAMPLED = 50_000  # firms whose two laws are compared, for the least possible number
YEARS = 3


def common_random_numbers(plan: Plan) -> dict[str, Figure]:
    """Choices that differ when unit profits change a little, over the least possible number.

    Two laws cannot be coupled more closely than their total variation distance.
    """
    found = {}
    for cities in (30, 340):
        model = ours.kept(plan, cities, 1e6)
        state = model.state
        table = ours.columns(state.firms)
        change = np.zeros_like(state.base.capital)
        change[::EVERY] = RAISED
        first, second = ours.offered(model), ours.offered(model, change)
        n = len(table["city"])
        rows = np.linspace(0, n - 1, min(n, plan.firms(SAMPLED))).astype(int)
        least = naive.least_changes(naive.choosers(table, first, rows), first, second) * n / len(rows)
        differ = [
            int((ours.choices(model, 0.0, year) != ours.choices(model, change, year)).sum())
            for year in range(state.year, state.year + plan.rounds)
        ]
        note = f"{np.mean(differ):.0f} of {n} choices a year differ, at least {least:.0f}"
        found[f"{cities} cities"] = Figure(
            float(np.mean(differ) / least), note, {"firms": n, "differ": float(np.mean(differ)), "least": least}
        )
    return found


def _arrays(state: State) -> dict[str, np.ndarray]:
    """Everything of a state that a year writes, by name."""
    owned = {f"owners {name}": owned for name, owned in state.owners._asdict().items()}
    names = ("people", "services_stock", "infrastructure_stock", "knowledge", "pollution", "debt", "cash", "solution")
    return ours.columns(state.firms) | owned | {name: getattr(state, name) for name in names}


def bit_identity(plan: Plan) -> dict[str, Figure]:
    """Run some years on one thread and on two: arrays that differ, and what the ledgers miss."""
    ends, missing, breaks = [], 0.0, {"people": 0.0, "capital": 0.0}
    for number in (1, 2):
        with threads(number):
            model = ours.model(plan, 340, 3e5)
            for _ in range(YEARS):
                before = model.state.firms.totals()[0].sum()
                model.step()
                found = model.latest.industry
                expected = before - found.exit.sum() + found.entry.sum() + found.branches.sum()
                missing = max(missing, abs(model.state.firms.totals()[0].sum() - expected))
                breaks = {name: max(was, float(model.record[f"audit_{name}"])) for name, was in breaks.items()}
        ends.append(_arrays(model.state))
    differ = [name for name in ends[0] if not np.array_equal(ends[0][name], ends[1][name], equal_nan=True)]
    note = ", ".join(f"{name} {value:.0e}" for name, value in breaks.items())
    return {
        "arrays that differ": Figure(
            len(differ), ", ".join(differ) or f"none of {len(ends[0])}", {"arrays": len(ends[0])}
        ),
        "firms missing from the ledger": Figure(float(missing), f"{YEARS} years of 3e5 firms", {}),
        "largest relative break": Figure(max(breaks.values()), note, breaks),
    }
