"""Calibrations: bounds, faults, a search that can be broken off, what it leaves behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.batch import run_calibration
from sim.batch.loss import evaluate, holdout, loss, with_parameters
from sim.config import Calibration, load
from sim.config.design.calibration import limits
from sim.errors import RunFailed, UserError
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
