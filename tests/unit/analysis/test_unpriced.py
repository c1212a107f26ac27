"""Arms without a known price: a break-even cost by hand, no figure per yuan, no rank by one."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from sim import analysis, results
from sim.analysis.incidence import incidence, lead_of, per_yuan
from sim.analysis.statistics import interval
from sim.analysis.switching import switching_tables
from sim.analysis.unpriced import unpriced, unpriced_factors
from sim.batch.headline import rich_costs, tidy
from sim.figures import cost
from sim.indicators import BREAK_EVEN
from sim.report.numbers import unpriced_note
from tests.helpers.results import write_fake
from tests.unit.analysis.test_switching import futures, measured

LINK = "market_integration"
ARMS = ("baseline", "enclave", "fund", LINK)


@pytest.fixture(scope="module")
def ds(tmp_path_factory):
    return results.open_results(write_fake(tmp_path_factory.mktemp("fake") / "out", ARMS))


def with_arms(ds, **arms):
    """Return results whose arms have these mechanisms by kind."""
    stated = {name: {"mechanisms": [{"kind": kind, "name": kind} for kind in kinds]} for name, kinds in arms.items()}
    return ds.assign_attrs(config=json.dumps({**json.loads(ds.attrs["config"]), "arms": stated}))


def test_an_arm_has_no_known_price_if_one_of_the_mechanisms_that_the_baseline_lacks_has_none(ds):
    assert unpriced(ds) == {LINK: [LINK]}
    sold = ["tourism_link"]
    both = with_arms(ds, baseline=sold, enclave=[*sold, "enclave"], fund=[*sold, "unknown"], market_integration=[])
    assert unpriced(both) == {LINK: ["tourism_link"]}  # it lacks what the baseline has
    combined = with_arms(ds, baseline=[], enclave=["enclave", "zone_link", LINK], fund=[], market_integration=[])
    assert unpriced(combined) == {"enclave": ["zone_link", LINK]}
    factors = {"a": {"mechanisms": [{"kind": LINK}]}, "b": {"mechanisms": [{"kind": "enclave"}]}}
    assert unpriced_factors({"factors": factors}) == {"a": [LINK]}


def test_policies_are_as_the_arm_that_they_are_made_from(ds):
    named = ds.assign_coords(arm=["baseline", "fund-0.5", "fund", "fund-link-0.5"])
    named = with_arms(named, baseline=[], fund=["investment_fund"], **{"fund-link": [LINK]})
    assert unpriced(named) == {"fund-link-0.5": [LINK]}


def test_at_the_break_even_cost_the_net_benefit_is_zero(ds):
    ds = ds.assign_attrs(config=json.dumps({**json.loads(ds.attrs["config"]), "appraisal": {"funds_cost": 1.5}}))
    table = analysis.headline_table(ds)
    weight = 1.04 ** -np.arange(5.0)
    earned = (ds["real_income"] * ds["people"].sum("group")).sum("region").transpose("arm", "replication", "year") / 1e6
    gain = earned.sel(arm=LINK).to_numpy() @ weight - earned.sel(arm="baseline").to_numpy() @ weight
    mean, low, high, _ = interval(gain / 1.5)
    row = table.loc[LINK, BREAK_EVEN]
    assert (row["difference"], row["ci_low"], row["ci_high"]) == pytest.approx((mean, low, high)) and row["n"] == 3
    benefit, paid = (table.loc[LINK, name]["difference"] for name in ("net_benefit", "public_net_cost"))
    assert benefit == pytest.approx(1.5 * (row["difference"] - paid))
    assert np.isnan(row["p_adjusted"]) and np.isnan(row["per_million_yuan"])
    written = tidy(table, "yuan").set_index(["indicator", "arm"]).loc[(BREAK_EVEN, LINK)]
    assert written["unit"] == "million yuan" and written["years"] == "present"
    columns = [" ".join(str(column.header).split()) for column in rich_costs(tidy(table, "yuan"),
               analysis.appraisal_of(ds), "yuan").columns]  # fmt: skip
    assert columns.index("Break-even cost") == columns.index("Net cost") + 1


def test_it_has_no_figure_per_yuan_and_no_rank(ds):
    table = analysis.headline_table(ds).xs("per_million_yuan", axis=1, level="statistic").drop(
        columns=["public_outlay", "public_net_cost", BREAK_EVEN]
    )  # fmt: skip
    assert table.loc[LINK].isna().all() and table.drop(index=LINK).notna().all(axis=None)
    shares = incidence(ds).set_index("arm")["per_yuan"]
    assert shares[LINK].isna().all() and shares.drop(LINK).notna().all()
    ratios = per_yuan(ds)
    assert set(ratios.columns) == {"enclave", "fund"} and set(lead_of(ratios)[:2]) == {"enclave", "fund"}
    found = analysis.cost_effectiveness(ds)
    assert found.loc[LINK, ["gain_per_yuan", "cost_per_unit", "cost_high"]].isna().all()
    assert found.loc[LINK, ["outlay", "gain"]].notna().all() and found.drop(index=LINK)["gain_per_yuan"].notna().all()
    assert unpriced_note(ds).endswith("is not known: Market integration (Market integration).")
    label = cost.draw(ds).axes[0].get_xlabel()
    assert "left out: Market integration" in " ".join(label.split())


def test_the_others_are_as_without_it(ds):
    without = ds.sel(arm=["baseline", "enclave", "fund"])
    pd.testing.assert_frame_equal(per_yuan(without), per_yuan(ds))
    assert BREAK_EVEN not in analysis.headline_indicators(without) and unpriced_note(without) == ""
    one = analysis.paired(ds, "value_added").drop(index=LINK)
    pd.testing.assert_frame_equal(
        one.drop(columns=["joint_low", "joint_high"]),
        analysis.paired(without, "value_added").drop(columns=["joint_low", "joint_high"]),
    )  # fmt: skip


def test_no_future_is_won_by_a_policy_without_a_known_price():
    gained = np.array([[3.0, 2.0, 9.0]] * 4)
    parts = [measured("gain", gained), measured("public_outlay", np.ones((4, 3)))]
    rows = switching_tables(parts, futures(4), {"gain": 1}, ["transfer"])["winners"].set_index("policy")
    assert rows["won"].to_dict() == {"enclave": 4, "fund": 0}
    assert switching_tables(parts, futures(4), {"gain": 1}, ["transfer", "fund"])["winners"].empty
