"""What a logistics hub does: it gains, others less, and a rival port loses; ``-s`` prints figures."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy
from sim.policy.posts import WEDGES
from sim.testing import play, small_world
from sim.testing.world import loaded
from sim.world import Terminals
from tests.helpers.static import links_with, solved

RIVALS = ["shenzhen", "hong_kong", "zhanjiang"]
LogisticsHub = MECHANISMS["logistics_hub"]


@pytest.fixture(scope="module")
def model():
    economy = RegionalEconomy(load("small", ["firms=1000", "years=1"]))
    economy.step()
    return economy


def shares(model, terminals: Terminals) -> np.ndarray:
    """Return the share of each region in national sales at the equilibrium with some terminals, (R,)."""
    sales = solved(model, links_with(model, (), terminals)).sales[:-1].sum(axis=1)
    return sales / sales.sum()


def handling(model, fall: float) -> tuple[float, ...]:
    values = np.zeros(model.state.n)
    values[model.world.centre] = -fall
    return tuple(values.tolist())


def test_the_hub_gains_most_and_a_rival_port_loses(model):
    world, before = model.world, shares(model, Terminals())
    change = shares(model, Terminals(handling(model, 0.05))) / before - 1.0
    rivals = change[[world.index(city) for city in RIVALS]]
    through = (model.state.links.hours.goods + world.network.port_hours).argmin(axis=1) == world.centre
    through[world.centre] = False
    users = np.average(change[through], weights=before[through])
    sys.stdout.write(f"hub {change[world.centre]:.3%}, those who ship through it {users:.3%}, rivals {rivals}\n")
    assert change[world.centre] > users > 0 > rivals.max()


def test_a_port_inland_helps_its_city_and_harms_the_hub(model):
    world, before = model.world, shares(model, Terminals())
    city = world.index("ganzhou")
    change = shares(model, Terminals(ports=((city, 20.0),))) / before - 1.0
    sys.stdout.write(f"inland {change[city]:.3%}, hub {change[world.centre]:.3%}\n")
    assert change[city] > 0.001 and change[world.centre] < 0


def test_in_a_run_the_effect_follows_the_money_in_steps():
    hub = LogisticsHub(gain=0.1, inland_ports={"ganzhou": 20.0}, per_head=200.0, funding={"centre": 1.0})
    model = RegionalEconomy(load("small", ["firms=1000", "years=5"]).model_copy(update={"mechanisms": (hub,)}))
    plain = RegionalEconomy(load("small", ["firms=1000", "years=5"]))
    centre, city = model.world.centre, model.world.index("ganzhou")
    falls, ports = [], []
    for _ in range(5):
        model.step()
        plain.step()
        falls.append(-np.array(model.state.links.hours.handling or np.zeros(model.state.n)))
        ports.append(model.state.links.hours.gateway[city] / plain.state.links.hours.gateway[city])
    falls = np.array(falls)
    sys.stdout.write(f"falls of handling {falls[:, centre].round(4)}, gateway hours of the port {ports}\n")
    most = np.log(2.0)
    posted = -most * np.log(1.0 - falls[:, centre] / most)
    assert falls[0, centre] == 0 and (np.diff(falls[:, centre]) >= 0).all() and falls[-1, centre] > 0.01
    assert posted == pytest.approx(np.round(posted, 2), abs=1e-12)
    assert not np.delete(falls, centre, axis=1).any()
    assert ports[0] == 1.0 and ports[1] < 1.0  # paid in the first year
    emissions = [m.record["emissions"][centre] / m.record["value_added"][centre].sum() for m in (model, plain)]
    assert emissions[0] < 0.99 * emissions[1]
    audits = [name for name in model.record if name.startswith("audit")]
    assert audits and all(np.abs(model.record[name]).max() < 1e-9 for name in audits)


def ported(**fields):
    return LogisticsHub(**{"inland_ports": {"shaoguan": 27.0}, "port_capex": 1000.0, **fields})


@pytest.mark.parametrize(
    ("fields", "payments"),
    [
        ({}, [1000.0]),
        ({"delivery": 0.4}, [400.0, 400.0, 200.0]),
        ({"phase_in": 2}, [500.0, 500.0]),
        ({"start": 2023}, [0.0, 0.0, 1000.0]),
        ({"start": 2021, "end": 2022, "delivery": 0.4}, [400.0]),
        ({"amount": 0.0}, []),
    ],
)
def test_a_port_opens_for_good_in_the_year_after_it_is_paid_for(fields, payments):
    world = loaded(small_world())
    hub = ported(**fields)
    run = play(world, [hub], 8)
    decide = run.phases[::2]
    prices = decide[0].prices
    paid = [sum(p.paid for p in a.posts if p.purpose.startswith("port:")) / prices for a in decide]
    assert paid == pytest.approx([*payments, *[0.0] * (8 - len(payments))])
    opens = len(payments) if sum(payments) == pytest.approx(1000.0) else 8
    j = world.index("shaoguan")
    assert [a.ports for a in decide] == [()] * opens + [((j, 27.0),)] * (8 - opens)
    assert hub.planned_cost(world, 8) - hub.model_copy(update={"inland_ports": {}}).planned_cost(world, 8) == (
        pytest.approx(sum(payments))
    )


def test_it_posts_what_it_says_and_nothing_without_strength():
    world = loaded(small_world())
    actions = play(world, [ported(targets=["centre", "foshan"], overrides={"foshan": {"gain": 0.0}})], 4).phases[-2]
    j, rest = world.centre, np.delete(np.arange(world.n_regions), world.centre)
    assert actions.reductions["handling"][j] > 0 and not actions.reductions["handling"][rest].any()
    green = actions.wedges["emission_factor"]
    clean = np.isin(world.sectors, ("energy", "manufacturing"))
    assert (
        (green[j, clean] < 0).all() and not green[j, ~clean].any() and (green[world.index("foshan"), clean] < 0).all()
    )
    off = play(world, [ported(strength=0.0)], 4)
    assert not any(a.posts or a.shifts or a.port_posts for a in off.phases)
    assert all(not wedge.any() for a in off.phases for wedge in (a.wedges[name] for name in WEDGES if name in a.wedges))


def test_a_hub_that_draws_exports_handles_them_faster():
    """By hand: ln 2 more of the gain where its share of exports doubles, none where it falls or nothing is spent."""
    world = loaded(small_world())
    centre, other = world.centre, world.index("shenzhen")
    half = np.where(np.arange(world.n_regions) % 2 == 0, centre, other)
    exports = np.full((world.n_regions, len(world.sectors)), 10.0)

    def fall(through_at_first: np.ndarray, later: np.ndarray, **fields) -> float:
        hub = LogisticsHub(**{"gain": 0.1, "amount": 20_000.0, **fields})
        change = {"exports": exports, "gateway_via": through_at_first}
        run = play(world, [hub], 6, change=change, later={"gateway_via": later})
        return float(run.phases[-2].reductions["handling"][centre])

    all_here = np.full(world.n_regions, centre)
    plain = fall(half, all_here)
    depth = plain / 0.1
    assert fall(half, all_here, scale_economies=0.1) == pytest.approx(depth * (0.1 + 0.1 * np.log(2)), abs=0.006)
    assert fall(all_here, half, scale_economies=0.1) == plain == fall(half, half, scale_economies=0.1)
    assert fall(half, all_here, scale_economies=0.1, amount=0.0) == 0.0
    shut = np.full(world.n_regions, other)
    assert fall(shut, all_here, scale_economies=0.1) == plain  # no base to grow from
