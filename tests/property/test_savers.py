"""Shares of savers of the base year exist for every division of savings and investment between places."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from sim.economy.base_year.savers import MOST_OWN, Savers
from sim.parameters import Parameters

ITERATIONS = 3000


@example(labels=2, extra=1, seed=779)
@given(labels=st.integers(2, 7), extra=st.integers(0, 4), seed=st.integers(0, 2**32 - 1))
def test_savers_invest_what_they_are_to_invest_in_every_region(labels, extra, seed):
    draws = np.random.default_rng(seed)
    home = np.concatenate([np.arange(labels), draws.integers(0, labels, extra)])
    hours = draws.uniform(0.0, 6.0, (len(home), len(home)))
    saved = draws.lognormal(0.0, 0.9, len(home))
    target = saved * draws.lognormal(0.0, 0.5, len(home))
    target *= saved.sum() / target.sum()
    savers, attraction = Savers(hours + hours.T, home, Parameters()), target.copy()
    for _ in range(ITERATIONS):
        savers.keep_at_home(attraction, saved, target)
        attraction = savers.attracted(attraction, saved, target)
        if np.abs(savers.shares(attraction).T @ saved / target - 1.0).max() < 1e-10:
            break
    else:
        raise AssertionError("investment in regions was not reached")
    own = savers.shares(attraction) * (home[:, None] == home)
    chi, common = Parameters().capital.home_share, np.all(savers.bias == Parameters().capital.home_bias)
    assert common or np.all(own.sum(axis=1) <= chi + 1e-9)
    assert common or np.all(own.sum(axis=1)[~savers.reduced] >= chi - 1e-9)
    placed = np.array([(own.T @ saved)[home == one].sum() / target[home == one].sum() for one in range(labels)])
    assert common or placed.max() <= MOST_OWN + 1e-9
    assert common if labels == 2 else True
