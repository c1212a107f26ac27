"""Sampled designs: where points lie, that more samples keep them, faults at their place, the time that it takes."""

from __future__ import annotations

import cProfile
import itertools
from pathlib import Path

import numpy as np
import pytest

from sim import samples
from sim.config import Range, Sweep, layout_of
from sim.config.design.grids import at_positions
from sim.errors import UserError
from tests.helpers.configs import faults, load_as, swapped

AMOUNT, MOBILITY = "mechanisms.fund.amount", "parameters.migration.talent_mobility"
SWEEP = """\
kind: sweep
name: sampled
scenario: {name: sampled, years: 4, firms: 4000, calibrated: false}
arms:
  baseline: {}
  fund: {mechanisms: [{kind: investment_fund, name: fund, targets: [supporting], start: 2021}]}
vary:
  mechanisms.fund.amount: {from: 1000, to: 2000}
  parameters.migration.talent_mobility: {from: 0.01, to: 0.1, scale: log}
  mechanisms.fund.selection: [need, mix]
  firms: {from: 2000, to: 4000, steps: 3}
design: sobol
samples: 64
"""


def sweep(folder: Path, *changes: str, text: str = SWEEP) -> Sweep:
    return load_as(Sweep, folder, text, *changes)


def ranges(**keys) -> Range:
    return Range.model_validate(keys)


@pytest.mark.parametrize("design", samples.SPACE_FILLING)
def test_points_fill_the_cube_evenly(design):
    points = samples.space_filling(design, 256, 3, seed=5)
    assert points.shape == (256, 3) and (points >= 0).all() and (points < 1).all()
    slices = np.floor(points * 16).astype(int)
    counts = np.array([np.bincount(column, minlength=16) for column in slices.T])
    # 16 are expected in each slice: Sobol' points and a Latin hypercube have just these, random ones vary
    assert (counts == 16).all() if design != "random" else counts.std() > 1
    assert not np.array_equal(points, samples.space_filling(design, 256, 3, seed=6))


@pytest.mark.parametrize("count", [1, 2, 5, 23, 150])
@pytest.mark.parametrize("many", [1, 2, 8, 128])
def test_points_are_those_of_scipy(many, count):
    from scipy.stats import qmc

    for design, sampler in (("sobol", qmc.Sobol), ("latin_hypercube", qmc.LatinHypercube)):
        for seed in (0, 1, 31415):
            theirs = sampler(count, seed=np.random.default_rng(seed)).random(many)
            assert np.array_equal(samples.space_filling(design, many, count, seed), theirs)


@pytest.mark.parametrize("count", [1, 2, 9, 40])
def test_points_of_methods_are_those_of_salib(count):
    from SALib.sample import morris, sobol

    for seed in (0, 1, 31415):
        problem = samples.unit_cube(count)
        walks = morris.sample(problem, 8, num_levels=samples.LEVELS, seed=np.random.default_rng(seed))
        assert np.array_equal(samples.method_points("morris", 8, count, seed), walks)
        for second in (False, True):
            blocks = sobol.sample(problem, 16, calc_second_order=second, seed=np.random.default_rng(seed))
            assert np.array_equal(samples.method_points("sobol", 16, count, seed, second), blocks)


@pytest.mark.parametrize(("design", "kept"), [("sobol", True), ("random", True), ("latin_hypercube", False)])
def test_more_samples_keep_the_points_that_were_there(tmp_path, design, kept):
    few, many = (layout_of(sweep(tmp_path, f"design={design}", f"samples={n}")).points for n in (64, 128))
    assert (many[:64] == few) is kept and len(many) == 128


@pytest.mark.parametrize("method", samples.METHODS)
def test_more_samples_of_a_method_keep_the_points_that_were_there(method):
    few, many = (samples.method_points(method, n, 3, 7) for n in (64, 128))
    together = samples.points_per_sample(method, 3)
    assert len(few) == 64 * together and np.array_equal(many[: len(few)], few)


def test_trajectories_and_blocks_have_their_shape():
    walk = samples.method_points("morris", 5, 4, 1).reshape(5, 5, 4)
    assert (np.count_nonzero(np.diff(walk, axis=1), axis=2) == 1).all()  # one input at a time
    block = samples.method_points("sobol", 8, 3, 1, second_order=True).reshape(8, 8, 3)
    first, last = block[:, 0], block[:, -1]
    for k in range(3):  # all of the first point, but input k of the last; then the reverse
        assert np.array_equal(block[:, 1 + k], np.where(np.arange(3) == k, last, first))
        assert np.array_equal(block[:, 4 + k], np.where(np.arange(3) == k, first, last))


