"""A small comparison with two variants and the real model: every number of its tables again from the store."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import scipy
import xarray as xr

import sim
from sim.analysis import baselines_of, headline_table, interaction, members_of, other_arms, paired, reference_of
from sim.analysis.classes import firms_by_class
from sim.batch import run_comparison
from sim.config import load
from sim.figures.paths import draw
from tests.helpers.configs import COMPARED, swapped, write
from tests.helpers.running import read_page, run_and_read

pytestmark = pytest.mark.slow

PLAIN = swapped(COMPARED, "firms: 1000}", "firms: 1000, record: {classes: true}}")
VARIANTS = """\
variants:
  passive: {title: Passive cities}
  reactive: {title: Reactive cities, set: {parameters.cities.rule: yardstick, parameters.cities.matching: 0.5}}
"""
VARIANT_NAMES = ("passive", "reactive")
ARMS = ("fund", "transfer", "both")
W = 1.05 ** -np.arange(4)


class Done(NamedTuple):
    """A finished comparison."""

    folder: Path
    text: str

    @property
    def ds(self) -> xr.Dataset:
        """Its results."""
        return sim.open_results(self.folder)

    def table(self, name: str) -> pd.DataFrame:
        """Return one of its tables."""
        return pd.read_csv(self.folder / f"{name}.csv")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The comparison without variants."""
    return _run(tmp_path_factory.mktemp("plain"), PLAIN)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The comparison with variants."""
    return _run(tmp_path_factory.mktemp("both"), PLAIN + VARIANTS)


def _run(folder: Path, text: str) -> Done:
    outcome, printed = run_and_read(run_comparison, load(write(folder, text)), folder / "out")
    assert outcome.ok
    return Done(folder / "out", printed)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out figures and report."""
    monkeypatch.setattr("sim.batch.finish.save_all", lambda ds, folder: [])
    monkeypatch.setattr("sim.batch.finish.write_report", lambda folder, **_: folder / "report.html")


def last(ds: xr.Dataset, arm: str) -> np.ndarray:
    """Return value added of the supporting zone in the last year, by replication."""
    made = ds["value_added"].isel(region=np.flatnonzero(ds["zone"].values == "supporting"))
    return made.sel(arm=arm).isel(year=-1).sum(["region", "sector"]).to_numpy()


def effect(ds: xr.Dataset, arm: str, ending: str = "") -> np.ndarray:
    """Return the difference from the baseline of the same variant, by replication."""
    return last(ds, arm + ending) - last(ds, "baseline" + ending)


def half_width(values: np.ndarray) -> float:
    """Return that of the 95 % t-interval of the mean."""
    return scipy.stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))


def test_each_arm_is_compared_with_the_baseline_of_its_variant(done: Done) -> None:
    ds, table = done.ds, done.table("headline").set_index(["indicator", "arm"])
    for ending, variant in (("", "passive"), (".reactive", "reactive")):
        for arm in ARMS:
            row, values = table.loc[("supporting_value_added", arm + ending)], effect(ds, arm, ending)
            assert row["variant"] == variant and row["n"] == 2
            assert row["difference"] == pytest.approx(values.mean(), abs=1e-6)
            assert row["ci_high"] - row["difference"] == pytest.approx(half_width(values), rel=1e-6)
            assert row["baseline_mean"] == pytest.approx(last(ds, "baseline" + ending).mean())
    assert (last(ds, "baseline.reactive") != last(ds, "baseline")).all()  # the rule has an effect of its own
    assert baselines_of(ds) == {"passive": "baseline", "reactive": "baseline.reactive"}
    assert other_arms(ds) == [arm for arm in members_of(ds) if reference_of(ds, arm) != arm]
    assert reference_of(ds, "fund.reactive") == "baseline.reactive" and reference_of(ds, "fund") == "baseline"


