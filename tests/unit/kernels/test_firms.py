"""Kernels of firms against naive ones: the laws of exit and of the choice of a place, sums, conservation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numba import njit
from scipy import stats

from sim.economy.firms.growth import Growth
from sim.economy.firms.steps import COLUMNS, Firms
from sim.kernels import firms as kernels
from sim.parameters import Industry
from tests.helpers.firms import choice, plots, process, same

SIGMA, S = 5.0, 3


class World:
    """A random world with sites in two cities, one of them closed for a sector, and firms of all kinds."""

    def __init__(self, n_regions: int, n: int, params: Industry, seed: int = 0):
        rng = np.random.default_rng(seed)
        self.params, self.n_regions, self.host = params, n_regions, np.array([1, n_regions - 1])
        capital = rng.lognormal(6, 1, (n_regions, S))
        self.firms = Firms.create(
            capital, n, 3 * capital, process(params), params, seed, base_year=2020, host=self.host
        )
        f = self.firms
        f.put("home", slice(None), np.where(rng.random(len(f)) < 0.3, rng.integers(0, n_regions, len(f)), f.home))
        f.put("site", rng.random(len(f)) < 0.05, 0)
        points = rng.random((n_regions, 2)) * 8
        hours = 0.5 + np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
        supply = np.array([[0.5, -np.inf, 0.2], [1.0, 0.0, 0.3]])
        ln_unit = rng.normal(0, 0.3, (n_regions, S))
        pull, stay = rng.normal(0, 1, (n_regions, S)), rng.normal(1, 0.5, (n_regions, S))
        home = np.arange(n_regions)
        home[2] = 3
        place = replace(
            plots(pull, stay, rng.normal(0, 1, n_regions)), site=rng.normal(0, 0.3, (n_regions, S)), home=home
        )
        self.choice = choice(
            ln_unit, pull, hours, plots=place, life_cycle=np.array([0.0, 0.5, 1.0]),
            wedge=rng.normal(0, 0.2, (n_regions, S)), site_ln_supply=supply, site_log_z=rng.random((2, S)) * 0.2,
            site_key=np.array([2**63 + 5, 99], np.uint64), room=np.full(2, np.inf),
        )  # fmt: skip
        self.given = {"choice": self.choice, "params": params, "seed": 3}

    def place(self) -> np.ndarray:
        """Place of every firm: a city, or a site behind them."""
        f = self.firms
        return np.where(f.site >= 0, self.n_regions + f.site, f.city)

    def utilities(self) -> np.ndarray:
        """Utility of every option to every firm (F, O), as docs/model.md writes it."""
        f, g, p, n = self.firms, self.choice, self.params, self.n_regions
        way = np.log1p(g.people_hours)
        ordinary = p.profit_elasticity * g.ln_unit + g.wedge
        profit = p.profit_elasticity * (g.ln_unit[self.host] + (SIGMA - 1) * g.site_log_z)
        attraction = np.vstack([ordinary + g.plots.pull, profit + g.plots.site[self.host] + g.site_ln_supply])
        city = np.r_[np.arange(n), self.host]
        here = self.place()[:, None] == np.arange(n + 2)
        if p.own_plot:
            stay = np.vstack([ordinary, profit]) + g.plots.stay[city]
            size = f.capital / f.weight
            mean = (np.bincount(f.sector, f.capital) / np.bincount(f.sector, f.weight))[f.sector]
            entry = (g.plots.home[:, None] != g.plots.home[city]) & (np.arange(n + 2) < n)
        else:
            stay = np.where(np.isneginf(attraction), (ordinary + g.plots.pull)[city], attraction) + math.log(p.inertia)
            size, mean = f.capital, (np.bincount(f.sector, f.capital) / np.bincount(f.sector))[f.sector]
            entry = np.broadcast_to(np.arange(n + 2) < n, (n, n + 2))
        friction = (size / mean) ** p.size_exponent
        cost = (p.moving_cost * entry + p.distance_cost * way[:, city])[f.city] * friction[:, None]
        away = p.headquarters_cost * way[f.home][:, city]
        stage = g.life_cycle[f.sector] * (1 - np.exp(-f.age / p.maturing) - g.plots.maturity)
        both = stage[:, None] * g.plots.thin[city] - away
        # Ordinary plots of the same label are an alternative for firms of sites only.
        inside = (g.plots.home[f.city][:, None] == g.plots.home[city]) & (np.arange(n + 2) < n) & (f.site < 0)[:, None]
        closed = np.where(inside & ~here & p.own_plot, -np.inf, 0.0)
        return np.where(here, stay[:, f.sector].T, attraction[:, f.sector].T - cost) + both + closed

    def chances(self) -> np.ndarray:
        """Exact probability of every option (F, O)."""
        u = self.utilities()
        p = np.exp(u - u.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        hazard = -math.expm1(-self.params.relocation_rate)
        stay = self.place()[:, None] == np.arange(u.shape[1])
        return hazard * p + (1 - hazard) * stay


@njit
def naive_choices(u, here, hazard, seed):
    """Largest utility with Gumbel noise, for every firm, every option."""
    np.random.seed(seed)
    out = here.copy()
    for f in range(u.shape[0]):
        best, chosen = -np.inf, 0
        for o in range(u.shape[1]):
            value = u[f, o] - math.log(-math.log(np.random.random()))
            if value > best:
                best, chosen = value, o
        if np.random.random() < hazard:
            out[f] = chosen
    return out


def pvalue(seen: np.ndarray, expected: np.ndarray) -> float:
    """Chi-square test; cells that expect few are joined."""
    order = np.argsort(expected)
    few = np.cumsum(expected[order]) < 20
    parts = [(x[order][few].sum(), *x[order][~few]) for x in (seen, expected)]
    keep = np.array(parts[1]) > 0
    return float(stats.chisquare(np.array(parts[0])[keep], np.array(parts[1])[keep]).pvalue)


@pytest.mark.parametrize("own_plot", [True, False])
@pytest.mark.parametrize("n_regions", [5, 20, 61])
def test_choices_of_all_kinds_of_firms_follow_the_exact_law(n_regions, own_plot):
    params = Industry(relocation_rate=0.4, inertia=2.0, moving_cost=0.7, branch_share=0.0, own_plot=own_plot)
    world = World(n_regions, 30_000, params)
    chances, before = world.chances(), world.place()
    f = world.firms
    kinds = {
        "large": f.capital > np.quantile(f.capital, 0.8), "small": f.capital < np.quantile(f.capital, 0.5),
        "from elsewhere": f.home != f.city, "in a site": f.site >= 0, "all": np.ones(len(f), bool),
        "old": f.age > 15,
    }  # fmt: skip
    f.relocate(year=2020, **world.given)
    after = world.place()
    assert (after != before).mean() > 0.05
    for kind, rows in kinds.items():
        away = np.where(before[rows, None] == np.arange(n_regions + 2), 0, chances[rows]).sum(axis=0)
        expected = np.append(away, rows.sum() - away.sum())
        moved = after[rows] != before[rows]
        seen = np.append(np.bincount(after[rows][moved], minlength=n_regions + 2), (~moved).sum())
        assert pvalue(seen, expected) > 1e-4, kind


def test_movers_are_as_large_and_come_from_where_a_naive_kernel_says():
    params = Industry(relocation_rate=0.4, inertia=2.0, moving_cost=0.7, branch_share=0.0)
    world = World(20, 40_000, params)
    u, before = world.utilities(), world.place()
    naive = naive_choices(u, before, -math.expm1(-params.relocation_rate), 5)
    capital, origin = world.firms.capital.copy(), world.firms.city.copy()
    world.firms.relocate(year=2020, **world.given)
    ours = world.place() != before
    theirs = naive != before
    assert stats.ks_2samp(capital[ours], capital[theirs]).pvalue > 1e-3
    table = [np.bincount(origin[rows], minlength=20) for rows in (ours, theirs)]
    assert stats.chi2_contingency(table).pvalue > 1e-3
    assert abs(ours.sum() - theirs.sum()) < 4 * math.sqrt(ours.sum() + theirs.sum())


def test_exits_follow_the_hazard_of_age_and_of_insolvency():
    params = Industry(exit_rate=0.2)
    world = World(6, 60_000, params)
    f = world.firms
    rng = np.random.default_rng(2)
    f.put("age", slice(None), rng.integers(0, 30, len(f)))
    unit = np.full((6, S), 0.0035)
    earned = 0.0035 * np.exp((SIGMA - 1) * (f.log_z + np.where(f.site >= 0, 0.1, 0.0)))
    poor = earned < params.insolvency_return * 0.06
    assert 0.05 < poor.mean() < 0.95
    leaves = -math.expm1(-0.2)
    mean = 0.5 + leaves / (1 - (1 - leaves) * math.exp(-0.2))
    stays = np.exp(-0.2 / mean * (0.5 + np.exp(-f.age / 5.0))) * np.where(poor, 1 - params.insolvency_exit, 1.0)
    age, key = f.age.copy(), f.key.copy()
    f.exit(unit, 3, 2020, params, 0.06, np.full((2, S), 0.1))
    gone = ~np.isin(key, f.key)
    for rows in (poor, ~poor):
        expected = np.bincount(age[rows], 1 - stays[rows], 30)
        seen = np.bincount(age[rows & gone], minlength=30)
        seen, expected = np.append(seen, (rows & ~gone).sum()), np.append(expected, stays[rows].sum())
        assert stats.chisquare(seen, expected).pvalue > 1e-4


def naive_sums(f: Firms) -> np.ndarray:
    """Sums by cell, one firm after the other."""
    out = np.zeros((len(f.location_city) * S, 5))
    for c, w, k, z, h in zip(f.cell, f.weight, f.capital, f.log_z, f.variance, strict=True):
        v = math.exp((SIGMA - 1) / 4 * float(z))
        pull = v * math.exp(sum(g * float(h) ** n for n, g in enumerate(f.process.growth)))
        out[c] += 1.0, w, k, k * pull, k * v**4
    return out.reshape(-1, S, 5)


def test_sums_are_those_of_a_plain_loop_all_the_year_round():
    world = World(7, 9_000, Industry(relocation_rate=0.5, inertia=2.0))
    f = world.firms
    steps = [
        lambda: f.exit(np.full((7, S), 0.15), 3, 2020, world.params, 0.06, np.zeros((2, S))),
        lambda: f.relocate(year=2020, **world.given),
        lambda: f.enter(np.full((7, S), 9.0), np.full((2, S), 3.0), np.full((7, S), 50.0), np.full((2, S), 5.0),
                        np.full((7, S), 30.0), world.choice.site_key, 3, 2020, world.params),
        lambda: f.renew(Growth(f, np.zeros((2, S))), 3, 2020),
    ]  # fmt: skip
    for step in steps:
        step()
        kept = f.sums.copy()
        np.testing.assert_allclose(kept, naive_sums(f), rtol=1e-6, atol=1e-7)
        # To look at a column makes the sums anew.
        f.put("capital", slice(None), f.capital)
        np.testing.assert_allclose(kept, f.sums, rtol=1e-12, atol=1e-9)
        assert np.array_equal(kept[..., 0], f.sums[..., 0])


def test_relocation_conserves_capital_and_firms_exactly():
    world = World(9, 20_000, Industry(relocation_rate=2.0, inertia=1.0))
    f = world.firms
    capital, weight, n = math.fsum(f.capital), math.fsum(f.weight), len(f)
    _, branches = f.relocate(year=2020, **world.given)
    assert math.fsum(f.capital) == capital and len(f) == n + branches.sum()
    assert math.fsum(f.weight) == pytest.approx(weight, rel=1e-15)


def year_of(world: World, year: int, entrants: float, look: Callable[[Firms], object]) -> None:
    """One whole industry year; somebody may look at firms where no other phase would."""
    f, given = world.firms, world.given
    f.exit(np.full((7, S), 0.15), 3, year, world.params, 0.06, np.zeros((2, S)))
    f.relocate(year=year, **given)
    key = given["choice"].site_key
    means, money = (np.full((7, S), entrants), np.full((2, S), entrants)), (np.full((7, S), 50.0), np.full((2, S), 5.0))
    f.enter(*means, *money, np.full((7, S), 30.0), key, 3, year, world.params)
    look(f)
    growth = Growth(f, np.zeros((2, S)))
    growth.add(np.full((7, S), 11.0))
    f.renew(growth, 3, year)


# Few entrants leave rows of closed firms free, many are more than these rows.
ENTRANTS = pytest.mark.parametrize("entrants", [0.0, 3.0, 60.0])


@ENTRANTS
def test_looking_at_firms_between_years_changes_no_bit(entrants):
    seen, unseen = (World(7, 9_000, Industry(relocation_rate=0.3)) for _ in range(2))
    for year in (2020, 2021, 2022):
        for world in (seen, unseen):
            year_of(world, year, entrants, len)
        assert seen.firms.capital.sum() > 0 and seen.firms.log_z.mean() < 1
    assert same(seen.firms, unseen.firms)


@ENTRANTS
def test_new_firms_are_there_whether_or_not_somebody_looks_at_them_first(entrants):
    seen, unseen = (World(7, 9_000, Industry(relocation_rate=0.3)) for _ in range(2))
    for year in (2020, 2021, 2022):
        year_of(seen, year, entrants, lambda f: f.capital.sum())
        year_of(unseen, year, entrants, len)
    order = [np.argsort(world.firms.key) for world in (seen, unseen)]
    for name in COLUMNS:
        mine, theirs = (getattr(world.firms, name)[rows] for world, rows in zip((seen, unseen), order, strict=True))
        # Sums that are made anew differ in their last bits, and with them the growth of firms.
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, err_msg=name)


def test_no_row_of_a_closed_firm_is_left():
    f = World(7, 9_000, Industry()).firms
    keys = set(f.key.tolist())
    f.exit(np.full((7, S), 0.001), 3, 2020, Industry(), 0.06, np.zeros((2, S)))
    left = len(f)
    assert left < 6_000 and (f.cell != kernels.DEAD).all() and len(f.key) == left
    assert len(np.unique(f.key)) == left and set(f.key.tolist()) < keys


def test_firms_may_close_twice_before_others_enter():
    f = World(7, 9_000, Industry()).firms
    for year in (2020, 2021):
        before = len(f)
        gone = f.exit(np.full((7, S), 0.15), 3, year, Industry(), 0.06, np.zeros((2, S)))
        assert before - len(f) == gone.count.sum() > 500
    np.testing.assert_allclose(f.sums, naive_sums(f), rtol=1e-6, atol=1e-7)
    assert len(np.unique(f.key)) == len(f)
