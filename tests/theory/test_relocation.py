"""Location choice of firms in the base year and what changes it (docs/model.md 9.5); ``-s`` prints the figures."""

from __future__ import annotations

import math
import sys
from functools import lru_cache

import numpy as np
import pytest

from sim.config import load
from sim.economy.firms.steps import Choice
from sim.economy.relations import FASTEST, log_density
from sim.model import RegionalEconomy
from sim.parameters import Industry

WORLD = "guangzhou"


@lru_cache(maxsize=8)
def start(firms: int = 72_000, **industry: float) -> RegionalEconomy:
    """The economy before its first year."""
    given = [f"parameters.industry.{key}={value}" for key, value in industry.items()]
    return RegionalEconomy(load("baseline", [f"world={WORLD}", f"firms={firms}", *given]))


def choice(model: RegionalEconomy, shift: np.ndarray | float = 0.0) -> Choice:
    """What firms choose among in the base year, log unit profits changed by ``shift``."""
    state = model.state
    none = np.empty((0, state.firms.n_sectors))
    return Choice(
        np.log(state.returns.unit_return) + shift, state.constants.plots, state.constants.life_cycle,
        state.links.hours.people, np.zeros(state.returns.capital.shape), none, none, np.empty(0, np.uint64),
        np.empty(0),
    )  # fmt: skip


def flows(model: RegionalEconomy, shift: np.ndarray | float = 0.0) -> np.ndarray:
    """Expected moves of capital, (R, S, R) million yuan a year, of the agents that were drawn."""
    return model.state.firms.expected_moves(choice(model, shift), model.state.parameters.industry)


def outflow(model: RegionalEconomy) -> np.ndarray:
    """Share of the capital of each cell that is expected to leave, (R, S)."""
    return flows(model).sum(axis=2) / model.state.base.capital


def slope(model: RegionalEconomy) -> float:
    """Slope of net relocation over capital on the log of capital, by city, per cent a year."""
    moves, capital = flows(model), model.state.base.capital.sum(axis=1)
    net = moves.sum(axis=(0, 1)) - moves.sum(axis=(1, 2))
    return 100 * float(np.polyfit(np.log(capital), net / capital, 1)[0])


def test_base_year_relocation_is_balanced_and_does_not_depend_on_the_size_of_a_city():
    model, former = start(), start(own_plot=False)
    centre = model.world.centre
    moves, before = flows(model), flows(former)
    for name, flow in (("own plot", moves), ("former law", before)):
        sys.stdout.write(
            f"{name}: into the centre {flow[:, :, centre].sum() / 1e3:.2f} bn, out {flow[centre].sum() / 1e3:.2f} bn, "
            f"of all capital {flow.sum() / model.state.base.capital.sum():.4f} a year\n"
        )
    net = moves.sum(axis=0).T - moves.sum(axis=2)
    assert np.abs(net / model.state.base.capital).max() < 2e-4
    assert moves.sum() / model.state.base.capital.sum() == pytest.approx(Industry().relocation_share, rel=0.01)
    sys.stdout.write(f"slope of net/K on ln K: {slope(model):.4f} %, former law {slope(former):.4f} %\n")
    assert abs(slope(model)) < 0.01 < slope(former)
    size = np.log(model.state.base.capital)
    leaves = [np.polyfit(size.ravel(), np.log(outflow(m)).ravel(), 1)[0] for m in (model, former)]
    sys.stdout.write(f"elasticity of the chance to leave to capital: {leaves[0]:.4f}, former law {leaves[1]:.4f}\n")
    assert abs(leaves[0]) < 0.005 and leaves[1] < -0.2


@pytest.mark.parametrize("firms", [72_000, 500_000])
def test_twice_as_many_agents_leave_expected_outflow(firms):
    one, two = start(firms), start(2 * firms)
    many = one.state.firms.totals()[0] >= 24
    change = np.abs(outflow(two)[many] / outflow(one)[many] - 1)
    sys.stdout.write(f"{firms} agents and twice as many: outflow of {many.sum()} cells differs by {change.max():.4f}\n")
    assert change.max() < 0.02


