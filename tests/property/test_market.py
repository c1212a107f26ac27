"""The market scales with money, and what is spent is what is sold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.economy.base_year.inversion import solve_base
from sim.kernels.accounts import empty_accounts, expenditure, incomes
from sim.parameters import Parameters
from sim.world import first_hours, load_world


@pytest.fixture(scope="module")
def world():
    return load_world("guangzhou", 2020)


@pytest.fixture(scope="module")
def hours(world):
    return first_hours(world)[1]


@pytest.fixture(scope="module")
def base(world, hours):
    return solve_base(world, hours, Parameters())


@pytest.mark.parametrize("k", [8.0, 0.37])
def test_homogeneous_in_money(world, hours, base, k):
    money = ("value_added", "capital", "gateway_sales", "gateway_demand")
    scaled = solve_base(replace(world, **{n: k * getattr(world, n) for n in money}), hours, Parameters())
    assert np.abs(scaled.prices / base.prices - 1.0).max() <= 1e-9
    assert np.abs(scaled.sales / (k * base.sales) - 1.0).max() <= 1e-12
    assert np.abs(scaled.spent / (k * base.spent) - 1.0).max() <= 1e-9
    assert np.abs(scaled.capital / (k * base.capital) - 1.0).max() <= 1e-9
    regional = np.array(base.regional)
    assert np.abs(np.array(scaled.regional) - k * regional).max() <= 1e-9 * np.abs(k * regional).max()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(0.01, 2.0))
def test_what_is_spent_is_what_is_sold(base, seed, spread):
    draw = np.random.default_rng(seed).normal(size=base.sales.shape)
    sales = base.sales * np.exp(spread * draw)
    regional, spent = empty_accounts(len(base.regional.saving)), np.empty_like(sales)
    totals = incomes(base.market, sales, regional)
    expenditure(base.market, sales, regional, totals.dividends_abroad, spent)
    assert abs(spent.sum() / sales.sum() - 1.0) <= 1e-12
