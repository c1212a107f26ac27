"""Winners per public yuan and switching values: against closed forms, with planted effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sim.analysis.sweep import Measured
from sim.analysis.switching import switching_tables

ARMS, SEEDS = ("enclave", "fund", "transfer"), 3


def measured(name: str, values: np.ndarray) -> Measured:
    """An indicator with these present values, (future, arm)."""
    shape = (len(values), len(ARMS), SEEDS)
    data = np.broadcast_to(np.asarray(values, float)[:, :, None], shape)
    coords = {"point": np.arange(len(values)), "arm": list(ARMS), "replication": np.arange(SEEDS)}
    array = xr.DataArray(data, coords, ("point", "arm", "replication"))
    return Measured(name, name, "million yuan/yr", "last", array, array, array)


def futures(n: int) -> pd.DataFrame:
    """Two uncertainties and a constant one."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"a": rng.uniform(1, 3, n), "b": rng.uniform(0, 10, n), "same": 1.0})
    return table.rename_axis("future")


def test_winners_are_those_with_most_per_yuan_of_outlay():
    paid = np.array([[10.0, 20.0, 10.0]] * 4)
    gained = np.array([[30.0, 50.0, 1.0], [30.0, 70.0, 1.0], [30.0, 50.0, 1.0], [30.0, np.nan, 1.0]])
    tables = switching_tables([measured("gain", gained), measured("public_outlay", paid)], futures(4), {"gain": 1})
    rows = tables["winners"].set_index("policy")
    assert rows["won"].to_dict() == {"enclave": 2, "fund": 1, "transfer": 0}
    assert (rows["futures"] == 3).all() and (rows["dropped"] == 1).all()
    assert rows.loc["enclave", "per_million_yuan"] == pytest.approx(3.0)
    assert rows.loc["enclave", "share_low"] < 2 / 3 < rows.loc["enclave", "share_high"]


def test_the_switching_value_is_where_two_policies_are_equal():
    table = futures(60)
    first = 5.0 + 0.0 * table["a"]
    second = 5.0 + 2.0 * (table["a"] - 1.6) - 0.01 * (table["b"] - table["b"].mean())
    gained = np.column_stack([first, second, np.zeros(60)])
    paid = np.ones((60, 3))
    rows = switching_tables([measured("gain", gained), measured("public_outlay", paid)], table, {"gain": 1})[
        "switching"
    ]
    assert list(rows["uncertainty"]) == ["a", "b"]
    assert rows["value"].iloc[0] == pytest.approx(1.6) and rows["switches"].tolist() == [True, False]
    assert rows["r_squared"].iloc[0] == pytest.approx(1.0)
    assert set(rows[["first", "second"]].iloc[0]) == {"enclave", "fund"}
    span = table["a"].max() - table["a"].min()
    assert abs(rows["effect"].iloc[0]) == pytest.approx(2.0 * span)


def test_every_two_policies_are_compared_also_where_a_third_is_missing():
    table = futures(60)
    first, second = 2.0 + 0.0 * table["a"], 2.0 * (table["a"] - 0.8)  # equal at 1.8
    gained = np.column_stack([first, second, np.zeros(60)])
    gained[:7, 2] = np.nan
    rows = switching_tables([measured("gain", gained), measured("public_outlay", np.ones((60, 3)))], table,
                            {"gain": 1})["pairwise"].set_index(["first", "second"])  # fmt: skip
    assert len(rows) == 3
    ahead = int((second > first).sum())
    pair = rows.loc[("fund", "enclave")]
    assert pair["won"] == ahead and pair["share"] == ahead / 60 and pair["dropped"] == 0
    assert pair["uncertainty"] == "a" and pair["value"] == pytest.approx(1.8) and pair["switches"]
    assert pair["difference"] == pytest.approx(float((second - first).mean())) and not pair["decided"]
    never = rows.loc[("enclave", "transfer")]
    assert never["futures"] == 53 and never["dropped"] == 7 and never["decided"] and never["share"] == 1
    assert rows["decided"].tolist() == (rows["share"] >= 0.8).tolist()


def test_a_tie_is_won_by_neither_of_two_policies():
    gained = np.array([[1.0, 1.0, 0.0]] * 5)
    tables = switching_tables([measured("gain", gained), measured("public_outlay", np.ones((5, 3)))], futures(5),
                              {"gain": 1})  # fmt: skip
    rows = tables["pairwise"].set_index(["first", "second"])
    assert rows.loc[("enclave", "fund"), "won"] == 0 and not rows.loc[("enclave", "fund"), "decided"]


def test_less_is_better_where_the_indicator_says_so():
    gained = np.array([[-3.0, -1.0, 0.0]] * 2)
    tables = switching_tables(
        [measured("theil", gained), measured("public_outlay", np.ones((2, 3)))], futures(2), {"theil": -1}
    )
    assert tables["winners"].set_index("policy")["won"].to_dict() == {"enclave": 2, "fund": 0, "transfer": 0}
    assert tables["switching"].empty


def test_without_outlay_there_is_no_table():
    tables = switching_tables([measured("gain", np.ones((2, 3)))], futures(2), {"gain": 1})
    assert tables["winners"].empty and tables["switching"].empty