def test_firms_follow_profits():
    model, better = start(), np.zeros(start().state.base.capital.shape)
    better[model.world.index("qingyuan")] = 0.1
    more = flows(model, better).sum(axis=(0, 1)) / flows(model).sum(axis=(0, 1))
    sys.stdout.write(f"inflow at 10 % more unit profit: {more[model.world.index('qingyuan')]:.3f} times\n")
    assert more[model.world.index("qingyuan")] > 1.1
    assert np.median(more) < 1.0


def mature_share(model: RegionalEconomy) -> float:
    """Share of firms of ten years and more in the expected outflow of the centre, by capital."""
    firms, parts = model.state.firms, []
    age, capital = firms.age.copy(), firms.capital.copy()
    for old in (True, False):
        firms.put("capital", slice(None), np.where((age >= 10) == old, capital, 1e-9))
        parts.append(flows(model)[model.world.centre].sum())
    firms.put("capital", slice(None), capital)
    return parts[0] / sum(parts)


def test_mature_firms_leave_dense_places_more_often():
    shares = [mature_share(start(life_cycle=value)) for value in (0.0, 1.0, 2.0)]
    model = start()
    firms = model.state.firms
    there = firms.city == model.world.centre
    of_all = firms.capital[there & (firms.age >= 10)].sum() / firms.capital[there].sum()
    sys.stdout.write(f"share of firms of 10 years and more in the outflow of the centre at psi 0, 1, 2 times: "
                     f"{shares[0]:.3f}, {shares[1]:.3f}, {shares[2]:.3f}; in its capital {of_all:.3f}\n")  # fmt: skip
    assert shares[0] < shares[1] < shares[2]


def test_expected_moves_conserve_capital_and_are_the_mean_of_drawn_ones():
    drawn, capital = [], start().state.base.capital.sum()
    for seed in range(6):
        model = RegionalEconomy(load("baseline", [f"world={WORLD}", "firms=72000"]), seed)
        ind = model.state.parameters.industry
        moves, _ = model.state.firms.relocate(choice(model), ind, seed, 2020)
        drawn.append(moves.capital.sum())
    before = model.state.firms.totals()[1]
    expected = flows(model)
    moves = model.state.firms.relocate_expected(choice(model), model.state.parameters.industry, model.state.year)
    assert moves.capital.sum() == pytest.approx(expected.sum(), rel=1e-6)
    after = model.state.firms.totals()[1]
    np.testing.assert_allclose(after, before + expected.sum(axis=0).T - expected.sum(axis=2), rtol=1e-6)
    error = np.std(drawn, ddof=1) / math.sqrt(len(drawn))
    sys.stdout.write(f"expected {expected.sum() / capital:.5f}, drawn {np.mean(drawn) / capital:.5f} of capital\n")
    assert abs(np.mean(drawn) - expected.sum()) < 4 * error


def test_shares_that_cannot_move_are_refused():
    with pytest.raises(ValueError, match="relocation_share"):
        Industry(relocation_rate=0.005, relocation_share=0.01)
    assert Industry(relocation_rate=0.0).relocation_share == 0.005


def test_faster_links_raise_density_by_at_most_half_a_log_point():
    model = start()
    state, people = model.state, model.state.people.sum(axis=1)
    assert not log_density(state.links, state.constants, people).any()
    more = people * np.where(np.arange(len(people)) == model.world.centre, 1.1, 1.0)
    assert log_density(state.links, state.constants, more)[model.world.centre] > 0

    class Faster:
        """Links on which people are near everywhere."""

        near = np.ones_like(state.links.near)

    change = log_density(Faster, state.constants, people)  # type: ignore[arg-type]
    assert change.max() == pytest.approx(FASTEST) and change.min() > 0
