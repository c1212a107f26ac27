"""The law of errors: recovered from made ones, and the bands that follow from it."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.forecast_errors import ErrorLaw, law_of, share_bands, spread, stored_laws, write_laws
from sim.errors import UserError
from sim.validation.hindcast.errors import (
    FIVE_YEARLY,
    coverage,
    estimate_law,
    evaluate,
    growth_exponent,
    provincial_shares,
    variance_components,
)
from sim.validation.hindcast.forecasts import FIRST, SECOND, WHOLE
from sim.validation.hindcast.runs import END, MIDDLE, START, eligible
from sim.world.china.shares import share
from tests.helpers.running import call, call_json

LAW = ErrorLaw(province=0.05, city=0.1, slope=-0.2, kappa=0.8, kappa_low=0.6, kappa_high=0.9)


def test_variance_components_are_recovered():
    draw = np.random.default_rng(1)
    province = np.repeat(np.arange(400), 12)
    size = np.exp(draw.normal(np.log(2e-3), 1.0, len(province)))
    error = draw.normal(0, 0.05, 400)[province] + draw.normal(0, 0.1 * (size / 1e-3) ** -0.2)
    assert variance_components(error, size, province) == pytest.approx((0.05, 0.1, -0.2), rel=0.08)
    apart = draw.normal(0, 0.1, len(province))
    assert variance_components(apart, size, province)[0] < 0.01


@pytest.mark.parametrize(("kind", "expected"), [("walk", 0.5), ("trend", 1.0)])
def test_kappa_is_recovered(kind, expected):
    draw = np.random.default_rng(2)
    steps = draw.normal(0, 0.01, (300, 4) if kind == "walk" else (300, 1))
    paths = np.cumsum(np.broadcast_to(steps, (300, 4)), axis=1)
    kappa, low, high = growth_exponent({2000 + 5 * t: np.exp(paths[:, t]) for t in range(4)})
    assert kappa == pytest.approx(expected, abs=0.04) and 0.5 <= low <= kappa <= high <= 1.0


def test_a_single_horizon_leaves_kappa_open(history):
    assert list(provincial_shares(history, "people")) == [2000, 2010, 2020]
    assert list(provincial_shares(history, "value_added", 2015)) == [2005, 2010, 2015]
    assert growth_exponent(provincial_shares(history, "people", 2015)) == (0.75, 0.5, 1.0)


def test_spread_in_closed_form():
    shares, province = np.array([0.2, 0.3, 0.5]), np.array(["a", "a", "b"])
    u, v = LAW.province, LAW.city * (shares / 1e-3) ** LAW.slope
    # ln s_1 = e_1 - sum of s e, and so on; u_a has .5 of the nation
    first = u**2 * (0.5**2 + 0.5**2) + (0.8 * v[0]) ** 2 + (0.3 * v[1]) ** 2 + (0.5 * v[2]) ** 2
    assert spread(LAW, shares, province)[0] == pytest.approx(np.sqrt(first))
    both = u**2 * 2 * 0.5**2 + (0.2 * v[0]) ** 2 + (0.3 * v[1]) ** 2 + (0.5 * v[2]) ** 2
    np.testing.assert_allclose(spread(LAW, 10 * shares, province, province), np.sqrt(both))
    assert spread(LAW, shares, province, np.zeros(3)) == pytest.approx(0.0, abs=1e-12)  # the nation itself


def test_small_regions_and_long_horizons_have_wide_bands():
    shares, province = np.array([1.0, 10.0, 89.0]), np.array(["a", "b", "c"])

    def width(horizon: float, level: float = 0.9) -> np.ndarray:
        (band,) = share_bands(LAW, shares, province, horizon, level=level)
        assert not band.extrapolated
        return np.log(band.high / band.low)

    assert (np.diff(width(5)) < 0).all()
    np.testing.assert_allclose(width(10), 2**LAW.kappa * width(5))
    assert (width(5, 0.95) > width(5)).all()


def test_beyond_ten_years_both_ends_of_kappa_are_shown():
    shares, province = np.array([1.0, 10.0, 89.0]), np.array(["a", "b", "c"])
    slow, fast = share_bands(LAW, shares, province, 15)
    assert slow.extrapolated and fast.extrapolated and (slow.kappa, fast.kappa) == (0.6, 0.9)
    assert (fast.high > slow.high).all() and (fast.low < slow.low).all()
    (five,) = share_bands(LAW, shares, province, 5)
    np.testing.assert_allclose(np.log(fast.high / fast.low), 3**0.9 * np.log(five.high / five.low))


def with_errors(made, history, law: ErrorLaw, seed: int):
    """Runs that are wrong by draws from a law at a growth that is the same every five years."""
    draw = np.random.default_rng(seed)
    figure = "value_added"
    start = history.figures[figure, START]
    province = np.unique(made().province, return_inverse=True)[1]
    size = start / start[eligible(history, figure)].sum()
    v = law.city * (np.maximum(size, 1e-6) / 1e-3) ** law.slope
    error = draw.normal(0, law.province, 40)[province] + draw.normal(0, v)
    growth = np.log(history.figures[figure, MIDDLE] / start) - error
    return made(growth / 5)


def test_law_and_coverage_of_runs_with_known_errors(made, history):
    laws, covered = [], []
    for seed in range(12):
        runs = with_errors(made, history, LAW, seed)
        laws.append(estimate_law(runs, "value_added")[:3])
        covered.append(coverage(evaluate(runs, "value_added", LAW, FIRST)).value)
    # the part that all regions share is lost in shares
    assert np.mean(laws, axis=0) == pytest.approx(LAW[:3], rel=0.1)
    assert np.mean(covered) == pytest.approx(0.9, abs=0.02)


def test_provinces_are_covered_as_sums_of_their_regions(made, history):
    covered = []
    for seed in range(12):
        runs = with_errors(made, history, LAW, seed)
        found = evaluate(runs, "value_added", LAW, FIRST, by_province=True)
        assert len(found.inside) == 31
        covered.append(coverage(found).value)
    assert np.mean(covered) == pytest.approx(0.9, abs=0.05)


def test_coverage_over_two_windows_has_the_clusters_of_one(made, history):
    runs = with_errors(made, history, LAW, 1)
    parts = [evaluate(runs, "value_added", LAW, window) for window in (FIRST, SECOND)]
    one, both = coverage(parts[0]), coverage(*parts)
    assert one.clusters == both.clusters == len(set(runs.province[eligible(history, "value_added")]))
    assert both.value == pytest.approx(np.mean([part.inside.mean() for part in parts]))


def test_score_is_the_width_where_the_band_covers(made, history):
    found = evaluate(with_errors(made, history, LAW, 1), "value_added", LAW, WHOLE)
    inside = found.inside == 1
    np.testing.assert_array_equal(found.score[inside], found.width[inside])
    assert 0 < inside.mean() < 1 and (found.score[~inside] > found.width[~inside]).all()


def test_a_law_of_two_windows_is_between_those_of_each(made, history):
    runs = with_errors(made, history, LAW, 1)
    windows = ([FIRST], [SECOND], [FIRST, SECOND])
    first, second, both = (estimate_law(runs, "value_added", several) for several in windows)
    assert min(first.city, second.city) < both.city < max(first.city, second.city)
    assert first.errors + second.errors == both.errors == 2 * eligible(history, "value_added").sum()
    assert first.provinces == both.provinces == 30


@pytest.mark.parametrize("figure", FIVE_YEARLY)
@pytest.mark.parametrize("until", [MIDDLE, START])
def test_bands_of_2020_use_nothing_later_than_their_forecast(made, changed, history, figure, until):
    growth = np.random.default_rng(1).normal(0, 0.01, history.world.n_regions)
    laws = [estimate_law(made(growth, one), figure, until=until) for one in (history, changed(END))]
    assert laws[0] == laws[1]
    assert estimate_law(made(growth, changed(MIDDLE)), figure, until=until)[:3] != laws[0][:3]


def test_stored_laws():
    found = stored_laws()
    assert set(found.rows["figure"]) == set(FIVE_YEARLY) and len(found.model_version) == 64
    for figure in FIVE_YEARLY:
        law = law_of(figure)
        assert 0 < law.province < 0.2 and 0 < law.city < 0.3
        assert 0.5 <= law.kappa_low <= law.kappa <= law.kappa_high <= 1.0
        assert law.errors > 500 and 25 < law.provinces <= 31
    with pytest.raises(UserError, match="no law of errors of 'talents'; expected one of people, value_added"):
        law_of("talents")


def test_laws_are_stored_and_read(tmp_path, monkeypatch):
    path = write_laws({"people": LAW}, tmp_path / "laws.csv")
    monkeypatch.setattr("sim.analysis.forecast_errors.TABLE", path)
    stored_laws.cache_clear()
    try:
        assert law_of("people") == LAW and stored_laws().current
    finally:
        stored_laws.cache_clear()


def test_options_of_the_hindcast_are_refused_elsewhere(capsys, tmp_path):
    code, _, err = call(capsys, "validate", "theory", "--errors", tmp_path / "e.csv")
    assert code == 2 and "--errors: not valid with 'validate theory'; expected 'validate hindcast'" in err


@pytest.mark.slow
def test_the_command_writes_both_tables(capsys, tmp_path, monkeypatch, made, history):
    runs = with_errors(made, history, LAW, 1)
    monkeypatch.setattr("sim.validation.hindcast.bundled_hindcast", lambda *run: runs)
    scores, errors = tmp_path / "scores.csv", tmp_path / "errors.csv"
    call_json(capsys, "validate", "hindcast", "--scores", scores, "--errors", errors)
    assert errors.read_text(encoding="utf-8").startswith("# model version ")
    assert scores.read_text(encoding="utf-8").startswith("figure,level,rival,given_path,model,other,change,")


def test_shares_are_those_of_eligible_regions(history):
    rows = eligible(history, "people")
    assert share(history.figures["people", END], rows).sum() == pytest.approx(1.0)
    assert "sansha" not in set(history.world.regions["id"][rows])
