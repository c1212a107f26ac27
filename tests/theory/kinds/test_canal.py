"""What a canal does: bulky goods use it, people do not; ``-s`` prints figures."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy
from sim.testing import play
from tests.helpers.static import links_with, solved

ENERGY, MANUFACTURING, SERVICES = 1, 2, 5
LINE = "Hunan–Guangxi canal"


@pytest.fixture(scope="module")
def model():
    economy = RegionalEconomy(load("small", ["firms=1000", "years=1"]))
    economy.step()
    return economy


def links(model, kind, **fields):
    """Return the links with the line of a kind, as it posts them once it is open."""
    line = MECHANISMS[kind](**{"build_years": 1, **fields})
    edges = play(model.world, [line], 3).phases[-2].edges
    assert edges
    return links_with(model, edges)


@pytest.fixture(scope="module")
def canal(model):
    found = links(model, "canal", line=LINE)
    return SimpleNamespace(links=found, solved=solved(model, found))


@pytest.fixture(scope="module")
def before(model):
    return solved(model, model.state.links)


def test_the_year_is_an_equilibrium(model, before):
    assert before.sales == pytest.approx(model.latest.produce.sales, rel=1e-6)


def test_trade_in_energy_along_the_canal_rises_and_hours_of_people_stay(model, canal, before):
    world = model.world
    assert canal.links.hours.people is model.state.links.hours.people
    along = [world.index(city) for city in ("yongzhou", "guilin", "liuzhou", "guigang")]
    change = canal.solved.flows / before.flows - 1.0
    for a, b in ((along[0], along[2]), (along[0], along[3]), (along[1], along[3])):
        for i, j in ((a, b), (b, a)):
            sys.stdout.write(f"{i}-{j}: energy {change[ENERGY, i, j]:.2%}, manuf. {change[MANUFACTURING, i, j]:.2%}\n")
            assert change[ENERGY, i, j] > 0.02 and change[ENERGY, i, j] > change[MANUFACTURING, i, j] + 0.02


def test_energy_moves_to_the_canal_at_the_expense_of_services(model, canal, before):
    """The harm: a city on the canal has more heavy industry and less of the rest."""
    city = model.world.index("guilin")
    change = canal.solved.sales[city] / before.sales[city] - 1.0
    sys.stdout.write(f"guilin: energy {change[ENERGY]:.3%}, producer services {change[4]:.3%}\n")
    assert change[ENERGY] > 0.002 and change[4] < 0


def test_the_effect_grows_with_the_share_that_water_can_carry(model, canal):
    half = links(model, "canal", line=LINE, bulk_share=0.075)
    none = links(model, "canal", line=LINE, bulk_share=0.0)
    assert canal.links.bulk_cost == pytest.approx(2.0 * half.bulk_cost, abs=1e-15) and none.bulk is None
    assert (none.hours.goods == canal.links.hours.goods).all()


def test_a_high_speed_line_leaves_goods_as_they_are(model):
    found = links(model, "transport_corridor", cities=["guilin", "yongzhou"], bulk_share=0.4)
    assert found.hours.goods is model.state.links.hours.goods and found.bulk is None
    assert (found.hours.people <= model.state.links.hours.people).all()
