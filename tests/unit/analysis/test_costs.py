"""Costs of policies: closed forms, every figure of the table from the stored series, interaction of instruments."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from sim import analysis, results
from sim.analysis.costs import COST_SERIES, cost_of, discounted, net_cost, parts_of_cost, per_outlay, present
from sim.analysis.costs import present_value as pv
from sim.analysis.interaction import combinations, weights
from sim.analysis.paired import COSTS
from sim.batch.headline import COST_COLUMNS, interaction_text, rich_costs, tidy
from sim.indicators import BREAK_EVEN
from sim.parameters import Appraisal
from tests.helpers.results import write_fake
from tests.helpers.running import silent

YEARS = np.arange(5)
RATES = Appraisal(discount=0.04)


@pytest.fixture(scope="module")
def ds(tmp_path_factory):
    return results.open_results(write_fake(tmp_path_factory.mktemp("fake") / "out"))


def run(outlay, returned=0.0, equity=0.0, claims=0.0):
    """Return the series of cost of one run."""
    parts = np.broadcast_arrays(np.asarray(outlay, dtype=float), returned, equity, claims)
    return dict(zip(COST_SERIES, parts, strict=True))


def test_present_values_in_closed_form():
    steady = np.full(12, 7.0)
    assert pv(steady, 0.05) == pytest.approx(7 * (1 - 1.05**-12) / (1 - 1 / 1.05))  # a geometric series
    assert pv(steady, 0.0) == pytest.approx(84.0)
    series = xr.DataArray(steady, {"year": 2020 + np.arange(12)}, ["year"], attrs={"units": "million yuan/yr"})
    assert discounted(series, 0.05).item() == pytest.approx(pv(steady, 0.05))
    assert present(series, 0.05).item() == pytest.approx(pv(steady, 0.05))  # a flow: over all years
    stock = series.assign_attrs(units="million yuan")
    assert present(stock, 0.05).item() == pytest.approx(7 / 1.05**11)  # a state: as of the last year


def test_a_loan_repaid_with_interest_at_the_discount_rate_costs_nothing():
    lent, back = np.zeros(10), np.zeros(10)
    lent[2], back[8] = 1000.0, 1000.0 * 1.04**6
    gross, net = cost_of(run(lent, back), RATES)
    assert gross == pytest.approx(1000 / 1.04**2) and net == pytest.approx(0, abs=1e-9)
    # Part of it is repaid, the rest is owed at the end, with interest: it costs nothing either.
    owed = 1000 * 1.04 ** np.clip(np.arange(10) - 2, 0, None) * (np.arange(10) >= 2)
    back = np.where(np.arange(10) == 5, 400.0, 0.0)
    owed -= 400 * 1.04 ** np.clip(np.arange(10) - 5, 0, None) * (np.arange(10) >= 5)
    assert cost_of(run(lent, back, claims=owed), RATES)[1] == pytest.approx(0, abs=1e-9)


def test_net_cost_in_closed_form():
    draw = np.random.default_rng(0)
    series = {name: draw.uniform(0, 100, (3, 15)) for name in COST_SERIES}
    rates = Appraisal(discount=0.05, equity_rate=0.09)
    weight = 1.05 ** -np.arange(15)
    for row, yearly in enumerate(net_cost(series, rates)):
        outlay, returned, equity, claims = (series[name][row] for name in COST_SERIES)
        expected = (outlay - returned) @ weight - equity[-1] / 1.09**14 - claims[-1] * weight[-1]
        assert yearly @ weight == pytest.approx(expected)
    assert net_cost(run(draw.uniform(0, 100, 15)), rates).shape == (15,)


def test_net_cost_moves_in_the_expected_directions():
    outlay, back = np.where(np.arange(10) < 3, 100.0, 0.0), np.where(np.arange(10) > 4, 20.0, 0.0)
    plain = cost_of(run(outlay, back, equity=50.0), RATES)[1]
    assert cost_of(run(outlay, back, equity=80.0), RATES)[1] < plain  # more is owned at the end
    assert cost_of(run(outlay, 2 * back, equity=50.0), RATES)[1] < plain  # more comes back
    risky = RATES.model_copy(update={"equity_rate": 0.10})
    assert cost_of(run(outlay, back, equity=50.0), risky)[1] > plain  # stakes are worth less
    assert cost_of(run(outlay, back, claims=-30.0), RATES)[1] > cost_of(run(outlay, back), RATES)[1]  # debt is owed
    patient = RATES.model_copy(update={"discount": 0.0})
    assert cost_of(run(outlay, back), patient)[1] < cost_of(run(outlay, back), RATES)[1]  # returns come late
    assert np.isnan(cost_of({"public_outlay": outlay}, RATES)[1])  # unknown without the other series


def test_effects_per_yuan_are_ratios_of_means():
    gained, paid = np.array([[1.0, 3.0, np.nan], [1.0, 1.0, 1.0]]), np.array([[10.0, 30.0, 5.0], [0.0, 0.0, 0.0]])
    assert per_outlay(gained, paid)[0] == pytest.approx(0.1) and np.isnan(per_outlay(gained, paid)[1])


def test_the_rates_are_those_of_the_experiment():
    assert Appraisal.of({}).discount == 0.04
    assert Appraisal.of({"appraisal": {"discount": 0.06, "funds_cost": 1.4}}).discount == 0.06
    stated = {"appraisal": {"discount": 0.06}, "discount": 0.05}
    assert Appraisal.of(stated).discount == 0.05
    assert Appraisal.of({**stated, "common_budget": {"amount": 1, "discount": 0.0}}).discount == 0.0
    assert Appraisal.of({"common_budget": {"amount": 1, "discount": None}, "discount": None}).discount == 0.04


def expected_costs(ds, arm, rates):
    """Return what the table must say of an arm, recomputed from the stored series: a value per replication."""
    w = (1 + rates.discount) ** -YEARS.astype(float)

    def total(of, name):
        return ds[name].sel(arm=of).transpose("replication", "year").to_numpy() @ w

    def last(of, name, rate):
        return ds[name].sel(arm=of).isel(year=-1).to_numpy() / (1 + rate) ** 4

    def net(of):
        assets = last(of, "public_equity", rates.equity_rate) + last(of, "public_claims", rates.discount)
        return total(of, "public_outlay") - total(of, "public_return") - assets

    def income(of, where):
        one = ds.sel(arm=of).transpose("replication", "year", ...)
        yuan = (one["real_income"] * one["people"].sum("group")).to_numpy()
        return yuan[:, :, where].sum(axis=2) @ w / 1e6

    everywhere, poor = np.ones(ds.sizes["region"], bool), (ds["zone"] == "supporting").to_numpy()
    cost = net(arm) - net("baseline")
    return {
        "public_outlay": total(arm, "public_outlay") - total("baseline", "public_outlay"),
        "public_net_cost": cost,
        "own_revenue": total(arm, "own_revenue") - total("baseline", "own_revenue"),
        "net_benefit": income(arm, everywhere) - income("baseline", everywhere) - rates.funds_cost * cost,
        "supporting_net_benefit": income(arm, poor) - income("baseline", poor) - rates.funds_cost * cost,
    }


@pytest.mark.parametrize("stated", [{}, {"appraisal": {"discount": 0.06, "equity_rate": 0.1, "funds_cost": 1.5}}])
def test_every_figure_of_the_costs_is_that_of_the_store(ds, stated):
    ds = ds.assign_attrs(config=json.dumps({**json.loads(ds.attrs["config"]), **stated}))
    table, rates = analysis.headline_table(ds), analysis.appraisal_of(ds)
    for arm in ("enclave", "fund"):
        for name, values in expected_costs(ds, arm, rates).items():
            row = table.loc[arm, name]
            mean, low, high, same = analysis.statistics.interval(values)
            assert row["difference"] == pytest.approx(mean), name
            assert (row["ci_low"], row["ci_high"]) == (pytest.approx(low), pytest.approx(high))
            assert row["n"] == 3 and row["sign_share"] == same
    assert set(COST_COLUMNS) - {BREAK_EVEN} == set(expected_costs(ds, "fund", rates))
    assert BREAK_EVEN not in table  # every arm has a known price


def test_every_effect_per_yuan_divides_present_values(ds):
    table, w = analysis.headline_table(ds), 1.04 ** -YEARS.astype(float)
    paid = (1000.0 * w).sum()
    for name in analysis.HEADLINE:
        row, facts = table.loc["fund", name], analysis.INDICATORS[name]
        if name in COSTS:
            assert np.isnan(row["per_million_yuan"])
            continue
        series = analysis.evaluate(ds, name).transpose("arm", "replication", "year")
        gap = (series.sel(arm="fund") - series.sel(arm="baseline")).to_numpy()
        value = gap @ w if facts.unit.endswith("/yr") else gap[:, -1] * w[-1]
        assert row["per_million_yuan"] == pytest.approx(value.mean() / paid), name


def test_parts_of_the_cost_add_up(ds):
    for arm, parts in parts_of_cost(ds, RATES).items():
        assert parts["gross"] == pytest.approx(parts["returned"] + parts["assets"] + parts["net"]), arm
    assert parts_of_cost(ds, RATES)["fund"]["assets"] == pytest.approx(500 / 1.07**4 + 20 / 1.04**4)
    older = ds.drop_vars(["public_equity", "public_claims"])
    assert set(parts_of_cost(older, RATES)["fund"]) == {"gross", "returned"}
    assert "public_net_cost" not in analysis.headline_table(older).columns.get_level_values(0)


def test_a_higher_cost_of_public_funds_lowers_the_net_benefit(ds):
    found = []
    for mu in (1.0, 1.2, 1.5):
        stated = {**json.loads(ds.attrs["config"]), "appraisal": {"funds_cost": mu}}
        table = analysis.headline_table(ds.assign_attrs(config=json.dumps(stated)))
        found.append(table.loc["fund", "net_benefit"]["difference"])
    net = analysis.headline_table(ds).loc["fund", "public_net_cost"]["difference"]
    assert net > 0 and np.diff(found) == pytest.approx([-0.2 * net, -0.3 * net])


@pytest.mark.parametrize("width", [80, 120])
def test_the_costs_are_read_in_a_terminal(ds, width):
    console = silent(width)
    console.print(rich_costs(tidy(analysis.headline_table(ds), "yuan"), RATES, "yuan"))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width and sum(line.startswith(("enclave", "fund")) for line in lines) == 2
    assert "present values at 4.00 % a year" in " ".join(lines)


# Interaction of instruments


PARKS = {"kind": "enclave", "name": "parks", "area": 5}
FUND = {"kind": "investment_fund", "name": "fund", "amount": 1.0}


@pytest.fixture
def mixed(tmp_path):
    """Two instruments alone and together: the combination spends .25 and .75 of their money."""
    data = results.open_results(write_fake(tmp_path / "out", ("baseline", "parks", "fund", "both"), 4)).load()
    arms = {
        "baseline": {}, "parks": {"mechanisms": [PARKS]}, "fund": {"mechanisms": [FUND]},
        "both": {"mechanisms": [{**PARKS, "strength": 0.3}, FUND]},
    }  # fmt: skip
    data = data.assign_attrs(config=json.dumps({"arms": arms}))
    for name, share in (("parks", 0.25), ("fund", 0.75)):
        paid = data[f"{name}.public outlay"]
        paid.loc[{"arm": "both"}] = share * paid.sel(arm=name)
    return data


def set_gain(data, arm, gain):
    """Let an arm gain as much value added in the first supporting region as given, by replication."""
    there = {"region": "bijie", "sector": "energy", "year": 2024}
    data["value_added"].loc[{"arm": arm}] = data["value_added"].sel(arm="baseline")
    data["value_added"].loc[{"arm": arm, **there}] += gain


def test_parts_of_a_combination_are_found(mixed):
    assert combinations(mixed) == {"both": {"parks": "parks", "fund": "fund"}}
    shares = weights(mixed, "both", {"parks": "parks", "fund": "fund"})
    assert shares.to_numpy() == pytest.approx(np.tile([0.25, 0.75], (4, 1)))
    config = json.loads(mixed.attrs["config"])
    config["arms"]["both"]["mechanisms"][0]["area"] = 6  # another instrument
    assert combinations(mixed.assign_attrs(config=json.dumps(config))) == {}
    config["arms"]["both"]["mechanisms"][0]["area"] = 5
    config["arms"]["both"]["set"] = {"parameters.capital.depreciation": 0.1}  # another economy
    assert combinations(mixed.assign_attrs(config=json.dumps(config))) == {}


def test_interaction_is_what_exceeds_the_mixture(mixed):
    draw = np.random.default_rng(1)
    parks, fund, more = draw.uniform(10, 20, 4), draw.uniform(30, 50, 4), np.array([4.0, 5.0, 6.0, 7.0])
    mixture = 0.25 * parks + 0.75 * fund
    for arm, gain in (("parks", parks), ("fund", fund), ("both", mixture + more)):
        set_gain(mixed, arm, gain)
    table = analysis.interaction(mixed).set_index("indicator")
    row = table.loc["supporting_value_added"]
    assert row["actual"] == pytest.approx((mixture + more).mean()) and row["mixture"] == pytest.approx(mixture.mean())
    mean, low, high, _ = analysis.statistics.interval(more)
    assert (row["interaction"], row["ci_low"], row["ci_high"]) == pytest.approx((mean, low, high))
    assert row["relative"] == pytest.approx(5.5 / mixture.mean()) and row["n"] == 4
    assert row["parts"] == "parks 0.25; fund 0.75" and set(table["arm"]) == {"both"}
    assert set(table.index) == set(analysis.HEADLINE) - {"public_outlay"}
    text = interaction_text(table.reset_index())
    assert "both (parks 0.25; fund 0.75)" in text and "+5.50" in text


def test_the_mixture_of_two_equal_arms_has_no_interaction(mixed):
    gain = np.array([10.0, 12.0, 15.0, 11.0])
    for arm in ("parks", "fund", "both"):
        set_gain(mixed, arm, gain)
    row = analysis.interaction(mixed).set_index("indicator").loc["value_added"]
    print(f"interaction {row['interaction']:.1e} of {row['mixture']:.3g}")
    assert abs(row["interaction"]) < 1e-6 * row["mixture"]


def test_there_is_no_interaction_without_a_combination_or_its_money(mixed, ds):
    assert analysis.interaction(ds).empty
    assert analysis.interaction(mixed.drop_vars("parks.public outlay")).empty
    free = mixed.copy(deep=True)
    free["parks.public outlay"][:] = 0.0  # no share of nothing
    assert (analysis.interaction(free)["n"] == 0).all()
