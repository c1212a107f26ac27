"""Costs of moving and the facts of migration that size them (docs/model.md 9.22); ``-s`` prints figures."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.batch.facts import MIGRATION, base_year_facts, birthplace_elasticity
from sim.config import Scenario, load
from sim.economy.base_year.facts import base_moves, migration_facts, moved_after
from sim.economy.relations import moving_costs
from sim.model import simulate
from sim.parameters import Migration, Parameters
from sim.world import World, first_hours, load_world

GIVEN = {"kilometre_cost": 1.2, "provincial_cost": 1.0, "worker_moving_cost": 1.0, "talent_moving_cost": 1.0}
PLANTED = {"kilometre_cost": 0.9, "provincial_cost": 0.6, "worker_moving_cost": 1.6, "talent_moving_cost": 1.6}


@pytest.fixture(scope="module")
def china() -> World:
    return load_world("china", 2020)


@pytest.fixture(scope="module")
def calibrated() -> Migration:
    return Scenario(name="x", world="china").parameters.migration


def facts_of(world: World, migration: Migration) -> dict[str, float]:
    return base_year_facts(world, Parameters(migration=migration), MIGRATION)


def test_the_former_cost_is_nested_bit_for_bit(china):
    log_hours = np.log1p(first_hours(china)[1].people)
    m = Migration(kilometre_cost=0, provincial_cost=0)
    away = (china.home[:, None] != china.home[None, :]).astype(float)
    for group, (fixed, eps) in enumerate(
        [(m.worker_moving_cost, m.worker_elasticity), (m.talent_moving_cost, m.talent_elasticity)]
    ):
        former = away * (fixed + m.distance_cost * log_hours + eps * np.log1p(china.residence_cost)[None, :])
        assert moving_costs(china, log_hours, m, group).tobytes() == former.tobytes()


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"kilometre_cost": 1.6}, "birthplace_elasticity"),
        ({"provincial_cost": 1.4}, "interprovincial_migrants"),
        ({"worker_moving_cost": 1.5, "talent_moving_cost": 1.5}, "five_year_moves"),
    ],
)
def test_each_cost_lowers_its_fact(china, calibrated, change, fact):
    given = calibrated.model_copy(update=GIVEN)
    before, after = (facts_of(china, m)[fact] for m in (given, given.model_copy(update=change)))
    sys.stdout.write(f"{fact}: {before:.4f} to {after:.4f} at {change}\n")
    assert after < before


def test_stock_and_flow_have_the_same_elasticity_and_shares(china, calibrated):
    """The census asks for the place of birth, the model has moves of a year."""
    flows = base_moves(china, first_hours(china)[1], calibrated.model_copy(update=GIVEN))
    people, across = china.people.astype(float), china.across_provinces
    stock, flow = (moved_after(flows, people, years) for years in (25, 1))
    np.testing.assert_allclose(stock.sum(), people.sum(), rtol=1e-9)
    elasticity = [birthplace_elasticity(china, flows, years) for years in (25, 1)]
    into = [(m * across)[:, china.regions["province"] == "guangdong"].sum() / (m * across).sum() for m in (stock, flow)]
    sys.stdout.write(f"elasticity of stock and flow: {elasticity}; share of Guangdong: {into}\n")
    assert abs(elasticity[0] - elasticity[1]) < 0.08 and abs(into[0] - into[1]) < 0.05


def test_people_after_years_of_equal_exchange():
    chance, years = 0.1, 5
    heads = np.array([[200.0, 50.0], [200.0, 50.0]])
    flows = np.array([np.array([[0.0, chance], [chance, 0.0]]) * heads[:, [g]] for g in (0, 1)])
    away = (1.0 - (1.0 - 2.0 * chance) ** years) / 2.0
    found = moved_after(flows, heads, years)
    assert found == pytest.approx(250.0 * np.array([[1.0 - away, away], [away, 1.0 - away]]))


def test_moves_within_a_province_cross_no_border(china):
    flows = base_moves(china, first_hours(china)[1], Migration(**GIVEN))
    facts = migration_facts(china, np.where(china.across_provinces, 0.0, flows))
    assert facts["interprovincial_migrants"] == facts["five_year_moves"] == 0
    assert migration_facts(china, flows)["five_year_moves"] > 0.01


def test_a_faster_line_moves_people_by_travel_time_only(calibrated):
    """Hours that are halved change odds by the cost of travel time, which is small; kilometres stay."""
    world = load_world("guangzhou", 2020)
    hours = first_hours(world)[1].people
    m = calibrated.model_copy(update=GIVEN)
    slow, fast = (moving_costs(world, np.log1p(h), m, 0) for h in (hours, hours / 2))
    away = world.home[:, None] != world.home[None, :]
    change = (slow - fast)[away]
    assert np.allclose(change, m.distance_cost * np.log((1 + hours) / (1 + hours / 2))[away]) and change.max() < 1.0


@pytest.mark.slow
def test_calibration_recovers_planted_costs(china, tmp_path):
    """Facts that known parameters give are met by these parameters only."""
    from sim.batch import run_calibration
    from tests.helpers.running import silent

    config = load("calibrate_migration")
    migration = config.scenario.parameters.migration
    facts = facts_of(china, migration.model_copy(update=PLANTED))
    moments = tuple(m.model_copy(update={"value": facts[m.moment]}) for m in config.moments)
    config = config.model_copy(update={"moments": moments, "profile": 0})
    found = run_calibration(config, tmp_path / "out", workers=0, console=silent()).headline["parameters"]
    assert found == pytest.approx({key: PLANTED[key.partition(".")[2]] for key in found}, abs=1e-4)
    text = (tmp_path / "out" / "fragment.yaml").read_text(encoding="utf-8")
    assert "talent_moving_cost: 1.6" in text and "worker_moving_cost: 1.6" in text


def test_a_provincial_cost_keeps_moves_within_the_province(tmp_path):
    """In runs, over years: people and accounts stay whole, and fewer of the moves cross a border."""
    crossing = []
    for cost in (0.0, 2.0):
        migration = {**GIVEN, "provincial_cost": cost}
        data = {
            "name": "x",
            "world": "guangzhou",
            "years": 3,
            "firms": 3000,
            "parameters": {"migration": migration},
            "record": {"flows": True},
        }
        run = simulate(Scenario.model_validate(data), 1)
        world = load_world("guangzhou", 2020)
        moved = run.series["worker_flow"].sum(axis=0)
        crossing.append(moved[world.across_provinces].sum() / moved.sum())
    assert crossing[1] < crossing[0]
