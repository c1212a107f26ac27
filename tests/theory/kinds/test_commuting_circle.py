"""A commuting circle makes dormitories of towns with low wages (docs/model.md 9.28); ``-s`` prints the figures.

Published: 375,000 people commute between Guangzhou and Foshan, 407,000 between Shenzhen, Dongguan and Huizhou (2024).
"""

from __future__ import annotations

import sys
from functools import lru_cache

import numpy as np
import pytest

from sim.config import Scenario
from sim.economy.commuting import base_commuters
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy, simulate
from sim.record import RunRecord
from sim.testing import play, small_world
from sim.testing.contracts import audit_problems
from sim.testing.world import loaded
from sim.validation.invariance import QUIET
from sim.world import load_world

YEARS, OPEN = 7, 1
IDS = [region.id for region in small_world().regions]
HUB, TOWN, RIVAL = IDS.index("guangzhou"), IDS.index("qingyuan"), IDS.index("foshan")
CIRCLE = {"cities": ["foshan", "qingyuan"], "build_years": 1, "capex_per_km": 10.0, "running_cost_per_km": 1.0}
PUBLISHED = {"guangzhou, foshan": 375_000, "shenzhen, dongguan, huizhou": 407_000}
NEIGHBOURS = ("foshan", "zhongshan", "dongguan", "huizhou", "shaoguan", "qingyuan")


def circle(**fields):
    return MECHANISMS["commuting_circle"](**CIRCLE | fields)


@lru_cache
def run(with_circle: bool, richer: float = 1.0) -> RunRecord:
    """Run without draws of single firms; ``richer``: value added per head of Foshan over that of the data."""
    world = small_world().model_dump(mode="json")
    added = world["regions"][RIVAL]["value_added"]
    world["regions"][RIVAL]["value_added"] = {sector: richer * value for sector, value in added.items()}
    data = {"name": "x", "world": world, "years": YEARS, "firms": 2000, "record": "all", "parameters": QUIET}
    scenario = Scenario.model_validate(data)
    return simulate(scenario.model_copy(update={"mechanisms": (circle(),) if with_circle else ()}), 1)


def change(name: str, region: int, richer: float = 1.0) -> np.ndarray:
    """Return the relative change of a variable of a region by the circle, by year."""
    one, other = (run(k, richer).series[name][:, region].reshape(YEARS, -1).sum(axis=1) for k in (True, False))
    return one / other - 1.0


def dormitory(region: int, richer: float = 1.0) -> float:
    series = run(True, richer).series
    return float(series["labour_income"][-1, region] / series["labour_paid"][-1, region])


def test_a_town_with_low_wages_becomes_a_dormitory():
    """Residents earn more, the town produces less; later people move in, and output per resident stays lower."""
    income, added, people = (change(name, TOWN) for name in ("real_income", "value_added", "people"))
    sys.stdout.write(f"town: real income {income}, value added {added}, dormitory ratio {dormitory(TOWN):.3f}\n")
    assert income[OPEN + 1 :].min() > 0.02
    assert added[OPEN + 1] < -0.005
    assert (added - people)[OPEN + 1 :].max() < -0.005
    assert dormitory(TOWN) > 1.05 > 1.0 > dormitory(HUB)
    assert change("value_added", HUB)[OPEN + 1 :].min() > 0.0


def test_what_a_town_loses_depends_on_its_wages():
    """With half of its wages it loses more output; with wages above those of the hub it gains, and gains commuters."""
    added = [change("value_added", RIVAL, richer)[OPEN + 2] for richer in (0.5, 1.0, 1.5)]
    ratios = [dormitory(RIVAL, richer) for richer in (0.5, 1.0, 1.5)]
    sys.stdout.write(f"Foshan with half, all, 1.5 of its wages: value added {added}, dormitory ratio {ratios}\n")
    assert added[0] < added[1] < 0.0 < added[2]
    assert ratios[0] > ratios[1] > 1.0 > ratios[2]


