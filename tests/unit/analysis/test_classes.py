"""Which firms gain: recorded sums by class of firms, their paired differences, the section of the report."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import sim
from sim import figures, results
from sim.analysis.classes import KINDS, NATION, QUANTITIES, firms_by_class
from sim.catalogue import AGE_CLASSES, OWNERSHIP, SIZE_CLASSES, VARIABLES, ZONES
from sim.config import Record, load
from sim.errors import UserError
from sim.model import simulate
from sim.report import write_report
from sim.report.classes import class_rows
from tests.helpers.results import write_fake

BY_CLASS = {
    "capital_by_class": "capital", "real_firms_by_class": "real_firms", "value_added_by_class": "value_added",
}  # fmt: skip


def series(name: str = "small", *changes: str) -> dict[str, np.ndarray]:
    return simulate(load(name, ["firms=2000", "years=3", "record={classes: true}", *changes])).series


@pytest.fixture(scope="module")
def run() -> dict[str, np.ndarray]:
    """A run with a park."""
    return series("enclave", "mechanisms.0.start=2020", "mechanisms.0.build_years=1")


def test_classes_add_up_to_what_is_recorded_by_city(run: dict[str, np.ndarray]) -> None:
    zone = load_zone()
    for name, other in BY_CLASS.items():
        assert run[name].shape == (3, len(ZONES), len(AGE_CLASSES), len(SIZE_CLASSES), len(OWNERSHIP))
        by_zone = np.stack([run[other][:, zone == z].sum(axis=(1, 2)) for z in ZONES], axis=1)
        np.testing.assert_allclose(run[name].sum(axis=(2, 3, 4)), by_zone, rtol=1e-9)


def load_zone() -> np.ndarray:
    return sim.world.load_world("guangzhou", 2020).regions["zone"].to_numpy()


def test_classes_are_recorded_on_request_only_and_change_nothing_else() -> None:
    plain, more = simulate(load("small", ["firms=2000", "years=2", "record=core"])), series("small", "years=2")
    assert not BY_CLASS.keys() & plain.series.keys() and BY_CLASS.keys() <= more.keys()
    assert all(values.tobytes() == more[name].tobytes() for name, values in plain.series.items())
    assert Record.model_validate("all").holds("capital_by_class")
    assert not Record(variables="all").holds("capital_by_class")
    with pytest.raises(ValueError, match="no yearly series 'capital_by_class'"):
        Record(variables=("capital_by_class",))


def test_more_entry_makes_more_firms_young() -> None:
    def young(rate: float) -> float:
        firms = series("small", f"parameters.industry.entry_rate={rate}", "years=5")["real_firms_by_class"][-1]
        return float(firms[:, 0].sum() / firms.sum())

    shares = [young(rate) for rate in (0.05, 0.09, 0.15)]
    print(f"share of firms of 0 to 2 years at entry rates .05, .09, .15: {np.round(shares, 3)}")
    assert shares[0] < shares[1] < shares[2]


def test_state_firms_have_the_state_share_of_new_capital() -> None:
    shares = []
    for share in (0.1, 0.25, 0.4):
        capital = series("small", f"parameters.capital.state_share={share}", "years=1")["capital_by_class"][0]
        shares.append(float(capital[..., 0].sum() / capital.sum()))
    print(f"capital of state firms at state shares .1, .25, .4: {np.round(shares, 3)}")
    assert shares[0] < shares[1] < shares[2]


# --- differences and report ---


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fake(tmp_path_factory.mktemp("classes") / "out")


@pytest.fixture
def ds(folder: Path) -> xr.Dataset:
    return results.open_results(folder)


def test_differences_by_class_by_hand(ds: xr.Dataset) -> None:
    table = firms_by_class(ds)
    assert table is not None
    arms = [str(arm) for arm in ds["arm"].values if arm != "baseline"]
    zones = [NATION, *(z for z in ZONES if z in ds["zone"].values)]
    assert len(table) == len(QUANTITIES) * len(zones) * 9 * len(arms)
    assert set(table["kind"]) == set(KINDS) and table["p_adjusted"].notna().any()
    last = ds["capital_by_class"].isel(year=-1).load()
    for zone, kind, label in ((NATION, "ownership", "state"), ("supporting", "age_class", "3-7")):
        part = last.sum("zone_class") if zone == NATION else last.sel(zone_class=zone)
        own = part.sel({kind: label}).sum([k for k in KINDS if k != kind])
        difference = (own.sel(arm=arms[0]) - own.sel(arm="baseline")).mean("replication")
        chosen = table.query("quantity == 'capital' and zone == @zone and kind == @kind and arm == @arms[0]")
        row = chosen[chosen["class"] == label].iloc[0]
        assert row["difference"] == pytest.approx(float(difference)) and row["unit"] == "million yuan"
        assert row["baseline_mean"] == pytest.approx(float(own.sel(arm="baseline").mean()))


def test_the_report_has_the_section_only_with_classes(folder: Path, ds: xr.Dataset, tmp_path: Path) -> None:
    page = write_report(folder, draw=False).read_text(encoding="utf-8")
    section = page.split('<h2 id="classes">')[1].split("<h2")[0]
    for title in ("Which firms gain", "Nation", "Age 0-2 years", "Large firms", "Private firms", "Baseline, "):
        assert title in section
    assert class_rows(firms_by_class(ds.drop_vars(list(BY_CLASS)))) is None
    without = Path(shutil.copytree(folder, tmp_path / "out"))
    page = write_report(without, draw=False, ds=ds.drop_vars(list(BY_CLASS))).read_text(encoding="utf-8")
    assert "Which firms gain" not in page


def test_classes_are_exported_and_not_plotted(folder: Path, ds: xr.Dataset, tmp_path: Path) -> None:
    results.export(folder, tmp_path)
    table = pd.read_csv(tmp_path / "firms_by_class.csv")
    assert {"zone_class", "age_class", "size_class", "ownership", *BY_CLASS} <= set(table.columns)
    with pytest.raises(UserError, match="'capital_by_class' is by class of firms; expected a variable by region"):
        figures.plot_variable(ds, "capital_by_class", [], tmp_path / "a.svg")


def test_the_catalogue_names_the_dimensions() -> None:
    assert all(VARIABLES[name].detail == "classes" and VARIABLES[name].dims[0] == "zone_class" for name in BY_CLASS)


@pytest.mark.long
def test_a_comparison_writes_the_table(tmp_path: Path) -> None:
    changes: list[Any] = ["replications=2", "scenario.years=2", "scenario.firms=1000", "common_budget=null"]
    config = load("main", [*changes, "scenario.record={classes: true}"])
    config = config.model_copy(update={"arms": {arm: config.arms[arm] for arm in ("baseline", "fund")}})
    assert sim.run(config, tmp_path / "out", workers=1).ok
    table = pd.read_csv(tmp_path / "out" / "firms.csv")
    assert set(table["zone"]) == {NATION, *ZONES} and (table["n"] == 2).all()
    assert "Which firms gain" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
