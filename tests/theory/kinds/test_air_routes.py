"""Air routes fly what was paid for last year; they save time, and poor cities at their ends lose talent."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from sim import testing
from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import simulate
from tests.helpers.effects import SECTOR, WORLD, at, posted

ROUTES = {"cities": ["hengyang", "nanning"], "abroad": 20, "funding": {"centre": 0.7, "host": 0.3}}
CENTRE, NANNING, HENGYANG = at("guangzhou", "nanning", "hengyang")


def air(**fields):
    return MECHANISMS["air_routes"](**{**ROUTES, **fields})


def flights(kind, year, **more):
    return {edge.b: edge for edge in testing.play(WORLD, [kind], year + 1, **more).phases[2 * year].edges}


def test_routes_are_flown_in_the_year_after_they_are_paid():
    kind = air()
    assert not flights(kind, 0)
    edge = flights(kind, 1)[NANNING]
    km = 1.05 * WORLD.distances[CENTRE, NANNING]
    assert (edge.a, edge.mode, edge.km) == (CENTRE, "air", pytest.approx(km))
    assert edge.km / edge.speed == pytest.approx(km / 650 + 1.0)  # a quarter of 16 h over 4 flights
    assert flights(air(frequency=8), 1)[NANNING].speed > edge.speed


def test_half_of_the_subsidies_pay_half_of_the_flights():
    half = flights(air(delivery=0.5), 1)[NANNING]
    assert half.km / half.speed == pytest.approx(half.km / 650 + 2.0)
    short = {testing.play(WORLD, []).accounts.treasury[NANNING]: 0.0}  # the city does not pay its part
    less = flights(air(), 1, available=short)
    assert less[NANNING].speed < less[HENGYANG].km / (less[HENGYANG].km / 650 + 1.0)
    assert less[NANNING].km / less[NANNING].speed == pytest.approx(less[NANNING].km / 650 + 1.0 / 0.7)


def test_routes_abroad_lower_the_cost_of_what_flies_around_the_hub():
    kind = air()
    network = np.log1p(20 / 10)
    trade, drawn = posted([kind], "trade"), posted([kind], "foreign_capital")
    near = np.exp(-0.5 / 3.0)  # half an hour within the hub
    assert trade[SECTOR["high_tech"], CENTRE, -1] == pytest.approx(-0.01 * network * near)
    assert trade[SECTOR["producer_services"], -1, CENTRE] == pytest.approx(-0.01 * network * near)
    assert (
        not trade[:3].any() and drawn[CENTRE] == pytest.approx(0.1 * network * near) and drawn[NANNING] < drawn[CENTRE]
    )
    assert not posted([air(abroad=0)], "trade").any()


def test_the_bill_is_a_subsidy_for_each_route_and_the_airport():
    kind = air(airport_capex=500.0, build_years=2)
    run = testing.play(WORLD, [kind], 5)
    paid = [sum(post.paid for post in phase.posts) for phase in run.phases[::2]]
    assert paid == pytest.approx([250.0, 250.0, 440.0, 440.0, 440.0])
    assert kind.planned_cost(WORLD, 6) == pytest.approx(500.0 + 4 * 440.0)
    assert not run.phases[4].edges and len(run.phases[6].edges) == 2
    spent = run.phases[4].purchases_services
    assert spent[CENTRE] == pytest.approx(440.0) == spent.sum()


def test_no_routes_are_refused():
    with pytest.raises(ValidationError, match="no routes"):
        air(cities=[], abroad=0)


def test_a_poor_city_is_invested_in_and_loses_people_to_the_hub():
    scenario = load("small", ["years=6", "firms=3000", "record=all"])
    world = scenario.opened()
    kind = air(cities=["zunyi"], abroad=0, frequency=12)
    one, two = (simulate(scenario.model_copy(update={"mechanisms": m})).series for m in ((kind,), ()))
    hub, zunyi = world.centre, world.index("zunyi")
    assert one["centre_hours"][-1, zunyi] < two["centre_hours"][-1, zunyi] - 1.0
    pair, back = np.array([[hub, zunyi], [zunyi, hub]])
    assert (one["capital_flow"][-1][pair, back] > 1.1 * two["capital_flow"][-1][pair, back]).all()
    assert (one["people"][-1, zunyi] < two["people"][-1, zunyi]).all()
    net = [s["talent_flow"][1:, zunyi, hub].sum() - s["talent_flow"][1:, hub, zunyi].sum() for s in (one, two)]
    assert net[0] > net[1]
