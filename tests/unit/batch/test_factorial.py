"""Factorial experiments from the file to tables, figure and page: with the model, and with games in closed form."""

from __future__ import annotations

import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim import results
from sim.analysis.factorial import GAP, SUM, TOTAL
from sim.config import Factorial
from sim.errors import RunFailed, UserError
from tests.helpers.configs import load_as
from tests.helpers.models import put_model
from tests.helpers.results import REGIONS, make_record
from tests.helpers.running import call, read_page, run_and_read

TEXT = """\
kind: factorial
name: mixed
scenario: {name: mixed, world: {kind: synthetic, name: twelve, regions: 12}, years: 3, firms: 1000}
factors:
  transfer:
    mechanisms: [{kind: fiscal_transfer, name: transfer, targets: [supporting], amount: 5000}]
  fund:
    title: Investment fund
    mechanisms: [{kind: investment_fund, name: fund, targets: [supporting], amount: 40000, invest_years: 2}]
  schools:
    mechanisms: [{kind: fiscal_transfer, name: schools, targets: [supporting], amount: 500}]
sizes: [0.5, 1]
replications: 2
"""
NAMES = ["fund", "schools", "transfer"]
OWN = {"fund": 3000.0, "schools": 500.0, "transfer": 1000.0}  # outlay a year at full strength [million yuan]


def go(config: Factorial, out: Path, report: bool = False) -> tuple[object, str]:
    return run_and_read(sim.run, config, out, width=80, report=report)


def tables_of(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}


def row(table: pd.DataFrame, **where: object) -> pd.Series:
    """Return the one row of a table with these values; of capital of the supporting zone by default."""
    chosen = {"indicator": "supporting_capital", **where}
    (found,) = table[np.logical_and.reduce([table[key] == value for key, value in chosen.items()])].to_dict("records")
    return pd.Series(found)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, object, str]:
    """The results of a small experiment with the model."""
    folder = tmp_path_factory.mktemp("factorial")
    outcome, text = go(load_as(Factorial, folder, TEXT), folder / "out", report=True)
    return folder / "out", outcome, text


def test_tables_and_report_of_a_small_experiment(small):
    folder, outcome, text = small
    assert outcome.ok and outcome.finished == 30
    names = {file.name for file in outcome.files}
    assert names == {"effects.csv", "pairs.csv", "shapley.csv", "factorial.png", "factorial.pdf", "report.html"}
    tables = tables_of(folder)
    assert set(tables["pairs"]["size"]) == {0.5, 1.0}
    ds = results.open_results(folder)
    values = ds["capital"].isel(year=-1).sel(region=ds["zone"] == "supporting").sum(["region", "sector"])

    def v(arm: str) -> np.ndarray:
        return (values.sel(arm=arm) - values.sel(arm="baseline")).values

    alone = row(tables["effects"], size=0.5, factor="fund", effect="alone")
    assert alone["value"] == pytest.approx(v("fund.0.5").mean()) and alone["n"] == 2
    on_top = row(tables["effects"], size=1.0, factor="fund", effect="on top")
    assert on_top["value"] == pytest.approx((v("fund-schools-transfer") - v("schools-transfer")).mean())
    without = v("fund-transfer") - v("fund") - v("transfer")
    also = v("fund-schools-transfer") - v("fund-schools") - v("schools-transfer") + v("schools")
    pair = row(tables["pairs"], size=1.0, first="fund", second="transfer")
    assert pair["value"] == pytest.approx(((without + also) / 2).mean(), rel=1e-6)
    total = row(tables["shapley"], size=1.0, factor=TOTAL)
    assert total["value"] == pytest.approx(v("fund-schools-transfer").mean())


def test_shapley_values_sum_to_all_factors_together_at_every_size_and_indicator(small):
    shapley = tables_of(small[0])["shapley"]
    wide = shapley.pivot(index=["size", "indicator"], columns="factor", values="value")
    assert len(wide) > 30
    np.testing.assert_allclose(wide[NAMES].sum(axis=1), wide[TOTAL], rtol=1e-9, atol=1e-12)
    scale = wide[[*NAMES, TOTAL]].abs().max(axis=1)
    assert (wide[GAP].abs() <= 1e-9 * scale).all()


