"""Firms: exact totals, conservation, the law of the choice of a place, the same bits on any thread count."""

from __future__ import annotations

import copy
import pickle
import sys

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.economy.firms.growth import Growth
from sim.economy.firms.steps import MOST_OF_SITE, Firms
from sim.economy.firms.table import hill_exponent, large_from
from sim.kernels.firms import CAPITAL, QUALITY, WEIGHT, WEIGHT_UNIT
from sim.kernels.founding import strata
from sim.parameters import Industry
from tests.helpers.firms import choice, plots, process, same

PARAMS = Industry()
R, S, SIGMA = 4, 2, 5.0
NO_SITES = {
    "site_ln_supply": np.empty((0, S)),
    "site_log_z": np.empty((0, S)),
    "site_key": np.empty(0, np.uint64),
    "room": np.empty(0),
}
HOST = np.array([1])
ONE_SITE = {
    "site_ln_supply": np.zeros((1, S)),
    "site_log_z": np.full((1, S), 0.3),
    "site_key": np.array([2**63 + 77], np.uint64),
    "room": np.array([np.inf]),
}


def make(n: int = 3000, seed: int = 1, host: np.ndarray = HOST) -> Firms:
    """Four cities, two sectors, a site in the second city."""
    capital = np.arange(1.0, R * S + 1).reshape(R, S) * 1234.567
    return Firms.create(capital, n, capital * 3, process(PARAMS), PARAMS, seed, base_year=2020, host=host)


def grow(firms: Firms, units: np.ndarray, room: np.ndarray | None = None) -> np.ndarray:
    """Let firms invest."""
    growth = Growth(firms, np.zeros((len(firms.host), S)))
    left = growth.add(units, room)
    firms.renew(growth, 5, 2020)
    return left


def arguments(sites: dict, year: int = 2020, params: Industry = PARAMS, **more: np.ndarray) -> dict:
    """A small world to move in."""
    hours = 0.5 + np.abs(np.subtract.outer(np.arange(R), np.arange(R)))
    ln_unit, pull = np.linspace(-0.2, 0.3, R * S).reshape(R, S), np.linspace(0, 0.5, R * S).reshape(R, S)
    return {"choice": choice(ln_unit, pull, hours, **sites, **more), "params": params, "seed": 5, "year": year}


def enter(firms: Firms, sites: dict, site_mean: np.ndarray, year: int = 2020, money: float = 0.0) -> tuple:
    """Let about three firms enter each cell, with ``money`` for each site and sector."""
    mean, founding, weight = (np.full((R, S), x) for x in (3.0, 50.0, 30.0))
    into = np.full(site_mean.shape, money)
    return firms.enter(mean, site_mean, founding, into, weight, sites["site_key"], 5, year, PARAMS)


def year_of(firms: Firms, sites: dict, year: int) -> None:
    """One whole industry year."""
    out = firms.exit(np.full((R, S), 0.15), 5, year, PARAMS, 0.06)
    firms.relocate(**arguments(sites, year))
    enter(firms, sites, np.zeros((len(firms.host), S)), year)
    growth = Growth(firms, np.zeros((len(firms.host), S)))
    growth.add(out.recovered + 20.0)
    firms.renew(growth, 5, year)


def test_creation_holds_exactly_the_capital_and_the_real_firms_of_each_cell():
    firms = make()
    count, capital, real = firms.totals()
    want = np.arange(1.0, R * S + 1).reshape(R, S) * 1234.567
    np.testing.assert_allclose(capital, want, rtol=1e-13)
    # The weight of an agent is rounded to a unit in which sums are exact.
    np.testing.assert_allclose(real, want * 3, rtol=1e-15, atol=count.max() * WEIGHT_UNIT / 2)
    assert not (firms.weight / WEIGHT_UNIT % 1).any()
    assert count.min() >= 6 and abs(count.sum() - 3000) < R * S + 1
    assert len(np.unique(firms.key)) == len(firms)
    share = firms.capital / capital.ravel()[firms.cell]
    assert share.max() <= 0.55


def test_a_cell_without_capital_has_no_firm():
    capital = np.array([[10.0, 0.0], [5.0, 1.0]])
    firms = Firms.create(capital, 10, capital, process(PARAMS), PARAMS, 1)
    assert firms.totals()[0].tolist() == [[6, 0], [6, 6]]


def quality(firms: Firms) -> float:
    """Mean of z^(sigma-1), weighted by capital."""
    return float(firms.capital @ np.exp((SIGMA - 1) * firms.log_z.astype(float)) / firms.capital.sum())


