"""Inequality on closed forms; indicators, paired differences and mechanisms on made-up results."""

import json

import numpy as np
import pytest

from sim import analysis, results
from sim.analysis.costs import discounted
from sim.analysis.indicators import FUNCTIONS
from sim.analysis.mechanisms import fund_cells, regions_of_selectors
from sim.analysis.statistics import interval
from sim.errors import UserError
from sim.groups import LACKING
from tests.helpers.results import write_fake


@pytest.fixture(scope="module")
def ds(tmp_path_factory):
    return results.open_results(write_fake(tmp_path_factory.mktemp("fake") / "out"))


def test_theil_closed_forms():
    assert analysis.theil([2.0, 2.0, 2.0]) == pytest.approx(0.0, abs=1e-15)
    assert analysis.theil([1.0, 0.0, 0.0, 0.0]) == pytest.approx(np.log(4))
    # place i has all the value and the share .1 of people
    assert analysis.theil([5.0, 0.0], [0.1, 0.9]) == pytest.approx(np.log(10))
    # the same value in other units, and people counted in other units
    x, w = np.array([1.0, 3.0, 7.0]), np.array([5.0, 2.0, 1.0])
    assert analysis.theil(9 * x, 4 * w) == pytest.approx(analysis.theil(x, w))
    # splitting a place in two equal parts changes nothing
    assert analysis.theil([1, 3, 7, 7], [5, 2, 0.5, 0.5]) == pytest.approx(analysis.theil(x, w))


def test_theil_splits_into_between_and_within():
    x, w = np.array([1.0, 3.0, 2.0, 6.0]), np.array([1.0, 1.0, 2.0, 2.0])
    total, between, within = analysis.theil_decomposition(x, np.array(["a", "a", "b", "b"]), w)
    assert between == pytest.approx(analysis.theil([2.0, 4.0], [2.0, 4.0]))
    inner = analysis.theil([1.0, 3.0])  # both groups have the ratio 1 : 3, so any mix of them has this
    assert within == pytest.approx(inner)
    assert total == pytest.approx(between + within)


def test_gini_and_cv_closed_forms():
    assert analysis.gini([4.0, 4.0]) == pytest.approx(0.0, abs=1e-15)
    n = 10
    assert analysis.gini([0.0] * (n - 1) + [1.0]) == pytest.approx((n - 1) / n)
    assert analysis.gini(np.arange(1.0, n + 1)) == pytest.approx((n - 1) / (3 * n))
    x, w = np.array([3.0, 1.0, 7.0]), np.array([0.5, 0.3, 0.2])
    brute = (w[:, None] * w * abs(x[:, None] - x)).sum() / (2 * (w * x).sum())
    assert analysis.gini(x, w) == pytest.approx(brute)
    assert analysis.cv([2.0, 2.0]) == 0.0
    assert analysis.cv([0.0, 1.0], [0.75, 0.25]) == pytest.approx(np.sqrt(3))


def test_indices_work_along_the_last_axis():
    x = np.random.default_rng(0).uniform(1, 2, (3, 4, 5))
    for function in (analysis.theil, analysis.gini, analysis.cv):
        assert function(x, x).shape == (3, 4)
        assert function(x, x)[1, 2] == pytest.approx(function(x[1, 2], x[1, 2]))
    with pytest.raises(ValueError, match="non-negative"):
        analysis.theil([-1.0, 2.0])


def test_every_indicator_has_a_function():
    assert set(FUNCTIONS) == set(analysis.INDICATORS)


@pytest.mark.parametrize("name", [n for n, row in analysis.INDICATORS.items() if row.group not in LACKING])
def test_every_indicator_is_a_finite_series(ds, name):
    values = analysis.evaluate(ds, name)
    assert values.dims == ("arm", "replication", "year")
    assert np.isfinite(values).all()
    assert values.attrs["units"] and values.attrs["long_name"]


