"""Pages of small results of every kind: each number is that of the store, and no number is outside of a mark."""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import sim
from sim.config import load
from sim.errors import RunFailed
from sim.figures import cost
from sim.report import write_report
from sim.report.answer import answer_of
from sim.report.validation import write_validation
from tests.helpers.configs import COMPARED, ENOUGH, swapped, write
from tests.helpers.models import put_model
from tests.helpers.results import make_record
from tests.helpers.running import run_and_read
from tests.pages import peeling
from tests.pages.checking import check
from tests.pages.reading import Marked, Page

VARIANTS = (
    swapped(COMPARED, "replications: 2", "replications: 4\nreport: {regions: [c03, c05]}")
    + """\
variants:
  passive: {title: Passive cities}
  reactive: {title: Reactive cities, set: {parameters.cities.rule: yardstick, parameters.cities.matching: 0.5}}
"""
)
GROWING = swapped(ENOUGH, "name: grant, targets: [supporting]", "name: grant, targets: [meizhou]")
PRECISE = GROWING + "precision: {indicator: supporting_capital, relative: 0.5, start: 6, step: 3, most: 9}\n"
FORECAST = swapped(GROWING, "years: 4, firms: 4000, calibrated: false", "years: 13, firms: 4000") + "replications: 3\n"
BEST = "indicator: supporting_capital, direction: highest, indifference: 1.5, start: 6, step: 3, most: 9"
SWEEP = (
    swapped(GROWING, "kind: comparison\nname: enough", "kind: sweep\nname: size")
    + """\
vary:
  mechanisms.fund.amount: [1000, 2000, 200000]
  parameters.migration.talent_mobility: {from: 0.01, to: 0.2, steps: 5}
replications: 3
indicators: [supporting_capital, public_outlay, theil, talent_net_supporting, welfare_equivalent]
report: {regions: [meizhou, wuzhou]}
"""
)
LEVELS = """\
kind: sweep
name: levels
scenario: {name: one, years: 4, firms: 4000, calibrated: false}
vary: {parameters.migration.talent_mobility: [0.05, 0.1, 0.15], parameters.capital.depreciation: [0.05, 0.06]}
replications: 3
indicators: [supporting_capital, gini, capital_net_supporting]
"""
ROBUST = (
    swapped(GROWING, "kind: comparison\nname: enough", "kind: robustness\nname: robust")
    + """\
levers: {mechanisms.fund.leverage: {from: 0, to: 1, steps: 2}}
uncertainties:
  parameters.migration.talent_mobility: {from: 0.01, to: 1}
  parameters.capital.depreciation: {}
samples: 32
replications: 2
indicators: [supporting_value_added, supporting_welfare_equivalent, public_outlay, theil]
thresholds:
  supporting_value_added: {least: 2000, of: difference}
  theil: {most: 0.5}
"""
)
FACTORIAL = """\
kind: factorial
name: mixed
scenario: {name: mixed, years: 3, firms: 4000, calibrated: false}
factors:
  transfer: {mechanisms: [{kind: fiscal_transfer, name: transfer, targets: [supporting], amount: 5000, start: 2021}]}
  fund: {mechanisms: [{kind: investment_fund, name: fund, targets: [supporting], amount: 40000, start: 2021}]}
"""
THIRD = "  schools: {mechanisms: [{kind: fiscal_transfer, name: schools, targets: [supporting], amount: 500}]}\n"
FRACTION = swapped(FACTORIAL, "factors:", "design: fractional\ngenerators: {schools: [fund, transfer]}\nfactors:")
LINK = "link: {mechanisms: [{kind: market_integration, name: link, targets: [supporting], start: 2021}]}"
SOLD = "sold: {mechanisms: [{kind: sales_link, name: sold, targets: [supporting], start: 2021}]}"
MIXED = f"{GROWING}  {LINK}\nreplications: 4\n"
ALONE = f"{ENOUGH.partition('  fund:')[0]}  {LINK}\n  {SOLD}\nreplications: 4\n"
STEPS = ("finish.save_all", "sweep.save_sweep", "robustness.save")
PAGES = ("finish", "sweep", "robustness")