@pytest.mark.parametrize("sd", [0.0, 0.10, 0.15, 0.20])
def test_mean_productivity_weighted_by_capital_is_stationary(sd):
    # Growth, exit and founding at the rates for which the process is solved.
    params = Industry(productivity_sd=sd)
    law, means = process(params), []
    capital = np.full((R, S), 1e6)
    for seed in range(8):
        firms = Firms.create(capital, 20_000, np.full((R, S), 3e5), law, params, seed, base_year=2020)
        path = [quality(firms)]
        for year in range(2020, 2050):
            before = firms.totals()[1]
            firms.exit(np.full((R, S), 0.15), seed, year, params, 0.06)
            new = 1.03 * before - firms.totals()[1]
            none, rate = NO_SITES["site_log_z"], np.full((R, S), 0.09 * len(firms) / R / S)
            weight = np.full((R, S), 120.0)
            firms.enter(rate, none, 0.08 * new, none, weight, NO_SITES["site_key"], seed, year, params)
            growth = Growth(firms, NO_SITES["site_log_z"])
            growth.add(0.92 * new)
            firms.renew(growth, seed, year)
            path.append(quality(firms))
        means.append(path)
    mean = np.mean(means, axis=0)
    sys.stdout.write(f"sd {sd}: {mean.min():.4f} to {mean.max():.4f} over 30 years\n")
    assert mean[0] == pytest.approx(1.0, abs=1e-6)
    assert mean.min() > 0.98 and mean.max() < 1.02


def test_an_agent_of_many_firms_has_the_average_of_their_shocks():
    capital = np.full((1, 1), 1e6)
    variances = []
    for n in (500, 50_000):
        firms = Firms.create(capital, n, np.full((1, 1), 1e6), process(PARAMS), PARAMS, 1)
        before, h, weight = firms.log_z.copy(), firms.variance.copy(), firms.weight.copy()
        size = firms.capital / weight
        firms.renew(Growth(firms, np.zeros((0, 1))), 1, 2020)
        rho, h = PARAMS.productivity_persistence, h.astype(float)
        mean = np.vander(h, 4, increasing=True) @ process(PARAMS).mean
        shock = firms.log_z - rho * before - (1 - rho) * mean
        assert np.mean(shock**2 / h) == pytest.approx(PARAMS.productivity_sd**2, rel=5 * np.sqrt(2 / n))
        np.testing.assert_allclose(h * np.maximum(weight, 1), np.maximum(size, 1.0) ** (-2 * PARAMS.size_volatility),
                                   rtol=1e-5)  # fmt: skip
        variances.append(np.sum((firms.capital / 1e6) ** 2 * h))
    # Granular risk: more agents lower the variance of the mean by less than a quarter.
    ratio = variances[1] / variances[0]
    sys.stdout.write(f"variance of the mean, 50,000 over 500 agents: {ratio:.3f}\n")
    assert ratio == pytest.approx(1.0, abs=0.1)


def cohort(firms_per_agent: float, years: int = 16, n: int = 300_000) -> list[float]:
    """Return the quality, weighted by capital, of a cohort of new firms by age."""
    # Of nearly equal size: the mean of a cohort then does not depend on the draws of a few.
    params = Industry(size_volatility=0.0, size_tail=4.0)
    firms = Firms(1, 1, process(params), base_year=2020)
    one = np.ones((1, 1))
    none = np.empty((0, 1))
    firms.enter(
        n * one, none, n * firms_per_agent * one, none, firms_per_agent * one, NO_SITES["site_key"], 5, 2020, params
    )
    path = []
    for year in range(2020, 2020 + years):
        path.append(quality(firms))
        firms.exit(0.15 * one, 5, year, params, 0.06)
        growth = Growth(firms, none)
        growth.add(0.12 * firms.totals()[1])
        firms.renew(growth, 5, year)
    return path


def test_new_firms_are_as_productive_whatever_number_an_agent_represents():
    single, few, many = (np.array(cohort(firms)) for firms in (1.0, 10.0, 200.0))
    start = np.exp((SIGMA - 1) * process(PARAMS).entry)
    sys.stdout.write(f"quality of entrants {start:.3f}; agents of 1, 10 and 200 firms:\n{single}\n{few}\n{many}\n")
    for path in (single, few, many):
        assert path[0] == pytest.approx(start, rel=0.02)
        # The average agent catches up as the survivors among single firms do.
        np.testing.assert_allclose(path, single, rtol=0.1)
    assert single[-1] > single[0] + 0.3


