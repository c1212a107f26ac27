"""Calibrations: bounds, faults, a search that can be broken off, what it leaves behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim import results
from sim.batch import calibration, run_calibration
from sim.batch.imposing import Imposed
from sim.batch.loss import evaluate, holdout, loss, planted_history, with_parameters
from sim.catalogue import SECTORS
from sim.config import Calibration, design_of, load
from sim.config.design.calibration import limits
from sim.economy.base_year.facts import trade_facts
from sim.economy.base_year.inversion import solve_base
from sim.errors import RunFailed, UserError
from sim.model import simulate
from sim.parameters import Parameters, Production
from sim.world import first_hours, load_world
from sim.world.china.history import load_history
from tests.helpers.configs import faults, load_as, swapped
from tests.helpers.running import silent

TEXT = """\
kind: calibration
name: small
scenario: {name: small, world: guangzhou, start: 2010, years: 2, firms: 2000, calibrated: false}
fit:
  learning.momentum: {high: 1.5}
  migration.worker_mobility: {}
targets:
  - {figure: people, level: province, year: 2015}
  - {figure: value_added, level: region, year: 2015, weight: 2}
moments:
  - {moment: worker_moves, value: 0.01, tolerance: 0.01}
trials: 4
replications: 1
profile: 2
"""


def config(folder: Path, text: str = TEXT, *overrides: str) -> Calibration:
    return load_as(Calibration, folder, text, *overrides)


def test_bounds_come_from_the_table_unless_given(tmp_path):
    assert limits(config(tmp_path)) == {"learning.momentum": (0.0, 1.5), "migration.worker_mobility": (0.01, 0.05)}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("learning.momentum", "learning.momentun", "fit.learning.momentun: no such number"),
        ("{high: 1.5}", "{low: 2, high: 1.5}", "expected low < high"),
        ("figure: people", "figure: peeple", "did you mean 'people'?"),
        ("people, level: province, year: 2015", "talent, year: 2015", "talent was not counted in 2015"),
        ("start: 2010", "start: 2020", "expected one of guangzhou, china, start: 2010"),
        ("trials: 4", "trials: 0", "at least 1"),
        ("tolerance: 0.01", "tolerance: 0", "more than 0"),
    ],
)
def test_faults_have_places(tmp_path, old, new, words):
    found = "\n".join(faults(tmp_path, swapped(TEXT, old, new)))
    assert words in found and "file.yaml:" in found


def test_history_leaves_out_what_was_imputed():
    history = load_history("china")
    for figure in ("people", "talent", "value_added"):
        assert not history.good[figure][~history.world.national_taxes].any()
    assert history.good["people"].sum() < history.good["talent"].sum()
    ids = history.world.regions["id"].to_numpy()
    assert "xiantao" in set(ids[~history.good["value_added"]])
    assert history.figures["people", 2020].sum() == pytest.approx(1_409_778_724 + 7_481_800 + 683_200, rel=2e-3)


def test_loss_sees_only_regions_that_are_shown(tmp_path):
    small = config(tmp_path)
    history = load_history("guangzhou")
    unseen = holdout(history, small)
    assert 0.05 < unseen.mean() < 0.4 and np.array_equal(unseen, holdout(history, small))
    found = evaluate(small, {"learning.momentum": 0.5, "migration.worker_mobility": 0.02})
    assert len(found["fit"]) == len(found["holdout"]) == 2 and len(found["values"]) == 1
    by_hand = (found["fit"][0] + 2 * found["fit"][1] + found["moments"][0]) / 4
    assert loss(small, found) == pytest.approx(by_hand)
    assert with_parameters(small, {"learning.momentum": 0.5}).years == 6


@pytest.mark.slow
def test_search_goes_on_where_it_stopped_and_ends_the_same(tmp_path):
    whole = run_calibration(config(tmp_path, TEXT, "trials=8"), tmp_path / "whole", workers=2, console=silent())
    run_calibration(config(tmp_path), tmp_path / "parts", workers=1, console=silent())
    console = silent()
    again = run_calibration(config(tmp_path, TEXT, "trials=8"), tmp_path / "parts", workers=1, console=console)
    assert "4 of 8 trials exist already" in console.file.getvalue()
    first, second = (pd.read_csv(o.folder / "trials.csv") for o in (whole, again))
    assert len(first) == len(second) == 8
    pd.testing.assert_frame_equal(first, second)
    best = first["loss"].min()
    assert whole.headline["loss"] == best
    assert {"fragment.yaml", "trials.csv", "profile.csv", "targets.csv"} <= {f.name for f in whole.files}
    assert len(pd.read_csv(whole.folder / "profile.csv")) == 4
    text = (whole.folder / "fragment.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Fitted by 'small'") and "parameters:" in text
    (tmp_path / "taken.yaml").write_text(
        f"kind: scenario\nname: taken\ninclude: [{whole.folder / 'fragment.yaml'}]\n", encoding="utf-8"
    )
    taken = load(tmp_path / "taken.yaml").parameters.learning.momentum
    assert taken == pytest.approx(whole.headline["parameters"]["learning.momentum"], rel=1e-3)


def test_when_every_trial_fails_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.batch.calibration.evaluate_trial", _broken)
    with pytest.raises(RunFailed, match="every trial fails"):
        run_calibration(config(tmp_path), tmp_path / "out", workers=0, console=silent())
    assert list((tmp_path / "out" / "failed").glob("trial-*.txt"))


def _broken(config, values):
    raise ZeroDivisionError("nothing works")


def test_another_calibrations_folder_is_refused(tmp_path):
    one = config(tmp_path, TEXT, "trials=1", "profile=0", "targets=[]")
    run_calibration(one, tmp_path / "out", workers=0, console=silent())
    with pytest.raises(UserError, match="overwrite"):
        run_calibration(config(tmp_path, TEXT, "seed=2"), tmp_path / "out", workers=0, console=silent())


def test_trials_of_another_version_of_the_model_are_not_continued(tmp_path):
    one, out = config(tmp_path, TEXT, "trials=1", "profile=0", "targets=[]"), tmp_path / "out"
    run_calibration(one, out, workers=0, console=silent())
    manifest = out / "experiment.json"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace(results.model_version(), "0" * 64), encoding="utf-8"
    )
    before = (out / "trials.csv").read_text(encoding="utf-8")
    with pytest.raises(UserError, match="trials of another version of the model"):
        run_calibration(one, out, workers=0, console=silent())
    assert (out / "trials.csv").read_text(encoding="utf-8") == before
    console = silent()
    run_calibration(one, out, workers=0, console=console, overwrite=True)
    assert "exist already" not in console.file.getvalue()


TRADE = """\
kind: calibration
name: trade
scenario: {name: trade, world: guangzhou, start: 2020}
method: least_squares
fit:
  production.local_preference: {}
  production.provincial_border: {}
