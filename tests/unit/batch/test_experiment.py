"""Batches: planned, kept, failed and resumed runs; one budget for all arms."""

from __future__ import annotations

import json
import re
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel, ConfigDict

from sim import results
from sim.analysis import HEADLINE, headline_table, signed
from sim.analysis.paired import COSTS
from sim.batch import run_comparison, run_scenario
from sim.batch.budget import Goal, scale_arms, solve
from sim.batch.executors import InProcessExecutor, Pool, open_pool, run_tasks
from sim.batch.headline import SHOWN, rich_table, tidy
from sim.errors import RunFailed, UserError
from sim.parameters import Appraisal
from sim.report.numbers import decides
from tests.helpers.models import put_model
from tests.helpers.results import make_record, write_fake
from tests.helpers.running import silent


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Instrument(Frozen):
    kind: str = "fund"
    strength: float = 1.0


@pytest.fixture(autouse=True)
def _no_world(monkeypatch):
    """The world of a `Scene` does not exist, so that nothing is known of its data."""
    monkeypatch.setattr("sim.batch.experiment.data_of", lambda scenario: {})


class Scene(Frozen):
    name: str = "scene"
    title: str = ""
    world: str = "fake"
    seed: int = 1
    threads: int = 1
    policy: str = "baseline"
    mechanisms: tuple[Instrument, ...] = ()

    def opened(self) -> SimpleNamespace:
        return SimpleNamespace(currency="yuan")


class Budget(Frozen):
    amount: float
    discount: float = 0.0
    measure: str = "gross"


class Compared(Frozen):
    name: str = "compared"
    title: str = "Made-up comparison"
    seed: int = 1
    replications: int = 3
    baseline: str = "baseline"
    scenario: Scene = Scene()
    arms: dict[str, dict] = {"baseline": {}, "fund": {}}
    common_budget: Budget | None = None
    precision: None = None
    select: None = None

    @property
    def seeds(self):
        return self.replications, self.replications

    def arm_scenarios(self):
        return {arm: Scene(policy=arm, mechanisms=() if arm == "baseline" else (Instrument(),)) for arm in self.arms}


@pytest.fixture
def model(monkeypatch):
    """Put a made-up model in place; its calls are listed, its failures chosen."""

    def simulate(scenario, seed):
        fake.calls.append((scenario.policy, seed))
        if (scenario.policy, seed) in fake.failing:
            raise RunFailed("2023, Bijie: the market does not solve")
        record = make_record(seed, 4, scenario.policy)
        strength = sum(m.strength for m in scenario.mechanisms)
        record.series["public_outlay"] = np.full(4, 1000.0 * strength**1.2)
        record.series["public_return"] = fake.returned * record.series["public_outlay"]
        record.series["public_equity"] = record.series["public_claims"] = np.zeros(4)
        return record

    fake = put_model(monkeypatch, simulate, calls=[], failing=set(), returned=0.1)
    monkeypatch.setattr("sim.batch.experiment.arm_scenarios", Compared.arm_scenarios)
    return fake


@pytest.fixture
def quick(monkeypatch):
    """Leave out figures and report, which have their own tests."""
    monkeypatch.setattr("sim.batch.finish.save_all", lambda ds, folder: [])
    monkeypatch.setattr("sim.batch.finish.write_report", lambda folder, **_: folder / "report.html")