def test_books_close_and_wages_of_commuters_reach_their_homes():
    record = run(True)
    assert not audit_problems(record)
    rows = record.payments[record.payments["purpose"] == record.purposes.index("wages of commuters")]
    last = rows[rows["year"] == record.years[-1]]
    labels = np.array(record.accounts)
    home = last[(labels[last["payer"]] == "activities:guangzhou") & (labels[last["payee"]] == "households:qingyuan")]
    moved = record.series["commuters"][-1, TOWN, HUB]
    assert len(home) == 1 and moved > 1e4
    net = record.series["labour_income"][-1] - record.series["labour_paid"][-1]
    paid = np.zeros(len(IDS))
    for row in last:
        for side, sign in (("payee", 1.0), ("payer", -1.0)):
            paid[IDS.index(labels[row[side]].split(":")[1])] += sign * row["amount"]
    kept = 1.0 - Scenario.model_validate({"name": "x"}).parameters.government.value_added_tax
    assert paid == pytest.approx(kept * net, rel=1e-9)


def test_commuters_in_and_out_are_the_pairs():
    series = run(True).series
    flow = series["commuters"]
    assert series["commuters_in"].sum(axis=2) == pytest.approx(flow.sum(axis=1), abs=1e-6)
    assert series["commuters_out"].sum(axis=2) == pytest.approx(flow.sum(axis=2), abs=1e-6)
    assert not flow[:OPEN].any() and not run(False).series["commuters"].any()
    assert (run(False).series["labour_income"] == run(False).series["labour_paid"]).all()


def test_it_posts_hours_saved_and_the_ticket_once_a_line_is_open():
    """Hours fall by .4 after the first year: less friction by 4.2 per hour, and by .3 or the ticket of a town."""
    world = loaded(small_world())
    hours = np.full((world.n_regions, world.n_regions), 1.5)
    one = circle(overrides={"qingyuan": {"ticket": 0.5}})
    played = play(world, [one], 4, change={"people_hours": hours}, later={"people_hours": hours - 0.4})
    first, second = (phase.reductions["commuting"] for phase in played.phases[:4:2])
    assert not first.any()
    assert second[RIVAL, HUB] == second[HUB, RIVAL] == pytest.approx(4.2 * 0.4 + 0.3)
    assert second[HUB, TOWN] == pytest.approx(4.2 * 0.4 + 0.5)
    assert np.count_nonzero(second) == 4 and not played.phases[2].wedges["commuting"].any()
    assert {edge.mode for edge in played.phases[2].edges} == {"metro"}
    slower = play(world, [one], 4, change={"people_hours": hours}, later={"people_hours": hours + 0.4})
    assert slower.phases[2].reductions["commuting"][HUB, RIVAL] == pytest.approx(0.3)


def test_a_ring_joins_neighbours_around_the_hub():
    world = load_world("guangzhou", 2020)
    ids = world.regions["id"].tolist()
    spokes, ring = (
        circle(cities=["foshan", "dongguan", "qingyuan", "zhaoqing"], ring=ring).routes(world) for ring in (False, True)
    )
    joined = [{ids[e.a], ids[e.b]} for route in list(ring.values())[4:] for e in route.edges]
    assert list(ring)[:4] == list(spokes) and len(ring) == 8
    assert {"qingyuan", "dongguan"} in joined and {"foshan", "dongguan"} in joined
    assert {"foshan", "qingyuan"} not in joined


def test_what_is_not_paid_does_not_open():
    played = play(loaded(small_world()), [circle()], 6, available={HUB: 1.0})
    assert not any(phase.edges or "commuting" in phase.posted for phase in played.phases)


def test_base_year_commuters_against_published_counts():
    """The border is fitted to the first; of the others one is met, and the law misses most of the second."""
    data = {"name": "x", "world": "guangzhou", "years": 1, "firms": 6000}
    state = RegionalEconomy(Scenario.model_validate(data)).state
    ids, flow = state.world.regions["id"].tolist(), base_commuters(state)
    found = {}
    for group in PUBLISHED:
        at = [ids.index(city) for city in group.split(", ")]
        found[group] = float(flow[np.ix_(at, at)].sum())
        sys.stdout.write(f"{group}: {found[group]:,.0f} commuters in the base year, published {PUBLISHED[group]:,}\n")
    hub = ids.index("guangzhou")
    around = sum(float(flow[hub, j] + flow[j, hub]) for j in map(ids.index, NEIGHBOURS))
    sys.stdout.write(f"guangzhou and its neighbours: {around:,.0f}, published 610,000\n")
    assert found["guangzhou, foshan"] == pytest.approx(375_000, rel=0.02)
    assert around == pytest.approx(610_000, rel=0.05)
    assert 80_000 < found["shenzhen, dongguan, huizhou"] < 150_000
