"""Sensitivity analyses: from the file to the indices, against indices that are known."""

from __future__ import annotations

import types
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.analysis.sensitivity import indices, noise_share, pawn_medians
from sim.config import Sensitivity, layout_of
from sim.errors import UserError
from tests.helpers.configs import faults, load_as, swapped
from tests.helpers.models import put_model
from tests.helpers.results import make_record
from tests.helpers.running import run_and_read

# Three parameters of the model stand for x1, x2, x3; the made-up model stretches them from 0..1 to -pi..pi.
INPUTS = tuple(
    f"parameters.{name}" for name in ("households.housing_share", "migration.talent_mobility", "capital.state_share")
)
ENDS = (0.6, 1.0, 1.0)
ISHIGAMI = """\
kind: sensitivity
name: ishigami
scenario: {name: ishigami, years: 1, firms: 1000, calibrated: false, record: {flows: false, payments: false}}
inputs:
  parameters.households.housing_share: {from: 0, to: 0.6}
  parameters.migration.talent_mobility: {from: 0, to: 1}
  parameters.capital.state_share: {from: 0, to: 1}
method: sobol
samples: 64
replications: 1
indicators: [value_added]
"""
# Ishigami & Homma (1990), a = 7, b = .1
FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)


def places(scenario) -> np.ndarray:
    """Return where in -pi..pi the inputs of a scenario lie."""
    p = scenario.parameters
    found = np.array([p.households.housing_share, p.migration.talent_mobility, p.capital.state_share])
    return -np.pi + 2 * np.pi * found / np.array(ENDS)


def ishigami(scenario, seed) -> float:
    x = places(scenario)
    return float(np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))


@pytest.fixture
def model(monkeypatch):
    """The model replaced by one whose value added is a function of the scenario and the seed."""
    whole = make_record(1, 1)
    kept = {name: part for name, part in whole.series.items() if name.startswith("audit_")}  # files that write quickly

    def simulate(scenario, seed):
        if fake.failing(scenario, seed):
            raise ValueError("no market clears")
        value = np.zeros_like(whole.series["value_added"])
        value[0, 0, 0] = 100.0 + fake.function(scenario, seed)
        return types.SimpleNamespace(**{**vars(whole), "series": {**kept, "value_added": value}})

    fake = put_model(monkeypatch, simulate, function=ishigami, failing=lambda scenario, seed: False)
    return fake


def analysis(folder: Path, *changes: str, text: str = ISHIGAMI) -> Sensitivity:
    return load_as(Sensitivity, folder, text, *changes)


go = partial(run_and_read, sim.run, width=100)


def values(table: pd.DataFrame, name: str, column: str = "value") -> np.ndarray:
    return table[table["measure"] == name].set_index("input").loc[list(INPUTS), column].to_numpy()


def test_published_indices_through_the_whole_chain(model, tmp_path):
    outcome, text = go(analysis(tmp_path), tmp_path / "out")
    assert outcome.ok and outcome.finished == 64 * 5
    table = pd.read_csv(tmp_path / "out" / "indices.csv")
    for name, published in (("first", FIRST), ("total", TOTAL)):
        assert (values(table, name, "low") <= published).all() and (published <= values(table, name, "high")).all()
        np.testing.assert_allclose(values(table, name), published, atol=0.15)
    assert (table["n"] == 64).all()


@pytest.mark.long
def test_published_indices_closely(model, tmp_path):
    outcome, _ = go(analysis(tmp_path, "samples=1024"), tmp_path / "out")
    assert outcome.finished == 1024 * 5
    table = pd.read_csv(tmp_path / "out" / "indices.csv")
    for name, published in (("first", FIRST), ("total", TOTAL)):
        found, low, high = values(table, name), values(table, name, "low"), values(table, name, "high")
        told = (f"{f:.4f} [{a:.4f}, {b:.4f}] ({p:.4f})" for f, a, b, p in zip(found, low, high, published, strict=True))
        print(f"{name}, published in brackets: {'; '.join(told)}")
        assert (low <= published).all() and (published <= high).all()
        np.testing.assert_allclose(found, published, atol=0.04)


def linear(scenario, seed) -> float:
    """3 x1 + x2 in units of the whole range, with luck that the inputs do not change."""
    u = (places(scenario) + np.pi) / (2 * np.pi)
    return float(3 * u[0] + u[1] + 10 * (seed % 5))