def model(scenario: Any, seed: int) -> Any:
    """Run a made-up model: instruments help the supporting zone by their money, the more the more people move."""
    years = int(scenario.years)
    record, own = make_record(seed, years), np.random.default_rng([seed, len(scenario.mechanisms)])
    money = {m.name: m.strength * m.amount for m in scenario.mechanisms}
    if [*money] == ["fund"] and seed % 1000 == 1 and scenario.parameters.migration.talent_mobility < 0.1:
        raise RunFailed("2021, Bijie: the market does not solve")
    mobility = scenario.parameters.migration.talent_mobility
    gain = sum(amount ** (0.6 + 0.05 * k) for k, amount in enumerate(money.values())) * (0.2 + mobility)
    helped = 1 + 1e-4 * (gain + (gain > 0) * own.normal(0, 20)) * np.linspace(0, 1, years)[:, None]
    for name in ("value_added", "capital", "real_income", "real_firms"):
        values = record.series[name]
        values[:, 4:] *= helped[(...,) + (None,) * (values.ndim - 2)]
    record.series["welfare"][:, 4:] += np.log(helped)[..., None]
    record.series["public_outlay"] = np.full(years, sum(money.values()) / years)
    record.series["public_return"] = 0.1 * record.series["public_outlay"]
    record.series["public_equity"] = np.cumsum(record.series["public_outlay"]) * 0.3
    reports = {(name, "public outlay"): np.full(years, amount / years) for name, amount in money.items()}
    units = dict.fromkeys(reports, "million yuan/yr")
    return types.SimpleNamespace(**{**vars(record), "reports": reports, "report_units": units})


def page(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch, made_up: bool = True) -> Path:
    """Run an experiment without figures and write its page; return its folder."""
    if made_up:
        put_model(monkeypatch, model)
    with monkeypatch.context() as without:
        for name in STEPS:
            without.setattr(f"sim.batch.{name}", lambda *_: [])
        for name in PAGES:
            without.setattr(f"sim.batch.{name}.write_report", lambda folder, **_: folder / "report.html")
        without.setattr("sim.figures.factorial.save", lambda *_: [])
        run_and_read(sim.run, load(write(folder, text)), folder / "out")
    write_report(folder / "out", draw=False)
    return folder / "out"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "least", "sections"),
    [
        (PRECISE, 500, "headline certainty rule firms"),
        (f"{GROWING}select: {{{BEST}}}\n", 500, "headline certainty rule"),
        (FORECAST, 500, "headline certainty levels"),
        (SWEEP, 400, "outcomes point values"),
        (LEVELS, 50, "outcomes point values"),
        (ROBUST, 200, "regret winners switching pairwise decided satisficing threshold levers boxes"),
        (FACTORIAL + "sizes: [0.5, 1]\nreplications: 4\n", 900, "effects pairs shapley size design"),
        (FRACTION + THIRD + "replications: 4\n", 200, "effects shapley design"),
        (MIXED, 500, "headline certainty"),
        (ALONE, 500, "headline certainty"),
        (swapped(ROBUST, "levers:", f"  {LINK}\nlevers:"), 200, "regret winners switching satisficing"),
        (f"{FACTORIAL}  {LINK}\nreplications: 4\n", 500, "effects pairs shapley design"),
    ],
    ids=[
        "precision",
        "select",
        "forecast",
        "sweep",
        "levels",
        "robustness",
        "factorial",
        "fraction",
        "mixed",
        "alone",
        "robustness-mixed",
        "factorial-mixed",
    ],
)
def test_every_number_is_that_of_the_store(tmp_path, monkeypatch, text, least, sections):
    out = page(tmp_path, text, monkeypatch)
    verdict = check(out)
    assert not verdict.wrong and not verdict.unknown, "\n".join(verdict.wrong + verdict.unknown)
    assert not verdict.unmarked, verdict.unmarked
    there = {number.key.partition(":")[0] for number in Page((out / "report.html").read_text("utf-8")).numbers}
    assert verdict.numbers > least and there >= {*sections.split(), "identities", "first"}, there


def test_arms_without_a_known_price_have_a_break_even_cost_and_no_rank(tmp_path, monkeypatch):
    out = page(tmp_path, MIXED, monkeypatch)
    written = Page((out / "report.html").read_text("utf-8"))
    keys = {number.key for number in written.numbers}
    assert {"headline:break_even_cost:link", "costs:link:break_even:low", "lead:n"} <= keys
    assert {"per_yuan:targets:fund", "per_yuan:targets:grant"} <= keys and "per_yuan:targets:link" not in keys
    assert not any(key.startswith("headline") and key.endswith("link:per_billion") for key in keys)
    assert any(key.endswith("fund:per_billion") for key in keys)
    answer = answer_of(sim.open_results(out), out, "baseline").texts
    assert "for “Link” (market integration)" in answer["What helps most"] and "“Link”" not in answer["How sure"]
    table = pd.read_csv(out / "headline.csv").set_index(["indicator", "arm"])
    row = table.loc["break_even_cost", "link"]
    assert row["n"] == 4 and row["unit"] == "million yuan" and row["years"] == "present" and row["first_year"] == 2020
    per = table["per_million_yuan"].unstack("arm").loc["supporting_capital"]
    assert np.isnan(per["link"]) and per[["fund", "grant"]].notna().all()


