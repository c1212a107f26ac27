"""What a notebook shows of a model, its cities and firms, and its world; numbers of agents as Mesa expects them."""

from __future__ import annotations

import mesa
import numpy as np
import pytest

import hinterland
from sim.agents import City, CitySet, Firm
from sim.model import RegionalEconomy


@pytest.fixture(scope="module")
def model() -> RegionalEconomy:
    """A small model after a year."""
    world = hinterland.SyntheticWorld(name="tiny", regions=20)
    model = RegionalEconomy(hinterland.Scenario(name="shown", world=world, years=3, firms=1000))
    model.step()
    return model


def test_everything_shows_itself_in_a_line_and_as_a_table(model: RegionalEconomy) -> None:
    cities, firms = model.agents_by_type[City], model.agents_by_type[Firm]
    assert repr(model) == f"<RegionalEconomy shown: 2021, after 1 of 3 years, 20 cities, {len(firms):,} firms>"
    assert repr(cities) == "<CitySet: 20 cities>" and repr(firms) == f"<FirmSet: {len(firms):,} firms>"
    assert repr(model.world).startswith("<World tiny, 2020: 20 regions, 6 sectors, ")
    assert repr(cities[0]) == f"City({cities[0].id})" and repr(firms[0]) == "Firm(0)"
    for thing in (model, model.world, cities, firms, cities[0]):
        assert len(repr(thing)) < 200 and "<table" in thing._repr_html_() and len(thing._repr_html_()) < 10_000


def test_cities_and_firms_as_tables(model: RegionalEconomy) -> None:
    cities, firms = model.agents_by_type[City], model.agents_by_type[Firm]
    assert isinstance(cities, CitySet) and cities.table().index.tolist() == model.world.regions["id"].tolist()
    table = firms.table()
    assert (table["owner"].to_numpy() == firms.owner).all() and set(table["sector"]) <= set(model.world.sectors)
    total = table.groupby("city")["capital"].sum()
    assert np.allclose(
        total, [firms.groupby("city").agg("capital", np.sum)[i] for i in map(model.world.index, total.index)]
    )


def test_numbers_of_agents_are_unique_in_a_model(model: RegionalEconomy) -> None:
    cities, firms = model.agents_by_type[City], model.agents_by_type[Firm]
    other = mesa.Agent(model)
    numbers = [agent.unique_id for agent in (*cities, *firms, other)]
    assert all(type(number) is int and number > 0 for number in numbers) and len(set(numbers)) == len(numbers)
    assert [city.unique_id for city in cities] == list(range(1, 21)) and other.unique_id == 21
    assert firms.unique_id.tolist() == [firm.unique_id for firm in firms]
    other.remove()


def test_the_scenario_of_a_model_is_mesas(model: RegionalEconomy) -> None:
    assert model.config.name == "shown"
    assert getattr(model, "scenario", None) is not model.config
