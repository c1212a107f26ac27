"""Kernels against plain references: mathematics, products, flows, the market's step."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from sim.kernels import maths
from sim.kernels.accounts import empty_accounts
from sim.kernels.flows import logit_shares, round_rows
from sim.kernels.market import market_map
from sim.kernels.products import spread, transposed
from sim.validation.markets import excess_demand, small_market, solve_shocked
from sim.world import load_world, travel_hours
from sim.world.network.connect import edges_in_use

EXACT = np.longdouble


@njit(error_model="numpy")
def log_of(values, out):
    """Fill ``out`` with the logarithms of ``values``, in a loop as those of the kernels."""
    for k in range(values.shape[0]):
        out[k] = maths.log(values[k])


@pytest.mark.parametrize(("kernel", "exact", "low", "high"), [
    (maths.exp_of, np.exp, -700.0, 700.0), (maths.exp_of, np.exp, -1.0, 1.0),
    (log_of, np.log, 1e-9, 2.0), (log_of, np.log, 1.0, 1e300),
])  # fmt: skip
def test_exponential_and_logarithm_are_right_to_the_last_bits(kernel, exact, low, high) -> None:
    x = np.random.default_rng(1).uniform(low, high, 20_001)
    out = np.empty_like(x)
    kernel(x, out)
    assert np.abs(out / exact(x.astype(EXACT)) - 1).max() < 1e-15


def test_exponential_and_logarithm_know_their_limits() -> None:
    x = np.array([0.0, 1.0, -800.0, 800.0, np.inf, -np.inf, np.nan])
    out = np.empty_like(x)
    maths.exp_of(x, out)
    np.testing.assert_allclose(out, [1.0, np.e, 0.0, np.inf, np.inf, 0.0, np.nan], rtol=1e-15)
    x = np.array([1.0, 2.0, 0.0, np.inf, -1.0, np.nan, 1e-300])
    out = np.empty_like(x)
    log_of(x, out)
    np.testing.assert_allclose(out, [0.0, np.log(2.0), -np.inf, np.inf, np.nan, np.nan, np.log(1e-300)], rtol=1e-15)


def test_a_value_does_not_depend_on_its_neighbours() -> None:
    """Whether a number is reached by the vector loop or by its rest must not show."""
    x = np.random.default_rng(2).uniform(-30, 30, 67)
    for kernel, values in ((maths.exp_of, x), (log_of, np.abs(x))):
        whole, one = np.empty(67), np.empty(1)
        kernel(values, whole)
        for k in range(67):
            kernel(values[k : k + 1], one)
            assert one[0] == whole[k]


@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (8, 8), (33, 20), (121, 121)])
def test_product_is_the_naive_one(shape) -> None:
    rng = np.random.default_rng(3)
    matrix, values = rng.random(shape), rng.random((4, shape[0]))
    out = np.full((4, shape[1]), -1.0)
    spread(matrix, values, np.array([0, 3]), out)
    for s in (0, 3):
        naive = [sum(values[s, i] * matrix[i, j] for i in range(shape[0])) for j in range(shape[1])]
        np.testing.assert_allclose(out[s], naive, rtol=1e-14)
    assert (out[1:3] == -1.0).all()


def test_symmetric_matrices_are_not_copied() -> None:
    same = np.ones((2, 3, 3))
    assert transposed(same) is same
    other = np.arange(18.0).reshape(2, 3, 3)
    np.testing.assert_array_equal(transposed(other), other.transpose(0, 2, 1))


@pytest.mark.parametrize("symmetric", [True, False])
def test_solution_is_a_fixed_point_of_equations_written_out_once_more(symmetric: bool) -> None:
    market, x = small_market()
    rng = np.random.default_rng(4)
    if not symmetric:
        free = market.freeness * np.exp(0.3 * rng.normal(size=market.freeness.shape))
        market = market._replace(freeness=free, freeness_transposed=transposed(free))
    shocked, solution = solve_shocked(market, x, rng, 0.2)
    sales = np.exp(solution[-market.capacity.size :]).reshape(market.capacity.shape)
    assert np.abs(excess_demand(shocked, solution) / sales).max() < 1e-9
    y = np.empty_like(solution)
    n, s = sales.shape
    market_map(shocked, np.log(shocked.productivity), 0.5, solution, y, empty_accounts(n - 1), np.zeros((n, s)))
    assert np.abs(y - solution).max() < 1e-10


@pytest.mark.parametrize("n", [1, 5, 64, 131])
def test_shares_are_the_naive_logit(n: int) -> None:
    rng = np.random.default_rng(5)
    size, value, cost = np.exp(rng.normal(size=n)), 30 * rng.normal(size=n), 20 * rng.random((n, n))
    shares = np.empty((n, n))
    logsum = logit_shares(size, value, cost, shares)
    weight = size.astype(EXACT) * np.exp((value - cost).astype(EXACT))
    np.testing.assert_allclose(shares, (weight / weight.sum(axis=1, keepdims=True)).astype(float), rtol=1e-12)
    np.testing.assert_allclose(logsum, np.log(weight.sum(axis=1)).astype(float), rtol=1e-12)


def test_rounding_keeps_totals_and_means() -> None:
    rng = np.random.default_rng(6)
    flow = 3 * rng.random((20, 20))
    draws = (np.arange(2000) + rng.random(2000)) / 2000
    mean = np.zeros_like(flow)
    for u in draws:
        whole = flow.copy()
        round_rows(whole, np.full(20, u))
        assert (whole == np.floor(whole)).all()
        assert np.abs(whole.sum(axis=1) - flow.sum(axis=1)).max() < 1
        mean += whole / len(draws)
    np.testing.assert_allclose(mean, flow, atol=2e-3)


@pytest.mark.parametrize("seed", range(6))
def test_travel_times_of_random_changes_are_those_from_scratch(seed: int) -> None:
    world = load_world("guangzhou", 2020)
    rng = np.random.default_rng(seed)
    edges = edges_in_use(world, 2020)
    hours = travel_hours(world, edges)
    for kind in ("faster", "more", "fewer", "slower"):
        after = edges.copy()
        some = rng.random(len(edges)) < 0.02
        if kind in ("faster", "slower"):
            after["speed"] = np.where(some, after["speed"] * (1.7 if kind == "faster" else 0.6), after["speed"])
        elif kind == "fewer":
            after = after[~(some & (after["mode"] == "expressway"))]
        else:
            new = edges[some].copy()
            new["b"] = rng.integers(0, world.n_regions, len(new))
            after = after.iloc[rng.permutation(len(after))]
            after = type(after)(np.concatenate([after, new[new["a"] != new["b"]]]), columns=edges.columns)
        found, full = travel_hours(world, after, (edges, hours)), travel_hours(world, after)
        for layer in ("people", "goods", "information", "gateway"):
            np.testing.assert_allclose(getattr(found, layer), getattr(full, layer), rtol=1e-12)
