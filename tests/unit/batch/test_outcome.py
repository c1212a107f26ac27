"""Every kind of experiment from Python: its table, its data, and nothing drawn or printed where none is wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import hinterland as h
from sim.batch.tasks import replication_seed

BASE = h.Scenario(name="base", world=h.SyntheticWorld(name="tiny", regions=6), years=2, firms=1000)
FUND = h.InvestmentFund(name="fund", targets=["supporting"], start=2021)
ARMS = {"baseline": h.Arm(), "fund": h.Arm(mechanisms=(FUND,))}
MOBILITY = "parameters.migration.talent_mobility"
GOAL = h.Objective(indicator="supporting_value_added", direction="highest")
OTHER = h.Factor(mechanisms=(h.FiscalTransfer(name="pay", targets=["supporting"]),))
KINDS = {
    "scenario": (BASE, "theil"),
    "comparison": (h.Comparison(name="c", scenario=BASE, arms=ARMS, replications=2), "difference"),
    "sweep": (
        h.Sweep(name="w", scenario=BASE, arms=ARMS, vary={"mechanisms.fund.amount": (20000, 40000)}, replications=2),
        "difference",
    ),
    "sensitivity": (
        h.Sensitivity(name="s", scenario=BASE, inputs={MOBILITY: None}, method="morris", samples=2, replications=1),
        "measure",
    ),
    "robustness": (
        h.Robustness(name="r", scenario=BASE, arms=ARMS, uncertainties={MOBILITY: None}, samples=2, replications=1),
        "maximum",
    ),
    "factorial": (
        h.Factorial(name="f", scenario=BASE, factors={"a": h.Factor(mechanisms=(FUND,)), "b": OTHER}, replications=2),
        "indicator",
    ),
    "tuning": (
        h.Tuning(
            name="t", scenario=BASE, arms=ARMS, levers={"mechanisms.fund.amount": h.Range(1000, 50000)},
            objectives=(GOAL,), replications=2, trials=2, batch=2,
        ),
        "trial",
    ),
    "calibration": (h.load("calibrate_capital"), "moment"),
    "estimation": (h.load("birthplace_2010"), "standard_error"),
}  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "calibration"])
def test_a_kind_runs_from_python_without_a_picture(kind: str, tmp_path: Path, capfd) -> None:
    config, column = KINDS[kind]
    outcome = config.run(tmp_path / "out", workers=0, report=False, quiet=True)
    assert outcome.ok and column in outcome.table.columns and len(outcome.table)
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.rglob("*.png")) and not list(tmp_path.rglob("*.html"))
    assert all(path.is_file() for path in outcome.files)
    assert repr(outcome).startswith("<Outcome out: ") and "<table" in outcome._repr_html_()


def test_a_run_in_memory_is_the_one_that_is_stored(tmp_path: Path) -> None:
    scenario = BASE.model_copy(update={"mechanisms": (FUND,), "record": h.Record(variables="all", flows=True)})
    record = h.simulate(scenario, seed=replication_seed(scenario.seed, 0))
    stored = scenario.run(tmp_path, workers=0, report=False, quiet=True).open().load()
    memory = record.dataset()
    xr.testing.assert_identical(memory.drop_attrs(deep=False), stored.drop_attrs(deep=False))
    differ = {name for name in stored.attrs if stored.attrs[name] != memory.attrs[name]}
    assert set(memory.attrs) == set(stored.attrs) and differ == {"path"}
    table = h.indicator_table(record)
    assert table.equals(h.indicator_table(stored)) and list(table.index.names) == ["arm", "replication", "year"]
    assert np.isfinite(table["supporting_value_added"]).all() and "welfare_equivalent" not in table
    assert repr(record) == f"<RunRecord base: 2020–2021, {len(record.series)} series, 0 payments>"


def test_a_table_of_indicators_of_many_arms_or_of_one_point(tmp_path: Path) -> None:
    compared = KINDS["comparison"][0].run(tmp_path / "c", workers=0, report=False, quiet=True).open()
    table = h.indicator_table(compared, ["welfare_equivalent"])
    assert len(table) == 8 and (table.loc["baseline"] == 0).all(axis=None)
    swept = KINDS["sweep"][0].run(tmp_path / "w", workers=0, report=False, quiet=True).open()
    with pytest.raises(h.UserError, match="several points; expected one"):
        h.indicator_table(swept)
    assert len(h.indicator_table(swept.isel(point=0, drop=True), ["theil"])) == 8


def test_results_lie_where_the_command_puts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = h.run(BASE, workers=0, report=False, quiet=True)
    assert outcome.folder == tmp_path / "results" / "base" and outcome.open().sizes["year"] == 2
    again = h.run(BASE, workers=0, quiet=True)
    assert again.finished == 1 and (again.folder / "report.html").is_file()


def test_a_record_from_a_file_knows_no_scenario(tmp_path: Path) -> None:
    from sim.results import read_run

    BASE.run(tmp_path, workers=0, report=False, quiet=True)
    record, _ = read_run(next(tmp_path.rglob("*.h5")))
    with pytest.raises(h.UserError, match="has no scenario"):
        record.dataset()