def test_every_number_of_the_table_of_variants_is_that_of_the_store(done: Done) -> None:
    ds, table = done.ds, done.table("variants")
    welfare = ("welfare_equivalent", "supporting_welfare_equivalent")
    assert set(table["arm"]) == set(ARMS) and set(table["variant"]) == {"reactive"}
    for name, rows in table.groupby("indicator", sort=False):
        for row in rows.to_dict("records"):
            arm, years = row["arm"], row["years"]
            here, main = (paired(ds, name, base, years) for base in ("baseline.reactive", "baseline"))
            assert row["effect"] == pytest.approx(here.loc[f"{arm}.reactive", "difference"], rel=1e-9)
            assert row["main_effect"] == pytest.approx(main.loc[arm, "difference"], rel=1e-9)
            assert row["difference"] == pytest.approx(row["effect"] - row["main_effect"], abs=1e-9, rel=1e-6)
            assert row["title"] and row["unit"] and row["n"] == 2
            spread = row["ci_high"] > row["ci_low"]  # no test where all replications agree
            assert np.isfinite(row["p_adjusted"]) == (spread and name not in ("public_outlay", "public_net_cost"))
    assert set(welfare) < set(table["indicator"])
    for arm in ARMS:
        row = table.set_index(["indicator", "arm"]).loc[("supporting_value_added", arm)]
        values = effect(ds, arm, ".reactive") - effect(ds, arm)
        assert row["difference"] == pytest.approx(values.mean(), abs=1e-6)
        assert row["ci_high"] == pytest.approx(values.mean() + half_width(values), abs=1e-5)
        assert row["sign_share"] == (np.sign(values) == np.sign(values.mean())).mean()
        print(f"{arm}: {row['main_effect']:.6g} passive, {row['effect']:.6g} reactive, {row['difference']:.3g} "
              f"[{row['ci_low']:.3g}, {row['ci_high']:.3g}] million yuan/yr")  # fmt: skip


def test_strengths_are_scaled_once(done: Done, plain: Done) -> None:
    ds, scaled = done.ds, json.loads((done.folder / "scaled.json").read_text(encoding="utf-8"))
    assert scaled == json.loads((plain.folder / "scaled.json").read_text(encoding="utf-8"))
    assert set(scaled) == set(ARMS)
    for arm in ARMS:
        factor = scaled[arm]["factor"]
        for name in (arm, f"{arm}.reactive"):
            config = json.loads(sim.open_results(done.folder / "runs" / f"{name}-000.h5").attrs["config"])
            own = {m["name"]: m["strength"] for m in config["mechanisms"]}
            assert set(own.values()) == {factor}
    outlay = (ds["public_outlay"] * xr.DataArray(W, dims="year")).sum("year")
    costs = done.table("headline").set_index(["indicator", "arm"])["difference"]["public_outlay"]
    for arm in ARMS:  # what it costs under the other variant is reported, not made equal
        assert costs[f"{arm}.reactive"] == pytest.approx(float(outlay.sel(arm=f"{arm}.reactive").mean()))


def test_the_main_variant_is_the_comparison_without_variants(done: Done, plain: Done) -> None:
    for name in ("headline", "interaction", "firms"):
        table, alone = done.table(name), plain.table(name)
        assert "variant" not in alone
        main = table[table["variant"] == "passive"].drop(columns="variant").reset_index(drop=True)
        pd.testing.assert_frame_equal(main, alone, check_exact=True)
    assert not (plain.folder / "variants.csv").exists()
    stored = json.loads((plain.folder / "experiment.json").read_text(encoding="utf-8"))
    assert not {"variants", "main_variant"} & set(stored["config"]) and list(stored["runs"]) == ["baseline", *ARMS]
    main = json.loads((done.folder / "experiment.json").read_text(encoding="utf-8"))["runs"]
    assert {arm: main[arm] for arm in stored["runs"]} == stored["runs"]  # the same runs by their hashes
    assert "ariant" not in plain.text and 'id="variants"' not in (plain.folder / "report.html").read_text("utf-8")


def test_interaction_and_classes_of_firms_work_per_variant(done: Done) -> None:
    ds = done.ds
    beyond = done.table("interaction").set_index(["indicator", "arm"])
    assert set(beyond["variant"]) == {"passive", "reactive"}
    row = beyond.loc[("supporting_value_added", "both.reactive")]
    assert row["actual"] == pytest.approx(effect(ds, "both", ".reactive").mean(), abs=1e-6)
    assert re.fullmatch(r"fund\.reactive 0\.\d+; transfer\.reactive 0\.\d+", row["parts"])
    assert set(interaction(ds, "baseline")["arm"]) == {"both"}
    firms = firms_by_class(ds, "baseline.reactive")
    assert firms is not None and set(firms["arm"]) == {f"{arm}.reactive" for arm in ARMS}
    made = (
        ds["value_added_by_class"].isel(year=-1).sum(["zone_class", "age_class", "size_class"]).sel(ownership="state")
    )
    values = made.sel(arm="fund.reactive") - made.sel(arm="baseline.reactive")
    keys = {"quantity": "value added", "zone": "nation", "class": "state", "arm": "fund.reactive"}
    (row,) = firms[(firms[list(keys)] == pd.Series(keys)).all(axis=1)].to_dict("records")
    assert row["difference"] == pytest.approx(float(values.mean()), abs=1e-6)
    assert set(headline_table(ds).index) == set(ARMS)