def test_arms_share_seeds_and_all_runs_are_written(model, quick, tmp_path):
    outcome = run_comparison(Compared(), tmp_path / "out", workers=0, console=silent())
    assert outcome.ok and outcome.finished == 6 and outcome.missing == []
    assert sorted(model.calls) == [(arm, 1000 + r) for arm in ("baseline", "fund") for r in range(3)]
    assert (tmp_path / "out" / "runs" / "fund-002.h5").is_file()
    rows = {(row["indicator"], row["arm"]): row for row in outcome.headline["table"]}
    assert rows["supporting_value_added", "fund"]["difference"] > 0
    flow, level = rows["talent_net_supporting", "fund"], rows["supporting_value_added", "fund"]
    assert (flow["years"], flow["unit"]) == ("sum", "persons")
    assert (level["years"], level["unit"]) == ("last", "million yuan/yr")
    written = pd.read_csv(tmp_path / "out" / "headline.csv")
    assert list(written["years"].unique()) == ["last", "sum", "present"]
    assert set(written["indicator"]) == set(HEADLINE)
    assert not written[written["years"] != "last"]["unit"].str.contains("/yr").any()
    paid = sum(1000.0 / 1.04**t for t in range(4))
    assert outcome.headline["costs"] == pytest.approx({"baseline": 0.0, "fund": paid})


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_is_read_in_a_terminal(tmp_path, width):
    arms = ("baseline", "fund", "a_name_longer_than_the_column")
    table = tidy(headline_table(results.open_results(write_fake(tmp_path, arms))), "yuan")
    console = silent(width)
    console.print(rich_table(table, 2020, 2024, "yuan"))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width and len(lines) < 70
    # an arm's numbers stand on its own line: mean, per cent of the baseline, interval, share of seeds, per billion
    number = r"[+−]?[\d,.e-]+"
    whole = re.compile(
        rf"(fund|a_name_l…_column) +{number} +({number} %|–) +\[{number}, {number}\] +\d+ % +{number} *$"
    )
    assert sum(bool(whole.search(line)) for line in lines) == 2 * len(SHOWN)
    text = " ".join(console.file.getvalue().split())
    assert f"All {len(HEADLINE)} indicators: headline.csv and report.html" in text


def test_clear_of_zero_means_after_the_correction(tmp_path):
    stored = results.open_results(write_fake(tmp_path, ("baseline", "fund"), replications=5))
    table = tidy(headline_table(stored), "yuan")
    tested = table[table["p_adjusted"].notna()]
    # what a policy costs is no outcome, made-up firms differ by the same number in every seed, and no arm is unpriced
    assert set(HEADLINE) - set(tested["indicator"]) == {*COSTS, "supporting_firms"} - {"break_even_cost"}
    assert [decides(row) for row in tested.to_dict("records")] == (tested["p_adjusted"] <= 0.05).tolist()
    # clear by itself and not among all is not clear
    row = table["indicator"] == "theil"
    table.loc[row, ["ci_low", "adjusted_low", "adjusted_high"]] = 1.0, -1.0, 1e4
    assert not decides(table[row].iloc[0].to_dict())
    console = silent()
    console.print(rich_table(table, 2020, 2024, "yuan"))
    text = " ".join(console.file.getvalue().split())
    assert f"5 seeds. Bold: clear of zero also after the Benjamini-Hochberg correction for all {len(tested)}" in text
    assert "not the errors of the model that all arms share" in text
    assert "Common random numbers reduce the seeds needed by a factor of " in text


def test_per_billion_yuan_is_in_the_unit_of_the_mean(tmp_path):
    table = tidy(headline_table(results.open_results(write_fake(tmp_path))), "yuan")
    row = table[(table["indicator"] == "supporting_capital") & (table["arm"] == "fund")].iloc[0].to_dict()
    paid = sum(1000.0 / 1.04**t for t in range(5))
    assert row["per_million_yuan"] == pytest.approx(row["difference"] / 1.04**4 / paid)
    console = silent(120)
    console.print(rich_table(table, 2020, 2024, "yuan"))
    assert f" {signed(row['difference'] / 1000)} " in console.file.getvalue()  # billion yuan
    assert f" {signed(1000 * row['per_million_yuan'] / 1000)}\n" in console.file.getvalue()  # billion per billion


