"""A small comparison with the real model: arms of one cost, their costs and interaction, from the store to the page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim
from sim.batch import run_comparison
from sim.config import load
from tests.helpers.configs import COMPARED, write
from tests.helpers.running import read_page, run_and_read

W = 1.05 ** -np.arange(4)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixed")
    _, text = run_and_read(run_comparison, load(write(folder, COMPARED)), folder / "out")
    return folder / "out", text


def total(ds, name, arm):
    """Return the present value of a yearly series, by replication."""
    return ds[name].sel(arm=arm).transpose("replication", "year").to_numpy() @ W


@pytest.mark.slow
def test_arms_cost_the_same_and_the_table_says_what(done):
    folder, text = done
    ds, table = sim.open_results(folder), pd.read_csv(folder / "headline.csv").set_index(["indicator", "arm"])
    for arm in ("fund", "transfer", "both"):
        gross = total(ds, "public_outlay", arm)
        assert gross[0] == pytest.approx(10_000, rel=0.01)
        assert table.loc["public_outlay", arm]["difference"] == pytest.approx(gross.mean())
        stakes, cash = (ds[name].sel(arm=arm).isel(year=-1).to_numpy() for name in ("public_equity", "public_claims"))
        net = gross - total(ds, "public_return", arm) - stakes / 1.07**3 - cash * W[-1]
        assert table.loc["public_net_cost", arm]["difference"] == pytest.approx(net.mean())
        gain = total(ds, "own_revenue", arm) - total(ds, "own_revenue", "baseline")
        assert table.loc["own_revenue", arm]["difference"] == pytest.approx(gain.mean(), abs=1e-3)
        made = ds["value_added"].sum(["region", "sector"]).to_dataset(name="made")
        gain = total(made, "made", arm) - total(made, "made", "baseline")
        assert table.loc["value_added", arm]["per_million_yuan"] == pytest.approx(gain.mean() / gross.mean(), abs=1e-6)
    assert "Costs and net benefits" in text and "Interaction, both (fund 0." in text


def test_the_interaction_is_that_of_the_store(done):
    folder, _ = done
    ds, table = sim.open_results(folder), pd.read_csv(folder / "interaction.csv").set_index("indicator")
    made = ds["value_added"].sum(["region", "sector"]).isel(year=-1)
    effect = {arm: (made.sel(arm=arm) - made.sel(arm="baseline")).to_numpy() for arm in ("fund", "transfer", "both")}
    weight = {
        m: total(ds, f"{m}.public outlay", "both") / total(ds, f"{m}.public outlay", m) for m in effect if m != "both"
    }
    assert sum(weight.values()) == pytest.approx(1, abs=0.02)  # of one budget
    beyond = effect["both"] - sum(weight[m] * effect[m] for m in weight)
    row = table.loc["value_added"]
    assert row["interaction"] == pytest.approx(beyond.mean(), abs=1e-6) and row["n"] == 2
    print(f"interaction {row['interaction']:.3g} of {row['mixture']:.3g} million yuan/yr ({row['relative']:+.1%})")


def test_the_page_shows_costs_and_interaction(done):
    page = read_page(done[0])
    for part in ("Gross outlay", "Assets at the end", "Net cost", "Interaction of instruments", "discounted at 7.00 %"):
        assert part in page
    assert "10,000 million yuan gross" in page and "present value at 5.00 % a year" in page
