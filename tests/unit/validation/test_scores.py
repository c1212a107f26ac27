"""Forecasts without a model, scores against them, and the folds; runs are made, not simulated."""

from __future__ import annotations

import numpy as np
import pytest

from sim.validation.hindcast.combination import encompassing, weights
from sim.validation.hindcast.errors import estimate_law
from sim.validation.hindcast.folds import FOLDS, fold_score
from sim.validation.hindcast.forecasts import Window, fitted_growth, forecasts, observed_path
from sim.validation.hindcast.rows import fold_rows, hindcast_rows
from sim.validation.hindcast.runs import END, FIGURES, MIDDLE, START, eligible
from sim.validation.hindcast.scores import comparisons, levels, mean_errors, revised_provinces, score_table
from sim.world.china.shares import share

ALL = {f"trend {START}-{MIDDLE}", "regression", "persistence", "model"}


@pytest.fixture(scope="module")
def waves(made):
    return made(0.01 * np.sin(np.arange(346)))


@pytest.fixture(scope="module")
def table(waves):
    return score_table(comparisons(waves))


def test_forecasts_by_figure(made, history):
    path = observed_path(history)
    assert set(forecasts(made(), "people", path=path)) == ALL | {"trend 2000-2010"}
    assert set(forecasts(made(), "value_added", path=path)) == ALL | {"trend 2005-2010", "Bartik"}
    assert set(forecasts(made(), "talent", path=path)) == {"persistence", "model"}
    assert set(forecasts(made(), "secondary", path=path)) == {"persistence", "model"}


def test_a_trend_doubles_the_change(made, history):
    rows = eligible(history, "people")
    start, middle = (share(history.figures["people", y], rows) for y in (START, MIDDLE))
    expected = start * (middle / start) ** 2
    doubled = share(forecasts(made(), "people")["trend 2010-2015"], rows)
    np.testing.assert_allclose(doubled, expected / expected.sum(), rtol=1e-9)


def test_imputed_figures_disclose_nothing(made, changed, history):
    imputed = ~eligible(history, "people")
    for name in ("trend 2010-2015", "regression"):
        found = [forecasts(made(history=one), "people")[name] for one in (history, changed(MIDDLE, imputed))]
        np.testing.assert_allclose(*found)


@pytest.mark.parametrize("figure", FIGURES)
def test_forecasts_of_2020_do_not_know_it(made, changed, history, figure):
    found = [forecasts(made(0.01, one), figure) for one in (history, changed(END))]
    assert found[0].keys() == found[1].keys()
    for name in found[0]:
        np.testing.assert_array_equal(found[0][name], found[1][name])


def test_bartik_in_closed_form(made, history):
    rows = history.world.national_taxes
    path = {START: np.array([0.1, 0.5, 0.4]), END: np.array([0.05, 0.25, 0.7])}
    parts = [history.figures[name, START] for name in ("primary", "secondary", "tertiary")]
    expected = (0.5 * parts[0] + 0.5 * parts[1] + 1.75 * parts[2])[rows]
    np.testing.assert_allclose(forecasts(made(), "value_added", path=path)["Bartik"][rows], expected)


def test_without_a_change_of_the_nation_the_path_says_nothing(made, history):
    path = dict.fromkeys((START, END), observed_path(history)[START])
    for figure, name in (("value_added", "Bartik"), ("secondary", "persistence")):
        found = forecasts(made(), figure, path=path)[name]
        rows = history.world.national_taxes
        np.testing.assert_allclose(found[rows], history.figures[figure, START][rows], rtol=1e-9)


def test_persistence_on_the_path_keeps_regions_and_meets_the_nation(made, history):
    rows, path = history.world.national_taxes, observed_path(history)
    parts = np.array([forecasts(made(), name, path=path)["persistence"][rows]
                      for name in ("primary", "secondary", "tertiary")])  # fmt: skip
    kept = sum(history.figures[name, START][rows] for name in ("primary", "secondary", "tertiary"))
    np.testing.assert_allclose(parts.sum(axis=0), kept, rtol=1e-9)
    # the base year is on the same accounts, so that growth of national shares leads to the observed composition
    np.testing.assert_allclose(parts.sum(axis=1) / parts.sum(), path[END], rtol=1e-9)