def test_finished_runs_are_kept_and_missing_ones_run(model, quick, tmp_path):
    config = Compared()
    run_comparison(config, tmp_path, workers=0, console=silent())
    (tmp_path / "runs" / "fund-001.h5").unlink()
    (tmp_path / "runs" / "baseline-000.h5").write_bytes(b"broken")
    model.calls.clear()
    outcome = run_comparison(config, tmp_path, workers=0, console=silent())
    assert sorted(model.calls) == [("baseline", 1000), ("fund", 1001)]
    assert outcome.finished == 6 and outcome.ok


def test_more_replications_are_the_same_experiment(model, quick, tmp_path):
    run_comparison(Compared(replications=1), tmp_path, workers=0, console=silent())
    model.calls.clear()
    run_comparison(Compared(replications=2), tmp_path, workers=0, console=silent())
    assert sorted(model.calls) == [("baseline", 1001), ("fund", 1001)]


def test_another_experiments_folder_is_refused(model, quick, tmp_path):
    run_comparison(Compared(replications=1), tmp_path, workers=0, console=silent())
    with pytest.raises(UserError, match="overwrite"):
        run_comparison(Compared(replications=1, seed=2), tmp_path, workers=0, console=silent())
    outcome = run_comparison(Compared(replications=1, seed=2), tmp_path, workers=0, overwrite=True, console=silent())
    assert outcome.ok and model.calls[-1] == ("fund", 2000)


def test_a_failing_run_is_recorded_and_the_others_go_on(model, quick, tmp_path):
    model.failing.add(("fund", 1001))
    outcome = run_comparison(Compared(), tmp_path, workers=0, console=silent())
    assert not outcome.ok and outcome.missing == ["fund-001"] and outcome.finished == 5
    text = (tmp_path / "failed" / "fund-001.yaml").read_text()
    assert "the market does not solve" in text and '"policy": "fund"' in text and "seed 1001" in text
    assert results.open_results(tmp_path).attrs["missing"] == ["fund-001"]
    model.failing.clear()
    outcome = run_comparison(Compared(), tmp_path, workers=0, console=silent())
    assert outcome.ok and not (tmp_path / "failed" / "fund-001.yaml").exists()


def test_no_finished_pair_gives_no_table(model, quick, tmp_path):
    model.failing.update(("baseline", 1000 + r) for r in range(3))
    outcome = run_comparison(Compared(), tmp_path, workers=0, console=silent())
    assert not outcome.ok and "table" not in outcome.headline


def test_interrupt_says_how_to_resume(model, quick, tmp_path, monkeypatch):
    simulate = model.simulate

    def stop(scenario, seed):
        if seed == 1001:
            raise KeyboardInterrupt
        return simulate(scenario, seed)

    monkeypatch.setattr(model, "simulate", stop)
    console = silent()
    with pytest.raises(KeyboardInterrupt):
        run_comparison(Compared(), tmp_path, workers=0, console=console)
    assert "2 of 6 runs are finished" in console.file.getvalue()
    assert not list((tmp_path / "runs").glob(".*"))


def test_a_scenario_is_one_run(model, quick, tmp_path):
    outcome = run_scenario(Scene(name="alone"), tmp_path, workers=0, console=silent())
    assert outcome.ok and outcome.finished == 1
    assert (tmp_path / "runs" / "alone-000.h5").is_file()
    assert outcome.headline["costs"] == {"alone": pytest.approx(0.0)}


def test_budget_scales_arms_to_the_amount(model, quick, tmp_path):
    config = Compared(replications=1, common_budget=Budget(amount=10_000.0))
    outcome = run_comparison(config, tmp_path, workers=0, console=silent())
    found = outcome.headline["budget"]["fund"]
    assert found["reached"] and abs(found["cost"] / 10_000 - 1) < 0.01 and len(found["pilots"]) <= 4
    assert outcome.headline["costs"]["fund"] == pytest.approx(found["cost"])
    assert json.loads((tmp_path / "budget.json").read_text())
    (tmp_path / "runs" / "fund-000.h5").unlink()
    model.calls.clear()
    run_comparison(config, tmp_path, workers=0, console=silent())
    assert len(model.calls) == 1  # the pilots came from the cache


