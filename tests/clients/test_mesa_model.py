"""What Mesa's own tests ask of a model and its agents, asked of ours, in every version of Mesa."""

from __future__ import annotations

import mesa
import numpy as np
import pytest
from mesa.agent import AgentSet

import hinterland
from sim.agents import City, Firm
from sim.model import RegionalEconomy

WORLD = hinterland.SyntheticWorld(name="tiny", regions=6)
SCENARIO = hinterland.Scenario(name="mesa", world=WORLD, years=2, firms=1000)


@pytest.fixture
def model() -> RegionalEconomy:
    """A model before its first year."""
    return RegionalEconomy(SCENARIO, seed=23)


def test_model_set_up(model: RegionalEconomy) -> None:
    assert isinstance(model, mesa.Model) and model.running is True
    before = model.state.year
    model.step()
    assert model.state.year == before + 1
    assert getattr(model, "steps", 1) == 1 and getattr(model, "time", 1) == 1


def test_running(model: RegionalEconomy) -> None:
    while model.running:
        model.step()
    assert model.state.year == SCENARIO.start + SCENARIO.years


def test_seed(model: RegionalEconomy) -> None:
    again, other = RegionalEconomy(SCENARIO, seed=23), RegionalEconomy(SCENARIO, seed=24)
    assert model.random.random() == again.random.random()
    assert model.rng.random() == again.rng.random() != other.rng.random()
    for one in (model, again, other):
        one.step()
    assert np.array_equal(model.state.firms.capital, again.state.firms.capital)
    assert not np.array_equal(model.state.firms.capital, other.state.firms.capital)


def test_attributes_that_mesa_reserves_are_mesas(model: RegionalEconomy) -> None:
    class Bare(mesa.Model):
        """What Mesa itself gives every class of models."""

    reserved = mesa.Model(rng=1)
    for name in sorted({*vars(reserved), *dir(mesa.Model)} - {"step", "register_agent", "running", "__init__"}):
        if name.startswith("__") or name == "scenario" and not hasattr(reserved, name):
            continue
        assert name not in vars(RegionalEconomy) or name in vars(Bare), name
    assert type(getattr(model, "scenario", None)) is type(getattr(reserved, "scenario", None))
    with pytest.raises(AttributeError):
        model.agents = []


def test_agent_types(model: RegionalEconomy) -> None:
    class Observer(mesa.Agent):
        """Somebody who looks on."""

    observer = Observer(model)
    assert observer in model.agents and set(model.agent_types) == {City, Firm, Observer}
    assert list(model.agents_by_type[Observer]) == [observer]
    observer.remove()
    assert observer not in model.agents and len(model.agents_by_type[Observer]) == 0


def test_agent_ids(model: RegionalEconomy) -> None:
    numbers = [agent.unique_id for kind in model.agent_types for agent in model.agents_by_type[kind]]
    assert all(type(number) is int and number >= 1 for number in numbers) and len(set(numbers)) == len(numbers)
    assert [city.unique_id for city in model.agents_by_type[City]] == list(range(1, 7))


def test_agent_sets(model: RegionalEconomy) -> None:
    for kind in (City, Firm):
        agents = model.agents_by_type[kind]
        assert len(agents) == len(list(agents)) > 0 and agents[0] in agents
        assert all(isinstance(agent, kind) and agent.model is model for agent in agents)
        assert len(agents.select(at_most=3)) == 3 and len(agents.shuffle()) == len(agents)
        assert agents.agg("unique_id", len) == len(agents)
    assert isinstance(model.agents_by_type[Firm], AgentSet)


def test_datacollector(model: RegionalEconomy) -> None:
    if not hasattr(mesa, "DataCollector"):
        return
    collector = mesa.DataCollector(
        model_reporters={"firms": lambda m: len(m.agents_by_type[Firm])},
        agenttype_reporters={City: {"talent": lambda city: city.people[1]}},
    )
    model.step()
    collector.collect(model)
    assert collector.get_model_vars_dataframe()["firms"].tolist() == [len(model.agents_by_type[Firm])]
    assert len(collector.get_agenttype_vars_dataframe(City)) == 6
