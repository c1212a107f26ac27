"""Cities and firms as Mesa citizens."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace

import mesa
import numpy as np
import pandas as pd
import pytest

from sim.agents import City, Firm, FirmSet
from sim.economy.firms.steps import Firms
from sim.parameters import Industry
from tests.helpers.firms import process

PARAMS = Industry()


class Small(mesa.Model):
    """Three cities, two sectors."""

    def __init__(self):
        super().__init__(rng=1)
        slugs = ["a", "b", "c"]
        columns = {name: slugs for name in ("id", "name_en", "name_zh", "province", "area")}
        self.world = SimpleNamespace(regions=pd.DataFrame({**columns, "zone": ["centre", "pilot", "leading"]}))
        self.state = {"people": np.arange(6.0).reshape(3, 2), "treasury": np.array([1.0, 2.0, 3.0])}
        self.cities = City.populate(self)
        capital = np.arange(1.0, 7).reshape(3, 2) * 100
        self.firms = Firms.create(capital, 200, capital, process(PARAMS), PARAMS, 1)
        FirmSet.attach(self, self.firms)

    def close_some(self) -> None:
        """Let firms exit."""
        self.firms.exit(np.full((3, 2), 0.15), 1, 2020, PARAMS, 0.06)


@pytest.fixture
def model():
    """A model, taken out of Mesa's table of identities afterwards."""
    made = Small()
    yield made
    getattr(mesa.Agent, "_ids", {}).pop(made, None)


def test_cities_are_windows_on_the_state(model):
    city = model.cities[1]
    assert (city.id, city.zone, city.treasury, list(city.people)) == ("b", "pilot", 2.0, [2.0, 3.0])
    model.state["treasury"] = np.array([1.0, 9.0, 3.0])
    assert city.treasury == 9.0
    with pytest.raises(ValueError, match="read-only"):
        city.people[0] = 1.0
    with pytest.raises(AttributeError, match="debt"):
        _ = city.debt
    assert model.cities.agg("treasury", sum) == 13.0


def test_a_state_may_also_be_an_object(model):
    model.state = SimpleNamespace(people=np.ones((3, 2)), treasury=np.zeros(3))
    assert model.cities[2].people.tolist() == [1.0, 1.0]


def test_the_set_of_firms_is_an_agentset_of_the_model(model):
    firms = model.agents_by_type[Firm]
    assert isinstance(firms, mesa.agent.AgentSet) and len(firms) == len(model.firms)
    assert {type(agent) for agent in model.agents} == {City}
    seen = [firm.capital for firm in firms]
    assert seen == model.firms.capital.tolist() and isinstance(firms[0], mesa.Agent)
    assert firms[3] in firms and firms[3] == firms[3] and len(firms[2:5]) == 3


def test_select_agg_and_groupby_agree_with_brute_force(model):
    firms = model.agents_by_type[Firm]
    chosen = firms.select(lambda f: (f.city == 1) & (f.capital > 2))
    brute = [firm for firm in firms if firm.city == 1 and firm.capital > 2]
    assert list(chosen) == brute and brute[0] in chosen
    assert chosen.agg("capital", [np.sum, len]) == [pytest.approx(sum(f.capital for f in brute)), len(brute)]
    sums = firms.groupby("city").agg("capital", np.sum)
    assert sums == pytest.approx({0: 300.0, 1: 700.0, 2: 1100.0})
    assert set(firms.groupby(lambda f: f.sector).groups) == {0, 1}
    assert len(firms.select(at_most=7)) == 7 and len(firms.select(at_most=0.5)) == len(firms) // 2
    assert firms.sort("capital")[0].capital == max(firm.capital for firm in firms)
    assert sorted(firms.shuffle().get("key")) == sorted(firms.get("key"))
    with pytest.raises(ValueError, match="truth values"):
        firms.select(lambda f: f.city[:3] == 1)
    with pytest.raises(AttributeError, match="columns"):
        firms.get("colour")


def test_do_runs_a_kernel_for_all_firms(model):
    firms = model.agents_by_type[Firm]
    before = firms.agg("capital", np.sum)
    firms.do("put", "capital", slice(None), 0.9 * firms.capital)
    assert firms.agg("capital", np.sum) == pytest.approx(0.9 * before)
    firms.do(lambda f: f.set("home", 2))
    assert set(firms.get("home")) == {2}
    with pytest.raises(TypeError, match="selection"):
        firms.select(lambda f: f.city == 0).do("put", "capital", slice(None), 1.0)


def test_views_and_selections_follow_firms_when_rows_move(model):
    firms = model.agents_by_type[Firm]
    chosen = firms.select(lambda f: f.city == 2)
    agents = list(chosen)
    keys = set(chosen.get("key").tolist())
    model.close_some()
    left = set(model.firms.key.tolist()) & keys
    assert 0 < len(left) < len(keys) and {firm.key for firm in chosen} == left
    for firm in agents:
        assert firm.alive == (firm.key in left)
        if firm.alive:
            assert firm.city == 2
        else:
            with pytest.raises(LookupError, match="closed"):
                _ = firm.capital


def test_writing_through_a_view_reaches_the_column(model):
    firm = model.agents_by_type[Firm][5]
    firm.capital = 12.5
    assert model.firms.capital[5] == 12.5 and firm.owner in ("state", "private", "external")
    for call in (firm.remove, lambda: model.agents_by_type[Firm].add(firm)):
        with pytest.raises(TypeError, match="on its own"):
            call()


def test_sets_and_views_survive_pickling_and_copying(model):
    firms = model.agents_by_type[Firm]
    chosen = firms.select(lambda f: f.city == 0)
    for again in (pickle.loads(pickle.dumps((model, firms, chosen, firms[4]))),):
        other, all_firms, some, firm = again
        assert other.agents_by_type[Firm] is all_firms and all_firms.firms is other.firms
        assert np.array_equal(some.get("key"), chosen.get("key")) and firm.key == firms[4].key
        getattr(mesa.Agent, "_ids", {}).pop(other, None)
    twin = copy.copy(chosen)
    assert len(twin) == len(chosen)
