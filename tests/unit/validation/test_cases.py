"""Documented parks: the table of reported figures, the bundled comparisons, figures and rows from made-up runs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from sim.config import Comparison, arm_scenarios, bundled, load
from sim.record import RunRecord
from sim.validation.cases import CASES, Case, Claim, Reported, case_rows, claims
from sim.validation.cases.compare import BASELINE, HORIZONS, PARK, Runs, simulated
from sim.validation.cases.figures import FIGURES
from sim.validation.cases.table import BASE_YEAR, DEFLATOR, EMPLOYED, MONEY, QUALITIES
from sim.validation.suites import DEFAULT, SUITES
from tests.helpers.running import call

UNITS = {"output": MONEY, "value_added": MONEY, "jobs": "thousand", "share": "1"}
EVERY = [(case, reported) for case in CASES for reported in case.figures]
T, HOST, FIRST = 12, 1, 1  # years, the region of the site, the year in which works start


@pytest.mark.parametrize(("case", "reported"), EVERY, ids=lambda x: getattr(x, "name", None) or x.text)
def test_each_figure_has_unit_source_and_quality(case, reported):
    assert reported.unit == UNITS[reported.figure] and reported.value > 0
    assert reported.quality in QUALITIES and min(len(reported.source), len(reported.why)) >= 10
    assert reported.year in DEFLATOR
    # Only figures that were published, or computed from such figures, may pass or fail.
    assert reported.range is None or reported.quality != "reported" and reported.range[0] < 1 < reported.range[1]


def test_years_are_counted_from_one_start():
    assert [{r.year - r.years for r in case.figures} for case in CASES] == [{2015}, {2006}, {2011}]
    for case in CASES:
        assert len({(r.figure, r.years) for r in case.figures}) == len(case.figures)


def config_of(case: Case) -> Comparison:
    config = load(case.comparison)
    assert isinstance(config, Comparison)
    return config


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_comparisons_contain_the_years_that_are_compared(case):
    arms = arm_scenarios(config_of(case))
    assert list(arms) == [BASELINE, PARK] and not arms[BASELINE].mechanisms
    (park,) = arms[PARK].mechanisms
    assert park.kind == "enclave" and len(park.targets) == 1 and arms[PARK].start == BASE_YEAR
    last = max(claim.years for claim in claims([case]))
    assert arms[PARK].start + arms[PARK].years - 1 == park.start + last


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_setting_of_a_park_has_a_source_or_is_assumed(case):
    text = bundled("experiments")[case.comparison].read_text(encoding="utf-8")
    settings = re.findall(r"^ +(\w+): [^#\n]+(#.*)?$", text.split("name: park\n")[1], flags=re.M)
    comments = {name: comment for name, comment in settings if name != "targets"}
    assert {"area", "capital_per_km2", "capex_per_km2", "sponsor", "start", "funding", "transfer"} <= set(comments)
    for name, comment in comments.items():
        assert re.search(r"\[\d\]|assumed", comment), name
    numbers = set(re.findall(r"\[(\d)\]", text.split("kind: comparison")[0]))
    assert set(re.findall(r"\[(\d)\]", text)) == numbers


def series(value: float) -> np.ndarray:
    """Return a path that is 0 until the fourth year of works and constant after."""
    return np.where(np.arange(T) > FIRST + 4, value, 0.0)


def run_of(size: float, people: float) -> RunRecord:
    """Return a run whose site makes ``size`` billion yuan of value added, a tenth of that of its host."""
    heads, added = np.zeros((T, 2, 2)), np.zeros((T, 2, 6))
    heads[:, HOST], added[:, HOST, 2] = people / 2.0, 1e4 * size
    items = {"gross output": 3e3 * size, "value added": 1e3 * size, "employment": 1e5}
    reports = {("park", item): series(value) for item, value in items.items()}
    return RunRecord(np.arange(T), {"people": heads, "value_added": added}, np.empty(0), [], [], reports)


def made(case: Case, seeds: int | None) -> Runs:
    """Return runs of three seeds: the site makes 1, 2, 3 billion yuan, the host gains 2 billion and 1,000 people."""
    without = [run_of(size, 9e3) for size in (0.8, 1.8, 2.8)]
    return Runs([run_of(size, 1e4) for size in (1.0, 2.0, 3.0)], without, "park", HOST, FIRST)


@pytest.fixture
def given(monkeypatch):
    """Give runs instead of simulating them."""
    monkeypatch.setattr("sim.validation.cases.compare.simulated", made)


def park(*figures: Reported) -> Case:
    return Case("A park", "none", figures)


def reported(figure: str, value: float, **more: object) -> Reported:
    usual = {"unit": UNITS[figure], "year": 2020, "source": "a source", "quality": "observed", "why": "a reason"}
    return Reported(figure, 5, value, **(usual | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figure", "value"),
    [("output", 6.0), ("value_added", 2.0), ("share", 0.1), ("jobs", 100.0 * EMPLOYED), ("host_value_added", 2.0),
     ("host_jobs", EMPLOYED)],
)  # fmt: skip
def test_figures_of_made_up_runs(given, figure, value):
    (row,) = case_rows([Claim(park(), figure, 5)])
    assert row.obtained == pytest.approx(value)
    assert (row.verdict, row.expected) == ("reported", "")


def test_figure_is_that_of_its_year(given):
    (row,) = case_rows([Claim(park(), "output", 4)])
    assert row.obtained == 0.0


def test_interval_over_seeds(given):
    (row,) = case_rows([Claim(park(), "value_added", 5)])
    half = 4.302653 / np.sqrt(3.0)  # of 1, 2, 3: t with 2 degrees of freedom
    assert f"model {2.0 - half:.3g} to {2.0 + half:.3g} over 3 seeds" in row.detail


@pytest.mark.parametrize(("ratio", "verdict"), [(0.49, "fail"), (0.51, "pass"), (1.99, "pass"), (2.01, "fail")])
def test_verdict_in_prices_of_the_base_year(given, ratio, verdict):
    """A figure of 2020 is compared in money of 2010."""
    nominal = 2.0 / ratio * DEFLATOR[2020] / DEFLATOR[BASE_YEAR]
    (row,) = case_rows([Claim(park(reported("value_added", nominal, range=(0.5, 2.0))), "value_added", 5)])
    assert row.expected == pytest.approx(2.0 / ratio) and row.verdict == verdict
    assert f"{nominal:g} billion yuan in 2020, observed: a source" in row.detail


def test_persons_and_shares_have_no_prices(given):
    case = park(reported("jobs", 20.0), reported("share", 0.1))
    found = case_rows([Claim(case, figure, 5) for figure in ("jobs", "share")])
    assert [(row.expected, row.verdict) for row in found] == [(20.0, "reported"), (0.1, "reported")]
    assert "a reason" in found[0].detail and "0.1 in 2020" in found[1].detail


def test_every_figure_is_shown_after_five_and_ten_years():
    names = [claim.name for claim in claims()]
    assert len(set(names)) == len(names)
    shown = {(claim.case.name, claim.figure, claim.years) for claim in claims()}
    assert {(case.name, figure, years) for case in CASES for figure in FIGURES for years in HORIZONS} <= shown
    assert {(case.name, r.figure, r.years) for case, r in EVERY} <= shown


def test_runs_of_a_bundled_case(monkeypatch):
    """The site makes more than it uses up, within its host; a larger one employs more."""
    found = {}
    for area in (2.0, 8.0):
        config = config_of(CASES[0])
        arm = config.arms[PARK]
        enclave = arm.mechanisms[0].model_copy(update={"area": area})
        arms = config.arms | {PARK: arm.model_copy(update={"mechanisms": (enclave,)})}
        small = config.scenario.model_copy(update={"firms": 4000})
        changed = config.model_copy(update={"arms": arms, "scenario": small})
        monkeypatch.setattr("sim.validation.cases.compare.load", lambda name, changed=changed: changed)
        (pair,) = simulated(CASES[0], seeds=1).pairs(10)
        found[area] = {figure: measure(pair) for figure, (_, measure) in FIGURES.items()}
        assert 0.0 < found[area]["value_added"] < found[area]["output"] and 0.0 < found[area]["share"] < 0.5
    assert found[8.0]["jobs"] > found[2.0]["jobs"] > 0.0


def test_documentation_names_every_reported_figure():
    text = (Path(__file__).parents[3] / "docs" / "validation.md").read_text(encoding="utf-8")
    missing = [name for case, r in EVERY if (name := Claim(case, r.figure, r.years).name) not in text]
    assert not missing


def test_command(given, capsys):
    assert "cases" in SUITES and "cases" not in DEFAULT
    name = "Guangzhou-Qingyuan, 7 years: value added, billion yuan of 2010"
    code, out, _ = call(capsys, "validate", "cases", "--row", name)
    assert code == 0 and "1 of 1 rows pass" in out
    code, _, err = call(capsys, "validate", "cases", "--row", name.replace("7", "8"))
    assert code == 2 and f"did you mean '{name}'?" in err
