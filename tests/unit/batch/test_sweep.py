"""Sweeps: designs, faults of configs, shared and kept runs, one dataset, summary, figures, page."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim import results
from sim.analysis import effects, evaluate, is_grid, key_title, measure, summary, value_text
from sim.analysis.sweep import years_of
from sim.batch import run_sweep
from sim.batch.headline import rich_summary
from sim.config import Range, Sweep, json_schema, layout_of, load
from sim.config.design.grids import grid, listed
from sim.errors import RunFailed, UserError
from sim.figures import heatmap, save_sweep, sweep_caption, sweep_figure
from sim.report import write_report
from tests.helpers.configs import faults, load_as, swapped, write
from tests.helpers.models import put_model
from tests.helpers.results import make_record
from tests.helpers.running import call_json, run_and_read, silent

AMOUNT, LEVERAGE = "mechanisms.fund.amount", "mechanisms.fund.leverage"
SWEEP = """\
kind: sweep
name: size
scenario: {name: size, years: 4, firms: 4000, calibrated: false}
arms:
  baseline: {}
  fund: {mechanisms: [{kind: investment_fund, name: fund, targets: [supporting], start: 2021}]}
vary:
  mechanisms.fund.amount: [1000, 2000]
  mechanisms.fund.leverage: {from: 0, to: 2, steps: 2}
