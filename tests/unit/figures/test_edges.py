"""Edges of figures: one year, one arm, more arms than colours, names as long as can be: nothing lacks or is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import sim
from sim import figures
from sim.analysis import measure
from sim.analysis.robustness import robustness_tables
from sim.cells import TIMES, Cells
from sim.config import load
from sim.figures import factorial, pareto, robustness, style
from sim.figures.marks import draw_paths, marks
from sim.figures.names import distinct, shortened, width, wrapped
from sim.results import open_results
from tests.helpers.configs import write
from tests.helpers.models import put_model
from tests.helpers.results import make_record, write_fake
from tests.helpers.running import run_and_read

LONG = "investment_fund_for_supporting_regions_of_five_provinces_number_"
ARMS = {
    "few": ("baseline", "fund"),
    "alone": ("baseline",),
    "many": ("baseline", *(f"fund_{k}" for k in range(1, 12))),
    "long": ("baseline", "W" * 64, *(f"{LONG[:62]}{k:02d}" for k in range(10))),
}
SWEEP = """\
kind: sweep
name: edges
scenario: {name: edges, years: 2, firms: 4000, calibrated: false}
arms:
  baseline: {}
%s
vary: {%s}
design: %s
replications: 2
indicators: [supporting_capital, theil]
"""
MOBILITY = "parameters.migration.talent_mobility: [0.05, 0.1]"
KEYS = {
    "response": (MOBILITY, "grid"),
    "heat_map": (f"{MOBILITY}, parameters.capital.depreciation: [0.05, 0.06]", "grid"),
    "points": (f"{MOBILITY}, parameters.cities.rule: [passive, yardstick]", "list"),
}
CASES = (("few", 1), ("few", 3), ("alone", 1), ("many", 3), ("long", 1))


def sound(figure: Figure) -> None:
    """Assert that all of a figure lies within it, no panel is empty and no two entries of a legend are the same."""
    with style.styled():
        figure.draw_without_rendering()
        box, (wide, high) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0) > -0.05 and box.x1 < wide + 0.05 and box.y1 < high + 0.05, (box, wide, high)
    for panel in figure.axes:
        assert shows(panel), panel.get_title()
    for legend in figure.legends:
        entries = [text.get_text() for text in legend.get_texts()]
        assert len(set(entries)) == len(entries)


def shows(panel: Axes) -> bool:
    """Return whether a panel has something that can be seen, as a line of one point without a marker cannot."""
    lines = [line for line in panel.lines if len(line.get_xdata()) and np.isfinite(line.get_ydata()).any()]
    seen = [line for line in lines if len(set(line.get_xdata())) > 1 or line.get_marker() not in ("None", "", None)]
    free = [line for line in seen if line.get_transform().contains_branch(panel.transData)]
    marked = [line for line in free if list(line.get_xdata()) != [0, 1]]  # those are lines across a panel
    return bool(marked or panel.patches or panel.texts or panel.collections or panel.images or not panel.axison)


@pytest.fixture(scope="module", params=CASES, ids=str)
def ds(request, tmp_path_factory):
    arms, years = request.param
    return open_results(write_fake(tmp_path_factory.mktemp("edge"), ARMS[arms], 2, years)).load()


def test_all_figures_of_a_comparison_are_complete(ds):
    for name in figures.names(ds):
        sound(figures.ALL[name](ds))


def test_numbers_of_a_narrow_colour_bar_have_room(tmp_path):
    ds = open_results(write_fake(tmp_path, ARMS["few"], 2, 3)).load()
    with style.styled():
        figure = figures.ALL["change_map"](ds)
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.axes[-1].get_xticklabels() if text.get_text()]
    assert len(boxes) > 5 and all(left.x1 < right.x0 for left, right in zip(boxes, boxes[1:], strict=False))


def test_names_of_pairs_have_both_parts():
    row = {"indicator": "value_added", "unit": "million yuan/yr", "years": "last", "size": 1.0, "value": 1.0}
    ends = dict.fromkeys(("ci_low", "adjusted_low"), 0.5) | dict.fromkeys(("ci_high", "adjusted_high"), 1.5)
    rows = [{**row, **ends, "first": LONG[:20], "second": f"{LONG[:19]}{k}"} for k in range(3)]
    panel = style.panels(1, 1)[1][0]
    factorial._pairs(panel, "value_added", Cells((LONG[:20],), (1.0,), cast(Any, None)), pd.DataFrame(rows))
    names = [text.get_text() for text in panel.get_yticklabels()]
    assert len(set(names)) == 3 and all(TIMES in name and name.count("…") <= 2 for name in names)


def test_a_variable_of_regions_is_complete(ds, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(style, "save", lambda figure, *paths: [drawn.append(figure), *paths][1:])
    names = np.array(["A region whose name is a sentence on its history, geography and people", "支" * 60] * 4)
    named = ds.assign_coords(name=("region", names))
    figures.plot_variable(named, "value_added", ["bijie", "meizhou", "centre"], tmp_path / "x.png")
    sound(drawn[0])


def test_a_single_year_has_markers_and_its_year_only(tmp_path):
    ds = open_results(write_fake(tmp_path, ARMS["few"], 2, 1)).load()
    for panel in figures.ALL["paths"](ds).axes:
        assert [text.get_text() for text in panel.get_xticklabels()] == ["2020"]
        assert any(line.get_marker() == "o" for line in panel.lines)
    level = figures.ALL["inequality"](ds).axes[0]
    assert len(level.patches) == 2 and level.get_xlim()[1] - level.get_xlim()[0] < 2  # an area has no width


def test_no_two_series_are_drawn_in_the_same_way():
    known = marks([f"arm {k}" for k in range(120)])
    assert len(set(known.values())) == 121
    first = list(marks([f"arm {k}" for k in range(8)]).values())
    assert {(mark.line, mark.marker) for mark in first} == {("-", "o")}  # the usual figure differs by colour only


def test_lines_beyond_the_palette_differ_by_line_and_marker(tmp_path):
    ds = open_results(write_fake(tmp_path, ARMS["many"], 2, 3)).load()
    lines = [line for line in figures.ALL["paths"](ds).axes[0].lines if len(line.get_xdata()) == 3]
    looks = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in lines}
    assert len(lines) == 11 and len(looks) == 11
    points = figures.ALL["incidence"](ds).axes[0].lines
    entries = {(p.get_markeredgecolor(), p.get_marker()) for p in points if p.get_label().startswith("Fund ")}
    assert len(entries) == 11


def test_a_year_that_alone_is_known_is_seen(tmp_path):
    ds = open_results(write_fake(tmp_path, ARMS["few"], 2, 3)).load()
    panel = style.panels(1, 1)[1][0]
    data = ds["public_outlay"].where(ds["year"] == 2021)
    draw_paths(panel, data, marks(["baseline", "fund"]))
    assert sum(line.get_marker() == "o" for line in panel.lines) == 2


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("arms", ["few", "long"])
def test_figures_of_sweeps_are_complete(kind, arms, tmp_path, monkeypatch):
    put_model(monkeypatch, lambda scenario, seed: make_record(seed, 2, "fund" if scenario.mechanisms else "baseline"))
    fund = "{kind: investment_fund, name: fund, targets: [supporting], start: 2021}"
    listed = "\n".join(f"  {arm}: {{mechanisms: [{fund}]}}" for arm in ARMS[arms][1:6] + ARMS[arms][9:])
    text = SWEEP % (listed, *KEYS[kind])
    with monkeypatch.context() as without:
        without.setattr("sim.batch.sweep.save_sweep", lambda *_: [])
        run_and_read(sim.run, load(write(tmp_path, text)), tmp_path / "out")
    found = open_results(tmp_path / "out").load()
    sound(figures.draw_sweep(found, measure(found)))


def test_figures_of_policies_are_complete():
    policies = [f"{LONG}{k}" for k in range(12)]
    futures = pd.DataFrame({"growth": np.linspace(0, 1, 8)}).rename_axis("future")
    rows = [
        {"future": k, "policy": policy, "indicator": name, "value": 1.0 + k * m, "better": 1}
        for name in ("supporting_value_added", "supporting_capital")
        for k in range(8)
        for m, policy in enumerate(policies)
    ]
    tables = robustness_tables(pd.DataFrame(rows), futures, [{"indicator": "supporting_capital", "least": 3.0}])
    sound(robustness.draw_regret(tables, "yuan"))
    sound(robustness.draw_satisficing(tables, "yuan"))


def test_a_search_of_one_trial_shows_it():
    objectives = [{"name": name, "title": name, "unit": "1", "direction": 1} for name in ("gain", "rest")]
    trials = pd.DataFrame({"gain": [1.0], "rest": [2.0], "feasible": [True]})
    for figure in (pareto.draw_history(trials, objectives), pareto.draw_history(trials, objectives[:1])):
        sound(figure)


def test_names_keep_their_ends():
    text = "A fund for the regions of the north, variant 7"
    assert shortened(text, 100, 8).endswith("7") and "…" in shortened(text, 100, 8)
    assert width(shortened(text, 100, 8), 8) <= 100 and shortened("Fund", 100, 8) == "Fund"
    assert width(shortened("支" * 99, 100, 8), 8) <= 100
    same = ["x" * 90 + letter + "y" * 90 for letter in "ab"]
    assert len(set(distinct(same, 60, 8))) == 2 and distinct(["a", "a"], 60, 8) == ["a", "a"]
    lines = wrapped("words " * 40 + "w" * 99, 100, 8).split("\n")
    assert len(lines) == 3 and all(width(line, 8) <= 100 for line in lines)


def test_pages_have_long_names_in_full(tmp_path):
    folder: Path = write_fake(tmp_path, ARMS["long"][:4], 2, 1)
    page = sim.report.write_report(folder, draw=False).read_text(encoding="utf-8")
    assert all(style.display_name(arm) in page for arm in ARMS["long"][:4])
