"""Each figure of the model, from made-up runs whose figure is known; and the table of facts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.config import Scenario
from sim.estimation import Flows
from sim.estimation.birthplace import between_provinces, distance_elasticity, observed_stock
from sim.estimation.table import Table
from sim.record import RunRecord
from sim.validation.facts import FACTS, Runs, decade, firms, measures, people, policies, trade
from sim.validation.facts.fact import Bar, Fact, within
from sim.validation.facts.runs import END, SOUTHWEST, START, Snapshot, without
from sim.validation.facts.table import BARS, MODELS
from sim.validation.suites import DEFAULT, SUITES
from sim.world import load_world
from tests.helpers.running import call

CHINA = load_world("china", START)
R, T = CHINA.n_regions, END - START + 1
INSIDE = CHINA.national_taxes


def record(start: int = START, **series: Any) -> RunRecord:
    years = len(next(iter(series.values())))
    return RunRecord(np.arange(start, start + years), series, np.empty(0), [], [])


def made(history: dict[str, np.ndarray] | None = None, **parts: Any) -> Runs:
    """Return runs that are given instead of simulated."""
    runs = Runs(seeds=(1,))
    if history is not None:
        vars(runs)["history"] = [record(START, **history)]
    for name, value in parts.items():
        vars(runs)[name] = value
    return runs


def growing(rate: float, base: np.ndarray) -> np.ndarray:
    """Return a path (T, ...) that grows at a log rate per year."""
    return np.exp(rate * np.arange(T)).reshape(T, *[1] * base.ndim) * base


def test_slope_and_coefficients_recover_a_plane():
    x, z = np.random.default_rng(1).normal(size=(2, 50))
    assert measures.slope(x, 3.0 - 0.5 * x) == pytest.approx(-0.5)
    assert measures.coefficients(1.0 + 0.7 * x - 2.0 * z, x, z) == pytest.approx([0.7, -2.0])


@pytest.mark.parametrize("exponent", [0.8, 1.0, 2.0])
def test_rank_size_of_a_power_law(exponent):
    sizes = (np.arange(1, 201) - 0.5) ** (-1.0 / exponent)
    assert measures.rank_size(sizes[::-1]) == pytest.approx(exponent)


def test_levels_of_theil_sum_to_the_whole():
    values, weights = np.array([1.0, 3.0, 2.0, 2.0]), np.array([1.0, 1.0, 1.0, 1.0])
    area, province = np.array([0, 0, 1, 1]), np.array([0, 1, 2, 2])
    areas, provinces, rest = measures.theil_levels(values, weights, [area, province])
    # Both areas have a mean of 2; one of them has two provinces of 1 and 3, with half of the weight.
    assert areas == pytest.approx(0.0, abs=1e-12) and rest == pytest.approx(0.0, abs=1e-12)
    assert provinces == pytest.approx(0.5 * 0.130812, abs=1e-6)


def test_excess_growth_leaves_out_what_is_zero():
    now, before = np.array([3.0, 0.0, 1.1, 2.2]), np.array([2.0, 5.0, 1.0, 2.0])
    chosen = np.array([True, True, False, False])
    assert measures.excess_growth(now, before, chosen, ~chosen) == pytest.approx(1.5 / 1.1 - 1.0)


def test_per_yuan_sums_until_the_year():
    gained, paid = np.array([0.0, 1.0, 2.0, 9.0]), np.array([2.0, 2.0, 2.0, 2.0])
    assert measures.per_yuan(gained, paid, 3) == pytest.approx(0.5)


def province_flows(flow: np.ndarray) -> Flows:
    names = np.array(["guangdong", "hunan", "jiangxi"], dtype=object)
    origin, destination = (k.ravel() for k in np.indices((3, 3)))
    off = origin != destination
    km = np.array([[0.0, 500.0, 600.0], [500.0, 0.0, 300.0], [600.0, 300.0, 0.0]])
    table = Table(Path("drawn.csv"))
    return Flows(names[origin[off]], names[destination[off]], flow.ravel()[off], km.ravel()[off], {}, {}, table)


def test_regions_are_summed_to_pairs_of_provinces():
    province = np.array(["hunan", "hunan", "guangdong", "jiangxi"])
    matrix = np.arange(16.0).reshape(4, 4)
    found = between_provinces(matrix, province, province_flows(np.zeros((3, 3))))
    sums = dict(zip(zip(found.origin, found.destination, strict=True), found.flow, strict=True))
    assert sums["hunan", "guangdong"] == matrix[0, 2] + matrix[1, 2]
    assert sums["guangdong", "jiangxi"] == matrix[2, 3]


def test_shares_of_the_inflow_of_a_province():
    flows = province_flows(np.array([[0.0, 1.0, 1.0], [6.0, 0.0, 1.0], [2.0, 9.0, 0.0]]))
    assert people.share_of(flows) == pytest.approx(8.0 / 20.0)
    assert people.top_origins(flows) == 1.0


def test_distance_elasticity_of_a_gravity_model():
    observed = observed_stock()
    size = {name: 1.0 + k % 7 for k, name in enumerate(np.unique(observed.origin.astype(str)))}
    masses = np.array([size[a] * size[b] for a, b in zip(observed.origin, observed.destination, strict=True)])
    drawn = replace(observed, flow=1e6 * masses * observed.distance**-1.2)
    assert distance_elasticity(drawn).value == pytest.approx(-1.2, abs=1e-6)


def test_migrants_to_the_centre_from_its_province():
    matrix = np.zeros((R, R))
    for origin, moved in (("shenzhen", 3.0), ("changsha", 1.0), ("guangzhou", 50.0)):
        matrix[CHINA.index(origin), CHINA.centre] = moved
    runs = made()
    runs.once(("stock", START), lambda: matrix)
    assert people.from_own_province(runs) == pytest.approx(0.75)


def test_accounts_of_the_base_year():
    late = load_world("china", END)
    flow = np.full((R, R), 1.0)
    np.fill_diagonal(flow, R - 1.0)
    added, inside = late.value_added[None], late.national_taxes
    runs = made()
    runs.once(("first year", END), lambda: record(
        END, own_revenue=np.array([0.3 * added.sum()]), value_added=added, capital_flow=flow[None],
        emissions=np.where(inside, 2e6 / inside.sum(), 1e6)[None]))  # fmt: skip
    regional = SimpleNamespace(investment=0.2 * late.value_added.sum(axis=1), housing_supply=np.zeros(R))
    market = SimpleNamespace(investment_purchases=0.1 * late.value_added.sum(axis=1))
    own = np.zeros(R)
    own[late.centre] = 170e3
    vars(runs)["base"] = SimpleNamespace(regional=regional, market=market, revenue=SimpleNamespace(own=own))
    assert trade.public_revenue(runs) == pytest.approx(0.3)
    assert trade.own_investment(runs) == pytest.approx(0.5)
    assert trade.emissions(runs) == pytest.approx(2.0)
    assert trade.capital_formation(runs) == pytest.approx(0.3)
    assert trade.centre_revenue(runs) == pytest.approx(170.0)


def test_statistics_of_a_map():
    heads = np.where(INSIDE, CHINA.area_km2 * np.exp(np.linspace(0.0, 2.0, R)), 1e9)
    added = np.zeros((R, 6))
    added[:, 1] = heads * (heads / CHINA.area_km2) ** 0.2
    added[:, 5] = 3.0 * added[:, 1]
    now = Snapshot(CHINA, heads, added)
    assert decade.scaling(now) == pytest.approx(0.2)
    assert decade.secondary(now) == pytest.approx(0.25)
    east = INSIDE & (CHINA.regions["area"] == "east").to_numpy()
    assert decade.of_people("east")(now) == pytest.approx(heads[east].sum() / heads[INSIDE].sum())
    made_there = added[CHINA.centre, 1] / added[INSIDE, 1].sum()
    assert decade.of_value_added(["guangzhou"], decade.SECONDARY)(now) == pytest.approx(made_there)
    parts = [decade.inequality(level)(now) for level in range(3)]
    per_head, weight = (added.sum(axis=1) / heads)[INSIDE], heads[INSIDE]
    assert sum(parts) == pytest.approx(float(measures.theil(per_head, weight))) and min(parts) > 0.0
    assert decade.exponent(now) == pytest.approx(measures.rank_size(heads[INSIDE]))


def test_convergence_of_provinces_that_halve_their_lead():
    """Log value added per head of provinces moves half the way to the mean in ten years."""
    code = np.unique(CHINA.regions["province"].to_numpy(), return_inverse=True)[1]
    heads = np.ones(R)
    levels = np.exp(np.linspace(-1.0, 1.0, code.max() + 1))[code]
    first, last = (Snapshot(CHINA, heads, x[:, None]) for x in (levels, np.sqrt(levels)))
    assert decade.convergence(first, last) == pytest.approx(-0.05)


def test_range_is_half_of_the_change_or_the_least_part():
    runs = made()
    by_year = {START: 1.0, END: 1.4}
    value, low, high = decade.observed(lambda now: by_year[now.world.year], 0.01, runs)
    assert (value, low, high) == pytest.approx((1.4, 1.2, 1.6))
    assert decade.observed(lambda now: by_year[now.world.year], 0.5, runs) == pytest.approx((1.4, 0.7, 2.1))


def test_paths_from_2010():
    years, rng = np.arange(T)[:, None], np.random.default_rng(3)
    added = np.exp(years * rng.uniform(0.02, 0.06, R))[:, :, None] * CHINA.value_added
    heads = np.exp(years * rng.uniform(-0.01, 0.01, R))[:, :, None] * CHINA.people
    income = added.sum(axis=2) / heads.sum(axis=2)
    wage = np.stack([np.ones((T, R)), np.exp(0.6 - 0.02 * years) * np.ones(R)], axis=2)
    rent = (income / income[0]) ** 0.7 * (heads.sum(axis=2) / heads[0].sum(axis=1)) ** 0.3
    emitted = growing(0.03, np.ones(R))
    emitted[:, ~INSIDE] = 1e9 * (1 + years)
    runs = made({"people": heads, "value_added": added, "wage": wage, "rent": rent, "emissions": emitted})
    assert decade.premium_change(runs) == pytest.approx(-0.22)
    assert decade.rent_elasticity(runs) == pytest.approx(0.7)
    assert decade.emission_growth(runs) == pytest.approx(0.3)
    output = added.sum(axis=2)[:, INSIDE].sum(axis=1)
    assert decade.intensity_change(runs) == pytest.approx(np.exp(0.15) * output[5] / output[10] - 1.0)
    assert decade.growth(runs) == pytest.approx(np.log(added[-1].sum() / added[0].sum()) / 10)
    assert decade.modelled(decade.exponent, runs) == pytest.approx(measures.rank_size(heads[-1].sum(axis=1)[INSIDE]))


def test_density_effect_lies_between_the_elasticities():
    runs = Runs(seeds=(1,), firms=5_000)
    production = runs.scenario(start=END).parameters.production
    found = decade.density_effect(runs)
    assert production.scale_elasticity < found < production.scale_elasticity + production.density_elasticity


def test_pairs_on_a_line():
    early = firms.linked(CHINA, 0, START)
    i, j = CHINA.index("beijing"), CHINA.index("tianjin")
    assert early[i, j] and early[j, i] and not early[i, i]  # Beijing-Tianjin opened in 2008
    a, b = CHINA.index("guiyang"), CHINA.centre
    assert not early[a, b] and firms.linked(CHINA, START + 1, 2015)[a, b]


def test_investment_between_newly_linked_cities():
    flow = np.random.default_rng(2).uniform(1.0, 2.0, (T, R, R))
    new = firms.linked(CHINA, START + 1, END - firms.LAST) & ~firms.linked(CHINA, 0, START)
    more = flow * np.where(new, 1.45 * 1.1, 1.1)
    runs = made({"capital_flow": more}, frozen=[record(capital_flow=flow)])
    assert firms.newly_linked(runs) == pytest.approx(0.45)


def test_relocation_is_weighted_by_real_firms():
    runs = made()
    runs.once(("moved",), lambda: pd.DataFrame({"weight": [10.0, 30.0, 60.0], "moves": [True, False, False]}))
    assert firms.relocation_rate(runs) == pytest.approx(0.1)


def test_capital_that_moves_to_another_prefecture():
    flow = np.zeros((6, R, R))
    flow[2, 0, 1], flow[3, 5, 5] = 3.0, 100.0
    runs = made()
    runs.once(("first year", START), lambda: record(firm_capital_flow=flow[None], capital=np.full((1, R, 6), 1.0)))
    assert firms.capital_moved(runs) == pytest.approx(3.0 / (6 * R))


def test_investment_falls_with_distance_between_provinces():
    late = load_world("china", END)
    observed = observed_stock()
    flow = np.zeros((R, R))
    province = late.regions["province"].to_numpy(str)
    seat = {name: int(np.flatnonzero(province == name)[0]) for name in np.unique(province)}
    for a, b, km in zip(observed.origin, observed.destination, observed.distance, strict=True):
        flow[seat[a], seat[b]] = 1e6 * km**-0.4
    runs = made()
    runs.once(("first year", END), lambda: record(END, capital_flow=flow[None]))
    assert firms.investment_distance(runs) == pytest.approx(-0.4, abs=1e-6)


def test_first_stops_had_no_line_before():
    stops, stations = policies.first_stops(CHINA, SOUTHWEST)
    names = CHINA.regions["id"].to_numpy()
    assert {"guiyang", "hezhou", "guigang", "wuzhou"} <= set(names[stops])
    assert {"guangzhou", "foshan", "guilin", "nanning"} <= set(names[stations]) - set(names[stops])


@pytest.mark.parametrize(
    ("what", "expected"), [("value_added", 0.05), ("people", 0.02), ("per_head", 1.05 / 1.02 - 1.0)]
)
def test_gain_at_first_stops(what, expected):
    stops, stations = policies.first_stops(CHINA, SOUTHWEST)
    heads, added = growing(0.0, CHINA.people.astype(float)), growing(0.0, CHINA.value_added)
    others = np.where(stations & ~stops, 9.0, 1.01)  # other stations do not count; everyone else gains 1 %
    with_people, with_added = (np.where(stops, 1.01 * gain, others)[:, None] for gain in (1.02, 1.05))
    runs = made({"people": heads * with_people, "value_added": added * with_added},
                without_southwest=[record(people=heads, value_added=added)])  # fmt: skip
    assert policies.opening(what, runs) == pytest.approx(expected)


def test_jobs_per_job():
    before, gained = np.array([100.0, 200.0, 100.0]), np.zeros((3, 6))
    treated = np.array([True, True, False])
    gained[treated, 2] = 0.04 * before[treated]
    gained[treated, 3] = 0.01 * before[treated]
    gained[treated, 5] = 0.02 * before[treated]
    gained[:, 4] = 0.03 * before  # everywhere, so that it is not due to the shock
    assert policies.jobs_per_job(gained, before, treated) == pytest.approx(0.4)


def test_a_shock_to_manufacturing_raises_its_employment():
    class Short(Runs):
        def scenario(self, *given: Any, **changes: Any) -> Scenario:
            return Scenario.model_validate({"name": "short", "years": 3, "firms": 2000, **changes})

    runs = Short(seeds=(1,))
    place = load_world("guangzhou", END).index("qingyuan")
    gained = policies.employed(runs, (place,)) - policies.employed(runs, ())
    assert gained[place, policies.MANUFACTURING].sum() > 0.0


def test_multiplier_of_targets_and_nation():
    world = load_world("guangzhou", END)
    years, stop = 16, world.index("heyuan")
    added, paid = np.ones((years, world.n_regions, 6)), np.zeros(years)
    paid[1:] = 2.0
    more = added.copy()
    more[1:, stop, 0] += 1.0
    more[1:, world.index("changsha"), 0] -= 0.5
    runs = made()
    runs.once(("corridor", "stopping"), lambda: [record(END, value_added=more, public_outlay=paid)])
    runs.once(("corridor", "baseline"), lambda: [record(END, value_added=added, public_outlay=0.0 * paid)])
    arm = policies.ARMS["corridor"]
    assert policies.multiplier(*arm, 3, policies.TARGETS, runs) == pytest.approx(0.5)
    assert policies.multiplier(*arm, 15, policies.NATION, runs) == pytest.approx(0.25)


def test_gain_of_hosts():
    world = load_world("guangzhou", END)
    added = np.ones((16, world.n_regions, 6))
    more = added * np.where(np.isin(world.regions["id"], policies.PARKS), 1.03, 2.0)[:, None]
    runs = made()
    runs.once(("main", "enclave"), lambda: [record(END, value_added=more)])
    runs.once(("main", "baseline"), lambda: [record(END, value_added=added)])
    assert policies.hosts_gain(runs) == pytest.approx(0.03)


def test_a_world_without_lines_lacks_only_these():
    world = without(CHINA, lambda edges: edges["line"].isin(SOUTHWEST))
    before, after = CHINA.network.edges, world.network.edges
    assert not after["line"].isin(SOUTHWEST).any()
    assert len(before) - len(after) == before["line"].isin(SOUTHWEST).sum() > 8


def test_runs_are_made_once():
    runs, calls = Runs(), []

    def make() -> int:
        calls.append(1)
        return 7

    assert [runs.once(("a",), make) for _ in range(3)] == [7, 7, 7] and len(calls) == 1


def fact(value: float, counts: bool = True, bar: Bar = within(1.0, 0.1)) -> Fact:
    return Fact("a", "A figure", "a source", "a reason", "a way", lambda runs: bar, lambda runs: value, False, counts)


@pytest.mark.parametrize(("value", "verdict"), [(0.91, "pass"), (1.1, "pass"), (1.11, "fail"), (np.nan, "fail")])
def test_verdict(value, verdict):
    row = fact(value).row(Runs())
    assert (row.verdict, row.expected) == (verdict, 1.0) and row.tolerance == pytest.approx(0.1)
    assert "0.9 to 1.1" in row.detail and "not used in the fit" in row.detail and "a source" in row.detail


def test_reported_facts_have_no_verdict():
    row = fact(5.0, counts=False, bar=Bar(np.nan, np.nan, np.nan)).row(Runs())
    assert (row.verdict, row.expected, row.tolerance) == ("reported", "", None) and "a reason" in row.detail


def test_an_asymmetric_range_has_no_tolerance():
    row = fact(0.8, bar=Bar(1.0, 0.7, 1.1)).row(Runs())
    assert row.tolerance is None and row.verdict == "pass" and "0.7 to 1.1" in row.detail


def test_enough_facts_count_and_were_not_fitted():
    counted = [f for f in FACTS if f.counts]
    assert len(counted) >= 20 and sum(not f.fitted for f in counted) >= 12


def test_every_fact_says_where_it_is_from_and_how_it_is_computed():
    assert len({f.name for f in FACTS}) == len(FACTS) == len(MODELS)
    assert set(BARS) == {f.key for f in FACTS if f.key in BARS}
    for f in FACTS:
        assert min(len(f.source), len(f.why), len(f.how)) >= 9, f.key
        if f.counts:
            assert "memory" not in f.source and "assumption" not in f.source, f.key


def test_documentation_names_every_fact():
    text = (Path(__file__).parents[3] / "docs" / "validation.md").read_text(encoding="utf-8")
    missing = [f.name for f in FACTS if f.name not in text]
    assert not missing


def test_command(monkeypatch, capsys):
    assert "facts" in SUITES and "facts" not in DEFAULT
    monkeypatch.setattr("sim.validation.facts.FACTS", (fact(1.0), fact(2.0, counts=False)))
    code, out, _ = call(capsys, "validate", "facts")
    assert code == 0 and "1 of 1 rows pass, 1 reported" in out
    code, _, err = call(capsys, "validate", "facts", "--row", "A figur")
    assert code == 2 and "did you mean 'A figure'?" in err