def test_screening_of_a_linear_function_by_hand(model, tmp_path):
    model.function = linear
    outcome, text = go(analysis(tmp_path, "method=morris", "samples=4", "replications=2"), tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "indices.csv")
    assert values(table, "mu_star") == pytest.approx([3, 1, 0], abs=1e-9)
    assert values(table, "mu") == pytest.approx([3, 1, 0], abs=1e-9)
    assert values(table, "sigma") == pytest.approx([0, 0, 0], abs=1e-9) and (table["n"] == 4).all()
    # the seeds move every point alike, so nothing of what differs between points is luck
    assert table.loc[table["measure"] == "noise_share", "value"].iloc[0] == pytest.approx(0, abs=1e-9)
    assert "noise of seeds: 0.0% of the variance" in text and "household housing share" not in text
    assert {f.name for f in outcome.files} == {"indices.csv", "sensitivity.png", "sensitivity.pdf", "report.html"}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for word in ("Sensitivity of outcomes", "Households housing share", "Mean absolute effect", "data:image/png"):
        assert word in page, word


def test_missing_runs_leave_out_their_block_and_too_many_are_refused(model, tmp_path):
    model.failing = lambda scenario, seed: places(scenario)[0] < -3.0  # of 32 blocks those with x1 near its low end
    config = analysis(tmp_path, "samples=32")
    outcome, _ = go(config, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "indices.csv")
    failed = np.array([model.failing(at["ishigami"], 1) for at in layout_of(config).scenarios]).reshape(32, 5)
    assert len(outcome.missing) == failed.sum() > failed.any(axis=1).sum() > 0
    assert table["n"].unique().tolist() == [32 - failed.any(axis=1).sum()]
    assert values(table, "total")[0] > 0.3  # one missing value would make SALib's indices zero
    model.failing = lambda scenario, seed: places(scenario)[0] < -2.0
    with pytest.raises(UserError, match="of the samples have a missing run or value, more than 10%"):
        go(analysis(tmp_path, "samples=32", "seed=2"), tmp_path / "other")


def test_further_samples_keep_runs_and_other_methods_share_the_folder(model, tmp_path):
    go(analysis(tmp_path, "samples=4"), tmp_path / "out")
    outcome, text = go(analysis(tmp_path, "samples=8"), tmp_path / "out")
    assert "20 of 40 runs exist already" in text and outcome.finished == 40
    assert go(analysis(tmp_path, "method=morris", "samples=3"), tmp_path / "out")[0].finished == 12
    with pytest.raises(UserError, match="--overwrite"):
        go(analysis(tmp_path, "seed=2"), tmp_path / "out")


def test_differences_between_arms_are_outcomes(model, tmp_path):
    arms = (
        "arms:\n  baseline: {}\n"
        "  less: {set: {parameters.learning.research: 0.02}}\n"
        "method"
    )  # fmt: skip
    model.function = lambda s, seed: linear(s, seed) * (100 if s.parameters.learning.research > 0.015 else 99)
    config = analysis(tmp_path, "method=morris", "samples=3", text=ISHIGAMI.replace("method", arms))
    go(config, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "indices.csv")
    assert set(table["arm"]) == {"less"} and values(table, "mu_star") == pytest.approx([3, 1, 0], abs=1e-6)


def test_pairs_and_an_outcome_that_does_not_vary(model, tmp_path):
    model.function = lambda scenario, seed: float(np.prod(places(scenario)[:2]))
    config = analysis(tmp_path, "samples=128", "second_order=true", "indicators=[value_added, public_outlay]")
    ds = made_up(config, model.function)
    table = indices(ds, measured_of(ds, config, model.function))
    pair = table[table["input"] == f"{INPUTS[0]} × {INPUTS[1]}"].query("indicator == 'value_added'").iloc[0]
    assert pair["low"] <= 1 <= pair["high"] and pair["value"] == pytest.approx(1, abs=0.2)  # a product of odd functions
    flat = table[table["indicator"] == "public_outlay"]
    assert len(flat) == 9 and flat["value"].isna().all()


def made_up(config, function):
    """A dataset with the points and the config of an analysis, as far as indices need them."""
    import json

    import xarray as xr

    layout = layout_of(config)
    keys = list(layout.axes)
    coords = {k: ("point", [p[k] for p in layout.points], {"key": k, "units": "1"}) for k in keys}
    attrs = {"keys": keys, "config": json.dumps(config.model_dump(mode="json"))}
    return xr.Dataset(coords={"point": range(len(layout.points)), **coords}, attrs=attrs)


