"""Robustness tables by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.analysis.robustness import ALL, robustness_tables, threshold_text
from sim.errors import UserError

# income (more is better) and gini (less is better) of two policies in four futures
INCOME = {"fund": [10, 20, 30, 40], "wait": [12, 15, 30, 20]}
GINI = {"fund": [0.3, 0.3, 0.3, 0.3], "wait": [0.2, 0.4, 0.3, 0.35]}
THRESHOLDS = [{"indicator": "income", "least": 20}, {"indicator": "gini", "most": 0.3}]


def outcomes(**tables: tuple[dict, int]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"future": k, "policy": policy, "indicator": name, "value": value, "better": better}
            for name, (table, better) in tables.items()
            for policy, values in table.items()
            for k, value in enumerate(values)
        ]
    )


def four() -> pd.DataFrame:
    return outcomes(income=(INCOME, 1), gini=(GINI, -1))


def futures(count: int = 4) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    return pd.DataFrame(draw.random((count, 3)), columns=list("abc"), index=pd.RangeIndex(count, name="future"))


def test_regret_by_hand():
    tables = robustness_tables(four(), futures(), [])
    row = tables["regret"].set_index(["policy", "indicator"])
    # wait loses 5 and 20 in the second and fourth future, fund 2 in the first
    assert row.loc[("fund", "income"), ["maximum", "mean", "best", "futures"]].tolist() == [2, 0.5, 0.75, 4]
    assert row.loc[("wait", "income"), ["maximum", "mean", "best"]].tolist() == [20, 6.25, 0.5]
    assert row.loc[("wait", "income"), "percentile_90"] == pytest.approx(5 + 0.7 * 15)  # of 0, 0, 5, 20
    assert row.loc[("fund", "gini"), "maximum"] == pytest.approx(0.1)
    assert row.loc[("wait", "gini"), "maximum"] == pytest.approx(0.1)
    assert list(tables["regret"]["policy"][:2]) == ["fund", "wait"]
    every = tables["regrets"].set_index(["policy", "indicator", "future"])["regret"].sort_index()
    assert every["wait", "income"].tolist() == [0, 5, 0, 20]


def test_interval_of_a_share_is_wilsons():
    row = robustness_tables(four(), futures(), [])["regret"].iloc[0]
    # 3 of 4: centre (p + z2/2n) / (1 + z2/n), Wilson (1927)
    z2 = 1.959964**2
    centre, half = (0.75 + z2 / 8) / (1 + z2 / 4), np.sqrt(z2 * 0.75 * 0.25 / 4 + (z2 / 8) ** 2) / (1 + z2 / 4)
    assert (row["best_low"], row["best_high"]) == pytest.approx((centre - half, centre + half), abs=1e-6)


def test_futures_with_a_missing_policy_are_dropped_for_regret():
    broken = {**INCOME, "wait": [12, np.nan, 30, 20]}
    rows = robustness_tables(outcomes(income=(broken, 1)), futures(), [])["regret"].set_index("policy")
    assert rows["futures"].tolist() == [3, 3] and rows["dropped"].tolist() == [1, 1]
    assert rows.loc["wait", "mean"] == pytest.approx(20 / 3)


def test_nothing_left_gives_no_number():
    rows = robustness_tables(outcomes(income=({"a": [1.0], "b": [np.nan]}, 1)), futures(1), [])["regret"]
    assert rows[["maximum", "best", "best_low"]].isna().all(axis=None) and rows["dropped"].tolist() == [1, 1]


def test_indicators_without_a_better_side_have_no_regret():
    tables = robustness_tables(outcomes(krugman=(GINI, 0)), futures(), [{"indicator": "krugman", "least": 0.3}])
    assert tables["regret"].empty and len(tables["satisficing"]) == 4


def test_satisficing_by_hand():
    tables = robustness_tables(four(), futures(), THRESHOLDS)
    share = tables["satisficing"].set_index(["policy", "threshold"])["share"]
    assert share["fund"].tolist() == [0.75, 0.75, 1.0]  # all, income, gini
    assert share["wait", ALL] == 0.25  # the third future alone
    assert share["wait", "income at least 20"] == 0.5 and share["wait", "gini at most 0.3"] == 0.5
    met = tables["met"].set_index(["policy", "future"])["met"]
    assert met["wait"].tolist() == [False, False, True, False]


def test_a_missing_value_drops_the_future_of_that_policy_alone():
    broken = {**INCOME, "wait": [12, np.nan, 30, 20]}
    table = outcomes(income=(broken, 1), gini=(GINI, -1))
    rows = robustness_tables(table, futures(), THRESHOLDS)["satisficing"].set_index(["policy", "threshold"])
    assert rows.loc[("wait", ALL), ["share", "met", "futures", "dropped"]].tolist() == [pytest.approx(1 / 3), 1, 3, 1]
    assert rows.loc[("wait", "gini at most 0.3"), ["futures", "dropped"]].tolist() == [4, 0]
    assert rows.loc[("fund", ALL), ["futures", "dropped"]].tolist() == [4, 0]


def test_a_range_is_a_threshold():
    rows = robustness_tables(four(), futures(), [{"indicator": "income", "least": 12, "most": 30}])["satisficing"]
    assert rows["share"].tolist() == [0.5, 0.5, 1.0, 1.0]
    assert rows["threshold"][1] == "income at least 12 and at most 30"
    assert threshold_text({"indicator": "firms", "least": 1234567}) == "firms at least 1,234,567"


def test_boxes_are_of_missed_futures():
    table = futures(400)
    table["rule"] = np.where(np.arange(400) % 2, "cap", "tax")
    broken = (table["a"] < 0.5) & (table["rule"] == "cap")
    values = {"weak": np.where(broken, 0.0, 1.0), "strong": np.ones(400)}
    values["weak"][7] = np.nan
    tables = robustness_tables(outcomes(income=(values, 1)), table, [{"indicator": "income", "least": 0.5}])
    boxes = tables["boxes"]
    assert set(boxes["policy"]) == {"weak"} and set(boxes["box"]) == {1}
    rows = boxes.set_index("uncertainty")
    assert rows.loc["rule", "values"] == "cap" and np.isnan(rows.loc["a", "low"])
    assert rows.loc["a", "high"] == pytest.approx(0.5, abs=0.03)
    assert rows["coverage"].min() > 0.95 < rows["density"].min() and rows["quasi_p"].is_monotonic_increasing
    path = tables["trajectory"]
    assert path["stage"].iloc[-1] == "chosen" and path["coverage"].iloc[-1] == rows["coverage"].iloc[0]
    assert len(tables["met"]) == 799


def test_without_thresholds_nothing_is_missed():
    tables = robustness_tables(four(), futures(), [])
    assert all(tables[name].empty for name in ("satisficing", "met", "boxes", "trajectory"))


def test_an_unknown_indicator_is_told():
    with pytest.raises(UserError, match=r"no indicator 'incme'.*did you mean 'income'"):
        robustness_tables(four(), futures(), [{"indicator": "incme", "least": 1}])
