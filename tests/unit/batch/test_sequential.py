"""Seeds until differences are precise or the best arm is known: rules, configs, experiments."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.analysis.ranking import select_best
from sim.analysis.sequential import look_counts, needed
from sim.batch import run_comparison
from sim.config import Comparison
from sim.errors import RunFailed, UserError
from tests.helpers.configs import ENOUGH, faults, load_as
from tests.helpers.models import put_model
from tests.helpers.results import make_record
from tests.helpers.running import read_page, run_and_read

NAN = np.nan


# Precision.


def test_it_ends_at_the_first_look_at_which_all_arms_are_precise():
    wide, narrow = np.tile([-1.0, 1.0], 20), np.tile([4.0, 4.1], 20)
    rule = {"half_width": 0.5, "start": 4, "step": 4, "most": 40}
    early = needed({"wide": wide[:12], "narrow": narrow[:12]}, **rule)
    assert not early.stop and early.replications == 16
    assert [look.replications for look in early.looks[::2]] == [4, 8, 12]
    found = needed({"wide": wide, "narrow": narrow}, **rule)
    # t(.975, 19) x sqrt(20/19) / sqrt(20) = 2.093 x .2294 = .480; with 16 it is 2.131 x .2582 = .550
    assert found.stop and found.reached and found.replications == 20
    last = {look.arm: look for look in found.looks[-2:]}
    assert last["wide"].half_width == pytest.approx(0.4802, abs=1e-4) and last["narrow"].mean == pytest.approx(4.05)
    assert [look.reached for look in found.looks if look.arm == "wide"] == [False] * 4 + [True]
    # only what is asked of the arms named counts, and values beyond the end change nothing
    assert needed({"narrow": narrow}, **rule).replications == 4
    assert needed({"wide": np.append(wide[:20], [50.0] * 20), "narrow": narrow}, **rule) == found


def test_the_cap_and_failed_runs():
    values = np.tile([-1.0, 1.0], 20)
    found = needed({"a": values[:9]}, half_width=0.1, start=4, step=4, most=9)
    assert found.stop and not found.reached and found.replications == 9
    values[::4] = NAN
    found = needed({"a": values}, half_width=0.1, start=8, step=4, most=12)
    assert [look.n for look in found.looks] == [6, 9] and [look.replications for look in found.looks] == [8, 12]
    assert not needed({"a": np.full(9, NAN)}, half_width=1, start=4, most=9).reached


def test_relative_precision():
    values = np.tile([9.0, 11.0], 10)
    assert needed({"a": values}, relative=0.1, start=4, step=2, most=20).replications == 8
    assert not needed({"a": values - 10}, relative=0.1, start=4, most=20).reached  # a share of nothing
    assert look_counts(2, 3, 2) == [2]


@pytest.mark.parametrize(
    ("name", "draw", "mean", "width", "least", "most"),
    [
        ("normal", lambda r: r.standard_normal(400), 0.0, 0.3, 0.935, 0.965),
        # the price of skewness: the mean and the spread of a lognormal go together
        ("lognormal", lambda r: np.exp(r.standard_normal(400)), np.exp(0.5), 0.6, 0.80, 0.90),
    ],
)
def test_how_often_the_interval_holds(name, draw, mean, width, least, most):
    rng = np.random.default_rng(7)
    ends = [needed({"a": draw(rng)}, half_width=width, most=400).looks[-1] for _ in range(1500)]
    assert all(end.reached for end in ends) and np.mean([end.n for end in ends]) > 30
    assert least < np.mean([abs(end.mean - mean) <= end.half_width for end in ends]) < most


# The best arm.


def slippage(rng, arms: int, correlation: float, lead: float, n: int = 600) -> dict[str, np.ndarray]:
    shared = np.sqrt(correlation) * rng.standard_normal(n)
    values = shared + np.sqrt(1 - correlation) * rng.standard_normal((arms, n))
    values[arms - 1] += lead  # all others equal: the worst case of means
    return {str(k): row for k, row in enumerate(values)}


def test_the_best_is_found_as_often_as_promised_and_pairing_saves_runs():
    rng = np.random.default_rng(3)
    rule = {"highest": True, "indifference": 0.5, "probability": 0.9, "start": 10, "step": 1, "most": 600}
    runs = {}
    for correlation in (0.0, 0.8):
        found = [select_best(slippage(rng, 4, correlation, 0.5), **rule) for _ in range(400)]
        assert all(r.finished and r.guaranteed for r in found)
        assert np.mean([r.best == "3" for r in found]) >= 0.9
        runs[correlation] = np.mean([sum(r.replications.values()) for r in found])
    assert runs[0.8] < 0.5 * runs[0.0]


def test_lowest_is_highest_turned_round_and_steps_keep_the_promise():
    rng = np.random.default_rng(5)
    values = slippage(rng, 3, 0.5, 0.4)
    rule = {"indifference": 0.4, "start": 10, "step": 5, "most": 600}
    up = select_best(values, highest=True, **rule)
    down = select_best({arm: -x for arm, x in values.items()}, highest=False, **rule)
    assert up.best == down.best and up.replications == down.replications
    found = [select_best(slippage(rng, 3, 0.5, 0.4), highest=True, **rule) for _ in range(200)]
    assert np.mean([r.best == "2" for r in found]) >= 0.95


def test_screening_by_hand():
    # differences of variance 2 x 10/9; two arms, .95, 10 seeds: h2 = (.1^(-2/9) - 1) x 9 = 6.0129
    a = np.tile([1.0, -1.0], 5)
    rule = {"highest": True, "start": 10, "step": 1, "most": 100, "probability": 0.95}
    variance = 10 / 9 * 4  # of a - (-a)
    delta = 1.0
    margin = delta / 20 * (6.0129 * variance / delta**2 - 10)
    near = select_best({"a": a, "b": -a - margin * 0.99}, indifference=delta, **rule)
    assert not near.finished and near.surviving == ("a", "b") and near.replications == {"a": 11, "b": 11}
    far = select_best({"a": a, "b": -a - margin * 1.01}, indifference=delta, **rule)
    assert far.finished and far.best == "a" and far.guaranteed and far.looks[-1].by == "a"
    # once the first stage asks for no more, any lead decides, and of equals the first stays
    same = select_best({"a": a, "b": a}, indifference=delta, **rule)
    assert same.finished and same.best == "a" and same.guaranteed


def test_an_arm_that_is_out_needs_no_further_runs_and_the_cap_is_told():
    rng = np.random.default_rng(6)
    values = slippage(rng, 2, 0.0, 0.0) | {"bad": rng.standard_normal(10) - 500}
    rule = {"highest": True, "indifference": 0.01, "start": 10, "step": 5}
    waiting = select_best(values | {"0": values["0"][:10]}, most=60, **rule)
    assert waiting.replications == {"0": 15, "1": 15, "bad": 10} and not waiting.finished
    ended = select_best(values, most=60, **rule)
    assert ended.finished and not ended.guaranteed and set(ended.surviving) == {"0", "1"}
    assert ended.replications == {"0": 60, "1": 60, "bad": 10}
    failed = {arm: x.copy() for arm, x in values.items()}
    failed["0"][[2, 11]] = NAN
    assert [look.n for look in select_best(failed, most=20, **rule).looks] == [9, 9, 9, 13, 13, 18, 18]


# Configs.

PRECISION = ENOUGH + "precision: {indicator: supporting_capital, half_width: 8, start: 6, step: 3, most: 30}\n"
BEST = "indicator: supporting_capital, direction: highest, indifference: 8, start: 6, step: 3, most: 40"
SELECT = ENOUGH + f"select: {{{BEST}}}\n"


def config(folder: Path, text: str, *changes: str) -> Comparison:
    return load_as(Comparison, folder, text, *changes)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("half_width: 8,", "", "neither half_width nor relative given; expected exactly one"),
        ("half_width: 8,", "half_width: 8, relative: 0.1,", "both half_width and relative given"),
        ("supporting_capital", "supporting_capitl", "did you mean 'supporting_capital'?"),
        ("most: 30", "most: 5", "most 5 is below start 6"),
        (", most: 30", "", "precision.most: missing"),
        ("start: 6", "start: 1", "start: 1 is out of range"),
        ("start: 6", "arms: [fund, gran], start: 6", "did you mean 'grant'?"),
        ("start: 6", "arms: [baseline], start: 6", "'baseline' is the baseline; expected some of fund, grant"),
        ("start: 6", "strat: 6", "did you mean 'start'?"),
        ("calibrated: false", "calibrated: false, record: {flows: false}", ""),
        ("\nprecision", f"\nselect: {{{BEST}}}\nprecision", "precision is given too; expected one rule"),
    ],
)
def test_faults_have_their_place(tmp_path, old, new, word):
    if not word:  # capital needs no flows
        assert config(tmp_path, PRECISION.replace(old, new)).precision
        return
    (message,) = faults(tmp_path, PRECISION.replace(old, new))
    assert "file.yaml:8:" in message and word in message, message


def test_faults_of_a_selection(tmp_path):
    for old, new, word in (
        ("supporting_capital", "welfare_equivalent", "may be ruled out"),
        ("highest", "best", "expected one of highest, lowest"),
        ("indifference: 8", "indifference: 0", "out of range"),
    ):
        with pytest.raises(UserError, match=word):
            config(tmp_path, SELECT.replace(old, new))
    assert config(tmp_path, SELECT).seeds == (6, 40) and config(tmp_path, ENOUGH).seeds == (8, 8)


# Experiments.


@pytest.fixture
def model(monkeypatch):
    """Capital of the supporting zone with luck that arms share, and a little of their own."""

    def simulate(scenario, seed):
        arm = scenario.mechanisms[0].name if scenario.mechanisms else "baseline"
        fake.calls.append((arm, seed % 1000))
        if fake.calls[-1] in fake.failing:
            raise RunFailed("2023, Bijie: the market does not solve")
        record = make_record(seed, 4)
        shared = np.random.default_rng(seed).normal(1000, 100)
        gain, spread = {"baseline": (0, 0), "fund": (40, 10), "grant": (38, 12)}[arm]
        own = np.random.default_rng([seed, spread]).normal(gain, spread)
        record.series["capital"] = np.full(record.series["capital"].shape, (shared + own) / 24)
        return record

    fake = put_model(monkeypatch, simulate, calls=[], failing=set())
    monkeypatch.setattr("sim.batch.finish.save_all", lambda ds, folder: [])
    return fake


@pytest.fixture
def quick(monkeypatch):
    """Leave out the page, which has its own tests."""
    monkeypatch.setattr("sim.batch.finish.write_report", lambda folder, **_: folder / "report.html")


go = partial(run_and_read, run_comparison, width=300)


def test_seeds_are_added_until_it_is_precise(model, quick, tmp_path):
    outcome, text = go(config(tmp_path, PRECISION), tmp_path / "out")
    looks = pd.read_csv(tmp_path / "out" / "looks.csv")
    n = int(looks["replications"].max())
    assert outcome.ok and 9 <= n < 30 and len(model.calls) == outcome.finished == 3 * n == len(set(model.calls))
    assert looks.groupby("replications")["reached"].all().tolist() == [False] * (n // 3 - 2) + [True]
    last = looks[looks["replications"] == n].set_index("arm")
    table = pd.read_csv(tmp_path / "out" / "headline.csv").query("indicator == 'supporting_capital'").set_index("arm")
    for arm in ("fund", "grant"):
        assert (table.loc[arm, "n"], table.loc[arm, "difference"]) == (n, pytest.approx(last.loc[arm, "mean"]))
        assert table.loc[arm, "ci_high"] - table.loc[arm, "difference"] == pytest.approx(last.loc[arm, "half_width"])
    manifest = json.loads((tmp_path / "out" / "experiment.json").read_text())
    assert manifest["replications"] == n and sim.open_results(tmp_path / "out").sizes["replication"] == n
    assert f"Stopped after {n} seeds: all intervals have the target width." in text == text
    assert text.count(" seeds, supporting_capital, difference from the baseline") == n // 3 - 1
    assert "Pairing, fund: common random numbers reduce the seeds needed by a factor of " in text
    assert outcome.headline["stopped"] in text and "looks.csv" in {path.name for path in outcome.files}


def test_a_broken_off_experiment_comes_to_the_same_end(model, quick, tmp_path):
    go(config(tmp_path, PRECISION), tmp_path / "whole")
    simulate, calls = model.simulate, list(model.calls)

    def stop(scenario, seed):
        if len(model.calls) == 25:
            raise KeyboardInterrupt
        return simulate(scenario, seed)

    model.calls.clear()
    model.simulate = stop
    with pytest.raises(KeyboardInterrupt):
        go(config(tmp_path, PRECISION), tmp_path / "parts")
    model.simulate = simulate
    go(config(tmp_path, PRECISION), tmp_path / "parts")
    assert model.calls == calls
    for name in ("looks.csv", "headline.csv", "experiment.json"):
        assert (tmp_path / "parts" / name).read_text() == (tmp_path / "whole" / name).read_text(), name
    # more precision is the same experiment: what is there is kept
    model.calls.clear()
    outcome, text = go(config(tmp_path, PRECISION, "precision.half_width=0.1"), tmp_path / "parts")
    assert outcome.ok and len(model.calls) == 90 - len(calls)
    assert "Stopped at 30 seeds, the maximum: fund, grant short of the target precision." in text


def test_failed_runs_are_left_out_and_told(model, quick, tmp_path):
    model.failing = {("fund", 2), ("grant", 7)}
    outcome, _ = go(config(tmp_path, PRECISION), tmp_path / "out")
    assert not outcome.ok and outcome.missing == ["fund-002", "grant-007"]
    looks = pd.read_csv(tmp_path / "out" / "looks.csv")
    assert (looks.query("arm == 'fund'")["n"] == looks.query("arm == 'fund'")["replications"] - 1).all()
    model.failing = {(arm, k) for arm in ("baseline", "fund", "grant") for k in range(30)}
    outcome, _ = go(config(tmp_path, PRECISION), tmp_path / "none")
    assert not outcome.finished and not outcome.ok and len(model.calls) < 200


def test_arms_that_are_out_are_not_missing(model, tmp_path):
    outcome, text = go(config(tmp_path, SELECT), tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "experiment.json").read_text())
    planned = {arm: sum(name is not None for name in names[0]) for arm, names in manifest["runs"].items()}
    assert outcome.ok and planned["baseline"] == 6 < planned["fund"] == manifest["replications"] == planned["grant"]
    assert {arm: sum(a == arm for a, _ in model.calls) for arm in planned} == planned
    ds = sim.open_results(tmp_path / "out")
    assert ds.attrs["missing"] == [] and ds["finished"].sum("replication").values.tolist() == list(planned.values())
    looks = pd.read_csv(tmp_path / "out" / "looks.csv").query("not stays").set_index("arm")
    assert looks.loc["baseline", "replications"] == 6 and looks.loc["baseline", "by"] in ("fund", "grant")
    assert "has the highest Capital of the supporting zone, with probability 0.95 where it leads by 8" in text
    page = read_page(tmp_path / "out")
    assert "missing</strong>" not in page and f"6 to {manifest['replications']} seeds" in page
    (tmp_path / "out" / "runs" / "baseline-003.h5").unlink()
    assert sim.open_results(tmp_path / "out").attrs["missing"] == ["baseline-003"]