def test_effects_per_yuan_are_ratios_of_present_values(small):
    folder = small[0]
    ds = results.open_results(folder)
    grown = 1.04 ** np.arange(3)
    outlay = (ds["public_outlay"].sel(arm="fund").transpose("replication", "year").values / grown).sum(axis=1)
    made = ds["value_added"].sel(region=ds["zone"] == "supporting").sum(["region", "sector"])
    gain = (made.sel(arm="fund") - made.sel(arm="baseline")).transpose("replication", "year").values
    expected = ((gain / grown).sum(axis=1) / outlay).mean()
    found = row(
        tables_of(folder)["effects"], indicator="supporting_value_added", size=1.0, factor="fund", effect="alone"
    )
    assert found["per_million_yuan"] == pytest.approx(expected)
    assert found["per_low"] < found["per_million_yuan"] < found["per_high"]
    costs = tables_of(folder)["effects"].query("indicator == 'public_outlay'")
    assert costs["per_million_yuan"].isna().all() and costs["p_adjusted"].isna().all() and len(costs) == 18


def test_terminal_and_page_state_design_seeds_years_and_money(small):
    folder, _, text = small
    page, flat = read_page(folder), " ".join(text.split())
    for words in ("Full factorial design of 3 factors: 8 combinations, at sizes 0.5 and 1", "2 seeds in each arm",
                  "2020–2022", "Money in yuan of 2020", "at 4.00 % a year"):  # fmt: skip
        assert words in flat and words in page, words
    for words in ("Investment fund", "fund-schools.0.5", "data:image/png", "fund × transfer", "Interactions of pairs"):
        assert words in page, words
    assert "Value added, supporting zone; " in text and "…" not in text  # fits into 80 columns
    assert any(line.split()[:1] == [SUM] for line in text.splitlines())


def test_the_report_is_written_again_and_runs_are_kept(small, tmp_path, capsys):
    folder = small[0]
    before = (folder / "report.html").read_text(encoding="utf-8")
    (folder / "report.html").unlink()
    assert call(capsys, "report", folder)[0] == 0
    assert (folder / "report.html").read_text(encoding="utf-8") == before
    outcome, text = go(load_as(Factorial, tmp_path, TEXT, "sizes=[0.5, 1, 2]"), folder)
    assert "30 of 44 runs exist already" in text and outcome.finished == 44


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """A made-up model: capital of the supporting zone is a game of the active factors plus noise of the seed."""
    knobs = types.SimpleNamespace(game=lambda on: 0.0, failing=lambda on, seed: False)
    supporting = [region[3] == "supporting" for region in REGIONS]

    def simulate(scenario, seed):
        on = {m.name: m.strength for m in scenario.mechanisms}
        if knobs.failing(on, seed):
            raise RunFailed("2021: no")
        record = make_record(seed, 3)
        record.series["capital"] = record.series["capital"].copy()
        share = knobs.game(on) / (sum(supporting) * record.series["capital"].shape[2])
        record.series["capital"][-1, supporting] += share
        record.series["public_outlay"] = np.full(3, sum(OWN[name] * size for name, size in on.items()))
        return record

    put_model(monkeypatch, simulate)
    return knobs


def fake(folder: Path, *changes: str, text: str = TEXT) -> Factorial:
    world = text.replace("world: {kind: synthetic, name: twelve, regions: 12}, ", "calibrated: false, ")
    return load_as(Factorial, folder, world, *changes)


def paired_game(on: dict[str, float]) -> float:
    """1000 for the fund, and 600 more where transfer and schools meet; in proportion to the size."""
    size = max(on.values(), default=0.0)
    return size * (1000.0 * ("fund" in on) - 600.0 * ({"transfer", "schools"} <= set(on)))


