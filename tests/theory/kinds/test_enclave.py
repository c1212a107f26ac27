"""Offices in the centre (reverse enclaves) pay by a real lead of the centre only; the bill is paid either way."""

from __future__ import annotations

from sim.model import simulate
from sim.testing import small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded
from tests.helpers.paired import at, effect

YEARS = 6


def ranked(sector=3):
    """Return the cities from the one that knows least of a sector to the one that knows most."""
    knowledge = simulate(scenario_with([], small_world(), 1), 1).series["knowledge"][-1][:, sector]
    ids = loaded(small_world()).regions["id"].tolist()
    return [ids[k] for k in knowledge.argsort()]


def office(sponsor, host, **more):
    """Return changes of knowledge, services and people by an office of a sponsor, paid by it."""
    fields = {"kind": "enclave", "direction": "reverse", "targets": [host], "sponsor": sponsor, "talent": 5000.0}
    fields |= {"sectors": ["high_tech"], "delivery": 1.0, "funding": {"host": 1.0}}
    return effect(YEARS, ("knowledge", "services", "people"), **(fields | more))


def test_an_office_teaches_where_the_centre_leads():
    worst, *_, best = ranked()
    (i,), (c,) = at(worst), at(best)
    knowledge, services, people = office(worst, best)
    assert knowledge[i, 3] > 1e-4 and knowledge[i, 3] > 10 * abs(knowledge[c, 3]) and services[i] < 0
    assert abs(people[c, 1]) < 1e-3  # those it hires were residents of the centre before


def test_an_office_in_a_city_that_knows_less_costs_and_teaches_nothing():
    worst, *_, best = ranked()
    (i,) = at(best)
    knowledge, services, _ = office(best, worst)
    assert knowledge[i, 3] <= 0 and services[i] < 0


def test_the_link_has_diminishing_returns_and_follows_what_was_paid():
    worst, *_, best = ranked()
    (i,) = at(worst)
    one, two, none = (office(worst, best, talent=talent)[0][i, 3] for talent in (1000.0, 2000.0, 0.0))
    assert none == 0.0 and one < two < 2 * one