def test_terminal_page_and_figures(done: Done) -> None:
    assert "Effects under reactive less those under passive" in done.text
    assert "Interaction, both.reactive" in done.text
    page = " ".join(re.sub(r"<[^>]+>", " ", read_page(done.folder)).split())
    page = unescape(page)
    for part in (
        "Variants: Passive cities, Reactive cities",
        "Passive cities: the scenario as it is; Reactive cities: parameters.cities.matching = 0.5, ",
        "Reactive cities less passive",
        "Appendix: all indicators, difference from the baseline (passive)",
        "with the first seed under passive; the other variants use the same strengths",
        "Fund, reactive",
    ):
        assert part in page, part
    table = done.table("variants").set_index(["indicator", "arm"])["difference"]["value_added"]
    shown = page.split("Variants: Passive cities")[1].split("Which firms gain")[0]
    assert f"{abs(table['fund']):.3g}" in shown.replace(",", "") or f"{abs(table['fund']) / 1e3:.3g}" in shown
    labels = [text.get_text() for text in draw(done.ds.sel(arm=["baseline", *ARMS])).legends[0].get_texts()]
    assert len(labels) == 4


@pytest.mark.usefixtures("quick")
def test_a_variant_that_binds_no_one_differs_by_exactly_zero(tmp_path: Path) -> None:
    bound = {"rule": "yardstick", "bid_limit": 0, "lowest_share": 1, "highest_share": 1}
    text = swapped(
        PLAIN, "common_budget: {amount: 10000, discount: 0.05}", "variants:\n  free: {}\n  bound:\n    set:\n"
    )
    text += "".join(f"      parameters.cities.{key}: {value}\n" for key, value in bound.items())
    table = _run(tmp_path, text).table("variants")
    assert len(table) and (table["variant"] == "bound").all() and (table["effect"] != 0).any()
    assert (table["difference"] == 0).all() and (table["effect"] == table["main_effect"]).all()


@pytest.mark.usefixtures("quick")
def test_the_best_arm_is_selected_under_each_variant(tmp_path: Path) -> None:
    rule = "{indicator: supporting_value_added, direction: highest, indifference: 1, start: 2, step: 1, most: 3}"
    text = swapped(PLAIN, "common_budget: {amount: 10000, discount: 0.05}", f"select: {rule}") + VARIANTS
    found = _run(tmp_path, text)
    assert all(re.search(rf"^{variant}: Stopped a.*has the highest", found.text, re.M) for variant in VARIANT_NAMES)
    looks = found.table("looks")
    for ending in ("", ".reactive"):
        own = looks[looks["arm"].str.endswith(".reactive") == bool(ending)]
        assert own["replications"].iloc[0] == 2 and len(own[own["replications"] == 2]) == 4
        by = own["by"].dropna()
        assert all(name.endswith(".reactive") == bool(ending) for name in by)


@pytest.mark.usefixtures("quick")
def test_precision_is_that_of_each_variant(tmp_path: Path) -> None:
    rule = "{indicator: supporting_welfare_equivalent, half_width: 1, start: 2, step: 1, most: 3}"
    text = swapped(PLAIN, "common_budget: {amount: 10000, discount: 0.05}", f"precision: {rule}") + VARIANTS
    found = _run(tmp_path, text)
    looks = found.table("looks").set_index("arm")
    assert list(looks.index) == [*ARMS, *(f"{arm}.reactive" for arm in ARMS)] and looks["reached"].all()
    table = found.table("headline").set_index(["indicator", "arm"])["difference"]["supporting_welfare_equivalent"]
    for arm in looks.index:
        assert looks.loc[arm, "mean"] == pytest.approx(table[arm], rel=1e-9)