def test_a_region_as_in_the_nation_keeps_its_share_under_bartik(made, history):
    rows, path = history.world.national_taxes, observed_path(history)
    found = share(forecasts(made(), "value_added", path=path)["Bartik"], rows)
    before = share(history.figures["value_added", START], rows)
    tertiary = (history.figures["tertiary", START] / history.figures["value_added", START])[rows]
    assert np.corrcoef(np.log(found / before), tertiary)[0, 1] > 0.8  # services grew faster


def test_errors_at_each_level_by_hand(made, history):
    runs, real, now = made(), *(history.figures["people", year] for year in (END, START))
    table, province, rows = mean_errors(runs, "people")["persistence"], runs.province, eligible(history, "people")
    one = np.abs(share(real, rows) - share(now, rows))
    assert table["regions"] == pytest.approx(100 * one.mean())
    inside = [
        np.abs(share(real, chosen) - share(now, chosen)).mean()
        for chosen in (rows & (province == name) for name in set(province))
        if chosen.sum() > 1
    ]
    assert table["within provinces"] == pytest.approx(100 * np.mean(inside)) and len(inside) == 25
    south = rows & (province == "guangdong")
    assert table["Guangdong"] == pytest.approx(100 * np.abs(share(real, south) - share(now, south)).mean())


def test_a_perfect_model_is_all_better_and_persistence_equal(made, history):
    rows = history.figures["people", START] > 0
    growth = np.log(np.divide(history.figures["people", END], history.figures["people", START], where=rows,
                              out=np.ones(len(rows)))) / 10  # fmt: skip
    found = [one for one in comparisons(made(growth)) if one.figure == "people"]
    assert found and all(one.ratio.value == pytest.approx(0, abs=1e-6) for one in found)
    still = [one for one in comparisons(made()) if one.rival == "persistence" and not one.given_path]
    assert {one.ratio.value for one in still} == {1.0} and all(one.ratio.interval(0.9) == (1, 1) for one in still)


def test_comparisons_are_of_all_figures_and_levels_once(table):
    assert not table.duplicated(["figure", "level", "rival", "given_path"]).any()
    assert set(table["figure"]) == set(FIGURES) and table["level"].nunique() == 4
    known = table[table["given_path"]]
    assert set(zip(known["figure"], known["rival"], strict=True)) == {
        ("value_added", "Bartik"), ("secondary", "persistence"), ("tertiary", "persistence"),
    }  # fmt: skip
    # what is known of provinces only is no forecast of cities
    assert not set(table.loc[table["rival"] == "trend 2000-2010", "level"]) & {"within provinces", "Guangdong"}
    assert (table["holm_p"] >= table["p"]).all() and (table["low_holm"] <= table["low_95"] + 1e-9).all()
    assert (table["low_95"] <= table["low_90"]).all() and (table["high_90"] <= table["high_95"]).all()


def test_runs_on_the_path_are_a_second_column(made, waves):
    found = {(one.figure, one.level, one.rival, one.given_path): one.model for one in comparisons(waves, made(0.01))}
    plain = [key[:3] for key in found if not key[3]]
    assert len(plain) > 30 and all(found[*key, True] != found[*key, False] for key in plain)


def test_provinces_with_revised_accounts_are_left_out(waves, table, history):
    revised = revised_provinces()
    assert revised == ["heilongjiang", "inner_mongolia", "jilin", "liaoning", "tianjin"]
    for level in levels(history, "value_added", tuple(revised)):
        assert not set(waves.province[level.rows]) & set(revised)
    assert table["unrevised"].isna().equals(table["level"] == "Guangdong")


