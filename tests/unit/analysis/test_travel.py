"""Travel times of results compared with targets, and the cost of lines."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from sim.analysis.travel import line_costs, travel_table
from sim.errors import UserError
from sim.world import edges_in_use, load_world
from sim.world.travel import against_targets

YEARS = [2020, 2021, 2022]
LINE = {"kind": "transport_corridor", "name": "hakka", "cities": ["guangzhou", "meizhou"], "detour": 1.0, "speed": 300}


def results(world: str = "guangzhou", centre: str = "guangzhou", **line: float) -> xr.Dataset:
    """Two arms, three runs of which the last did not finish; the line opens in 2021 in one run, in 2022 in both."""
    regions = load_world("guangzhou", 2020).regions["id"].tolist()
    dims, shape = ("arm", "replication", "year"), (2, 3, len(YEARS))
    opened, paid = np.full(shape, np.nan), np.full(shape, np.nan)
    opened[1, :2] = [[0, 1, 1], [0, 0, 1]]
    paid[1, :2] = [[10, 20, 3], [14, 20, 5]]
    hours = np.full((*shape, len(regions)), 2.0)
    hours[1, 1] = 4.0
    hours[:, 2] = np.nan
    arms = {"baseline": {}, "line": {"mechanisms": [{**LINE, **line}]}}
    config = {"kind": "comparison", "scenario": {"world": world, "start": 2020}, "arms": arms}
    return xr.Dataset(
        {
            "hakka.open": (dims, opened),
            "hakka.public outlay": (dims, paid),
            "centre_hours": ((*dims, "region"), hours),
            "finished": (dims[:2], [[True, True, False]] * 2),
        },
        coords={"arm": ["baseline", "line"], "year": YEARS, "region": regions,
                "zone": ("region", ["centre" if r == centre else "supporting" for r in regions])},
        attrs={"config": json.dumps(config)},
    )  # fmt: skip


def test_lines_count_once_they_are_open_in_every_finished_run() -> None:
    ds = results()
    world = load_world("guangzhou", 2020)
    km = world.distances[world.centre, world.index("meizhou")]
    found = travel_table(ds).set_index(["arm", "target", "region"]).sort_index()
    assert found.loc[("line", "province", "meizhou"), "minutes"] == pytest.approx(60 * km / 300)
    plain = against_targets(world, edges_in_use(world, 2022)).set_index(["target", "region"])["minutes"].sort_index()
    assert (found.loc["baseline", "minutes"] == plain).all()
    early = travel_table(ds, 2021).set_index(["arm", "target", "region"])["minutes"].sort_index()
    assert (early["line"] == early["baseline"]).all()


def test_door_to_door_is_the_recorded_mean_over_finished_runs() -> None:
    found = travel_table(results()).groupby("arm")["door_to_door"].agg(["min", "max"])
    assert found.loc["baseline"].tolist() == [120.0, 120.0]
    assert found.loc["line"].tolist() == [180.0, 180.0]
    assert travel_table(results().drop_vars("centre_hours"))["door_to_door"].isna().all()


def test_outlay_is_summed_up_to_the_year() -> None:
    (row,) = line_costs(results()).to_dict("records")
    assert row["arm"] == "line" and row["mechanism"] == "hakka"
    assert row["outlay"] == pytest.approx((10 + 20 + 3 + 14 + 20 + 5) / 2)
    assert row["open_since"] == 2022
    (row,) = line_costs(results(), 2021).to_dict("records")
    assert row["outlay"] == pytest.approx((10 + 20 + 14 + 20) / 2)
    assert np.isnan(row["open_since"])


def test_a_line_of_strength_zero_is_none() -> None:
    assert line_costs(results(strength=0.0)).empty


@pytest.mark.parametrize("ds", [results(world="us_states"), results(centre="shenzhen")])
def test_other_worlds_and_centres_have_no_targets(ds: xr.Dataset) -> None:
    with pytest.raises(UserError, match="guangzhou"):
        travel_table(ds)


def test_a_year_outside_the_results_is_refused() -> None:
    with pytest.raises(UserError, match="2020 to 2022"):
        travel_table(results(), 2030)
