"""Mesa citizens in full, on a real economy: every operation of the set of firms against Mesa's own set of views."""

from __future__ import annotations

import ast
import copy
import gc
import hashlib
import pickle
import re
import subprocess
import sys
import time
import weakref
from typing import Any

import mesa
import numpy as np
import pytest
from mesa.agent import AgentSet
from threadpoolctl import threadpool_info, threadpool_limits

import sim
import sim.model
from sim.agents import City, Firm, FirmSet
from sim.economy.firms.steps import COLUMNS
from sim.errors import RunFailed
from sim.model import RegionalEconomy, one_thread, simulate
from tests.helpers import ROOT

SCENARIO = sim.load("small", ["firms=1000", "years=4"])
PAGE = (ROOT / "docs" / "mesa.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def stepped(years: int, seed: int = 1) -> RegionalEconomy:
    """Return a model after some years."""
    model = RegionalEconomy(SCENARIO, seed)
    for _ in range(years):
        model.step()
    return model


def digest(model: RegionalEconomy) -> str:
    """Return a hash of everything that changes in a model."""
    state = model.state
    arrays = {f"firms.{name}": getattr(state.firms, name) for name in COLUMNS}
    arrays |= {f"owners.{name}": value for name, value in state.owners._asdict().items()}
    arrays |= {f"record.{name}": value for name, value in (model.record if model.steps else {}).items()}
    for name in ("people", "unregistered", "services_stock", "infrastructure_stock", "knowledge", "debt", "cash"):
        arrays[name] = getattr(state, name)
    out = hashlib.sha256(repr((state.year, model.steps)).encode())
    for name in sorted(arrays):
        out.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
    return out.hexdigest()


@pytest.fixture(scope="module")
def old() -> RegionalEconomy:
    """A model after two years, to read only."""
    return stepped(2)


@pytest.fixture
def model(old: RegionalEconomy) -> RegionalEconomy:
    """A copy of it, to change."""
    return copy.deepcopy(old)


@pytest.fixture
def firms(model: RegionalEconomy) -> FirmSet:
    """Its firms."""
    return model.agents_by_type[Firm]


@pytest.fixture
def views(firms: FirmSet) -> list[Firm]:
    """One view a firm; Mesa's sets hold their agents weakly."""
    return [firms[i] for i in range(len(firms))]


@pytest.fixture
def plain(views: list[Firm], model: RegionalEconomy) -> AgentSet:
    """The same firms in Mesa's own set."""
    return AgentSet(views, random=model.random)


def same(firms: FirmSet, others: AgentSet | list) -> bool:
    """Whether two collections hold the same firms in the same order."""
    return isinstance(firms, FirmSet) and list(firms) == list(others)


# --- the model's sets ---


def test_agents_by_type_has_cities_and_firms(model, firms):
    assert set(model.agents_by_type) == set(model.agent_types) == {City, Firm}
    assert isinstance(firms, AgentSet)
    assert len(firms) == len(model.state.firms.key) > 1000
    assert [firm.key for firm in firms] == model.state.firms.key.tolist()
    assert all(isinstance(firm, mesa.Agent) and firm.model is model for firm in firms)
    cities = model.agents_by_type[City]
    assert [city.id for city in cities] == model.world.regions["id"].tolist()


def test_model_agents_leave_the_firms_out(model):
    assert {type(agent) for agent in model.agents} == {City}
    assert len(model.agents) == model.state.n


def test_agents_of_a_user_are_numbered_after_the_cities(model):
    class Observer(mesa.Agent):
        """Somebody who looks on."""

    observers = [Observer(model), Observer(model)]
    numbers = [agent.unique_id for agent in model.agents]
    assert numbers == list(range(1, model.state.n + 3))
    assert len(model.agents_by_type[Observer]) == 2
    observers[0].remove()
    assert len(model.agents) == model.state.n + 1
    assert Observer(copy.deepcopy(model)).unique_id == model.state.n + 3


def test_steps_are_counted_and_the_years_end(model):
    assert (model.steps, model.state.year, model.running) == (2, SCENARIO.start + 2, True)
    model.run_model()
    assert (model.steps, model.state.year, model.running) == (4, SCENARIO.start + 4, False)


def test_cities_show_the_state(model):
    state = model.state
    for i, city in enumerate(model.agents_by_type[City]):
        assert np.array_equal(city.people, state.people[i])
        assert np.array_equal(city.value_added, state.outcome.value_added[i])
        assert city.debt == state.debt[i] and city.treasury == max(-state.debt[i], 0.0)
        assert np.array_equal(city.read("wage"), state.outcome.wage[i])
        assert np.array_equal(city.capital, state.outcome.capital[i])
    total = model.agents_by_type[City].agg("people", sum)
    assert total == pytest.approx(state.people.sum(axis=0), rel=1e-12)


# --- one firm ---

NEW = {
    "city": 2, "sector": 1, "home": 3, "capital": 7.5, "log_z": -0.25, "age": 12, "ownership": 2, "site": -1,
    "weight": 3.5,
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_a_view_reads_every_column(name, model, views):
    column = getattr(model.state.firms, name)
    assert [getattr(firm, name) for firm in views] == column.tolist()
    assert isinstance(getattr(views[0], name), int | float)


@pytest.mark.parametrize("name", NEW)
def test_a_view_writes_every_column(name, model, firms):
    before = getattr(model.state.firms, name).copy()
    setattr(firms[4], name, NEW[name])
    after = getattr(model.state.firms, name)
    assert firms[4].__class__ is Firm and getattr(firms[4], name) == after[4] == NEW[name]
    assert after.dtype == COLUMNS[name]
    assert np.array_equal(np.delete(after, 4), np.delete(before, 4))


def test_columns_are_complete():
    assert set(NEW) | {"key"} == set(COLUMNS)


WRONG = [
    ("city", 10**6), ("city", -1), ("sector", 99), ("home", 1.5), ("ownership", 3), ("site", 0), ("age", -1),
    ("age", 40000), ("capital", -1.0), ("capital", np.inf), ("log_z", np.nan), ("weight", "many"), ("capital", None),
]  # fmt: skip


@pytest.mark.parametrize("name, value", WRONG)
def test_a_column_takes_only_what_it_can_hold(name, value, firms):
    before = firms.get(name).copy()
    with pytest.raises(ValueError, match=f"'{name}' of a firm is a"):
        setattr(firms[0], name, value)
    with pytest.raises(ValueError, match=f"'{name}' of a firm is a"):
        firms.set(name, value)
    assert np.array_equal(firms.get(name), before)


def test_identity_and_unknown_names_cannot_be_set(firms):
    for name in ("key", "colour"):
        with pytest.raises(AttributeError):
            setattr(firms[0], name, 1)
        with pytest.raises(AttributeError):
            firms.set(name, 1)


def test_set_writes_one_value_or_one_a_firm(model, firms):
    assert firms.set("age", 3) is firms and set(firms.get("age")) == {3}
    some = firms.select(lambda f: f.sector == 0)
    some.set("log_z", np.arange(len(some)) / 8)
    assert [firm.log_z for firm in some] == (np.arange(len(some)) / 8).tolist()
    firms.weight = 2.0 * firms.weight
    assert "weight" not in vars(firms) and np.array_equal(firms.weight, model.state.firms.weight)


def test_get_agrees_with_mesa(firms, plain):
    for name in [*COLUMNS, "unique_id", "owner"]:
        assert firms.get(name).tolist() == plain.get(name)
    assert firms.get(["city", "capital"]) == plain.get(["city", "capital"])
    assert firms.get("colour", "default", 5).tolist() == plain.get("colour", "default", 5)
    for collection in (firms, plain):
        with pytest.raises(AttributeError, match="colour"):
            collection.get("colour")
        with pytest.raises(ValueError, match="handle_missing"):
            collection.get("city", "perhaps")


# --- the set's operations ---


@pytest.mark.parametrize("at_most", [float("inf"), 0, 1, 7, 0.0, 0.25, 1.0, 10**9])
@pytest.mark.parametrize("agent_type", [None, Firm, mesa.Agent, City])
def test_select_agrees_with_mesa(at_most, agent_type, firms, plain):
    def test(f):
        return (f.city == 1) | (f.capital > 1000.0)

    for filter_func in (None, test):
        chosen = firms.select(filter_func, at_most=at_most, agent_type=agent_type)
        assert same(chosen, plain.select(filter_func, at_most=at_most, agent_type=agent_type))


def test_select_in_place(firms, plain, model):
    chosen = firms.select(lambda f: f.sector == 2)
    assert chosen.select(lambda f: f.age > 5, at_most=20, inplace=True) is chosen
    assert same(chosen, plain.select(lambda f: f.sector == 2 and f.age > 5, at_most=20))
    assert len(firms) == len(model.state.firms)


def test_the_models_set_takes_in_new_firms_after_changes_in_place(model, firms):
    half = firms.copy().shuffle().select(at_most=0.5)
    firms.shuffle(inplace=True)
    keys = set(firms.get("key").tolist())
    order = [firm.key for firm in firms]
    model.step()
    now = set(model.state.firms.key.tolist())
    assert now - keys and keys - now
    assert {firm.key for firm in firms} == now and len(firms) == len(now)
    assert [firm.key for firm in firms][: len(keys & now)] == [key for key in order if key in now]
    assert {firm.key for firm in half} < keys & now


def test_agg_agrees_with_mesa(firms, plain):
    for name in ("capital", "age", "key"):
        assert firms.agg(name, max) == plain.agg(name, max)
        assert firms.agg(name, [min, max, len]) == plain.agg(name, [min, max, len])
    assert firms.agg("capital", np.mean) == plain.agg("capital", np.mean)
    # Newer Pythons add a list of floats more exactly than an array.
    assert firms.agg("capital", sum) == pytest.approx(plain.agg("capital", sum), rel=1e-12)


@pytest.mark.parametrize("by", ["city", "sector", "ownership", "owner", lambda f: f.city * 100 + f.sector])
def test_groupby_agrees_with_mesa(by, firms, plain):
    ours, theirs = firms.groupby(by), plain.groupby(by)
    assert isinstance(ours, type(theirs)) and len(ours) == len(theirs)
    assert ours.count() == theirs.count()
    assert all(same(ours.groups[label], group) for label, group in theirs)
    assert ours.agg("capital", np.sum) == theirs.agg("capital", np.sum)
    assert ours.map(lambda group: group.agg("age", max)) == theirs.map(lambda group: group.agg("age", max))
    assert ours.map("agg", "age", min) == theirs.map("agg", "age", min)
    lists, their_lists = firms.groupby(by, result_type="list"), plain.groupby(by, result_type="list")
    assert lists.groups == dict(their_lists.groups)
    assert lists.agg("capital", np.sum) == ours.agg("capital", np.sum) and lists.count() == ours.count()


def test_groups_are_changed_with_do(firms):
    firms.groupby("sector").do(lambda group: group.set("home", 1)).do("set", "age", 4)
    assert set(firms.get("home")) == {1} and set(firms.get("age")) == {4}


def test_an_empty_selection(firms):
    none = firms.select(lambda f: f.city < 0)
    assert len(none) == 0 and list(none) == [] and not none
    assert none.groupby("city").groups == {} and none.agg("capital", np.sum) == 0.0
    assert len(none.sort("capital")) == len(none.shuffle()) == len(none.set("age", 1)) == 0


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("key", ["capital", "age", "sector", lambda f: f.age % 3])
def test_sort_agrees_with_mesa_in_ties_too(key, ascending, firms, plain):
    assert same(firms.sort(key, ascending), plain.sort(key, ascending))
    again = firms.copy()
    assert again.sort(key, ascending, inplace=True) is again and same(again, plain.sort(key, ascending))


def test_shuffle_draws_as_mesa_does(firms, plain, model):
    model.random.seed(5)
    ours = firms.shuffle()
    model.random.seed(5)
    assert same(ours, plain.shuffle())
    again = ours.copy()
    assert again.shuffle(inplace=True) is again and list(again) != list(ours) and set(again) == set(ours)


def test_do_by_name_calls_a_method_of_firms(model, firms):
    before = model.state.firms.capital.copy()
    assert firms.do("put", "capital", slice(None), before * 0.9) is firms
    assert np.array_equal(model.state.firms.capital, before * 0.9)
    firms.shuffle_do("put", "capital", rows=slice(None), value=before * 0.5)
    assert np.array_equal(model.state.firms.capital, before * 0.5)
    assert np.array_equal(firms.map("by_cell", firms.capital), model.state.firms.by_cell(firms.capital))
    assert np.array_equal(firms.shuffle().map("by_cell", firms.capital), firms.map("by_cell", firms.capital))
    with pytest.raises(TypeError, match="selection"):
        firms[:-1].do("put", "capital", slice(None), 1.0)
    with pytest.raises(AttributeError, match="dance"):
        firms.do("dance")


def test_do_with_a_callable_hands_over_the_set(firms, plain):
    some = firms.select(lambda f: f.city == 0)
    brute = [2.0 * firm.capital for firm in plain if firm.city == 0]
    assert some.map(lambda f, k: k * f.capital, 2.0).tolist() == brute
    assert some.do(lambda f, k: f.set("capital", k * f.capital), k=3.0) is some
    with pytest.raises(ValueError, match="truth values"):
        firms.select(lambda f: f.city[:3] == 1)
    for call in (firms.sort, firms.groupby):
        with pytest.raises(ValueError, match="values, not"):
            call(lambda f: np.stack([f.city, f.sector]))


def test_contains_index_and_slice(firms, views, old):
    some = firms.select(lambda f: f.sector == 1)
    brute = [firm for firm in views if firm.sector == 1]
    assert [firm in some for firm in views[:200]] == [firm.sector == 1 for firm in views[:200]]
    assert old.agents_by_type[Firm][0] not in firms and firms[0].key not in firms and None not in firms
    assert some[0] == brute[0] and some[-1] == brute[-1] and some[np.int64(3)] == brute[3]
    for piece in (slice(2, 9), slice(None, None, -3), slice(-4, None), slice(5, 5)):
        assert same(some[piece], brute[piece])
    assert some.to_list() == brute and list(reversed(some[:5])) == brute[4::-1]
    assert some[:9].index(brute[4]) == 4 and some[:9].count(brute[4]) == 1
    with pytest.raises(IndexError):
        _ = some[len(some)]


def test_unions_and_intersections(firms, views):
    a, b = firms[:30], firms[20:50]
    assert same(a & b, views[20:30]) and same(a | b, views[:50]) and same(a - b, views[:20])
    assert len(a ^ b) == 40 and a & b <= a and not a <= b and (a | b) == firms[:50]
    assert a.isdisjoint(firms[40:50])


def test_firms_cannot_be_added_or_removed_singly(firms):
    firm = firms[0]
    for call in (firm.remove, firms.pop, firms.clear):
        with pytest.raises(TypeError, match="on its own"):
            call()
    for call in (firms.add, firms.discard, firms.remove):
        with pytest.raises(TypeError, match="on its own"):
            call(firm)


def test_a_view_of_a_closed_firm_says_so(model, views):
    model.step()
    closed = [firm for firm in views if not firm.alive]
    assert closed and all(firm not in model.agents_by_type[Firm] for firm in closed)
    with pytest.raises(LookupError, match="has closed"):
        _ = closed[0].capital
    with pytest.raises(LookupError, match="has closed"):
        closed[0].capital = 1.0


# --- collecting ---


def test_data_collector(model):
    firms = model.agents_by_type[Firm]
    collector = mesa.DataCollector(
        model_reporters={
            "capital": lambda m: m.agents_by_type[Firm].agg("capital", np.sum),
            "year": lambda m: m.state.year,
        },
        agent_reporters={"kind": lambda agent: type(agent).__name__, "debt": "debt"},
        agenttype_reporters={
            City: {"people": "people", "name": lambda city: city.name},
            Firm: {"capital": "capital", "city": "city"},
        },
    )
    people, capital, keys = [], [], []
    for _ in range(2):
        model.step()
        collector.collect(model)
        people += [row.tolist() for row in model.state.people]
        capital.append(firms.capital.copy())
        keys.append(firms.unique_id.copy())
    totals = collector.get_model_vars_dataframe()
    assert totals["capital"].tolist() == [column.sum() for column in capital]
    assert totals["year"].tolist() == [SCENARIO.start + 3, SCENARIO.start + 4]
    # Reporters of all agents leave the firms out.
    agents = collector.get_agent_vars_dataframe()
    assert set(agents["kind"]) == {"City"} and len(agents) == 2 * model.state.n
    cities = collector.get_agenttype_vars_dataframe(City)
    # What was collected in the first year is not what the state became in the second.
    assert [row.tolist() for row in cities["people"]] == people
    assert cities["name"].tolist() == 2 * model.world.regions["name_en"].tolist()
    # A reporter of the type of firms makes a view of each.
    rows = collector.get_agenttype_vars_dataframe(Firm)
    assert rows["capital"].tolist() == np.concatenate(capital).tolist()
    assert [int(key) for key in rows.index.get_level_values("AgentID")] == np.concatenate(keys).tolist()


# --- copies ---


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"])
def test_a_copy_steps_on_to_the_same_bits(again, model):
    some = model.agents_by_type[Firm].select(lambda f: f.sector == 0)
    firm = some[0]
    twin, twin_some, twin_firm = again((model, some, firm))
    assert twin is not model and digest(twin) == digest(model)
    assert twin.agents_by_type[Firm].firms is twin.state.firms is twin_some.firms is twin_firm.firms
    assert twin_firm.model is twin and twin_firm.key == firm.key
    assert {city.model for city in twin.agents} == {twin}
    before = digest(model)
    twin.step()
    assert digest(model) == before != digest(twin)
    model.step()
    assert digest(model) == digest(twin)
    assert twin_some.get("key").tolist() == some.get("key").tolist()
    assert twin.steps == model.steps == 3 and twin.random.random() == model.random.random()


def test_two_live_models_do_not_touch_each_other(old):
    alone = digest(stepped(2, seed=2))
    one, two = RegionalEconomy(SCENARIO, 1), RegionalEconomy(SCENARIO, 2)
    for _ in range(2):
        one.step()
        two.agents_by_type[Firm].shuffle()
        two.step()
    assert digest(one) == digest(old) != digest(two) == alone


# --- batch_run ---


def test_batch_run_in_one_and_in_two_processes(tmp_path):
    """The documented file, as a user would start it, and its class in this process; against a loop over the models."""
    (script,) = [block for block in BLOCKS if block.startswith("# economy.py")]
    (tmp_path / "economy.py").write_text(script, encoding="utf-8")
    changes, expected = ["firms=1000", "years=2", "parameters.migration.talent_mobility=0.08"], []
    for seed in (1, 2):
        model = RegionalEconomy(sim.load("small", changes), seed)
        model.run_model()
        expected.append((seed, 0.08, float(model.state.people[:, 1].max())))
    assert expected[0][-1] != expected[1][-1]
    names: dict[str, Any] = {"__name__": "economy"}
    exec(compile(script, "economy.py", "exec"), names)
    parameters = {"draw": [1, 2], "mobility": 0.08}
    rows = mesa.batch_run(names["Economy"], parameters, number_processes=1, display_progress=False)
    assert sorted((row["draw"], row["mobility"], row["talent"]) for row in rows) == expected
    done = subprocess.run([sys.executable, "economy.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sorted(ast.literal_eval(done.stdout)) == expected


# --- memory ---


def test_models_are_freed():
    model = stepped(1)
    kept = [model.agents_by_type[Firm].select(at_most=3), list(model.agents)]
    gone = [weakref.ref(x) for x in (model, model.state.firms, copy.deepcopy(model), pickle.loads(pickle.dumps(model)))]
    del model, kept
    gc.collect()
    assert [ref() for ref in gone] == [None] * 4
    assert not any(isinstance(key, RegionalEconomy) for key in getattr(mesa.Agent, "_ids", {}))


def test_simulate_frees_its_model_at_once(monkeypatch):
    made = []
    build = RegionalEconomy.__init__

    def watched(self, *args):
        made.append(weakref.ref(self))
        build(self, *args)

    monkeypatch.setattr(RegionalEconomy, "__init__", watched)
    gc.collect()
    gc.disable()
    try:
        record = simulate(SCENARIO.model_copy(update={"years": 1}))
        assert len(made) == 1 and made[0]() is None
    finally:
        gc.enable()
    assert (record.series["people"] > 0).all()


TWENTY = """
import resource, sys
import sim
from sim.model import RegionalEconomy, simulate

scenario = sim.load("small", ["firms=8000", "years=1"])
peak = []
for _ in range(20):
    if sys.argv[1] == "simulate":
        simulate(scenario)
    else:
        model = RegionalEconomy(scenario)
        model.step()
        del model
    peak.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(peak[-1] / peak[4] - 1)
"""


@pytest.mark.long
@pytest.mark.parametrize("way", ["simulate", "own loop"])
def test_memory_does_not_grow_over_twenty_runs(way):
    # Kept alive, the last fifteen of these models raise the peak by about a third.
    done = subprocess.run([sys.executable, "-c", TWENTY, way], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    print(f"growth of the peak from run 5 to run 20: {100 * float(done.stdout):.1f} %")
    assert float(done.stdout) < 0.1


# --- BLAS ---


def blas() -> set[int]:
    """Return the numbers of threads of the BLAS libraries."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_building_and_stepping_have_one_thread_of_blas(monkeypatch):
    inside = []
    start = sim.model.start_state

    def watched(*args, **kwargs):
        inside.append(blas())
        return start(*args, **kwargs)

    monkeypatch.setattr(sim.model, "start_state", watched)

    def call(phase, *given):
        if phase.__name__ == "observe":
            inside.append(blas())
        return phase(*given)

    with threadpool_limits(2, "blas"):
        model = RegionalEconomy(SCENARIO, call=call)
        outside = [blas()]
        model.step()
        outside.append(blas())
    assert inside == [{1}, {1}] and outside == [{2}, {2}]


def test_the_limit_costs_less_than_two_milliseconds():
    nothing = one_thread(lambda: None)
    nothing()
    start = time.perf_counter()
    for _ in range(50):
        nothing()
    cost = (time.perf_counter() - start) / 50
    print(f"{1e3 * cost:.3f} ms")
    assert cost < 2e-3


# --- docs/mesa.md ---


def test_the_page_runs(capsys):
    names: dict[str, object] = {}
    for block in BLOCKS:
        if not block.startswith("# economy.py"):
            exec(compile(block, "mesa.md", "exec"), names)
    assert "guangzhou" in capsys.readouterr().out.lower()


def test_a_change_of_capital_without_its_owners_stops_the_run(model):
    firms = model.agents_by_type[Firm]
    firms.set("capital", 1.1 * firms.capital)
    with pytest.raises(RunFailed, match="audit_capital"):
        model.step()
