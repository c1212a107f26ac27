"""Indicators of markets, welfare and displacement: closed forms, and by hand on made-up results."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import analysis, results
from sim.analysis.statistics import ratio_interval
from sim.analysis.welfare import prosperity_parts
from sim.errors import UserError
from tests.helpers.results import write_fake

RUN = {"arm": "fund", "replication": 1, "year": 2022}


@pytest.fixture(scope="module")
def ds(tmp_path_factory):
    return results.open_results(write_fake(tmp_path_factory.mktemp("fake") / "out")).load()


def got(ds, name, **at):
    return analysis.evaluate(ds, name).sel(RUN | at).item()


def test_equally_distributed_equivalent_by_hand():
    income, people = np.array([1.0, 4.0]), np.array([3.0, 1.0])
    assert analysis.equally_distributed(income, 0.0, people) == pytest.approx(1.75)
    assert analysis.equally_distributed(income, 0.5, people) == pytest.approx((0.75 + 0.25 * 2) ** 2)
    assert analysis.equally_distributed(income, 1.0, people) == pytest.approx(4**0.25)
    assert analysis.equally_distributed(income, 2.0, people) == pytest.approx(1 / (0.75 + 0.25 / 4))
    falling = [analysis.equally_distributed(income, e, people) for e in (0, 0.5, 1, 2, 8)]
    assert falling == sorted(falling, reverse=True) and falling[-1] > 1


def test_nested_theil_by_hand():
    # two areas, the first of two circles; within the second all are equal
    values = np.array([1.0, 3.0, 8.0, 6.0, 6.0])
    area, circle = np.array(list("aaabb")), np.array(list("xxyzz"))
    people = np.array([1.0, 1.0, 1.0, 2.0, 2.0])
    areas, circles, regions = analysis.nested_theil(values, [area, circle], people)
    assert areas == pytest.approx(analysis.theil([4.0, 6.0], [3.0, 4.0]))
    # shares of the groups in all value: 12 of 36; 4 of 36
    assert circles == pytest.approx(12 / 36 * analysis.theil([2.0, 8.0], [2.0, 1.0]))
    assert regions == pytest.approx(4 / 36 * analysis.theil([1.0, 3.0]))


@given(st.lists(st.tuples(*[st.floats(0.1, 10)] * 2, *[st.sampled_from("abc")] * 3), min_size=2, max_size=12))
def test_nested_theil_sums_to_the_whole(rows):
    values, people, *levels = (np.array(column) for column in zip(*rows, strict=True))
    parts = analysis.nested_theil(values, levels, people)
    assert parts.sum() == pytest.approx(analysis.theil(values, people), abs=1e-12)
    assert (parts > -1e-12).all()


def test_dispersion_is_zero_at_equal_values_and_free_of_units():
    assert analysis.dispersion([3.0, 3.0], [1.0, 9.0]) == 0.0
    x, w = np.array([1.0, 2.0, 5.0]), np.array([0.2, 0.3, 0.5])
    mean = w @ np.log(x)
    assert analysis.dispersion(x, w) == pytest.approx(np.sqrt(w @ (np.log(x) - mean) ** 2))
    assert analysis.dispersion(7 * x, w) == pytest.approx(analysis.dispersion(x, w))


@given(st.lists(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), min_size=3, max_size=3))
def test_circulation_is_between_one_direction_and_balance(flows):
    flows = np.array(flows)
    np.fill_diagonal(flows, 0.0)
    found = analysis.circulation(flows)
    assert np.isnan(found) if not flows.any() else 0.0 <= found <= 1.0
    if flows.any():
        assert analysis.circulation(flows + flows.T) == pytest.approx(1.0)
        assert analysis.circulation(np.triu(flows, 1) + np.eye(3)) in (0.0, pytest.approx(np.nan, nan_ok=True))


def test_circulation_of_results(ds):
    # the names of origins and destinations are the same
    flow = ds["talent_flow"].sel(RUN).to_numpy().astype(float)
    pairs = [(i, j) for i in range(len(flow)) for j in range(i)]
    least = sum(min(flow[i, j], flow[j, i]) for i, j in pairs)
    assert got(ds, "talent_circulation") == pytest.approx(least / sum(max(flow[i, j], flow[j, i]) for i, j in pairs))
    zones = ds["firm_capital_flow_zones"].sel(RUN).sum("sector").to_numpy()
    assert got(ds, "firm_capital_circulation_zones") == pytest.approx(analysis.circulation(zones))
    with pytest.raises(UserError, match="needs talent_flow"):
        analysis.evaluate(ds.drop_vars("talent_flow"), "talent_circulation")


def test_relations_of_markets_by_hand(ds):
    run = ds.sel(RUN)
    poor = (run["zone"] == "supporting").to_numpy()
    exports, people = run["exports"].sum("sector").to_numpy(), run["people"].sum("group").to_numpy()
    sales, capital = (run[name].sum("sector").to_numpy() for name in ("sales", "capital"))
    assert got(ds, "supporting_export_share") == pytest.approx(exports[poor].sum() / sales[poor].sum())
    prices, gross = run["goods_price"].to_numpy(), run["gross_return"].to_numpy()
    assert got(ds, "price_dispersion") == pytest.approx(analysis.dispersion(prices, people))
    assert got(ds, "supporting_price_dispersion") == pytest.approx(analysis.dispersion(prices[poor], people[poor]))
    assert got(ds, "return_dispersion") == pytest.approx(analysis.dispersion(gross, capital))
    equal = ds.assign(goods_price=ds["goods_price"] * 0 + 1.3)
    assert got(equal, "supporting_price_dispersion") == pytest.approx(0.0, abs=1e-12)
    through = ds.assign(via_centre=ds["via_centre"] * 0 + (ds["region"] == "wuzhou"))
    wuzhou = list(ds["region"].values).index("wuzhou")
    assert got(through, "gateway_share") == pytest.approx(exports[wuzhou] / exports.sum())
    assert got(through, "supporting_gateway_share") == pytest.approx(exports[wuzhou] / exports[poor].sum())


def test_quotient_and_fit_by_hand(ds):
    table = ds["value_added"].sel(RUN).transpose("region", "sector").to_numpy()
    quotients = analysis.location_quotient(table)
    cell = analysis.quotient(ds, "bijie", ["energy"]).sel(RUN).item()
    assert cell == pytest.approx(quotients[-1, 1])
    poor = (ds["zone"] == "supporting").to_numpy()
    bulky = table[poor][:, :2].sum() / table[poor].sum() / (table[:, :2].sum() / table.sum())
    assert analysis.quotient(ds, "supporting", ["agriculture", "energy"]).sel(RUN).item() == pytest.approx(bulky)
    found = analysis.fit(ds, "bijie", {"energy": 0.25, "high_tech": 0.75}).sel(RUN).item()
    assert found == pytest.approx(0.25 * quotients[-1, 1] + 0.75 * quotients[-1, 3])
    every = {sector: 1 / 6 for sector in ds["sector"].values}
    assert analysis.fit(ds, "all", every).sel(RUN).item() == pytest.approx(1.0)


def test_planner_trades_income_for_equality(ds):
    income, theil = got(ds, "real_income"), got(ds, "theil_between_zones")
    assert got(ds, "planner_25") == pytest.approx(0.75 * np.log(income) - 0.25 * theil)
    assert analysis.planner(ds, 0.0).sel(RUN).item() == pytest.approx(np.log(income))
    assert analysis.planner(ds, 1.0).sel(RUN).item() == pytest.approx(-theil)
    means = [got(ds, f"equivalent_income_{name}") for name in ("half", "1", "2")]
    assert income > means[0] > means[1] > means[2] > 0


def test_shares_of_levels_sum_to_one(ds):
    shares = [got(ds, f"theil_share_{name}") for name in ("areas", "circles", "regions")]
    run = ds.sel(RUN)
    people, output = run["people"].sum("group").to_numpy(), run["value_added"].sum("sector").to_numpy()
    between = analysis.theil_decomposition(output / people, run["area"].to_numpy(), people)
    assert shares[0] == pytest.approx(between[1] / between[0]) and sum(shares) == pytest.approx(1.0)
    assert min(shares) > 0


def test_groups_relative_to_the_centre_by_hand(ds):
    def ratio(year):
        run = ds.sel(RUN | {"year": year})
        people, output = run["people"].sum("group").to_numpy(), run["value_added"].sum("sector").to_numpy()
        poor = (run["zone"] == "supporting").to_numpy()
        return output[poor].sum() / people[poor].sum() / (output[0] / people[0])

    assert got(ds, "supporting_to_centre") == pytest.approx(ratio(2022))
    assert got(ds, "supporting_catch_up") == pytest.approx(np.log(ratio(2022) / ratio(2020)) / 2)
    assert got(ds, "supporting_catch_up", year=2020) == 0.0
    half = ds.assign(unregistered=0.5 * ds["people"])
    assert got(half, "registered") == pytest.approx(0.5) == got(half, "supporting_registered")


def test_prosperity_by_hand(ds):
    parts = {name: part.sel(RUN).item() for name, part in prosperity_parts(ds, "supporting").items()}
    assert len(parts) == 5
    gini = [1 - got(ds, "gini", year=year) for year in (2020, 2022)]
    assert parts["equality"] == pytest.approx(gini[1] / gini[0])
    income = [got(ds, "real_income", year=year) for year in (2020, 2022)]
    assert parts["income"] == pytest.approx(income[1] / income[0])
    logs = np.log(list(parts.values()))
    assert got(ds, "supporting_prosperity") == pytest.approx(np.exp(logs.mean()))
    without = [np.exp(np.delete(logs, k).mean()) for k in range(5)]
    assert got(ds, "supporting_prosperity_low") == pytest.approx(min(without))
    assert got(ds, "supporting_prosperity_high") == pytest.approx(max(without))
    assert got(ds, "supporting_prosperity", year=2020) == pytest.approx(1.0)


def test_poles_and_primacy_by_hand(ds):
    poles = ds.assign(pole=ds["pole"] * 0 + ds["region"].isin(["foshan", "bijie"]))
    output = ds["value_added"].sel(RUN).sum("sector")
    assert got(poles, "poles") == 2
    large, small = sorted((output.sel(region=name).item() for name in ("foshan", "bijie")), reverse=True)
    assert got(poles, "primacy") == pytest.approx(large / small)
    assert np.isnan(got(ds.assign(pole=ds["pole"] * 0 + (ds["region"] == "foshan")), "primacy"))


def test_displacement_by_hand(ds):
    """Of what an arm adds to the group, two fifths are missing elsewhere."""
    data = ds.copy(deep=True)
    base = data["capital"].sel(arm="baseline")
    data["capital"].loc[{"arm": "fund"}] = base
    added = np.array([90.0, 100.0, 110.0])
    last = {"arm": "fund", "year": 2024, "sector": "energy"}
    data["capital"].loc[{**last, "region": "bijie"}] += added
    data["capital"].loc[{**last, "region": "foshan"}] -= 0.4 * added
    row = analysis.displacement(data, group="supporting").loc["fund"]
    assert (row["added"], row["added_nation"]) == (pytest.approx(100.0), pytest.approx(60.0))
    assert row["displacement"] == pytest.approx(0.4)
    assert row["displacement_low"] == pytest.approx(0.4) == row["displacement_high"]
    # four years of outlay before the last
    assert row["outlay"] == pytest.approx(4000) and row["crowding_out"] == pytest.approx(1 - 60 / 4000)
    assert row["crowding_out_low"] < row["crowding_out"] < row["crowding_out_high"] and row["n"] == 3


def test_intervals_of_ratios():
    exact = ratio_interval(np.array([4.0, 5.0, 6.0]), np.array([8.0, 10.0, 12.0]))
    assert exact == (pytest.approx(0.5),) * 3
    unknown = ratio_interval(np.array([1.0, 2.0, 3.0]), np.array([-5.0, 1.0, 6.0]))
    assert unknown[1:] == (-np.inf, np.inf)
    # with a certain denominator it is the t-interval of the numerator
    top = np.array([1.0, 2.0, 3.0, -2.0])
    ratio, low, high = ratio_interval(top, np.full(4, 2.0))
    half = 3.182446305284263 * np.sqrt(14 / 3) / 2
    assert (ratio, low, high) == (0.5, pytest.approx((1 - half) / 2), pytest.approx((1 + half) / 2))
    assert np.isnan(ratio_interval(np.empty(0), np.empty(0))).all()


def test_leverage_by_hand(ds):
    assert analysis.leverage(ds.assign(treasury_outlay=0.25 * ds["public_outlay"]))["fund"] == pytest.approx(4.0)
    assert np.isnan(analysis.leverage(ds.assign(treasury_outlay=0.0 * ds["public_outlay"]))["fund"])
    with pytest.raises(UserError, match="needs treasury_outlay"):
        analysis.leverage(ds.drop_vars("treasury_outlay"))


def test_loss_under_a_shock_is_a_difference_of_differences(tmp_path):
    arms = ("baseline", "link", "crisis", "both")
    data = results.open_results(write_fake(tmp_path / "out", arms)).load().copy(deep=True)
    income = data["real_income"]
    for arm, factor in {"link": 1.10, "crisis": 0.80, "both": 0.95}.items():
        income.loc[{"arm": arm}] = factor * income.sel(arm="baseline")
    data["people"].loc[{"arm": list(arms[1:])}] = data["people"].sel(arm="baseline")
    level = analysis.evaluate(data, "real_income").sel(arm="baseline").isel(year=-1).mean().item()
    found = analysis.loss_under_shock(data, "link", "crisis", "both")
    assert found["without"] == pytest.approx(-0.20 * level) and found["with"] == pytest.approx(-0.15 * level)
    assert found["difference"] == pytest.approx(0.05 * level)
    assert found["ci_low"] < found["difference"] < found["ci_high"] and found["n"] == 3 and found["sign_share"] == 1