def test_complements_and_substitutes_of_a_game(model, tmp_path):
    model.game = paired_game
    go(fake(tmp_path), tmp_path / "out")
    tables = tables_of(tmp_path / "out")
    for size in (0.5, 1.0):
        expected = {"fund": 1000 * size, "schools": -300 * size, "transfer": -300 * size}
        for name in NAMES:
            assert row(tables["shapley"], size=size, factor=name)["value"] == pytest.approx(expected[name])
        pair = row(tables["pairs"], size=size, first="schools", second="transfer")
        assert pair["value"] == pytest.approx(-600 * size) and pair["relation"] == "substitutes"
        none = row(tables["pairs"], size=size, first="fund", second="schools")
        assert none["value"] == pytest.approx(0, abs=1e-6)
        fund = row(tables["effects"], size=size, factor="fund", effect="alone")
        # capital of the last year, discounted by two years, over the outlay of three
        assert fund["per_million_yuan"] == pytest.approx(1000 / 1.04**2 / (OWN["fund"] * (1 + 1 / 1.04 + 1 / 1.04**2)))


def test_the_order_of_factors_changes_no_number(model, tmp_path):
    model.game = paired_game
    config = fake(tmp_path)
    go(config, tmp_path / "one")
    go(config.model_copy(update={"factors": dict(reversed(config.factors.items()))}), tmp_path / "other")
    for name in ("effects", "pairs", "shapley"):
        assert (tmp_path / "one" / f"{name}.csv").read_bytes() == (tmp_path / "other" / f"{name}.csv").read_bytes()


def test_a_fraction_states_its_aliases_and_reports_no_pairs(model, tmp_path):
    model.game = paired_game
    outcome, text = go(fake(tmp_path, text=TEXT + "design: fractional\nresolution: 3\n"), tmp_path / "out", True)
    flat, tables = " ".join(text.split()), tables_of(tmp_path / "out")
    assert outcome.finished == 2 * 9 and set(tables) == {"effects", "shapley"}
    assert not (tmp_path / "out" / "pairs.csv").exists() and set(tables["effects"]["effect"]) == {"average"}
    page = read_page(tmp_path / "out")
    for words in ("4 of 8 combinations, resolution III, and all factors together for the total",
                  "Aliased, so that pairs are not reported: fund = −schools × transfer; "):  # fmt: skip
        assert words in flat and words in page, words
    # fund = -schools x transfer: half of -600 is counted for the fund with the opposite sign
    assert row(tables["shapley"], size=1.0, factor="fund")["value"] == pytest.approx(1300)
    total, gap, all_ = (row(tables["shapley"], size=1.0, factor=name)["value"] for name in (SUM, GAP, TOTAL))
    assert all_ == pytest.approx(400) and total == pytest.approx(700) and gap == pytest.approx(total - all_)
    assert "(gap)" in text and 'id="pairs"' not in page


def test_the_full_design_after_a_fraction_keeps_its_runs_and_other_settings_are_refused(model, tmp_path):
    go(fake(tmp_path, text=TEXT + "design: fractional\nresolution: 3\n"), tmp_path / "out")
    _, text = go(fake(tmp_path), tmp_path / "out")
    assert "18 of 30 runs exist already" in text
    assert (tmp_path / "out" / "pairs.csv").is_file()
    go(fake(tmp_path, text=TEXT + "design: fractional\nresolution: 3\n"), tmp_path / "out")
    assert not (tmp_path / "out" / "pairs.csv").exists()  # it would be of other runs
    with pytest.raises(UserError, match="--overwrite"):
        go(fake(tmp_path, "factors.fund.mechanisms.0.amount=1"), tmp_path / "out")


def test_a_failed_run_leaves_out_its_seed_where_it_is_needed(model, tmp_path):
    model.game = paired_game
    model.failing = lambda on, seed: set(on) == {"fund", "schools"} and on["fund"] == 1.0 and seed % 1000 == 1
    outcome, _ = go(fake(tmp_path, "replications=3"), tmp_path / "out")
    assert not outcome.ok and outcome.missing == ["fund-schools-001"]
    effects = tables_of(tmp_path / "out")["effects"]
    assert row(effects, size=1.0, factor="fund", effect="average")["n"] == 2
    assert row(effects, size=1.0, factor="fund", effect="alone")["n"] == 3
    assert row(effects, size=0.5, factor="fund", effect="average")["n"] == 3


def test_without_a_complete_seed_there_are_no_tables(model, tmp_path):
    model.failing = lambda on, seed: "fund" in on
    outcome, text = go(fake(tmp_path), tmp_path / "out")
    assert not outcome.ok and not outcome.files and "No seed has finished in every arm" in text