def measured_of(ds, config, function):
    import xarray as xr

    from sim.analysis import Measured

    found = np.array([function(at[config.scenario.name], 1) for at in layout_of(config).scenarios])
    parts = []
    for name, values_ in (("value_added", found), ("public_outlay", 1e9 + 1e-8 * found)):
        table = xr.DataArray(values_[:, None, None], {"arm": ["one"]}, ("point", "arm", "replication"))
        parts.append(Measured(name, name, "1", "last", table, None))
    return parts


def test_distances_of_distributions_are_those_of_the_library():
    from SALib.analyze import pawn

    draw = np.random.default_rng(2)
    unit = draw.random((400, 3))
    outcome = np.round(unit[:, 0] + 0.3 * unit[:, 1] ** 2, 2)  # with ties
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    np.testing.assert_allclose(pawn_medians(unit, outcome), pawn.analyze(problem, unit, outcome)["median"], atol=1e-12)


def test_distances_rank_inputs_against_noise(model, tmp_path):
    config = analysis(tmp_path, "method=pawn", "samples=300")
    ds = made_up(config, ishigami)
    table = indices(ds, measured_of(ds, config, ishigami)[:1]).set_index("input")
    noise = table.loc["(no input)"]
    assert (table.loc[[*INPUTS[:2]], "low"] > noise["value"]).all() and noise["low"] < noise["value"] < noise["high"]


def test_luck_of_seeds_by_analysis_of_variance():
    points = np.array([0.0, 4.0, 8.0])[:, None]
    luck = np.array([[1.0, -1.0], [-1.0, 1.0], [0.0, 0.0]])
    table = points + luck + [0.0, 50.0]  # seeds shift all points alike, which is no luck
    # left over: 4 squares of 1 over 2 x 1 degrees of freedom is 2, half of it in a mean of two; means vary by 16
    assert noise_share(table) == pytest.approx(1 / 16)
    assert np.isnan(noise_share(np.ones((3, 2))))


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("talent_mobility: {from: 0, to: 1}", "talent_mobilty: {}", "6:3", "did you mean 'parameters.migration.talent"),
        ("parameters.migration.talent_mobility: {from: 0, to: 1}", "firms: {}", "6:3", "no number of the parameter"),
        ("talent_mobility: {from: 0", "talent_mobilty: {from: 0", "6:3", "no arm has this key"),
        ("talent_mobility: {from: 0, to: 1}", "talent_mobility: {from: 1, to: 1}", "6:", "from 1 is not below to 1"),
        ("to: 0.6", "to: 0.7", "5:3", "0.7 is out of range; expected at most 0.6"),
        ("samples: 64\n", "", "", "samples: missing"),
        ("samples: 64", "samples: 100", "9:1", "not a power of two; expected one, such as 64 or 128"),
        ("method: sobol", "method: pawn\nsecond_order: true", "9:1", "has no pairs"),
        ("method: sobol", "method: sobl", "8:1", "did you mean 'sobol'?"),
        ("sobol\nsamples: 64", "pawn\nsamples: 20", "9:1", "20 is too few for pawn"),
        ("parameters.migration.talent_mobility: {from: 0, to: 1}", "parameters.migration: {from: 0, to: 1}", "6:3",
         "a section of 20 numbers"),
        ("parameters.migration.talent_mobility", "years", "6:3", "the same years"),
    ],
)  # fmt: skip
def test_faults_have_their_place(tmp_path, old, new, place, words):
    (message,) = faults(tmp_path, swapped(ISHIGAMI, old, new))
    assert f"file.yaml:{place}" in message and words in message


def test_sections_and_lists_of_inputs(tmp_path):
    head = ISHIGAMI.split("inputs:")[0]
    text = head + "inputs: [parameters.migration, parameters.capital.depreciation]\nmethod: morris\nsamples: 2\n"
    layout = layout_of(analysis(tmp_path, text=text))
    assert len(layout.axes) == 21 and len(layout.points) == 2 * 22
    assert {p["parameters.capital.depreciation"] for p in layout.points} <= {0.04, 0.06, 0.08, 0.1}  # of the table
    own = "inputs:\n  parameters.migration: {}\n  parameters.migration.talent_mobility: {from: 0.04, to: 0.05}\n"
    layout = layout_of(analysis(tmp_path, text=head + own + "method: pawn\nsamples: 60\n"))
    found = [p["parameters.migration.talent_mobility"] for p in layout.points]
    assert len(layout.axes) == 20 and min(found) >= 0.04 and max(found) <= 0.05
