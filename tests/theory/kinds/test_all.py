"""A mechanism of every kind at once: the accounts balance; none of them, without size or money, changes anything."""

from __future__ import annotations

import pytest

from benchmarks.market import all_mechanisms
from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.testing.playing import differing

AUDITS = ("audit_money", "audit_people", "audit_capital", "audit_market")
# What delivery does not scale: an event, and the building of parks, whose delivery is the share of taxes that arrives.
WITHOUT_DELIVERY = {"shock", "enclave"}


def run(years, mechanisms, **more):
    return simulate(load("baseline").model_copy(update={"years": years, "mechanisms": tuple(mechanisms), **more}))


def test_there_is_one_of_every_kind():
    assert {m.kind for m in all_mechanisms()} == set(MECHANISMS.own)


@pytest.mark.slow
def test_the_accounts_of_the_nation_balance_with_all_kinds_at_once():
    scenario = load("china").model_copy(update={"years": 20, "firms": 10_000, "mechanisms": all_mechanisms()})
    record = simulate(scenario)
    worst = {name: float(record.series[name].max()) for name in AUDITS}
    print(worst)
    assert max(worst.values()) <= 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("field", ["strength", "amount", "delivery"])
def test_all_kinds_without_size_or_money_are_the_baseline(field):
    able = [
        m for m in all_mechanisms()
        if field in type(m).model_fields and not (field == "delivery" and m.kind in WITHOUT_DELIVERY)
    ]  # fmt: skip
    one, two = (run(6, chosen, firms=3000).series for chosen in ([], [m.model_copy(update={field: 0.0}) for m in able]))
    assert differing(one, two) == []
