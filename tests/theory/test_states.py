"""The states of the United States: naive forecasts in closed form, calibration on simulated data, tables."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from sim.batch import run_calibration
from sim.batch.loss import evaluate, modelled, relative_error, with_parameters
from sim.config import Calibration, load
from sim.config.schema.calibration import Target
from sim.model import simulate
from sim.validation.states import CALIBRATION, FIGURES, Regions, Window, regression, trend, windows
from sim.world import History, load_history
from tests.helpers.running import call, silent

DECADES = [(1960, 1970), (1970, 1980), (1980, 1990), (1990, 2000), (2000, 2009)]


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load(CALIBRATION)


def test_at_most_five_parameters_are_fitted_on_the_first_window(calibration):
    fitted, later = windows(calibration)
    assert len(calibration.fit) <= 5 and not calibration.scenario.calibrated
    assert {target.year for target in calibration.targets} == {fitted.end}
    assert [(w.start, w.end) for w in later] == [*DECADES, (1960, 2009)]
    assert all(w.start >= fitted.end for w in later)


class Made(Window):
    """A window whose past follows a rule."""

    def observed(self, year: int) -> Regions:
        """Return regions whose shares and incomes grow at constant rates."""
        t = (year - 1960) / 10
        people = np.array([1.0, 2.0, 3.0, 4.0]) * np.exp(t * np.array([0.0, 0.1, 0.2, -0.1]))
        income = np.array([-0.3, 0.1, 0.4, 0.0]) * np.exp(-0.2 * t)
        return Regions(people / people.sum(), income)


def test_a_trend_continues_constant_growth_of_shares():
    window = Made("us_states", 1970, 1980)
    found, wanted = trend(window), window.observed(1980)
    assert found.people == pytest.approx(wanted.people)
    past = window.observed(1970).income - window.observed(1960).income
    assert found.income == pytest.approx(window.observed(1970).income + past)


def test_a_regression_recovers_a_constant_speed_of_convergence():
    fitted, later = Made("us_states", 1960, 1970), Made("us_states", 1980, 1985)
    found = regression(fitted, later).income
    speed = -np.expm1(-0.2) / 10  # per year, of the gap at the start of the decade
    assert found == pytest.approx(later.observed(1980).income * (1 - 5 * speed))


@pytest.mark.parametrize("figure", ["people", "value_added", "income"])
@pytest.mark.parametrize("level", ["region", "province"])
def test_errors_are_zero_for_what_happened_and_one_for_persistence(figure, level):
    history = load_history("us_states", 1960)
    target = Target(figure=figure, level=level, year=1970)
    everyone = np.ones(48, dtype=bool)
    for year, error in ((1970, 0.0), (1960, 1.0)):
        got = {part: history.figures[part, year] for part in ("people", "value_added")}
        assert relative_error(history, target, got, everyone) == pytest.approx(error, abs=1e-12)
    # A common factor changes neither shares nor income relative to the nation.
    got = {"people": 3 * history.figures["people", 1960], "value_added": 7 * history.figures["value_added", 1960]}
    assert relative_error(history, target, got, everyone) == pytest.approx(1.0)


@pytest.mark.slow
def test_a_calibration_recovers_what_simulated_states_were_made_with(calibration, tmp_path, monkeypatch):
    known = {"migration.target_scale": 0.8}
    small = calibration.model_copy(
        update={
            "scenario": calibration.scenario.model_copy(update={"firms": 1000}), "replications": 1, "profile": 0,
            "trials": 20, "fit": {"migration.target_scale": calibration.fit["migration.target_scale"]},
        }
    )  # fmt: skip
    history = _made(small, known)
    monkeypatch.setattr("sim.batch.loss.load_history", lambda world, start: history)
    assert evaluate(small, known)["fit"] == pytest.approx([0.0] * len(small.targets), abs=1e-12)
    found = run_calibration(small, tmp_path / "out", workers=0, console=silent()).headline["parameters"]
    assert found == pytest.approx(known, abs=0.05)


def _made(config: Calibration, values: dict[str, float]) -> History:
    """Return a history that a run with these parameters wrote."""
    scenario = with_parameters(config, values)
    history = load_history(scenario.world, scenario.start)
    later = modelled([simulate(scenario, config.seed * 1000)], 10)
    figures = {(part, 1960): later[part] for part in ("people", "value_added")}
    return replace(history, figures={**history.figures, **figures})


def test_tables_are_printed(capsys):
    code, out, _ = call(capsys, "validate", "us", "--seeds", "2", "--firms", "1000", "--json")
    assert not code
    found = json.loads(out)
    rows = found["errors"]
    assert {r["figure"] for r in rows} == set(FIGURES)
    for row in rows:
        assert row["low"] <= row["model"] <= row["high"] and row["persistence"] > 0
    history = load_history("us_states", 1960)
    shares = [history.figures["people", y] / history.figures["people", y].sum() for y in (1960, 1970)]
    first = next(r for r in rows if r["figure"] == "people" and r["to"] == "1970")
    assert first["persistence"] == pytest.approx(100 * np.abs(shares[1] - shares[0]).mean())
    # People move where they moved before: of all that the model forecasts, this it does best.
    assert next(r for r in rows if r["figure"] == "people" and r["from"] == "all")["model"] < 1
    assert len(found["spread"]) == len(DECADES) + 1