def test_arms_may_be_scaled_to_their_net_cost(model, quick, tmp_path):
    model.returned = 0.6
    config = Compared(replications=1, common_budget=Budget(amount=10_000.0, measure="net"))
    outcome = run_comparison(config, tmp_path, workers=0, console=silent())
    found = outcome.headline["budget"]["fund"]
    assert found["reached"] and abs(found["cost"] / 10_000 - 1) < 0.01
    rows = {row["indicator"]: row for row in outcome.headline["table"] if row["arm"] == "fund"}
    assert rows["public_net_cost"]["difference"] == pytest.approx(found["cost"])
    assert rows["public_outlay"]["difference"] == pytest.approx(found["cost"] / 0.4)


@pytest.mark.parametrize("returned", [0.8, 1.1])
def test_a_net_cost_below_a_quarter_of_gross_is_refused(model, quick, tmp_path, returned):
    model.returned = returned
    config = Compared(replications=1, common_budget=Budget(amount=10_000.0, measure="net"))
    with pytest.raises(UserError) as caught:
        run_comparison(config, tmp_path, workers=0, console=silent())
    (message,) = caught.value.messages
    assert message == (
        f"common_budget.measure: net is refused for arm 'fund': net cost {4000 * (1 - returned):,.0f} of "
        f"4,000 million yuan gross ({1 - returned:.0%}); expected at least 25%, or measure: gross"
    )
    assert not list(tmp_path.glob("runs/*.h5"))


def test_budget_out_of_reach_is_told():
    limited = solve("fund", 1000.0, lambda factor: min(300.0 * factor, 600.0))
    assert not limited.reached and limited.cost == 600.0 and limited.note
    nothing = solve("fund", 1000.0, lambda factor: 0.0)
    assert not nothing.reached and nothing.cost == 0.0 and len(nothing.pilots) == 1


def test_a_failed_pilot_leaves_the_arm_as_written(model, tmp_path):
    model.failing.add(("fund", 7))
    arms = Compared().arm_scenarios()
    kept, scaled, errors = scale_arms(
        arms, 7, Goal(100.0, Appraisal()), tmp_path / "budget.json", "v", lambda: Pool(InProcessExecutor())
    )
    assert kept["fund"] == arms["fund"] and not scaled and "does not solve" in errors["fund"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_processes_return_values_and_errors():
    with open_pool(None, 2) as pool:
        done = {d.index: d for d in run_tasks(divmod, [(7, 2), (1, 0)], pool)}
    assert done[0].value == (3, 1) and not done[0].error
    assert done[1].error.startswith("ZeroDivisionError")


def test_a_cluster_that_grows_is_used(model, quick, tmp_path, monkeypatch):
    """Workers are counted again and again, so that those that come later get runs too."""
    import concurrent.futures
    import contextlib
    import itertools

    given, workers = [], itertools.chain([1, 1, 1], itertools.repeat(4))

    class Counting(concurrent.futures.ThreadPoolExecutor):
        def submit(self, function, job):
            given.append(sum(not future.done() for future in futures))
            futures.append(super().submit(function, job))
            return futures[-1]

    futures: list = []

    @contextlib.contextmanager
    def opened(machine, count, threads=1, *others):
        with Counting(1) as executor:
            yield Pool(executor, lambda: next(workers))

    monkeypatch.setattr("sim.batch.session.open_pool", opened)
    monkeypatch.setattr("sim.batch.work.compile_once", lambda: None)
    simulate = model.simulate
    monkeypatch.setattr(model, "simulate", lambda s, seed: (time.sleep(0.05), simulate(s, seed))[1])
    outcome = run_comparison(Compared(replications=8), tmp_path, console=silent())
    assert outcome.ok and given[0] == 0 and max(given) >= 2