def test_places_become_values():
    axes = {
        "even": ranges(**{"from": 2, "to": 4}), "ratios": ranges(**{"from": 1, "to": 100, "scale": "log"}),
        "whole": ranges(**{"from": 1, "to": 3, "whole": True}), "steps": ranges(**{"from": 0, "to": 1, "steps": 3}),
        "words": ("a", "b"),
    }  # fmt: skip
    found = at_positions(axes, np.array([[0.0] * 5, [0.5] * 5, [1.0] * 5]))
    assert [list(point.values()) for point in found] == [[2, 1, 1, 0, "a"], [3, 10, 2, 0.5, "b"], [4, 100, 3, 1, "b"]]


def test_a_sampled_sweep_by_its_margins(tmp_path):
    points = layout_of(sweep(tmp_path)).points
    assert {point["firms"] for point in points} == {2000, 3000, 4000}
    assert [p["mechanisms.fund.selection"] for p in points].count("mix") == 32
    amounts = np.array([p[AMOUNT] for p in points])
    assert 1000 <= amounts.min() < 1032 and 1968 < amounts.max() <= 2000  # 64 strata
    mobility = np.log10([p[MOBILITY] for p in points])
    assert np.median(mobility) == pytest.approx(-1.5, abs=0.02)  # even in ratios


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("samples: 64", "samples: 65", "13:1", "65 is not a power of two; expected one, such as 64 or 128"),
        ("\nsamples: 64", "", "12:1", "samples is missing"),
        ("design: sobol", "design: list", "8:3", "has no steps; expected their number"),
        ("design: sobol", "design: sobl", "12:1", "did you mean 'sobol'?"),
        ("from: 1000, to: 2000", "from: 2000, to: 2000", "8:", "from 2000 is not below to 2000"),
        ("from: 1000, to: 2000", "from: -1, to: 2000", "8:3", "-1 is out of range; expected at least 0"),
        ("fund.amount", "fund.amuont", "8:3", "did you mean 'mechanisms.fund.amount'?"),
        ("[need, mix]", "[need, mx]", "10:", "mx"),
    ],
)
def test_faults_of_designs_have_their_place(tmp_path, old, new, place, words):
    message, *more = faults(tmp_path, swapped(SWEEP, old, new))
    assert len(more) == (2 if "list" in new else 0)  # two ranges, and the number of samples
    assert f"file.yaml:{place}" in message and words in message


def test_samples_are_refused_where_every_value_is_taken(tmp_path):
    text = SWEEP.replace("from: 1000, to: 2000", "from: 1000, to: 2000, steps: 2").replace("scale: log", "steps: 2")
    with pytest.raises(UserError, match=r"file.yaml:13:1: samples: the design grid takes every value"):
        sweep(tmp_path, text=text.replace("sobol", "grid"))


def test_faults_that_differ_in_numbers_only_are_told_once(tmp_path):
    key = "mechanisms.fund.hold_years: {from: 1, to: 9, whole: true}"
    (message,) = faults(tmp_path, swapped(SWEEP, "mechanisms.fund.amount: {from: 1000, to: 2000}", key))
    assert "hold_years is shorter than invest_years" in message


def test_the_work_of_a_point_does_not_grow_with_their_number(tmp_path):
    def calls(samples: int) -> int:
        profile = cProfile.Profile()
        profile.runcall(sweep, tmp_path, f"samples={samples}")
        return sum(entry.callcount for entry in profile.getstats())

    calls(64)  # what is found once
    few, many = calls(256), calls(1024)
    assert many < 4.2 * few


def test_equal_points_share_their_runs(tmp_path):
    text = SWEEP.split("vary:")[0] + "vary: {mechanisms.fund.selection: [need, mix], firms: [2000, 3000]}\n"
    layout = layout_of(sweep(tmp_path, text=text + "design: random\nsamples: 50\n"))
    assert len(layout.points) == 50 and layout.different == 4 + 2  # the baseline has one of the keys
    pairs = itertools.product(("need", "mix"), (2000, 3000))
    assert {tuple(p.values()) for p in layout.points} == set(pairs)