def test_a_page_without_any_known_price_says_so(tmp_path, monkeypatch):
    out = page(tmp_path, ALONE, monkeypatch)
    ds = sim.open_results(out)
    answer = answer_of(ds, out, "baseline").texts
    assert answer["What helps most"].startswith("No instrument has a place in an order per yuan of public outlay.")
    assert "for “Link” (market integration) and " in answer["What helps most"]
    assert answer["How sure"].startswith("There is no order per yuan")
    drawn = " ".join(text.get_text() for text in cost.draw(ds).findobj(Text))
    assert "the price of what the arms buy is not known" in " ".join(drawn.split())


@pytest.mark.slow
def test_every_number_of_variants_classes_and_combinations_is_that_of_the_store(tmp_path, monkeypatch):
    text = swapped(VARIANTS, "firms: 1000}", "firms: 1000, record: {classes: true}}")
    out = page(tmp_path, text, monkeypatch, made_up=False)
    verdict = check(out)
    assert not verdict.wrong and not verdict.unknown and not verdict.unmarked, verdict
    written = (out / "report.html").read_text("utf-8")
    there = {number.key.partition(":")[0] for number in Page(written).numbers}
    needed = "headline certainty variants firms interaction mechanisms additionality costs settings budget lead"
    assert there >= set(needed.split()) and verdict.numbers > 1500
    # a wrong number, a wrong text and a number that nobody knows are found
    first = next(n for n in Page(written).numbers if n.key == "headline:gini:fund:difference")
    mark = f'<data value="{first.value!r}" data-key="{first.key}"'
    for new, where in (
        (mark.replace(repr(first.value), repr(first.value * 1.001)), "wrong"),
        (mark.replace("gini:fund", "gini:another"), "unknown"),
    ):
        (out / "report.html").write_text(swapped(written, mark, new), encoding="utf-8")
        assert len(getattr(check(out), where)) == 1
    assert not any(number.fits for number in (first._replace(value=1.02 * first.value), first._replace(text="0.1")))


def test_numbers_are_read_as_they_are_printed():
    def fits(value: float, text: str, scale: float = 1.0) -> bool:
        return Marked("key", value, scale, text, answer=False).fits

    assert fits(1.2e-15, "below 10⁻¹⁴") and not fits(1.2e-13, "below 10⁻¹⁴")
    assert fits(-1.234e-7, "−1.23 × 10⁻⁷") and not fits(-1.244e-7, "−1.23 × 10⁻⁷")
    assert fits(2e6, "> 1,000,000") and fits(1e-4, "< 0.001") and not fits(0.002, "< 0.001")
    assert fits(123_456.0, "123,456") and fits(0.123456, "12.3", 100.0) and not fits(0.125, "12.3", 100.0)
    assert fits(123_400.0, "123,000") and not fits(123_400.0, "122,000")


def test_the_page_of_validation_writes_powers_of_ten(tmp_path):
    row = types.SimpleNamespace(
        suite="theory", name="A price", expected=1.5e-9, obtained=-2.25e-7, tolerance=1e-6, verdict="fail", detail=""
    )
    page = write_validation([row], {"A price": "Rounding."}, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "1.500 × 10⁻⁹" in page and "2.250 × 10⁻⁷" in page and not re.search(r">[^<]*\de-\d", page)


def test_boxes_of_futures_are_found():
    draw = np.random.default_rng(1)
    x, y = draw.uniform(size=(2, 200))
    (box,) = peeling.boxes({"x": x, "y": y}, (x > 0.6) & (y < 0.5))
    assert box.limits["x"][0] == pytest.approx(0.6, abs=0.03) and box.limits["y"][1] == pytest.approx(0.5, abs=0.03)
    assert box.density > 0.9 and box.coverage > 0.9 and box.p_value < 0.05
