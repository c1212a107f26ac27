"""Firms as Mesa objects, in plain numpy and in naive kernels follow the same laws as the model's own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks import naive, ours
from benchmarks.expert_numpy import NumpyFirms
from benchmarks.mesa_objects import ObjectFirms
from benchmarks.stand_in import put_in
from sim.config import Scenario
from sim.model import RegionalEconomy

SEEDS, YEARS = range(300, 324), 4
# Firms that often move, and of which some become insolvent, show more of the laws.
OFTEN = {
    "industry": {
        "relocation_rate": 0.4, "relocation_share": 0.05, "insolvency_return": 1.0, "productivity_sd": 0.2,
    }
}  # fmt: skip
WORLD = {"kind": "synthetic", "name": "eight", "regions": 8, "ports": 1}
KINDS = {"objects": ObjectFirms, "numpy": NumpyFirms}


def _model(seed: int, firms: int = 3000) -> RegionalEconomy:
    scenario = Scenario(kind="scenario", name="eight", world=WORLD, start=2020, years=20, firms=firms, parameters=OFTEN)
    return RegionalEconomy(scenario, seed)


def _between(model: RegionalEconomy, value: np.ndarray | None = None) -> np.ndarray:
    state = model.state
    return model.latest.industry.moves.between(len(state.world.sectors), np.arange(state.n), state.n, value)


def _moments(model: RegionalEconomy) -> dict[str, np.ndarray]:
    """Return what firms are on average, weighted by capital."""
    firms = model.state.firms
    read = getattr(firms, "column", lambda name: getattr(firms, name))
    age, log_z, h = (np.asarray(read(name), float) for name in ("age", "log_z", "variance"))
    capital = np.asarray(read("capital"), float)
    values = {"age": age, "log_z": log_z, "log_z squared": log_z**2, "variance": h, "single": h > 0.5}
    return {name: np.array([np.average(value, weights=capital)]) for name, value in values.items()}


def _lived(model: RegionalEconomy) -> dict[str, np.ndarray]:
    """What a model's firms came to within some years."""
    state, years = model.state, []
    for _ in range(YEARS):
        model.step()
        found, quality = model.latest.industry, model.latest.produce.quality
        count, capital, real = state.firms.totals()
        flow, moved = _between(model), _between(model, found.moves.capital)
        years.append({
            "entry": found.entry.sum(axis=0), "exit": found.exit.sum(axis=0), "moves": flow.sum(axis=(1, 2)),
            "to": flow.sum(axis=(0, 1)), "from": flow.sum(axis=(0, 2)),
            "capital moved": moved.sum(axis=(0, 1)), "branches": found.branches.sum(axis=0),
            "scrapped": np.array([found.scrapped.sum()]), "quality": quality.sum(axis=0),
            "firms": count.sum(axis=1), "capital": capital.sum(axis=1), "real": real.sum(axis=1),
            "tail": np.array([found.tail]), **_moments(model),
        })  # fmt: skip
    return {name: np.mean([year[name] for year in years], axis=0) for name in years[0]}


@pytest.fixture(scope="module")
def own():
    return [_lived(_model(seed)) for seed in SEEDS]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_years_come_to_the_same(kind, own):
    others = [_lived(put_in(_model(seed), KINDS[kind])) for seed in SEEDS]
    for name in own[0]:
        # The same firms at the start: what differs is luck.
        apart = np.array([other[name] for other in others]) - [mine[name] for mine in own]
        p = stats.ttest_1samp(apart, 0.0).pvalue
        assert p.min() > 1e-3 / p.size, (name, apart.mean(axis=0), apart.std(axis=0))


@pytest.mark.parametrize("kind", KINDS)
def test_destinations_have_the_same_distribution(kind):
    tables = []
    for firms in (None, KINDS[kind]):
        model = _model(1, 30_000)
        if firms:
            put_in(model, firms)
        model.step()
        tables.append(_between(model).sum(axis=0).ravel())
    seen = np.array(tables)[:, np.sum(tables, axis=0) >= 10]
    assert seen.sum() > 1000
    assert stats.chi2_contingency(seen).pvalue > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_sums_that_are_kept_are_those_of_the_firms(kind):
    model = put_in(_model(3), KINDS[kind])
    for _ in range(YEARS):
        model.step()
    firms = model.state.firms
    count, capital, real = firms.totals()
    assert firms.column("capital").sum() == pytest.approx(capital.sum(), rel=1e-5)
    assert firms.column("weight").sum() == pytest.approx(real.sum(), rel=1e-5)
    assert len(firms.column("capital")) == count.sum()
    # Together: `k z^0` is capital.
    np.testing.assert_allclose(firms.quality(0.0), capital, rtol=1e-4)


@pytest.mark.parametrize("skip", [False, True])
def test_the_naive_kernel_has_the_exact_law(skip):
    model = _stepped()
    state = model.state
    table, terms = ours.columns(state.firms), ours.offered(model)
    firms = naive.choosers(table, terms)
    seen = np.bincount(naive.choose(firms, terms, 7, skip), minlength=state.n)
    expected, spread = _expected(firms, terms)
    assert np.abs((seen - expected) / np.sqrt(spread)).max() < 4.0


def _stepped() -> RegionalEconomy:
    model = _model(1, 40_000)
    model.step()
    return model


def _expected(firms: naive.Choosers, terms: ours.Offer) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the number of firms in each city after choosing, from the probabilities."""
    each = np.arange(len(firms.city))
    u = terms.attraction.T[firms.sector] - firms.friction[:, None] * terms.cost[firms.city]
    u[each, firms.city] = terms.stay[firms.city, firms.sector]
    u += firms.stage[:, None] * terms.thin - terms.away[firms.home]
    p = np.exp(u - u.max(axis=1, keepdims=True))
    p *= terms.hazard / p.sum(axis=1, keepdims=True)
    p[each, firms.city] += 1.0 - terms.hazard
    return p.sum(axis=0), (p * (1.0 - p)).sum(axis=0)


def test_no_two_years_can_be_closer_than_their_laws():
    model = _stepped()
    state = model.state
    change = np.zeros_like(state.base.capital)
    change[0] = 0.1
    first, second = ours.offered(model), ours.offered(model, change)
    firms = naive.choosers(ours.columns(state.firms), first)
    least = naive.least_changes(firms, first, second)
    differ = [(naive.choose(firms, first, k) != naive.choose(firms, second, k)).sum() for k in range(8)]
    assert np.mean(differ) > least - 4 * np.std(differ) / np.sqrt(len(differ))
    assert naive.least_changes(firms, first, first) == 0.0