def test_the_size_tail_is_near_the_parameter():
    firms = make(60_000)
    tail = firms.exit(np.full((R, S), 10.0), 5, 2020, PARAMS, 0.06).tail
    assert 0.8 < tail < 1.5
    firms = make(60_000)
    size, weight = firms.capital / firms.weight, firms.weight
    larger = size > (large := large_from(np.asarray(firms.capital), np.asarray(weight)))
    assert weight[larger].sum() / weight.sum() == pytest.approx(0.05, abs=0.01)
    excess = weight[larger] @ np.log(size[larger] / large)
    assert tail == pytest.approx(hill_exponent(len(size), weight[larger].sum(), excess), rel=1e-9)


@given(n=st.integers(1, 300), real=st.floats(0.3, 1e6), tail=st.floats(1.02, 1.4))
def test_strata_are_a_pareto_law_cut_into_agents(n, real, tail):
    capital, width = np.empty(n), np.empty(n)
    strata(n, real, tail, capital, width)
    assert capital.sum() == pytest.approx(1.0) and width.sum() == pytest.approx(1.0)
    assert capital.min() > 0 and width.min() > 0
    # From the largest firms down; single firms first, then agents of equal capital.
    size = capital / width
    assert (np.diff(size) < 1e-9 * size[:-1]).all()
    weight = width * real
    many = weight > 1 + 1e-6
    if real > n and many.sum() > 1:
        assert np.ptp(capital[many]) < 1e-9 and (np.diff(many.astype(int)) >= 0).all()
        assert capital[~many].min(initial=1.0) > capital[many].max() - 1e-9


def test_expected_moves_conserve_capital_quality_firms_and_age():
    firms = make(3000)
    given = arguments(ONE_SITE)
    choice_, params = given["choice"]._replace(room=np.array([500.0])), given["params"]
    for _ in range(2):  # into an empty site, then into one with firms
        before, age = firms.sums.sum(axis=(0, 1)), firms.capital @ firms.age
        was = firms.capital_by_site().sum()
        firms.relocate_expected(choice_, params, 2020)
        after = firms.sums.sum(axis=(0, 1))
        np.testing.assert_allclose(after[[CAPITAL, WEIGHT]], before[[CAPITAL, WEIGHT]], rtol=1e-9)
        assert after[QUALITY] == pytest.approx(before[QUALITY], rel=1e-5)
        assert firms.capital @ firms.age == pytest.approx(age, rel=1e-3)  # ages are whole years
        assert 0 < firms.capital_by_site().sum() - was <= 500.0 * (1 + 1e-9)
    assert (firms.site == 0).sum() == S and (firms.variance <= 1).all() and (firms.variance > 0).all()


def test_agents_of_a_site_are_divided_above_a_twentieth_of_it():
    firms = make(300)
    firms.put("site", np.flatnonzero((firms.city == 1) & (firms.weight > 50))[:3], 0)
    before, z = firms.totals(), firms.capital @ firms.log_z
    single = firms.weight <= 1
    firms.divide_in_sites(2021)
    inside = firms.site == 0
    share = firms.capital[inside] / firms.capital[inside].sum()
    assert share[firms.weight[inside] > 1].max() <= MOST_OF_SITE * (1 + 1e-9)
    for was, now in zip(before[1:], firms.totals()[1:], strict=True):
        np.testing.assert_allclose(now, was, rtol=1e-12)
    assert firms.capital @ firms.log_z == pytest.approx(z, rel=1e-6)
    assert len(np.unique(firms.key)) == len(firms) and not (single & (firms.site[: len(single)] == 0)).any()
    n = len(firms)
    firms.divide_in_sites(2021)
    assert len(firms) == n


def test_exit_conserves_capital_and_is_near_its_rate():
    firms = make(40_000)
    n, before = len(firms), firms.totals()[1]
    out = firms.exit(np.full((R, S), 10.0), 5, 2020, PARAMS, 0.06)
    np.testing.assert_allclose(firms.totals()[1] / 0.94 + out.scrapped + out.recovered, before, rtol=1e-12)
    assert out.count.sum() == n - len(firms)
    assert out.count.sum() / n == pytest.approx(1 - np.exp(-PARAMS.exit_rate), rel=0.06)
    poor = make(40_000).exit(np.zeros((R, S)), 5, 2020, PARAMS, 0.06)
    assert poor.count.sum() / n == pytest.approx(1 - 0.5 * np.exp(-PARAMS.exit_rate), rel=0.03)