def test_indicators_by_hand(ds):
    first = {"arm": "fund", "replication": 1, "year": 2022}
    run = ds.sel(first).load()
    people, output = run["people"].sum("group"), run["value_added"].sum("sector")
    poor = run["zone"] == "supporting"

    def got(name):
        return analysis.evaluate(ds, name).sel(first).item()

    assert got("theil") == pytest.approx(analysis.theil(output / people, people))
    assert got("theil_between_zones") + got("theil_within") == pytest.approx(got("theil"))
    assert got("theil_between_provinces") + got("theil_within_provinces") == pytest.approx(got("theil"))
    assert got("centre_share") == pytest.approx((output[0] / output.sum()).item())
    assert got("supporting_talent") == pytest.approx(run["people"].sel(group="talent")[poor.to_numpy()].sum().item())
    moved = run["firm_flow"].astype(float).sum("sector")
    there = moved.sel(origin="guangzhou").to_numpy()[poor].sum()
    back = moved.sel(destination="guangzhou").to_numpy()[poor].sum()
    real = run["real_firms"].sum("sector").to_numpy()[poor].sum()
    assert got("supporting_firms") == pytest.approx(real)
    home, there_paid = (run[name].to_numpy()[poor].sum() for name in ("labour_income", "labour_paid"))
    assert got("supporting_dormitory_ratio") == pytest.approx(home / there_paid)
    assert real != pytest.approx(run["firms"].sum("sector").to_numpy()[poor].sum())  # agents are not firms
    assert got("firm_net_supporting") == pytest.approx(there - back)
    assert got("firm_gross_supporting") == pytest.approx(there + back)
    assert got("firm_effectiveness_supporting") == pytest.approx(abs(there - back) / (there + back))
    near = (run["hinterland"].to_numpy() > 0) & (run["zone"].to_numpy() != "centre")
    radius = np.average(run["centre_hours"].to_numpy()[near], weights=people.to_numpy()[near])
    assert got("hinterland_radius") == pytest.approx(radius)
    moved = run["talent_flow"].sum() + run["worker_flow"].sum()
    assert got("migration_rate") == pytest.approx((moved / people.sum()).item())


def test_welfare_equivalent_of_a_uniform_gain(ds):
    changed = ds.load().copy(deep=True)
    changed["welfare"].loc[{"arm": "fund"}] = changed["welfare"].sel(arm="baseline") + np.log(1.02)
    gain = analysis.welfare_equivalent(changed)
    assert gain.sel(arm="fund").to_numpy() == pytest.approx(0.02)
    assert gain.sel(arm="baseline").to_numpy() == pytest.approx(0.0, abs=1e-15)
    only = analysis.welfare_equivalent(changed, zone="supporting")
    assert only.sel(arm="fund").to_numpy() == pytest.approx(0.02)


def test_interval_by_hand():
    mean, low, high, same = interval(np.array([1.0, 2.0, 3.0, -2.0]))
    assert mean == 1.0 and same == 0.75
    half = 3.182446305284263 * np.sqrt(14 / 3) / 2  # t(.975, 3), s^2 = 14/3
    assert (low, high) == (pytest.approx(1 - half), pytest.approx(1 + half))
    assert np.isnan(interval(np.array([1.0]))[1])
    assert np.isnan(interval(np.array([]))[0])


def test_paired_pairs_by_replication(ds):
    table = analysis.paired(ds, "supporting_value_added")
    assert list(table.index) == ["enclave", "fund"]
    values = analysis.evaluate(ds, "supporting_value_added").isel(year=-1)
    gaps = (values.sel(arm="fund") - values.sel(arm="baseline")).to_numpy()
    row = table.loc["fund"]
    assert row["difference"] == pytest.approx(gaps.mean())
    assert row["ci_low"] < gaps.mean() < row["ci_high"]
    assert (row["sign_share"], row["n"], row["dropped"]) == (1.0, 3, 0)
    series = analysis.evaluate(ds, "supporting_value_added")
    gained = ((series.sel(arm="fund") - series.sel(arm="baseline")).to_numpy() @ 1.04 ** -np.arange(5)).mean()
    assert row["per_million_yuan"] == pytest.approx(gained / (1000 * 1.04 ** -np.arange(5)).sum())
    total = analysis.paired(ds, "supporting_value_added", years="sum").loc["fund", "difference"]
    mean = analysis.paired(ds, "supporting_value_added", years="mean").loc["fund", "difference"]
    assert total == pytest.approx(5 * mean)
    assert analysis.paired(ds, "supporting_value_added", years=2020).loc["fund", "difference"] == pytest.approx(0)


def test_missing_runs_drop_their_pair_only(tmp_path):
    folder = write_fake(tmp_path / "out", replications=4, years=2)
    results.run_path(folder, "fund", 0).unlink()
    results.run_path(folder, "baseline", 3).unlink()
    table = analysis.paired(results.open_results(folder), "theil")
    assert list(table["n"]) == [3, 2]
    assert list(table["dropped"]) == [1, 2]
    assert np.isfinite(table[["difference", "ci_low", "ci_high"]]).all().all()


