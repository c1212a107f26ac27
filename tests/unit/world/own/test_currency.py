"""A custom world in dollars: no page, table, figure or file shows another currency."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

import sim
from sim import results
from sim.errors import UserError
from sim.figures import paths
from sim.world import load_world, read_folder, write_template
from tests.helpers.running import call, read_page, run_and_read

# What would be money in yuan; names such as Qingyuan do not count.
YUAN = re.compile(r"(?<![A-Za-z])yuan(?![A-Za-z])")


def folder(path: Path, head: str) -> Path:
    """A sound world with some keys in its head."""
    write_template(path)
    (path / "world.yaml").write_text(f"name: own\nyear: 2020\n{head}\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a small comparison of that world, with page and figures."""
    place = tmp_path_factory.mktemp("dollars")
    folder(place / "states", "currency: dollar")
    (place / "grant.yaml").write_text(
        "kind: comparison\nname: grant\nreplications: 2\n"
        "scenario: {name: plain, world: states, years: 2, firms: 1000, record: all}\n"
        "common_budget: {amount: 500}\n"
        "arms:\n  baseline: {}\n"
        "  grant: {mechanisms: [{kind: fiscal_transfer, targets: [supporting], start: 2020}]}\n"
        "  fund: {mechanisms: [{kind: investment_fund, targets: [supporting], start: 2020}]}\n",
        encoding="utf-8",
    )
    run_and_read(sim.run, sim.load(place / "grant.yaml"), place / "out")
    return place / "out"


def test_the_check_of_a_world_shows_its_currency(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder(tmp_path / "states", "currency: dollar")
    code, shown, _ = call(capsys, "world", "check", path)
    assert code == 0
    assert "value_added_million_dollars" in shown and re.search(r"value added [\d,]+ dollars, talent", shown)
    assert not YUAN.search(shown.replace("_", " "))
    assert "trillion dollars" in repr(load_world(str(path), 2020))
    _, units, _ = call(capsys, "list", "variables", "--world", path)
    assert "million dollars/yr" in units and not YUAN.search(units)
    assert "million yuan" in call(capsys, "list", "indicators")[1]


@pytest.mark.parametrize("given", ["12", "two words", "''", "[a]", "dollar-ish"])
def test_a_currency_is_one_word(tmp_path: Path, given: str) -> None:
    with pytest.raises(UserError, match=r"world\.yaml:3: currency: "):
        read_folder(folder(tmp_path / "states", f"currency: {given}"))


def test_errors_of_its_tables_are_in_its_currency(tmp_path: Path) -> None:
    path = folder(tmp_path / "states", "currency: dollar")
    table = (path / "regions.csv").read_text(encoding="utf-8")
    (path / "regions.csv").write_text(table.replace("va_energy", "va_enrgy"), encoding="utf-8")
    with pytest.raises(UserError, match="expected value added of energy \\[million dollars/yr\\]"):
        read_folder(path)
    (path / "regions.csv").write_text(table.replace("41000,", "-1,"), encoding="utf-8")
    with pytest.raises(UserError, match="expected value added of at least 1e-06 \\[million dollars/yr\\]"):
        read_folder(path)


def test_results_carry_it(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = results.open_results(finished)
    assert data.attrs["currency"] == "dollar"
    assert data["value_added"].attrs["units"] == "million dollars/yr"
    assert data["grant.granted" if "grant.granted" in data else "fiscal_transfer.granted"].attrs["units"] == (
        "million dollars/yr"
    )
    assert call(capsys, "verify", finished)[0] == 0
    record = sim.simulate(sim.load(str(finished.parent / "grant.yaml")).scenario)
    assert record.dataset()["capital"].attrs["units"] == "million dollars"


def test_the_page_and_the_terminal_show_no_other(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = re.sub(r'base64,[^"]*"', '"', read_page(finished))
    assert not YUAN.search(page), YUAN.search(page)
    assert "Money is in million dollars of" in page and "dollars per dollar" in page
    code, shown, notes = call(
        capsys, "run", finished.parent / "grant.yaml", "--out", finished, "--set", "replications=3"
    )
    shown = " ".join(f"{notes} {shown}".split())
    assert code == 0 and "500 million dollars" in shown and "Per bn dollars" in shown and not YUAN.search(shown)


def test_figures_show_it(finished: Path) -> None:
    figure = paths.draw(results.open_results(finished))
    labels = " ".join(axes.get_ylabel() + axes.get_title() for axes in figure.axes)
    assert "dollars" in labels and not YUAN.search(labels)


def test_tables_and_exports_show_it(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = pd.read_csv(finished / "headline.csv")
    assert "per_million_dollars" in head and "per_million_yuan" not in head
    assert set(head["unit"][head["indicator"] == "supporting_value_added"]) == {"million dollars/yr"}
    for to in ("csv", "parquet", "netcdf"):
        assert call(capsys, "export", finished, "--to", to, "--out", tmp_path / to)[0] == 0
    with xr.open_dataset(tmp_path / "netcdf" / "results.nc") as data:
        assert data["capital"].attrs["units"] == "million dollars" and data.attrs["currency"] == "dollar"
        assert data["people"].attrs["units"] == "1"
    found = pq.read_schema(tmp_path / "parquet" / "regions_by_sector.parquet").field("capital").metadata
    assert found[b"units"] == b"million dollars"
    assert not YUAN.search((tmp_path / "csv" / "dictionary.csv").read_text(encoding="utf-8"))


def test_files_of_earlier_versions_are_in_yuan(tmp_path: Path) -> None:
    record = sim.simulate(sim.Scenario(name="a", years=1, firms=1000, world=sim.load("own_inline").world))
    meta = {"arm": "a", "replication": 0, "run_id": "0", "config": "{}"}
    results.write_run(tmp_path / "runs" / "a.h5", record, record.labels, meta)
    with h5py.File(tmp_path / "runs" / "a.h5", "a") as file:
        assert file.attrs["currency"] == "yuan"
        del file.attrs["currency"]
    assert results.open_results(tmp_path).attrs["currency"] == "yuan"


def test_runs_in_different_currencies_are_not_mixed(tmp_path: Path) -> None:
    record = sim.simulate(sim.Scenario(name="a", years=1, firms=1000, world=sim.load("own_inline").world))
    for arm, currency in (("a", "yuan"), ("b", "euro")):
        record.currency = currency
        meta = {"arm": arm, "replication": 0, "run_id": arm, "config": "{}"}
        results.write_run(tmp_path / "runs" / f"{arm}.h5", record, record.labels, meta)
    with pytest.raises(UserError, match="money in euro, that of the other runs in yuan"):
        results.open_results(tmp_path)


def test_the_states_are_in_dollars_and_china_in_yuan() -> None:
    assert load_world("us_states", 1950).currency == "dollar"
    assert load_world("china", 2020).currency == load_world("guangzhou", 2010).currency == "yuan"
