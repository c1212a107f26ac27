"""Where savers invest: mass of regions and of vacant sites, in an economy of eight cities; ``-s`` prints figures."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.economy.base import Base
from sim.economy.base_year.facts import linked_investment
from sim.economy.base_year.inversion import solve_base
from sim.economy.frictions import investor_friction
from sim.economy.sites import savers_mass, site_money, sites_now, supply_of_capital, vacancies
from sim.economy.state import Owners
from sim.economy.year.invest import invest
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy
from sim.parameters import Capital, Industry, Parameters
from sim.testing import small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded
from sim.world import World, first_hours, load_world

PERSISTENCE = (0.0, 0.5, 1.0)
YEARS, LOST, CITY = 12, 0.1, "qingyuan"


def economy(persistence: float, *mechanisms) -> RegionalEconomy:
    # Without relocation, whose draws would be those of other firms on the path with the loss.
    parameters = Parameters(capital=Capital(size_persistence=persistence), industry=Industry(relocation_rate=0.0))
    scenario = scenario_with(mechanisms, small_world(), YEARS)
    return RegionalEconomy(scenario.model_copy(update={"parameters": parameters}))


def capital_path(persistence: float, lost: float = 0.0) -> np.ndarray:
    """Return capital of the city at the end of each year, (YEARS,), after a loss in the base year."""
    model = economy(persistence)
    state, city = model.state, model.world.index(CITY)
    state.firms.capital[state.firms.city == city] *= 1.0 - lost
    kept = np.where(np.arange(state.n) == city, 1.0 - lost, 1.0)
    state.owners = Owners(*(stock * kept for stock in state.owners))
    state.returns = state.returns._replace(capital=state.firms.totals()[1])
    path = []
    for _ in range(YEARS):
        model.step()
        path.append(state.firms.totals()[1][city].sum())
    return np.array(path)


@pytest.fixture(scope="module")
def gaps() -> dict[float, np.ndarray]:
    """Log gap of capital to the path without the loss, by persistence."""
    return {nu: np.log(capital_path(nu, LOST) / capital_path(nu)) for nu in PERSISTENCE}


def test_lost_capital_returns_faster_where_the_mass_is_that_of_the_base_year(gaps):
    for nu, gap in gaps.items():
        sys.stdout.write(f"nu_K {nu:g}: gap after 1, 6, {YEARS} years {np.round(gap[[0, 5, -1]], 4)}\n")
    assert all(gap[0] < -0.05 for gap in gaps.values())
    assert gaps[0.0][-1] > gaps[0.5][-1] > gaps[1.0][-1]


@pytest.mark.parametrize("nu", PERSISTENCE)
def test_the_base_year_is_reproduced(nu):
    model = economy(nu)
    model.step()
    error = np.abs(model.latest.invest.savers_shares - model.state.base.market.savers_shares).max()
    assert error <= 1e-9, error


@pytest.fixture(scope="module", params=PERSISTENCE)
def with_site(request) -> RegionalEconomy:
    """An economy in which an enclave has been open for a year."""
    park = MECHANISMS["enclave"](sponsor="guangzhou", targets=[CITY], start=2020, build_years=1, area=20)
    model = economy(request.param, park)
    for _ in range(3):
        model.step()
    return model


def shares_of(model: RegionalEconomy, grown: float, room_grown: float) -> tuple[np.ndarray, np.ndarray]:
    """Return savers' shares, (R, R), and sites' shares of investment by host cell, after growth of the nation.

    Parameters
    ----------
    grown, room_grown : float
        Factors on capital of all cells, and on vacant capacity.
    """
    state, done = model.state, model.latest.policy
    before, capacity = state.returns, [site.capacity for site in done.actions.sites]
    used = state.firms.capital_by_site().sum(axis=1)
    try:
        state.returns = before._replace(capital=before.capital * grown)
        for site in done.actions.sites:
            site.capacity = used[site.index] + room_grown * (site.capacity - used[site.index])
        vacant = vacancies(state, done.actions, sites_now(state, done.actions)[2])
        supply = supply_of_capital(state, done.actions, state.returns.capital, vacant)
        sites = site_money(state, np.ones_like(supply), supply, vacant, np.full(len(vacant), np.inf))[1]
        return invest(state, done, model.latest.connect).savers_shares.copy(), sites
    finally:
        state.returns = before
        for site, was in zip(done.actions.sites, capacity, strict=True):
            site.capacity = was


def test_growth_of_the_nation_changes_no_share(with_site):
    """Neither between cities nor between a site, whose capacity grows with the nation, and its host."""
    before, sites = shares_of(with_site, 1.0, 1.0)
    after, sites_after = shares_of(with_site, 1.8, 1.8)
    assert sites.max() > 0
    assert np.abs(after - before).max() <= 1e-12
    assert np.abs(sites_after - sites).max() <= 1e-12


def test_capacity_that_does_not_grow_loses_weight_as_it_does_with_current_capital(with_site):
    """A site gains nothing from national growth: its share of its cells falls as if mass were capital alone."""
    (_, before), (_, after) = shares_of(with_site, 1.0, 1.0), shares_of(with_site, 1.8, 1.0)
    odds = before[before > 0] / (1 - before[before > 0])
    assert after[after > 0] / (1 - after[after > 0]) == pytest.approx(odds / 1.8, rel=1e-12)


@pytest.mark.parametrize("elasticity", [1.0, 10.0])
def test_a_site_attracts_no_more_than_its_capacity(elasticity):
    """However much better its return is: neither its own firms nor those of its host grow by more in a year."""
    park = MECHANISMS["enclave"](sponsor="guangzhou", targets=[CITY], start=2020, build_years=1, transfer=1.0)
    capital = {}
    for name, mechanisms in (("with", [park]), ("without", [])):
        given = Parameters(capital=Capital(return_elasticity=elasticity), industry=Industry(relocation_rate=0.0))
        scenario = scenario_with(mechanisms, small_world(), 4)
        model = RegionalEconomy(scenario.model_copy(update={"parameters": given}))
        model.step()
        model.step()
        capital[name] = model.state.firms.totals()[1][model.world.index(CITY)].sum()
        if name == "with":
            room = park.area * park.capital_per_km2
            site = model.state.firms.capital_by_site().sum()
    gain = capital["with"] - capital["without"]
    sys.stdout.write(f"eta_K {elasticity:g}: room {room:.0f}, site {site:.0f}, host {gain:.0f} million yuan\n")
    assert 0 < site <= room and 0 < gain <= room


def test_with_persistence_1_mass_is_current_capital_bit_for_bit():
    state = economy(1.0).state
    capital = np.random.default_rng(1).uniform(0, 1e6, state.base.capital.shape)
    capital[0, 0] = 0.0
    assert savers_mass(state, capital, state.base.capital).tobytes() == capital.tobytes()


def test_a_cell_new_since_the_base_year_has_the_mass_of_its_capital():
    state = economy(0.3).state
    base = state.base.capital.copy()
    base[1, 2] = 0.0
    mass = savers_mass(state, state.base.capital, base)
    assert mass[1, 2] == pytest.approx(state.base.capital[1, 2]) and (mass > 0).all()


def base_at(share: float, **capital: float) -> tuple[World, Base]:
    world = load_world("guangzhou", 2020)
    parameters = Parameters(capital=Capital(home_share=share, **capital))
    return world, solve_base(world, first_hours(world)[1], parameters)


@pytest.mark.parametrize("share", [0.3, 0.45, 0.6])
def test_the_given_share_stays_at_home_except_where_savings_are_large(share):
    world, base = base_at(share)
    own, saved = np.diag(base.market.savers_shares), base.regional.saving
    assert np.allclose(own[~base.home_reduced], share, atol=1e-12) and (own[base.home_reduced] < share).all()
    # Investment in a region is in proportion to its capital, wherever the money comes from.
    placed = base.market.savers_shares.T @ saved
    assert np.ptp((placed + base.market.foreign_inflow) / world.capital) < 1e-9
    assert (own * saved <= 0.8 * placed * (1 + 1e-9)).all()
    names = world.regions["id"].to_numpy()[base.home_reduced]
    sys.stdout.write(f"share {share}: reduced in {len(names)} regions, Qingyuan keeps {own[world.index(CITY)]:.3f}\n")
    assert (len(names) > 0) == (share == 0.6)


def test_without_a_share_the_bias_is_the_former_bit_for_bit():
    world, base = base_at(0.0, home_bias=2.5)
    hours = first_hours(world)[1].information
    away = world.home[:, None] != world.home[None, :]
    former = 0.7 * np.log1p(hours) + 2.5 * away
    found = investor_friction(hours, world.home, base.home_bias, Parameters(capital=Capital(distance_elasticity=0.7)))
    assert found.tobytes() == former.tobytes() and not base.home_reduced.any()


def test_lines_raise_investment_between_the_regions_that_they_link():
    world = load_world("guangzhou", 2020)
    effects = [linked_investment(world, theta) for theta in (0.0, 0.7, 1.9)]
    sys.stdout.write(f"effect of high-speed lines at 0, .7, 1.9: {effects}\n")
    assert effects[0] == 0 < effects[1] < effects[2]
    assert np.log1p(effects[2]) / np.log1p(effects[1]) == pytest.approx(1.9 / 0.7)
    assert np.isnan(linked_investment(loaded(small_world()), 1.0))  # a world without lines
