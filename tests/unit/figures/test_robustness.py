"""Figures of robustness and of searches: what they say, drawn from made-up tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.analysis.robustness import robustness_tables
from sim.figures import discovery, pareto, robustness, style

THRESHOLDS = [{"indicator": "theil", "most": 0.25}, {"indicator": "supporting_value_added", "least": 100_000}]


@pytest.fixture(scope="module")
def futures() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    table = pd.DataFrame(draw.random((300, 3)), columns=["growth", "cost", "risk"])
    table["rule"] = draw.choice(["cap", "tax", "none"], 300)
    return table.rename_axis("future")


@pytest.fixture(scope="module")
def tables(futures) -> dict[str, pd.DataFrame]:
    broken = (futures["growth"] < 0.5) & (futures["rule"] != "tax") & (futures["cost"] > 0.2)
    values = {
        "fund": (np.where(broken, 0.3, 0.2), 120_000 + 1000 * futures["risk"]),
        "wait": (np.full(300, 0.22), 110_000 + 0 * futures["risk"]),
    }
    rows = [
        {"future": k, "policy": policy, "indicator": name, "value": value, "better": better}
        for policy, pair in values.items()
        for name, column, better in zip(("theil", "supporting_value_added"), pair, (-1, 1), strict=True)
        for k, value in enumerate(column)
    ]
    return robustness_tables(pd.DataFrame(rows), futures, THRESHOLDS)


def texts(figure: Figure) -> str:
    """Return all that a figure says, in one line."""
    with style.styled():
        figure.canvas.draw()
    found = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    return " ".join(" ".join(found).split())


def test_regret_is_told_in_readable_units(tables):
    figure = robustness.draw_regret(tables, "yuan")
    diamonds = [line.get_xdata()[0] for axes in figure.axes for line in axes.lines if line.get_marker() == "D"]
    # theil in thousandths: fund 80 above wait where it is broken, wait 20 above fund elsewhere
    assert diamonds[:2] == pytest.approx([80, 20])
    said = texts(figure)
    assert "regret [1/1000]" in said and "regret [billion yuan/yr]" in said
    assert "Value added, supporting zone" in said and "Fund" in said


def test_shares_of_thresholds(tables):
    figure = robustness.draw_satisficing(tables, "yuan")
    share = tables["satisficing"].query("policy == 'fund' and threshold == 'all'")["share"].iloc[0]
    marks = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert marks == pytest.approx([share, 1.0])
    said = texts(figure)
    assert "All thresholds" in said and "at most 0.25" in said and "at least 100,000 million yuan/yr" in said


def test_a_threshold_of_a_difference_has_title_and_unit(tables):
    name = "supporting_value_added (difference)"
    table = tables["satisficing"].replace({"indicator": {"supporting_value_added": name}})
    said = texts(robustness.draw_satisficing({"satisficing": table}, "yuan"))
    assert "Value added, supporting zone (difference): at least 100,000 million yuan/yr" in said


def test_one_threshold_has_one_panel(tables):
    table = tables["satisficing"]
    one = table[table["threshold"].isin(["all", "theil at most 0.25"])]
    figure = robustness.draw_satisficing({**tables, "satisficing": one}, "yuan")
    assert len(figure.axes) == 1 and "at most 0.25" in texts(figure)


def test_discovery_draws_the_box_around_what_is_missed(tables, futures):
    figure = discovery.draw_discovery(tables, futures, "fund", {"growth": "1/yr"})
    left, right = figure.axes
    frames = [patch for patch in left.patches if isinstance(patch, Rectangle)]
    assert len(frames) == 2  # cap and none stand apart, with tax not between: one frame each
    assert left.get_xlabel() == "Growth [1/yr]" and left.get_ylabel() == "Rule"
    assert frames[0].get_x() + frames[0].get_width() == pytest.approx(0.5, abs=0.03)
    ring = next(line for line in right.lines if line.get_markersize() == 10)
    box = tables["boxes"].iloc[0]
    assert (ring.get_xdata()[0], ring.get_ydata()[0]) == (box["coverage"], box["density"])
    missed = (~tables["met"].query("policy == 'fund'")["met"].astype(bool)).sum()
    assert f"Fund: {missed} of 300 futures missed" in texts(figure)


def test_discovery_says_why_there_is_no_box(tables, futures):
    assert "Wait: thresholds hold in all 300 futures" in texts(discovery.draw_discovery(tables, futures, "wait"))
    met = tables["met"].assign(met=tables["met"]["policy"] == "fund")
    none = {**tables, "met": met, "boxes": tables["boxes"].iloc[:0]}
    assert "missed in all 300 futures" in texts(discovery.draw_discovery(none, futures, "wait"))
    met = tables["met"].assign(met=tables["met"]["future"] > 9)
    assert "10 of 300 futures missed" in texts(discovery.draw_discovery({**none, "met": met}, futures, "wait"))


def test_nothing_to_show_is_said(tables):
    assert "every policy has a value" in texts(robustness.draw_regret({"regrets": tables["regrets"].iloc[:0]}, "yuan"))
    empty = {"satisficing": tables["satisficing"].iloc[:0]}
    assert "No thresholds" in texts(robustness.draw_satisficing(empty, "yuan"))


GAIN = {"name": "gain", "title": "Gain", "unit": "million yuan", "direction": 1}
COST = {"name": "cost", "title": "Cost", "unit": "million yuan", "direction": -1}
RISK = {"name": "risk", "title": "Risk", "unit": "1", "direction": -1}
TRIALS = pd.DataFrame(
    {"gain": [1, 3, 2, 9, np.nan], "cost": [1, 3, 2, 1, 1], "risk": [1, 2, 3, 0, 0],
     "feasible": [True, True, True, False, True]}
)  # fmt: skip


def drawn(figure: Figure, label: str) -> list[tuple[float, float]]:
    lines = [line for line in figure.axes[0].lines if line.get_label() == label]
    return [(float(x), float(y)) for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]


def test_front_of_two_objectives():
    figure = pareto.draw(TRIALS, [GAIN, COST])
    assert sorted(drawn(figure, "front")) == [(1, 1), (2, 2), (3, 3)]
    assert drawn(figure, "constraint violated") == [(9, 1)]
    stairs = next(line for line in figure.axes[0].lines if line.get_drawstyle() == "steps-post")
    assert stairs.get_xdata().tolist() == [3, 2, 1]  # the edge leads from the most gain to the least cost
    assert "Gain [million yuan] → better" in texts(figure)


def test_three_objectives_have_a_panel_a_pair():
    figure = pareto.draw(TRIALS, [GAIN, COST, RISK])
    assert len(figure.axes) == 3 and "Risk [1/1000] ↓ better" in texts(figure)


def test_history_of_one_objective_is_the_best_feasible_so_far():
    for draw in (pareto.draw, pareto.draw_history):
        figure = draw(TRIALS, [GAIN])
        assert drawn(figure, "best so far") == [(1, 1), (2, 3), (3, 3), (4, 3), (5, 3)]
    figure = pareto.draw_history(TRIALS, [COST])
    assert drawn(figure, "best so far") == [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]


def test_history_of_two_is_the_share_of_the_box():
    figure = pareto.draw_history(TRIALS, [GAIN, COST], reference=[0, 4])
    (line,) = figure.axes[0].lines
    # best gain 3, best cost 1: a box of 3 x 3; areas 3, 5, 6 by hand
    assert line.get_ydata().tolist() == pytest.approx([3 / 9, 5 / 9, 6 / 9, 6 / 9, 6 / 9])


def test_reference_lies_beyond_the_worst():
    values = TRIALS.loc[:2, ["gain", "cost"]].to_numpy(dtype=float)
    assert pareto.reference_point(values, [1, -1]).tolist() == pytest.approx([0.8, 3.2])


def test_searches_without_a_feasible_trial():
    broken = TRIALS.assign(feasible=False)
    assert "No feasible trial" in texts(pareto.draw_history(broken, [GAIN, COST]))
    assert "constraint violated" in texts(pareto.draw(broken, [GAIN, COST]))
    assert "No trial" in texts(pareto.draw(TRIALS.iloc[4:], [GAIN, COST]))