def test_growth_and_entry_conserve_units():
    firms = make()
    before = firms.totals()[1]
    units = np.full((R, S), 7.0)
    assert not grow(firms, units).any()
    np.testing.assert_allclose(firms.totals()[1], before + units, rtol=1e-12)
    n = len(firms)
    count, leftover, site_leftover = enter(firms, ONE_SITE, np.full((1, S), 4.0), money=9.0)
    expected = before + units + 50.0 - leftover
    expected[HOST] += 9.0 - site_leftover
    np.testing.assert_allclose(firms.totals()[1], expected, rtol=1e-12)
    np.testing.assert_allclose(firms.capital_by_site(), 9.0 - site_leftover, rtol=1e-12)
    assert count.sum() == len(firms) - n and (firms.site[n:] == 0).any()
    growth, inside = Growth(firms, np.zeros((1, S))), firms.capital_by_site()
    rest = growth.add_sites(np.full((1, S), 2.0))
    firms.renew(growth, 5, 2020)
    np.testing.assert_allclose(firms.capital_by_site(), inside + np.where(inside > 0, 2.0, 0.0), rtol=1e-12)
    assert np.array_equal(rest, np.where(inside > 0, 0.0, 2.0))
    assert len(np.unique(firms.key)) == len(firms)
    empty = Firms(R, S, process(PARAMS))
    assert np.array_equal(grow(empty, units), units)


def test_firms_of_a_site_grow_no_further_than_its_room():
    firms = make()
    firms.put("site", (firms.city == 1) & (firms.sector == 0) & (firms.capital < np.median(firms.capital)), 0)
    before, held = firms.totals()[1], firms.capital_by_site().sum()
    units = np.full((R, S), 900.0)
    free = copy.deepcopy(firms)
    grow(free, units)
    wanted = free.capital_by_site().sum() - held
    assert not grow(firms, units, room=np.array([0.25 * wanted])).any()
    assert firms.capital_by_site().sum() - held == pytest.approx(0.25 * wanted)
    np.testing.assert_allclose(firms.totals()[1], before + units, rtol=1e-12)
    firms.put("site", firms.cell == S, 0)
    left = grow(firms, units, room=np.zeros(1))
    assert left[1, 0] == pytest.approx(900.0) and left.sum() == pytest.approx(900.0)


def test_entrants_of_two_years_have_different_keys():
    firms = make()
    for year in (2020, 2021, 2022):
        enter(firms, ONE_SITE, np.full((1, S), 4.0), year, money=9.0)
    assert len(np.unique(firms.key)) == len(firms)


def test_relocation_moves_capital_from_i_to_j_and_leaves_home():
    params = Industry(relocation_rate=5.0, branch_share=0.0)
    firms = make()
    before, homes = firms.totals(), firms.home.copy()
    moves, _ = firms.relocate(**arguments(ONE_SITE, params=params))
    cities = np.arange(R)
    count, capital = moves.between(S, cities, R), moves.between(S, cities, R, moves.capital)
    halves = moves.between(S, cities % 2, 2)
    assert np.array_equal(halves, [[[c[i::2, j::2].sum() for j in (0, 1)] for i in (0, 1)] for c in count])
    after = firms.totals()
    for flow, was, now in ((count, before[0], after[0]), (capital, before[1], after[1])):
        np.testing.assert_allclose(now, was + (flow.sum(1) - flow.sum(2)).T, rtol=1e-12)
    assert count.sum() > 100 and not np.diagonal(count, axis1=1, axis2=2).any()
    assert np.array_equal(firms.home, homes)
    assert np.all(firms.city[firms.site == 0] == 1)


def test_choices_follow_the_exact_probabilities():
    params = Industry(relocation_rate=5.0, size_exponent=0.0, moving_cost=0.5, branch_share=0.0)
    firms = make(40_000)
    given = arguments(ONE_SITE, params=params)
    c = given["choice"]
    t = np.log1p(c.people_hours)
    city = 2
    u = params.profit_elasticity * c.ln_unit[:, 0] + c.plots.pull[:, 0]
    in_site = params.profit_elasticity * (c.ln_unit[1, 0] + (SIGMA - 1) * 0.3)
    u = np.append(u, in_site)
    u[city] = params.profit_elasticity * c.ln_unit[city, 0] + c.plots.stay[city, 0]
    u -= params.headquarters_cost * np.append(t[city], t[city, 1])
    # the site asks no entry friction
    cost = np.append(np.full(R, params.moving_cost), 0.0) + params.distance_cost * np.append(t[city], t[city, 1])
    cost[city] = 0.0
    p = np.exp(u - cost) / np.exp(u - cost).sum()
    hazard = 1 - np.exp(-params.relocation_rate)
    p = hazard * p + (1 - hazard) * (np.arange(R + 1) == city)
    rows = (firms.city == city) & (firms.sector == 0)
    firms.relocate(**given)
    chosen = np.where(firms.site[rows] >= 0, R, firms.city[rows])
    seen = np.bincount(chosen, minlength=R + 1)
    assert stats.chisquare(seen, p * seen.sum()).pvalue > 1e-3