def test_combination_recovers_weights():
    draw = np.random.default_rng(1)
    cluster = np.repeat(np.arange(60), 20)
    first, second, noise = draw.normal(0, 0.1, (3, len(cluster)))
    common = draw.normal(0, 0.05, 60)[cluster]
    found = encompassing(0.02 + 0.7 * first + 0.3 * second + common + noise, {"a": first, "b": second}, cluster)
    assert found["weight"].to_numpy() == pytest.approx([0.7, 0.3], abs=0.1)
    assert (found["low"] < found["weight"]).all() and found.loc["a", "p"] < 1e-6


def test_intervals_of_weights_are_by_cluster():
    draw = np.random.default_rng(2)
    cluster = np.repeat(np.arange(30), 20)
    change = draw.normal(0, 0.1, 30)[cluster]  # known by province only
    real = change + draw.normal(0, 0.1, 30)[cluster]
    by_province, apart = (encompassing(real, {"a": change}, code) for code in (cluster, np.arange(600)))
    width = [float((one["high"] - one["low"]).iloc[0]) for one in (by_province, apart)]
    assert width[0] > 3 * width[1]


def test_a_model_that_is_right_encompasses_the_others(made, history):
    start, end = (np.maximum(history.figures["value_added", year], 1.0) for year in (START, END))
    found = weights(made(np.log(end / start) / 10), "value_added", path=observed_path(history))["weight"]
    assert found["model"] == pytest.approx(1, abs=1e-6)
    assert found[["regression", "Bartik"]].abs().max() < 1e-6
    assert weights(made(0.01), "talent").empty


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("figure", ["people", "value_added"])
def test_nothing_fitted_knows_the_window_that_is_held_out(made, changed, history, fold, figure):
    growth = np.random.default_rng(1).normal(0, 0.01, history.world.n_regions)
    window = FOLDS[fold]
    held_out = ({window.start, window.end} - set(window.fit)).pop()
    other = changed(held_out)
    fitted = [Window(*window.fit, window.fit)]
    laws = [estimate_law(made(growth, one), figure, fitted, until=START) for one in (history, other)]
    assert laws[0] == laws[1]
    slopes = [fitted_growth(one, figure, window.fit) for one in (history, other)]
    np.testing.assert_array_equal(*slopes)
    scores = [fold_score(made(growth, one), figure, window).error.value for one in (history, other)]
    assert scores[0] != scores[1]


def test_folds_score_the_window_that_they_name(made, history):
    start, end = (np.maximum(history.figures["people", year], 1.0) for year in (MIDDLE, END))
    runs = made(np.log(end / start) / 5)  # right in the second half only
    late, early = (fold_score(runs, "people", FOLDS[fold]) for fold in ("A", "B"))
    assert late.error.value == pytest.approx(0, abs=1e-9) and early.error.value > 0.3
    assert late.bands.inside.mean() == 1.0 and late.weights.loc["model", "weight"] == pytest.approx(1, abs=1e-6)


def test_rows_of_both_folds_are_pooled(made, history):
    growth = np.random.default_rng(1).normal(0, 0.01, history.world.n_regions)
    rows = {row.name: row for row in fold_rows({"A": made(growth), "B": made(-growth)})}
    assert all(row.verdict == "reported" for row in rows.values())
    assert "fold B, 2010-2015: people, regions: error relative to persistence, %" in rows
    assert "29 clusters" in rows["folds A and B: people, regions: inside 90 % bands"].detail


def test_only_directions_pass_or_fail(waves):
    rows = hindcast_rows(waves)
    counted = [row.name for row in rows if row.verdict != "reported"]
    assert len(counted) == 3 and all(name.startswith(("direction", "change")) for name in counted)
    assert len({row.name for row in rows}) == len(rows)
    (tried,) = [row for row in rows if row.name.startswith("variants")]
    assert tried.obtained > 0 or "not counted yet" in tried.detail
