"""Estimates where the truth is known: simulated tables, the model's own kernel, the provinces of China."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.config import Estimation, load
from sim.estimation import Flows, estimate, fit
from sim.estimation.table import Table
from sim.kernels.flows import logit_shares
from sim.kernels.sphere import great_circle

TABLES = 300
PLACES = 24
SPREAD = 1.0  # of log sizes
SLOPE = {"power": -1.2, "exponential": -0.0015}


def config(**keys) -> Estimation:
    return Estimation(name="made", table="made.csv", **keys)


def flows(flow, distance, within=False, **terms) -> Flows:
    """A square matrix as a table of pairs; terms are given by pair."""
    n = len(flow)
    i, j = np.divmod(np.arange(n * n), n)
    keep = np.ones(n * n, bool) if within else i != j
    table = Table(None, {"origin": [], "destination": [], "flow": []})
    names = np.array([f"p{k:03d}" for k in range(n)], dtype=object)
    columns = {name: np.asarray(values).ravel()[keep] for name, values in terms.items()}
    return Flows(names[i][keep], names[j][keep], np.asarray(flow, float).ravel()[keep],
                 np.asarray(distance, float).ravel()[keep], columns, {}, table)  # fmt: skip


@pytest.fixture(scope="module")
def map_():
    """Places on a square of 1000 km with sizes."""
    draw = np.random.default_rng(7)
    lat, lon = 30 + draw.uniform(-4.5, 4.5, PLACES), 110 + draw.uniform(-5.2, 5.2, PLACES)
    km = great_circle(lat[:, None], lon[:, None], lat[None], lon[None])
    np.fill_diagonal(km, 20.0)
    return km, SPREAD * draw.normal(size=PLACES), SPREAD * draw.normal(size=PLACES)


CASES = [
    pytest.param(form, decay, marks=() if quick and decay == "power" else pytest.mark.long)
    for decay in ("power", "exponential")
    for form, quick in (("unconstrained", True), ("origin", False), ("destination", False), ("doubly", True))
]


@pytest.mark.slow
@pytest.mark.parametrize("form, decay", CASES)
def test_intervals_cover_the_truth(map_, form, decay):
    """Overdispersed flows, many of them small: the variance is not Poisson's, the interval still holds."""
    km, push, pull = map_
    slope = SLOPE[decay]
    x = np.log(km) if decay == "power" else km
    mean = np.exp(0.8 * push[:, None] + 0.6 * pull[None, :] + slope * (x - x.mean()) + 1.5)
    kept = {"unconstrained": ("push", "pull"), "origin": ("pull",), "destination": ("push",), "doubly": ()}[form]
    terms = {"push": push[:, None] + 0 * km, "pull": pull[None, :] + 0 * km}
    made = config(form=form, terms=kept, distance={"column": "km", "decay": decay})
    truth = {"distance": slope, "push": 0.8, "pull": 0.6}
    covered = dict.fromkeys(("distance", *kept), 0)
    draw = np.random.default_rng([3, len(form), len(decay)])
    for _ in range(TABLES):
        flow = draw.poisson(mean * draw.gamma(2.0, 0.5, mean.shape))
        found = fit(flows(flow, km, **{name: terms[name] for name in kept}), made)
        for name in covered:
            covered[name] += found[name].low <= truth[name] <= found[name].high
    shares = {name: count / TABLES for name, count in covered.items()}
    sys.stdout.write(f"{form}, {decay}: covered {shares}\n")
    assert 0.90 <= shares["distance"] <= 0.99
    assert all(0.90 <= share <= 0.99 for share in shares.values())


