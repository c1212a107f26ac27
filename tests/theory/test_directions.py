"""What the three mechanisms do in the bundled experiment: directions, with paired intervals over seeds.

The arms are those of ``experiments/main.yaml`` as written. Flows are means over the last ten years, in which
the parks are open; stocks are those of the last year. Nothing here is tuned: where a direction needs a reading,
its test says which.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.analysis.inequality import theil_decomposition
from sim.batch.tasks import replication_seed
from sim.config import Record, arm_scenarios, load
from sim.model import RegionalEconomy, simulate
from sim.policy.targets import pick
from sim.world import load_world
from tests.helpers.seeds import half_width, measured_by_arm

SEEDS, OPEN_YEARS = 20, 10
ARMS = ("baseline", "enclave", "fund", "transfer")
HOSTS, TARGETS = "enclave", "fund"


def regions_of(arm: str) -> np.ndarray:
    """Return the indices of the hosts or targets of an arm's mechanism."""
    mechanism = arm_scenarios(load("main"))[arm].mechanisms[0]
    world = load_world("guangzhou", 2020)
    return pick(world, arm, mechanism.targets)


def measure(arm: str, seed: int) -> dict[str, float]:
    """Run one arm with one seed and return what the directions compare."""
    config = load("main")
    scenario = arm_scenarios(config)[arm]
    scenario = scenario.model_copy(update={"record": scenario.record.model_copy(update={"flows": False})})
    record = simulate(scenario, replication_seed(config.seed, seed))
    hosts, targets = regions_of(HOSTS), regions_of(TARGETS)
    zones = load_world(scenario.world, scenario.start).regions["zone"].to_numpy()
    added = record.series["value_added"].sum(axis=2)[-OPEN_YEARS:]
    heads = record.series["people"].sum(axis=2)[-OPEN_YEARS:]
    firms, capital = record.series["real_firms"].sum(axis=2), record.series["capital"].sum(axis=2)
    out = {
        "host value added": added[:, hosts].sum(axis=1).mean(),
        "host firms": firms[-1, hosts].sum(),
        "host capital": capital[-1, hosts].sum(),
        "target capital": capital[-1, targets].sum(),
        "capital": capital[-1].sum(),
        "output": added.sum(axis=1).mean(),
        "theil": theil_decomposition(added / heads, zones, heads)[1].mean(),
    }
    for (_, item), series in record.reports.items():
        out[f"report {item}"] = float(series[-1])
        out[f"sum of {item}"] = float(np.nansum(series))
    for purpose in record.purposes:
        if ":" in purpose:
            rows = record.payments["purpose"] == record.purposes.index(purpose)
            out[f"paid {purpose}"] = float(record.payments["amount"][rows].sum())
    return {key: float(value) for key, value in out.items()}


@pytest.fixture(scope="module")
def runs() -> dict[str, list[dict[str, float]]]:
    """Every arm with every seed."""
    return measured_by_arm(measure, ARMS, SEEDS)


def interval(values: list[float] | np.ndarray, label: str) -> tuple[float, float, float]:
    """Return mean and 95 % t interval, and print them with the share of seeds above 0."""
    x = np.asarray(values, dtype=float)
    mean, half = float(x.mean()), half_width(x)
    sys.stdout.write(f"{label}: {mean:.6g} [{mean - half:.6g}, {mean + half:.6g}], {np.mean(x > 0):.0%} above 0\n")
    return mean, mean - half, mean + half


def differences(runs: dict[str, list[dict[str, float]]], arm: str, key: str) -> np.ndarray:
    """Return arm less baseline by seed."""
    return np.array([a[key] - b[key] for a, b in zip(runs[arm], runs["baseline"], strict=True)])


@pytest.mark.long
@pytest.mark.parametrize("key", ["host value added", "host firms", "host capital"])
def test_an_enclave_raises_its_hosts(runs, key):
    assert interval(differences(runs, "enclave", key), f"enclave, {key}")[1] > 0


@pytest.mark.long
def test_an_enclaves_split_is_agreed_times_delivery_in_every_seed(runs):
    parks = arm_scenarios(load("main"))["enclave"].mechanisms[0]
    for run in runs["enclave"]:
        sponsor, host = run["paid split:parks"], run["sum of host receipts"]
        assert sponsor > 0
        divided = (sponsor + host) / (1 - parks.split.site)
        assert sponsor / divided == pytest.approx(parks.delivery * parks.split.sponsor, rel=1e-9)


@pytest.mark.long
def test_a_fund_raises_capital_in_its_targets_less_than_one_for_one(runs):
    """Per yuan that the fund and its partners invested; for the nation also per yuan of that capital still standing."""
    gain = differences(runs, "fund", "target capital")
    assert interval(gain, "fund, target capital")[1] > 0
    invested = np.array([r["report public invested"] * (1 + r["report leverage realised"]) for r in runs["fund"]])
    assert interval(1 - gain / invested, "fund, 1 - target capital per yuan invested")[1] > 0
    standing = np.array([r["report stake"] * (1 + r["report leverage realised"]) for r in runs["fund"]])
    interval(gain / standing, "fund, target capital per yuan still standing")
    nation = differences(runs, "fund", "capital")
    assert interval(1 - nation / standing, "fund, 1 - national capital per yuan still standing")[1] > 0


@pytest.mark.long
def test_a_transfer_lowers_theil_between_classes_at_small_output_cost(runs):
    assert interval(differences(runs, "transfer", "theil"), "transfer, Theil between classes")[2] < 0
    output = np.array([b["output"] for b in runs["baseline"]])
    lost = differences(runs, "transfer", "output") / output
    low = interval(lost, "transfer, output, share of the baseline")[1]
    # small: the output lost in a year is less than what is transferred in it
    granted = np.array([r["report granted"] for r in runs["transfer"]]) / output
    assert low > -granted.mean()


def test_the_split_of_an_open_park_moves_agreed_times_delivery():
    arm = arm_scenarios(load("main"))["enclave"]
    parks = arm.mechanisms[0].model_copy(update={"start": 2020, "build_years": 1, "reinvest_years": 0})
    changes = {"years": 4, "firms": 6000, "mechanisms": (parks,), "record": Record(payments=True)}
    scenario = arm.model_copy(update=changes)
    model = RegionalEconomy(scenario, 1)
    state, taxes = model.state, {}
    for _ in range(scenario.years):
        year = state.year
        model.step()
        taxes[year] = state.outcome.site_local_tax.copy()
    ledger, accounts = state.ledger.columns(), state.accounts
    split = ledger[ledger["purpose"] == state.ledger.purposes.index(f"split:{parks.name}")]
    ids, centre = model.world.regions["id"].tolist(), model.world.centre
    hosts = [ids.index(name.split(".")[1]) for name in accounts.site_names]
    assert sum(tax.sum() for tax in taxes.values()) > 0
    for year, tax in taxes.items():
        for host, due in zip(hosts, tax, strict=True):
            mine = split[(split["year"] == year) & (split["payer"] == accounts.treasury[host])]
            assert (mine["payee"] == accounts.treasury[centre]).all()
            assert mine["amount"].sum() == pytest.approx(parks.delivery * parks.split.sponsor * due, rel=1e-9, abs=1e-9)
