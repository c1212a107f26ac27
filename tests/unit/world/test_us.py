"""The world of the states of the United States: published totals, derived figures, history."""

from __future__ import annotations

import numpy as np
import pytest

from sim.config import Scenario
from sim.errors import UserError
from sim.kernels.sphere import great_circle
from sim.model import simulate
from sim.world import InlineWorld, World, load_history, load_world, world_names, world_years
from sim.world.china.tables import table
from sim.world.us.build import income_in, people_in

YEARS = (1950, 1960, 1970, 1980, 1990, 2000)
# Resident population of the nation less Alaska, Hawaii and the District of Columbia, as published.
PEOPLE = {
    1930: 122_288_177, 1940: 131_006_184, 1950: 149_895_183, 1960: 177_700_280, 1970: 201_386_473, 1980: 224_540_930,
    1990: 246_444_701, 2000: 279_011_378, 2010: 306_073_283,
}  # fmt: skip


@pytest.fixture(params=YEARS)
def world(request: pytest.FixtureRequest) -> World:
    return load_world("us_states", request.param)


def test_it_is_among_the_bundled_worlds():
    assert "us_states" in world_names() and world_years("us_states") == list(YEARS)
    with pytest.raises(UserError, match="1940 has no accounts in world 'us_states'; expected one of 1950, 1960"):
        load_world("us_states", 1940)


def test_tables_have_the_same_states_and_published_sums():
    states = [table(name)["state"].tolist() for name in ("us_states", "us_people", "us_geography")]
    assert states[0] == states[1] == states[2] and len(set(states[0])) == 48
    for year, people in PEOPLE.items():
        assert table("us_people")[str(year)].sum() == people
    assert table("us_geography")["division"].nunique() == 9


def test_people_and_income_per_head_are_the_published_ones(world):
    assert world.people.sum(axis=1) == pytest.approx(table("us_people")[str(world.year)].to_numpy(), rel=1e-12)
    per_head = 1e6 * world.value_added.sum(axis=1) / world.people.sum(axis=1)
    assert per_head == pytest.approx(table("us_states")[str(world.year)].to_numpy(), rel=1e-12)
    assert world.closed and world.regions["fitted"].all()


def test_past_moves_and_natural_growth_lead_to_the_people_of_the_base_year(world):
    before, now = people_in(world.year - 10), people_in(world.year)
    grown = before + 10 * (world.migration_target.sum(axis=1) + world.natural_rate * (before + now) / 2)
    # The sum of all moves is zero, while the people of the nation grow at a rate that is compounded.
    assert grown == pytest.approx(now, rel=3e-3)
    assert world.migration_target.sum(axis=0) == pytest.approx([0, 0], abs=1e-3)


def test_growth_before_the_base_year_is_that_of_income_per_head_beyond_the_nation(world):
    now, before = (np.log(1e6 * income_in(y) / people_in(y)) for y in (world.year, world.year - 10))
    rise = (now - before) / 10 - world.growth_trend
    assert np.ptp(rise) < 1e-12  # what is left is the growth of the nation, the same everywhere


def test_hours_are_those_of_an_expressway(world):
    hours = world.network.hours.people
    a, b = world.index("new_york"), world.index("california")
    at = world.regions[["lat", "lon"]].to_numpy(float)
    km = float(great_circle(*at[a], *at[b]))
    assert hours == pytest.approx(hours.T) and (np.diag(hours) > 0).all()
    assert hours[a, b] == pytest.approx(km * 1.25 / 85 + (hours[a, a] + hours[b, b]) / 2)


def test_a_run_starts_from_the_published_figures(world):
    scenario = Scenario.model_validate(
        {"name": "us", "world": "us_states", "start": world.year, "years": 1, "firms": 1000}
    )
    run = simulate(scenario, 1)
    assert run.notes["inversion_error"] < 1e-9
    assert run.series["people"][0].sum(axis=1) == pytest.approx(people_in(world.year), abs=1)
    assert run.series["value_added"][0].sum(axis=1) == pytest.approx(income_in(world.year), rel=1e-9)


def test_history_is_known_at_every_census_and_in_2009():
    history = load_history("us_states", 1960)
    assert history.world.year == 1960 and history.years("income") == [1940, *YEARS, 2009]
    assert history.years("talent") == []
    assert history.figures["people", 1970].sum() == pytest.approx(PEOPLE[1970], rel=1e-12)
    between = history.figures["people", 2009]
    low, high = (table("us_people")[year].to_numpy(float) for year in ("2000", "2010"))
    assert between == pytest.approx(low**0.1 * high**0.9)


@pytest.mark.parametrize("start", [2020, 1960])
def test_years_without_later_figures_are_refused(start):
    known = "guangzhou, china, start: 2010; us_states, start: 1950, 1960, 1970, 1980, 1990, 2000"
    with pytest.raises(UserError, match=f"'china' has no later figures from {start}; expected one of {known}"):
        load_history("china", start)


def test_a_custom_world_has_no_history():
    row = {"lat": 0, "workers": 1, "talent": 1, "value_added": {"agriculture": 1}}
    spec = InlineWorld.model_validate({"name": "mine", "regions": [{"id": "a", "lon": 0, **row}]})
    with pytest.raises(UserError, match="world 'mine' has no later figures from 2020"):
        load_history(spec, 2020)