@pytest.mark.parametrize(
    "name, elasticity",
    [("birthplace_2000", -0.96), ("birthplace_2010", -0.92), ("birthplace_2000_places", -1.46),
     ("birthplace_2010_places", -1.37)],
)  # fmt: skip
def test_birthplaces_fall_with_distance(name, elasticity):
    found = estimate(load(name))
    sys.stdout.write(f"{name}: {found['distance']}\n")
    assert found.statistics["pairs"] == 31 * 30
    assert found["distance"].value == pytest.approx(elasticity, abs=0.03)
    assert 0 < found["distance"].standard_error < 0.2


def test_the_kernel_of_movers_is_recovered(map_):
    """Expected moves of `logit_shares` give back its costs exactly: the estimate means what the parameter means."""
    km, push, pull = map_
    hours = km / 200.0
    cost = 0.8 * np.log1p(hours) + 3.0 * (1 - np.eye(PLACES))
    shares = np.empty_like(cost)
    logit_shares(np.exp(pull), 2.0 * push, cost, shares)
    moves = shares * (1e6 * np.exp(push))[:, None]
    spec = config(form="doubly", within="dummy", distance={"column": "hours", "unit": "h", "plus": 1.0})
    found = fit(flows(moves, hours, within=True), spec)
    assert -found["distance"].value == pytest.approx(0.8, abs=1e-6)
    assert found["within"].value == pytest.approx(3.0, abs=1e-6)
    assert found.fitted == pytest.approx(moves.ravel(), rel=1e-6)


@pytest.mark.parametrize("form, axes", [("origin", (1,)), ("destination", (0,)), ("doubly", (0, 1))])
def test_constrained_forms_meet_their_totals(map_, form, axes):
    km, push, pull = map_
    flow = np.random.default_rng(5).poisson(np.exp(push[:, None] + pull[None, :] + 1.0) * (km / 300.0) ** -1.0)
    np.fill_diagonal(flow, 0)
    made = flows(flow, km, push=push[:, None] + 0 * km, pull=pull[None, :] + 0 * km)
    terms = {"origin": ("pull",), "destination": ("push",), "doubly": ()}[form]
    found = fit(made, config(form=form, terms=terms, distance={"column": "km"}))
    fitted = np.zeros_like(km)
    rows = {name: k for k, name in enumerate(np.unique(made.origin))}
    np.add.at(fitted, ([rows[o] for o in found.origin], [rows[d] for d in found.destination]), found.fitted)
    for axis in axes:
        assert fitted.sum(axis=axis) == pytest.approx(flow.sum(axis=axis), rel=1e-8)
    assert (fitted * np.log(km)).sum() == pytest.approx((flow * np.log(km)).sum(), rel=1e-8)


def test_statistics_of_a_perfect_and_of_an_empty_fit(map_):
    km, push, pull = map_
    exact = np.exp(push[:, None] + pull[None, :]) * km**-1.0
    found = fit(flows(exact, km), config(form="doubly", distance={"column": "km"}))
    assert found.statistics["srmse"] == pytest.approx(0, abs=1e-8)
    assert found.statistics["pseudo_r2"] == pytest.approx(1)
    shuffled = np.random.default_rng(1).permutation(exact.ravel()).reshape(exact.shape)
    poor = fit(flows(shuffled, km), config(distance={"column": "km"}))
    assert 0 <= poor.statistics["pseudo_r2"] < 0.05


def test_estimates_do_not_depend_on_the_unit_of_flow(map_):
    km, push, pull = map_
    flow = np.random.default_rng(2).poisson(np.exp(push[:, None] + pull[None, :] + 4.0) * km**-0.5)
    spec = config(form="destination", distance={"column": "km"})
    one, thousand = fit(flows(flow, km), spec), fit(flows(1e3 * flow, km), spec)
    assert thousand["distance"].value == pytest.approx(one["distance"].value, abs=1e-9)
    assert thousand["distance"].standard_error == pytest.approx(one["distance"].standard_error, rel=1e-6)
    rise = np.array(list(thousand.effects.values())) - np.array(list(one.effects.values()))
    assert rise == pytest.approx(np.log(1e3), abs=1e-8)