def test_headline_table_has_all_arms_and_indicators(ds):
    table = analysis.headline_table(ds)
    assert list(table.index) == ["enclave", "fund"]
    assert set(table.columns.get_level_values("indicator")) == set(analysis.HEADLINE)
    without = analysis.headline_table(ds.drop_vars(["capital_flow", "capital_flow_zones"]))
    assert "capital_net_supporting" not in without.columns.get_level_values("indicator")


def test_sums_over_years_are_not_told_per_year(ds):
    assert analysis.paired(ds, "talent_net_supporting", years="sum").attrs["unit"] == "persons"
    assert analysis.paired(ds, "talent_net_supporting", years="mean").attrs["unit"] == "persons/yr"
    assert analysis.summed_unit("yuan/person/yr", "last") == "yuan/person/yr"


@pytest.mark.parametrize(
    ("unit", "largest", "told"),
    [
        ("million yuan/yr", 999.0, (1.0, "million yuan/yr")),
        ("million yuan", 2e6, (1e-6, "trillion yuan")),
        ("persons", 2e5, (1e-3, "thousand persons")),
        ("persons/yr", 3e8, (1e-6, "million persons/yr")),
        ("yuan/person/yr", 2e5, (1.0, "yuan/person/yr")),
        ("h", 0.5, (60.0, "min")),
        ("1", 0.001, (1000.0, "1/1000")),
    ],
)
def test_units_of_a_readable_size(unit, largest, told):
    assert analysis.readable(unit, largest) == told


def test_nobody_counts_agents_as_firms():
    for name in analysis.HEADLINE:
        assert not {"firms", "firm_flow", "firm_entry", "firm_exit"} & set(analysis.INDICATORS[name].needs), name
    for row in analysis.INDICATORS.values():
        if {"firms", "firm_flow"} & set(row.needs):
            assert "irm agent" in row.title, row.name


def test_selectors_match_the_coordinates_of_results(ds):
    def ids(*words):
        return list(ds["region"].to_numpy()[regions_of_selectors(ds, words)])

    assert ids("bijie", "leading") == ["qingyuan", "bijie"]
    assert ids("guangxi") == ["wuzhou"] and len(ids("all")) == 8
    assert regions_of_selectors(ds, ["bijie", "atlantis"]) is None
    circled = ds.assign_coords(circle=("region", ["a;b", "b"] + [""] * 6))
    assert regions_of_selectors(circled, ["a"]).sum() == 1 and regions_of_selectors(circled, ["b"]).sum() == 2


def test_a_funds_cells_follow_targets_sectors_and_overrides(ds):
    other = {"guangxi": {"sectors": ["high_tech", "energy"]}, "centre": {"sectors": ["energy"]}}  # centre: no target
    fund = {"targets": ["supporting"], "sectors": ["energy"], "overrides": other}
    cells = fund_cells(ds, fund)
    sectors = list(ds["sector"].to_numpy())
    assert cells.sum() == 5 and cells[:4].sum() == 0
    assert cells[5, sectors.index("high_tech")] and not cells[4, sectors.index("high_tech")]
    assert fund_cells(ds, {**fund, "targets": ["atlantis"]}) is None


def test_mechanisms_report_their_last_year(ds):
    stopped = ds.load().copy(deep=True)
    stopped["fund.delivered"][..., -2:] = np.nan
    table = analysis.reported(stopped).set_index(["arm", "item"])
    row = table.loc["fund", "delivered"]
    assert (row["year"], row["value"], row["n"], row["unit"]) == (2022, pytest.approx(900.0), 3, "million yuan/yr")
    assert table.loc["enclave", "delivered"]["year"] == 2024
    assert ("enclave", "public invested") not in table.index


@pytest.fixture
def funded(ds):
    """A fund that added 6000, 8000 and 10,000 million yuan to its one cell, and as much to another."""
    data = ds.load().copy(deep=True)
    place, sector = {"region": "wuzhou", "sector": "high_tech"}, {"region": "wuzhou", "sector": "energy"}
    for cell in (place, sector):
        data["capital"].loc[{"arm": "fund", **cell}] = data["capital"].loc[{"arm": "baseline", **cell}]
        data["capital"].loc[{"arm": "fund", "year": 2024, **cell}] += np.array([6000.0, 8000.0, 10_000.0])
    return data


