"""A region cut in two on the map changes nothing elsewhere (docs/validation.md); ``-s`` prints the figures."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from sim.catalogue import VARIABLES
from sim.config import load
from sim.economy.base_year.facts import trade_facts
from sim.economy.base_year.inversion import solve_base
from sim.economy.base_year.plots import DOMINANT, _moving
from sim.economy.firms.steps import Choice
from sim.economy.frictions import inside
from sim.economy.outcome import setting_of
from sim.model import RegionalEconomy
from sim.parameters import Parameters
from sim.policy.cities.rule import peers
from sim.policy.view import View
from sim.validation import splitting
from sim.validation.suites import DEFAULT, SUITES
from sim.world import first_hours, load_world

pytestmark = pytest.mark.slow

WORLD = load_world("guangzhou", 2020)


def test_halves_are_the_whole():
    cut = splitting.split_world(WORLD, "foshan")
    at = WORLD.index("foshan"), WORLD.n_regions
    assert cut.n_regions == WORLD.n_regions + 1 and cut.regions["id"].is_unique
    assert (cut.home == cut.home[at[0]]).nonzero()[0].tolist() == list(at)
    for name in splitting.EXTENSIVE:
        np.testing.assert_allclose(getattr(cut, name).sum(axis=0), getattr(WORLD, name).sum(axis=0), atol=1e-6)
    hours, whole = first_hours(cut)[1], first_hours(WORLD)[1]
    for name in ("people", "goods", "information"):
        matrix, before = getattr(hours, name), getattr(whole, name)
        assert np.array_equal(matrix[:-1, :-1], before)
        assert (matrix[np.ix_(at, at)] == before[at[0], at[0]]).all()
        assert np.array_equal(matrix[at[0], :-1], matrix[at[1], :-1])
    assert np.array_equal(hours.gateway[:-1], whole.gateway)
    np.testing.assert_allclose(cut.upstream.sum(axis=1)[:-1], WORLD.upstream.sum(axis=1))


@pytest.mark.parametrize("kind", ["centre", "median", "small"])
def test_the_base_year_and_the_market_are_those_of_the_whole(kind):
    region = splitting.chosen_regions(WORLD)[kind]
    for name, found in (
        ("base year", splitting.compare_base(WORLD, region)), ("market", splitting.compare_markets(WORLD, region, 3)),
    ):  # fmt: skip
        for where, differences in (("elsewhere", found.elsewhere), ("halves", found.halves)):
            worst = max(differences, key=differences.__getitem__)
            sys.stdout.write(f"{region} in two, {name}, {where}: {differences[worst]:.1e} ({worst})\n")
            assert differences[worst] <= splitting.EXACT


def test_every_variable_is_compared_unless_it_depends_on_sampling():
    found = splitting.compare_markets(WORLD, "foshan", 2)
    assert set(found.elsewhere) == set(VARIABLES) - set(splitting.SAMPLED)


def test_cities_that_respond_to_their_peers_respond_to_the_whole():
    found = splitting.compare_markets(WORLD, "foshan", 3, {"cities": {"rule": "yardstick"}})
    assert max(max(part.values()) for part in (found.elsewhere, found.halves)) <= splitting.EXACT


def test_laws_of_the_map_do_not_depend_on_how_it_is_cut():
    """Costs of moving by kilometres and provinces, and a share of investment that stays at home."""
    laws = {
        "migration": {"kilometre_cost": 1.2, "provincial_cost": 1.0, "worker_moving_cost": 1.0},
        "capital": {"home_share": 0.45, "distance_elasticity": 3.7},
    }
    found = splitting.compare_markets(WORLD, "foshan", 3, laws)
    assert max(max(part.values()) for part in (found.elsewhere, found.halves)) <= splitting.EXACT


def test_facts_of_trade_are_those_of_the_whole():
    worlds = splitting.with_given_hours(WORLD), splitting.split_world(WORLD, "yunfu")
    whole, cut = (trade_facts(w, solve_base(w, first_hours(w)[1], Parameters())) for w in worlds)
    assert cut == pytest.approx(whole, rel=1e-9)


def relocation(world, firms: int) -> np.ndarray:
    """Expected moves of capital between cities in the base year, (R, R) million yuan a year."""
    state = RegionalEconomy(load("baseline", ["world=guangzhou", f"firms={firms}"]), world=world).state
    none = np.empty((0, state.firms.n_sectors))
    choice = Choice(
        np.log(state.returns.unit_return), state.constants.plots, state.constants.life_cycle,
        state.links.hours.people, np.zeros(state.returns.capital.shape), none, none, np.empty(0, np.uint64),
        np.empty(0),
    )  # fmt: skip
    return state.firms.expected_moves(choice, state.parameters.industry).sum(axis=1)


@pytest.mark.parametrize("region", ["guangzhou", "yunfu"])
def test_expected_relocation_is_that_of_the_whole(region):
    """Not exact: the largest firm of half a city is smaller than that of the city (docs/model.md 9.12)."""
    at = WORLD.index(region)
    whole = relocation(splitting.with_given_hours(WORLD), 500_000)
    cut = relocation(splitting.split_world(WORLD, region), 500_000)
    assert cut[at, -1] == cut[-1, at] == 0.0
    joined = splitting.joined("capital_flow", cut[None], at)[0]
    inflow = np.abs(np.delete(joined.sum(axis=0) / whole.sum(axis=0) - 1, at)).max()
    outflow = abs(joined[at].sum() / whole[at].sum() - 1)
    sys.stdout.write(f"{region} in two: inflow elsewhere changes by {inflow:.1e}, its outflow by {outflow:.1e}\n")
    assert inflow < 2e-3 and outflow < 2e-3


@pytest.mark.long
def test_with_firms_value_added_capital_people_and_inflows_elsewhere_stay():
    found = splitting.compare_firms(WORLD, ["guangzhou"], firms=300_000, seeds=(3, 3))["guangzhou"]
    for name, mean in found.mean.items():
        width = found.half_width[name].max()
        sys.stdout.write(f"{name}: largest change {np.abs(mean).max():.1e}, largest half-width {width:.1e}\n")
        assert np.abs(mean).max() <= splitting.SMALL


def test_rows_of_the_market_pass_and_the_suite_is_not_run_by_default():
    rows = list(splitting.rows(WORLD, firms=0))
    assert len(rows) == 12 and all(row.passed for row in rows)
    assert "map" in SUITES and "map" not in DEFAULT


def test_laws_are_the_former_ones_where_no_label_is_shared():
    """Bit for bit; not so entry and the hours within the world market, which counted agents and regions."""
    state = RegionalEconomy(load("baseline", ["world=guangzhou", "firms=5000"])).state
    near = np.exp(-state.links.hours.people / state.parameters.cities.peer_hours)
    np.fill_diagonal(near, 0.0)
    zone = WORLD.regions["zone"].to_numpy()
    same = zone[:, None] == zone[None, :]
    weight = near * (same | (same.sum(axis=1) == 1)[:, None])
    view = View(state.outcome, frozenset(), setting_of(state, 1.0), "test")
    assert np.array_equal(peers(view), weight / weight.sum(axis=1, keepdims=True))
    assert not inside(WORLD.home).any()
    industry = state.parameters.industry
    share = industry.relocation_share / (-math.expm1(-industry.relocation_rate) * industry.moved_share)
    for capital in state.base.capital.T:
        assert np.array_equal(_moving(capital, WORLD.home, industry), share * capital)
    most = np.eye(1, WORLD.n_regions, 3)[0] + 0.01
    expected = np.where(most > 1, 0.01 + DOMINANT * 0.01 * (WORLD.n_regions - 2), 0.01)
    np.testing.assert_allclose(_moving(most, WORLD.home, industry), share * expected)