moments:
  - {moment: interprovincial_trade, value: 0.33, tolerance: 0.02}
  - {moment: own_consumer_services, value: 0.8, tolerance: 0.05}
profile: 0
"""
ONE_FACT = "  - {moment: interprovincial_trade, value: 0.33, tolerance: 0.02}\n"
LATER = "targets: [{figure: people, year: 2015}]\n"
KNOWN = Production(local_preference=0.7, provincial_border=0.3)


@pytest.fixture
def trade(tmp_path) -> str:
    """A calibration of trade to the facts that known parameters give."""
    world = load_world("guangzhou", 2020)
    facts = trade_facts(world, solve_base(world, first_hours(world)[1], Parameters(production=KNOWN)))
    text = swapped(TRADE, "value: 0.33", f"value: {facts['interprovincial_trade']!r}")
    return swapped(text, "value: 0.8", f"value: {facts['own_consumer_services']!r}")


def test_least_squares_recovers_parameters_from_facts_of_the_base_year(tmp_path, trade, monkeypatch):
    monkeypatch.setattr("sim.batch.loss.simulate", _broken)
    monkeypatch.setattr("sim.batch.loss.load_history", _broken)
    known = {"production.local_preference": 0.7, "production.provincial_border": 0.3}
    fitted = config(tmp_path, trade, "profile=2")
    assert design_of(fitted).sample is None
    console = silent()
    outcome = run_calibration(fitted, tmp_path / "out", workers=0, console=console)
    assert outcome.headline["parameters"] == pytest.approx(known, abs=1e-7)
    assert "1 is the tolerance of a moment" in console.file.getvalue()
    slopes = pd.read_csv(tmp_path / "out" / "derivatives.csv", index_col="moment")
    assert slopes.loc["own_consumer_services", "production.local_preference"] > 0
    assert slopes.loc["interprovincial_trade", "production.provincial_border"] < 0
    assert pd.read_csv(tmp_path / "out" / "correlation.csv", index_col=0).to_numpy().diagonal() == pytest.approx(1)
    assert len(pd.read_csv(tmp_path / "out" / "profile.csv")) == 4
    (tmp_path / "taken.yaml").write_text(
        "kind: scenario\nname: taken\ninclude: [out/fragment.yaml]\n", encoding="utf-8"
    )
    taken = load(tmp_path / "taken.yaml").parameters.production
    assert (taken.local_preference, taken.provincial_border) == (0.7, 0.3)


def test_least_squares_that_is_interrupted_ends_the_same(tmp_path, trade, monkeypatch):
    fitted = config(tmp_path, trade)
    run_calibration(fitted, tmp_path / "whole", workers=0, console=silent())
    calls = []

    def interrupted(*given):
        calls.append(given)
        if len(calls) > 5:
            raise KeyboardInterrupt
        return evaluate(*given)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(calibration, "evaluate_trial", interrupted)
        run_calibration(fitted, tmp_path / "parts", workers=0, console=silent())
    console = silent()
    run_calibration(fitted, tmp_path / "parts", workers=0, console=console)
    assert "5 trials exist already" in console.file.getvalue()
    for name in ("trials.csv", "fragment.yaml", "derivatives.csv"):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("moment: interprovincial_trade", "moment: worker_moves", "'worker_moves' varies with random draws; expected"),
        (ONE_FACT, "", "more parameters, 2, than moments, 1; expected a moment per"),
        ("moments:", LATER + "moments:", "least squares fits no shares of later years"),
        ("least_squares", "least_square", "did you mean 'least_squares'?"),
    ],
)  # fmt: skip
def test_what_least_squares_cannot_fit_is_refused(tmp_path, old, new, words):
    found = "\n".join(faults(tmp_path, swapped(TRADE, old, new)))
    assert words in found and "file.yaml:" in found


@pytest.mark.parametrize("start", [2010, 2020])
def test_facts_of_the_base_year_in_any_base_year_and_by_either_search(tmp_path, start):
    searched = config(tmp_path, TRADE, "method=tpe", "trials=2", f"scenario.start={start}")
    assert np.isfinite(run_calibration(searched, tmp_path / "out", workers=0, console=silent()).headline["loss"])


def test_facts_of_the_base_year_and_of_runs_together(tmp_path):
    text = swapped(TEXT, "moments:\n", "moments:\n  - {moment: goods_exports, value: 0.2, tolerance: 0.1}\n")
    mixed = config(tmp_path, text, "targets=[]")
    assert not mixed.of_base_year and design_of(mixed).sample is not None
    found = evaluate(mixed, {"learning.momentum": 0.5, "migration.worker_mobility": 0.02})
    assert found["fit"] == [] and 0.1 < found["values"][0] < 0.3 and 0 < found["values"][1] < 0.1


def test_a_parameter_without_effect_is_refused(tmp_path):
    text = swapped(TRADE, "production.local_preference", "learning.momentum")
    with pytest.raises(UserError, match=r"fit\.learning\.momentum: changes none of the moments"):
        run_calibration(config(tmp_path, text), tmp_path / "out", workers=0, console=silent())


def test_a_fact_that_the_world_lacks_is_reported(tmp_path):
    """It has no region of less than 3 million people."""
    made = dict.fromkeys(SECTORS, 8e4)
    rows = [
        {"id": f"city_{k}", "zone": zone, "lat": 23, "lon": 112 + k, "workers": 4e6, "talent": 4e5, "value_added": made}
        for k, zone in enumerate(["centre", "supporting"])
    ]
    text = swapped(TRADE, "world: guangzhou", f"world: {{kind: inline, name: large, regions: {rows}}}")
    with pytest.raises(RunFailed, match="own_consumer_services is not defined in world 'large'"):
        run_calibration(config(tmp_path, text), tmp_path / "out", workers=0, console=silent())


PLANTED = "planted: {learning.momentum: 1.2, migration.worker_mobility: 0.02}\n"


def test_planted_figures_are_those_of_the_model_with_errors(tmp_path):
    planted = config(tmp_path, TEXT + PLANTED)
    history, observed = planted_history(planted), load_history("guangzhou")
    for figure in ("people", "value_added"):
        np.testing.assert_array_equal(history.figures[figure, 2010], observed.figures[figure, 2010])
        drawn, real = (h.figures[figure, 2015] / h.figures[figure, 2015].sum() for h in (history, observed))
        assert not np.allclose(drawn, real) and 0.005 < np.log(drawn / real)[observed.good[figure]].std() < 0.6
    # The search with the truth among its points has errors, but smaller ones than persistence.
    found = evaluate(planted, dict(planted.planted))
    assert 0.0 < found["fit"][0] < 1.0


def test_a_calibration_to_planted_figures_says_what_it_found_again(tmp_path):
    planted = config(tmp_path, TEXT + PLANTED, "profile=0", "moments=[]")
    run_calibration(planted, tmp_path / "out", workers=0, console=silent())
    table = pd.read_csv(tmp_path / "out" / "recovered.csv", index_col="parameter")
    assert list(table["planted"]) == [1.2, 0.02]
    assert table["found"].between(0, 1.5).all()
    assert np.allclose(table["distance"] * [1.5, 0.04], table["found"] - table["planted"])


@pytest.mark.parametrize("text", ["planted: {learning.momentum: 1.2}\n", PLANTED + "targets: []\n"])
def test_planted_values_are_given_for_all_fitted_parameters(tmp_path, text):
    whole = TEXT if "targets" not in text else TEXT[: TEXT.index("targets:")] + TEXT[TEXT.index("moments:") :]
    assert "planted: expected targets, and a value for every parameter" in "\n".join(faults(tmp_path, whole + text))


def test_an_imposed_year_has_the_observed_shares_and_only_later_changes_count(tmp_path):
    history = load_history("guangzhou")
    imposed = config(tmp_path, TEXT, "impose=2015", "scenario.years=7", "moments=[]")
    run = simulate(with_parameters(imposed, {}), 1, adjust=Imposed(history, 2015))
    for figure, values in (("people", run.series["people"][5]), ("value_added", run.series["value_added"][5])):
        rows, real = history.good[figure], history.figures[figure, 2015]
        made = values.sum(axis=1)[rows]
        np.testing.assert_allclose(made / made.sum(), real[rows] / real[rows].sum(), rtol=5e-3)
    # People and accounts stay whole in the year after.
    assert max(run.series[f"audit_{name}"].max() for name in ("money", "people", "capital")) < 1e-8


def test_identification_finds_what_moves_the_figures_and_what_does_not(tmp_path):
    asked = config(tmp_path, TEXT, "profile=0", "moments=[]", "trials=1", "identify=[learning.emission_decline]")
    run_calibration(asked, tmp_path / "out", workers=0, console=silent())
    table = pd.read_csv(tmp_path / "out" / "identification.csv", index_col="parameter")
    assert list(table["fitted"]) == [True, True, False]
    assert table.loc["learning.momentum", "alone"] < 1 and (table["jointly"] >= table["alone"] * 0.999).all()
    # How fast emissions decline hardly moves people or output.
    assert table.loc["learning.emission_decline", "jointly"] > 3 * table.loc["learning.momentum", "jointly"]
    assert not table.loc["learning.emission_decline", "identified"]


def test_parameters_that_are_tied_have_one_value(tmp_path):
    text = swapped(
        TEXT, "migration.worker_mobility: {}", "migration.worker_mobility: {also: [migration.talent_mobility]}"
    )
    tied = config(tmp_path, text)
    values = with_parameters(tied, {"learning.momentum": 1.0, "migration.worker_mobility": 0.04}).parameters.migration
    assert values.worker_mobility == values.talent_mobility == 0.04
    wrong = swapped(text, "migration.talent_mobility", "migration.talent_mobilty")
    found = "\n".join(faults(tmp_path, wrong))
    assert "no such number" in found and "did you mean 'migration.talent_mobility'?" in found


@pytest.mark.parametrize(("impose", "kept", "left_out"), [(None, 2015, 2020), (2015, 2020, 2010)])
def test_a_fit_to_one_half_of_the_decade_does_not_see_the_other(tmp_path, monkeypatch, impose, kept, left_out):
    """Runs start from 2010; in the second fold its later figures are compared with those of 2015 only."""
    text = TEXT.replace("2015", str(kept)).replace("years: 2", f"years: {kept - 2009}")
    half = config(tmp_path, text, "moments=[]", f"impose={impose or 'null'}")
    values = {"learning.momentum": 0.8, "migration.worker_mobility": 0.03}
    before = evaluate(half, values)
    history = load_history("guangzhou")
    figures = {key: value * (1.5 if key[1] == left_out else 1.0) for key, value in history.figures.items()}
    figures |= {key: value[::-1] for key, value in figures.items() if key[1] == left_out}
    monkeypatch.setattr("sim.batch.loss.load_history", lambda *given: replace(history, figures=figures))
    assert evaluate(half, values) == before
