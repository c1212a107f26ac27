"""Indices beside PySAL's, beside sums written out, and on incomes of the states of the United States."""

from __future__ import annotations

import sys
import warnings
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from sim import analysis

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what these packages announce when they are imported is theirs
    import esda
    from inequality.gini import Gini
    from inequality.theil import Theil, TheilD
    from libpysal.weights import full2W

SEEDS = range(5)


@pytest.fixture(scope="module")
def states():
    """Income per head of 48 states, dollars a year."""
    with (resources.files("sim.data") / "us_states.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, index_col="state")


def drawn(seed: int, n: int = 40):
    """Values, whole numbers of people, and groups."""
    draw = np.random.default_rng(seed)
    return draw.lognormal(0, 0.7, n), draw.integers(1, 9, n), draw.integers(0, 4, n)


@pytest.mark.parametrize("seed", SEEDS)
def test_theil_and_its_parts(seed):
    x, people, groups = drawn(seed)
    assert float(analysis.theil(x)) == pytest.approx(float(np.squeeze(Theil(x).T)), rel=1e-12)
    theirs = TheilD(x, groups)
    total, between, within = analysis.theil_decomposition(x, groups)
    for mine, other in ((total, theirs.T), (between, theirs.bg), (within, theirs.wg)):
        assert float(mine) == pytest.approx(float(np.squeeze(other)), rel=1e-10)
    # PySAL's index has no weights: a place of n people stands in n rows.
    theirs = TheilD(np.repeat(x, people), np.repeat(groups, people))
    total, between, within = analysis.theil_decomposition(x, groups, people)
    for mine, other in ((total, theirs.T), (between, theirs.bg), (within, theirs.wg)):
        assert float(mine) == pytest.approx(float(np.squeeze(other)), rel=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_gini(seed):
    x, people, _ = drawn(seed)
    assert float(analysis.gini(x)) == pytest.approx(Gini(x).g, rel=1e-10)
    assert float(analysis.gini(x, people)) == pytest.approx(Gini(np.repeat(x, people)).g, rel=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["inverse distance", "neighbours"])
def test_morans_i(seed, kind):
    draw = np.random.default_rng(seed)
    lat, lon, x = draw.uniform(22, 40, 30), draw.uniform(100, 120, 30), draw.lognormal(size=30)
    weights = analysis.inverse_distance(lat, lon)
    if kind == "neighbours":
        weights = (weights > np.quantile(weights, 0.85, axis=1, keepdims=True)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = esda.Moran(x, full2W(weights), transformation="o", permutations=0)
    assert float(analysis.morans_i(x, weights)) == pytest.approx(theirs.I, rel=1e-10)


def test_morans_i_tells_patterns():
    lat, lon = (k.ravel() for k in np.meshgrid(np.linspace(20, 30, 8), np.linspace(100, 110, 8)))
    weights = analysis.inverse_distance(lat, lon)
    assert weights.sum(axis=1) == pytest.approx(1)
    slope, chess = lat + lon, (np.round(lat * 0.7) + np.round(lon * 0.7)) % 2
    draw = np.random.default_rng(0)
    chance = analysis.morans_i(np.array([draw.permutation(slope) for _ in range(400)]), weights)
    assert analysis.morans_i(slope, weights) > 0.1
    assert analysis.morans_i(chess, weights) < chance.mean()
    assert chance.mean() == pytest.approx(-1 / 63, abs=3 * chance.std() / 20)
    assert np.isnan(analysis.morans_i(np.ones(64), weights))


@pytest.mark.parametrize("seed", SEEDS)
def test_location_quotients_and_specialisation_written_out(seed):
    table = np.random.default_rng(seed).lognormal(size=(7, 5))
    quotient, index = analysis.location_quotient(table), analysis.krugman(table)
    for i in range(7):
        own, rest = table[i] / table[i].sum(), np.delete(table, i, axis=0).sum(axis=0)
        assert index[i] == pytest.approx(sum(abs(a - b) for a, b in zip(own, rest / rest.sum(), strict=True)))
        for s in range(5):
            assert quotient[i, s] == pytest.approx(own[s] / (table[:, s].sum() / table.sum()))
    # Quotients average to one over the places, weighted by their size.
    assert np.average(quotient, axis=0, weights=table.sum(axis=1)) == pytest.approx(1)


def test_specialisation_at_its_ends():
    assert analysis.krugman([[1.0, 2.0], [3.0, 6.0], [2.0, 4.0]]) == pytest.approx(0, abs=1e-15)
    assert analysis.krugman([[1.0, 0.0], [0.0, 5.0]]) == pytest.approx(2)
    # Of two places the index is Krugman's: the sum of differences of their shares.
    assert analysis.krugman([[0.3, 0.7], [0.6, 0.4]]) == pytest.approx(0.6)
    stack = np.random.default_rng(1).uniform(1, 2, (2, 3, 4, 5))
    assert analysis.krugman(stack)[1, 2] == pytest.approx(analysis.krugman(stack[1, 2]))
    assert analysis.location_quotient(stack)[0, 1] == pytest.approx(analysis.location_quotient(stack[0, 1]))


def test_states_converge(states):
    sigma = {year: float(analysis.sigma(states[str(year)])) for year in (1929, 1980, 2009)}
    beta = analysis.beta(states["1929"], states["2009"], 80)
    sys.stdout.write(f"sigma {sigma}, beta {beta:.6f}\n")
    assert sigma == pytest.approx({1929: 0.369, 1980: 0.136, 2009: 0.139}, abs=5e-4)
    assert beta == pytest.approx(-0.00915, abs=5e-6)
    assert len(states) == 48


def test_inequality_of_states_beside_pysal(states):
    for year in states:
        x = states[year].to_numpy(dtype=float)
        assert float(analysis.theil(x)) == pytest.approx(float(np.squeeze(Theil(x).T)), rel=1e-10)
        assert float(analysis.gini(x)) == pytest.approx(Gini(x).g, rel=1e-10)