def with_config(data, **config):
    return data.assign_attrs(config=json.dumps(config))


FUND = {"kind": "investment_fund", "name": "fund", "targets": ["guangxi"], "sectors": ["high_tech"]}


def test_additionality_is_capital_added_per_yuan_invested_before(funded):
    table = analysis.additionality(with_config(funded, arms={"fund": {"mechanisms": [FUND]}}))
    row = table.iloc[0]
    # 4000 of public money until the year before, and three times as much of private money
    assert (row["arm"], row["invested"], row["added"]) == ("fund", pytest.approx(16_000.0), pytest.approx(8000.0))
    assert row["ratio"] == pytest.approx(0.5) and row["ci_low"] < 0.5 < row["ci_high"] and row["alone"]


def test_additionality_says_when_a_fund_is_not_alone(funded):
    other = {"kind": "enclave", "name": "parks"}
    table = analysis.additionality(with_config(funded, arms={"fund": {"mechanisms": [FUND, other]}}))
    assert not table.iloc[0]["alone"]
    unknown = {**FUND, "targets": ["atlantis"]}
    assert analysis.additionality(with_config(funded, arms={"fund": {"mechanisms": [unknown]}})).empty


def test_the_baseline_is_the_one_of_the_config(ds):
    assert analysis.baseline_of(ds) == "baseline"
    other = with_config(ds, baseline="enclave")
    assert analysis.baseline_of(other) == "enclave" and analysis.other_arms(other) == ["baseline", "fund"]
    assert not analysis.comparable(with_config(ds, baseline="nothing"))
    assert analysis.config_of(ds.assign_attrs(config="{broken")) == {}


def test_cost_per_unit_of_supported_value_added(ds):
    table = analysis.cost_effectiveness(ds)
    weights = 1.04 ** -np.arange(5)
    output = ds["value_added"].isel(region=ds["zone"].to_numpy() == "supporting").sum(["region", "sector"])
    gain = ((output.sel(arm="fund") - output.sel(arm="baseline")).to_numpy() @ weights).mean()
    row = table.loc["fund"]
    assert row["outlay"] == pytest.approx(1000 * weights.sum())
    assert row["gain"] == pytest.approx(gain)
    assert row["cost_per_unit"] == pytest.approx(row["outlay"] / gain)
    assert row["cost_low"] < row["cost_per_unit"] < row["cost_high"]
    assert discounted(ds["public_outlay"], 0.0).sel(arm="fund").to_numpy() == pytest.approx(5000)


def test_an_arm_that_costs_nothing_has_no_price(ds):
    free = ds.load().copy(deep=True)
    free["public_outlay"][:] = 0.0
    assert np.isnan(analysis.cost_effectiveness(free).loc["fund", "cost_per_unit"])
    assert np.isnan(analysis.paired(free, "theil").loc["fund", "per_million_yuan"])


def test_wrong_names_are_told(ds):
    with pytest.raises(UserError, match="did you mean 'theil'"):
        analysis.evaluate(ds, "thiel")
    with pytest.raises(UserError, match="no arm 'basline'.*did you mean 'baseline'"):
        analysis.paired(ds, "theil", baseline="basline")
    with pytest.raises(UserError, match="needs talent_flow"):
        analysis.evaluate(ds.drop_vars(["talent_flow", "talent_flow_zones"]), "talent_net_supporting")
    with pytest.raises(UserError, match="2020 to 2024"):
        analysis.paired(ds, "theil", years=1999)


def test_specialisation_and_spatial_pattern_by_hand(ds):
    first = {"arm": "fund", "replication": 1, "year": 2022}
    run = ds.sel(first).load()
    table = run["value_added"].transpose("region", "sector").to_numpy()
    index = analysis.evaluate(ds, "krugman").sel(first).item()
    assert index == pytest.approx(np.average(analysis.krugman(table), weights=table.sum(axis=1)))
    heads = run["people"].sum("group").to_numpy()
    weights = analysis.inverse_distance(ds["lat"].to_numpy(), ds["lon"].to_numpy())
    found = analysis.evaluate(ds, "morans_i").sel(first).item()
    assert found == pytest.approx(analysis.morans_i(table.sum(axis=1) / heads, weights))