def test_a_branch_takes_its_part_of_a_firm_and_leaves_the_rest():
    params = Industry(relocation_rate=5.0, branch_share=1.0, branch_size=0.25)
    firms, parents = make(), make()
    moves, branches = firms.relocate(**arguments(ONE_SITE, params=params))
    moved = moves.between(S, np.arange(R), R, moves.capital)
    old, before, after = len(parents), parents.totals(), firms.totals()
    assert branches.sum() == len(firms) - old > 100
    assert np.array_equal(firms.city[:old], parents.city) and len(np.unique(firms.key)) == len(firms)
    np.testing.assert_allclose(after[0], before[0] + branches)
    for now, was in zip(after[1:], before[1:], strict=True):
        assert now.sum() == pytest.approx(was.sum(), rel=1e-12)
    np.testing.assert_allclose(after[1], before[1] + (moved.sum(1) - moved.sum(2)).T, rtol=1e-12)
    new = firms.capital[old:]
    assert set(np.round(new / 0.25, 6)) <= set(np.round(parents.capital, 6))
    assert set(firms.age[old:]) <= set(parents.age) and set(firms.home[old:]) <= set(range(R))
    whole = make().relocate(**arguments(ONE_SITE, params=Industry(relocation_rate=5.0, branch_share=0.0)))
    assert moved.sum() == pytest.approx(0.25 * whole[0].capital.sum(), rel=1e-12)


def test_a_full_site_takes_no_more_than_its_room_and_keeps_its_firms():
    params = Industry(relocation_rate=5.0)
    firms = make()
    sites = {**ONE_SITE, "site_ln_supply": np.full((1, S), 5.0), "room": np.array([300.0])}
    firms.relocate(**arguments(sites, params=params))
    held = firms.capital_by_site().sum()
    assert 0 < held <= 300.0 * (1 + 1e-12)
    closed = {**sites, "site_ln_supply": np.full((1, S), -np.inf), "room": np.zeros(1)}
    inside = firms.key[firms.site == 0]
    pull = np.linspace(0, 0.5, R * S).reshape(R, S)
    own = plots(pull, np.full((R, S), 30.0))
    firms.relocate(**arguments(closed, 2021, Industry(relocation_rate=5.0), plots=own))
    assert np.array_equal(firms.key[firms.site == 0], inside)


def test_a_better_city_draws_more_firms():
    params = Industry(relocation_rate=5.0)
    arrivals = []
    for bonus in (0.0, 0.5):
        wedge = np.zeros((R, S))
        wedge[3] = bonus
        given = arguments(NO_SITES, params=params, wedge=wedge)
        arrivals.append(np.count_nonzero(make(host=[]).relocate(**given)[0].destination == 3))
    assert arrivals[1] > arrivals[0]


def test_a_closed_site_changes_nothing_bit_for_bit():
    plain, with_site = make(host=[]), make()
    closed = {**ONE_SITE, "site_ln_supply": np.full((1, S), -np.inf), "room": np.zeros(1)}
    for year in (2020, 2021, 2022):
        year_of(plain, NO_SITES, year)
        year_of(with_site, closed, year)
    assert same(plain, with_site)


def test_one_thread_and_two_give_the_same_bits():
    results = []
    start = make(20_000)
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        firms = copy.deepcopy(start)
        year_of(firms, ONE_SITE, 2020)
        results.append((firms, *firms.productive_capital(ONE_SITE["site_log_z"])))
    assert same(results[0][0], results[1][0])
    assert all(np.array_equal(a, b) for a, b in zip(results[0][1:], results[1][1:], strict=True))


def test_productive_capital_counts_site_firms_with_their_factor():
    firms = make()
    firms.put("site", (firms.city == 1) & (firms.sector == 0), 0)
    flat, _ = firms.productive_capital(np.zeros((1, S)))
    cells, sites = firms.productive_capital(np.full((1, S), 0.3))
    assert cells[1, 0] == pytest.approx(flat[1, 0] * np.exp(1.2))
    assert sites[0, 0] == pytest.approx(cells[1, 0]) and cells[2, 0] == flat[2, 0]


def test_firms_survive_pickling():
    firms = make()
    assert same(firms, pickle.loads(pickle.dumps(firms)))