replications: 3
indicators: [supporting_capital, public_outlay]
"""


def sweep(folder: Path, *changes: str, text: str = SWEEP) -> Sweep:
    return load_as(Sweep, folder, text, *changes)


# Designs and configs.


def test_designs():
    values = {"a": (1, 2), "b": ("x", "y", "z")}
    assert [tuple(p.values()) for p in grid(values)][:4] == [(1, "x"), (1, "y"), (1, "z"), (2, "x")]
    assert len(grid(values)) == 6
    assert listed({"a": (1, 2), "b": ("x", "y")}) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    with pytest.raises(ValueError, match="a 2, b 3"):
        listed(values)


def test_grids():
    def values(**keys):
        return Range.model_validate({**{"from": 1, "to": 100}, **keys}).values()

    assert values(to=2, steps=3) == (1, 1.5, 2)
    assert values(steps=3, scale="log") == (1, 10, 100)
    assert values(**{"from": 0, "to": 1}, steps=11)[3] == 0.3  # not 0.30000000000000004
    # a longer axis with the same step keeps its values
    assert set(values(**{"from": 0, "to": 4}, steps=5)) < set(values(**{"from": 0, "to": 5}, steps=6))


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        ("fund.amount", "fund.amuont", 8, "did you mean 'mechanisms.fund.amount'?"),
        ("mechanisms.fund.amount", "fund.amount", 8, "did you mean 'mechanisms.fund.amount'?"),
        ("fund.amount", "fnud.amount", 8, "no arm has this key"),
        (AMOUNT, "parameters.migration.talent_mobilty", 8, "talent_mobility'?"),
        (AMOUNT, "parameters.government", 8, "wrong type"),
        ("[1000, 2000]", "[]", 8, "has no value; expected at least one"),
        ("[1000, 2000]", "7", 8, "expected a list of values, or from, to and steps"),
        ("[1000, 2000]", "[1000, -2]", 8, "amount.1: -2 is out of range; expected at least 0"),
        ("[1000, 2000]", "[1000, 1e3]", 7, "occurs twice"),
        ("to: 2", "to: 0", 9, "expected from < to"),
        ("steps: 2", "step: 2", 9, "did you mean 'steps'?"),
        ("steps: 2}", "steps: 2, scale: log}", 9, "more than 0 on a log scale"),
        ("from: 0", "from: -1", 9, "-1 is out of range"),
        (AMOUNT, "seed", 8, "seeds are what replications vary"),
        (AMOUNT, "years", 8, "the same years"),
        ("supporting_capital", "supporting_capitl", 11, "did you mean 'supporting_capital'?"),
        ("replications: 3", "replications: 0", 10, "at least 1"),
        ("baseline: {}", "basline: {}", 4, "did you mean 'basline'?"),
        ("replications: 3", "design: grd", 10, "did you mean 'grid'?"),
        ("fund.leverage", "fund.invest_years", 9, "0 is out of range"),
    ],
)
def test_faults_have_their_place(tmp_path, old, new, line, word):
    messages = faults(tmp_path, swapped(SWEEP, old, new))
    assert f"file.yaml:{line}:" in messages[0] and word in messages[0] and len(messages) <= 2, messages


def test_lists_of_unequal_length(tmp_path):
    (message,) = faults(tmp_path, swapped(SWEEP, "steps: 2}", "steps: 3}\ndesign: list"))
    assert "file.yaml:7:" in message and f"{AMOUNT} 2, {LEVERAGE} 3" in message


def test_a_fault_of_values_together_is_told_once_with_a_point(tmp_path):
    text = swapped(SWEEP, "mechanisms.fund.amount: [1000, 2000]", "mechanisms.fund.hold_years: [1, 15]")
    (message,) = faults(tmp_path, text)
    assert "hold_years is shorter" in message and "first at the point mechanisms.fund.hold_years 1," in message


def test_indicators_must_be_there(tmp_path):
    text = swapped(SWEEP, "indicators: [supporting_capital", "indicators: [welfare_equivalentt")
    (message,) = faults(tmp_path, text)
    assert "did you mean 'welfare_equivalent'?" in message
    alone = SWEEP[: SWEEP.index("arms:")] + "vary: {parameters.migration.talent_mobility: [0.04, 0.06]}\n"
    with pytest.raises(UserError, match="defined against a baseline only"):
        load(write(tmp_path, alone + "indicators: [welfare_equivalent]\n"))


def test_set_reaches_keys_that_hold_dots(tmp_path):
    config = sweep(tmp_path, f"vary.{AMOUNT}=[5]", f"vary.{LEVERAGE}.steps=3", "vary.firms=[2000, 3000]", "years=5")
    assert [list(p.values()) for p in layout_of(config).points[::2]] == [[5, leverage, 2000] for leverage in (0, 1, 2)]
    assert config.scenario.years == 5
    with pytest.raises(UserError, match=r"^--set vary.*=\[1, -2\]: .*amount.1: -2"):
        load(tmp_path / "file.yaml", [f"vary.{AMOUNT}=[1, -2]"])


def test_schema_names_the_keys_of_sweeps():
    definitions = json_schema()["$defs"]
    assert {"from", "to", "steps", "scale", "whole"} == set(definitions["Range"]["properties"])
    designs = ["grid", "list", "random", "latin_hypercube", "sobol"]
    assert definitions["Sweep"]["properties"]["design"]["enum"] == designs


def test_layout_shares_scenarios_between_points(tmp_path):
    layout = layout_of(sweep(tmp_path))
    assert len(layout.points) == 4 and layout.different == 5
    assert len({id(at["baseline"]) for at in layout.scenarios}) == 1
    assert [at["fund"].mechanisms[0].amount for at in layout.scenarios] == [1000, 1000, 2000, 2000]
    assert [at["fund"].mechanisms[0].leverage for at in layout.scenarios] == [0, 2, 0, 2]
    assert layout.axes[AMOUNT].unit == "million yuan" and layout.axes[AMOUNT].title
    both = layout_of(sweep(tmp_path, "vary.parameters.migration.talent_mobility=[0.04, 0.06]"))
    assert both.different == 2 + 8  # this key is the baseline's too
    assert both.scenarios[1]["baseline"].parameters.migration.talent_mobility == 0.06


def test_a_sweep_without_arms_has_one(tmp_path):
    text = "name: a\nscenario: {name: one, firms: 4000}\nvary: {firms: [2000, 3000], draws: [systematic, expected]}\n"
    config = sweep(tmp_path, text="kind: sweep\n" + text)
    assert layout_of(config).different == 4 and list(layout_of(config).scenarios[0]) == ["one"]


def test_settings_by_target_may_vary(tmp_path):
    config = sweep(tmp_path, "vary.mechanisms.fund.overrides.meizhou.sectors=[[energy], [high_tech]]")
    fund = layout_of(config).scenarios[1]["fund"].mechanisms[0]
    assert fund.overrides["meizhou"]["sectors"] == ["high_tech"]


# Runs. A made-up model answers by the fund's settings, so that results are known by hand.


@pytest.fixture
def model(monkeypatch):
    def simulate(scenario, seed):
        funds = [(m.amount, m.leverage) for m in scenario.mechanisms]
        fake.calls.append((*funds, seed))
        if (*funds, seed) in fake.failing:
            raise RunFailed("2023, Bijie: the market does not solve")
        record = make_record(seed, 4)
        size = record.series["capital"].shape
        record.series["capital"] = np.full(size, 100.0 + seed % 10)
        for amount, leverage in funds:
            # 4 supporting regions, 6 sectors: the zone gains amount x (1 + leverage) and a little luck
            record.series["capital"] += (amount * (1 + leverage) + (seed % 10)) / 24
            record.series["public_outlay"] = np.full(4, amount / 4)
        if not funds:
            record.series["capital"] *= scenario.parameters.migration.talent_mobility / 0.07
        return record

    fake = put_model(monkeypatch, simulate, calls=[], failing=set())
    return fake


@pytest.fixture
def quick(monkeypatch):
    """Leave out figures and report, which have their own tests."""
    monkeypatch.setattr("sim.batch.sweep.save_sweep", lambda ds, measured, folder: [])
    monkeypatch.setattr("sim.batch.sweep.write_report", lambda folder, **_: folder / "report.html")


go = partial(run_and_read, run_sweep, width=100)


def test_shared_runs_run_once(model, tmp_path):
    outcome, text = go(sweep(tmp_path), tmp_path / "out")
    assert outcome.ok and outcome.finished == len(model.calls) == (1 + 4) * 3
    assert "4 points × 2 arms × 3 seeds: 15 runs; 24 counting those shared by several points." in text
    assert model.calls[0] == (1000,) and model.calls[5] == (1001,)  # seed by seed: complete pairs come first
    assert {f.name for f in outcome.files} == {"summary.csv", "heat_map.png", "heat_map.pdf", "report.html"}
    assert len(list((tmp_path / "out" / "runs").iterdir())) == 15


def test_further_points_run_only_what_is_new(model, quick, tmp_path):
    out = tmp_path / "out"
    go(sweep(tmp_path), out)
    model.calls.clear()
    longer = (f"vary.{AMOUNT}=[1000, 2000, 3000]", f"vary.{LEVERAGE}.to=4", f"vary.{LEVERAGE}.steps=3")
    outcome, text = go(sweep(tmp_path, *longer), out)
    new = {(3000, 0), (3000, 2), (1000, 4), (2000, 4), (3000, 4)}
    assert {call[0] for call in model.calls} == new and len(model.calls) == 5 * 3
    assert outcome.ok and "15 of 30 runs exist already" in text
    assert sim.open_results(out).sizes["point"] == 9
    model.calls.clear()
    go(sweep(tmp_path, *longer, "replications=4", "indicators=[value_added]"), out)  # more seeds: the same sweep
    assert len(model.calls) == 10 and all(call[-1] == 1003 for call in model.calls)
    model.calls.clear()
    _, text = go(sweep(tmp_path), out)  # fewer points again: nothing runs, nothing is lost
    assert not model.calls and sim.open_results(out).sizes["point"] == 4 and "are not used here" in text


def test_a_sweep_is_judged_on_the_regions_of_its_report(model, tmp_path):
    out = tmp_path / "out"
    go(sweep(tmp_path), out)
    before = pd.read_csv(out / "summary.csv")
    model.calls.clear()
    outcome, text = go(sweep(tmp_path, "report.regions=[meizhou, ganzhou]"), out)
    assert outcome.ok and not model.calls  # the runs are kept
    table = pd.read_csv(out / "summary.csv")
    assert list(table["indicator"].unique()) == ["regions_capital", "supporting_capital", "public_outlay"]
    pairs = table["indicator"].isin(before["indicator"]), ["point", "arm", "indicator", "mean", "difference"]
    pd.testing.assert_frame_equal(table.loc[pairs].reset_index(drop=True), before[pairs[1]])
    ds = sim.open_results(out)
    levels = ds["capital"].sel(region=["meizhou", "ganzhou"], arm="fund").isel(year=-1).sum(["region", "sector"])
    rows = table[(table["indicator"] == "regions_capital") & (table["arm"] == "fund")]
    assert np.allclose(rows["mean"], levels.mean("replication"))
    assert text.index("Capital of the regions of the report") < text.index("Capital of the supporting zone")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Regions of the report: Meizhou and Ganzhou." in page and "Regions of the report: Meizhou" in text
    _, text = go(sweep(tmp_path, "report.indicators=[gini, supporting_capital]"), out)
    assert "Public outlay" not in text and text.index("Gini") < text.index("Capital of the supporting zone")
    assert set(pd.read_csv(out / "summary.csv")["indicator"]) == {"supporting_capital", "public_outlay", "gini"}


def test_other_sweeps_are_refused(model, quick, tmp_path):
    out = tmp_path / "out"
    go(sweep(tmp_path), out)
    for change in ("seed=2", "firms=5000", "vary.firms=[2000]"):
        with pytest.raises(UserError, match="--overwrite"):
            go(sweep(tmp_path, change), out)
    go(sweep(tmp_path, "seed=2"), out, overwrite=True)
    assert len(list((out / "runs").iterdir())) == 15


def test_one_dataset_of_all_points(model, quick, tmp_path):
    out = tmp_path / "out"
    go(sweep(tmp_path), out)
    moved = shutil.move(out, tmp_path / "elsewhere")
    ds = sim.open_results(moved)
    assert ds["capital"].dims[:4] == ("point", "arm", "replication", "year")
    assert dict(ds.sizes) | {"point": 4, "arm": 2, "replication": 3, "year": 4} == dict(ds.sizes)
    assert list(ds["arm"].values) == ["baseline", "fund"] and ds.attrs["keys"] == [AMOUNT, LEVERAGE]
    assert list(ds[AMOUNT].values) == [1000, 1000, 2000, 2000] and list(ds[LEVERAGE].values) == [0, 2, 0, 2]
    assert ds[AMOUNT].dims == ("point",) and ds[AMOUNT].attrs["units"] == "million yuan"
    for place in np.ndindex(4, 2, 3):
        run = ds.isel(dict(zip(("point", "arm", "replication"), place, strict=True)))
        record, meta = results.read_run(Path(moved) / "runs" / f"{run['run'].item()}.h5")
        np.testing.assert_array_equal(run["capital"].values, record.series["capital"])
        policy = json.loads(meta["config"])["mechanisms"]
        assert [m["amount"] for m in policy] == ([run[AMOUNT].item()] if place[1] else [])
    assert len(np.unique(ds["run"].sel(arm="baseline"))) == 3 and len(np.unique(ds["run"].sel(arm="fund"))) == 12
    wide = ds[["capital"]].isel(year=-1).set_index(point=ds.attrs["keys"]).unstack("point")
    assert wide["capital"].sel({AMOUNT: 2000, LEVERAGE: 2, "arm": "fund"}).sizes["replication"] == 3


def test_reading_is_lazy_and_reads_a_shared_run_once(model, quick, tmp_path, monkeypatch):
    from sim.results import reading

    go(sweep(tmp_path), tmp_path / "out")
    ds = sim.open_results(tmp_path / "out")
    read = []
    original = reading.open_file
    monkeypatch.setattr(reading, "open_file", lambda path: read.append(path.name) or original(path))
    part = ds["capital"].sel(arm="baseline").isel(replication=[2, 0], year=-1)
    assert not read
    part = part.load()
    assert part.shape[:2] == (4, 2) and (part.values[0] == part.values[3]).all()
    assert len(read) == 2


def test_a_failed_run_is_missing_where_it_belongs(model, quick, tmp_path):
    model.failing.add(((2000, 2), 1001))
    outcome, _ = go(sweep(tmp_path), tmp_path / "out")
    assert not outcome.ok and len(outcome.missing) == 1 and outcome.missing[0].startswith("fund-001-")
    assert '"amount": 2000' in (tmp_path / "out" / "failed" / f"{outcome.missing[0]}.yaml").read_text()
    ds = sim.open_results(tmp_path / "out")
    assert ds.attrs["missing"] == outcome.missing
    assert np.argwhere(~ds["finished"].values).tolist() == [[3, 1, 1]]
    table = summary(ds, measure(ds)).query("arm == 'fund' and indicator == 'supporting_capital'")
    assert table["n"].tolist() == [3, 3, 3, 2]
    model.failing.clear()
    model.calls.clear()
    assert go(sweep(tmp_path), tmp_path / "out")[0].ok and len(model.calls) == 1


def test_summary_by_hand(model, quick, tmp_path):
    go(sweep(tmp_path), tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert len(table) == 4 * 2 * 2
    rows = table.query("arm == 'fund' and indicator == 'supporting_capital'")
    row = rows.query(f"`{AMOUNT}` == 2000 and `{LEVERAGE}` == 2").iloc[0]
    # seeds 0, 1, 2: differences 6000, 6001, 6002; t(2) = 4.3027, standard error 1/sqrt(3)
    assert row["difference"] == pytest.approx(6001) and row["sign_share"] == 1 and row["n"] == 3
    assert row["ci_high"] - row["difference"] == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    # luck of arm and baseline together: 24, 25 against a spread of 1 of the difference
    assert row["pairing"] == pytest.approx(24**2 + 25**2) and row["runs_saved"] == 2 * 3 * (24**2 + 25**2 - 1)
    assert row["bca_low"] < 6001 < row["bca_high"] and row["adjusted_high"] == pytest.approx(row["ci_high"], rel=1e-3)
    assert (rows["p_adjusted"] <= 0.05).all() and rows["pairing_low"].notna().all()
    assert row["mean"] == pytest.approx(24 * 101 + 6001) and row["unit"] == "million yuan" and row["years"] == "last"
    base = table.query("arm == 'baseline' and indicator == 'supporting_capital'")
    assert base["mean"].tolist() == pytest.approx([2424.0] * 4) and base["difference"].isna().all()
    outlay = table.query("arm == 'fund' and indicator == 'public_outlay'")
    assert (outlay["years"] == "present").all() and (outlay["unit"] == "million yuan").all()
    # 2000 million yuan, a quarter in each year, at .04 a year; capital is a state of the last year
    paid = sum(500 / 1.04**t for t in range(4))
    assert outlay.query(f"`{AMOUNT}` == 2000")["difference"].tolist() == pytest.approx([paid] * 2)
    assert row["per_million_yuan"] == pytest.approx(6001 / 1.04**3 / paid)


def test_the_rate_of_a_sweep_is_that_of_its_appraisal(model, quick, tmp_path):
    go(sweep(tmp_path, "appraisal={discount: 0}"), tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "summary.csv").query(f"arm == 'fund' and `{AMOUNT}` == 2000")
    assert table.query("indicator == 'public_outlay'")["difference"].tolist() == pytest.approx([2000] * 2)
    row = table.query(f"indicator == 'supporting_capital' and `{LEVERAGE}` == 2").iloc[0]
    assert row["per_million_yuan"] == pytest.approx(6001 / 2000)
    model.calls.clear()
    go(sweep(tmp_path, "appraisal={discount: 0.08}"), tmp_path / "out")  # the same experiment: nothing runs again
    assert not model.calls


def test_a_key_of_the_baseline_pairs_with_its_own_baseline(model, quick, tmp_path):
    key = "parameters.migration.talent_mobility"
    text = SWEEP.replace(f"  {LEVERAGE}: {{from: 0, to: 2, steps: 2}}\n", f"  {key}: [0.07, 0.14]\n")
    go(sweep(tmp_path, text=text), tmp_path / "out")
    ds = sim.open_results(tmp_path / "out")
    table = summary(ds, measure(ds, ["supporting_capital"])).query("arm == 'fund'")
    # the made-up baseline doubles with the key, the fund's run does not
    gained = [1000 * 5 + 1] * 2 + [2000 * 5 + 1] * 2
    expected = [g - 2424 * (k > 0.07) for g, k in zip(gained, table[key], strict=True)]
    assert table["difference"].tolist() == pytest.approx(expected)


@pytest.mark.parametrize("runs", [1, 20, 10_000])
def test_blocks_of_points_measure_what_each_point_alone_does(model, quick, tmp_path, monkeypatch, runs):
    from sim.analysis.paired import over_years

    monkeypatch.setattr("sim.analysis.sweep.RUNS", runs)
    model.failing.add(((2000, 2), 1001))
    points = (f"vary.{AMOUNT}=[1000, 2000, 3000]", f"vary.{LEVERAGE}=[1, 2, 1]")
    go(sweep(tmp_path, "design=list", *points), tmp_path / "out")
    ds = sim.open_results(tmp_path / "out")
    names = ["theil", "gini", "talent_net_supporting", "supporting_capital", "welfare_equivalent", "morans_i"]
    for item in measure(ds, names):
        for k in range(3):
            alone = over_years(evaluate(ds.isel(point=k), item.name), years_of(item.name), 0.04)
            alone = alone.transpose("arm", "replication")
            if item.name == "welfare_equivalent":
                np.testing.assert_array_equal(item.differences.values[k], alone.values[1:] - alone.values[0])
            else:
                np.testing.assert_array_equal(item.levels.values[k], alone.values)
    assert np.isnan(item.levels.values[1, 1, 1]) and np.isnan(item.levels.values).sum() == 1


def test_effects_and_words(model, quick, tmp_path):
    go(sweep(tmp_path, "indicators=[supporting_capital]"), tmp_path / "out")
    ds = sim.open_results(tmp_path / "out")
    found = effects(ds, measure(ds))
    # gains 1000, 3000, 2000, 6000: leverage moves them by 3000 of 5000, the amount by 2000
    assert list(found) == [LEVERAGE, AMOUNT] and found[LEVERAGE] == pytest.approx(0.6) and is_grid(ds)
    assert key_title("parameters.migration.talent_mobility") == "migration talent mobility"
    assert (value_text(0.1), value_text("need"), value_text(-20000)) == ("0.1", "need", "−20,000")


# What people see.


def texts(figure) -> str:
    return " ".join(t.get_text() for axes in figure.axes for t in axes.texts)


def test_heat_map_marks_cells_whose_interval_includes_zero(model, quick, tmp_path):
    go(sweep(tmp_path, f"vary.{AMOUNT}=[0, 2000]", "indicators=[supporting_capital]"), tmp_path / "out")
    ds = sim.open_results(tmp_path / "out")
    figure = heatmap.draw(ds, measure(ds))
    shown = texts(figure)
    assert "(+0.00100)" in shown and "+6.00" in shown.split()  # 0, 1, 2 million yuan: too few seeds for that


FIXED = [f"vary.{LEVERAGE}=[1]", f"vary.{AMOUNT}=[1000]"]
CASES = {
    "two keys": ([], "heat_map"),
    "one key": ([f"vary.{LEVERAGE}=[1]"], "response"),
    "a list": (["design=list"], "response"),
    "three keys": (["vary.mechanisms.fund.recycle=[0.2, 0.4]"], "heat_map"),
    "words": (["vary.mechanisms.fund.selection=[need, mix]", *FIXED], "response"),
    "one point": (FIXED, "response"),
    "one seed": (["replications=1"], "heat_map"),
    "a sample": (["design=sobol", "samples=8", f"vary.{LEVERAGE}.steps=null"], "scatter"),
    "a sample of one key": (
        ["design=random", "samples=5", f"vary.{LEVERAGE}.steps=null", f"vary.{AMOUNT}=[1000]"],
        "response",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_figures_page_and_table(model, tmp_path, case):
    changes, name = CASES[case]
    _, text = go(sweep(tmp_path, *changes), tmp_path / "out")
    ds = sim.open_results(tmp_path / "out")
    measured = measure(ds)
    assert sweep_figure(ds) == name and (tmp_path / "out" / "figures" / f"{name}.png").stat().st_size > 1000
    assert ("mean over fund recycle" in sweep_caption(ds, measured)) == (case == "three keys")
    assert "Capital of the supporting" in text and "summary.csv" in text
    console = silent(80)
    console.print(rich_summary(ds, summary(ds, measured)))
    assert max(map(len, console.file.getvalue().splitlines())) <= 80
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for word in ("Varied key", AMOUNT, "million yuan", "Outcomes at every point", "Identities", "data:image/png"):
        assert word in page, word
    assert "http" not in page.split("Full config")[0].replace("http-equiv", "")


def test_without_a_baseline_levels_are_shown(model, tmp_path):
    text = SWEEP[: SWEEP.index("arms:")] + (
        "vary: {parameters.migration.talent_mobility: [0.07, 0.14], firms: [2000, 3000]}\nreplications: 2\n"
        "indicators: [supporting_capital]\n"
    )
    _, told = go(sweep(tmp_path, text=text), tmp_path / "out")
    ds = sim.open_results(tmp_path / "out")
    assert ds.attrs["keys"] == ["parameters.migration.talent_mobility", "scenario.firms"] and "firms" in ds.data_vars
    table = summary(ds, measure(ds))
    assert table["mean"].tolist() == pytest.approx([2412, 2412, 4824, 4824]) and table["difference"].isna().all()
    assert "Mean over 2 seeds, 2020–2023" in told
    assert "Mean over seeds" in (tmp_path / "out" / "report.html").read_text()


def test_figures_are_drawn_on_request(model, quick, tmp_path):
    go(sweep(tmp_path), tmp_path / "out")
    assert "data:image/png" not in write_report(tmp_path / "out", draw=False).read_text()
    assert "data:image/png" in write_report(tmp_path / "out").read_text()
    ds = sim.open_results(tmp_path / "out")
    assert [f.suffix for f in save_sweep(ds, measure(ds), tmp_path / "new")] == [".png", ".pdf"]


# Commands.


def test_commands_on_a_sweep(model, quick, tmp_path, capsys):
    out = tmp_path / "out"
    go(sweep(tmp_path), out)
    path = write(tmp_path, SWEEP)
    code, told = call_json(capsys, "check", path)
    assert code == 0 and told == {
        "ok": True, "kind": "sweep", "name": "size", "points": 4, "arms": 2, "seeds": 3, "runs": 15
    }  # fmt: skip
    assert call_json(capsys, "audit", out)[0] == 0
    digest = call_json(capsys, "hash", out)[1]["hash"]
    (out / "runs" / "fund-000-of-other-points.h5").write_bytes(b"")  # not of these points: not looked at
    assert call_json(capsys, "hash", out)[1]["hash"] == digest
    assert call_json(capsys, "report", out)[0] == 0
    code, told = call_json(capsys, "plot", out, "--variable", "capital")
    assert code == 2 and f"--at {AMOUNT}=VALUE: missing; expected one of 1000, 2000" in told["error"][0]
    code, told = call_json(capsys, "plot", out, "--variable", "capital", "--at", f"{AMOUNT}=3", "--at", f"{LEVERAGE}=0")
    assert code == 2 and "no such value" in told["error"][0]
    code, told = call_json(
        capsys, "plot", out, "--variable", "capital", "--at", f"{AMOUNT}=1e3", "--at", f"{LEVERAGE}=0"
    )
    assert code == 0 and Path(told["file"]).is_file()


def test_export_writes_every_run_once(model, quick, tmp_path, capsys):
    go(sweep(tmp_path), tmp_path / "out")
    assert call_json(capsys, "export", tmp_path / "out")[0] == 0
    folder = tmp_path / "out" / "csv"
    nation = pd.read_csv(folder / "nation.csv")
    assert len(nation) == 15 * 4 and nation["run"].nunique() == 15
    points = pd.read_csv(folder / "points.csv")
    assert len(points) == 4 * 2 * 3 and set(points["run"]) == set(nation["run"])
    joined = points.merge(nation, on=["run", "arm", "replication"]).query(f"arm == 'fund' and `{AMOUNT}` == 2000")
    assert (joined["public_outlay"] == 500).all() and len(joined) == 2 * 3 * 4
    assert pd.read_csv(folder / "payments.csv")["run"].nunique() == 15


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_real_sweep_runs_and_grows(tmp_path):
    small = ("replications=2", "years=2", "firms=1000", f"vary.{AMOUNT}=[20000, 60000]")
    outcome = sim.run(sweep(tmp_path, *small), tmp_path / "out", workers=2, console=silent(100))
    assert outcome.ok and outcome.finished == (1 + 4) * 2
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "runs").iterdir()}
    longer = sweep(tmp_path, *small[:-1], f"vary.{AMOUNT}=[20000, 60000, 90000]")
    assert sim.run(longer, tmp_path / "out", workers=2, console=silent(100)).finished == (1 + 6) * 2
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "runs").iterdir()}
    assert before.items() <= after.items() and len(after) == 14
    ds = sim.open_results(tmp_path / "out")
    outlay = ds["public_outlay"].sel(arm="fund").sum("year").mean("replication").values
    assert (np.diff(outlay[::2]) > 0).all() and max(results.audit(tmp_path / "out").values()) < 1e-9
